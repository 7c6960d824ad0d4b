"""Checks of the arguments that the derivative functions share, and their error messages."""

from collections.abc import Mapping
from typing import Any

from symgraph.gradient.cotangents import (
    NUMERIC,
    describe,
    fit_point,
    is_complex,
    is_discrete,
    is_null,
    zeros_like,
)
from symgraph.gradient.errors import DisconnectedInputError, DisconnectedType
from symgraph.graph import TensorType, Variable, bundle_type_of, warn
from symgraph.ops.constant import as_tensor, constant

_CHOICES = {
    "disconnected_inputs": ("raise", "warn", "ignore"),
    "disconnected_outputs": ("raise", "warn", "ignore"),
    "return_disconnected": ("zero", "none", "disconnected"),
    "null_gradients": ("raise", "return"),
}


def check_choices(**given: str) -> None:
    for name, value in given.items():
        if not isinstance(value, str) or value.lower() not in _CHOICES[name]:
            raise ValueError(f"{name}={value!r}: it takes one of {', '.join(_CHOICES[name])}")


def check_cost(cost: Any) -> None:
    if not isinstance(cost, Variable):
        raise TypeError(f"the cost must be a variable, not {cost!r}")
    if is_null(cost):
        raise ValueError(f"the cost is an undefined derivative: {cost.type}")
    if not isinstance(cost.type, TensorType):
        raise TypeError(f"the cost must be a scalar of floats; it is {describe(cost)}")
    if cost.type.ndim != 0:
        raise TypeError(
            f"the cost must be a scalar, but {describe(cost)} has"
            f" {cost.type.ndim} dimension{'s' if cost.type.ndim > 1 else ''};"
            " take its mean or sum, or see Lop and jacobian"
        )
    if is_discrete(cost):
        raise TypeError(
            f"the cost must be real, of a float dtype, but {describe(cost)} holds"
            f" {cost.type.dtype}: its derivative is zero everywhere"
        )
    if is_complex(cost):
        raise TypeError(
            f"the cost must be real, but {describe(cost)} is complex; take its abs or real part"
        )


def as_variables(value: Any, what: str = "wrt") -> list[Variable]:
    if isinstance(value, Variable):
        return [value]
    if isinstance(value, set | frozenset | Mapping):
        raise TypeError(f"{what} must be a variable, list or tuple, not a {type(value).__name__}")
    return listed(value, what)


def listed(value: Any, what: str) -> list[Variable]:
    if value is None:
        return []
    if isinstance(value, Variable):
        return [value]
    try:
        variables = list(value)
    except TypeError:
        raise TypeError(f"{what} must hold variables, not {value!r}") from None
    for variable in variables:
        if not isinstance(variable, Variable):
            raise TypeError(f"{what} must hold variables, not {variable!r}")
        if not isinstance(variable.type, NUMERIC):
            raise TypeError(f"{what}: {describe(variable)} is no tensor")
    return variables


def as_points(value: Any) -> list[Variable | None]:
    if isinstance(value, list | tuple):
        return [None if point is None else _as_point(point) for point in value]
    return [_as_point(value)]


def _as_point(value: Any) -> Variable:
    if isinstance(value, Variable) and isinstance(value.type, NUMERIC):
        return value
    bundle = bundle_type_of(value)
    return as_tensor(value) if bundle is None else bundle.filter_variable(value)


def known_gradients(value: Any) -> tuple[dict[Variable, Variable], list[Variable]]:
    """Return the known gradients, each checked against its variable, and the variables by which
    there is said to be none."""
    known: dict[Variable, Variable] = {}
    none: list[Variable] = []
    pairs = value.items() if isinstance(value, Mapping) else value or ()
    for variable, derivative in pairs:
        if not isinstance(variable, Variable):
            raise TypeError(f"known_grads: {variable!r} is not a variable")
        if isinstance(getattr(derivative, "type", None), DisconnectedType):
            none.append(variable)
            continue
        if isinstance(derivative, int | float):
            derivative = constant(float(derivative))
        given = derivative if is_null(derivative) else _as_point(derivative)
        if is_discrete(given):
            raise TypeError(
                f"known_grads: the gradient of {describe(variable)} must be of floats,"
                f" but {given} is {given.type}"
            )
        known[variable] = given if is_null(given) else fit_point(given, variable, "known_grads")
    return known, none


def like(wrt: Any, results: list[Variable | None]) -> Any:
    if isinstance(wrt, Variable):
        return results[0]
    return tuple(results) if isinstance(wrt, tuple) else results


def disconnected(variable: Variable, message: str, action: str, kind: str) -> Variable | None:
    """Raise, warn or ignore, as configured, that a derivative is disconnected; return its
    substitute."""
    if action == "raise":
        raise DisconnectedInputError(message)
    if action == "warn":
        warn(message, UserWarning)
    if kind.lower() == "zero" and isinstance(variable.type, TensorType):
        return zeros_like(variable)
    return None if kind.lower() == "none" else DisconnectedType()()
