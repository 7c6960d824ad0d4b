"""Strip-mine loops that draw random numbers.

A random word is a function of an element's position. In a loop over consecutive positions the words
of a strip of iterations are generated ahead, many at once by vectors (see `StripDraw.words`): the
loop itself then only loads them, from memory that stays in the nearest cache. Where rows are short
a strip holds several rows.
"""

from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from symgraph.lower.program.types import Compute, If, Load, Loop, Statement, Store
from symgraph.lower.program.values import Buffer, BufferKind, Literal, Scalar, Value

# Rows of up to this number of elements are short.
SHORT = 64
# The functions that generate words, and the bits of a word.
WIDTHS = {"random_word32": 32, "random_word64": 64}


class StripDraw(NamedTuple):
    """A word that a loop draws in each iteration: `compute` is the statement that draws it, `place`
    the computation of its position from the indices. The loop loads it from `words` at the indices
    `at`."""

    compute: Compute
    place: tuple[Compute, ...]
    words: Buffer
    at: tuple[Scalar, ...]


class StripMinedLoop(NamedTuple):
    """A loop's draws, and the loop without them. `row`: the only loop within it, if the draws are
    there, `width` words in each iteration of the outer loop."""

    draws: tuple[StripDraw, ...]
    rest: Loop
    row: Loop | None = None
    width: int = 1


def drawing(loop: Loop, whole: Container[Loop]) -> StripMinedLoop | None:
    """Return how a loop draws words at consecutive positions; None where it does not. The draws are
    in the loop itself, where it contains no other, or in the one loop within it, over a short row;
    that must not be one of `whole`."""
    inside = [s for s in loop.body if isinstance(s, Loop | If)]
    if not inside:
        draws = _draws(loop.body, {loop.index: 1})
        return StripMinedLoop(tuple(draws.values()), _without(loop, draws)) if draws else None
    row = inside[0]
    if len(inside) > 1 or not isinstance(row, Loop) or row in whole or not _is_short(row):
        return None
    width = int(row.extent.value)  # type: ignore[union-attr]
    draws = _draws([*loop.body, *row.body], {loop.index: width, row.index: 1})
    if not draws:
        return None
    new = [_read(s, draws) for s in row.body]
    read = Loop(row.index, row.extent, new, row.carried)
    body = [read if s is row else s for s in loop.body]
    rest = Loop(loop.index, loop.extent, body, loop.carried)
    return StripMinedLoop(tuple(draws.values()), rest, row, width)


def _is_short(row: Loop) -> bool:
    short = isinstance(row.extent, Literal) and 0 < row.extent.value <= SHORT
    return short and not any(isinstance(s, Loop | If) for s in row.body)


def _draws(body: Sequence[Statement], growth: Mapping[Scalar, int]) -> dict[Compute, StripDraw]:
    """Return the draws of statements whose positions grow with each index by the given `growth`,
    and whose other arguments are loop-invariant."""
    found = [s for s in body if isinstance(s, Compute) and s.fn in WIDTHS]
    if not found:
        return {}
    made = {s.out: s for s in body if isinstance(s, Compute | Load)}
    strides = tuple(Literal(step) for step in growth.values())
    draws = {}
    for s in found:
        place = _place(s.args[-1], growth, made)
        if place is not None and not any(arg in made for arg in s.args[:-1]):
            offset = Scalar("int64", f"{s.out}.offset")
            words = Buffer(
                f"{s.out}.words", s.out.dtype, (), strides, BufferKind.LOCAL, offset=offset
            )
            draws[s] = StripDraw(s, place, words, tuple(growth))
    return draws if len(draws) == len(found) or len(growth) == 1 else {}


def _read(s: Statement, draws: Mapping[Compute, StripDraw]) -> Statement:
    """Return the load that replaces a draw, or the statement itself."""
    if not isinstance(s, Compute) or s not in draws:
        return s
    return Load(s.out, draws[s].words, draws[s].at)


def _without(loop: Loop, draws: Mapping[Compute, StripDraw]) -> Loop:
    """Return the loop with draws replaced by loads, without positions that nothing else needs."""
    body: list[Statement] = []
    used: set[Value] = {c.next for c in loop.carried}
    positions = {step for draw in draws.values() for step in draw.place}
    for s in reversed(loop.body):
        if s in positions and isinstance(s, Compute) and s.out not in used:
            continue
        s = _read(s, draws)
        body.append(s)
        match s:
            case Compute():
                used.update(s.args)
            case Load():
                used.update(s.indices)
            case Store():
                used.update((s.value, *s.indices))
    return Loop(loop.index, loop.extent, body[::-1], loop.carried)


def _place(
    position: Value, growth: Mapping[Scalar, int], made: Mapping[Scalar, Statement]
) -> tuple[Compute, ...] | None:
    """Return the statements that compute a position, in order, if it grows as given; else None."""
    steps: dict[Scalar, Compute] = {}
    pending = [position]
    while pending:
        value = pending.pop()
        s = made.get(value) if isinstance(value, Scalar) else None
        if s is None or value in steps:
            continue
        if not isinstance(s, Compute):
            return None
        steps[s.out] = s
        pending += s.args
    order = [s for s in made.values() if isinstance(s, Compute) and s.out in steps]
    for index, wanted in growth.items():
        grows: dict[Value, int | None] = {index: 1}
        for s in order:
            grows[s.out] = _growth(s, [grows.get(arg, 0) for arg in s.args])
        if grows.get(position, 0) != wanted:
            return None
    return tuple(order)


def growths(
    index: Scalar, computes: Sequence[Compute], changing: Container[Value]
) -> dict[Value, int | None]:
    """Return by how much a loop's index, and each value that is computed in an iteration, grows
    with each iteration; None where not uniformly, as values that are `changing` in other ways. What
    is not among them does not grow."""
    grows: dict[Value, int | None] = {index: 1}
    for s in computes:
        of_args = [grows.get(arg, None if arg in changing else 0) for arg in s.args]
        grows[s.out] = _growth(s, of_args)
    return grows


def _growth(s: Compute, of_args: Sequence[int | None]) -> int | None:
    """Return by how much a value grows with each iteration; None if not uniformly."""
    known = [growth for growth in of_args if growth is not None]
    if len(known) < len(of_args):
        return None
    if not any(known):
        return 0
    if s.fn in ("cast{int64}", "cast{uint64}"):
        return known[0]
    if s.fn == "add":
        return sum(known)
    if s.fn == "sub":
        return known[0] - known[1]
    if s.fn == "mul":
        for arg, growth in zip(s.args, reversed(known), strict=True):
            if isinstance(arg, Literal):
                return int(arg.value) * growth
    return None
