"""Two layers over one sequence, one in each direction."""

from collections.abc import Sequence

import symgraph.tensor as T
from symgraph import SharedVariable, Variable

from .layer import RecurrentLayer


class Bidirectional:
    """Read a sequence in both directions.

    Gives the outputs of `forward` beside those of `backward`, which reads from the last entry to
    the first: (batch, time, forward.n_out + backward.n_out), both at the place of the entry read
    (M. Schuster, K. Paliwal, IEEE Transactions on Signal Processing 45, 1997).

    Raises ValueError where the layers read entries of different sizes.

    >>> import numpy as np, symgraph.tensor as T
    >>> from symgraph.models import GRU
    >>> made = {"rng": np.random.default_rng(0), "dtype": "float64"}
    >>> both = Bidirectional(GRU(3, 4, **made), GRU(3, 5, name="back", **made))
    >>> both(T.constant(np.ones((2, 6, 3)))).eval().shape
    (2, 6, 9)
    """

    def __init__(self, forward: RecurrentLayer, backward: RecurrentLayer) -> None:
        if forward.n_in != backward.n_in:
            raise ValueError(
                f"both layers must read the same entries: {forward.name} reads {forward.n_in} "
                f"numbers, {backward.name} {backward.n_in}"
            )
        self.forward, self.backward = forward, backward
        self.n_in, self.n_out = forward.n_in, forward.n_out + backward.n_out
        self.name = f"{forward.name}+{backward.name}"

    @property
    def params(self) -> list[SharedVariable]:
        """Those of `forward`, then those of `backward`."""
        return self.forward.params + self.backward.params

    def __call__(
        self,
        x: Variable,
        initial: Sequence[Sequence[Variable] | None] | None = None,
        mask: Variable | None = None,
    ) -> Variable:
        """Return the outputs of both for x (batch, time, n_in); `initial` is a pair of what
        `forward` and `backward` take as theirs. Raises ValueError where it is no pair."""
        pair = (None, None) if initial is None else initial
        if len(pair) != 2:
            raise ValueError(
                f"{self.name}: initial must be a pair, of the states of both directions, not "
                f"{len(pair)}"
            )
        ahead = self.forward(x, pair[0], mask)
        back = self.backward(x, pair[1], mask, go_backwards=True)
        return T.concatenate([ahead, back], axis=2)

    def ends(self, outputs: Variable) -> Variable:
        """Return, of what `__call__` gave, the last output of each direction: (batch, n_out)."""
        n = self.forward.n_out
        return T.concatenate([outputs[:, -1, :n], outputs[:, 0, n:]], axis=1)
