"""symgraph."""

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.data import Data
from benchmarks.tasks import BETAS, CLIP, GIBBS, GUARD, L2, RATES, Run

sg: Any = None
T: Any = None


def prepare(variant: str, threads: int, cache: str) -> None:
    """Before the import. `cache`: a folder for compiled code."""
    os.environ["SYMGRAPH_FLAGS"] = f"floatX=float32,threads={threads},compiledir={cache}"


def load() -> str:
    """Import it; its version."""
    global sg, T
    sg = import_module("symgraph")
    T = import_module("symgraph.tensor")
    return sg.__version__


def build(kind: str, data: Data) -> Run:
    return BUILDERS[kind](data)


def _pure(inputs: list[Any], outputs: list[Any], *values: np.ndarray) -> Run:
    f = sg.function(inputs, outputs)
    return Run(lambda: f(*values), list, f)


def elementwise(data: Data) -> Run:
    x = T.vector("x")
    return _pure([x], [T.exp(-(x**2)) * T.tanh(x) + T.log1p(x * x)], data["x"])


def elementwise_gradient(data: Data) -> Run:
    x = T.vector("x")
    total = (T.exp(-(x**2)) * T.tanh(x) + T.log1p(x * x)).sum()
    return _pure([x], [total, sg.grad(total, x)], data["x"])


def _cross_entropy(scores: Any, y: Any) -> Any:
    return -T.mean(T.log(T.nnet.softmax(scores))[T.arange(y.shape[0]), y])


def _descent(cost: Any, parameters: list[Any], rate: float, inputs: list[Any], data: Data) -> Run:
    gradients = T.grad(cost, parameters)
    changes = [(p, p - np.float32(rate) * g) for p, g in zip(parameters, gradients, strict=True)]
    f = sg.function(inputs, cost, updates=changes)
    X, y = data["X"], data["y"]
    return Run(lambda: f(X, y), lambda cost: [cost], f)


def logistic(data: Data) -> Run:
    X, y = T.matrix("X"), T.lvector("y")
    W, b = sg.shared(data["W"], "W"), sg.shared(data["b"], "b")
    cost = _cross_entropy(T.dot(X, W) + b, y)
    return _descent(cost, [W, b], RATES["logistic"], [X, y], data)


def perceptron(data: Data) -> Run:
    X, y = T.matrix("X"), T.lvector("y")
    W1, b1, W2, b2 = (sg.shared(data[name], name) for name in ("W1", "b1", "W2", "b2"))
    h = T.tanh(T.dot(X, W1) + b1)
    cost = _cross_entropy(T.dot(h, W2) + b2, y)
    cost = cost + np.float32(L2) * ((W1**2).sum() + (W2**2).sum())
    return _descent(cost, [W1, b1, W2, b2], RATES["perceptron"], [X, y], data)


def _zeros(p: Any) -> Any:
    return sg.shared(np.zeros_like(p.get_value()))


def gated(data: Data) -> Run:
    X, y = T.tensor3("X"), T.lvector("y")
    p = W, U, b, V, c = [sg.shared(data[name], name) for name in ("W", "U", "b", "V", "c")]
    units = len(data["U"])

    def cell(x: Any, h: Any, memory: Any, U: Any) -> Any:
        gates = x + T.dot(h, U)
        i, f, g, o = (gates[:, k * units : (k + 1) * units] for k in range(4))
        memory = T.nnet.sigmoid(f) * memory + T.nnet.sigmoid(i) * T.tanh(g)
        return T.nnet.sigmoid(o) * T.tanh(memory), memory

    zero = T.zeros((X.shape[1], units), dtype=X.dtype)
    (h, _), _ = sg.scan(cell, [T.dot(X, W) + b], [zero, zero], [U])
    cost = _cross_entropy(T.dot(h[-1], V) + c, y)
    steps = sg.shared(np.zeros((), np.float32), "steps")
    count = steps + 1
    rate = RATES["gated"] * T.sqrt(1 - BETAS[1] ** count) / (1 - BETAS[0] ** count)
    changes = [(steps, count)]
    for q, gradient in zip(p, T.grad(cost, p), strict=True):
        m, v = _zeros(q), _zeros(q)
        mean = BETAS[0] * m + (1 - BETAS[0]) * gradient
        square = BETAS[1] * v + (1 - BETAS[1]) * gradient * gradient
        changes += [(m, mean), (v, square), (q, q - rate * mean / (T.sqrt(square) + GUARD))]
    f, pictures, classes = sg.function([X, y], cost, updates=changes), data["X"], data["y"]
    return Run(lambda: f(pictures, classes), lambda cost: [cost])


def letters(data: Data) -> Run:
    x, y = T.lmatrix("x"), T.lmatrix("y")
    p = W, U, b, V, c = [sg.shared(data[name], name) for name in ("W", "U", "b", "V", "c")]
    first = sg.shared(data["h"], "h")

    def cell(x: Any, h: Any, U: Any) -> Any:
        return T.tanh(x + T.dot(h, U))

    h, _ = sg.scan(cell, [W[x] + b], [first], [U])
    cost = _cross_entropy(T.dot(h.reshape((-1, U.shape[0])), V) + c, y.flatten())
    changes = [(first, h[-1])]
    for q, gradient in zip(p, T.grad(cost, p), strict=True):
        gradient = T.clip(gradient, -CLIP, CLIP)
        old = _zeros(q)
        square = old + gradient * gradient
        step = RATES["letters"] * gradient / T.sqrt(square + GUARD)
        changes += [(old, square), (q, q - step)]
    f, before, after = sg.function([x, y], cost, updates=changes), data["x"], data["y"]
    return Run(lambda: f(before, after), lambda cost: [cost], f)


