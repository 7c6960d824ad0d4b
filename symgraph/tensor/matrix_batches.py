"""Operands of linear algebra whose batches broadcast."""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops.broadcast import BroadcastTo
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import broadcast_extents
from symgraph.ops.extent_equality import own_keys
from symgraph.ops.matrices import swapped
from symgraph.ops.rank_alignment import pad_left
from symgraph.ops.scalar_table import conj
from symgraph.ops.shape import extents_of, known_extent


def of_one_batch(a: Variable, b: Variable) -> tuple[Variable, Variable]:
    """Arrays of matrices, of which the axes before the last two are repeated to be equal."""
    if own_keys(a)[:-2] == own_keys(b)[:-2]:
        return a, b
    a, b = pad_left([a, b])
    if own_keys(a)[:-2] == own_keys(b)[:-2]:
        return a, b
    shapes = [
        tuple(e if known_extent(e) is None else known_extent(e) for e in extents_of(x)[:-2])
        for x in (a, b)
    ]
    extents = broadcast_extents(shapes)  # type: ignore[arg-type]
    batch = [constant(e, "int64") if isinstance(e, int) else e for e in extents]
    repeated = []
    for x in (a, b):
        wanted = [*batch, *extents_of(x)[-2:]]
        repeated.append(BroadcastTo(tuple(map(known_extent, wanted)))(x, *wanted))
    return repeated[0], repeated[1]


def turned(a: Variable, trans: int | str, what: str) -> Variable:
    """The matrices, transposed or conjugate transposed as SciPy's `trans` says. Raises
    ValueError."""
    known = {0: "N", 1: "T", 2: "C", "N": "N", "T": "T", "C": "C"}
    if trans not in known:
        raise ValueError(f"{what}: trans is 0, 1, 2, 'N', 'T' or 'C', not {trans!r}")
    if known[trans] == "N":
        return a
    return swapped(a) if known[trans] == "T" else conj(swapped(a))
