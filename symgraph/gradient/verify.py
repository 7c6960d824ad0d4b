"""Checks of derivatives against finite differences."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgraph.compile import function
from symgraph.gradient.cotangents import is_complex, is_discrete
from symgraph.gradient.grad import grad
from symgraph.graph import COMPLEX_DTYPES, FLOAT_DTYPES, TensorType, Variable
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.reduce import Reduce
from symgraph.ops.scan_parts import added


@dataclass(frozen=True)
class Accuracy:
    """The accuracy of central differences in one dtype: the step and the allowed difference, both
    for numbers of size 1.

    The error is about h² |f'''| / 6 for the step h, and e |f| / h for the machine epsilon e; h
    near the cube root of e balances the two. Tolerances leave a factor of about 100 for
    functions that are large or strongly curved.
    """

    step: float
    tolerance: float


ACCURACY = {
    "float16": Accuracy(step=6e-2, tolerance=5e-2),
    "float32": Accuracy(step=5e-3, tolerance=1e-2),
    "float64": Accuracy(step=6e-6, tolerance=1e-6),
}


class GradientError(AssertionError):
    """Raised where a symbolic derivative and the numeric one differ."""


def numeric_grad(
    f: Callable[..., Any], points: Sequence[np.ndarray], eps: float | None = None
) -> list[np.ndarray]:
    """Compute the gradient of a real function of float arrays by central differences.

    f: takes arrays, returns a number.
    points: arrays of floats or complex numbers, where the gradient is computed.
    eps: the step is eps times the size of the number moved, and at least eps; that of the dtype in
        `ACCURACY` unless given.
    Returns one array of each point's shape: float64, or complex128 with the derivative by the real
    part and i times that by the imaginary part. Cost: two calls of f for each (real) number.

    >>> T.numeric_grad(lambda x: (x ** 2).sum(), [np.array([1.0, 2.0])])[0].round(6)
    array([2., 4.])
    """
    points = [np.asarray(point) for point in points]
    result = []
    for position, point in enumerate(points):
        step = ACCURACY[str(point.real.dtype)].step if eps is None else eps
        derivative = _by_part("real", f, points, position, step)
        if point.dtype.kind == "c":
            derivative = derivative + 1j * _by_part("imag", f, points, position, step)
        result.append(derivative)
    return result


def _by_part(
    part: str, f: Callable[..., Any], points: Sequence[np.ndarray], position: int, step: float
) -> np.ndarray:
    """Return the differences of f when the real or imaginary parts of one point move."""
    derivative = np.empty(points[position].shape)
    for index in np.ndindex(derivative.shape):
        size = step * max(1.0, float(abs(points[position][index])))
        values, places = [], []
        for offset in (size, -size):
            moved = [np.array(p) for p in points]
            numbers = getattr(moved[position], part)
            numbers[index] += numbers.dtype.type(offset)
            places.append(float(numbers[index]))
            values.append(float(f(*moved)))
        derivative[index] = (values[0] - values[1]) / (places[0] - places[1])
    return derivative


def verify_grad(
    fun: Callable[..., Any],
    pt: Sequence[Any],
    n_tests: int = 2,
    rng: "np.random.Generator | np.random.RandomState | None" = None,
    eps: float | None = None,
    abs_tol: float | None = None,
    rel_tol: float | None = None,
    mode: Any = "reference",
) -> None:
    """Check the symbolic gradient of a function against central differences.

    fun: takes as many symbolic variables as `pt` has arrays, returns one or a list of them.
    pt: arrays or numbers of float or complex dtypes, away from kinks by more than the step.
    n_tests: on how many random combinations of the output's elements to test.
    rng: makes those combinations; seeded unless given.
    eps, abs_tol, rel_tol: step and tolerances; those of `ACCURACY` for the least precise dtype in
        `pt` and the outputs unless given. A difference may be abs_tol + rel_tol * value.
    mode: the back end that computes both sides; each op's own NumPy meaning unless given.
    Returns nothing. Raises GradientError, which shows the element that differs most; TypeError for
    points or outputs that are not of floats.

    >>> T.verify_grad(T.sin, [np.array([0.5, 1.5])])
    """
    rng = np.random.default_rng(0) if rng is None else rng
    points = _points(pt)
    variables = [
        TensorType(point.dtype, point.shape)(f"input {position}")
        for position, point in enumerate(points)
    ]
    outputs = fun(*variables)
    outputs = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
    for output in outputs:
        if is_discrete(output):
            raise TypeError(
                f"verify_grad: the output {output} is {output.type}: no derivative to check"
            )
    values = function(variables, outputs, mode=mode, on_unused_input="ignore")(*points)
    dtypes = [str(array.real.dtype) for array in (*points, *values)]
    tolerance = ACCURACY[min(dtypes, key=FLOAT_DTYPES.index)].tolerance
    abs_tol = tolerance if abs_tol is None else abs_tol
    rel_tol = tolerance if rel_tol is None else rel_tol
    for _ in range(n_tests):
        cost = _projection(outputs, values, rng)
        gradients = grad(cost, variables, disconnected_inputs="ignore")
        evaluate = function(variables, [cost, *gradients], mode=mode, on_unused_input="ignore")
        analytic = evaluate(*points)[1:]
        only_cost = function(variables, cost, mode=mode, on_unused_input="ignore")
        numeric = numeric_grad(only_cost, points, eps)
        for position, pair in enumerate(zip(analytic, numeric, strict=True)):
            _compare(*pair, position, points[position], abs_tol, rel_tol)


def _points(pt: Sequence[Any]) -> list[np.ndarray]:
    points = [np.array(point) for point in pt]
    for position, point in enumerate(points):
        if point.dtype.name not in (*FLOAT_DTYPES, *COMPLEX_DTYPES):
            raise TypeError(
                f"verify_grad: point {position} is of dtype {point.dtype}, but only floats can"
                " be moved by a small step"
            )
    return points


def _projection(outputs: Sequence[Variable], values: Sequence[Any], rng: Any) -> Variable:
    """Return the sum of all outputs' elements with random weights, from 0.5 to 1.5."""
    terms = []
    for output, value in zip(outputs, values, strict=True):
        parts = [output]
        if is_complex(output):
            parts = [scalar_functions["real"](output), scalar_functions["imag"](output)]
        for part in parts:
            weights = rng.uniform(0.5, 1.5, np.shape(value))
            product = scalar_functions["mul"](part, constant(weights, part.type.dtype))
            terms.append(Reduce("sum", range(part.type.ndim))(product))
    cost = terms[0]
    for term in terms[1:]:
        cost = added(cost, term)
    return cost


def _compare(
    analytic: np.ndarray,
    numeric: np.ndarray,
    position: int,
    point: np.ndarray,
    abs_tol: float,
    rel_tol: float,
) -> None:
    for what in ("shape", "dtype"):
        got, wanted = getattr(analytic, what), getattr(point, what)
        if got != wanted:
            raise GradientError(
                f"the gradient by input {position} has the {what} {got}, not {wanted}"
            )
    analytic = analytic.astype("complex128" if analytic.dtype.kind == "c" else "float64")
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.abs(analytic - numeric)
        bound = abs_tol + rel_tol * np.maximum(np.abs(analytic), np.abs(numeric))
        excess = np.where(analytic == numeric, 0, error / bound)
    excess = np.where(np.isnan(excess), np.inf, excess)
    wrong = int((excess > 1).sum())
    if wrong:
        worst = np.unravel_index(np.argmax(excess), excess.shape)
        where = f"[{', '.join(map(str, worst))}]" if worst else "the scalar"
        raise GradientError(
            f"the gradient by input {position} is wrong: at {where} it is"
            f" {analytic[worst]:.10g}, but central differences give {numeric[worst]:.10g}"
            f" (difference {error[worst]:.3g}, allowed {bound[worst]:.3g}, input"
            f" {point[worst]:.10g}; {wrong} of {excess.size} elements differ)"
        )
