"""Constants, and the dtypes of expressions that combine tensors with Python numbers."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from symgraph.graph import (
    Constant,
    TensorType,
    Variable,
    canonical_dtype,
    config,
    convert,
)

# Everything that can be converted to a tensor; see `as_tensor`.
TensorLike: TypeAlias = Variable | np.ndarray | np.generic | complex | Sequence["TensorLike"]
# An integer that may be computed by an expression, such as an extent or an offset.
IntLike: TypeAlias = int | np.integer | Variable
# Everything that can be converted to a shape: one extent, several, or an integer vector.
ShapeLike: TypeAlias = IntLike | np.ndarray | Sequence[IntLike]
# Everything that names a dtype; None for the function's default.
DTypeLike: TypeAlias = str | type | np.dtype | None


class _Conversions:
    """The conversions of values other than numbers to tensors; those that need operations are
    registered by these."""

    list_of_variables: Callable[[Any], Variable]


def constant(value: Any, dtype: Any = None, name: str | None = None) -> Constant:
    """Return a constant tensor.

    value: a number, an array, or nested lists of numbers.
    dtype: that of the value unless given; Python floats and empty lists take floatX. Arrays are
        cast as by NumPy.
    name: what the constant is called in print.
    Raises TypeError where `value` holds no numbers, OverflowError where a Python int does not fit
    the dtype.

    >>> T.constant([1, 2], dtype="float32").type.dtype
    'float32'
    """
    if isinstance(value, Variable):
        raise TypeError(f"a constant needs a value, not the variable {value}")
    try:
        data = np.asarray(value)
    except ValueError:
        raise TypeError(f"{value!r} is a ragged sequence, so it makes no tensor") from None
    if data.dtype.kind not in "biufc":
        raise TypeError(f"{value!r} holds no numbers, so it makes no tensor")
    if isinstance(value, np.ndarray) and hasattr(value, "mask"):
        raise TypeError("a masked array makes no tensor: its mask would be lost; fill it first")
    if dtype is not None:
        if not isinstance(value, np.ndarray | np.generic):
            _check_integers(data, canonical_dtype(dtype))
        data = convert(data, canonical_dtype(dtype)).copy()
    elif isinstance(value, float) and not isinstance(value, np.generic):
        data = data.astype(config.floatX)
    elif not data.size and isinstance(value, list | tuple):
        # No number tells the dtype.
        data = data.astype(config.floatX)
    else:
        data = data.astype(canonical_dtype(data.dtype), copy=False)
    return Constant(TensorType(data.dtype.name, data.shape), data, name)


def _check_integers(data: np.ndarray, dtype: str) -> None:
    if data.dtype.kind in "iu" and np.dtype(dtype).kind in "iu" and data.size:
        bounds = np.iinfo(dtype)
        for end in (int(data.min()), int(data.max())):
            if not bounds.min <= end <= bounds.max:
                raise OverflowError(f"the Python int {end} does not fit the dtype {dtype}")


def number(value: Any, dtype: str, ndim: int = 0) -> Constant:
    """Return a single number as a constant with `ndim` axes of extent 1. Equal numbers share one
    object, because expressions contain very many of them."""
    return _number(np.asarray(value, dtype).tobytes(), dtype, ndim)


@lru_cache(maxsize=4096)
def _number(data: bytes, dtype: str, ndim: int) -> Constant:
    shape = (1,) * ndim
    return Constant(TensorType(dtype, shape), np.frombuffer(data, dtype).reshape(shape))


def as_tensor(value: Any, dtype: Any = None, name: str | None = None) -> Variable:
    """Return `value` itself if it is a variable, a list that holds variables (at any depth) joined
    into one tensor, else a constant. Raises TypeError."""
    if isinstance(value, Variable):
        if not isinstance(value.type, TensorType):
            raise TypeError(f"{value} of type {value.type} is no tensor")
        return value
    if holds_variables(value):
        return _Conversions.list_of_variables(value)
    return constant(value, dtype, name)


def register_list_conversion(conversion: Callable[[Any], Variable]) -> None:
    """Let `as_tensor` convert lists that hold variables by `conversion`.

    It is registered from outside because joining variables is an operation, and operations convert
    their operands by `as_tensor`.
    """
    _Conversions.list_of_variables = conversion


def holds_variables(value: Any) -> bool:
    """Return whether `value` is a list, a tuple or an array of objects that contains a variable."""
    if isinstance(value, np.ndarray):
        return value.dtype == object and holds_variables(value.tolist())
    return isinstance(value, list | tuple) and any(
        isinstance(entry, Variable) or holds_variables(entry) for entry in value
    )


_WEAK = (bool, int, float, complex)


def is_weak(value: Any) -> bool:
    """Return whether `value` is a plain Python number, which takes the dtype of the tensors beside
    it."""
    return type(value) in _WEAK


def weak_dtype(value: Any, strong: str) -> str:
    """Return the dtype that a Python number takes beside tensors of the dtype `strong` (NEP 50).

    A float beside integers takes floatX. Raises OverflowError where an int does not fit.
    """
    kind = np.dtype(strong).kind
    if type(value) is bool:
        return "bool"
    if type(value) is int:
        if kind == "b":
            return "int64"
        if kind in "iu":
            bounds = np.iinfo(strong)
            if not bounds.min <= value <= bounds.max:
                raise OverflowError(f"the Python int {value} does not fit the dtype {strong}")
        return strong
    if type(value) is float:
        return strong if kind in "fc" else config.floatX
    if kind == "c":
        return strong
    return "complex64" if strong in ("float16", "float32") else "complex128"


def as_tensors(*values: Any) -> list[Variable]:
    """Return the operands of one operation: Python numbers take the dtype of the tensors beside
    them."""
    strong = [as_tensor(value) for value in values if not is_weak(value)]
    if len(strong) == len(values):
        return strong
    if not strong:
        # Python's integers beside its floats are floats, of the same precision as these.
        floats = any(type(value) is float for value in values)
        return [
            constant(float(value) if floats and type(value) is int else value) for value in values
        ]
    met = strong[0].type.dtype
    if len(strong) > 1:
        met = str(np.result_type(*(variable.type.dtype for variable in strong)))
    remaining = iter(strong)
    return [_weak(value, met) if is_weak(value) else next(remaining) for value in values]


def _weak(value: Any, strong: str) -> Constant:
    """Return a Python number as a constant beside tensors of a dtype."""
    if value:
        return _weak_number(value, strong, config.floatX)
    # The cache would take zeros of either sign for equal.
    return number(value, weak_dtype(value, strong))


@lru_cache(maxsize=4096, typed=True)
def _weak_number(value: Any, strong: str, floatX: str) -> Constant:
    """Return the cached constant. `floatX` is part of the cache's key: see `weak_dtype`."""
    return number(value, weak_dtype(value, strong))
