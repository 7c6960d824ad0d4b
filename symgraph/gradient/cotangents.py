"""Queries of variables for the derivative engines, and arithmetic on cotangents."""

from typing import Any

from symgraph.graph import (
    COMPLEX_DTYPES,
    DISCRETE_DTYPES,
    BundleType,
    NullType,
    TensorType,
    Variable,
    config,
    has_values,
)
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import own_keys
from symgraph.ops.shape import SpecifyShape, extents_of

# Types that have a dtype.
NUMERIC = TensorType | BundleType


def is_discrete(variable: Variable) -> bool:
    """Return whether the variable holds what no derivative exists by: bools, integers, or values
    of a type that has no numbers."""
    dtype = getattr(variable.type, "dtype", None)
    if dtype is None:
        return has_values(variable.type)
    return dtype in DISCRETE_DTYPES


def is_complex(variable: Variable) -> bool:
    return isinstance(variable.type, NUMERIC) and variable.type.dtype in COMPLEX_DTYPES


def is_null(derivative: Any) -> bool:
    """Return whether this is an undefined derivative."""
    return isinstance(getattr(derivative, "type", None), NullType)


def derivative_dtype(variable: Variable) -> str:
    """Return the variable's own dtype, or floatX if it is an integer or bool type."""
    dtype: str = variable.type.dtype
    return config.floatX if dtype in DISCRETE_DTYPES else dtype


def zeros_like(variable: Variable) -> Variable:
    """Return zeros of the variable's shape and of the dtype of its derivative."""
    if isinstance(variable.type, BundleType):
        return variable.type.zeros_like(variable, derivative_dtype(variable))
    zero = constant(0, derivative_dtype(variable))
    if variable.type.ndim == 0:
        return zero
    return scalar_functions["second"](variable, zero)


def fit(derivative: Variable, variable: Variable, source: Any) -> Variable:
    """Return `derivative` in the dtype of `variable`, whose rank it must have. `source`, a node or
    a word, is named in the error if it has not."""
    type_, wanted = derivative.type, variable.type
    if isinstance(wanted, BundleType):
        found = wanted.converted(derivative, derivative_dtype(variable))
        if found is not None:
            return found
        raise TypeError(
            f"{source} gave a derivative of type {type_} for {variable}, which is a {wanted}"
        )
    assert isinstance(wanted, TensorType)
    if not isinstance(type_, TensorType) or type_.ndim != wanted.ndim:
        raise TypeError(
            f"{source} gave a derivative of type {type_} for {variable}, which is a {wanted}"
        )
    dtype = derivative_dtype(variable)
    if type_.dtype == dtype:
        return derivative
    if type_.dtype in COMPLEX_DTYPES and dtype not in COMPLEX_DTYPES:
        derivative = scalar_functions["real"](derivative)
    return scalar_functions["cast"](derivative, dtype)


def fit_point(point: Variable, variable: Variable, source: str) -> Variable:
    """Return a derivative or direction that the user gives for `variable`, in the variable's dtype.
    It must have the same rank and the same shape, which is checked when the function runs unless
    the types tell it."""
    point = fit(point, variable, source)
    if isinstance(variable.type, BundleType) or own_keys(point) == own_keys(variable):
        return point
    return SpecifyShape(variable.type.shape)(point, *extents_of(variable))


def describe(variable: Variable) -> str:
    """Return the variable's name, type and the user's line that made it."""
    location = f", made at {variable.location}" if variable.location is not None else ""
    return f"{variable} ({variable.type}{location})"
