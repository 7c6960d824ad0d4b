"""Whether a program stays in the range of its dtypes: what the contract of rules builds on.

A program does where no value of it overflows or falls below the smallest normal number. Sums
count by the magnitudes of their terms, and products along axes by any order of their factors;
see `symgraph.rewrite.magnitudes`.
"""

from collections.abc import Callable, Sequence

import numpy as np

from symgraph.graph import Apply, Constant, Variable, toposort
from symgraph.ops import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    BatchedDot,
    BroadcastTo,
    DimShuffle,
    Dot,
    Elemwise,
    IncSubtensor,
    Join,
    Reduce,
    Reshape,
    SpecifyShape,
    Subtensor,
    SumTo,
)
from symgraph.ops.matrices import MatrixOp

# What adds up, multiplies, or passes on: magnitudes come out where magnitudes go in.
LINEAR = (
    *(AdvancedIncSubtensor, AdvancedSubtensor, BatchedDot, BroadcastTo, DimShuffle, Dot),
    *(IncSubtensor, Join, Reshape, SpecifyShape, Subtensor, SumTo),
)
MULTIPLYING = ("mul", "true_div", "sqr", "reciprocal", "mul_zero", "abs", "identity")
# Eliminations, of whose sums nothing is seen from outside.
HIDDEN = (MatrixOp,)
# Whether a number is still normal hangs on how it is rounded where it is nearer to the end.
ROOM = 8


def stays_in_range(
    inputs: Sequence[Variable], outputs: Sequence[Variable], values: Sequence[np.ndarray]
) -> bool:
    """Whether the program that computes the outputs does so of these values."""
    known: dict[Variable, np.ndarray] = {}
    sizes: dict[Variable, np.ndarray] = {}
    nodes = toposort(outputs, stop_at=inputs)
    constants = [v for v in (*outputs, *(v for n in nodes for v in n.inputs)) if _is_constant(v)]
    for leaf, value in (*zip(inputs, values, strict=True), *((v, v.data) for v in constants)):
        known[leaf], sizes[leaf] = value, np.abs(value)
        if not _fine(value):
            return False
    with np.errstate(all="ignore"):
        for node in nodes:
            if isinstance(node.op, HIDDEN):
                return False
            given = [known[v] for v in node.inputs]
            results = node.op.perform(node, *given)
            measured = _measured(node, given, [sizes[v] for v in node.inputs], results)
            if not all(map(_fine, (*results, *measured))):
                return False
            known.update(zip(node.outputs, results, strict=True))
            sizes.update(zip(node.outputs, map(np.abs, measured), strict=True))
    return True


def _is_constant(variable: Variable) -> bool:
    return isinstance(variable, Constant)


def _fine(x: np.ndarray) -> bool:
    """Whether these are numbers within the range, or zeros."""
    if x.dtype.kind not in "fc":
        return True
    limits, size = np.finfo(x.dtype), np.abs(x)
    inside = (size >= limits.tiny * ROOM) & (size <= limits.max)
    return bool((inside | (size == 0)).all())


def _measured(
    node: Apply,
    given: Sequence[np.ndarray],
    sizes: Sequence[np.ndarray],
    results: Sequence[np.ndarray],
) -> Sequence[np.ndarray]:
    """The results' magnitudes, of the operands' magnitudes; nan where something vanished."""
    op = node.op
    if isinstance(op, Reduce) and op.kind == "prod":
        return [_of_product(node, sizes[0])]
    if isinstance(op, LINEAR) or (isinstance(op, Reduce) and op.kind == "sum"):
        inner = op.perform(node, *_with_sizes(node, given, sizes))
        return _none_vanished(node, given, inner)
    if isinstance(op, Elemwise):
        name = op.scalar.name
        if name in ("add", "sub"):
            return [np.asarray(sizes[0] + sizes[1])]
        if name in MULTIPLYING:
            return _vanishing(given, op.perform(node, *sizes), name)
    return results


def _with_sizes(
    node: Apply, given: Sequence[np.ndarray], sizes: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """The operands of floats by their magnitudes; indices as they are."""
    return [s if g.dtype.kind in "fc" else g for g, s in zip(given, sizes, strict=True)]


def _none_vanished(
    node: Apply, given: Sequence[np.ndarray], sizes: Sequence[np.ndarray]
) -> Sequence[np.ndarray]:
    """Nan instead where a term of a product of matrices is below the smallest normal number."""
    if not isinstance(node.op, Dot | BatchedDot):
        return sizes
    smallest = [np.abs(x[x != 0]).min(initial=np.inf) for x in given]
    if smallest[0] * smallest[1] < np.finfo(sizes[0].dtype).tiny * ROOM:
        return [np.full_like(sizes[0], np.nan)]
    return sizes


def _vanishing(
    given: Sequence[np.ndarray], sizes: Sequence[np.ndarray], name: str
) -> Sequence[np.ndarray]:
    """Nan where zero came of what is not zero."""
    over = given[:1] if name == "true_div" else given
    whole: Callable[..., np.ndarray] = np.logical_and.reduce
    some = whole(np.broadcast_arrays(*(x != 0 for x in over)))
    return [np.where((size == 0) & some, np.nan, size).astype(size.dtype) for size in sizes]


def _of_product(node: Apply, size: np.ndarray) -> np.ndarray:
    """The farthest from 1 that a product of some of the factors gets; nan where it vanishes."""
    nothing = (size == 0).any()
    above = node.op.perform(node, np.maximum(size, 1).astype(size.dtype))[0]
    below = node.op.perform(node, np.minimum(np.where(size, size, 1), 1).astype(size.dtype))[0]
    vanishes = below < np.finfo(size.dtype).tiny * ROOM
    return np.where(vanishes | nothing, np.nan, above).astype(size.dtype)
