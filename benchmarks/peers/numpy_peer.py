"""NumPy: gradients by hand. It is also what the others' results are compared with."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.tasks import L2, RATES, Data, Run

VERSION = np.__version__


def prepare(variant: str, threads: int, cache: str) -> None:
    """Before the import. `cache`: a folder for compiled code."""
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = str(threads)


def load() -> str:
    """Import it; its version."""
    return VERSION


def build(kind: str, data: Data) -> Run:
    return BUILDERS[kind](data)


def _pure(function: Callable[[], Any]) -> Run:
    return Run(function, lambda result: [np.asarray(r) for r in result])


def elementwise(data: Data) -> Run:
    x = data["x"]
    return _pure(lambda: [np.exp(-(x**2)) * np.tanh(x) + np.log1p(x * x)])


def elementwise_gradient(data: Data) -> Run:
    x = data["x"]

    def step() -> list[Any]:
        square, tanh = x * x, np.tanh(x)
        bell = np.exp(-square)
        slope = bell * (1 - tanh * tanh - 2 * x * tanh) + 2 * x / (1 + square)
        return [np.sum(bell * tanh + np.log1p(square)), slope]

    return _pure(step)


def _cross_entropy(scores: np.ndarray, y: np.ndarray) -> tuple[np.floating, np.ndarray]:
    """The mean cost and its gradient."""
    rows = np.arange(len(y))
    scores = scores - scores.max(axis=1, keepdims=True)
    weights = np.exp(scores)
    total = weights.sum(axis=1, keepdims=True)
    cost = -np.mean(scores[rows, y] - np.log(total[:, 0]))
    slope = weights / total
    slope[rows, y] -= 1
    return cost, slope / np.array(len(y), scores.dtype)


def logistic(data: Data) -> Run:
    X, y, rate = data["X"], data["y"], RATES["logistic"]
    W, b = data["W"].copy(), data["b"].copy()

    def step() -> list[Any]:
        cost, slope = _cross_entropy(X @ W + b, y)
        np.subtract(W, rate * (X.T @ slope), out=W)
        np.subtract(b, rate * slope.sum(axis=0), out=b)
        return [cost]

    return _pure(step)


def perceptron(data: Data) -> Run:
    X, y, rate = data["X"], data["y"], RATES["perceptron"]
    W1, b1, W2, b2 = (data[name].copy() for name in ("W1", "b1", "W2", "b2"))

    def step() -> list[Any]:
        h = np.tanh(X @ W1 + b1)
        cost, slope = _cross_entropy(h @ W2 + b2, y)
        cost = cost + L2 * (np.sum(W1 * W1) + np.sum(W2 * W2))
        back = (slope @ W2.T) * (1 - h * h)
        changes = (
            (W1, X.T @ back + 2 * L2 * W1),
            (b1, back.sum(axis=0)),
            (W2, h.T @ slope + 2 * L2 * W2),
            (b2, slope.sum(axis=0)),
        )
        for value, gradient in changes:
            np.subtract(value, rate * gradient, out=value)
        return [cost]

    return _pure(step)


def increment(data: Data) -> Run:
    x = data["x0"]
    return _pure(lambda: [x + 1])


def updates(data: Data) -> Run:
    given = [data[f"x{number}"] for number in range(5)]
    state = [data[f"x{number}"].copy() for number in range(5, 8)]

    def step() -> list[Any]:
        total = given[0] * given[1] + given[2] * given[3] + given[4] + state[0] * state[1]
        for value, change in zip(state, given, strict=False):
            value += change * value.dtype.type(0.5)
        return [total, *state]

    return _pure(step)


def scatter(data: Data) -> Run:
    x, i, u = data["x"].copy(), data["i"], data["u"]

    def step() -> list[Any]:
        np.add.at(x, i, u)
        return [x]

    return _pure(step)


def logsumexp(data: Data) -> Run:
    x = data["x"]

    def step() -> list[Any]:
        top = x.max(axis=1, keepdims=True)
        return [top[:, 0] + np.log(np.exp(x - top).sum(axis=1))]

    return _pure(step)


BUILDERS: dict[str, Callable[[Data], Run]] = {
    "elementwise": elementwise,
    "elementwise_gradient": elementwise_gradient,
    "logistic": logistic,
    "perceptron": perceptron,
    "increment": increment,
    "updates": updates,
    "sum_leading": lambda data: _pure(lambda: [data["x"].sum(axis=0)]),
    "max_last": lambda data: _pure(lambda: [data["x"].max(axis=1)]),
    "logsumexp": logsumexp,
    "gather": lambda data: _pure(lambda: [data["x"][data["i"]]]),
    "scatter": scatter,
}
