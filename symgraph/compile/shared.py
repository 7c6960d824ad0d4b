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
    broadcastable: tuple[bool, ...] | None = None,
    shape: tuple[int | None, ...] | None = None,
    target: str | None = None,
) -> SharedVariable:
    """A variable that holds `value`, an array or a number, and keeps its dtype.

    The value is copied unless `borrow`: then changes of the given array in place show in every
    function that uses the variable, until an update or `set_value` puts another in its place. Its
    extents may change later (`set_value`), so only those in `shape` (or 1 where `broadcastable`)
    count as known. `strict` and `allow_downcast` say what `set_value` takes, see `In`. `target`,
    a device, can only be the processor ('cpu'). Raises TypeError, ValueError.
    """
    if isinstance(value, Variable):
        raise TypeError(
            f"shared() takes a value, not the symbolic variable {value}; compute it first,"
            " or use the expression itself"
        )
    if target not in (None, "cpu"):
        raise ValueError(f"shared() keeps values in main memory ('cpu'), not on {target!r}")
    array = _array(value)
    if shape is None and broadcastable is None:
        shape = (None,) * array.ndim
    type = TensorType(array.dtype, shape, broadcastable=broadcastable if shape is None else None)
    try:
        filtered = type.filter(value, allow_downcast=True)
    except (TypeError, ValueError) as error:
        raise error.__class__(f"shared(): {error}") from None
    if not borrow and (filtered is value or filtered.base is not None):
        filtered = filtered.copy()
    return SharedVariable(type, Container(filtered), name, strict, allow_downcast)


def _array(value: Any) -> np.ndarray:
    """The value as an array of a known dtype. Raises TypeError."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise TypeError(f"shared() got a ragged sequence: {error}") from None
    try:
        canonical_dtype(array.dtype)
    except TypeError:
        raise TypeError(f"shared() takes numbers, not {value!r}") from None
    return array
