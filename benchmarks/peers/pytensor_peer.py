"""PyTensor, compiled by Numba ("numba") or by a C compiler ("c")."""

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.data import Data
from benchmarks.tasks import BETAS, CLIP, GIBBS, GUARD, L2, RATES, Run

pytensor: Any = None
pt: Any = None


def prepare(variant: str, threads: int, cache: str) -> None:
    """Before the import. `cache`: a folder for compiled code."""
    flags = f"floatX=float32,base_compiledir={cache}"
    if variant == "c":
        flags += f",linker=cvm,openmp={threads > 1},openmp_elemwise_minsize=20000"
    os.environ["PYTENSOR_FLAGS"] = flags
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        os.environ[f"{library}_NUM_THREADS"] = str(threads)


def load() -> str:
    """Import it; its version."""
    global pytensor, pt
    pytensor = import_module("pytensor")
    pt = import_module("pytensor.tensor")
    return pytensor.__version__


def build(kind: str, data: Data) -> Run:
    return BUILDERS[kind](data)


def _arrays(results: Any) -> list[np.ndarray]:
    return [np.asarray(result) for result in results]


def _compiled(inputs: list[Any], outputs: list[Any], changes: Any, *values: np.ndarray) -> Run:
    f = pytensor.function(inputs, outputs, updates=changes)
    # Spare it the checks of its arguments.
    f.trust_input = True
    return Run(lambda: f(*values), _arrays)


def _pure(inputs: list[Any], outputs: list[Any], *values: np.ndarray) -> Run:
    return _compiled(inputs, outputs, None, *values)


def _formula(x: Any) -> Any:
    return pt.exp(-(x**2)) * pt.tanh(x) + pt.log1p(x * x)


def elementwise(data: Data) -> Run:
    x = pt.fvector("x")
    return _pure([x], [_formula(x)], data["x"])


def elementwise_gradient(data: Data) -> Run:
    x = pt.fvector("x")
    total = _formula(x).sum()
    return _pure([x], [total, pytensor.grad(total, x)], data["x"])


def _shared(data: Data, *names: str) -> list[Any]:
    return [pytensor.shared(data[name].copy(), borrow=True) for name in names]


def _cross_entropy(scores: Any, y: Any) -> Any:
    return -pt.mean(pt.special.log_softmax(scores, axis=1)[pt.arange(y.shape[0]), y])


def _descent(cost: Any, parameters: list[Any], rate: float, inputs: list[Any], data: Data) -> Run:
    gradients = pytensor.grad(cost, parameters)
    changes = [(p, p - np.float32(rate) * g) for p, g in zip(parameters, gradients, strict=True)]
    return _compiled(inputs, [cost], changes, data["X"], data["y"])


def logistic(data: Data) -> Run:
    X, y = pt.fmatrix("X"), pt.lvector("y")
    W, b = _shared(data, "W", "b")
    cost = _cross_entropy(pt.dot(X, W) + b, y)
    return _descent(cost, [W, b], RATES["logistic"], [X, y], data)


def perceptron(data: Data) -> Run:
    X, y = pt.fmatrix("X"), pt.lvector("y")
    W1, b1, W2, b2 = parameters = _shared(data, "W1", "b1", "W2", "b2")
    h = pt.tanh(pt.dot(X, W1) + b1)
    cost = _cross_entropy(pt.dot(h, W2) + b2, y)
    cost = cost + np.float32(L2) * ((W1**2).sum() + (W2**2).sum())
    return _descent(cost, parameters, RATES["perceptron"], [X, y], data)


def _floats(*values: float) -> list[Any]:
    """Numbers of ours would make float64 of everything."""
    return [np.float32(value) for value in values]


