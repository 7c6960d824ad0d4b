"""Diagonals of matrices."""

from __future__ import annotations

from typing import Any

from symgraph.graph import Variable
from symgraph.ops.constant import IntLike, TensorLike, as_tensor
from symgraph.ops.extent_arithmetic import added, as_scalar, as_size, less
from symgraph.ops.scalar_table import maximum, minimum
from symgraph.ops.shape import as_extent, extent_of, known_extent
from symgraph.tensor.creation import arange, zeros
from symgraph.tensor.indexing import getitem, inc_subtensor
from symgraph.tensor.manipulation import dimshuffle, normal_axis

Offset = int | Variable


def _offset(value: Any, what: str) -> Offset:
    """The number of a diagonal, above the main one where it is positive."""
    scalar = as_size(as_extent(value, f"{what}: the diagonal"))
    return int(value) if not isinstance(value, Variable) else scalar


def _shifts(offset: Offset) -> tuple[Any, Any]:
    """The row and the column at which a diagonal begins."""
    if isinstance(offset, int):
        return max(-offset, 0), max(offset, 0)
    return maximum(as_scalar(less(0, offset)), 0), maximum(offset, 0)


def _size(extent: Variable) -> Any:
    known = known_extent(extent)
    return extent if known is None else known


def diagonal(x: TensorLike, offset: IntLike = 0, axis1: int = 0, axis2: int = 1) -> Variable:
    """Return the diagonals of the matrices on two axes, as the last axis of the result.

    x: an array of at least two dimensions.
    offset: which diagonal, an int or an integer scalar: 0 for the main one, positive above it.
    axis1, axis2: the axes on which the matrices lie.
    Raises TypeError for fewer than two dimensions, ValueError for equal axes.

    >>> T.diagonal([[1, 2], [3, 4]]).eval()
    array([1, 4])
    """
    x = as_tensor(x)
    if x.type.ndim < 2:
        raise TypeError(f"diagonal takes a matrix, not {x} ({x.type})")
    a, b = (normal_axis(axis, x, "diagonal") for axis in (axis1, axis2))
    if a == b:
        raise ValueError(f"diagonal: axis1 and axis2 are the same axis {a} of {x} ({x.type})")
    rest = [axis for axis in range(x.type.ndim) if axis not in (a, b)]
    down, right = _shifts(_offset(offset, "diagonal"))
    rows, columns = (_size(extent_of(x, axis)) for axis in (a, b))
    sizes = (rows - down, columns - right)
    if all(isinstance(size, int) for size in sizes):
        count: Any = max(min(sizes), 0)
    else:
        count = maximum(minimum(*sizes), 0)
    steps = arange(count)
    picks = tuple(steps if isinstance(by, int) and by == 0 else steps + by for by in (down, right))
    return getitem(dimshuffle(x, [*rest, a, b]), (slice(None),) * len(rest) + picks)


def diag(x: TensorLike, k: IntLike = 0) -> Variable:
    """Build a matrix with x on its k-th diagonal, or return that diagonal of a matrix.

    x: a vector or a matrix.
    k: which diagonal: 0 for the main one, positive above it, negative below it.
    Returns the dtype of x. Raises TypeError for other ranks.

    >>> T.diag([1, 2]).eval()
    array([[1, 0],
           [0, 2]])
    """
    x = as_tensor(x)
    if x.type.ndim == 2:
        return diagonal(x, k)
    if x.type.ndim != 1:
        raise TypeError(f"diag takes a vector or a matrix, not {x} ({x.type})")
    offset = _offset(k, "diag")
    down, right = _shifts(offset)
    count = _size(extent_of(x, 0))
    # Of the two one is 0.
    side = added(count, down, right)
    steps = arange(count)
    nothing = zeros((side, side), x.type.dtype)
    return inc_subtensor(getitem(nothing, (steps + down, steps + right)), x)


def trace(x: TensorLike, offset: IntLike = 0, axis1: int = 0, axis2: int = 1) -> Variable:
    """Compute the sum of a diagonal of the matrices on two axes.

    x: an array of at least two dimensions.
    offset, axis1, axis2: which diagonal, as in `diagonal`.
    Returns x without those axes. Raises TypeError for fewer dimensions, ValueError for equal axes.

    >>> T.trace([[1, 2], [3, 4]]).eval()
    array(5)
    """
    return diagonal(x, offset, axis1, axis2).sum(-1)


__all__ = [
    "diag",
    "diagonal",
    "trace",
]
