"""Reductions: NumPy's names and arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from symgraph.graph import Variable, canonical_dtype
from symgraph.ops.constant import DTypeLike, TensorLike, as_tensor
from symgraph.ops.extent_arithmetic import as_scalar, multiplied
from symgraph.ops.reduce import REDUCE_KINDS, ArgReduce, Reduce, normal_axes
from symgraph.ops.reshape import Reshape
from symgraph.ops.scalar import upgrade_to_float
from symgraph.ops.scalar_table import abs as absolute
from symgraph.ops.scalar_table import (
    cast,
    eq,
    exp,
    log,
    maximum,
    neq,
    sqr,
    sqrt,
    switch,
    true_div,
)
from symgraph.ops.shape import DimShuffle, extent_of

# All axes, one, or several.
Axis: TypeAlias = int | Sequence[int] | None


def _reduce(
    kind: str, x: Any, axis: Axis, keepdims: bool, dtype: Any = None, acc_dtype: Any = None
) -> Variable:
    x = as_tensor(x)
    axes = normal_axes(axis, x, kind)
    if kind in ("all", "any") and x.type.dtype != "bool":
        x = neq(x, 0)
    dtype = canonical_dtype(dtype) if dtype is not None else None
    if not axes:
        # No axis to reduce over: only the dtype may change.
        return cast(x, dtype or REDUCE_KINDS[kind].dtype(x.type.dtype))
    if acc_dtype is None:
        result = Reduce(kind, axes, dtype)(x)
    else:
        own = dtype or REDUCE_KINDS[kind].dtype(x.type.dtype)
        result = cast(Reduce(kind, axes, canonical_dtype(acc_dtype))(x), own)
    return _keepdims(result, axes, x.type.ndim) if keepdims else result


def _keepdims(reduced: Variable, axes: tuple[int, ...], ndim: int) -> Variable:
    kept = iter(range(reduced.type.ndim))
    return DimShuffle(["x" if axis in axes else next(kept) for axis in range(ndim)])(reduced)


def sum(
    x: TensorLike,
    axis: Axis = None,
    dtype: DTypeLike = None,
    keepdims: bool = False,
    acc_dtype: DTypeLike = None,
) -> Variable:
    """Compute the sum of the elements over the given axes.

    x: numbers of any shape.
    axis: None for all axes, an int, or a sequence of ints.
    dtype: of the result; otherwise that of x, or 64 bits for smaller integers and truth values.
    keepdims: whether the axes stay, with extent 1.
    acc_dtype: in which the sum is computed; otherwise that of the result, and float32 for float16.
    Returns x without those axes; the sum of nothing is 0. Raises ValueError for an axis out of
    range.

    >>> T.sum([[1, 2], [3, 4]], axis=0).eval()
    array([4, 6])
    """
    return _reduce("sum", x, axis, keepdims, dtype, acc_dtype)


def prod(
    x: TensorLike,
    axis: Axis = None,
    dtype: DTypeLike = None,
    keepdims: bool = False,
    acc_dtype: DTypeLike = None,
) -> Variable:
    """Compute the product of the elements over the given axes.

    x: numbers of any shape.
    axis: None for all axes, an int, or a sequence of ints.
    dtype: of the result; otherwise that of x, or 64 bits for smaller integers and truth values.
    keepdims: whether the axes stay, with extent 1.
    acc_dtype: in which the product is computed; otherwise that of the result, and float32 for
        float16.
    Returns x without those axes; the product of nothing is 1. The derivative is right also where
    elements are zero. Raises ValueError for an axis out of range.

    >>> T.prod([[1, 2], [3, 4]], axis=1).eval()
    array([ 2, 12])
    """
    return _reduce("prod", x, axis, keepdims, dtype, acc_dtype)


def max(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Compute the maximum of the elements over the given axes; nan where there is one.

    x: real numbers of any shape.
    axis: None for all axes, an int, or a sequence of ints.
    keepdims: whether the axes stay, with extent 1.
    Returns the dtype of x. Raises ValueError for an axis out of range or empty, here or when the
    function runs. The derivative is shared equally among equal maxima.

    >>> T.max([[1, 5], [3, 4]], axis=0).eval()
    array([3, 5])
    """
    return _reduce("max", x, axis, keepdims)


