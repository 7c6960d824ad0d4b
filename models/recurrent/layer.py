"""What recurrent layers have in common: weights by gates, one scan over time, masks."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

import symgraph.tensor as T
from symgraph import SharedVariable, Variable, config, scan

from ..parts.initializers import (
    Initializer,
    by_blocks,
    first_weights,
    glorot_uniform,
    orthogonal,
    zeros,
)


class RecurrentLayer:
    """Run `step` over time: the base class of recurrent layers.

    x is (batch, time, n_in); every state is (batch, n_out), the first one, the output, comes from
    all steps as (batch, time, n_out). W (n_in, gates · n_out) and U (n_out, gates · n_out) hold the
    weights of the gates side by side, b (gates · n_out,) their biases. `dtype` is that of the
    weights, `config.floatX` unless given. Each gate's W is drawn by `init` (Glorot), its U by
    `inner_init` (orthogonal). A subclass names its `gates` and says what a `step` does.

    >>> import numpy as np, symgraph.tensor as T
    >>> class Sum(RecurrentLayer):
    ...     gates = 1
    ...
    ...     def step(self, projected, *states):
    ...         return [projected + states[0]]
    >>> layer = Sum(1, 1, rng=np.random.default_rng(0), init=lambda rng, shape: np.ones(shape))
    >>> x = T.constant(np.array([[[1.0], [2.0], [3.0]]], layer.dtype))
    >>> layer(x).eval().ravel().tolist()
    [1.0, 3.0, 6.0]
    """

    gates: ClassVar[int]
    # The first is the output.
    state_names: ClassVar[tuple[str, ...]] = ("h",)

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        rng: np.random.Generator,
        init: Initializer | None = None,
        inner_init: Initializer | None = None,
        bias_init: Initializer = zeros,
        dtype: str | None = None,
        name: str = "recurrent",
    ) -> None:
        self.n_in, self.n_out, self.name = n_in, n_out, name
        self.dtype = dtype or config.floatX
        wide = self.gates * n_out
        self.W = self._weights("W", by_blocks(init or glorot_uniform(), n_out), (n_in, wide), rng)
        self.U = self._weights("U", by_blocks(inner_init or orthogonal, n_out), (n_out, wide), rng)
        self.b = self._weights("b", bias_init, (wide,), rng)

    def _weights(
        self, name: str, init: Initializer, shape: Sequence[int], rng: np.random.Generator
    ) -> SharedVariable:
        return first_weights(f"{self.name}.{name}", init, rng, shape, self.dtype)

    @property
    def params(self) -> list[SharedVariable]:
        """[W, U, b]"""
        return [self.W, self.U, self.b]

    def project(self, x: Variable) -> Variable:
        """Return x · W + b, for x of shape (..., n_in). Integers x of any shape stand for as many
        vectors that are 1 at that place and 0 elsewhere: a product with one of them is a row of W.
        """
        product = self.W[x] if np.dtype(x.type.dtype).kind in "iu" else T.dot(x, self.W)
        return product + self.b

    def step(self, projected: Variable, *states: Variable) -> list[Variable]:
        """Return the next states from x · W + b of one step, (batch, gates · n_out), and the
        states."""
        raise NotImplementedError

    def part(self, gates: Variable, number: int) -> Variable:
        """Return the columns of one gate: (batch, n_out) of (batch, gates · n_out)."""
        return gates[:, number * self.n_out : (number + 1) * self.n_out]

    def states(
        self,
        x: Variable,
        initial: Sequence[Variable] | None = None,
        mask: Variable | None = None,
        go_backwards: bool = False,
    ) -> list[Variable]:
        """Return all states behind every step, each (batch, time, n_out), at the place of the entry
        that the step read. x is (batch, time, n_in), or (batch, time) of integers (see `project`).

        `initial` holds the states before the first step, as `state_names` lists them, each
        (batch, n_out); zero by default. Where `mask` (batch, time) is zero an entry is passed
        over: the states stay what they were. `go_backwards` reads from the last entry to the
        first. Raises TypeError where x or mask have other axes, ValueError for another number of
        states or where x is known to have another number of features.
        """
        self._check(x, mask)
        if initial is None:
            initial = [T.zeros((x.shape[0], self.n_out), self.dtype)] * len(self.state_names)
        elif len(initial) != len(self.state_names):
            raise ValueError(
                f"{self.name}: initial must hold {len(self.state_names)} states "
                f"({', '.join(self.state_names)}), not {len(initial)}"
            )
        # One product for all steps, before the loop.
        sequences = [self.project(x).dimshuffle(1, 0, 2)]
        if mask is not None:
            sequences.append(T.neq(mask, 0).dimshuffle(1, 0, "x"))
        outputs, _ = scan(
            self._step if mask is None else self._masked_step,
            sequences,
            list(initial),
            go_backwards=go_backwards,
            name=self.name,
            return_list=True,
        )
        # A scan stacks in the order of its steps.
        ordered = [output[::-1] if go_backwards else output for output in outputs]
        return [output.dimshuffle(1, 0, 2) for output in ordered]

    def _check(self, x: Variable, mask: Variable | None) -> None:
        whole = np.dtype(x.type.dtype).kind in "iu"
        if x.type.ndim != (2 if whole else 3):
            raise TypeError(
                f"{self.name}: x is (batch, time, {self.n_in}), or (batch, time) of integers; not"
                f" {x} ({x.type})"
            )
        if not whole and x.type.shape[2] not in (None, self.n_in):
            raise ValueError(f"{self.name}: x has {self.n_in} features; not {x} ({x.type})")
        if mask is not None and mask.type.ndim != 2:
            raise TypeError(f"{self.name}: mask is (batch, time); not {mask} ({mask.type})")

    def _step(self, projected: Variable, *states: Variable) -> list[Variable]:
        return self.step(projected, *states)

    def _masked_step(
        self, projected: Variable, present: Variable, *states: Variable
    ) -> list[Variable]:
        after = self.step(projected, *states)
        return [T.switch(present, new, old) for new, old in zip(after, states, strict=True)]

    def __call__(
        self,
        x: Variable,
        initial: Sequence[Variable] | None = None,
        mask: Variable | None = None,
        go_backwards: bool = False,
    ) -> Variable:
        """Return the outputs of all steps, (batch, time, n_out); arguments as for `states`."""
        return self.states(x, initial, mask, go_backwards)[0]
