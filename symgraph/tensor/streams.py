"""Streams of random numbers: their seeds, their states, and what a draw adds to them."""

import os
from typing import Any

import numpy as np

from symgraph.graph import Container, SharedVariable, Variable, ancestors
from symgraph.ops.philox import key_of, split_key
from symgraph.ops.random import STATE, RandomOp, is_stream


class Streams:
    """The random variables made from one seed, each with a stream of its own.

    `seed` is an integer from 0 up, of any size; with None every object gets another. The n-th
    variable drawn has the n-th of the keys that the seed's key splits into, so the streams are
    independent, and a program with the same seed draws the same numbers, on any number of threads.

    Each variable drawn depends on a shared variable, the state of its stream, whose
    `default_update` moves the stream on: so every call of a function draws new numbers, unless it
    was made with `no_default_updates`. Functions that use one variable share its stream. The state
    of the stream of a variable `x` is `x.rng`: it can be read by `get_value` and set.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.state_updates: list[tuple[SharedVariable, Variable]] = []
        self._key = _first_key(seed)
        self.default_instance_seed = seed

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.state_updates)} streams)"

    def seed(self, seed: int | None = None) -> None:
        """Start all streams anew, as if they had been made with this seed.

        seed: an integer from 0 up; None for the seed that this object was made with.
        Returns nothing. Raises TypeError and ValueError for what is no seed.

        >>> rng = sg.RandomStreams(1)
        >>> x = rng.uniform()
        >>> first = x.eval()
        >>> rng.seed(1)
        >>> bool(x.eval() == first)
        True
        """
        self._key = _first_key(self.default_instance_seed if seed is None else seed)
        for number, (state, _) in enumerate(self.state_updates):
            state.set_value(_start(self._key, number))

    def updates(self) -> list[tuple[SharedVariable, Variable]]:
        """Return the state of each stream with what a draw makes of it.

        Returns pairs for the `updates` of a function made with `no_default_updates`.

        >>> rng = sg.RandomStreams(1)
        >>> x = rng.uniform()
        >>> len(rng.updates())
        1
        """
        return list(self.state_updates)

    def get_state(self) -> dict[str, Any]:
        """Return all that the next numbers depend on: the key, and the state of each stream.

        Returns a dict for `set_state`, which can be pickled.

        >>> sorted(sg.RandomStreams(1).get_state())
        ['key', 'states']
        """
        return {
            "key": self._key,
            "states": [state.get_value() for state, _ in self.state_updates],
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to a state that `get_state` returned.

        state: of an object with as many streams. Raises ValueError where there are others.

        >>> rng = sg.RandomStreams(1)
        >>> x, state = rng.uniform(), rng.get_state()
        >>> first = x.eval()
        >>> rng.set_state(state)
        >>> bool(x.eval() == first)
        True
        """
        states = state["states"]
        if len(states) != len(self.state_updates):
            raise ValueError(
                f"set_state: {len(states)} states for {len(self.state_updates)} streams"
            )
        self._key = state["key"]
        for (variable, _), value in zip(self.state_updates, states, strict=True):
            variable.set_value(value)

    def __getitem__(self, state: SharedVariable) -> Any:
        """Return the value of the state of one of the streams, such as `x.rng` of what was drawn.

        Raises KeyError for what is none of them."""
        return self._own(state).get_value()

    def __setitem__(self, state: SharedVariable, value: Any) -> None:
        self._own(state).set_value(value)

    def _own(self, state: Any) -> SharedVariable:
        for variable, _ in self.state_updates:
            if variable is state:
                return variable
        raise KeyError(f"{state} is the state of none of the {len(self.state_updates)} streams")

    def draw(self, op: RandomOp, *inputs: Variable) -> Variable:
        """Draw numbers from a new stream, by an op of `symgraph.ops.random`.

        op: takes the state of a stream and then the inputs.
        inputs: the parameters and extents of the draw.
        Returns the numbers, whose stream every function that needs them moves on.

        >>> from symgraph.ops.random import Draw
        >>> sg.RandomStreams(1).draw(Draw("uniform", "float64"), T.constant(3)).eval().shape
        (3,)
        """
        state = SharedVariable(
            STATE, Container(_start(self._key, len(self.state_updates))), strict=True
        )
        following, numbers = op(state, *inputs)
        state.default_update = following
        self.state_updates.append((state, following))
        return numbers


def _first_key(seed: int | None) -> int:
    return int.from_bytes(os.urandom(8), "little") if seed is None else key_of(seed)


def _start(key: int, number: int) -> np.ndarray:
    return np.array([split_key(key, number), 0], "uint64")


def stream_of(variable: Variable) -> SharedVariable:
    """The state of the one stream that a variable is drawn from. Raises AttributeError."""
    states = [v for v in ancestors([variable]) if is_stream(v)]
    if len(states) != 1:
        raise AttributeError(f"{variable} is drawn from {len(states)} random streams, not one")
    return states[0]  # type: ignore[return-value]
