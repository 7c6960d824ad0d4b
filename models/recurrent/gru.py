"""The gated recurrent unit."""

from typing import Any, ClassVar

import symgraph.tensor as T
from symgraph import Variable

from .layer import RecurrentLayer


class GRU(RecurrentLayer):
    """Compute the gated recurrent unit over time.

    With σ the logistic function, and the gates in the order r, z, n:

        r, z = σ(x · W + h · U + b),  n = tanh(x · W + (r h) · U + b),  h ← z h + (1 - z) n

    x (batch, time, n_in) gives (batch, time, n_out). Arguments are those of `RecurrentLayer`.
    Source: K. Cho et al., "Learning phrase representations using RNN encoder-decoder for
    statistical machine translation", EMNLP 2014, equations 5 to 8.

    >>> import numpy as np, symgraph.tensor as T
    >>> layer = GRU(3, 4, rng=np.random.default_rng(0), dtype="float64")
    >>> layer(T.constant(np.ones((2, 5, 3)))).eval().shape
    (2, 5, 4)
    """

    gates: ClassVar[int] = 3

    def __init__(self, n_in: int, n_out: int, *, name: str = "gru", **settings: Any) -> None:
        super().__init__(n_in, n_out, name=name, **settings)

    def step(self, projected: Variable, *states: Variable) -> list[Variable]:
        (h,) = states
        n_out = self.n_out
        both = T.nnet.sigmoid(projected[:, : 2 * n_out] + T.dot(h, self.U[:, : 2 * n_out]))
        r, z = self.part(both, 0), self.part(both, 1)
        n = T.tanh(self.part(projected, 2) + T.dot(r * h, self.U[:, 2 * n_out :]))
        return [z * h + (1 - z) * n]
