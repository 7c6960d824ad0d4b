"""Checks of derivatives against finite differences."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgraph.compile import function
from symgraph.gradient.grad import grad
from symgraph.graph import TensorType
from symgraph.ops.constant import constant

# Steps and tolerances by dtype: the step balances truncation against round-off of central
# differences, about the cube root of the machine epsilon.
STEP = {"float16": 2e-2, "float32": 5e-3, "float64": 6e-6}
TOLERANCE = {"float16": 5e-2, "float32": 1e-2, "float64": 1e-5}


class GradientError(AssertionError):
    """A symbolic derivative and the numeric one differ."""


def numeric_grad(
    f: Callable[..., Any], points: Sequence[np.ndarray], eps: float | None = None
) -> list[np.ndarray]:
    """The gradient of a real function of arrays by central differences, in float64."""
    result = []
    for position, point in enumerate(points):
        step = eps if eps is not None else STEP[str(point.dtype)]
        slope = np.empty(point.shape)
        for index in np.ndindex(point.shape):
            values, places = [], []
            for sign in (1, -1):
                moved = [np.array(p) for p in points]
                moved[position][index] += point.dtype.type(sign * step)
                places.append(float(moved[position][index]))
                values.append(float(f(*moved)))
            slope[index] = (values[0] - values[1]) / (places[0] - places[1])
        result.append(slope)
    return result


def verify_grad(
    fun: Callable[..., Any],
    pt: Sequence[Any],
    n_tests: int = 2,
    rng: np.random.Generator | np.random.RandomState | None = None,
    eps: float | None = None,
    abs_tol: float | None = None,
    rel_tol: float | None = None,
    mode: str | None = None,
) -> None:
    """Check the symbolic gradient of `fun` at the points `pt` against central differences.

    `fun` takes as many symbolic variables as `pt` has arrays (floating) and returns one. Its
    output is projected on `n_tests` random vectors. Raises GradientError with the element
    that differs most.
    """
    rng = rng if rng is not None else np.random.default_rng(0)
    points = [np.array(p, copy=True) for p in pt]
    for position, point in enumerate(points):
        if point.dtype.kind != "f":
            raise TypeError(
                f"verify_grad: point {position} is of dtype {point.dtype}, not floating"
            )
    variables = [
        TensorType(point.dtype, point.shape)(f"input {position}")
        for position, point in enumerate(points)
    ]
    output = fun(*variables)
    value = function(variables, output, mode=mode, on_unused_input="ignore")(*points)
    dtype = min((str(point.dtype) for point in points), key=lambda name: np.dtype(name).itemsize)
    for _ in range(n_tests):
        projection = rng.uniform(0.5, 1.5, np.shape(value)).astype(value.dtype)
        cost = (output * constant(projection)).sum()
        gradients = grad(cost, variables, disconnected_inputs="ignore")
        both = function(variables, [cost, *gradients], mode=mode, on_unused_input="ignore")
        analytic = both(*points)[1:]
        numeric = numeric_grad(lambda *p: both(*p)[0], points, eps)  # noqa: B023
        for position, (a, n) in enumerate(zip(analytic, numeric, strict=True)):
            _compare(
                a,
                n,
                position,
                points[position],
                abs_tol or TOLERANCE[dtype],
                rel_tol or TOLERANCE[dtype],
            )


def _compare(
    analytic: np.ndarray,
    numeric: np.ndarray,
    position: int,
    point: np.ndarray,
    abs_tol: float,
    rel_tol: float,
) -> None:
    if analytic.shape != point.shape:
        raise GradientError(
            f"the gradient by input {position} has the shape {analytic.shape}, not {point.shape}"
        )
    if analytic.dtype != point.dtype:
        raise GradientError(
            f"the gradient by input {position} has the dtype {analytic.dtype}, not {point.dtype}"
        )
    analytic = analytic.astype("float64")
    error = np.abs(analytic - numeric)
    bound = abs_tol + rel_tol * np.maximum(np.abs(analytic), np.abs(numeric))
    wrong = ~(error <= bound)
    if wrong.any():
        worst = np.unravel_index(np.argmax(np.where(np.isnan(error), np.inf, error)), error.shape)
        where = f"[{', '.join(map(str, worst))}]" if worst else ""
        raise GradientError(
            f"the gradient by input {position} is wrong: at {where or 'the scalar'} it is"
            f" {analytic[worst]:.10g}, but central differences give {numeric[worst]:.10g}"
            f" (allowed {bound[worst]:.3g}; {wrong.sum()} of {wrong.size} elements differ)"
        )
