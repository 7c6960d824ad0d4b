"""The restricted Boltzmann machine as expressions (the book, §10.1 and §10.3)."""

from typing import NamedTuple

import numpy as np

import symgraph.tensor as T
from symgraph import OrderedUpdates, RandomStreams, SharedVariable, Variable, reduce
from symgraph.gradient import disconnected_grad

from ..parts.initializers import first_weights, glorot_uniform, zeros


class Chain(NamedTuple):
    """Hold the end of a Gibbs chain; `updates` of its random streams belong to `function`."""

    # The probabilities of the last visible states, those states, and the hidden ones behind them.
    mean: Variable
    visible: Variable
    hidden: Variable
    updates: OrderedUpdates


class Machine:
    """Hold the weights of a restricted Boltzmann machine, and make its expressions.

    Binary units, visible v (batch, n_visible) and hidden h (batch, n_hidden), have the energy E(v,
    h) = -v W hᵀ - v·vbias - h·hbias (the book, §10.1 and §10.3). W (n_visible, n_hidden) is drawn
    uniform on ±4·√(6 / (n_visible + n_hidden)), biases begin at zero; states are drawn by
    `streams`. Visible states between 0 and 1 stand for probabilities.

    >>> import numpy as np, symgraph as sg, symgraph.tensor as T
    >>> machine = Machine(4, 2, rng=np.random.default_rng(0), streams=sg.RandomStreams(0))
    >>> v = T.constant(np.ones((3, 4), "float32"))
    >>> machine.hidden_given(v).eval().shape, machine.free_energy(v).eval().shape
    ((3, 2), (3,))
    """

    def __init__(
        self,
        n_visible: int,
        n_hidden: int,
        *,
        rng: np.random.Generator,
        streams: RandomStreams,
        dtype: str = "float32",
        name: str = "rbm",
    ) -> None:
        self.n_visible, self.n_hidden, self.dtype, self.name = n_visible, n_hidden, dtype, name
        self.streams = streams
        drawn = glorot_uniform(gain=4.0)
        self.W = first_weights(f"{name}.W", drawn, rng, (n_visible, n_hidden), dtype)
        self.hbias = first_weights(f"{name}.hbias", zeros, rng, (n_hidden,), dtype)
        self.vbias = first_weights(f"{name}.vbias", zeros, rng, (n_visible,), dtype)

    @property
    def params(self) -> list[SharedVariable]:
        """[W, hbias, vbias]"""
        return [self.W, self.hbias, self.vbias]

    def free_energy(self, v: Variable) -> Variable:
        """Return F(v) = -v·vbias - Σ_j log(1 + exp(hbias_j + v·W_j)): (batch,); p(v) ∝
        exp(-F(v))."""
        inner = T.dot(v, self.W) + self.hbias
        return -T.dot(v, self.vbias) - T.sum(T.nnet.softplus(inner), axis=1)

    def hidden_given(self, v: Variable) -> Variable:
        """Return p(h = 1 | v): (batch, n_hidden)."""
        return T.nnet.sigmoid(T.dot(v, self.W) + self.hbias)

    def visible_given(self, h: Variable) -> Variable:
        """Return p(v = 1 | h): (batch, n_visible)."""
        return T.nnet.sigmoid(T.dot(h, self.W.T) + self.vbias)

    def draw(self, probability: Variable, streams: RandomStreams | None = None) -> Variable:
        """Return states that are 1 with these probabilities, 0 otherwise."""
        return (streams or self.streams).binomial(
            size=probability.shape, p=probability, dtype=self.dtype
        )

    def chain(
        self, hidden: Variable, n_steps: Variable | int, streams: RandomStreams | None = None
    ) -> Chain:
        """Return the end of a Gibbs chain from hidden states (batch, n_hidden): `n_steps` times, at
        least once, the visible states given the hidden ones are drawn, then the hidden ones given
        those; by `streams`, or the machine's own."""

        def step(number: Variable, mean: Variable, v: Variable, h: Variable) -> list[Variable]:
            mean = self.visible_given(h)
            v = self.draw(mean, streams)
            return [mean, v, self.draw(self.hidden_given(v), streams)]

        # A fold keeps nothing but the last states, however many steps there are.
        nothing = T.zeros((hidden.shape[0], self.n_visible), self.dtype)
        last, updates = reduce(
            step, T.arange(n_steps), [nothing, nothing, hidden], name=f"{self.name} gibbs"
        )
        mean, visible, final = last
        return Chain(mean, visible, final, updates)

    def contrast(self, v: Variable, end: Variable) -> Variable:
        """Return mean F(v) - mean F(end), 0-d, the end of a chain taken as given: its gradient is
        that of contrastive divergence (G. Hinton, Neural Computation 14, 2002) where the chain
        began at v, of its persistent kind (T. Tieleman, ICML 2008) where it goes on from the last
        one."""
        return T.mean(self.free_energy(v)) - T.mean(self.free_energy(disconnected_grad(end)))

    def pseudo_likelihood(self, v: Variable, bit: Variable) -> Variable:
        """Return an estimate, 0-d, of Σ_i log p(v_i | the other units), mean over the batch, from
        unit number `bit` alone: n_visible · log σ(F(v with that bit flipped) - F(v)).

        States are rounded first. Over all bits its mean is exact.
        """
        v = T.round(v)
        flipped = T.set_subtensor(v[:, bit], 1 - v[:, bit])
        gain = self.free_energy(flipped) - self.free_energy(v)
        # log σ(x) = -softplus(-x), which does not overflow.
        return -self.n_visible * T.mean(T.nnet.softplus(-gain))
