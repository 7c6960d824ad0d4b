"""The simple recurrent layer."""

from typing import Any, ClassVar

import symgraph.tensor as T
from symgraph import Variable

from ..parts.activations import Activation, activation_named
from .layer import RecurrentLayer


class SimpleRNN(RecurrentLayer):
    """h ← activation(x · W + h · U + b), tanh by default (J. Elman, "Finding structure in time",
    Cognitive Science 14, 1990)."""

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
