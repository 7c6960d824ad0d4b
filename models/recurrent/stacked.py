"""Recurrent layers, each reading what the one below it gives."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from symgraph import SharedVariable, Variable

from .bidirectional import Bidirectional
from .layer import RecurrentLayer


class Stacked:
    """Run recurrent layers, each of which reads what the one below it gives.

    `layers` are listed from the bottom to the top; the result is the outputs of the top one,
    (batch, time, n_out). Raises ValueError where there are none, or where one does not fit the one
    below it.

    >>> import numpy as np, symgraph.tensor as T
    >>> from symgraph.models import SimpleRNN
    >>> made = {"rng": np.random.default_rng(0), "dtype": "float64"}
    >>> tower = Stacked([SimpleRNN(3, 4, **made), SimpleRNN(4, 2, name="upper", **made)])
    >>> tower(T.constant(np.ones((2, 6, 3)))).eval().shape
    (2, 6, 2)
    """

    n_in: int
    n_out: int
    name: str

    def __init__(self, layers: Sequence["RecurrentLayer | Bidirectional | Stacked"]) -> None:
        if not layers:
            raise ValueError("Stacked needs at least one layer")
        for below, above in pairwise(layers):
            if below.n_out != above.n_in:
                raise ValueError(
                    f"{above.name} reads {above.n_in} numbers a step, {below.name} below it gives "
                    f"{below.n_out}"
                )
        self.layers = list(layers)
        self.n_in, self.n_out = layers[0].n_in, layers[-1].n_out
        self.name = "/".join(layer.name for layer in layers)

    @property
    def params(self) -> list[SharedVariable]:
        """Those of all layers, from the bottom."""
        return [p for layer in self.layers for p in layer.params]

    def __call__(
        self, x: Variable, initial: Sequence[Any] | None = None, mask: Variable | None = None
    ) -> Variable:
        """Return the outputs of the top layer for x (batch, time, n_in); `initial` holds for each
        layer what it takes as its own.

        Raises ValueError where that are more or fewer than the layers.
        """
        states = [None] * len(self.layers) if initial is None else initial
        if len(states) != len(self.layers):
            raise ValueError(
                f"{self.name}: initial must hold the states of {len(self.layers)} layers, not of "
                f"{len(states)}"
            )
        for layer, first in zip(self.layers, states, strict=True):
            x = layer(x, first, mask)
        return x
