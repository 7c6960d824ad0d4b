"""Diagonals of matrices."""

from __future__ import annotations

from typing import Any

from symgraph.graph import Variable
from symgraph.ops.constant import IntLike, TensorLike, as_tensor
from symgraph.ops.extent_arithmetic import added, as_scalar, as_size, less
from symgraph.ops.scalar_table import maximum, minimum
from symgraph.ops.shape import as_extent, extent_of, extents_of, known_extent
from symgraph.tensor.creation import arange, zeros
from symgraph.tensor.indexing import getitem, inc_subtensor, set_subtensor
from symgraph.tensor.manipulation import dimshuffle, moveaxis, normal_axis
from symgraph.tensor.reshaping import specify_shape

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
    a, b = _two_axes(x, axis1, axis2, "diagonal")
    rest = [axis for axis in range(x.type.ndim) if axis not in (a, b)]
    return _on_diagonal(dimshuffle(x, [*rest, a, b]), _offset(offset, "diagonal"))


def _two_axes(x: Variable, axis1: int, axis2: int, what: str, new: int = 0) -> tuple[int, int]:
    a, b = (normal_axis(axis, x, what, new) for axis in (axis1, axis2))
    if a == b:
        raise ValueError(f"{what}: axis1 and axis2 are the same axis {a} of {x} ({x.type})")
    return a, b


def _on_diagonal(x: Variable, offset: Offset) -> Variable:
    """The selection of a diagonal of the matrices on the last two axes."""
    down, right = _shifts(offset)
    rows, columns = (_size(extent_of(x, axis)) for axis in (x.type.ndim - 2, x.type.ndim - 1))
    sizes = (rows - down, columns - right)
    if all(isinstance(size, int) for size in sizes):
        count: Any = max(min(sizes), 0)
    else:
        count = maximum(minimum(*sizes), 0)
    steps = arange(count)
    picks = tuple(steps if isinstance(by, int) and by == 0 else steps + by for by in (down, right))
    return getitem(x, (slice(None),) * (x.type.ndim - 2) + picks)


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
    return alloc_diag(x, k)


def alloc_diag(x: TensorLike, offset: IntLike = 0, axis1: int = 0, axis2: int = 1) -> Variable:
    """Build matrices with the last axis of x on a diagonal, and zeros elsewhere.

    x: an array of at least one dimension.
    offset: which diagonal, an int or an integer scalar: 0 for the main one, positive above it.
    axis1, axis2: the axes of the result on which the matrices lie.
    Returns the dtype of x, with one dimension more: what `diagonal` with the same arguments turns
    into x. Raises TypeError for a scalar, ValueError for equal axes.

    >>> T.alloc_diag([1, 2], 1).eval()
    array([[0, 1, 0],
           [0, 0, 2],
           [0, 0, 0]])
    """
    x = as_tensor(x)
    if x.type.ndim == 0:
        raise TypeError(f"alloc_diag takes a vector, not the scalar {x} ({x.type})")
    a, b = _two_axes(x, axis1, axis2, "alloc_diag", 1)
    down, right = _shifts(_offset(offset, "alloc_diag"))
    *outer, last = extents_of(x)
    count = _size(last)
    # Of the two one is 0.
    side = added(count, down, right)
    steps = arange(count)
    nothing = zeros((*outer, side, side), x.type.dtype)
    whole = (slice(None),) * len(outer)
    made = inc_subtensor(getitem(nothing, (*whole, steps + down, steps + right)), x)
    return moveaxis(made, (-2, -1), (a, b))


def fill_diagonal(a: TensorLike, val: TensorLike) -> Variable:
    """Return a with a value on its main diagonal, where all indices are equal.

    a: a matrix, or an array of more dimensions, whose extents are all equal then.
    val: a number, or a vector with one for each place on the diagonal.
    Returns the shape and dtype of a. Raises TypeError for fewer dimensions and a value of a dtype
    that does not fit, ValueError for more dimensions whose extents differ and another length, here
    or when the function runs.

    >>> T.fill_diagonal([[1, 2], [3, 4]], 0).eval()
    array([[0, 2],
           [3, 0]])
    """
    a = as_tensor(a)
    if a.type.ndim < 2:
        raise TypeError(f"fill_diagonal takes a matrix, not {a} ({a.type})")
    if a.type.ndim == 2:
        return fill_diagonal_offset(a, val, 0)
    side = extent_of(a, 0)
    a = specify_shape(a, [side] * a.type.ndim)
    return set_subtensor(getitem(a, (arange(side),) * a.type.ndim), val)


def fill_diagonal_offset(a: TensorLike, val: TensorLike, offset: IntLike) -> Variable:
    """Return a matrix with a value on one of its diagonals.

    a: a matrix.
    val: a number, or a vector with one for each place on the diagonal.
    offset: which diagonal, an int or an integer scalar: 0 for the main one, positive above it.
    Returns the shape and dtype of a. Raises TypeError for another rank and a value of a dtype that
    does not fit, ValueError for another length, here or when the function runs.

    >>> T.fill_diagonal_offset([[1, 2], [3, 4]], 0, 1).eval()
    array([[1, 0],
           [3, 4]])
    """
    a = as_tensor(a)
    if a.type.ndim != 2:
        raise TypeError(f"fill_diagonal_offset takes a matrix, not {a} ({a.type})")
    return set_subtensor(_on_diagonal(a, _offset(offset, "fill_diagonal_offset")), val)


def trace(x: TensorLike, offset: IntLike = 0, axis1: int = 0, axis2: int = 1) -> Variable:
    """Compute the sum of a diagonal of the matrices on two axes.

    x: an array of at least two dimensions.
    offset, axis1, axis2: which diagonal, as in `diagonal`.
    Returns x without those axes. Raises TypeError for fewer dimensions, ValueError for equal axes.

    >>> T.trace([[1, 2], [3, 4]]).eval()
    array(5)
    """
    return diagonal(x, offset, axis1, axis2).sum(-1)


extract_diag = diagonal


__all__ = [
    "alloc_diag",
    "diag",
    "diagonal",
    "extract_diag",
    "fill_diagonal",
    "fill_diagonal_offset",
    "trace",
]
