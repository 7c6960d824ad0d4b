"""Find the ways in which a statement can be cut into iterations."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from symgraph.lower.parallel import (
    computed,
    loops_over,
    place_in,
    reached_by,
    takes_wide_numbers,
)
from symgraph.lower.program.types import (
    Alloc,
    Compute,
    Convolve,
    If,
    Kernel,
    Loop,
    MatMul,
    Member,
    Pool,
    Statement,
    Store,
)
from symgraph.lower.program.values import ONE, ZERO, Literal, Value
from symgraph.lower.regions.accesses import Access
from symgraph.lower.regions.products_of_extents import Sizes
from symgraph.lower.target import Target


class Tiling(NamedTuple):
    """A statement as a member of a region, with its accesses, cut into `extent` iterations: one or
    several for each iteration of the region."""

    member: Member
    extent: Value
    accesses: tuple[Access, ...]


def tilings_of(s: Statement, extent: Value | None, sizes: Sizes) -> list[Tiling]:
    """Return the tilings of a statement for a region of the given extent, or of any extent."""
    match s:
        case MatMul():
            found = list(_of_product(s))
        case Convolve() | If():
            found = list(_of_convolutions(s, convolutions_of(s)))
        case Pool():
            found = list(_of_pooling(s))
        case Kernel() if extent is not None:
            return _of_kernel(s, extent, sizes)
        case _:
            return []
    if extent is None:
        return found
    return [tiling for tiling in found if sizes.of(tiling.extent) == sizes.of(extent)]


def profitable_tilings_of(
    s: Statement, extent: Value | None, sizes: Sizes, target: Target
) -> list[Tiling]:
    """Return the tilings that may save time on the target."""
    return [tiling for tiling in tilings_of(s, extent, sizes) if _is_profitable(tiling, target)]


def _of_product(s: MatMul) -> Iterator[Tiling]:
    """Yield the tilings along the rows of the result and along its columns."""
    added = () if s.c is None else (s.c,)

    def tiling(axis: int, a: int | None, b: int | None) -> Tiling:
        accesses = [Access(s.out, True, axis), Access(s.a, False, a), Access(s.b, False, b)]
        for c in added:
            accesses.append(Access(c, False, None if c.strides[axis] == ZERO else axis))
        return Tiling(Member(s, axis), s.out.extents[axis], tuple(accesses))

    yield tiling(0, 0, None)
    yield tiling(1, None, 1)


def _is_profitable(tiling: Tiling, target: Target) -> bool:
    """Return whether a tiling may save time. A product by rows reads all of b again for each block,
    so b must fit in the near cache; by columns it needs several blocks; and where a is transposed
    there are better ways to compute large products."""
    s = tiling.member.statement
    if not isinstance(s, MatMul):
        return True
    if s.a.strides[1] != ONE and s.a.strides[0] == ONE:
        return False
    if tiling.member.axis:
        columns = s.out.extents[1]
        return isinstance(columns, Literal) and int(columns.value) >= target.several_columns
    known = [int(v.value) for v in s.b.extents if isinstance(v, Literal)]
    return len(known) == 2 and known[0] * known[1] <= target.near_matrix


def _of_convolutions(whole: Convolve | If, choices: Sequence[Convolve]) -> Iterator[Tiling]:
    accesses: dict[Access, None] = {}
    for s in choices:
        if s.computes == "kernel":
            return
        found = [Access(s.out, True, 0), Access(s.kernel, False)]
        found += [Access(x, False, 0) for x in s.operands if x is not s.kernel]
        accesses |= dict.fromkeys(found)
    if choices:
        yield Tiling(Member(whole), choices[0].out.extents[0], tuple(accesses))


def convolutions_of(s: Statement) -> list[Convolve]:
    """Return the convolution that a statement is, or those that it chooses between."""
    return [s] if isinstance(s, Convolve) else chosen_between(s) if isinstance(s, If) else []


def chosen_between(s: If) -> list[Convolve]:
    """Return the convolutions of branches that each compute one, after scalars and allocations
    only; else an empty list."""
    found: list[Convolve] = []
    for branch in (s.then, s.orelse):
        if not branch or not all(isinstance(x, Compute | Alloc) for x in branch[:-1]):
            return []
        last = branch[-1]
        inner = convolutions_of(last)
        if not inner:
            return []
        found += inner
    return found


def _of_pooling(s: Pool) -> Iterator[Tiling]:
    if len(s.x.extents) > len(s.window):
        accesses = [Access(s.out, True, 0), *(Access(x, False, 0) for x in s.operands)]
        yield Tiling(Member(s), s.out.extents[0], tuple(accesses))


def _of_kernel(s: Kernel, extent: Value, sizes: Sizes) -> list[Tiling]:
    if takes_wide_numbers(s):
        return []
    reached = reached_by(s.body)
    wanted = sizes.of(extent)
    around = next((loops for x, loops in reached if isinstance(x, Store)), ())
    inside = computed(s)
    for loop in around:
        if loop.extent in inside:
            continue
        each = sizes.quotient(sizes.of(loop.extent), wanted)
        if each is None:
            continue
        loops = loops_over(loop.extent, reached)
        if not loops or not _is_all_within(s, loops):
            continue
        cut = set(loops)
        accesses = []
        for x, inner in reached:
            axis = place_in(cut, x, inner)
            accesses.append(Access(x.buffer, isinstance(x, Store), axis, each))
        return [Tiling(Member(s, 0, loop.extent), loop.extent, tuple(accesses))]
    return []


def _is_all_within(s: Kernel, cut: tuple[Loop, ...]) -> bool:
    """Return whether all work of the kernel is inside the cut loops: blocks would repeat any
    other."""
    pending = list(s.body)
    while pending:
        x = pending.pop()
        match x:
            case If():
                return False
            case Loop() if x not in cut:
                if not any(isinstance(inner, Loop) for inner in x.body) or x.carried:
                    return False
                pending += x.body
    return True
