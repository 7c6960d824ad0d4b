"""The long short-term memory."""

from typing import Any, ClassVar

import numpy as np

import symgraph.tensor as T
from symgraph import SharedVariable, Variable

from ..parts.initializers import zeros
from .layer import RecurrentLayer


class LSTM(RecurrentLayer):
    """Compute the long short-term memory over time.

    States are h and c; with σ the logistic function, and the gates in the order i, f, o, g:

        i, f = σ(x · W + h · U + b [+ p · c]),  g = tanh(x · W + h · U + b)
        c ← f c + i g,  o = σ(x · W + h · U + b [+ p · c]),  h ← o tanh c

    x (batch, time, n_in) gives (batch, time, n_out). `forget_bias` is added to the first biases of
    f, so that a new layer remembers. With `peepholes` the gates i, f and o see the memory c, o the
    new one, by weights `p` (3, n_out) that begin at zero. Other arguments are those of
    `RecurrentLayer`. Sources: S. Hochreiter, J. Schmidhuber, "Long short-term memory", Neural
    Computation 9, 1997; F. Gers, N. Schraudolph, J. Schmidhuber, "Learning precise timing with LSTM
    recurrent networks", JMLR 3, 2002 (peepholes).

    >>> import numpy as np, symgraph.tensor as T
    >>> layer = LSTM(3, 4, rng=np.random.default_rng(0), dtype="float64")
    >>> layer(T.constant(np.ones((2, 5, 3)))).eval().shape
    (2, 5, 4)
    """

    gates: ClassVar[int] = 4
    state_names: ClassVar[tuple[str, ...]] = ("h", "c")

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        rng: np.random.Generator,
        forget_bias: float = 1.0,
        peepholes: bool = False,
        name: str = "lstm",
        **settings: Any,
    ) -> None:
        super().__init__(n_in, n_out, rng=rng, name=name, **settings)
        biases = self.b.get_value()
        biases[n_out : 2 * n_out] += forget_bias
        self.b.set_value(biases)
        self.p = self._weights("p", zeros, (3, n_out), rng) if peepholes else None

    @property
    def params(self) -> list[SharedVariable]:
        """[W, U, b], and p where there are peepholes."""
        return super().params + ([] if self.p is None else [self.p])

    def step(self, projected: Variable, *states: Variable) -> list[Variable]:
        h, c = states
        summed = projected + T.dot(h, self.U)
        i, f, o, g = (self.part(summed, number) for number in range(4))
        if self.p is not None:
            i, f = i + self.p[0] * c, f + self.p[1] * c
        c = T.nnet.sigmoid(f) * c + T.nnet.sigmoid(i) * T.tanh(g)
        if self.p is not None:
            o = o + self.p[2] * c
        return [T.nnet.sigmoid(o) * T.tanh(c), c]
