"""The memory that a running call has for itself."""

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.lower import MemoryPlan
from symgraph.lower.plan import ALIGNMENT


class Workspace:
    """The memory of one call at a time: the frame, the arena that a memory plan divides, and a
    block for each slot, which only grows."""

    def __init__(self, frame_size: int, slots: int, scratch: Sequence[int]) -> None:
        """`scratch` are the frame's places for the buffers in the arena."""
        self.frame: Any = (ctypes.c_uint64 * max(frame_size, 1))()
        self._words = np.frombuffer(memoryview(self.frame), np.uint64)
        self._scratch = np.array(scratch, np.intp)
        self.plan: MemoryPlan | None = None
        self._arena = np.empty(0, np.uint8)
        self._blocks: list[np.ndarray | None] = [None] * slots
        self.pointers = (ctypes.c_uint64 * max(slots, 1))()
        self.sizes = (ctypes.c_int64 * max(slots, 1))()

    def adopt(self, plan: MemoryPlan) -> None:
        """Divide the arena, enlarged where it is too small, as the plan says. MemoryError."""
        if plan is self.plan:
            return
        if plan.size > len(self._arena) - ALIGNMENT:
            # The old one first: both together may be too much.
            self.plan, self._arena = None, np.empty(0, np.uint8)
            self._arena = allocate(plan.size + ALIGNMENT)
        self._words[self._scratch] = plan.offsets + aligned(self._arena)
        self.plan = plan

    def grow(self, slot: int, size: int) -> int:
        """The address of a slot's memory, now of this size. MemoryError."""
        self._blocks[slot] = None
        block = self._blocks[slot] = allocate(size + ALIGNMENT)
        self.sizes[slot] = size
        self.pointers[slot] = aligned(block)
        return aligned(block)


def allocate(size: int) -> np.ndarray:
    """Memory of so many bytes. MemoryError."""
    try:
        return np.empty(size, np.uint8)
    except ValueError:
        raise MemoryError(f"no memory has {size:,} bytes") from None


def aligned(block: np.ndarray) -> int:
    """The first address in it where a buffer may begin."""
    address: int = block.__array_interface__["data"][0]
    return address + -address % ALIGNMENT
