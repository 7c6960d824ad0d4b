"""Shared variables: values that persist between calls."""

from typing import Any

import numpy as np

from symgraph.graph import (
    Container,
    SharedVariable,
    TensorType,
    Variable,
    bundle_type_of,
    canonical_dtype,
)


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
    """Return a variable that holds a value between calls, shared by all functions that use it.

    value: an array, a number or a sparse matrix, whose dtype the variable keeps.
    name: what the variable is called in print and in errors.
    strict, allow_downcast: what `set_value` takes: see `In`.
    borrow: whether the given array itself is held, so that changes of it in place show in every
        function, until an update or `set_value` replaces it; otherwise it is copied.
    broadcastable, shape: which extents never change: those that are True, or an int. Others may.
    target: a device, which can only be 'cpu'.
    Returns a SharedVariable. Raises TypeError, ValueError.

    >>> total = sg.shared(0.0, name="total")
    >>> x = T.dscalar("x")
    >>> add = sg.function([x], total, updates={total: total + x})
    >>> add(5.0), total.get_value()
    (array(0.), array(5.))
    """
    if isinstance(value, Variable):
        raise TypeError(
            f"shared() takes a value, not the symbolic variable {value}; compute it first,"
            " or use the expression itself"
        )
    if target not in (None, "cpu"):
        raise ValueError(f"shared() keeps values in main memory ('cpu'), not on {target!r}")
    bundle = bundle_type_of(value)
    if bundle is not None:
        return bundle.shared(value, name, strict, allow_downcast, borrow)
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
    """Return the value as an array of a known dtype. Raises TypeError."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise TypeError(f"shared() got a ragged sequence: {error}") from None
    try:
        canonical_dtype(array.dtype)
    except TypeError:
        raise TypeError(f"shared() takes numbers, not {value!r}") from None
    return array
