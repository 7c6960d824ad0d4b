"""Layers: shared weights, and the expression that they make of an input."""

import numpy as np

import symgraph.tensor as T
from symgraph import SharedVariable, Variable, config

from .activations import Activation, activation_named
from .initializers import Initializer, first_weights, glorot_uniform, normal, zeros


class Dense:
    """activation(x · W + b) for x of shape (batch, n_in); W (n_in, n_out), b (n_out,).

    `dtype` is that of the weights, `config.floatX` unless given. The weights are drawn by
    `glorot_uniform` with the activation's gain unless `init` is given; biases begin at zero.
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        activation: str | Activation = "identity",
        *,
        rng: np.random.Generator,
        init: Initializer | None = None,
        bias_init: Initializer = zeros,
        dtype: str | None = None,
        name: str = "dense",
    ) -> None:
        self.activation = (
            activation if isinstance(activation, Activation) else activation_named(activation)
        )
        dtype = dtype or config.floatX
        init = init or glorot_uniform(self.activation.gain)
        self.W = first_weights(f"{name}.W", init, rng, (n_in, n_out), dtype)
        self.b = first_weights(f"{name}.b", bias_init, rng, (n_out,), dtype)

    @property
    def params(self) -> list[SharedVariable]:
        """[W, b]"""
        return [self.W, self.b]

    def linear(self, x: Variable) -> Variable:
        """x · W + b, of shape (batch, n_out)."""
        return T.dot(x, self.W) + self.b

    def __call__(self, x: Variable) -> Variable:
        return self.activation(self.linear(x))


class Embedding:
    """Row i of W (n_words, n_out) for each integer i of x: (*shape of x, n_out).

    Drawn normal with a standard deviation of 0.01 unless `init` is given.
    """

    def __init__(
        self,
        n_words: int,
        n_out: int,
        *,
        rng: np.random.Generator,
        init: Initializer | None = None,
        dtype: str | None = None,
        name: str = "embedding",
    ) -> None:
        dtype = dtype or config.floatX
        self.W = first_weights(f"{name}.W", init or normal(0.01), rng, (n_words, n_out), dtype)

    @property
    def params(self) -> list[SharedVariable]:
        """[W]"""
        return [self.W]

    def __call__(self, x: Variable) -> Variable:
        return self.W[x]