def min(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Compute the minimum of the elements over the given axes; nan where there is one.

    x: real numbers of any shape.
    axis: None for all axes, an int, or a sequence of ints.
    keepdims: whether the axes stay, with extent 1.
    Returns the dtype of x. Raises ValueError for an axis out of range or empty, here or when the
    function runs. The derivative is shared equally among equal minima.

    >>> T.min([[1, 5], [3, 4]], axis=0).eval()
    array([1, 4])
    """
    return _reduce("min", x, axis, keepdims)


def all(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Test whether all elements over the given axes are true, that is not zero.

    x: truth values or numbers of any shape.
    axis: None for all axes, an int, or a sequence of ints.
    keepdims: whether the axes stay, with extent 1.
    Returns truth values, dtype bool; of nothing true. Raises ValueError for an axis out of range.

    >>> T.all([[True, False], [True, True]], axis=1).eval()
    array([False,  True])
    """
    return _reduce("all", x, axis, keepdims)


def any(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Test whether any element over the given axes is true, that is not zero.

    x: truth values or numbers of any shape.
    axis: None for all axes, an int, or a sequence of ints.
    keepdims: whether the axes stay, with extent 1.
    Returns truth values, dtype bool; of nothing false. Raises ValueError for an axis out of range.

    >>> T.any([[True, False], [False, False]], axis=1).eval()
    array([ True, False])
    """
    return _reduce("any", x, axis, keepdims)


def _count(x: Variable, axes: tuple[int, ...]) -> Variable:
    return as_scalar(multiplied(*(extent_of(x, axis) for axis in axes)))


def _float_dtype(x: Variable, dtype: Any) -> str:
    if dtype is not None:
        return canonical_dtype(dtype)
    return x.type.dtype if np.dtype(x.type.dtype).kind in "fc" else "float64"


def _work(dtype: str) -> str:
    """In which a mean of a dtype is computed."""
    if np.dtype(dtype).kind not in "fc":
        return "float64"
    return "float32" if dtype == "float16" else dtype


def mean(
    x: TensorLike,
    axis: Axis = None,
    dtype: DTypeLike = None,
    keepdims: bool = False,
    acc_dtype: DTypeLike = None,
) -> Variable:
    """Compute the mean of the elements over the given axes.

    x: numbers of any shape.
    axis: None for all axes, an int, or a sequence of ints.
    dtype: of the result; otherwise that of x, or float64 for integers.
    keepdims: whether the axes stay, with extent 1.
    acc_dtype: in which sum and quotient are computed; otherwise that of the result, float32 for
        float16, and of numbers that become integers float64.
    Returns x without those axes. Raises ValueError for an axis out of range.

    >>> T.mean([[1, 2], [3, 4]], axis=0).eval()
    array([2., 3.])
    """
    x = as_tensor(x)
    result_dtype = _float_dtype(x, dtype)
    axes = normal_axes(axis, x, "mean")
    work = canonical_dtype(acc_dtype) if acc_dtype is not None else _work(result_dtype)
    total = _reduce("sum", cast(x, work), axes, keepdims)
    return cast(true_div(total, cast(_count(x, axes), work)), result_dtype)


def var(
    x: TensorLike, axis: Axis = None, ddof: int = 0, dtype: DTypeLike = None, keepdims: bool = False
) -> Variable:
    """Compute the variance of the elements over the given axes, by the two-pass formula.

    x: numbers of any shape.
    axis: None for all axes, an int, or a sequence of ints.
    ddof: the sum of squares is divided by the number of elements less ddof, at least by 0.
    dtype: of the result; otherwise that of x, or float64 for integers.
    keepdims: whether the axes stay, with extent 1.
    Returns x without those axes; of complex numbers the mean of |x - mean| ** 2, which is real.
    float16 accumulates in float32. Raises ValueError for an axis out of range.

    >>> T.var([1.0, 2.0, 3.0, 4.0]).eval()
    array(1.25)
    """
    x = as_tensor(x)
    result_dtype = _float_dtype(x, dtype)
    axes = normal_axes(axis, x, "var")
    work = _work(result_dtype)
    x = cast(x, work)
    distance = x - mean(x, axes, keepdims=True)
    if np.dtype(work).kind == "c":
        distance = absolute(distance)
        work = result_dtype = distance.type.dtype
    total = _reduce("sum", sqr(distance), axes, keepdims)
    count = maximum(_count(x, axes) - ddof, 0)
    return cast(true_div(total, cast(count, work)), result_dtype)


def std(
    x: TensorLike, axis: Axis = None, ddof: int = 0, dtype: DTypeLike = None, keepdims: bool = False
) -> Variable:
    """Compute the standard deviation of the elements over the given axes: the root of `var`.

    x: numbers of any shape.
    axis: None for all axes, an int, or a sequence of ints.
    ddof, dtype, keepdims: as in `var`.
    Returns x without those axes. Where the deviation is 0 there is no derivative: it is given as 0.
    Raises ValueError for an axis out of range.

    >>> T.std([1.0, 3.0]).eval()
    array(1.)
    """
    return sqrt(var(x, axis, ddof, dtype, keepdims))


def axes_joined_last(x: Variable, axis: Axis, what: str) -> tuple[Variable, tuple[int, ...]]:
    """The array with the given axes joined to one, which is its last, and these axes. Raises
    ValueError for an axis out of range."""
    axes = normal_axes(axis, x, what)
    kept = [a for a in range(x.type.ndim) if a not in axes]
    moved = x if [*kept, *axes] == list(range(x.type.ndim)) else DimShuffle([*kept, *axes])(x)
    if len(axes) == 1:
        return moved, axes
    extents = [extent_of(x, a) for a in kept]
    joined = as_scalar(multiplied(*(extent_of(x, a) for a in axes)))
    return Reshape((None,) * (len(kept) + 1))(moved, *extents, joined), axes


def _arg(kind: str, x: Any, axis: Axis, keepdims: bool) -> Variable:
    x = as_tensor(x)
    if np.dtype(x.type.dtype).kind == "c":
        raise TypeError(f"arg{kind}: complex numbers such as {x}'s have no order")
    axes = normal_axes(axis, x, f"arg{kind}")
    if not axes and x.type.ndim:
        raise TypeError(f"arg{kind} takes one axis, several or None, not {axis}")
    if len(axes) == 1:
        result = ArgReduce(kind, axes[0])(x)
    else:
        joined, _ = axes_joined_last(x, axis, f"arg{kind}")
        result = ArgReduce(kind, joined.type.ndim - 1)(joined)
    return _keepdims(result, axes, x.type.ndim) if keepdims else result


def argmax(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Return the index of the first maximum over the given axes.

    x: real numbers of any shape.
    axis: an int, or a sequence of ints for the index in the array that these axes, in ascending
        order, flatten to; None for all axes.
    keepdims: whether the axes stay, with extent 1.
    Returns int64, x without the axes; nan counts as largest. Raises TypeError for complex numbers,
    ValueError for an axis out of range or empty.

    >>> T.argmax([[1, 5], [7, 4]], axis=1).eval()
    array([1, 0])
    """
    return _arg("max", x, axis, keepdims)


def argmin(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Return the index of the first minimum over the given axes.

    x: real numbers of any shape.
    axis: an int, or a sequence of ints for the index in the array that these axes, in ascending
        order, flatten to; None for all axes.
    keepdims: whether the axes stay, with extent 1.
    Returns int64, x without the axes; nan counts as smallest. Raises TypeError for complex numbers,
    ValueError for an axis out of range or empty.

    >>> T.argmin([[1, 5], [7, 4]], axis=1).eval()
    array([0, 1])
    """
    return _arg("min", x, axis, keepdims)


def max_and_argmax(
    x: TensorLike, axis: Axis = None, keepdims: bool = False
) -> tuple[Variable, Variable]:
    """Return the maximum over the given axes, and the index of the first one.

    x: real numbers of any shape.
    axis, keepdims: as for `argmax`.
    Returns `max` and `argmax`, whose errors it raises.

    >>> values, indices = T.max_and_argmax([[1, 5], [7, 4]], axis=1)
    >>> values.eval(), indices.eval()
    (array([5, 7]), array([1, 0]))
    """
    return max(x, axis, keepdims), argmax(x, axis, keepdims)


def ptp(x: TensorLike, axis: Axis = None) -> Variable:
    """Compute the maximum less the minimum over the given axes ("peak to peak").

    x: real numbers of any shape.
    axis: None for all axes, an int, or a sequence of ints.
    Returns the dtype of x. Raises ValueError for an axis out of range or empty.

    >>> T.ptp([1, 7, 4]).eval()
    array(6)
    """
    return max(x, axis) - min(x, axis)


def norm(
    x: TensorLike, ord: float | str | None = None, axis: Axis = None, keepdims: bool = False
) -> Variable:
    """Compute a vector norm over the given axes: sum(|x| ** p) ** (1 / p).

    x: numbers of any shape.
    ord: the order p: a number, 2 unless given; inf for the largest |x|, -inf for the smallest, 0
        for the number of elements that are not zero; 'fro' is 2.
    axis: None for all axes, an int, or a sequence of ints.
    keepdims: whether the axes stay, with extent 1.
    Returns the dtype of x, of integers float64. Raises ValueError for another order and for an axis
    out of range.

    At 0, where a norm has no derivative, it is given as 0, and so is that of order p by an element
    that is 0. What is smooth there has its derivatives: see `grad`.

    >>> T.norm([3.0, 4.0]).eval()
    array(5.)
    """
    if ord == "fro":
        ord = 2
    if isinstance(ord, str):
        raise ValueError(
            f"norm: the order is a number or 'fro', not {ord!r}; it is taken of the elements, not"
            " of a matrix as a map"
        )
    x = as_tensor(x)
    axis = normal_axes(axis, x, "norm")
    x = cast(x, _float_dtype(x, None))
    if ord is None or ord == 2:
        size = absolute(x) if np.dtype(x.type.dtype).kind == "c" else x
        return sqrt(sum(sqr(size), axis, keepdims=keepdims))
    x = absolute(x)
    if ord == np.inf:
        return max(x, axis, keepdims)
    if ord == -np.inf:
        return min(x, axis, keepdims)
    if ord == 0:
        return sum(cast(neq(x, 0), x.type.dtype), axis, keepdims=keepdims)
    return sum(x**ord, axis, keepdims=keepdims) ** (1.0 / ord)


def logsumexp(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Compute log(sum(exp(x))) over the given axes, without overflow.

    x: real numbers of any shape.
    axis: None for all axes, an int, or a sequence of ints.
    keepdims: whether the axes stay, with extent 1.
    Returns floats, as `exp` does. Derivative: softmax(x), and 0 where all elements are -inf.
    Raises ValueError for an axis out of range or empty.

    >>> T.logsumexp([1000.0, 1000.0]).eval()
    array(1000.69314718)
    """
    x = as_tensor(x)
    x = cast(x, upgrade_to_float([x.type.dtype]))
    axes = normal_axes(axis, x, "logsumexp")
    top = max(x, axes, keepdims=True)
    # An infinite maximum is the answer itself, and must not meet its own negative.
    shift = switch(eq(absolute(top), np.inf), 0, top)
    total = sum(exp(x - shift), axes, keepdims=True)
    # Of nothing but -inf the logarithm's derivative is infinite, and meets exponentials of zero.
    nothing = eq(total, 0)
    result = switch(nothing, -np.inf, log(switch(nothing, 1, total))) + shift
    if keepdims:
        return result
    return DimShuffle([axis for axis in range(x.type.ndim) if axis not in axes])(result)


__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "logsumexp",
    "max",
    "max_and_argmax",
    "mean",
    "min",
    "norm",
    "prod",
    "ptp",
    "std",
    "sum",
    "var",
]
