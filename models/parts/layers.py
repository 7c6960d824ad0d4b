"""Layers: shared weights, and the expression that they make of an input."""

import numpy as np

import symgraph.tensor as T
from symgraph import SharedVariable, Variable, config

from .activations import Activation, activation_named
from .initializers import Initializer, first_weights, glorot_uniform, normal, zeros


class Dense:
    """Compute activation(x · W + b) for x of shape (batch, n_in); W (n_in, n_out), b (n_out,).

    activation: a name of `ACTIVATIONS`, or an `Activation`. rng: draws the weights. init: their
    distribution, `glorot_uniform` with the activation's gain unless given; biases begin at zero
    unless `bias_init` is given. dtype: that of the weights, `config.floatX` unless given. Raises
    `ParameterError` for an activation that there is not.

    >>> import numpy as np, symgraph.tensor as T
    >>> layer = Dense(3, 2, "relu", rng=np.random.default_rng(0), dtype="float64")
    >>> layer(T.constant(np.ones((5, 3)))).eval().shape
    (5, 2)
    >>> [parameter.name for parameter in layer.params]
    ['dense.W', 'dense.b']
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
        """Return x · W + b, of shape (batch, n_out)."""
        return T.dot(x, self.W) + self.b

    def __call__(self, x: Variable) -> Variable:
        return self.activation(self.linear(x))


class Embedding:
    """Look up row i of W (n_words, n_out) for each integer i of x: (*shape of x, n_out).

    W is drawn normal with a standard deviation of 0.01 unless `init` is given.

    >>> import numpy as np, symgraph.tensor as T
    >>> embedding = Embedding(10, 4, rng=np.random.default_rng(0))
    >>> embedding(T.constant(np.array([[1, 2, 3]]))).eval().shape
    (1, 3, 4)
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
