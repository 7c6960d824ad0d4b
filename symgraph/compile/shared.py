"""Shared variables: values that live between calls."""

from typing import Any

import numpy as np

from symgraph.graph import Container, SharedVariable, TensorType, Variable, canonical_dtype


def shared(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    borrow: bool = False,
    shape: tuple[int | None, ...] | None = None,
    broadcastable: tuple[bool, ...] | None = None,
) -> SharedVariable:
    """A variable that holds `value`, an array or a number, and keeps its dtype.

    The value is copied unless `borrow`. Its extents may change later (`set_value`), so only
    those in `shape` (or 1 where `broadcastable`) count as known. Raises TypeError.
    """
    if isinstance(value, Variable):
        raise TypeError(
            f"shared() takes a value, not the symbolic variable {value}; compute it first,"
            " or use the expression itself"
        )
    array = np.array(value, copy=None if borrow else True)
    try:
        dtype = canonical_dtype(array.dtype)
    except TypeError:
        raise TypeError(f"shared() takes numbers, not {value!r}") from None
    if shape is None and broadcastable is None:
        shape = (None,) * array.ndim
    type = TensorType(dtype, shape, broadcastable=broadcastable if shape is None else None)
    container = Container(type.filter(array))
    return SharedVariable(type, container, name, strict, allow_downcast)