def gated(data: Data) -> Run:
    X, y = pt.ftensor3("X"), pt.lvector("y")
    p = W, U, b, V, c = _shared(data, "W", "U", "b", "V", "c")
    steps, batch, columns = data["X"].shape
    units = len(data["U"])

    def cell(x: Any, h: Any, memory: Any, U: Any) -> Any:
        inner = x + pt.dot(h, U)
        i, f, g, o = (inner[:, k * units : (k + 1) * units] for k in range(4))
        memory = pt.sigmoid(f) * memory + pt.sigmoid(i) * pt.tanh(g)
        return pt.sigmoid(o) * pt.tanh(memory), memory

    zero = pt.zeros((batch, units), dtype=X.dtype)
    inputs = pt.dot(X.reshape((steps * batch, columns)), W).reshape((steps, batch, -1)) + b
    (h, _), _ = pytensor.scan(cell, [inputs], [zero, zero], [U], n_steps=steps)
    cost = _cross_entropy(pt.dot(h[-1], V) + c, y)
    count = pytensor.shared(np.float32(0))
    one, rate, first, second, guard = _floats(1, RATES["gated"], *BETAS, GUARD)
    next_count = count + one
    rate = rate * pt.sqrt(one - second**next_count) / (one - first**next_count)
    changes = [(count, next_count)]
    for q, gradient in zip(p, pytensor.grad(cost, p), strict=True):
        m, v = (pytensor.shared(np.zeros_like(q.get_value())) for _ in range(2))
        mean = first * m + (one - first) * gradient
        square = second * v + (one - second) * gradient * gradient
        changes += [(m, mean), (v, square), (q, q - rate * mean / (pt.sqrt(square) + guard))]
    return _compiled([X, y], [cost], changes, data["X"], data["y"])


def letters(data: Data) -> Run:
    x, y = pt.lmatrix("x"), pt.lmatrix("y")
    p = W, U, b, V, c = _shared(data, "W", "U", "b", "V", "c")
    (first,) = _shared(data, "h")
    steps, units = len(data["x"]), len(data["U"])
    rate, guard, low, high = _floats(RATES["letters"], GUARD, -CLIP, CLIP)

    def cell(x: Any, h: Any, U: Any) -> Any:
        return pt.tanh(x + pt.dot(h, U))

    inputs = W[x.flatten()].reshape((steps, 1, units)) + b
    h, _ = pytensor.scan(cell, [inputs], [first + np.float32(0)], [U], n_steps=steps)
    cost = _cross_entropy(pt.dot(h.reshape((steps, units)), V) + c, y.flatten())
    changes = [(first, h[-1])]
    for q, gradient in zip(p, pytensor.grad(cost, p), strict=True):
        gradient = pt.clip(gradient, low, high)
        old = pytensor.shared(np.zeros_like(q.get_value()))
        square = old + gradient * gradient
        changes += [(old, square), (q, q - rate * gradient / pt.sqrt(square + guard))]
    return _compiled([x, y], [cost], changes, data["x"], data["y"])


def _machine(data: Data, kind: str) -> Run:
    v0 = pt.fmatrix("v")
    p = W, vbias, hbias = _shared(data, "W", "vbias", "hbias")
    (chain,) = _shared(data, "h")
    generator = pytensor.shared(np.random.default_rng(1))

    def energy(v: Any) -> Any:
        inner = pt.softplus(pt.dot(v, W) + hbias)
        return (-pt.dot(v, vbias) - inner.sum(axis=1)).mean()

    def draw(rng: Any, mean: Any) -> Any:
        after, states = pt.random.bernoulli(mean, rng=rng).owner.outputs
        return after, states.astype(mean.dtype)

    def up(rng: Any, v: Any) -> Any:
        return draw(rng, pt.sigmoid(pt.dot(v, W) + hbias))

    rng, h = up(generator, v0) if kind == "contrast" else (generator, chain)
    for _ in range(GIBBS[kind]):
        rng, v = draw(rng, pt.sigmoid(pt.dot(h, W.T) + vbias))
        rng, h = up(rng, v)
    cost = energy(v0) - energy(pytensor.gradient.disconnected_grad(v))
    rate = np.float32(RATES["machine"])
    gradients = pytensor.grad(cost, p)
    changes = [(q, q - rate * g) for q, g in zip(p, gradients, strict=True)] + [(generator, rng)]
    if kind == "persistence":
        changes.append((chain, h))
    run = _compiled([v0], [cost], changes, data["v"])
    return Run(run.step, lambda _: [q.get_value() for q in p])