def _machine(data: Data, kind: str) -> Run:
    v0, streams = T.matrix("v"), sg.RandomStreams(0)
    p = W, vbias, hbias = [sg.shared(data[name], name) for name in ("W", "vbias", "hbias")]
    chain = sg.shared(data["h"], "h")

    def energy(v: Any) -> Any:
        return T.mean(-T.dot(v, vbias) - T.sum(T.nnet.softplus(T.dot(v, W) + hbias), axis=1))

    def draw(mean: Any) -> Any:
        return streams.binomial(size=mean.shape, p=mean, dtype=mean.dtype)

    def up(v: Any) -> Any:
        return draw(T.nnet.sigmoid(T.dot(v, W) + hbias))

    def gibbs(h: Any) -> Any:
        v = draw(T.nnet.sigmoid(T.dot(h, W.T) + vbias))
        return v, up(v)

    start = up(v0) if kind == "contrast" else chain
    (v, h), changes = sg.scan(gibbs, outputs_info=[None, start], n_steps=GIBBS[kind])
    end = v[-1]
    cost = energy(v0) - energy(end)
    for q, gradient in zip(p, T.grad(cost, p, consider_constant=[end]), strict=True):
        changes[q] = q - RATES["machine"] * gradient
    if kind == "persistence":
        changes[chain] = h[-1]
    f, value = sg.function([v0], cost, updates=changes), data["v"]
    return Run(lambda: f(value), lambda _: [q.get_value() for q in p])


def convolution(data: Data) -> Run:
    x, w = T.tensor4("x"), T.tensor4("w")
    y = T.nnet.conv2d(x, w, border_mode="half", filter_flip=False)
    return _pure([x, w], [y], data["x"], data["w"])


def convolution_gradients(data: Data) -> Run:
    x, w = T.tensor4("x"), T.tensor4("w")
    y = T.nnet.conv2d(x, w, border_mode="half", filter_flip=False)
    return _pure([x, w], T.grad(0.5 * (y**2).sum(), [x, w]), data["x"], data["w"])


def lenet(data: Data) -> Run:
    X, y = T.tensor4("X"), T.lvector("y")
    names = ("K1", "a1", "K2", "a2", "W1", "b1", "W2", "b2")
    p = K1, a1, K2, a2, W1, b1, W2, b2 = [sg.shared(data[name], name) for name in names]

    def block(x: Any, w: Any, b: Any) -> Any:
        convolved = T.nnet.conv2d(x, w, filter_flip=False)
        top = T.signal.pool.pool_2d(convolved, ws=(2, 2), ignore_border=True)
        return T.tanh(top + b.dimshuffle("x", 0, "x", "x"))

    h = block(block(X, K1, a1), K2, a2).flatten(2)
    cost = _cross_entropy(T.dot(T.tanh(T.dot(h, W1) + b1), W2) + b2, y)
    return _descent(cost, p, RATES["lenet"], [X, y], data)


def increment(data: Data) -> Run:
    x = T.vector("x")
    f, value = sg.function([x], x + 1), data["x0"]
    return Run(lambda: f(value), lambda result: [result])


def updates(data: Data) -> Run:
    inputs = [T.vector(f"x{number}") for number in range(5)]
    state = [sg.shared(data[f"x{number}"], f"s{number}") for number in range(5, 8)]
    total = inputs[0] * inputs[1] + inputs[2] * inputs[3] + inputs[4] + state[0] * state[1]
    half = np.float32(0.5)
    changes = [(s, s + x * half) for s, x in zip(state, inputs, strict=False)]
    f = sg.function(inputs, total, updates=changes)
    v0, v1, v2, v3, v4 = (data[f"x{number}"] for number in range(5))
    return Run(
        lambda: f(v0, v1, v2, v3, v4), lambda total: [total, *(s.get_value() for s in state)]
    )


def _of_matrix(meaning: Callable[[Any], Any]) -> Callable[[Data], Run]:
    def builder(data: Data) -> Run:
        x = T.matrix("x")
        return _pure([x], [meaning(x)], data["x"])

    return builder


def logsumexp(x: Any) -> Any:
    """As the books write it."""
    return T.log(T.exp(x).sum(axis=1))


def product(data: Data) -> Run:
    x, y = T.matrix("x"), T.matrix("y")
    return _pure([x, y], [T.dot(x, y)], data["x"], data["y"])


def gather(data: Data) -> Run:
    x, i = sg.shared(data["x"], "x"), T.lvector("i")
    return _pure([i], [x[i]], data["i"])


def scatter(data: Data) -> Run:
    x, i, u = sg.shared(data["x"], "x"), T.lvector("i"), T.matrix("u")
    f = sg.function([i, u], [], updates=[(x, T.inc_subtensor(x[i], u))])
    index, change = data["i"], data["u"]
    return Run(lambda: f(index, change), lambda _: [x.get_value()])


BUILDERS: dict[str, Callable[[Data], Run]] = {
    "elementwise": elementwise,
    "elementwise_gradient": elementwise_gradient,
    "logistic": logistic,
    "perceptron": perceptron,
    "increment": increment,
    "updates": updates,
    "sum_all": _of_matrix(lambda x: x.sum()),
    "product": product,
    "sum_leading": _of_matrix(lambda x: x.sum(axis=0)),
    "max_last": _of_matrix(lambda x: x.max(axis=1)),
    "logsumexp": _of_matrix(logsumexp),
    "gather": gather,
    "scatter": scatter,
    "convolution": convolution,
    "convolution_gradients": convolution_gradients,
    "lenet": lenet,
    "gated": gated,
    "letters": letters,
    "contrast": lambda data: _machine(data, "contrast"),
    "persistence": lambda data: _machine(data, "persistence"),
}
