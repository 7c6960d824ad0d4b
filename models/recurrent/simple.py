"""The simple recurrent layer."""

from typing import Any, ClassVar

import symgraph.tensor as T
from symgraph import Variable

from ..parts.activations import Activation, activation_named
from .layer import RecurrentLayer


class SimpleRNN(RecurrentLayer):
    """Compute h ← activation(x · W + h · U + b), tanh by default, over time.

    x (batch, time, n_in) gives (batch, time, n_out). Arguments are those of `RecurrentLayer`.
    Source: J. Elman, "Finding structure in time", Cognitive Science 14, 1990.

    >>> import numpy as np, symgraph.tensor as T
    >>> layer = SimpleRNN(3, 4, rng=np.random.default_rng(0), dtype="float64")
    >>> layer(T.constant(np.ones((2, 5, 3)))).eval().shape
    (2, 5, 4)
    """

    gates: ClassVar[int] = 1

    def __init__(
        self,
        n_in: int,
        n_out: int,
        activation: str | Activation = "tanh",
        *,
        name: str = "rnn",
        **settings: Any,
    ) -> None:
        self.activation = (
            activation if isinstance(activation, Activation) else activation_named(activation)
        )
        super().__init__(n_in, n_out, name=name, **settings)

    def step(self, projected: Variable, *states: Variable) -> list[Variable]:
        (h,) = states
        return [self.activation(projected + T.dot(h, self.U))]