def _convolved(x: Any, w: Any, shape: tuple[int, ...], size: int) -> Any:
    """It has no convolution: windows are put beside each other, and multiplied. `shape`: batch,
    channels, and rows of a square result."""
    batch, channels, rows = shape
    parts = [x[:, :, i : i + rows, j : j + rows] for i in range(size) for j in range(size)]
    unfolded = pt.stack(parts, axis=1).dimshuffle(2, 1, 0, 3, 4)
    unfolded = unfolded.reshape((channels * size * size, batch * rows * rows))
    product = pt.dot(w.reshape((-1, channels * size * size)), unfolded)
    return product.reshape((-1, batch, rows, rows)).dimshuffle(1, 0, 2, 3)


def _same_convolved(data: Data) -> tuple[Any, ...]:
    x, w = pt.ftensor4("x"), pt.ftensor4("w")
    batch, channels, rows, _ = data["x"].shape
    padded = pt.zeros((batch, channels, rows + 2, rows + 2), dtype=x.dtype)
    padded = pt.set_subtensor(padded[:, :, 1:-1, 1:-1], x)
    return x, w, _convolved(padded, w, (batch, channels, rows), 3)


def convolution(data: Data) -> Run:
    x, w, y = _same_convolved(data)
    return _pure([x, w], [y], data["x"], data["w"])


def convolution_gradients(data: Data) -> Run:
    x, w, y = _same_convolved(data)
    cost = np.float32(0.5) * (y**2).sum()
    return _pure([x, w], pytensor.grad(cost, [x, w]), data["x"], data["w"])


def _largest(x: Any) -> Any:
    upper = pt.maximum(x[:, :, ::2, ::2], x[:, :, ::2, 1::2])
    return pt.maximum(upper, pt.maximum(x[:, :, 1::2, ::2], x[:, :, 1::2, 1::2]))


def lenet(data: Data) -> Run:
    X, y, batch = pt.ftensor4("X"), pt.lvector("y"), len(data["X"])
    names = ("K1", "a1", "K2", "a2", "W1", "b1", "W2", "b2")
    p = K1, a1, K2, a2, W1, b1, W2, b2 = _shared(data, *names)
    h = _largest(_convolved(X, K1, (batch, 1, 24), 5)) + a1.dimshuffle("x", 0, "x", "x")
    h = _largest(_convolved(pt.tanh(h), K2, (batch, 20, 8), 5)) + a2.dimshuffle("x", 0, "x", "x")
    h = pt.tanh(pt.dot(pt.tanh(h).reshape((batch, 800)), W1) + b1)
    return _descent(_cross_entropy(pt.dot(h, W2) + b2, y), p, RATES["lenet"], [X, y], data)


def increment(data: Data) -> Run:
    x = pt.fvector("x")
    return _pure([x], [x + np.float32(1)], data["x0"])


def updates(data: Data) -> Run:
    inputs = [pt.fvector(f"x{number}") for number in range(5)]
    state = _shared(data, "x5", "x6", "x7")
    total = inputs[0] * inputs[1] + inputs[2] * inputs[3] + inputs[4] + state[0] * state[1]
    changes = [(s, s + x * np.float32(0.5)) for s, x in zip(state, inputs, strict=False)]
    values = [data[f"x{number}"] for number in range(5)]
    run = _compiled(inputs, [total], changes, *values)
    return Run(run.step, lambda r: [*_arrays(r), *(s.get_value() for s in state)])


def _of_matrix(meaning: Callable[[Any], Any]) -> Callable[[Data], Run]:
    def builder(data: Data) -> Run:
        x = pt.fmatrix("x")
        return _pure([x], [meaning(x)], data["x"])

    return builder


def product(data: Data) -> Run:
    x, y = pt.fmatrix("x"), pt.fmatrix("y")
    return _pure([x, y], [x @ y], data["x"], data["y"])


def gather(data: Data) -> Run:
    (x,), i = _shared(data, "x"), pt.lvector("i")
    return _pure([i], [x[i]], data["i"])


def scatter(data: Data) -> Run:
    (x,), i, u = _shared(data, "x"), pt.lvector("i"), pt.fmatrix("u")
    run = _compiled([i, u], [], [(x, pt.inc_subtensor(x[i], u))], data["i"], data["u"])
    return Run(run.step, lambda _: [x.get_value()])


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
    "logsumexp": _of_matrix(lambda x: pt.logsumexp(x, axis=1)),
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
