"""The activation functions by name, each with the gain that its first weights want."""

from collections.abc import Callable
from dataclasses import dataclass

import symgraph.tensor as T
from symgraph import Variable

from ..errors import ParameterError
from ..suggestions import did_you_mean


@dataclass(frozen=True)
class Activation:
    """An elementwise function, or one along the last axis, and the gain of `glorot_uniform`."""

    name: str
    function: Callable[[Variable], Variable]
    gain: float = 1.0

    def __call__(self, x: Variable) -> Variable:
        return self.function(x)


def _identity(x: Variable) -> Variable:
    return x


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("identity", _identity),
        Activation("tanh", T.tanh),
        Activation("sigmoid", T.nnet.sigmoid, gain=4.0),
        Activation("relu", T.nnet.relu),
        Activation("softplus", T.nnet.softplus),
        Activation("softmax", T.nnet.softmax),
    )
}


def activation_named(name: str) -> Activation:
    """Raises `ParameterError` that lists the names there are."""
    try:
        return ACTIVATIONS[name]
    except (KeyError, TypeError):
        raise ParameterError(
            f"no activation is called {name!r}; there are {', '.join(ACTIVATIONS)}"
            f"{did_you_mean(name, ACTIVATIONS)}"
        ) from None
