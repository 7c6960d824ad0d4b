"""Sorting along an axis: the order, the sorted array, and the largest or smallest of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgraph.graph import Variable, canonical_dtype
from symgraph.ops.constant import TensorLike
from symgraph.ops.scalar_table import cast
from symgraph.ops.shape import extents_of
from symgraph.ops.sorting import ArgSort
from symgraph.tensor.creation import arange
from symgraph.tensor.indexing import getitem
from symgraph.tensor.manipulation import as_tensor_variable, dimshuffle, moveaxis, normal_axis
from symgraph.tensor.reshaping import flatten

# Theano's names of methods: all give the order that is stable.
KINDS = ("quicksort", "mergesort", "heapsort", "stable")


def _prepared(x: Any, axis: int | None, kind: str, what: str) -> tuple[Variable, int]:
    x = as_tensor_variable(x)
    if kind not in KINDS:
        raise ValueError(f"{what}: kind={kind!r} is none of {', '.join(KINDS)}")
    if axis is None:
        x, axis = flatten(x), 0
    return x, normal_axis(axis, x, what)


def argsort(
    x: TensorLike, axis: int | None = -1, kind: str = "quicksort", order: None = None
) -> Variable:
    """Return the indices that sort x along an axis.

    x: real numbers of any shape.
    axis: an int; None for the flattened array.
    kind: NumPy's names of methods; the order is stable whichever is given.
    order: for NumPy's records, of which there are none; only None is taken.
    Returns int64, of the shape of x: smallest first, nan last, equal ones as they stand.
    Raises ValueError for another axis, kind or order.

    >>> T.argsort([3, 1, 2]).eval()
    array([1, 2, 0])
    """
    if order is not None:
        raise ValueError("argsort: order is for records, which no tensor holds; leave it out")
    x, axis = _prepared(x, axis, kind, "argsort")
    return moveaxis(ArgSort()(moveaxis(x, axis, -1)), -1, axis)


def sort(
    x: TensorLike, axis: int | None = -1, kind: str = "quicksort", order: None = None
) -> Variable:
    """Sort x along an axis: smallest first, nan last.

    x: real numbers of any shape.
    axis: an int; None for the flattened array.
    kind, order: as in `argsort`, whose errors it raises.
    Returns the shape and dtype of x. Derivatives go back to where the elements stood.

    >>> T.sort([3, 1, 2]).eval()
    array([1, 2, 3])
    """
    if order is not None:
        raise ValueError("sort: order is for records, which no tensor holds; leave it out")
    x, axis = _prepared(x, axis, kind, "sort")
    last = moveaxis(x, axis, -1)
    return moveaxis(_selected(last, ArgSort()(last)), -1, axis)


def topk_and_argtopk(
    x: TensorLike, kth: int, axis: int | None = -1, sorted: bool = True, idx_dtype: str = "int64"
) -> tuple[Variable, Variable]:
    """Return the largest elements along an axis, from the smaller to the larger, and their indices.

    x: real numbers of any shape.
    kth: how many; of a negative number the smallest elements are returned.
    axis: an int; None for the flattened array.
    sorted: Theano's; the result is sorted either way.
    idx_dtype: of the indices.
    Returns two arrays with `abs(kth)` elements along the axis; nan counts as largest.
    Raises ValueError for kth that is 0, no int or larger than the extent, here or when the function
    runs, and for another axis.

    >>> values, indices = T.topk_and_argtopk([3, 1, 2], 2)
    >>> values.eval(), indices.eval()
    (array([2, 3]), array([2, 0]))
    """
    if isinstance(kth, bool) or not isinstance(kth, int | np.integer) or kth == 0:
        raise ValueError(f"topk: kth is an integer other than 0, not {kth!r}")
    x, axis = _prepared(x, axis, "stable", "topk")
    last = moveaxis(x, axis, -1)
    known = last.type.shape[-1]
    if known is not None and abs(kth) > known:
        raise ValueError(f"topk: there are {known} on axis {axis} of {x}, and not {abs(kth)}")
    order = ArgSort()(last)
    order = order[..., -int(kth) :] if kth > 0 else order[..., : -int(kth)]
    indices = cast(order, canonical_dtype(idx_dtype))
    return moveaxis(_selected(last, order), -1, axis), moveaxis(indices, -1, axis)


def topk(
    x: TensorLike, kth: int, axis: int | None = -1, sorted: bool = True, idx_dtype: str = "int64"
) -> Variable:
    """Return the largest elements along an axis, from the smaller to the larger.

    x: real numbers of any shape.
    kth, axis, sorted, idx_dtype: as in `topk_and_argtopk`, of which this is the first result.
    Raises as that does.

    >>> T.topk([3, 1, 2], 2).eval()
    array([2, 3])
    """
    return topk_and_argtopk(x, kth, axis, sorted, idx_dtype)[0]


def argtopk(
    x: TensorLike, kth: int, axis: int | None = -1, sorted: bool = True, idx_dtype: str = "int64"
) -> Variable:
    """Return the indices of the largest elements along an axis, from the smaller to the larger.

    x: real numbers of any shape.
    kth, axis, sorted, idx_dtype: as in `topk_and_argtopk`, of which this is the second result.
    Raises as that does.

    >>> T.argtopk([3, 1, 2], 2).eval()
    array([2, 0])
    """
    return topk_and_argtopk(x, kth, axis, sorted, idx_dtype)[1]


def _selected(x: Variable, order: Variable) -> Variable:
    """Of each row of `x` the entries that the row of `order` says."""
    behind = x.type.ndim - 1
    rows = [
        dimshuffle(arange(extent), ["x"] * axis + [0] + ["x"] * (behind - axis))
        for axis, extent in enumerate(extents_of(x)[:-1])
    ]
    return getitem(x, (*rows, order))


__all__ = [
    "argsort",
    "argtopk",
    "sort",
    "topk",
    "topk_and_argtopk",
]
