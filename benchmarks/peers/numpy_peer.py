"""NumPy: gradients by hand. It is also what the others' results are compared with."""

import itertools
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.data import Data
from benchmarks.tasks import BETAS, CLIP, GIBBS, GUARD, L2, RATES, Run

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


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def gated(data: Data) -> Run:
    """The gates of all steps are kept; the way back goes through them."""
    X, y = data["X"], data["y"]
    W, U, b, V, c = parameters = [data[name].copy() for name in ("W", "U", "b", "V", "c")]
    moments = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
    steps, batch, units = len(X), X.shape[1], len(U)

    def forward() -> tuple[np.ndarray, ...]:
        inner = X @ W + b
        gates = np.empty_like(inner)
        h = np.zeros((steps + 1, batch, units), X.dtype)
        cell = np.zeros_like(h)
        for t in range(steps):
            inner[t] += h[t] @ U
            gates[t] = _sigmoid(inner[t])
            gates[t, :, 2 * units : 3 * units] = np.tanh(inner[t, :, 2 * units : 3 * units])
            i, f, g, o = np.split(gates[t], 4, axis=1)
            cell[t + 1] = f * cell[t] + i * g
            h[t + 1] = o * np.tanh(cell[t + 1])
        return gates, h, cell

    def backward(slope: np.ndarray, gates: np.ndarray, cell: np.ndarray) -> np.ndarray:
        """From the gradient of the last state: that of what the gates are functions of."""
        found, dh, dc = np.empty_like(gates), slope, np.zeros_like(slope)
        for t in reversed(range(steps)):
            i, f, g, o = np.split(gates[t], 4, axis=1)
            top = np.tanh(cell[t + 1])
            dc = dc + dh * o * (1 - top * top)
            parts = (
                dc * g * i * (1 - i),
                dc * cell[t] * f * (1 - f),
                dc * i * (1 - g * g),
                dh * top * o * (1 - o),
            )
            found[t] = np.concatenate(parts, axis=1)
            dh, dc = found[t] @ U.T, dc * f
        return found

    def step(count: int) -> list[Any]:
        gates, h, cell = forward()
        cost, slope = _cross_entropy(h[-1] @ V + c, y)
        inner = backward(slope @ V.T, gates, cell).reshape(steps * batch, -1)
        gradients = (
            X.reshape(steps * batch, -1).T @ inner,
            h[:-1].reshape(steps * batch, -1).T @ inner,
            inner.sum(axis=0),
            h[-1].T @ slope,
            slope.sum(axis=0),
        )
        rate = RATES["gated"] * np.sqrt(1 - BETAS[1] ** count) / (1 - BETAS[0] ** count)
        for p, (m, v), g in zip(parameters, moments, gradients, strict=True):
            m += np.float32(1 - BETAS[0]) * (g - m)
            v += np.float32(1 - BETAS[1]) * (g * g - v)
            p -= np.float32(rate) * m / (np.sqrt(v) + np.float32(GUARD))
        return [cost]

    counter = itertools.count(1)
    return _pure(lambda: step(next(counter)))


def letters(data: Data) -> Run:
    x, y = data["x"][:, 0], data["y"][:, 0]
    W, U, b, V, c = parameters = [data[name].copy() for name in ("W", "U", "b", "V", "c")]
    squares = [np.zeros_like(p) for p in parameters]
    steps, units = len(x), len(U)
    h = np.zeros((steps + 1, units), W.dtype)
    h[-1] = data["h"][0]

    def step() -> list[Any]:
        h[0] = h[-1]
        inner = W[x] + b
        for t in range(steps):
            h[t + 1] = np.tanh(inner[t] + h[t] @ U)
        cost, slope = _cross_entropy(h[1:] @ V + c, y)
        dh, found = slope @ V.T, np.empty_like(inner)
        for t in reversed(range(steps)):
            found[t] = dh[t] * (1 - h[t + 1] * h[t + 1])
            if t:
                dh[t - 1] += U @ found[t]
        dW = np.zeros_like(W)
        np.add.at(dW, x, found)
        gradients = (dW, h[:-1].T @ found, found.sum(axis=0), h[1:].T @ slope, slope.sum(axis=0))
        for p, s, g in zip(parameters, squares, gradients, strict=True):
            g = np.clip(g, -CLIP, CLIP)
            s += g * g
            p -= np.float32(RATES["letters"]) * g / np.sqrt(s + np.float32(GUARD))
        return [cost]

    return _pure(step)


