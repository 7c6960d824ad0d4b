"""The parts of a language model that was built: functions that learn, measure and write."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import symgraph.tensor as T
from symgraph import Function, RandomStreams, SharedVariable, Variable, function, shared

from ..estimators.model_parts import ModelParts
from ..parts.initializers import first_state
from ..parts.optimizers import Updates
from ..training.checkpoint import Progress
from .network import CharNetwork, nats

# Characters read by one call where nothing is learned.
_READ_AT_ONCE = 2000


class CharParts(ModelParts):
    """Hold a network, its updates, and the functions that learn, measure and write."""

    def __init__(
        self,
        network: CharNetwork,
        optimizer: Callable[[Variable, Sequence[SharedVariable]], Updates],
        settings: dict[str, Any],
        seed: int,
        progress: Progress,
    ) -> None:
        dtype, (batch, time_steps) = network.dtype, _shape(settings)
        # Where a step of learning begins to read: behind the last one.
        self.carried = [
            first_state(f"carried.{name}", (batch, size), dtype)
            for name, size in network.state_sizes
        ]
        self.windows = shared(np.zeros((0, batch, time_steps + 1), np.int32), name="windows")
        self.number = T.lvector("number")
        i = self.number[0]
        window = self.windows[i]
        # An epoch begins with the text.
        first = [T.switch(T.eq(i, 0), T.zeros_like(h), h) for h in self.carried]
        scores, self.last = network.read(window[:, :-1], first)
        self.cost = T.mean(nats(scores, window[:, 1:]))
        self.updates: Updates = optimizer(self.cost, network.params)
        state = [v for v, _ in self.updates if v not in set(network.params)]
        super().__init__(network.params, state, settings, seed, progress)
        self.network = network
        self.streams = RandomStreams(seed)

    def step(self, windows: np.ndarray, mode: str | None) -> Function:
        """Return the function that learns from the window of a number: it gives nats and bits a
        character."""
        self.windows.set_value(windows, borrow=True)
        cost, updates = self.cost, [*self.updates, *zip(self.carried, self.last, strict=True)]
        return self.compiled(
            "train",
            mode,
            lambda: function(
                [self.number], [cost, bits(cost)], updates=updates, mode=mode, name="train"
            ),
        )

    def forget_text(self) -> None:
        """Let go of the windows of the last training; the function that learns is kept."""
        self.windows.set_value(self.windows.get_value(borrow=True)[:0])

    def measure(self, codes: np.ndarray, mode: str | None) -> float:
        """Return nats a character, mean over all but the first of the characters."""
        network = self.network

        def make() -> Function:
            x, y = T.imatrix("x"), T.imatrix("y")
            first = [T.matrix(name, dtype=network.dtype) for name, _ in network.state_sizes]
            scores, last = network.read(x, first)
            total = T.sum(nats(scores, y), dtype="float64")
            return function([x, y, *first], [total, *last], mode=mode, name="measure")

        call = self.compiled("measure", mode, make)
        states = [np.zeros((1, size), network.dtype) for _, size in network.state_sizes]
        total = 0.0
        for start in range(0, len(codes) - 1, _READ_AT_ONCE):
            piece = codes[np.newaxis, start : start + _READ_AT_ONCE + 1]
            value, *states = call(piece[:, :-1], piece[:, 1:], *states)
            total += float(value)
        return total / (len(codes) - 1)

    def write(self, mode: str | None) -> Function:
        """Return the function that writes a number of characters behind others, at a
        temperature."""

        def make() -> Function:
            start, length = T.ivector("start"), T.lscalar("length")
            temperature = T.scalar("temperature", dtype=self.network.dtype)
            written, updates = self.network.write(start, length, temperature, self.streams)
            return function(
                [start, length, temperature], written, updates=updates, mode=mode, name="write"
            )

        return self.compiled("write", mode, make)


def _shape(settings: dict[str, Any]) -> tuple[int, int]:
    return int(settings["batch_size"]), int(settings["sequence_length"])


def bits(nats: Any) -> Any:
    """Return nats in bits: a number, or an expression."""
    return nats / math.log(2)


def windows(codes: np.ndarray, steps: int, batch: int, length: int) -> np.ndarray:
    """Return what each step reads, and one character more: (steps, batch, length + 1)."""
    rows = steps * int(length) * np.arange(int(batch))[:, np.newaxis]
    starts = int(length) * np.arange(steps)[:, np.newaxis, np.newaxis] + rows
    return codes[starts + np.arange(int(length) + 1)]
