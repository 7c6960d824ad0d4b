"""Small networks whose layers go block by block, drawn."""

from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T

ACTIVATIONS = {"tanh": T.tanh, "relu": T.nnet.relu, "sigmoid": T.nnet.sigmoid, "none": lambda x: x}


class Net(NamedTuple):
    """Inputs and their values, and what is computed of them."""

    inputs: list[Any]
    outputs: list[Any]
    values: list[np.ndarray]


class _Drawing:
    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.dtype = draw(st.sampled_from(["float32", "float64"]))
        self.rng = np.random.default_rng(draw(st.integers(0, 99)))
        self.inputs: list[Any] = []
        self.values: list[np.ndarray] = []
        self.parameters: list[Any] = []

    def array(self, *shape: int) -> np.ndarray:
        return self.rng.normal(size=shape).astype(self.dtype)

    def input(self, *shape: int, known: bool = False) -> Any:
        type = T.TensorType(self.dtype, shape if known else (None,) * len(shape))
        self.inputs.append(type(f"x{len(self.inputs)}"))
        self.values.append(self.array(*shape))
        return self.inputs[-1]

    def parameter(self, *shape: int, scale: float = 0.1) -> Any:
        value = (self.array(*shape) * scale).astype(self.dtype)
        self.parameters.append(sg.shared(value, f"p{len(self.parameters)}"))
        return self.parameters[-1]

    def activation(self, x: Any) -> Any:
        return ACTIVATIONS[self.draw(st.sampled_from(sorted(ACTIVATIONS)))](x)

    def net(self, top: Any) -> Net:
        """The network, with derivatives by its parameters or without."""
        outputs = [top]
        if self.draw(st.booleans()):
            outputs += T.grad((top**2).sum(), [*self.parameters, self.inputs[0]])
        return Net(self.inputs, outputs, self.values)


@st.composite
def dense(draw: st.DrawFn) -> Net:
    """Layers of products with something before and behind them."""
    d = _Drawing(draw)
    rows = draw(st.sampled_from([0, 1, 23, 95, 97, 200, 257]))
    width = draw(st.sampled_from([3, 16, 65]))
    x = h = d.input(rows, width, known=draw(st.booleans()))
    for _ in range(draw(st.integers(1, 2))):
        if draw(st.booleans()):
            h = h * d.input(rows, width)
        columns = draw(st.sampled_from([1, 10, 64, 128, 150, 257]))
        product = T.dot(h, d.parameter(width, columns))
        if draw(st.booleans()):
            product = product + d.parameter(columns)
        if draw(st.booleans()):
            product = product - d.input(rows, columns)
        h, width = d.activation(product), columns
        if draw(st.integers(0, 3)) == 0:
            h = T.nnet.softmax(h)
    if draw(st.booleans()):
        h = h.sum(axis=draw(st.sampled_from([0, 1])))
    assert x in d.inputs
    return d.net(h)


@st.composite
def images(draw: st.DrawFn) -> Net:
    """Convolutions with pooling, bias and activation behind them."""
    d = _Drawing(draw)
    count = draw(st.sampled_from([0, 1, 2, 9, 33, 64]))
    channels, height, width = draw(st.integers(1, 3)), *(draw(st.integers(8, 15)) for _ in "yx")
    x = d.input(count, channels, height, width, known=draw(st.booleans()))
    for _ in range(draw(st.integers(1, 2))):
        maps, taps = draw(st.integers(1, 9)), draw(st.sampled_from([1, 2, 3, 5]))
        mode = draw(st.sampled_from(["valid", "half"]))
        x = T.nnet.conv2d(x, d.parameter(maps, channels, taps, taps), border_mode=mode)
        channels = maps
        size = height = height - (taps - 1 if mode == "valid" else 1 - taps % 2)
        width = width - (taps - 1 if mode == "valid" else 1 - taps % 2)
        if draw(st.booleans()) and min(size, width) >= 2:
            x = T.signal.pool.pool_2d(x, (2, 2), ignore_border=True)
            height, width = height // 2, width // 2
        if draw(st.booleans()):
            x = x + d.parameter(maps).dimshuffle("x", 0, "x", "x")
        x = d.activation(x)
        if min(height, width) < 6:
            break
    return d.net(x.flatten(2) if draw(st.booleans()) else x)
