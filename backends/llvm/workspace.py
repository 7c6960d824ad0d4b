"""The memory of running calls."""

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from symgraph.backends.llvm.table_layouts import ProgramMemory

from symgraph.graph import renewed_in_children
from symgraph.lower import MemoryPlan
from symgraph.lower.memory.plan import ALIGNMENT


class Workspace:
    """The memory of one call at a time: the frame, the arena that a memory plan divides, and a
    block for each slot, which only grows."""

    def __init__(self, frame_size: int, slots: int, scratch: Sequence[int]) -> None:
        """`scratch` lists the frame's places for the buffers in the arena."""
        self.frame: Any = (ctypes.c_uint64 * max(frame_size, 1))()
        self._words = np.frombuffer(memoryview(self.frame), np.uint64)
        self._scratch = np.array(scratch, np.intp)
        self.plan: MemoryPlan | None = None
        self._arena = np.empty(0, np.uint8)
        self._blocks: list[np.ndarray | None] = [None] * slots
        self.pointers = (ctypes.c_uint64 * max(slots, 1))()
        self.sizes = (ctypes.c_int64 * max(slots, 1))()

    @property
    def address(self) -> int:
        """Return the address where the arena begins."""
        return aligned(self._arena)

    def adopt(self, plan: MemoryPlan) -> None:
        """Divide the arena according to the plan, enlarging it if needed. Raises MemoryError."""
        if plan is self.plan:
            return
        if plan.size > len(self._arena) - ALIGNMENT:
            # The old one is freed first: both together may be too much.
            self.plan, self._arena = None, np.empty(0, np.uint8)
            self._arena = allocate(plan.size + ALIGNMENT)
        self._words[self._scratch] = plan.offsets + aligned(self._arena)
        self.plan = plan

    def grow(self, slot: int, size: int) -> None:
        """Grow a slot's memory to this size; the size is recorded last. Raises MemoryError."""
        self.sizes[slot] = 0
        self._blocks[slot] = None
        block = self._blocks[slot] = allocate(size + ALIGNMENT)
        self.pointers[slot] = aligned(block)
        self.sizes[slot] = size


class Workspaces:
    """The workspaces of a program that no running call uses.

    The first is special: native calls use it without taking it, with frames of their own, while it
    is in `free`, `words` does not say BUSY, and its memory is still at ARENA (see `ProgramMemory`
    in `table_layouts`).
    """

    def __init__(self, make: Callable[[], Workspace]) -> None:
        self._make = make
        self.words = (ctypes.c_uint64 * len(ProgramMemory))()
        self.free: list[Workspace] = []
        self._firsts: list[Workspace] = []
        self._others: list[Workspace] = []
        renewed_in_children(self)

    def reset_after_fork(self) -> None:
        """Reset in a child process: other threads of the parent may have held some workspaces."""
        self.words[ProgramMemory.BUSY] = self.words[ProgramMemory.ARENA] = 0
        for kept in (self.free, self._firsts, self._others):
            kept.clear()

    @property
    def first(self) -> Workspace | None:
        return self._firsts[0] if self._firsts else None

    def take(self) -> Workspace:
        """Return a workspace for one call, which must give it back."""
        found = self._take_first()
        if found is not None:
            return found
        try:
            return self._others.pop()
        except IndexError:
            made = self._make()
            if not self._firsts:
                # If two threads get here at once, one of them is first.
                self._firsts.append(made)
            return made

    def _take_first(self) -> Workspace | None:
        try:
            found = self.free.pop()
        except IndexError:
            return None
        if self.words[ProgramMemory.BUSY]:
            self.free.append(found)
            return None
        return found

    def give_back(self, workspace: Workspace) -> None:
        if workspace is self.first:
            self.words[ProgramMemory.ARENA] = workspace.address
            self.free.append(workspace)
        else:
            self._others.append(workspace)

    def clear(self) -> None:
        """Free the memory of all workspaces."""
        self._others.clear()
        found = self._take_first()
        if found is not None:
            self.words[ProgramMemory.ARENA] = 0
            self._firsts.clear()


def allocate(size: int) -> np.ndarray:
    """Return memory of this many bytes. Raises MemoryError."""
    try:
        return np.empty(size, np.uint8)
    except (ValueError, OverflowError):
        raise MemoryError(f"no memory has {size:,} bytes") from None


def aligned(block: np.ndarray) -> int:
    """Return the first address in the block where a buffer may begin."""
    address: int = block.__array_interface__["data"][0]
    return address + -address % ALIGNMENT
