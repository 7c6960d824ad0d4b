"""The memory of a device: a pool for arrays, and the workspace of a program.

What an array no longer needs goes back to the pool, and is given out again before new memory is
asked for. All work is in one queue, so that happens behind the work that used it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from symgraph.backends.opencl.c_code.parameters import REPORT, SLOT, Shared
from symgraph.backends.opencl.devices import Device
from symgraph.backends.opencl.devices.driver import cl
from symgraph.backends.opencl.errors import translated

from symgraph.lower import MemoryPlan
from symgraph.lower.program.values import Buffer

if TYPE_CHECKING:
    from symgraph.backends.opencl.translation import Translation

# Bytes of a buffer where an array has none: there are no empty buffers.
LEAST = 16
# Whether each buffer is memory of its own and of its exact size, so that tools that watch memory
# see what reads or writes beyond it.
APART = False
# The report of a call in which no check has failed.
NOTHING = np.zeros(REPORT, np.int64)


class Transfers:
    """Counts what moves between host and device."""

    def __init__(self) -> None:
        self.sent = self.received = 0
        self.bytes_sent = self.bytes_received = 0


class DeviceMemory:
    """The memory of a device, and the transfers to and from it."""

    def __init__(self, device: Device, queue: Any) -> None:
        self.device = device
        self.queue = queue
        self.transfers = Transfers()
        self.pool = cl.tools.MemoryPool(cl.tools.ImmediateAllocator(queue))

    def allocate(self, size: int) -> Any:
        """Return memory of this many bytes. Raises MemoryError."""
        if APART:
            return self.new(size, "allocating an array")
        try:
            return self.pool.allocate(max(size, LEAST))
        except cl.Error as error:
            self.pool.free_held()
            raise translated(error, self.device.facts, "allocating an array", size) from error

    def new(self, size: int, doing: str) -> Any:
        """Return memory that is not of the pool. Raises MemoryError."""
        try:
            flags = cl.mem_flags.READ_WRITE
            return cl.Buffer(self.device.context, flags, max(size, 1 if APART else LEAST))
        except cl.Error as error:
            raise translated(error, self.device.facts, doing, size) from error

    def upload(self, array: np.ndarray, private: bool = False) -> Any:
        """Return new memory with the elements of an array in C order. The array must not change
        until the work in the queue is done, unless it is the caller's `private` copy."""
        buffer = self.allocate(array.nbytes)
        if array.nbytes:
            own = array if private else np.ascontiguousarray(array)
            cl.enqueue_copy(self.queue, buffer, own.reshape(-1).view(np.uint8), is_blocking=False)
            self.transfers.sent += 1
            self.transfers.bytes_sent += array.nbytes
        return buffer

    def download(self, buffer: Any, shape: Sequence[int], dtype: Any, wait: bool = True) -> Any:
        """Return the begin of memory as a new array. Unless `wait`, its elements are there when the
        work in the queue is done."""
        array = np.empty(shape, dtype)
        if array.nbytes:
            flat = array.reshape(-1).view(np.uint8)
            try:
                cl.enqueue_copy(self.queue, flat, buffer, is_blocking=wait)
            except cl.Error as error:
                raise translated(error, self.device.facts, "reading a result") from error
            self.transfers.received += 1
            self.transfers.bytes_received += array.nbytes
        return array


class Workspace:
    """The memory that the calls of a program have one after the other: its arena, the scalars that
    launches hand on, the report of checks, and partial results."""

    def __init__(self, memory: DeviceMemory, made: "Translation") -> None:
        self.memory = memory
        self.made = made
        self.slots = memory.upload(np.zeros(SLOT * max(len(made.grid.slots), 1), np.uint8), True)
        self.report = memory.upload(NOTHING)
        self.partial = memory.allocate(SLOT * made.parts * made.grid.partial)
        self._arena: Any = None
        self._arena_size = 0
        self._scratch: dict[int, tuple[int, Any]] = {}
        # The last call whose checks may have failed.
        self._in_doubt: object = None

    def arena(self, plan: MemoryPlan) -> dict[Buffer, Any]:
        """Return the memory of each buffer in the arena."""
        spans = self.made.memory.lifetimes
        if APART:
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
            cl.enqueue_copy(self.memory.queue, self.report, NOTHING, is_blocking=False)
        self._in_doubt = call = object()
        return call

    def end(self, call: object) -> None:
        """End a call in which no check has failed."""
        if self._in_doubt is call:
            self._in_doubt = None


def whole_groups(grid: Sequence[int], local: Sequence[int]) -> tuple[int, ...]:
    """Return the sizes of a grid, rounded up to whole groups."""
    return tuple(-(-n // group) * group for n, group in zip(grid, local, strict=True))
