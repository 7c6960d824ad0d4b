"""The parts of a Boltzmann machine that was built: functions that learn, measure and dream."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import symgraph.tensor as T
from symgraph import Function, RandomStreams, Variable, function, shared

from ..estimators.model_parts import ModelParts
from ..estimators.scaling import Scaling
from ..parts.initializers import first_state
from ..parts.noise import states_of
from ..parts.optimizers import sgd
from ..training.checkpoint import Progress
from .machine import Machine


def spreading_stride(n: int) -> int:
    """Return the number next to n divided by the golden ratio that has no divisor in common with n.

    Its multiples modulo n come to all of 0 .. n-1, and any few in succession lie evenly among
    them: the bits of a picture are unlike each other, and epochs that see some of them each can
    be compared.
    """
    wanted = n * (math.sqrt(5) - 1) / 2
    return min((k for k in range(1, n + 1) if math.gcd(k, n) == 1), key=lambda k: abs(k - wanted))


class RBMParts(ModelParts):
    """Hold a machine, and one step of CD-k or PCD-k on the samples numbered `rows`.

    The state of training are its random streams, the persistent chains (batch, n_hidden) if any,
    and whose turn it is of the bits that estimate the pseudo-likelihood.
    """

    def __init__(
        self,
        machine: Machine,
        settings: dict[str, Any],
        seed: int,
        progress: Progress,
    ) -> None:
        self.machine = machine
        self.rows = T.lvector("rows")
        self.samples = shared(np.zeros((0, machine.n_visible), machine.dtype), name="samples")
        v = self.samples[self.rows]
        state = [place := shared(np.int64(0), name="place")]
        if settings["persistent"]:
            size = int(settings["batch_size"]), machine.n_hidden
            state.append(chains := first_state("chains", size, machine.dtype))
        # Of samples by column, the smallest and the extent, where they were not between 0 and 1.
        self.scaling = None
        if settings["scale"]:
            self.scaling = Scaling("samples", (machine.n_visible,), machine.dtype)
            state += self.scaling.state
        start = chains if settings["persistent"] else machine.draw(machine.hidden_given(v))
        chain = machine.chain(start, int(settings["k"]))
        cost = machine.contrast(v, chain.visible)
        self.updates = dict(chain.updates)
        self.updates.update(sgd(cost, machine.params, settings["learning_rate"]))
        self.updates[place] = (place + 1) % machine.n_visible
        if settings["persistent"]:
            self.updates[chains] = chain.hidden
        bit = (place * spreading_stride(machine.n_visible)) % machine.n_visible
        self.cost = -machine.pseudo_likelihood(v, bit)
        state += states_of(machine.streams)
        super().__init__(machine.params, state, settings, seed, progress)
        # Streams of their own: dreams in between do not change what is learned.
        self.dreams = RandomStreams(seed)

    def step(self, X: np.ndarray, mode: str | None) -> Function:
        """Return the function that learns from samples X: of row numbers it gives minus their
        pseudo-likelihood."""
        self.samples.set_value(X, borrow=True)
        return self.compiled(
            "train",
            mode,
            lambda: function(
                [self.rows], [self.cost], updates=self.updates, mode=mode, name="train"
            ),
        )

    def forget_samples(self) -> None:
        """Let go of the samples of the last training; the function that learns is kept."""
        self.samples.set_value(self.samples.get_value(borrow=True)[:0])

    def of_visible(
        self, name: str, expression: Callable[[Variable], Variable], mode: str | None
    ) -> Function:
        """Return an expression of visible states (batch, n_visible) as a function."""
        v = T.matrix("v", dtype=self.machine.dtype)
        return self.compiled(name, mode, lambda: function([v], expression(v), mode=mode, name=name))

    def pseudo_likelihood(self, mode: str | None) -> Function:
        """Return the function that estimates it from visible states and the number of a bit."""
        machine = self.machine
        v, bit = T.matrix("v", dtype=machine.dtype), T.lscalar("bit")
        return self.compiled(
            "score",
            mode,
            lambda: function([v, bit], machine.pseudo_likelihood(v, bit), mode=mode, name="score"),
        )

    def dream(self, mode: str | None) -> Function:
        """Return a function of visible states and a number of Gibbs steps: it gives the
        probabilities at the chains' ends."""
        machine = self.machine

        def make() -> Function:
            v, steps = T.matrix("v", dtype=machine.dtype), T.lscalar("steps")
            first = machine.draw(machine.hidden_given(v), self.dreams)
            chain = machine.chain(first, steps, self.dreams)
            return function([v, steps], chain.mean, updates=chain.updates, mode=mode, name="dream")

        return self.compiled("dream", mode, make)
