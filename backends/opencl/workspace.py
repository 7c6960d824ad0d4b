"""The workspace of a program in a device's memory."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from symgraph.backends.opencl import device_memory
from symgraph.backends.opencl.c_code.parameters import REPORT, SLOT, Shared
from symgraph.backends.opencl.device_memory import DeviceMemory
from symgraph.backends.opencl.devices.driver import cl

from symgraph.lower import MemoryPlan
from symgraph.lower.memory.plan import Lifetime
from symgraph.lower.program.values import Buffer

# The report of a call in which no check has failed.
NOTHING = np.zeros(REPORT, np.int64)


class Workspace:
    """The memory that the calls of a program have one after the other: its arena, the scalars that
    launches hand on, the report of checks, and partial results."""

    def __init__(
        self, memory: DeviceMemory, lifetimes: Sequence[Lifetime], slots: int, partial: int
    ) -> None:
        """`lifetimes` are those of the buffers in the arena; there are so many `slots`, and
        `partial` results."""
        self.memory = memory
        self._lifetimes = lifetimes
        self.slots = memory.upload(np.zeros(SLOT * max(slots, 1), np.uint8), True)
        self.report = memory.upload(NOTHING)
        self.partial = memory.allocate(SLOT * partial)
        self._arena: Any = None
        self._arena_size = 0
        self._scratch: dict[int, tuple[int, Any]] = {}
        # The last call whose checks may have failed.
        self._in_doubt: object = None

    def arena(self, plan: MemoryPlan) -> dict[Buffer, Any]:
        """Return the memory of each buffer in the arena."""
        spans = self._lifetimes
        if device_memory.APART:
            each = zip(spans, plan.sizes, strict=True)
            return {span.buffer: self._new(int(size)) for span, size in each}
        if plan.size > self._arena_size:
            self._arena_size = plan.size
            self._arena = self._new(plan.size)
        found: dict[Buffer, Any] = {}
        for span, offset, size in zip(spans, plan.offsets, plan.sizes, strict=True):
            found[span.buffer] = (
                self._arena.get_sub_region(int(offset), int(size)) if size else self.report
            )
        return found

    def _new(self, size: int) -> Any:
        return self.memory.new(size, "allocating scratch memory")

    def scratch(self, number: int, size: int) -> Any:
        """Return memory for the launches of one routine."""
        known, buffer = self._scratch.get(number, (0, None))
        if size > known:
            buffer = self._new(size)
            self._scratch[number] = size, buffer
        return buffer

    def shared(self, kind: Shared) -> Any:
        return {
            Shared.SLOTS: self.slots, Shared.REPORT: self.report, Shared.PARTIAL: self.partial
        }[kind]  # fmt: skip

    def read(self, buffer: Any, offset: int, dtype: str) -> Any:
        """Wait for a number in memory."""
        array = np.empty(1, dtype)
        cl.enqueue_copy(self.memory.queue, array, buffer, src_offset=offset, is_blocking=True)
        self.memory.transfers.received += 1
        self.memory.transfers.bytes_received += array.nbytes
        return array.item()

    def begin(self) -> object:
        """Begin a call: forget a check that failed in an earlier one. Return what `end` takes."""
        if self._in_doubt is not None:
            self.memory.send(NOTHING, self.report)
        self._in_doubt = call = object()
        return call

    def end(self, call: object) -> None:
        """End a call in which no check has failed."""
        if self._in_doubt is call:
            self._in_doubt = None
