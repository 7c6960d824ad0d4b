"""Arrays of given values and sizes."""

from typing import Any

import numpy as np

from symgraph.graph import Variable, canonical_dtype, config
from symgraph.ops.broadcast import BroadcastTo
from symgraph.ops.build import Arange, Eye
from symgraph.ops.constant import as_tensor, as_tensors, constant
from symgraph.ops.scalar_table import cast, ge, second, switch
from symgraph.ops.shape import as_extent, known_extent
from symgraph.tensor.manipulation import broadcast_to, expand_dims, shape_list


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Variable:
    """`fill_value` repeated to `shape`; the extents may be symbolic."""
    value = as_tensor(fill_value)
    if dtype is not None:
        value = cast(value, dtype)
    extents = shape_list(shape, "full")
    if value.type.ndim == 0:
        value = value.dimshuffle(["x"] * len(extents))
        return BroadcastTo(tuple(map(known_extent, extents)))(value, *extents) if extents else value
    return broadcast_to(value, extents)


def alloc(value: Any, *shape: Any) -> Variable:
    """`value` repeated to the extents `shape`."""
    return full(shape[0] if len(shape) == 1 else list(shape), value)


def zeros(shape: Any, dtype: Any = None) -> Variable:
    return full(shape, constant(0, dtype or config.floatX))


def ones(shape: Any, dtype: Any = None) -> Variable:
    return full(shape, constant(1, dtype or config.floatX))


def empty(shape: Any, dtype: Any = None) -> Variable:
    """As `zeros`: nothing here is ever read before it is written."""
    return zeros(shape, dtype)


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Variable:
    """An array of the shape of `x`, and of its dtype unless `dtype` says otherwise."""
    x = as_tensor(x)
    value = cast(as_tensor(fill_value), dtype or x.type.dtype)
    return second(x, value)


def zeros_like(x: Any, dtype: Any = None) -> Variable:
    return full_like(x, 0, dtype)


def ones_like(x: Any, dtype: Any = None) -> Variable:
    return full_like(x, 1, dtype)


def fill(x: Any, value: Any) -> Variable:
    """`value` repeated to the shape of `x`, in the dtype of `value`."""
    return second(x, value)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Variable:
    """start, start + step, ... up to but without stop; as NumPy's, with symbolic arguments.

    Integers give int64, or with Python floats floatX.
    """
    if stop is None:
        start, stop = 0, start
    operands = as_tensors(start, stop, step)
    if dtype is None:
        common = str(np.result_type(*(operand.type.dtype for operand in operands)))
        dtype = "int64" if np.dtype(common).kind in "iu" else common
    return Arange(canonical_dtype(dtype))(*operands)


def eye(n: Any, m: Any = None, k: Any = 0, dtype: Any = None) -> Variable:
    """Ones on the k-th diagonal of an n by m matrix (m = n by default)."""
    sizes = [as_extent(e, "eye: a size") for e in (n, n if m is None else m, k)]
    return Eye(canonical_dtype(dtype or "floatX"))(*(cast(size, "int64") for size in sizes))


def identity_like(x: Any, dtype: Any = None) -> Variable:
    x = as_tensor(x)
    return eye(x.shape[0], x.shape[1], 0, dtype or x.type.dtype)


def _lower_mask(n: Any, m: Any, k: Any) -> Variable:
    return ge(expand_dims(arange(n), 1) + k, expand_dims(arange(m), 0))


def tri(n: Any, m: Any = None, k: Any = 0, dtype: Any = None) -> Variable:
    """Ones on and below the k-th diagonal."""
    return cast(_lower_mask(n, n if m is None else m, k), dtype or "floatX")


def tril(x: Any, k: Any = 0) -> Variable:
    """`x` with zeros above its k-th diagonal."""
    x = as_tensor(x)
    return switch(_lower_mask(x.shape[-2], x.shape[-1], k), x, 0)


def triu(x: Any, k: Any = 0) -> Variable:
    """`x` with zeros below its k-th diagonal."""
    x = as_tensor(x)
    return switch(_lower_mask(x.shape[-2], x.shape[-1], as_tensor(k) - 1), 0, x)
