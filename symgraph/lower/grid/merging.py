"""Merge launches of a single item: each takes as long as many statements.

Such a launch moves behind others to the next one of its kind, where nothing between needs what it
writes, or writes what it needs. The arrays that it uses must be small: they keep their memory until
the program ends, as they are used later than was planned.
"""

from collections.abc import Sequence
from math import prod

from symgraph.lower.grid.launches import Combine, Condition, HostStep, Launch, Repeat, Whole
from symgraph.lower.grid.scalars import defined, used
from symgraph.lower.program.types import (
    Check,
    NativeCall,
    NumpyCall,
    Timestamp,
)
from symgraph.lower.program.values import Buffer, BufferKind, Literal, Scalar
from symgraph.lower.program.walk import accesses, statements

# Limit on the elements of an array that is kept.
SMALL = 1024


def merged(steps: Sequence[HostStep]) -> tuple[list[HostStep], frozenset[Buffer]]:
    """Return the steps with launches merged, at every depth, and the buffers that must be kept."""
    kept: set[Buffer] = set()
    result = [_within(step, kept) for step in steps]
    for position in reversed(range(len(result))):
        launch = result[position]
        if isinstance(launch, Launch) and launch.single:
            target = _target(launch, result[position + 1 :])
            if target is not None:
                target.body[:0] = launch.body
                kept |= _uses(launch).arena
                del result[position]
    return result, frozenset(kept)


def _within(step: HostStep, kept: set[Buffer]) -> HostStep:
    match step:
        case Condition():
            step.then, one = merged(step.then)
            step.orelse, other = merged(step.orelse)
            kept |= one | other
        case Repeat():
            step.body, one = merged(step.body)
            kept |= one
    return step


class _Uses:
    """The memory and the scalars that a step reads and writes."""

    def __init__(self) -> None:
        self.reads: set[Buffer | Scalar] = set()
        self.writes: set[Buffer | Scalar] = set()

    @property
    def arena(self) -> set[Buffer]:
        every = self.reads | self.writes
        return {x for x in every if isinstance(x, Buffer) and x.kind is BufferKind.ARENA}

    def add(self, read: Sequence[Buffer], written: Sequence[Buffer]) -> None:
        self.reads |= {buffer.root for buffer in read}
        self.writes |= {buffer.root for buffer in written}

    def conflicts(self, other: "_Uses") -> bool:
        return bool(self.writes & (other.reads | other.writes) or self.reads & other.writes)


def _uses(step: HostStep) -> _Uses:
    found = _Uses()
    found.reads.update(used(step))
    match step:
        case Launch():
            found.writes.update(defined(step.body))
            every = [s for s in step.body if not isinstance(s, Combine | Whole)]
            if step.total is not None:
                every.append(step.total.loop)
            for s in statements(every):
                found.add(*accesses(s))
        case NativeCall():
            found.add(step.operands, step.written)
    return found


def _target(launch: Launch, behind: Sequence[HostStep]) -> Launch | None:
    """Return the launch of a single item to which one can move."""
    own = _uses(launch)
    if any(isinstance(s, Check) for s in launch.body) or not all(map(_is_small, own.arena)):
        return None
    for step in behind:
        if isinstance(step, Condition | Repeat | NumpyCall | Timestamp):
            return None
        if isinstance(step, Launch) and step.single:
            return step
        # Memory may be allocated by a number that the launch computes.
        if own.conflicts(_uses(step)):
            return None
    return None


def _is_small(buffer: Buffer) -> bool:
    known = [e.value for e in buffer.extents if isinstance(e, Literal)]
    return len(known) == len(buffer.extents) and prod(map(int, known)) <= SMALL
