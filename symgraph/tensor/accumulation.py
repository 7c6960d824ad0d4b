"""Sums and products of the elements up to each place, and differences between neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgraph.graph import Variable, canonical_dtype
from symgraph.ops.constant import DTypeLike, TensorLike, as_tensor
from symgraph.ops.cumulative import Cumulative
from symgraph.ops.scalar_table import neq
from symgraph.tensor.indexing import getitem
from symgraph.tensor.manipulation import normal_axis
from symgraph.tensor.reshaping import flatten


def _accumulated(kind: str, x: Any, axis: int | None, dtype: Any) -> Variable:
    x = as_tensor(x)
    if axis is None:
        x, axis = flatten(x), 0
    axis = normal_axis(axis, x, f"cum{kind}")
    return Cumulative(kind, axis, dtype=None if dtype is None else canonical_dtype(dtype))(x)


def cumsum(x: TensorLike, axis: int | None = None, dtype: DTypeLike = None) -> Variable:
    """Add up the elements along an axis: each becomes the sum of those up to it.

    x: numbers of any shape.
    axis: an int; None for the flattened array.
    dtype: of the result; otherwise that of x, or 64 bits for smaller integers and truth values.
    Returns the shape of x, or a vector for axis None; float16 accumulates in float32. Raises
    TypeError for what is no axis, ValueError for one out of range.
    Derivative: the sums from the other end.

    >>> T.cumsum([1, 2, 3]).eval()
    array([1, 3, 6])
    """
    return _accumulated("sum", x, axis, dtype)


def cumprod(x: TensorLike, axis: int | None = None, dtype: DTypeLike = None) -> Variable:
    """Multiply the elements along an axis: each becomes the product of those up to it.

    x: numbers of any shape.
    axis: an int; None for the flattened array.
    dtype: of the result; otherwise that of x, or 64 bits for smaller integers and truth values.
    Returns the shape of x, or a vector for axis None; float16 accumulates in float32. Raises
    TypeError for what is no axis, ValueError for one out of range.
    Derivatives of every order are right at zeros too: no product is divided by an element.

    >>> T.cumprod([1, 2, 3, 4]).eval()
    array([ 1,  2,  6, 24])
    """
    return _accumulated("prod", x, axis, dtype)


def diff(x: TensorLike, n: int = 1, axis: int = -1) -> Variable:
    """Subtract from each element along an axis the one before it, n times over.

    x: numbers or truth values of at least one dimension; of truth values it is where they change.
    n: how often: an int, at least 0.
    axis: an int.
    Returns the dtype of x, with an extent that is n less, at least 0. Raises TypeError for a scalar
    and for what is no int, ValueError for a negative n and for an axis out of range.

    >>> T.diff([1, 4, 9, 16]).eval()
    array([3, 5, 7])
    """
    x = as_tensor(x)
    if x.type.ndim == 0:
        raise TypeError(f"diff takes an array of at least one axis, not {x} ({x.type})")
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise TypeError(f"diff: n is an int, not {n!r}")
    if n < 0:
        raise ValueError(f"diff: n is at least 0, not {n}")
    before = (slice(None),) * normal_axis(axis, x, "diff")
    for _ in range(n):
        later, earlier = getitem(x, (*before, slice(1, None))), getitem(x, (*before, slice(-1)))
        x = neq(later, earlier) if x.type.dtype == "bool" else later - earlier
    return x


__all__ = [
    "cumprod",
    "cumsum",
    "diff",
]
