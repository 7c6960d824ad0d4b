"""Loops that draw random numbers: which words they take, and how the loop program tells.

A word is a function of an element's position. In a loop whose positions follow each other it is
made together with its neighbours, many at once, a strip of turns ahead (see `words`): then the
loop itself only reads them, from memory that never leaves the nearest cache.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from symgraph.lower.program import (
    ONE,
    Buffer,
    Compute,
    If,
    Literal,
    Load,
    Loop,
    Scalar,
    Statement,
    Store,
    Value,
)

# Turns at a time: so many words of 8 bytes take a quarter of the nearest cache.
STRIP = 1024
# The functions that make words, and how wide these are.
WIDTHS = {"random_word32": 32, "random_word64": 64}


class Draw(NamedTuple):
    """One of the words that a loop takes each turn: `compute` says how, of `settled` functions of
    the loop's index `place` leads to the position. The loop reads it from `words`, the first of a
    strip at the index less `words.offset`."""

    compute: Compute
    place: tuple[Compute, ...]
    words: Buffer


class Drawing(NamedTuple):
    """A loop's draws, and the loop without them."""

    draws: tuple[Draw, ...]
    rest: Loop


def drawing(loop: Loop) -> Drawing | None:
    """How an innermost loop draws, if it does, and from positions that follow each other."""
    if not any(isinstance(s, Compute) and s.fn in WIDTHS for s in loop.body):
        return None
    if any(isinstance(s, Loop | If) for s in loop.body):
        return None
    made = {s.out: s for s in loop.body if isinstance(s, Compute | Load)}
    draws = {}
    for s in loop.body:
        if not isinstance(s, Compute) or s.fn not in WIDTHS:
            continue
        place = _place(s.args[-1], loop.index, made)
        if place is not None and not any(arg in made for arg in s.args[:-1]):
            offset = Scalar("int64", f"{s.out}.offset")
            words = Buffer(f"{s.out}.words", s.out.dtype, (), (ONE,), "local", offset=offset)
            draws[s] = Draw(s, place, words)
    if not draws:
        return None
    return Drawing(tuple(draws.values()), _without(loop, draws))


def _without(loop: Loop, draws: Mapping[Compute, Draw]) -> Loop:
    """The loop that reads words, and computes no positions that nothing else needs."""
    body: list[Statement] = []
    used: set[Value] = {c.next for c in loop.carried}
    positions = {step for draw in draws.values() for step in draw.place}
    for s in reversed(loop.body):
        if s in positions and isinstance(s, Compute) and s.out not in used:
            continue
        if isinstance(s, Compute) and s in draws:
            s = Load(s.out, draws[s].words, (loop.index,))
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
    position: Value, index: Scalar, made: Mapping[Scalar, Statement]
) -> tuple[Compute, ...] | None:
    """What computes a position in a loop, in order, if it grows by one with each turn."""
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
    grows: dict[Value, int] = {index: 1}
    for s in order:
        growth = _growth(s, [grows.get(arg, 0) for arg in s.args])
        if growth is None:
            return None
        grows[s.out] = growth
    return tuple(order) if grows.get(position) == 1 else None


def _growth(s: Compute, of_args: Sequence[int]) -> int | None:
    """By how much a value grows with each turn, of those that grow evenly."""
    if not any(of_args):
        return 0
    if s.fn in ("cast{int64}", "cast{uint64}"):
        return of_args[0]
    if s.fn == "add":
        return sum(of_args)
    if s.fn == "mul":
        for arg, growth in zip(s.args, reversed(of_args), strict=True):
            if isinstance(arg, Literal):
                return int(arg.value) * growth
    return None
