"""The activation functions by name, each with the gain that its first weights want."""

from collections.abc import Callable
from dataclasses import dataclass

import symgraph.tensor as T
from symgraph import Variable

from ..errors import ParameterError
from ..suggestions import did_you_mean


@dataclass(frozen=True)
class Activation:
    """Apply an elementwise function, or one along the last axis.

    name: what networks call it. gain: that of `glorot_uniform` for weights before it.

    >>> import symgraph.tensor as T
    >>> double = Activation("double", lambda x: 2 * x)
    >>> double(T.constant([1.0, -2.0])).eval().tolist()
    [2.0, -4.0]
    """

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
    """Return the activation of this name: a key of `ACTIVATIONS`.

    Raises `ParameterError` that lists the names there are.

    >>> import symgraph.tensor as T
    >>> relu = activation_named("relu")
    >>> relu(T.constant([1.0, -2.0])).eval().tolist()
    [1.0, 0.0]
    """
    try:
        return ACTIVATIONS[name]
    except (KeyError, TypeError):
        raise ParameterError(
            f"no activation is called {name!r}; there are {', '.join(ACTIVATIONS)}"
            f"{did_you_mean(name, ACTIVATIONS)}"
        ) from None
