"""What the tasks begin with: the same numbers for every peer."""

import numpy as np

FLOAT = "float32"
Data = dict[str, np.ndarray]


def glorot(random: np.random.RandomState, rows: int, columns: int) -> np.ndarray:
    """Uniform weights of Glorot and Bengio (2010), equation 16."""
    bound = np.sqrt(6.0 / (rows + columns))
    return random.uniform(-bound, bound, (rows, columns)).astype(FLOAT)


def normal(*shape: int) -> Data:
    return {"x": np.random.RandomState(0).randn(*shape).astype(FLOAT)}


def factors(extent: int) -> Data:
    """Two square matrices."""
    random = np.random.RandomState(0)
    return {name: random.randn(extent, extent).astype(FLOAT) for name in ("x", "y")}


def images(batch: int) -> Data:
    """What looks like digits of 28 x 28, in ten classes."""
    random = np.random.RandomState(0)
    return {"X": random.rand(batch, 784).astype(FLOAT), "y": random.randint(0, 10, batch)}


def logistic(batch: int) -> Data:
    return images(batch) | {"W": np.zeros((784, 10), FLOAT), "b": np.zeros(10, FLOAT)}


def perceptron(batch: int) -> Data:
    random = np.random.RandomState(1)
    return images(batch) | {
        "W1": glorot(random, 784, 500),
        "b1": np.zeros(500, FLOAT),
        "W2": glorot(random, 500, 10),
        "b2": np.zeros(10, FLOAT),
    }


def vectors(count: int) -> Data:
    random = np.random.RandomState(0)
    return {f"x{number}": random.rand(10).astype(FLOAT) for number in range(count)}


def rows(count: int, width: int, picked: int) -> Data:
    random = np.random.RandomState(0)
    return {
        "x": random.randn(count, width).astype(FLOAT),
        "i": random.randint(0, count, picked),
        "u": random.randn(picked, width).astype(FLOAT),
    }


# The extents of the two recurrent networks.
STEPS, BATCH, COLUMNS, UNITS = 28, 128, 28, 128
LETTERS, CHARACTERS, CELLS = 65, 25, 100


def gated() -> Data:
    """An LSTM that reads pictures row by row, and a layer behind its last state; the gates' columns
    stand in the order i, f, g, o. X: (steps, batch, columns)."""
    random = np.random.RandomState(0)
    return {
        "X": random.rand(STEPS, BATCH, COLUMNS).astype(FLOAT),
        "y": random.randint(0, 10, BATCH),
        "W": glorot(random, COLUMNS, 4 * UNITS),
        "U": glorot(random, UNITS, 4 * UNITS),
        "b": np.zeros(4 * UNITS, FLOAT),
        "V": glorot(random, UNITS, 10),
        "c": np.zeros(10, FLOAT),
    }


def letters() -> Data:
    """A network that reads letters (steps, batch 1) and foretells the next; h: its first state."""
    random = np.random.RandomState(0)

    def small(*shape: int) -> np.ndarray:
        return (random.randn(*shape) * 0.01).astype(FLOAT)

    return {
        "x": random.randint(0, LETTERS, (CHARACTERS, 1)),
        "y": random.randint(0, LETTERS, (CHARACTERS, 1)),
        "h": np.zeros((1, CELLS), FLOAT),
        "W": small(LETTERS, CELLS),
        "U": small(CELLS, CELLS),
        "b": np.zeros(CELLS, FLOAT),
        "V": small(CELLS, LETTERS),
        "c": np.zeros(LETTERS, FLOAT),
    }


def machine() -> Data:
    """A restricted Boltzmann machine; h: the persistent chains' hidden states."""
    random = np.random.RandomState(0)
    return {
        "v": (random.rand(20, 784) > 0.5).astype(FLOAT),
        "h": np.zeros((20, 500), FLOAT),
        "W": glorot(random, 784, 500),
        "vbias": np.zeros(784, FLOAT),
        "hbias": np.zeros(500, FLOAT),
    }


def filters(random: np.random.RandomState, *shape: int) -> np.ndarray:
    """As `glorot`: `shape` is maps, channels, rows, columns."""
    maps, channels, *window = shape
    bound = np.sqrt(6.0 / ((maps + channels) * np.prod(window)))
    return random.uniform(-bound, bound, shape).astype(FLOAT)


def lenet(batch: int) -> Data:
    """Two convolutions 5 x 5 of 20 and 50 maps, each with maxima of 2 x 2, and two dense layers."""
    random = np.random.RandomState(1)
    given = images(batch)
    return {
        "X": given["X"].reshape(batch, 1, 28, 28),
        "y": given["y"],
        "K1": filters(random, 20, 1, 5, 5),
        "a1": np.zeros(20, FLOAT),
        "K2": filters(random, 50, 20, 5, 5),
        "a2": np.zeros(50, FLOAT),
        "W1": glorot(random, 800, 500),
        "b1": np.zeros(500, FLOAT),
        "W2": glorot(random, 500, 10),
        "b2": np.zeros(10, FLOAT),
    }


def maps(channels: int, size: int, batch: int) -> Data:
    """Square maps, and as many filters of 3 x 3."""
    random = np.random.RandomState(0)
    return {
        "x": random.randn(batch, channels, size, size).astype(FLOAT),
        "w": filters(random, channels, channels, 3, 3),
    }
