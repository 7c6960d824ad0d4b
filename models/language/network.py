"""The network that guesses the next character, as expressions."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import symgraph.tensor as T
from symgraph import OrderedUpdates, RandomStreams, SharedVariable, Variable, scan

from ..parts.initializers import normal
from ..parts.layers import Dense, Embedding
from ..recurrent import CELLS, RecurrentLayer

# The simple network's weights are small at first, as in the book's listing.
_SMALL = normal(0.01)


class CharNetwork:
    """Read characters by recurrent layers, and score the one that follows.

    `cell` is one of `CELLS`, `sizes` those of the layers from the bottom. The lowest layer reads
    vectors of `embedding` numbers that are learned for each character, or with 0 vectors that are 1
    at the character's place and 0 elsewhere. States are listed layer by layer from the bottom, each
    (batch, size of its layer).

    >>> import numpy as np, symgraph.tensor as T
    >>> network = CharNetwork(5, "gru", [3], 0, rng=np.random.default_rng(0), dtype="float32")
    >>> scores, states = network.read(T.constant(np.array([[0, 1, 2]])), network.first_states(1))
    >>> scores.eval().shape, [state.eval().shape for state in states]
    ((1, 3, 5), [(1, 3)])
    """

    def __init__(
        self,
        n_characters: int,
        cell: str,
        sizes: Sequence[int],
        embedding: int,
        *,
        rng: np.random.Generator,
        dtype: str,
    ) -> None:
        made: dict[str, Any] = {"rng": rng, "dtype": dtype}
        self.embedding = Embedding(n_characters, embedding, **made) if embedding else None
        self.layers: list[RecurrentLayer] = []
        n_in = embedding or n_characters
        first = dict.fromkeys(("init", "inner_init"), _SMALL if cell == "rnn" else None)
        for number, size in enumerate(sizes, 1):
            self.layers.append(CELLS[cell](n_in, size, name=f"layer{number}", **made | first))
            n_in = size
        self.output = Dense(n_in, n_characters, init=_SMALL, name="output", **made)
        self.dtype = dtype

    @property
    def params(self) -> list[SharedVariable]:
        """Those of the embedding, the layers from the bottom, and the output."""
        embedding = self.embedding.params if self.embedding else []
        layers = [p for layer in self.layers for p in layer.params]
        return embedding + layers + self.output.params

    @property
    def state_sizes(self) -> list[tuple[str, int]]:
        """The name and the size of each state."""
        return [(f"{r.name}.{name}", r.n_out) for r in self.layers for name in r.state_names]

    def first_states(self, batch: int) -> list[Variable]:
        """Return the states of nothing read so far: zeros."""
        return [T.zeros((batch, size), self.dtype) for _, size in self.state_sizes]

    def _of_layers(self, states: Sequence[Variable]) -> list[list[Variable]]:
        rest = list(states)
        return [[rest.pop(0) for _ in layer.state_names] for layer in self.layers]

    def read(self, x: Variable, states: Sequence[Variable]) -> tuple[Variable, list[Variable]]:
        """Read characters x (batch, time) from these states: the scores of what follows each,
        (batch, time, characters), and the states behind the last."""
        signal = self.embedding(x) if self.embedding else x
        last = []
        for layer, first in zip(self.layers, self._of_layers(states), strict=True):
            after = layer.states(signal, first)
            signal = after[0]
            last += [state[:, -1] for state in after]
        return self.output.linear(signal), last

    def step(self, x: Variable, states: Sequence[Variable]) -> tuple[Variable, list[Variable]]:
        """Read one character x (batch,): the scores (batch, characters), the states behind it."""
        signal = self.embedding(x) if self.embedding else x
        last = []
        for layer, before in zip(self.layers, self._of_layers(states), strict=True):
            after = layer.step(layer.project(signal), *before)
            signal = after[0]
            last += after
        return self.output.linear(signal), last

    def write(
        self, start: Variable, length: Variable, temperature: Variable, streams: RandomStreams
    ) -> tuple[Variable, OrderedUpdates]:
        """Write `length` characters, (length,), behind the characters `start` (time,): each is
        drawn from softmax(scores / temperature), at temperature 0 the likeliest taken; then read.

        The updates of the streams belong to `function`.
        """
        scores, states = self.read(start.dimshuffle("x", 0), self.first_states(1))

        def step(scores: Variable, *states: Variable) -> list[Variable]:
            # A draw from a softmax is the greatest of the scores with Gumbel noise (E. Gumbel,
            # 1954); at temperature 0 the noise goes, where a division would not do.
            noise = streams.gumbel(size=scores.shape, dtype=self.dtype)
            chosen = T.argmax(scores + temperature * noise, axis=1)
            following, after = self.step(chosen, states)
            return [chosen, following, *after]

        outputs, updates = scan(
            step,
            outputs_info=[None, scores[:, -1], *states],
            n_steps=length,
            name="write",
            return_list=True,
        )
        return outputs[0][:, 0], updates


def nats(scores: Variable, y: Variable) -> Variable:
    """Return -log of the probability of each character y (batch, time) by its scores: (batch ·
    time,)."""
    flat = scores.reshape((-1, scores.shape[2]))
    return -T.nnet.logsoftmax(flat)[T.arange(y.size), y.flatten()]
