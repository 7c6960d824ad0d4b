"""Sorting along an axis: the order, the sorted array, and the largest or smallest of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard

import numpy as np

from symgraph.graph import Constant, Variable, canonical_dtype
from symgraph.loops import ifelse
from symgraph.ops.constant import IntLike, TensorLike
from symgraph.ops.requirement import Require
from symgraph.ops.scalar_table import abs as absolute
from symgraph.ops.scalar_table import cast, switch
from symgraph.ops.shape import extents_of
from symgraph.ops.sorting import ArgSelect, ArgSort, TakeOrdered
from symgraph.tensor.manipulation import as_tensor_variable, moveaxis, normal_axis
from symgraph.tensor.reshaping import flatten

# Theano's names of methods: all give the order that is stable.
KINDS = ("quicksort", "mergesort", "heapsort", "stable")


def _prepared(x: Any, axis: Any, kind: str, what: str) -> tuple[Variable, int]:
    x = as_tensor_variable(x)
    if kind not in KINDS:
        raise ValueError(f"{what}: kind={kind!r} is none of {', '.join(KINDS)}")
    if isinstance(axis, Constant) and axis.type.ndim == 0:
        axis = axis.data.item()
    if axis is None:
        x, axis = flatten(x), 0
    return x, normal_axis(axis, x, what)


def _is_symbolic(axis: Any) -> TypeGuard[Variable]:
    return isinstance(axis, Variable) and not isinstance(axis, Constant)


def _by_axis(of_axis: Callable[[int], Variable], x: Any, axis: Variable, what: str) -> Variable:
    """The result for an axis that is known when the function runs, which computes only that one."""
    x = as_tensor_variable(x)
    if axis.type.ndim != 0 or np.dtype(axis.type.dtype).kind not in "iuf" or not x.type.ndim:
        raise TypeError(
            f"{what}: an axis is an int, an integer scalar or None, not {axis} ({axis.type}), and"
            f" {x} ({x.type}) has {x.type.ndim} dimensions"
        )
    position = switch(axis < 0, axis + x.type.ndim, axis)
    position = Require(f"{what}: the axis, counted from the first", "count")(position)
    last = x.type.ndim - 1
    behind = Require(f"{what}: the number of axes behind the axis", "count")(last - position)
    result = of_axis(last)
    for number in range(last):
        result = ifelse(behind > number, of_axis(last - 1 - number), result)
    return result


def argsort(
    x: TensorLike, axis: int | Variable | None = -1, kind: str = "quicksort", order: None = None
) -> Variable:
    """Return the indices that sort x along an axis.

    x: real numbers of any shape.
    axis: an int, or an integer scalar that is known when the function runs; None for the flattened
        array.
    kind: NumPy's names of methods; the order is stable whichever is given.
    order: for NumPy's records, of which there are none; only None is taken.
    Returns int64, of the shape of x: smallest first, nan last, equal ones as they stand.
    Raises ValueError for another axis, kind or order, here or when the function runs.

    >>> T.argsort([3, 1, 2]).eval()
    array([1, 2, 0])
    """
    if order is not None:
        raise ValueError("argsort: order is for records, which no tensor holds; leave it out")
    if _is_symbolic(axis):
        return _by_axis(lambda known: argsort(x, known, kind), x, axis, "argsort")
    x, axis = _prepared(x, axis, kind, "argsort")
    return moveaxis(ArgSort()(moveaxis(x, axis, -1)), -1, axis)


def sort(
    x: TensorLike, axis: int | Variable | None = -1, kind: str = "quicksort", order: None = None
) -> Variable:
    """Sort x along an axis: smallest first, nan last.

    x: real numbers of any shape.
    axis, kind, order: as in `argsort`, whose errors it raises.
    Returns the shape and dtype of x. Derivatives go back to where the elements stood.

    >>> T.sort([3, 1, 2]).eval()
    array([1, 2, 3])
    """
    if order is not None:
        raise ValueError("sort: order is for records, which no tensor holds; leave it out")
    if _is_symbolic(axis):
        return _by_axis(lambda known: sort(x, known, kind), x, axis, "sort")
    x, axis = _prepared(x, axis, kind, "sort")
    last = moveaxis(x, axis, -1)
    return moveaxis(TakeOrdered()(last, ArgSort()(last)), -1, axis)


def topk_and_argtopk(
    x: TensorLike,
    kth: IntLike,
    axis: int | None = -1,
    sorted: bool = True,
    idx_dtype: str = "int64",
) -> tuple[Variable, Variable]:
    """Return the largest elements along an axis, from the smaller to the larger, and their indices.

    x: real numbers of any shape.
    kth: how many, an int or integer scalar; of a negative number the smallest elements are
        returned.
    axis: an int; None for the flattened array.
    sorted: Theano's; the result is sorted either way.
    idx_dtype: of the indices.
    Returns two arrays with `abs(kth)` elements along the axis; nan counts as largest.
    Raises ValueError for kth that is 0, no integer or larger than the extent, here or when the
    function runs, and for another axis.

    >>> values, indices = T.topk_and_argtopk([3, 1, 2], 2)
    >>> values.eval(), indices.eval()
    (array([2, 3]), array([2, 0]))
    """
    x, axis = _prepared(x, axis, "stable", "topk")
    last = moveaxis(x, axis, -1)
    order = _ends(last, kth, f"axis {axis} of {x}")
    indices = cast(order, canonical_dtype(idx_dtype))
    return moveaxis(TakeOrdered()(last, order), -1, axis), moveaxis(indices, -1, axis)


def _ends(x: Variable, kth: Any, where: str) -> Variable:
    """The last indices of the order of each row, or if kth is negative so many first ones. Raises
    ValueError."""
    kth = kth.data.item() if isinstance(kth, Constant) and kth.type.ndim == 0 else kth
    if isinstance(kth, int | np.integer) and not isinstance(kth, bool) and kth != 0:
        known, count = x.type.shape[-1], abs(int(kth))
        if known is not None and count > known:
            raise ValueError(f"topk: there are {known} on {where}, and not {count}")
        # In the order of their indices, in which equal ones stay.
        chosen = ArgSelect(count, bool(kth > 0))(x)
        return TakeOrdered()(chosen, ArgSort()(TakeOrdered()(x, chosen)))
    order = ArgSort()(x)
    whole = isinstance(kth, Variable) and np.dtype(kth.type.dtype).kind in "iu"
    if not whole or kth.type.ndim != 0:
        raise ValueError(f"topk: kth is an integer other than 0, not {kth!r}")
    size = extents_of(order)[-1]
    wanted = cast(kth, "int64")
    count = Require("topk: the magnitude of kth", "at least 1")(absolute(wanted))
    room = Require(f"topk: the extent on {where}, less the magnitude of kth,", "at least 0")(
        size - count
    )
    largest = wanted > 0
    return order[..., switch(largest, room, 0) : switch(largest, size, count)]


def topk(
    x: TensorLike,
    kth: IntLike,
    axis: int | None = -1,
    sorted: bool = True,
    idx_dtype: str = "int64",
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
    x: TensorLike,
    kth: IntLike,
    axis: int | None = -1,
    sorted: bool = True,
    idx_dtype: str = "int64",
) -> Variable:
    """Return the indices of the largest elements along an axis, from the smaller to the larger.

    x: real numbers of any shape.
    kth, axis, sorted, idx_dtype: as in `topk_and_argtopk`, of which this is the second result.
    Raises as that does.

    >>> T.argtopk([3, 1, 2], 2).eval()
    array([2, 0])
    """
    return topk_and_argtopk(x, kth, axis, sorted, idx_dtype)[1]


__all__ = [
    "argsort",
    "argtopk",
    "sort",
    "topk",
    "topk_and_argtopk",
]
