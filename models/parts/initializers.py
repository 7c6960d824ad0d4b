"""First values of weights. Each takes a generator and a shape and returns float64 values."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from symgraph import SharedVariable, shared

from ..errors import ParameterError
from ..limits import MAX_STATE

Initializer = Callable[[np.random.Generator, Sequence[int]], np.ndarray]

Shapes = Mapping[str, tuple[int, ...]]
_KNOWN: ContextVar[Shapes | None] = ContextVar("known_shapes", default=None)


@contextmanager
def shapes_known(shapes: Shapes) -> Iterator[None]:
    """Refuse, within the block, weights of other names and shapes than these.

    What a file holds bounds the memory that is taken for it. Raises `ParameterError` in
    `first_weights`.

    >>> rng = np.random.default_rng(0)
    >>> with shapes_known({"W": (2, 3)}):
    ...     first_weights("W", zeros, rng, (2, 3), "float32").get_value().shape
    (2, 3)
    """
    token = _KNOWN.set(shapes)
    try:
        yield
    finally:
        _KNOWN.reset(token)


def first_weights(
    name: str, init: Initializer, rng: np.random.Generator, shape: Sequence[int], dtype: str
) -> SharedVariable:
    """Return a shared variable of this name with first values by `init`.

    Raises `ParameterError` where `shapes_known` forbids it.

    >>> W = first_weights("W", uniform(-1, 1), np.random.default_rng(0), (2, 3), "float32")
    >>> W.name, W.get_value().shape, str(W.get_value().dtype)
    ('W', (2, 3), 'float32')
    """
    known = _KNOWN.get()
    if known is not None:
        if name not in known:
            raise ParameterError(f"the weights {name} are missing")
        if known[name] != tuple(shape):
            raise ParameterError(
                f"the weights {name} are of shape {known[name]}, where this network has "
                f"{tuple(shape)}"
            )
    return shared(init(rng, shape).astype(dtype), name=name)


def first_state(name: str, shape: Sequence[int], dtype: str) -> SharedVariable:
    """Return a shared variable of zeros that training changes, of a shape that settings decide.

    Raises `ParameterError` where a file is read and it would take too much memory.

    >>> first_state("velocity", (2,), "float64").get_value().tolist()
    [0.0, 0.0]
    """
    size = math.prod(shape)
    if _KNOWN.get() is not None and size > MAX_STATE:
        raise ParameterError(f"the state {name} would be of shape {tuple(shape)}, {size:,} numbers")
    return shared(np.zeros(shape, dtype), name=name)


def zeros(rng: np.random.Generator, shape: Sequence[int]) -> np.ndarray:
    """Return zeros: right for biases, and for layers nothing of which is alike but by chance.

    >>> zeros(np.random.default_rng(0), (2, 2)).tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    return np.zeros(shape)


def uniform(low: float = -0.1, high: float = 0.1) -> Initializer:
    """Draw uniformly on [low, high).

    >>> values = uniform(-0.5, 0.5)(np.random.default_rng(0), (100, 10))
    >>> bool(values.min() >= -0.5), bool(values.max() < 0.5)
    (True, True)
    """
    return lambda rng, shape: rng.uniform(low, high, shape)


def normal(std: float = 0.1) -> Initializer:
    """Draw from the normal distribution with mean 0 and standard deviation `std`.

    >>> values = normal(0.1)(np.random.default_rng(0), (100, 100))
    >>> round(float(values.std()), 2)
    0.1
    """
    return lambda rng, shape: rng.normal(0.0, std, shape)


def truncated_normal(std: float = 0.1) -> Initializer:
    """Draw from the normal distribution with standard deviation `std`, anew beyond two of them.

    >>> values = truncated_normal(0.1)(np.random.default_rng(0), (100, 10))
    >>> bool(np.abs(values).max() <= 0.2)
    True
    """

    def draw(rng: np.random.Generator, shape: Sequence[int]) -> np.ndarray:
        values = rng.normal(0.0, std, shape)
        while (far := np.abs(values) > 2 * std).any():
            values[far] = rng.normal(0.0, std, int(far.sum()))
        return values

    return draw


def glorot_uniform(gain: float = 1.0) -> Initializer:
    """Draw uniformly on ±gain·√(6 / (inputs + outputs)); the gain is 4 before a sigmoid.

    Source: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward
    neural networks", AISTATS 2010.

    >>> values = glorot_uniform()(np.random.default_rng(0), (2, 4))
    >>> bool(np.abs(values).max() <= 1.0)
    True
    """

    def draw(rng: np.random.Generator, shape: Sequence[int]) -> np.ndarray:
        limit = gain * np.sqrt(6.0 / (shape[0] + shape[1]))
        return rng.uniform(-limit, limit, shape)

    return draw


def orthogonal(rng: np.random.Generator, shape: Sequence[int]) -> np.ndarray:
    """Draw orthonormal columns, or rows where there are fewer of them, uniform among all such.

    Source: A. Saxe, J. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks", ICLR 2014.

    >>> U = orthogonal(np.random.default_rng(0), (3, 2))
    >>> bool(np.allclose(U.T @ U, np.eye(2)))
    True
    """
    rows, columns = shape
    basis, triangle = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    # The signs that make the decomposition unique, and so the draw uniform.
    basis = basis * np.sign(np.diagonal(triangle))
    return basis if rows >= columns else basis.T


def by_blocks(init: Initializer, width: int) -> Initializer:
    """Draw by `init` for each block of `width` columns on its own: the gates of a recurrent layer.

    >>> U = by_blocks(orthogonal, 2)(np.random.default_rng(0), (2, 4))
    >>> bool(np.allclose(U[:, :2].T @ U[:, :2], np.eye(2)))
    True
    """

    def draw(rng: np.random.Generator, shape: Sequence[int]) -> np.ndarray:
        rows, columns = shape
        return np.hstack([init(rng, (rows, width)) for _ in range(columns // width)])

    return draw
