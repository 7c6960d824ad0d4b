"""symgraph."""

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.tasks import L2, RATES, Data, Run

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
    return Run(lambda: f(*values), list)


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
    return Run(lambda: f(X, y), lambda cost: [cost])


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
    "sum_leading": _of_matrix(lambda x: x.sum(axis=0)),
    "max_last": _of_matrix(lambda x: x.max(axis=1)),
    "logsumexp": _of_matrix(logsumexp),
    "gather": gather,
    "scatter": scatter,
}
