"""Reductions: NumPy's names and arguments."""

from typing import Any

import numpy as np

from symgraph.graph import Variable, canonical_dtype
from symgraph.ops.constant import as_tensor
from symgraph.ops.extent_arithmetic import as_scalar, multiplied
from symgraph.ops.reduce import REDUCE_KINDS, ArgReduce, Reduce, normal_axes
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
from symgraph.ops.shape import DimShuffle, Reshape, extent_of

Axis = Any  # None, an int, or a sequence of ints


def _reduce(kind: str, x: Any, axis: Axis, keepdims: bool, dtype: Any = None) -> Variable:
    x = as_tensor(x)
    axes = normal_axes(axis, x, kind)
    if kind in ("all", "any") and x.type.dtype != "bool":
        x = neq(x, 0)
    dtype = canonical_dtype(dtype) if dtype is not None else None
    if not axes:
        # No axis to reduce over: only the dtype may change.
        return cast(x, dtype or REDUCE_KINDS[kind].dtype(x.type.dtype))
    result = Reduce(kind, axes, dtype)(x)
    return _keepdims(result, axes, x.type.ndim) if keepdims else result


def _keepdims(reduced: Variable, axes: tuple[int, ...], ndim: int) -> Variable:
    kept = iter(range(reduced.type.ndim))
    return DimShuffle(["x" if axis in axes else next(kept) for axis in range(ndim)])(reduced)


def sum(x: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Variable:
    """The sum over `axis`. bool and small integers sum to 64 bits unless `dtype` says otherwise."""
    return _reduce("sum", x, axis, keepdims, dtype)


def prod(x: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Variable:
    """The product over `axis`; its derivative is right also where elements are zero."""
    return _reduce("prod", x, axis, keepdims, dtype)


def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """The maximum over `axis`; nan where there is one. ValueError for an empty axis."""
    return _reduce("max", x, axis, keepdims)


def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """The minimum over `axis`; nan where there is one. ValueError for an empty axis."""
    return _reduce("min", x, axis, keepdims)


def all(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Whether every element is true (not zero)."""
    return _reduce("all", x, axis, keepdims)


def any(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """Whether some element is true (not zero)."""
    return _reduce("any", x, axis, keepdims)


def _count(x: Variable, axes: tuple[int, ...]) -> Variable:
    return as_scalar(multiplied(*(extent_of(x, axis) for axis in axes)))


def _float_dtype(x: Variable, dtype: Any) -> str:
    if dtype is not None:
        return canonical_dtype(dtype)
    return x.type.dtype if np.dtype(x.type.dtype).kind in "fc" else "float64"


def mean(x: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Variable:
    """The mean over `axis`; of integers in float64. float16 accumulates in float32."""
    x = as_tensor(x)
    result_dtype = _float_dtype(x, dtype)
    axes = normal_axes(axis, x, "mean")
    work = "float32" if result_dtype == "float16" else result_dtype
    total = _reduce("sum", cast(x, work), axes, keepdims)
    return cast(true_div(total, cast(_count(x, axes), work)), result_dtype)


def var(
    x: Any, axis: Axis = None, ddof: int = 0, dtype: Any = None, keepdims: bool = False
) -> Variable:
    """The variance over `axis` by the two-pass formula, divided by the number less `ddof` (where
    that is not positive, by 0). Of integers in float64; of complex numbers the mean of
    |x - mean|**2, which is real. float16 accumulates in float32."""
    x = as_tensor(x)
    result_dtype = _float_dtype(x, dtype)
    axes = normal_axes(axis, x, "var")
    work = "float32" if result_dtype == "float16" else result_dtype
    x = cast(x, work)
    distance = x - mean(x, axes, keepdims=True)
    if np.dtype(work).kind == "c":
        distance = absolute(distance)
        work = result_dtype = distance.type.dtype
    total = _reduce("sum", sqr(distance), axes, keepdims)
    count = maximum(_count(x, axes) - ddof, 0)
    return cast(true_div(total, cast(count, work)), result_dtype)


def std(
    x: Any, axis: Axis = None, ddof: int = 0, dtype: Any = None, keepdims: bool = False
) -> Variable:
    """The square root of the variance. Where that is 0 there is no derivative: it is given as 0."""
    return sqrt(var(x, axis, ddof, dtype, keepdims))


def _arg(kind: str, x: Any, axis: int | None, keepdims: bool) -> Variable:
    x = as_tensor(x)
    if np.dtype(x.type.dtype).kind == "c":
        raise TypeError(f"arg{kind}: complex numbers such as {x}'s have no order")
    if axis is None:
        flat = x if x.type.ndim == 1 else Reshape((None,))(x, as_tensor(np.int64(-1)))
        result = ArgReduce(kind, 0)(flat)
        return _keepdims(result, tuple(range(x.type.ndim)), x.type.ndim) if keepdims else result
    axes = normal_axes(axis, x, f"arg{kind}")
    if len(axes) != 1:
        raise TypeError(f"arg{kind} takes one axis or None, not {axis}")
    result = ArgReduce(kind, axes[0])(x)
    return _keepdims(result, axes, x.type.ndim) if keepdims else result


def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Variable:
    """The index of the (first) maximum on `axis`, or in the flattened array. int64."""
    return _arg("max", x, axis, keepdims)


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Variable:
    """The index of the (first) minimum on `axis`, or in the flattened array. int64."""
    return _arg("min", x, axis, keepdims)


def max_and_argmax(
    x: Any, axis: int | None = None, keepdims: bool = False
) -> tuple[Variable, Variable]:
    """The maximum on `axis`, or of all elements, and the index of the first of them."""
    return max(x, axis, keepdims), argmax(x, axis, keepdims)


def ptp(x: Any, axis: Axis = None) -> Variable:
    """The maximum less the minimum."""
    return max(x, axis) - min(x, axis)


def norm(
    x: Any, ord: float | str | None = None, axis: Axis = None, keepdims: bool = False
) -> Variable:
    """The vector norm of order `ord` (2 by default, or 'fro'; 0, 1, inf, -inf, any p) over `axis`,
    or of all elements. Of integers in float64.

    At 0, where a norm has no derivative, it is given as 0, and so is that of order p by an element
    that is 0. What is smooth there has its derivatives: see `grad`. ValueError for another order.
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


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Variable:
    """log(sum(exp(x))), shifted by the maximum so that nothing overflows. Integers count as in
    `exp`. Its derivative is softmax(x), and zero where all elements are -inf. ValueError for an
    empty axis."""
    x = as_tensor(x)
    x = cast(x, upgrade_to_float([x.type.dtype]))
    axes = normal_axes(axis, x, "logsumexp")
    top = max(x, axes, keepdims=True)
    # An infinite maximum is the answer itself, and must not meet its own negative.
    shift = switch(eq(absolute(top), np.inf), 0, top)
    total = sum(exp(x - shift), axes, keepdims=True)
    # Of nothing but -inf the logarithm's slope is infinite, and meets exponentials of zero.
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
