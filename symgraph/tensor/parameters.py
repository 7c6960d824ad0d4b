"""What a distribution's parameters must be, checked where it can be: at what is known at once."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from symgraph.graph import Constant, Variable
from symgraph.ops.constant import as_tensor


class Demand(NamedTuple):
    """`holds` tells it of each number; nan never does."""

    holds: Callable[[np.ndarray], Any]
    text: str


AT_LEAST_0 = Demand(lambda v: v >= 0, "is at least 0")
ABOVE_0 = Demand(lambda v: v > 0, "is above 0")
PROBABILITY = Demand(lambda v: (v >= 0) & (v <= 1), "is a probability, between 0 and 1")
FINITE = Demand(np.isfinite, "is a finite number")
COUNT = Demand(lambda v: (v >= 0) & (v == np.floor(v)), "is a whole number, at least 0")

# For each distribution its parameters.
DEMANDS: dict[str, dict[str, Demand]] = {
    "uniform": {"low": FINITE, "high": FINITE},
    "normal": {"avg": FINITE, "std": AT_LEAST_0},
    "truncated_normal": {"avg": FINITE, "std": AT_LEAST_0},
    "laplace": {"loc": FINITE, "scale": AT_LEAST_0},
    "gumbel": {"loc": FINITE, "scale": AT_LEAST_0},
    "exponential": {"scale": AT_LEAST_0},
    "gamma": {"shape": AT_LEAST_0, "scale": AT_LEAST_0},
    "beta": {"a": ABOVE_0, "b": ABOVE_0},
    "standard_t": {"df": ABOVE_0},
    "gumbel_softmax": {"temperature": ABOVE_0},
    "bernoulli": {"p": PROBABILITY},
    "binomial": {"n": COUNT, "p": PROBABILITY},
    "poisson": {"lam": AT_LEAST_0},
    "multinomial": {"n": COUNT, "pvals": AT_LEAST_0},
    "choice": {"p": AT_LEAST_0},
    "permutation": {"n": COUNT},
}


def check_parameters(what: str, **given: Any) -> None:
    """Raise ValueError, naming the parameter and its value, for a number or array that the
    distribution `what` does not allow. Variables pass: only running tells what they are."""
    for name, demand in DEMANDS[what].items():
        value = _known(given[name]) if name in given else None
        if value is None or value.dtype.kind not in "biuf":
            continue
        refused = ~np.asarray(demand.holds(value), bool)
        if refused.any():
            raise ValueError(f"{what}: {name} {demand.text}, not {_shown(value, refused)}")


def check_order(what: str, low: Any, high: Any) -> None:
    """Raise ValueError where `low` is known to be above `high`."""
    below, above = _known(low), _known(high)
    if below is None or above is None or np.broadcast(below, above).size == 0:
        return
    refused = below > above
    if np.any(refused):
        first, last = (_shown(np.broadcast_to(v, refused.shape), refused) for v in (below, above))
        raise ValueError(f"{what}: low {first} is above high {last}")


def check_weights(what: str, name: str, weights: Any) -> None:
    """Raise ValueError where known probabilities, in proportion, have no positive finite sum."""
    known = _known(weights)
    if known is None or not known.size:
        return
    total = np.asarray(known.sum(axis=-1))
    refused = ~(np.isfinite(total) & (total > 0))
    if refused.any():
        raise ValueError(
            f"{what}: {name} are probabilities in proportion, of which the sum is above 0 and"
            f" finite, not {_shown(total, refused)}"
        )


def _known(value: Any) -> np.ndarray | None:
    if value is None:
        return None
    variable = value if isinstance(value, Variable) else as_tensor(value)
    return np.asarray(variable.data) if isinstance(variable, Constant) else None


def _shown(value: np.ndarray, refused: np.ndarray) -> str:
    """A number, or the first of an array's that is refused and where it stands."""
    if not value.ndim:
        return str(value)
    place = [int(i) for i in np.argwhere(refused)[0]]
    return f"{value[tuple(place)]} (at {place})"
