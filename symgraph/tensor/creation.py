"""Arrays of given values and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Constant, Variable, canonical_dtype, config
from symgraph.ops.broadcast import broadcast_scalar
from symgraph.ops.constant import (
    DTypeLike,
    IntLike,
    ShapeLike,
    TensorLike,
    as_tensor,
    as_tensors,
    constant,
    is_weak,
)
from symgraph.ops.creation import Arange, Eye
from symgraph.ops.extent_arithmetic import as_size
from symgraph.ops.scalar_table import cast, le, lt, second, switch
from symgraph.ops.shape import as_extent, extent_of, extents_of
from symgraph.tensor.manipulation import as_tensor_variable, dimshuffle, expand_dims
from symgraph.tensor.reshaping import broadcast_to, not_negative, shape_list


def full(shape: ShapeLike, fill_value: TensorLike, dtype: DTypeLike = None) -> Variable:
    """Return an array of the given shape, filled with a value.

    shape: an int, or a sequence of ints and integer scalars, or an integer vector.
    fill_value: a number or an array that broadcasts to the shape.
    dtype: of the result; that of the value where it is not given.
    Returns a view: memory for one value suffices.
    Raises TypeError for an extent that is no integer, ValueError for a negative one.

    >>> T.full((2, 3), 7).eval()
    array([[7, 7, 7],
           [7, 7, 7]])
    """
    value = _cast(as_tensor_variable(fill_value), dtype)
    extents = not_negative(shape_list(shape, "full"), "full")
    return (
        broadcast_scalar(value, extents) if value.type.ndim == 0 else broadcast_to(value, extents)
    )


def _cast(value: Variable, dtype: Any) -> Variable:
    """`value` in `dtype`; where it is a constant, so is the result."""
    if dtype is None or value.type.dtype == canonical_dtype(dtype):
        return value
    return constant(value.data, dtype) if isinstance(value, Constant) else cast(value, dtype)


def alloc(value: TensorLike, *shape: Any) -> Variable:
    """Return an array filled with a value, with the extents as separate arguments.

    value: a number or an array that broadcasts to the shape.
    shape: ints and integer scalars, one for each axis, or a single sequence of them.
    Returns an array of the dtype of the value. Raises as `full` does.

    >>> T.alloc(0.5, 3).eval()
    array([0.5, 0.5, 0.5])
    """
    return full(shape[0] if len(shape) == 1 else list(shape), value)


def zeros(shape: ShapeLike, dtype: DTypeLike = None) -> Variable:
    """Return an array of zeros.

    shape: an int, or a sequence of ints and integer scalars, or an integer vector.
    dtype: floatX unless given.
    Raises TypeError for an extent that is no integer, ValueError for a negative one.

    >>> T.zeros((2, 2)).eval()
    array([[0., 0.],
           [0., 0.]])
    """
    return full(shape, constant(0, dtype or config.floatX))


def ones(shape: ShapeLike, dtype: DTypeLike = None) -> Variable:
    """Return an array of ones.

    shape: an int, or a sequence of ints and integer scalars, or an integer vector.
    dtype: floatX unless given.
    Raises TypeError for an extent that is no integer, ValueError for a negative one.

    >>> T.ones(3, dtype="int32").eval()
    array([1, 1, 1], dtype=int32)
    """
    return full(shape, constant(1, dtype or config.floatX))


def empty(shape: ShapeLike, dtype: DTypeLike = None) -> Variable:
    """Return an array to be written to: zeros, since nothing is ever read before it is written.

    shape: an int, or a sequence of ints and integer scalars, or an integer vector.
    dtype: floatX unless given.
    Raises TypeError for an extent that is no integer, ValueError for a negative one.

    >>> T.empty(2).eval()
    array([0., 0.])
    """
    return zeros(shape, dtype)


def full_like(x: TensorLike, fill_value: TensorLike, dtype: DTypeLike = None) -> Variable:
    """Return an array of the shape of x, filled with a value.

    x: an array, whose values are not read.
    fill_value: a number or an array that broadcasts to the shape.
    dtype: that of x unless given.

    >>> T.full_like([[1, 2], [3, 4]], 9).eval()
    array([[9, 9],
           [9, 9]])
    """
    x = as_tensor(x)
    value = _cast(as_tensor_variable(fill_value), dtype or x.type.dtype)
    if value.type.ndim == 0:
        return broadcast_scalar(value, extents_of(x))
    return broadcast_to(value, extents_of(x))


def zeros_like(x: TensorLike, dtype: DTypeLike = None) -> Variable:
    """Return zeros of the shape of x, whose values are not read.

    x: an array of any rank.
    dtype: that of x unless given.

    >>> T.zeros_like([1.5, 2.5]).eval()
    array([0., 0.])
    """
    return full_like(x, 0, dtype)


def ones_like(x: TensorLike, dtype: DTypeLike = None) -> Variable:
    """Return ones of the shape of x, whose values are not read.

    x: an array of any rank.
    dtype: that of x unless given.

    >>> T.ones_like([1.5, 2.5]).eval()
    array([1., 1.])
    """
    return full_like(x, 1, dtype)


def fill(x: TensorLike, value: TensorLike) -> Variable:
    """Return an array of the shape of x and the dtype of the value, filled with the value.

    x: an array, whose values are not read.
    value: a number or an array that broadcasts to the shape.

    >>> T.fill([1, 2, 3], 0.5).eval()
    array([0.5, 0.5, 0.5])
    """
    return second(x, value)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: DTypeLike = None) -> Variable:
    """Return the vector start, start + step, ..., up to but without stop.

    start, stop, step: real scalars, symbolic or not; a single argument is stop, and start then 0.
    dtype: int64 for integers, the common dtype for others, unless given.
    Returns a vector of the length that `numpy.arange` has.
    Raises TypeError for what is no real scalar, ValueError for a step of zero.

    >>> T.arange(2, 10, 3).eval()
    array([2, 5, 8])
    """
    if stop is None:
        start, stop = 0, start
    given = [v if is_weak(v) else as_tensor(v) for v in (start, stop, step)]
    kinds = {np.dtype(v.type.dtype).kind for v in given if isinstance(v, Variable)}
    if kinds <= set("biu") and float not in map(type, given):
        # Counting happens in int64: a step of -1 is no matter for a uint8.
        given = [constant(v, "int64") if type(v) is int else v for v in given]
    operands = as_tensors(*given)
    common = np.result_type(*(operand.type.dtype for operand in operands))
    own = "int64" if common.kind in "biu" else str(common)
    wanted = own if dtype is None else canonical_dtype(dtype)
    if own == "int64" or np.dtype(wanted).kind == "f":
        return Arange(wanted)(*operands)
    return cast(Arange(own)(*operands), wanted)


def open_grid(extents: Sequence[Any]) -> list[Variable]:
    """The places on each of several axes, as arrays that broadcast together."""
    ndim = len(extents)
    return [
        dimshuffle(arange(extent), ["x"] * axis + [0] + ["x"] * (ndim - axis - 1))
        for axis, extent in enumerate(extents)
    ]


def eye(n: IntLike, m: IntLike | None = None, k: IntLike = 0, dtype: DTypeLike = None) -> Variable:
    """Return a matrix with ones on its k-th diagonal and zeros elsewhere.

    n, m: the numbers of rows and columns, ints or integer scalars; m is n unless given.
    k: which diagonal: 0 for the main one, positive above it, negative below it.
    dtype: floatX unless given.
    Raises TypeError for sizes that are no integers, ValueError for negative ones.

    >>> T.eye(2, 3, 1).eval()
    array([[0., 1., 0.],
           [0., 0., 1.]])
    """
    given = {"rows": n, "columns": n if m is None else m, "diagonal": k}
    sizes = [as_extent(value, f"eye: the {what}") for what, value in given.items()]
    return Eye(canonical_dtype(dtype or "floatX"))(*map(as_size, sizes))


def identity_like(x: TensorLike, dtype: DTypeLike = None) -> Variable:
    """Return a matrix of the shape of x with ones on the main diagonal and zeros elsewhere.

    x: a matrix, whose values are not read.
    dtype: that of x unless given.
    Raises TypeError for fewer than two dimensions.

    >>> T.identity_like([[5, 6], [7, 8]]).eval()
    array([[1, 0],
           [0, 1]])
    """
    x = _matrix(x, "identity_like")
    return eye(extent_of(x, 0), extent_of(x, 1), 0, dtype or x.type.dtype)


def _matrix(x: Any, what: str) -> Variable:
    x = as_tensor(x)
    if x.type.ndim < 2:
        raise TypeError(f"{what} takes a matrix, not {x} ({x.type})")
    return x


def _diagonals(n: Any, m: Any) -> Variable:
    """On which diagonal each element of an n by m matrix lies. To be compared with one: a position
    and any number of a diagonal may be more together than an int64 holds."""
    return expand_dims(arange(m), 0) - expand_dims(arange(n), 1)


def _diagonals_of(x: Variable) -> Variable:
    return _diagonals(extent_of(x, x.type.ndim - 2), extent_of(x, x.type.ndim - 1))


def tri(n: IntLike, m: IntLike | None = None, k: IntLike = 0, dtype: DTypeLike = None) -> Variable:
    """Return a matrix with ones on and below its k-th diagonal and zeros above.

    n, m: the numbers of rows and columns, ints or integer scalars; m is n unless given.
    k: which diagonal: 0 for the main one, positive above it, negative below it.
    dtype: floatX unless given.

    >>> T.tri(3).eval()
    array([[1., 0., 0.],
           [1., 1., 0.],
           [1., 1., 1.]])
    """
    return cast(le(_diagonals(n, n if m is None else m), k), dtype or "floatX")


def tril(x: TensorLike, k: IntLike = 0) -> Variable:
    """Return x with zeros above its k-th diagonal.

    x: a matrix, or an array with matrices on its last two axes.
    k: which diagonal: 0 for the main one, positive above it, negative below it.
    Raises TypeError for fewer than two dimensions.

    >>> T.tril([[1, 2], [3, 4]]).eval()
    array([[1, 0],
           [3, 4]])
    """
    x = _matrix(x, "tril")
    return switch(le(_diagonals_of(x), k), x, constant(0, x.type.dtype))


def triu(x: TensorLike, k: IntLike = 0) -> Variable:
    """Return x with zeros below its k-th diagonal.

    x: a matrix, or an array with matrices on its last two axes.
    k: which diagonal: 0 for the main one, positive above it, negative below it.
    Raises TypeError for fewer than two dimensions.

    >>> T.triu([[1, 2], [3, 4]]).eval()
    array([[1, 2],
           [0, 4]])
    """
    x = _matrix(x, "triu")
    return switch(lt(_diagonals_of(x), k), constant(0, x.type.dtype), x)


__all__ = [
    "alloc",
    "arange",
    "empty",
    "eye",
    "fill",
    "full",
    "full_like",
    "identity_like",
    "ones",
    "ones_like",
    "tri",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
]
