"""Medians and other quantiles: numbers with a given share of the elements below them."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgraph.graph import Constant, Variable
from symgraph.ops.constant import TensorLike, as_tensor
from symgraph.ops.requirement import Require
from symgraph.ops.scalar import upgrade_to_float
from symgraph.ops.scalar_table import cast, ceil, floor, isnan, round, switch
from symgraph.ops.shape import extent_of
from symgraph.tensor.indexing import take
from symgraph.tensor.manipulation import dimshuffle, expand_dims, moveaxis
from symgraph.tensor.reduction import Axis, any, axes_joined_last
from symgraph.tensor.sorting import sort

# How a quantile that lies between two elements is found: see `quantile`.
METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def quantile(
    x: TensorLike,
    q: TensorLike,
    axis: Axis = None,
    method: str = "linear",
    keepdims: bool = False,
) -> Variable:
    """Compute the number with a share q of the elements below it, over the given axes.

    x: real numbers of any shape.
    q: real numbers from 0, for the minimum, to 1, for the maximum, of any shape.
    axis: None for all axes, an int, or a sequence of ints.
    method: what a quantile between two elements is: 'linear' between them, the 'lower' or 'higher'
        one, their 'midpoint', or the 'nearest' one, where both are as near that of the even rank.
    keepdims: whether the axes stay, with extent 1.
    Returns the shape of q and behind it x without those axes, as floats; nan where there is one
    among the elements. Raises TypeError for complex numbers and truth values, ValueError for
    another method, for an axis out of range or empty, and for a q that is not from 0 to 1, here or
    when the function runs.
    Derivatives: by x, the weights of the elements that are taken; by q, the slope between them.
    Cost: one sort. Compare numpy.quantile.

    >>> T.quantile([1.0, 2.0, 4.0, 8.0], [0.5, 1.0]).eval()
    array([3., 8.])
    """
    return _quantile(x, q, axis, method, keepdims, "quantile")


def percentile(
    x: TensorLike,
    q: TensorLike,
    axis: Axis = None,
    method: str = "linear",
    keepdims: bool = False,
) -> Variable:
    """Compute the number with q percent of the elements below it, over the given axes.

    x: real numbers of any shape.
    q: real numbers from 0 to 100, of any shape.
    axis, method, keepdims: as in `quantile`.
    Returns what `quantile` does for q / 100, and raises as it does.

    >>> T.percentile([1.0, 2.0, 4.0, 8.0], 50).eval()
    array(3.)
    """
    return _quantile(x, as_tensor(q) / 100.0, axis, method, keepdims, "percentile")


def median(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Compute the element in the middle of the order, or the mean of the two there.

    x: real numbers of any shape.
    axis: None for all axes, an int, or a sequence of ints.
    keepdims: whether the axes stay, with extent 1.
    Returns x without those axes, as floats; nan where there is one among the elements. Raises
    TypeError for complex numbers and truth values, ValueError for an axis out of range or empty.
    Derivative: 1 by the element in the middle, or a half by each of two. Cost: one sort.

    >>> T.median([[1.0, 5.0, 3.0], [4.0, 4.0, 0.0]], axis=1).eval()
    array([3., 4.])
    """
    return _quantile(x, 0.5, axis, "midpoint", keepdims, "median")


def _quantile(x: Any, q: Any, axis: Axis, method: str, keepdims: bool, what: str) -> Variable:
    if method not in METHODS:
        raise ValueError(f"{what}: method={method!r} is none of {', '.join(METHODS)}")
    x = as_tensor(x)
    if np.dtype(x.type.dtype).kind not in "iuf":
        raise TypeError(f"{what} takes real numbers, not {x} ({x.type})")
    joined, axes = axes_joined_last(x, axis, what)
    joined = cast(joined, upgrade_to_float([x.type.dtype]))
    share = _share(q, what)
    count = extent_of(joined, joined.type.ndim - 1)
    count = Require(f"{what}: the number of elements", "at least 1")(count)
    rank = share * (count - 1)
    ordered = sort(joined)
    result = _between(ordered, rank, method)
    # Sorted behind all numbers, nan would only be met by the largest quantiles.
    undefined = any(isnan(joined), axis=-1)
    result = switch(undefined, np.nan, result)
    if not keepdims:
        return result
    return expand_dims(result, [share.type.ndim + at for at in axes])


def _share(q: Any, what: str) -> Variable:
    """What lies below, as numbers from 0 to 1. Raises TypeError, ValueError."""
    share = as_tensor(q)
    if np.dtype(share.type.dtype).kind not in "iuf":
        raise TypeError(f"{what}: q are real numbers, not {share} ({share.type})")
    share = cast(share, upgrade_to_float([share.type.dtype, "float64"]))
    if isinstance(share, Constant):
        if not ((share.data >= 0) & (share.data <= 1)).all():
            raise ValueError(f"{what}: q is a share of the elements, not {q}")
        return share
    return Require(f"{what}: the share q", "probability")(share)


def _between(ordered: Variable, rank: Variable, method: str) -> Variable:
    """The elements at places between integers on the last axis, whose axes come first."""
    if method == "nearest":
        return _at(ordered, round(rank))
    lower, upper = floor(rank), ceil(rank)
    if method == "lower":
        return _at(ordered, lower)
    if method == "higher":
        return _at(ordered, upper)
    below, above = _at(ordered, lower), _at(ordered, upper)
    if method == "midpoint":
        # Where both are one element, infinite maybe, it is that.
        return switch(_padded(lower < upper, ordered), (below + above) / 2, below)
    weight = cast(rank - lower, ordered.type.dtype)
    weight = _padded(weight, ordered)
    return switch(_padded(lower < upper, ordered), below * (1 - weight) + above * weight, below)


def _at(ordered: Variable, rank: Variable) -> Variable:
    taken = take(ordered, cast(rank, "int64"), axis=-1)
    behind = ordered.type.ndim - 1
    return moveaxis(taken, list(range(behind, taken.type.ndim)), list(range(rank.type.ndim)))


def _padded(of_rank: Variable, ordered: Variable) -> Variable:
    """What is told of each rank, with axes for the others of the result."""
    ndim = of_rank.type.ndim
    return dimshuffle(of_rank, [*range(ndim), *["x"] * (ordered.type.ndim - 1)])


__all__ = [
    "median",
    "percentile",
    "quantile",
]
