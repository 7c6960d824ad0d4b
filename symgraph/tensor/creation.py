"""Arrays of given values and sizes."""

from typing import Any

import numpy as np

from symgraph.graph import Constant, Variable, canonical_dtype, config
from symgraph.ops.broadcast import broadcast_scalar
from symgraph.ops.constant import as_tensor, as_tensors, constant, is_weak
from symgraph.ops.creation import Arange, Eye
from symgraph.ops.extent_arithmetic import as_size
from symgraph.ops.scalar_table import cast, le, lt, second, switch
from symgraph.ops.shape import as_extent, extent_of, extents_of
from symgraph.tensor.manipulation import as_tensor_variable, expand_dims
from symgraph.tensor.reshaping import broadcast_to, not_negative, shape_list


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Variable:
    """`fill_value` repeated to `shape` (an int, or ints and integer scalars); a view.

    Raises TypeError for an extent that is no integer, ValueError for a negative one.
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


def alloc(value: Any, *shape: Any) -> Variable:
    """`value` repeated to the extents `shape`."""
    return full(shape[0] if len(shape) == 1 else list(shape), value)


def zeros(shape: Any, dtype: Any = None) -> Variable:
    """Zeros, in floatX unless `dtype` says otherwise. Raises as `full` does."""
    return full(shape, constant(0, dtype or config.floatX))


def ones(shape: Any, dtype: Any = None) -> Variable:
    """Ones, in floatX unless `dtype` says otherwise. Raises as `full` does."""
    return full(shape, constant(1, dtype or config.floatX))


def empty(shape: Any, dtype: Any = None) -> Variable:
    """As `zeros`: nothing here is ever read before it is written."""
    return zeros(shape, dtype)


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Variable:
    """`fill_value` repeated to the shape of `x`, in its dtype unless `dtype` says otherwise."""
    x = as_tensor(x)
    value = _cast(as_tensor_variable(fill_value), dtype or x.type.dtype)
    if value.type.ndim == 0:
        return broadcast_scalar(value, extents_of(x))
    return broadcast_to(value, extents_of(x))


def zeros_like(x: Any, dtype: Any = None) -> Variable:
    """Zeros of the shape of `x`, whose values are not looked at."""
    return full_like(x, 0, dtype)


def ones_like(x: Any, dtype: Any = None) -> Variable:
    """Ones of the shape of `x`, whose values are not looked at."""
    return full_like(x, 1, dtype)


def fill(x: Any, value: Any) -> Variable:
    """`value` repeated to the shape of `x`, in the dtype of `value`."""
    return second(x, value)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Variable:
    """start, start + step, ... up to but without stop; as NumPy's, with symbolic arguments.

    Integers give int64, others their common dtype. The length is that of NumPy.
    Raises TypeError for what is no real scalar, ValueError for a step of zero.
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


def eye(n: Any, m: Any = None, k: Any = 0, dtype: Any = None) -> Variable:
    """Ones on the k-th diagonal of an n by m matrix (m = n by default)."""
    given = {"rows": n, "columns": n if m is None else m, "diagonal": k}
    sizes = [as_extent(value, f"eye: the {what}") for what, value in given.items()]
    return Eye(canonical_dtype(dtype or "floatX"))(*map(as_size, sizes))


def identity_like(x: Any, dtype: Any = None) -> Variable:
    """Ones on the main diagonal of a matrix of the shape of `x`, and zeros elsewhere."""
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


def tri(n: Any, m: Any = None, k: Any = 0, dtype: Any = None) -> Variable:
    """Ones on and below the k-th diagonal."""
    return cast(le(_diagonals(n, n if m is None else m), k), dtype or "floatX")


def tril(x: Any, k: Any = 0) -> Variable:
    """`x` with zeros above its k-th diagonal."""
    x = _matrix(x, "tril")
    return switch(le(_diagonals_of(x), k), x, constant(0, x.type.dtype))


def triu(x: Any, k: Any = 0) -> Variable:
    """`x` with zeros below its k-th diagonal."""
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
