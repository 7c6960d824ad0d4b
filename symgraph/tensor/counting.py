"""Searching sorted numbers, counting integers, and telling which numbers there are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symgraph.graph import Variable, canonical_dtype
from symgraph.loops import loop
from symgraph.ops.constant import (
    DTypeLike,
    IntLike,
    TensorLike,
    as_tensor,
    as_tensors,
)
from symgraph.ops.extent_arithmetic import as_size, multiplied
from symgraph.ops.reduce import Reduce
from symgraph.ops.requirement import Require
from symgraph.ops.scalar import promote
from symgraph.ops.scalar_table import and_, cast, invert, isnan, maximum, neq
from symgraph.ops.searching import SearchSorted
from symgraph.ops.shape import as_extent, extent_of, extents_of
from symgraph.tensor.accumulation import cumsum, diff
from symgraph.tensor.creation import arange, ones, open_grid, zeros
from symgraph.tensor.indexing import getitem, inc_subtensor, set_subtensor
from symgraph.tensor.manipulation import dimshuffle, join, moveaxis, normal_axis
from symgraph.tensor.masks import flatnonzero
from symgraph.tensor.reduction import any
from symgraph.tensor.reshaping import flatten, reshape, specify_shape
from symgraph.tensor.sorting import argsort, sort


def searchsorted(
    x: TensorLike, v: TensorLike, side: str = "left", sorter: TensorLike | None = None
) -> Variable:
    """Return for each value where it would be put into a sorted vector, to keep it sorted.

    x: a vector of real numbers, sorted, nan last; or one that `sorter` sorts.
    v: the values, real numbers of any shape.
    side: before equal numbers, 'left', or behind them, 'right'.
    sorter: the integers that sort x, as `argsort` gives them.
    Returns int64, of the shape of v: from 0 to the length of x; nan counts as largest. Of what is
    not sorted the places mean nothing. Raises TypeError for what is no vector of real numbers,
    ValueError for another side. Cost: a bisection for each value.

    >>> T.searchsorted([1, 3, 5], [0, 3, 6]).eval()
    array([0, 1, 3])
    """
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side={side!r} is neither 'left' nor 'right'")
    numbers, values = as_tensors(x, v)
    if sorter is not None:
        numbers = getitem(numbers, as_tensor(sorter))
    dtype = promote([numbers.type.dtype, values.type.dtype])
    return SearchSorted(side)(cast(numbers, dtype), cast(values, dtype))


def bincount(
    x: TensorLike,
    weights: TensorLike | None = None,
    minlength: IntLike = 0,
    assert_nonneg: bool = True,
) -> Variable:
    """Compute how often each of 0, 1, ... stands in a vector, or the sum of weights of each.

    x: a vector of integers, at least 0.
    weights: a number for each element of x, which is added instead of 1.
    minlength: the least length of the result: an int or an integer scalar.
    assert_nonneg: Theano's; whatever it is, negative integers are refused.
    Returns a vector as long as the largest integer and 1, but at least `minlength`: int64, or the
    dtype of weights that are floats, or float64. Raises TypeError for what is no vector of
    integers, ValueError where one is negative, and where there are more or fewer weights, here or
    when the function runs. Derivative by the weights: each has that of its place.

    >>> T.bincount([1, 1, 3]).eval()
    array([0, 2, 0, 1])
    """
    given = as_tensor(x)
    if given.type.ndim != 1 or np.dtype(given.type.dtype).kind not in "biu":
        raise TypeError(f"bincount takes a vector of integers, not {given} ({given.type})")
    places = Require("bincount: an integer", "at least 0")(cast(given, "int64"))
    least = as_size(as_extent(minlength, "bincount: minlength"))
    # Of nothing the largest is -1: the maximum of floats has a value there.
    largest = maximum(Reduce("supremum", (0,))(cast(places, "float64")), -1.0)
    counts = maximum(cast(largest, "int64") + 1, least)
    if weights is None:
        return inc_subtensor(getitem(zeros(counts, "int64"), places), 1)
    weights = as_tensor(weights)
    if np.dtype(weights.type.dtype).kind not in "fc":
        weights = cast(weights, "float64")
    weights = specify_shape(weights, [extent_of(places, 0)])
    return inc_subtensor(getitem(zeros(counts, weights.type.dtype), places), weights)


def unique(
    x: TensorLike,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
) -> Any:
    """Return the different elements of an array, or the different slices along an axis, sorted.

    x: real numbers of any shape; nan is one element, the last.
    return_index: whether to return also where each stands first, in the flattened array or along
        the axis.
    return_inverse: whether to return also for each element of x which of the different ones it is,
        in the shape of x; or for each slice along the axis.
    return_counts: whether to return also how often each is there.
    axis: None for the elements of the flattened array; an int for slices, which are sorted by their
        first elements, equal ones by the next.
    Returns the different ones, or a list of them and of the int64 arrays asked for, in this order.
    Raises TypeError for complex numbers, ValueError for another axis.
    Derivatives go back to where each element stands first.

    >>> T.unique([3, 1, 3]).eval()
    array([1, 3])
    >>> T.unique([[1, 2], [0, 5], [1, 2]], axis=0).eval()
    array([[0, 5],
           [1, 2]])
    """
    x = as_tensor(x)
    if axis is None:
        lines = flatten(x)
        order = argsort(lines) if return_index or return_inverse or return_counts else None
        ordered = sort(lines) if order is None else getitem(lines, order)
        shape = extents_of(x)
    else:
        lines = moveaxis(x, normal_axis(axis, x, "unique"), 0)
        order = _order_of_slices(lines)
        ordered = getitem(lines, order)
        shape = extents_of(lines)[:1]
    count = extent_of(lines, 0)
    is_new = set_subtensor(getitem(ones(count, "bool"), slice(1, None)), _changes(ordered))
    firsts = flatnonzero(is_new)
    different = getitem(ordered, firsts)
    results = [different if axis is None else moveaxis(different, 0, axis)]
    if return_index and order is not None:
        results.append(getitem(order, firsts))
    if return_inverse and order is not None:
        places = getitem(zeros(count, "int64"), order)
        inverse = set_subtensor(places, cumsum(cast(is_new, "int64")) - 1)
        results.append(reshape(inverse, shape))
    if return_counts:
        results.append(diff(join(0, firsts, dimshuffle(count, "x"))))
    return results[0] if len(results) == 1 else results


def _order_of_slices(lines: Variable) -> Variable:
    """The order of the slices along the first axis: by the last element, and so on to the first,
    each time keeping the order of equal ones."""
    extents, count = lines.type.shape[1:], extent_of(lines, 0)
    if None in extents:
        size = multiplied(*extents_of(lines)[1:])
        columns = getitem(dimshuffle(reshape(lines, (count, size)), 1, 0), slice(None, None, -1))
        order, _ = loop(_by_column, arange(count), columns)
        return order
    size = math.prod(int(extent) for extent in extents if extent is not None)
    columns = reshape(lines, (count, size))
    order = arange(count)
    for column in reversed(range(size)):
        order, _ = _by_column(order, getitem(columns, (slice(None), column)))
    return order


def _by_column(order: Variable, column: Variable) -> tuple[Variable, None]:
    """Sort an order by a column of what is ordered, keeping the order of equal elements."""
    return getitem(order, argsort(getitem(column, order))), None


def _changes(ordered: Variable) -> Variable:
    """Where along the first axis something else begins; nan is equal to nan."""
    later, earlier = getitem(ordered, slice(1, None)), getitem(ordered, slice(None, -1))
    changes = neq(later, earlier)
    if np.dtype(ordered.type.dtype).kind == "f":
        changes = and_(changes, invert(and_(isnan(later), isnan(earlier))))
    return any(changes, axis=range(1, ordered.type.ndim)) if ordered.type.ndim > 1 else changes


def to_one_hot(y: TensorLike, nb_class: IntLike, dtype: DTypeLike = None) -> Variable:
    """Return for each integer a row of zeros with a one at its place.

    y: integers of any shape, from 0 to nb_class - 1; negative ones count from the end.
    nb_class: the length of the rows: an int or an integer scalar.
    dtype: floatX unless given.
    Returns the shape of y and a last axis behind it. Raises TypeError for what are no integers,
    IndexError for one that is out of bounds, here or when the function runs.

    >>> T.to_one_hot([0, 2], 3).eval()
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    y = as_tensor(y)
    shape = [*extents_of(y), as_extent(nb_class, "to_one_hot: the length")]
    rows = zeros(shape, canonical_dtype(dtype or "floatX"))
    return set_subtensor(getitem(rows, (*open_grid(extents_of(y)), y)), 1)


__all__ = [
    "bincount",
    "searchsorted",
    "to_one_hot",
    "unique",
]
