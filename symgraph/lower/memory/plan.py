"""Plan where buffers lie in memory.

Scratch buffers whose extents follow from those of the arguments share one arena: for each
combination of extents a `MemoryPlan` gives the offset of each in it, so that buffers in use at the
same time never overlap, and the arena's size. Other buffers have a slot each, shared by those with
disjoint live ranges, which grows while the program runs.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence, Set
from math import prod
from typing import NamedTuple

import numpy as np

from symgraph.graph import LARGEST
from symgraph.lower.extents.evaluation import Number
from symgraph.lower.extents.static import Shape, StaticExtents, number
from symgraph.lower.program.types import (
    Alloc,
    Check,
    If,
    Loop,
    Program,
    Statement,
    TiledRegion,
)
from symgraph.lower.program.values import Buffer, BufferKind, Scalar
from symgraph.lower.program.walk import host_statements, used_buffers

# In bytes, unless a target has another one: vectors never straddle cache lines, and buffers never
# share one.
ALIGNMENT = 64
MEGABYTE = 10**6


class Lifetime(NamedTuple):
    """The live range of a buffer that the program allocates: the numbers of the first and the last
    statement that need it."""

    buffer: Buffer
    first: int
    last: int


class MemoryPlan(NamedTuple):
    """The memory of a call with certain extents, in bytes: the offset in the arena and the size of
    each buffer of `MemoryPlanner.lifetimes`, and the arena's size. `results` are the shapes of the
    results, as far as known; `taken` tells for each of `Program.choices` whether its condition
    holds."""

    offsets: np.ndarray
    sizes: tuple[int, ...]
    size: int
    results: tuple[Shape | None, ...]
    use: "MemoryUse"
    taken: tuple[bool, ...]


class MemoryUse(NamedTuple):
    """The memory that a call takes, in bytes.

    `inputs` are its arguments and the values of shared variables; `results` the outputs and the new
    values of shared variables; `scratch` holds intermediate values. `live` is the maximum, over
    time, of all values needed at one moment, inputs and constants among them: no call can do with
    less. Arrays whose size depends on values (the length of `arange(n)`) are not counted;
    `complete` tells whether there are none.
    """

    inputs: int
    constants: int
    results: int
    scratch: int
    live: int
    complete: bool

    @property
    def peak(self) -> int:
        """Return the total: all memory in use while the call runs."""
        return self.inputs + self.constants + self.results + self.scratch

    def __str__(self) -> str:
        parts = [
            f"{name} {size / MEGABYTE:,.1f}"
            for name, size in (
                ("inputs", self.inputs),
                ("constants", self.constants),
                ("results", self.results),
                ("scratch", self.scratch),
            )
        ]
        least = "" if self.complete else "at least "
        return (
            f"{least}{self.peak / MEGABYTE:,.1f} MB ({', '.join(parts)});"
            f" values live at one moment {self.live / MEGABYTE:,.1f} MB"
        )


class MemoryPlanner:
    """Decide where the scratch buffers of a program lie, for the extents of a call."""

    def __init__(self, program: Program, static: StaticExtents, alignment: int = ALIGNMENT) -> None:
        """`static` is what `find_static_extents` returns for the program; buffers begin at
        multiples of `alignment` bytes."""
        self.program = program
        self._alignment = alignment
        self._static = static
        lifetimes = list(_lifetimes(program))
        self.lifetimes = [
            span
            for span in lifetimes
            if span.buffer.static and span.buffer.kind is BufferKind.ARENA
        ]
        self._results = [
            Lifetime(span.buffer, span.first, max(span.last for span in lifetimes))
            for span in lifetimes
            if span.buffer.static and span.buffer.kind is BufferKind.RESULT
        ]
        self._complete = all(span.buffer.static for span in lifetimes)
        dynamic = [span for span in lifetimes if not span.buffer.static]
        _assign_slots(program, [span for span in dynamic if span.buffer.kind is BufferKind.ARENA])
        self._checks = [s for s in program.body if isinstance(s, Check) and s.static]

    def keep(self, buffers: Set[Buffer]) -> None:
        """Let buffers keep their memory until the program ends."""
        end = max((span.last for span in self.lifetimes), default=0)
        self.lifetimes = [
            span._replace(last=end) if span.buffer in buffers else span for span in self.lifetimes
        ]

    def plan(self, shapes: Sequence[Shape]) -> "MemoryPlan | FailedCheck":
        """Return the plan for these shapes of the arguments, or else the first check that they
        fail. Raises MemoryError where no machine has that much memory."""
        found = self._static.values(shapes)
        for check in self._checks:
            if not number(check.condition, found):
                return FailedCheck(check, tuple(number(v, found) for v in check.args))
        sizes = [self._size(span.buffer, found) for span in self.lifetimes]
        offsets, size = _packed(self.lifetimes, sizes)
        results = tuple(
            tuple(number(e, found) for e in buffer.extents) if buffer.static else None
            for buffer in self.program.results
        )
        taken = tuple(bool(number(s.condition, found)) for s in self.program.choices)
        return MemoryPlan(
            offsets, tuple(sizes), size, results, self._use(shapes, found, sizes, size), taken
        )

    def _use(
        self,
        shapes: Sequence[Shape],
        found: Mapping[Scalar, Number],
        sizes: Sequence[int],
        scratch: int,
    ) -> MemoryUse:
        inputs = sum(
            prod(shape) * np.dtype(buffer.dtype).itemsize
            for shape, buffer in zip(shapes, self.program.arguments, strict=True)
        )
        constants = sum(np.asarray(buffer.data).nbytes for buffer in self.program.constants)
        made = [self._size(span.buffer, found) for span in self._results]
        live = _most([*self.lifetimes, *self._results], [*sizes, *made])
        return MemoryUse(
            inputs, constants, sum(made), scratch, inputs + constants + live, self._complete
        )

    def _size(self, buffer: Buffer, found: Mapping[Scalar, Number]) -> int:
        size = prod(number(e, found) for e in buffer.extents) * np.dtype(buffer.dtype).itemsize
        return -(-size // self._alignment) * self._alignment


class FailedCheck(NamedTuple):
    """A check that the extents of a call fail, and the values that its message mentions."""

    check: Check
    values: tuple[Number, ...]


def _lifetimes(program: Program) -> Iterator[Lifetime]:
    """Yield the live ranges. Statements are numbered in the order of the text, at any depth. A
    buffer that a loop uses but does not declare is needed until its last iteration ends."""
    first: dict[Buffer, int] = {}
    last: dict[Buffer, int] = {}
    position = 0
    # Statements to come; a number marks the end of the loop that began there.
    pending: list[Statement | int] = list(reversed(program.body))
    used_since: list[tuple[int, set[Buffer]]] = []
    while pending:
        s = pending.pop()
        position += 1
        if isinstance(s, int):
            start, used = used_since.pop()
            outside = {buffer for buffer in used if first.get(buffer, -1) < start}
            last |= dict.fromkeys(outside, position)
            if used_since:
                used_since[-1][1].update(outside)
            continue
        match s:
            case Loop():
                pending += [position, *reversed(s.body)]
                used_since.append((position, set()))
                continue
            case If():
                pending += reversed((*s.then, *s.orelse))
                continue
            case Alloc():
                first[s.buffer] = last[s.buffer] = position
            case TiledRegion():
                # Blocks run through all members, so the members' buffers are alive throughout the
                # region.
                made = [x.buffer for x in host_statements([s]) if isinstance(x, Alloc)]
                first |= dict.fromkeys(made, position)
        for buffer in used_buffers([s]):
            last[buffer.root] = position
            if used_since:
                used_since[-1][1].add(buffer.root)
    for buffer, start in first.items():
        if buffer.kind in (BufferKind.ARENA, BufferKind.RESULT):
            yield Lifetime(buffer, start, last[buffer])


def _assign_slots(program: Program, lifetimes: Sequence[Lifetime]) -> None:
    """Give each buffer a slot: one that a dead buffer leaves, or a new one."""
    busy: list[tuple[int, int]] = []
    free: list[int] = []
    for span in lifetimes:
        while busy and busy[0][0] < span.first:
            free.append(busy.pop(0)[1])
        if not free:
            free.append(program.slots)
            program.slots += 1
        span.buffer.slot = free.pop()
        insort(busy, (span.last, span.buffer.slot))


def _most(lifetimes: Sequence[Lifetime], sizes: Sequence[int]) -> int:
    """Return the most bytes in use at one time."""
    change: dict[int, int] = {}
    for span, size in zip(lifetimes, sizes, strict=True):
        change[span.first] = change.get(span.first, 0) + size
        change[span.last + 1] = change.get(span.last + 1, 0) - size
    most = now = 0
    for position in sorted(change):
        now += change[position]
        most = max(most, now)
    return most


def _packed(lifetimes: Sequence[Lifetime], sizes: Sequence[int]) -> tuple[np.ndarray, int]:
    """Return offsets by best fit, in order of allocation, and the total size. Raises MemoryError
    where no machine has that much memory."""
    free = FreeMemory()
    offsets = [0] * len(sizes)
    deaths: dict[int, list[int]] = {}
    for index, span in enumerate(lifetimes):
        deaths.setdefault(span.last, []).append(index)
    ends = sorted(deaths)
    passed = 0
    for index, (span, size) in enumerate(zip(lifetimes, sizes, strict=True)):
        while passed < len(ends) and ends[passed] < span.first:
            for dead in deaths[ends[passed]]:
                free.release(offsets[dead], sizes[dead])
            passed += 1
        offsets[index] = free.take(size)
    if free.end > LARGEST:
        raise MemoryError(f"no memory has {free.end:,} bytes, which arrays on the way take")
    return np.array(offsets, np.int64), free.end


class FreeMemory:
    """Gaps in an arena that grows at its end; adjacent gaps are merged."""

    def __init__(self) -> None:
        self.end = 0
        # Pairs (size, start) in order, and the same gaps by start and by end.
        self._gaps: list[tuple[int, int]] = []
        self._size_at: dict[int, int] = {}
        self._start_of: dict[int, int] = {}

    def take(self, size: int) -> int:
        """Return the start of the smallest gap that fits this size, or else of memory at the
        end."""
        if size == 0:
            return 0
        position = bisect_left(self._gaps, (size, 0))
        if position < len(self._gaps):
            found, start = self._gaps[position]
            self._remove(start)
            if found > size:
                self._add(start + size, found - size)
            return start
        start = self._start_of.get(self.end, self.end)
        if start < self.end:
            self._remove(start)
        self.end = start + size
        return start

    def release(self, start: int, size: int) -> None:
        if size == 0:
            return
        before = self._start_of.get(start)
        if before is not None:
            self._remove(before)
            start, size = before, size + start - before
        behind = self._size_at.get(start + size)
        if behind is not None:
            self._remove(start + size)
            size += behind
        self._add(start, size)

    def _add(self, start: int, size: int) -> None:
        insort(self._gaps, (size, start))
        self._size_at[start] = size
        self._start_of[start + size] = start

    def _remove(self, start: int) -> None:
        size = self._size_at.pop(start)
        del self._start_of[start + size]
        del self._gaps[bisect_left(self._gaps, (size, start))]
