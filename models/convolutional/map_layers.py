"""Layers over maps (batch, maps, rows, columns), and radial units."""

from collections.abc import Sequence

import numpy as np

import symgraph.tensor as T
from symgraph import SharedVariable, Variable, config

from ..parts.activations import Activation, activation_named
from ..parts.initializers import Initializer, first_weights, uniform, zeros


class Conv2D:
    """Compute activation(W ⋆ x + b) over maps (batch, n_in, rows, columns).

    Each of `n_out` maps is a sum over the `n_in` maps, each seen through windows of its own,
    W (n_out, n_in, *window), not turned around.

    b is one bias a map, or with `positions`, the extents (rows, columns) of the output, one for
    each place of each map. `connections` (n_out, n_in), of bools, tells which maps are looked at:
    all unless given; weights of others stay as they are and count for nothing. `border_mode` is
    that of `T.nnet.conv2d`. Weights are drawn uniform on ±gain·√(6 / (inputs + outputs of a unit)),
    outputs by a quarter of the windows where maps are made half as large afterwards (`pooled`),
    unless `init` is given; biases begin at zero. Raises ValueError for connections of another
    shape, or where a map has none.

    >>> import numpy as np, symgraph.tensor as T
    >>> layer = Conv2D(1, 2, (3, 3), "relu", rng=np.random.default_rng(0), dtype="float64")
    >>> layer(T.constant(np.ones((5, 1, 8, 8)))).eval().shape
    (5, 2, 6, 6)
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        window: tuple[int, int],
        activation: str | Activation = "identity",
        *,
        rng: np.random.Generator,
        border_mode: str | int = "valid",
        positions: tuple[int, int] | None = None,
        connections: np.ndarray | None = None,
        pooled: bool = False,
        init: Initializer | None = None,
        dtype: str | None = None,
        name: str = "conv",
    ) -> None:
        self.activation = (
            activation if isinstance(activation, Activation) else activation_named(activation)
        )
        dtype = dtype or config.floatX
        self.border_mode = border_mode
        self.connections = None
        shape = (n_out, n_in, *window)
        cells = int(np.prod(window))
        inputs: float | np.ndarray = float(n_in * cells)
        if connections is not None:
            if connections.shape != (n_out, n_in) or not connections.any(axis=1).all():
                raise ValueError(
                    f"{name}: connections must be ({n_out}, {n_in}), each map with one at least, "
                    f"not {connections.shape}"
                )
            self.connections = T.constant(connections[:, :, None, None].astype(dtype))
            inputs = cells * connections.sum(axis=1)[:, None, None, None]
        limit = self.activation.gain * np.sqrt(6 / (inputs + n_out * cells / (4 if pooled else 1)))
        # A map's own limit, where the maps have different numbers of inputs.
        init = init or (lambda rng, shape: rng.uniform(-limit, limit, shape))
        self.W = first_weights(f"{name}.W", init, rng, shape, dtype)
        self.b = first_weights(f"{name}.b", zeros, rng, (n_out, *(positions or ())), dtype)

    @property
    def params(self) -> list[SharedVariable]:
        """[W, b]"""
        return [self.W, self.b]

    def convolve(self, x: Variable) -> Variable:
        """Return W ⋆ x: (batch, n_out, rows, columns)."""
        weights = self.W if self.connections is None else self.W * self.connections
        return T.nnet.conv2d(x, weights, border_mode=self.border_mode, filter_flip=False)

    def answer(self, maps: Variable) -> Variable:
        """Return activation(maps + b), for maps that `convolve` gave, or what was pooled of
        them."""
        bias = self.b if self.b.type.ndim == 3 else self.b.dimshuffle(0, "x", "x")
        return self.activation(maps + bias)

    def __call__(self, x: Variable) -> Variable:
        return self.answer(self.convolve(x))


class Subsampling:
    """Compute activation(coefficient · sum of a window of 2 x 2 + b), windows side by side.

    There is one coefficient and one bias a map (Y. LeCun et al., Proceedings of the IEEE 86, 1998,
    layer S2). Coefficients begin at gain / 4 · (1 ± 0.1), biases at zero.

    >>> import numpy as np, symgraph.tensor as T
    >>> from symgraph.models import activations
    >>> tanh = activations.activation_named("tanh")
    >>> layer = Subsampling(2, tanh, rng=np.random.default_rng(0))
    >>> layer(T.constant(np.ones((5, 2, 8, 8), layer.W.type.dtype))).eval().shape
    (5, 2, 4, 4)
    """

    def __init__(
        self,
        n_maps: int,
        activation: Activation,
        *,
        rng: np.random.Generator,
        dtype: str | None = None,
        name: str = "subsampling",
    ) -> None:
        self.activation = activation
        dtype = dtype or config.floatX
        quarter = activation.gain / 4
        drawn = uniform(0.9 * quarter, 1.1 * quarter)
        self.W = first_weights(f"{name}.W", drawn, rng, (n_maps,), dtype)
        self.b = first_weights(f"{name}.b", zeros, rng, (n_maps,), dtype)

    @property
    def params(self) -> list[SharedVariable]:
        """[W, b]"""
        return [self.W, self.b]

    def __call__(self, x: Variable) -> Variable:
        total = T.signal.pool.pool_2d(x, (2, 2), ignore_border=True, mode="sum")
        weights, bias = (p.dimshuffle(0, "x", "x") for p in self.params)
        return self.activation(weights * total + bias)


class Radial:
    """Compute Σ_j (x_j - W_ij)²: the squared distance of x (batch, n_in) from each of some centres.

    The centres W (n_out, n_in) are not learned; the result is (batch, n_out).

    >>> import symgraph.tensor as T
    >>> distances = Radial([[0.0, 0.0], [3.0, 4.0]], "float64")
    >>> distances(T.constant([[0.0, 0.0]])).eval().tolist()
    [[0.0, 25.0]]
    """

    def __init__(self, centres: Sequence[Sequence[float]] | np.ndarray, dtype: str) -> None:
        self.W = T.constant(np.asarray(centres, dtype))

    def __call__(self, x: Variable) -> Variable:
        squares = T.sum(T.sqr(x), axis=1, keepdims=True) + T.sum(T.sqr(self.W), axis=1)
        return squares - 2 * T.dot(x, self.W.T)
