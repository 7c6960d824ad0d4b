"""Decide whether a call is long enough to let other Python threads run meanwhile."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

from symgraph.lower.cost import cost_of
from symgraph.lower.extents.evaluation import Number
from symgraph.lower.extents.static import Shape, StaticExtents, number
from symgraph.lower.program.types import (
    If,
    Kernel,
    Loop,
    NativeCall,
    NumpyCall,
    Program,
    Statement,
    TiledRegion,
)
from symgraph.lower.program.values import Scalar, Value
from symgraph.lower.target import Target

# Releasing the GIL and taking it again costs 0.1 microseconds, more where other threads want it.
LONG_NS = 20_000
# Programs with more host statements than this count as long.
STATEMENTS = 500


class TimedPart(NamedTuple):
    """Work of `ns` for each iteration of loops over `extents`, done where all of `when` hold."""

    ns: float
    extents: tuple[Value, ...]
    when: tuple[tuple[Value, bool], ...]


class Duration:
    """An estimate of how long a program runs, from a statement of its body on, by the extents of
    its arguments."""

    def __init__(self, program: Program, target: Target, first: int = 0) -> None:
        self._static: StaticExtents | None = None
        body = program.body[first:]
        if len(body) > STATEMENTS:
            return
        self._static = static = StaticExtents(program)
        parts = list(_parts(body, target))
        self._parts = [part for part in parts if static.knows(part.extents)]
        self._unknown = [part for part in parts if not static.knows(part.extents)]
        values = [v for part in self._parts for v in part.extents]
        self._conditions = {c for part in parts for c, _ in part.when if static.knows([c])}
        static.want([*values, *self._conditions])

    def is_long(self, shapes: Sequence[Shape]) -> bool:
        """Return whether a call with arguments of these shapes takes long, by its estimated cost.
        Both sides of a branch that only values decide are counted; loops of unknown extents count
        as long."""
        if self._static is None:
            return True
        found = self._static.values(shapes)
        if any(self._happens(part, found) for part in self._unknown):
            return True
        return self._total(found) > LONG_NS

    def known(self, shapes: Sequence[Shape]) -> float:
        """Return the estimated ns of all static work; 0 for programs with too many statements."""
        return 0.0 if self._static is None else self._total(self._static.values(shapes))

    def _total(self, found: Mapping[Scalar, Number]) -> float:
        total = 0.0
        for part in self._parts:
            if self._happens(part, found):
                total += part.ns * prod(number(extent, found) for extent in part.extents)
        return total

    def _happens(self, part: TimedPart, found: Mapping[Scalar, Number]) -> bool:
        return all(
            condition not in self._conditions or bool(number(condition, found)) == wanted
            for condition, wanted in part.when
        )


def _parts(body: Sequence[Statement], target: Target) -> Iterator[TimedPart]:
    """Yield the work of host statements, at any depth."""
    pending: list[tuple[Statement, tuple[Value, ...], tuple[tuple[Value, bool], ...]]]
    pending = [(s, (), ()) for s in body]
    while pending:
        s, extents, when = pending.pop()
        match s:
            case Kernel():
                for item in cost_of(s, target):
                    yield TimedPart(item.ns, (*extents, *item.extents), when)
            case NativeCall():
                for work in s.works(target.multiply_add_ns):
                    yield TimedPart(work.ns, (*extents, *work.extents), when)
            case NumpyCall():
                yield TimedPart(LONG_NS, extents, when)
            case TiledRegion():
                pending += [(inner, extents, when) for inner in s.statements]
            case Loop():
                pending += [(inner, (*extents, s.extent), when) for inner in s.body]
            case If():
                pending += [(inner, extents, (*when, (s.condition, True))) for inner in s.then]
                pending += [(inner, extents, (*when, (s.condition, False))) for inner in s.orelse]
        yield TimedPart(target.statement_ns, extents, when)
