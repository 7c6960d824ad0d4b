"""Whether a call is long enough to let other threads run Python meanwhile."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from symgraph.lower.ahead import Ahead, Number, Shape, number
from symgraph.lower.cost import cost_of
from symgraph.lower.program import (
    If,
    Kernel,
    Loop,
    MatMul,
    Perform,
    Program,
    Scalar,
    Statement,
    Value,
)

# Giving the interpreter's lock away and taking it again costs 0.1 microseconds, more where others
# want it.
LONG_NS = 20_000
# Programs with more host statements than this are long.
STATEMENTS = 500
# ns for a multiplication and an addition in a matrix product, and for any host statement.
PRODUCT_NS = 0.02
STATEMENT_NS = 2.0


class Part(NamedTuple):
    """`ns` for each turn of loops over `extents`, where all of `when` are so."""

    ns: float
    extents: tuple[Value, ...]
    when: tuple[tuple[Value, bool], ...]


def is_long(program: Program, shapes: Sequence[Shape]) -> bool:
    """Whether running the program for arguments of these shapes takes long, by its estimated cost.
    Of a branch that only values decide, both sides count; loops of unknown extents are long."""
    if len(program.body) > STATEMENTS:
        return True
    ahead = Ahead(program)
    parts = list(_parts(program.body))
    values = [v for part in parts for v in (*part.extents, *(c for c, _ in part.when))]
    ahead.want(v for v in values if ahead.knows([v]))
    found = ahead.values(shapes)
    return sum(_cost(part, ahead, found) for part in parts) > LONG_NS


def _cost(part: Part, ahead: Ahead, found: Mapping[Scalar, Number]) -> float:
    for condition, wanted in part.when:
        if ahead.knows([condition]) and bool(number(condition, found)) != wanted:
            return 0.0
    ns = part.ns
    for extent in part.extents:
        if not ahead.knows([extent]):
            return float("inf")
        ns *= number(extent, found)
    return ns


def _parts(body: Sequence[Statement]) -> Iterator[Part]:
    """The work of host statements, at any depth."""
    pending: list[tuple[Statement, tuple[Value, ...], tuple[tuple[Value, bool], ...]]]
    pending = [(s, (), ()) for s in body]
    while pending:
        s, extents, when = pending.pop()
        match s:
            case Kernel():
                for item in cost_of(s):
                    yield Part(item.ns, (*extents, *item.extents), when)
            case MatMul():
                yield Part(PRODUCT_NS, (*extents, *s.out.extents, s.a.extents[1]), when)
            case Perform():
                yield Part(LONG_NS, extents, when)
            case Loop():
                pending += [(inner, (*extents, s.extent), when) for inner in s.body]
            case If():
                pending += [(inner, extents, (*when, (s.condition, True))) for inner in s.then]
                pending += [(inner, extents, (*when, (s.condition, False))) for inner in s.orelse]
        yield Part(STATEMENT_NS, extents, when)
