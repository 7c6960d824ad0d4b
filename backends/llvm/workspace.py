"""The memory that a running call has for itself."""

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
        """`scratch` are the frame's places for the buffers in the arena."""
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
        """Where the arena begins."""
        return aligned(self._arena)

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

    def grow(self, slot: int, size: int) -> None:
        """Have a slot's memory be of this size, which is told last. MemoryError."""
        self.sizes[slot] = 0
        self._blocks[slot] = None
        block = self._blocks[slot] = allocate(size + ALIGNMENT)
        self.pointers[slot] = aligned(block)
        self.sizes[slot] = size


class Workspaces:
    """The workspaces of a program that no running call has.

    The first is special: native calls use it without taking it, by frames of their own, while it
    is in `free`, `words` does not say BUSY, and its memory is still at ARENA (see
    `native.layout.Home`).
    """

    def __init__(self, make: Callable[[], Workspace]) -> None:
        self._make = make
        self.words = (ctypes.c_uint64 * len(ProgramMemory))()
        self.free: list[Workspace] = []
        self._firsts: list[Workspace] = []
        self._others: list[Workspace] = []
        renewed_in_children(self)

    def reset_after_fork(self) -> None:
        """In a child process, whose parent's other threads may have had some of them."""
        self.words[ProgramMemory.BUSY] = self.words[ProgramMemory.ARENA] = 0
        for kept in (self.free, self._firsts, self._others):
            kept.clear()

    @property
    def first(self) -> Workspace | None:
        return self._firsts[0] if self._firsts else None

    def take(self) -> Workspace:
        """One for a call, to be given back."""
        found = self._take_first()
        if found is not None:
            return found
        try:
            return self._others.pop()
        except IndexError:
            made = self._make()
            if not self._firsts:
                # Of two threads that come here at once, one is first.
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
        """Free the memory of all."""
        self._others.clear()
        found = self._take_first()
        if found is not None:
            self.words[ProgramMemory.ARENA] = 0
            self._firsts.clear()


def allocate(size: int) -> np.ndarray:
    """Memory of so many bytes. MemoryError."""
    try:
        return np.empty(size, np.uint8)
    except (ValueError, OverflowError):
        raise MemoryError(f"no memory has {size:,} bytes") from None


def aligned(block: np.ndarray) -> int:
    """The first address in it where a buffer may begin."""
    address: int = block.__array_interface__["data"][0]
    return address + -address % ALIGNMENT