def _machine(data: Data, kind: str) -> Run:
    v0, chain = data["v"], data["h"].copy()
    W, vbias, hbias = parameters = [data[name].copy() for name in ("W", "vbias", "hbias")]
    random = np.random.default_rng(0)
    rate = np.float32(RATES["machine"] / len(v0))

    def draw(inner: np.ndarray) -> np.ndarray:
        return (random.random(inner.shape, np.float32) < _sigmoid(inner)).astype(W.dtype)

    def step() -> list[Any]:
        inner = v0 @ W + hbias
        h = chain if kind == "persistence" else draw(inner)
        for _ in range(GIBBS[kind]):
            v = draw(h @ W.T + vbias)
            last = v @ W + hbias
            h = draw(last)
        chain[...] = h
        first, end = _sigmoid(inner), _sigmoid(last)
        energies = [
            -np.mean(states @ vbias + np.logaddexp(0, x).sum(axis=1))
            for states, x in ((v0, inner), (v, last))
        ]
        np.add(W, rate * (v0.T @ first - v.T @ end), out=W)
        np.add(vbias, rate * (v0 - v).sum(axis=0), out=vbias)
        np.add(hbias, rate * (first - end).sum(axis=0), out=hbias)
        return [energies[0] - energies[1]]

    return Run(step, lambda _: parameters)


def _windows(x: np.ndarray, size: int) -> np.ndarray:
    """(batch, channels, rows, columns, size, size): a view."""
    return np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))


def _convolved(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    return np.tensordot(_windows(x, w.shape[-1]), w, ([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2)


def _by_filters(x: np.ndarray, g: np.ndarray, size: int) -> np.ndarray:
    """The gradient by the filters, for that of the result."""
    return np.tensordot(g, _windows(x, size), ([0, 2, 3], [0, 2, 3]))


def _by_maps(g: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The gradient by what was convolved."""
    return _convolved(_padded(g, w.shape[-1] - 1), w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3))


def _padded(x: np.ndarray, count: int) -> np.ndarray:
    return np.pad(x, [(0, 0), (0, 0), (count, count), (count, count)])


def convolution(data: Data) -> Run:
    return _pure(lambda: [_convolved(_padded(data["x"], 1), data["w"])])


def convolution_gradients(data: Data) -> Run:
    x, w = data["x"], data["w"]

    def step() -> list[Any]:
        padded = _padded(x, 1)
        y = _convolved(padded, w)
        return [_by_maps(y, w)[:, :, 1:-1, 1:-1], _by_filters(padded, y, 3)]

    return _pure(step)


def _largest(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The maxima of 2 x 2, and where they are."""
    batch, maps, rows, columns = x.shape
    blocks = x.reshape(batch, maps, rows // 2, 2, columns // 2, 2)
    top = blocks.max(axis=(3, 5), keepdims=True)
    return top[:, :, :, 0, :, 0], blocks == top


def _spread(g: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    batch, maps, rows, _, columns, _ = chosen.shape
    whole = g[:, :, :, None, :, None] * chosen
    return whole.reshape(batch, maps, rows * 2, columns * 2)


def lenet(data: Data) -> Run:
    X, y, rate = data["X"], data["y"], np.float32(RATES["lenet"])
    names = ("K1", "a1", "K2", "a2", "W1", "b1", "W2", "b2")
    K1, a1, K2, a2, W1, b1, W2, b2 = parameters = [data[name].copy() for name in names]

    def step() -> list[Any]:
        pooled, first = _largest(_convolved(X, K1))
        h1 = np.tanh(pooled + a1[:, None, None])
        pooled, second = _largest(_convolved(h1, K2))
        h2 = np.tanh(pooled + a2[:, None, None])
        flat = h2.reshape(len(X), -1)
        h3 = np.tanh(flat @ W1 + b1)
        cost, slope = _cross_entropy(h3 @ W2 + b2, y)
        back3 = (slope @ W2.T) * (1 - h3 * h3)
        back2 = (back3 @ W1.T).reshape(h2.shape) * (1 - h2 * h2)
        wide2 = _spread(back2, second)
        back1 = _by_maps(wide2, K2) * (1 - h1 * h1)
        gradients = (
            _by_filters(X, _spread(back1, first), 5),
            back1.sum(axis=(0, 2, 3)),
            _by_filters(h1, wide2, 5),
            back2.sum(axis=(0, 2, 3)),
            flat.T @ back3,
            back3.sum(axis=0),
            h3.T @ slope,
            slope.sum(axis=0),
        )
        for value, gradient in zip(parameters, gradients, strict=True):
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
    "sum_all": lambda data: _pure(lambda: [data["x"].sum()]),
    "product": lambda data: _pure(lambda: [data["x"] @ data["y"]]),
    "sum_leading": lambda data: _pure(lambda: [data["x"].sum(axis=0)]),
    "max_last": lambda data: _pure(lambda: [data["x"].max(axis=1)]),
    "logsumexp": logsumexp,
    "gather": lambda data: _pure(lambda: [data["x"][data["i"]]]),
    "scatter": scatter,
    "convolution": convolution,
    "convolution_gradients": convolution_gradients,
    "lenet": lenet,
    "gated": gated,
    "letters": letters,
    "contrast": lambda data: _machine(data, "contrast"),
    "persistence": lambda data: _machine(data, "persistence"),
}
