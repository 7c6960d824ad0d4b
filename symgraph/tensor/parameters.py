"""What a distribution's parameters must be: told at once of those that are known, and of others
when a function runs, before anything is drawn with them."""

from typing import Any

import numpy as np

from symgraph.graph import Constant, Variable
from symgraph.ops.constant import as_tensor
from symgraph.ops.requirement import VALUE_CONSTRAINTS, Require, refusal
from symgraph.ops.scalar_table import gt
from symgraph.ops.shape import ShapeOf
from symgraph.tensor.reduction import sum as total

# For each distribution its parameters, and what is demanded of them (keys of `VALUE_CONSTRAINTS`).
PARAMETERS: dict[str, dict[str, str]] = {
    "uniform": {"low": "finite", "high": "finite"},
    "normal": {"avg": "finite", "std": "at least 0"},
    "truncated_normal": {"avg": "finite", "std": "at least 0"},
    "laplace": {"loc": "finite", "scale": "at least 0"},
    "gumbel": {"loc": "finite", "scale": "at least 0"},
    "exponential": {"scale": "at least 0"},
    "gamma": {"shape": "at least 0", "scale": "at least 0"},
    "beta": {"a": "above 0", "b": "above 0"},
    "standard_t": {"df": "above 0"},
    "gumbel_softmax": {"logits": "below inf", "temperature": "above 0"},
    "bernoulli": {"p": "probability"},
    "binomial": {"n": "count", "p": "probability"},
    "poisson": {"lam": "mean"},
    "multinomial": {"n": "count", "pvals": "probability"},
    "choice": {"a": "at least 1", "p": "probability"},
    "permutation": {"n": "count"},
}


def required(what: str, **given: Any) -> list[Any]:
    """Parameters of the distribution `what`: a number or array as it is, where the distribution
    allows it; a variable as one that is refused when running where it does not.

    Raises ValueError, which names the parameter and its value.
    """
    return [_required(f"{what}: {name}", PARAMETERS[what][name], v) for name, v in given.items()]


def compared(what: str, demand: str, given: Any, other: Any) -> Any:
    """What is given, of which `demand` says how it compares with another. Raises ValueError."""
    first, second = as_tensor(given), as_tensor(other)
    if isinstance(first, Constant) and isinstance(second, Constant):
        _check(what, demand, first.data, second.data)
        return given
    return Require(what, demand)(first, first, second)


def probabilities(what: str, name: str, given: Any) -> Variable:
    """Probabilities along the last axis, of which the sum is 1. Raises TypeError, ValueError."""
    chances = as_tensor(given)
    if chances.type.ndim < 1:
        raise TypeError(f"{what}: probabilities are a vector, not {chances} ({chances.type})")
    if chances.type.shape[-1] == 0:
        raise ValueError(f"{what}: there are no categories")
    (chances,) = map(as_tensor, required(what, **{name: chances}))
    title = f"{what}: the sum of {name}"
    dtype = chances.type.dtype if np.dtype(chances.type.dtype).kind == "f" else "float64"
    if isinstance(chances, Constant):
        _check(title, f"whole {dtype}", chances.data.sum(axis=-1))
        return chances
    return Require(title, f"whole {dtype}")(chances, total(chances, axis=-1))


def enough(p: Variable, wanted: Variable) -> Variable:
    """Probabilities, of which no fewer than are wanted are above 0. Raises ValueError."""
    what, possible = "choice: the number of positive p", total(gt(p, 0))
    if isinstance(p, Constant) and isinstance(wanted, Constant):
        _check(what, "at least the size", (p.data > 0).sum(), wanted.data)
        return p
    return Require(what, "at least the size")(p, possible, wanted)


def _required(what: str, demand: str, given: Any) -> Any:
    variable = as_tensor(given)
    if isinstance(variable, Constant):
        _check(what, demand, variable.data)
        return given
    if _always(demand, variable):
        return given
    return Require(what, demand)(variable)


def _always(demand: str, variable: Variable) -> bool:
    """Whether all numbers that a variable may hold are as demanded."""
    kind = np.dtype(variable.type.dtype).kind
    is_extent = variable.owner is not None and isinstance(variable.owner.op, ShapeOf)
    return (
        (kind == "b" and demand not in ("above 0", "at least 1"))
        or (is_extent and demand == "count")
        or (kind in "iu" and demand in ("finite", "below inf"))
    )


def _check(what: str, demand: str, *values: np.ndarray) -> None:
    if values[0].dtype.kind not in "biuf":
        return
    refused = ~np.asarray(VALUE_CONSTRAINTS[demand].holds(*(_signed(v) for v in values)), bool)
    if refused.any():
        first = np.broadcast_to(values[0], refused.shape)
        raise ValueError(refusal(what, VALUE_CONSTRAINTS[demand], _shown(first, refused)))


def _signed(value: np.ndarray) -> np.ndarray:
    """Truth values as numbers, which NumPy takes for arithmetic."""
    return value.astype("int64") if value.dtype == bool else value


def _shown(value: np.ndarray, refused: np.ndarray) -> str:
    """A number, or the first of an array's that is refused and where it stands."""
    if not value.ndim:
        return str(value)
    place = [int(i) for i in np.argwhere(refused)[0]]
    return f"{value[tuple(place)]} (at {place})"
