"""Shared variables: values that persist between calls."""

from collections.abc import Callable
from typing import Any

import numpy as np

from symgraph.graph import (
    Container,
    SharedVariable,
    TensorType,
    Type,
    Variable,
    bundle_type_of,
    canonical_dtype,
)
from symgraph.graph.other_types import generator_type, random_state_type

# For classes of values other than arrays and numbers, how the type of a variable is found for one.
_TYPES: dict[type, Callable[[Any], Type]] = {}


def register_shared(kind: type, type_of: Callable[[Any], Type]) -> None:
    """Let `shared` take values of a class.

    kind: the class; of its bases the nearest that is known decides.
    type_of: returns the type of the variable for a value.

    Returns nothing.
    """
    _TYPES[kind] = type_of


def shared(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    borrow: bool = False,
    broadcastable: tuple[bool, ...] | None = None,
    shape: tuple[int | None, ...] | None = None,
    target: str | None = None,
    type: Type | None = None,
) -> SharedVariable:
    """Return a variable that holds a value between calls, shared by all functions that use it.

    value: an array, a number or a sparse matrix, whose dtype the variable keeps; a RandomState or
        Generator of NumPy; or with `type` any value of that type.
    name: what the variable is called in print and in errors.
    strict, allow_downcast: what `set_value` takes: see `In`.
    borrow: whether the given array itself is held, so that changes of it in place show in every
        function, until an update or `set_value` replaces it; otherwise it is copied.
    broadcastable, shape: which extents never change: those that are True, or an int. Others may.
    target: a device, which can only be 'cpu'.
    type: the type of the variable; found from the value unless given. `sg.generic` takes any
        Python object.
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
    kind = _type_of(value, broadcastable, shape) if type is None else type
    try:
        filtered = kind.filter(value, allow_downcast=True)
    except (TypeError, ValueError) as error:
        raise error.__class__(f"shared(): {error}") from None
    held = filtered if borrow else kind.own_value(filtered, value)
    made: SharedVariable = kind.shared_class(kind, Container(held), name, strict, allow_downcast)
    return made


def _type_of(
    value: Any, broadcastable: tuple[bool, ...] | None, shape: tuple[int | None, ...] | None
) -> Type:
    """Return the type of a shared variable for a value. Raises TypeError."""
    for base in value.__class__.__mro__:
        if base in _TYPES:
            return _TYPES[base](value)
    for kind in (random_state_type, generator_type):
        if kind.holds(value):
            return kind
    bundle = bundle_type_of(value)
    if bundle is not None:
        return bundle
    array = _array(value)
    if shape is None and broadcastable is None:
        shape = (None,) * array.ndim
    return TensorType(array.dtype, shape, broadcastable=broadcastable if shape is None else None)


def _array(value: Any) -> np.ndarray:
    """Return the value as an array of a known dtype. Raises TypeError."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise TypeError(f"shared() got a ragged sequence: {error}") from None
    try:
        canonical_dtype(array.dtype)
    except TypeError:
        raise TypeError(
            f"shared() takes numbers, not {value!r}; to hold any Python object, write"
            " shared(value, type=sg.generic)"
        ) from None
    return array
