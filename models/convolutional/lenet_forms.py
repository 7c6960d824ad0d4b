"""LeNet in three forms, as expressions."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import symgraph.tensor as T
from symgraph import RandomStreams, SharedVariable, Variable

from ..parts.activations import Activation
from ..parts.initializers import truncated_normal
from ..parts.layers import Dense
from ..parts.noise import dropped_out
from .map_layers import Conv2D, Radial, Subsampling


class LeNetOutputs(NamedTuple):
    """Hold what a form makes of pictures: scores of the classes (batch, classes), greater for
    likelier ones; what its layers of maps answer; the parameters; and the weights that are
    penalised.

    `noisy` are the scores while training where that differs, `radial` whether scores are minus
    squared distances.
    """

    scores: Variable
    maps: list[Variable]
    parameters: list[SharedVariable]
    weights: list[SharedVariable]
    noisy: Variable | None = None
    radial: bool = False


# LeCun's squashing function, of amplitude A and slope S: fixed points at ±1.
SQUASH = Activation("squash", lambda x: 1.7159 * T.tanh(2 / 3 * x))

# Table I of the paper: the maps of S2 that each map of C3 looks at.
_CONTIGUOUS = [{(first + k) % 6 for k in range(count)} for count in (3, 4) for first in range(6)]
_OTHERS = [{0, 1, 3, 4}, {1, 2, 4, 5}, {0, 2, 3, 5}, set(range(6))]
TABLE = np.array([[m in seen for m in range(6)] for seen in _CONTIGUOUS + _OTHERS])


def _pool(x: Variable) -> Variable:
    return T.signal.pool.pool_2d(x, (2, 2), ignore_border=True)


def tutorial(
    x: Variable,
    shape: tuple[int, int, int],
    n_classes: int,
    maps: Sequence[int],
    n_hidden: int,
    rng: np.random.Generator,
    dtype: str,
) -> LeNetOutputs:
    """Make twice 5 x 5 windows, the largest of 2 x 2, tanh; then tanh units and a softmax: the
    network of the deep learning tutorials (20 and 50 maps, 500 units)."""
    (before, rows, columns), signal = shape, x
    layers, answers = [], []
    for number, n_maps in enumerate(maps, 1):
        layer = Conv2D(
            *(before, n_maps, (5, 5), "tanh"),
            rng=rng,
            pooled=True,
            dtype=dtype,
            name=f"conv{number}",
        )
        # The bias and tanh, which rise, may as well follow the maximum.
        signal = layer.answer(_pool(layer.convolve(signal)))
        layers.append(layer)
        answers.append(signal)
        rows, columns, before = (rows - 4) // 2, (columns - 4) // 2, n_maps
    hidden = Dense(before * rows * columns, n_hidden, "tanh", rng=rng, dtype=dtype, name="hidden")
    output = Dense(n_hidden, n_classes, rng=rng, dtype=dtype, name="output")
    scores = output.linear(hidden(signal.flatten(2)))
    parts: list[Any] = [*layers, hidden, output]
    return LeNetOutputs(
        scores, answers, [p for part in parts for p in part.params], [part.W for part in parts]
    )


def book(
    x: Variable,
    shape: tuple[int, int, int],
    n_classes: int,
    maps: Sequence[int],
    n_hidden: int,
    rng: np.random.Generator,
    dtype: str,
    dropout: float,
    streams: RandomStreams,
) -> LeNetOutputs:
    """Make the network of the book's §5.2: 6 maps of 5 x 5 windows with a border, 16 without, 120
    of all that is left, 84 units; rectifiers, the largest of 2 x 2 in between, a bias for every
    place of every map."""
    channels, rows, columns = shape
    made: dict[str, Any] = {"rng": rng, "dtype": dtype, "init": truncated_normal(0.1)}
    first = Conv2D(
        *(channels, maps[0], (5, 5), "relu"),
        border_mode="half",
        positions=(rows, columns),
        name="conv1",
        **made,
    )
    rows, columns = rows // 2 - 4, columns // 2 - 4
    second = Conv2D(
        maps[0], maps[1], (5, 5), "relu", positions=(rows, columns), name="conv2", **made
    )
    rows, columns = rows // 2, columns // 2
    third = Conv2D(
        maps[1], maps[2], (rows, columns), "relu", positions=(1, 1), name="conv3", **made
    )
    hidden = Dense(maps[2], n_hidden, "relu", name="hidden", **made)
    output = Dense(n_hidden, n_classes, name="output", **made)
    one = first(x)
    two = second(_pool(one))
    three = third(_pool(two)).flatten(2)

    def rest(thinned: bool) -> Variable:
        left_out = dropout if thinned else 0.0
        signal = hidden(dropped_out(three, left_out, streams))
        return output.linear(dropped_out(signal, left_out, streams))

    parts: list[Any] = [first, second, third, hidden, output]
    return LeNetOutputs(
        rest(thinned=False),
        [one, two],
        [p for part in parts for p in part.params],
        [part.W for part in parts],
        rest(thinned=True) if dropout else None,
    )


def original(
    x: Variable,
    shape: tuple[int, int, int],
    n_classes: int,
    maps: Sequence[int],
    n_hidden: int,
    rng: np.random.Generator,
    dtype: str,
) -> LeNetOutputs:
    """Make LeNet-5 as it was published (Y. LeCun et al., Proceedings of the IEEE 86, 1998): a frame
    of two pixels, 6 maps, subsampling that is learned, 16 maps that see some of the 6, 120, 84
    units, and radial units around codes of ±1, which are drawn."""
    _, rows, columns = shape
    made: dict[str, Any] = {"rng": rng, "dtype": dtype}
    # White is -0.1 and black 1.175; so is the frame white.
    background = T.alloc(np.asarray(-0.1, dtype), x.shape[0], 1, rows + 4, columns + 4)
    framed = T.set_subtensor(background[:, :, 2:-2, 2:-2], 1.275 * x - 0.1)
    c1 = Conv2D(1, maps[0], (5, 5), SQUASH, name="c1", **made)
    s2 = Subsampling(maps[0], SQUASH, name="s2", **made)
    c3 = Conv2D(maps[0], maps[1], (5, 5), SQUASH, connections=TABLE, name="c3", **made)
    s4 = Subsampling(maps[1], SQUASH, name="s4", **made)
    left = (rows // 2 - 4) // 2, (columns // 2 - 4) // 2
    c5 = Conv2D(maps[1], maps[2], left, SQUASH, name="c5", **made)
    f6 = Dense(maps[2], n_hidden, SQUASH, name="f6", **made)
    # The same for every network, as they are not kept with what is learned.
    codes = np.random.default_rng(1998).choice([-1.0, 1.0], (n_classes, n_hidden))
    one = c1(framed)
    two = c3(s2(one))
    distances = Radial(codes, dtype)(f6(c5(s4(two)).flatten(2)))
    parts: list[Any] = [c1, s2, c3, s4, c5, f6]
    return LeNetOutputs(
        -distances,
        [one, two],
        [p for part in parts for p in part.params],
        [c1.W, c3.W, c5.W, f6.W],
        radial=True,
    )
