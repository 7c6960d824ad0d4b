"""JAX: functions compiled by XLA; states are donated, so that they can be changed in place."""

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.data import Data
from benchmarks.tasks import BETAS, CLIP, GIBBS, GUARD, L2, RATES, Run

jax: Any = None
jnp: Any = None


def prepare(variant: str, threads: int, cache: str) -> None:
    """Before the import. XLA takes as many threads as there are processors for the process."""
    os.environ["JAX_PLATFORMS"] = "cuda" if variant == "cuda" else "cpu"
    os.environ["JAX_COMPILATION_CACHE_DIR"] = cache
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"


def load() -> str:
    """Import it; its version."""
    global jax, jnp
    jax = import_module("jax")
    jnp = import_module("jax.numpy")
    return jax.__version__


def build(kind: str, data: Data) -> Run:
    return BUILDERS[kind]({name: jnp.asarray(value) for name, value in data.items()})


def _pure(function: Callable[..., list[Any]], *values: Any) -> Run:
    compiled, wait = jax.jit(function), jax.block_until_ready
    return Run(lambda: wait(compiled(*values)), lambda result: [np.asarray(r) for r in result])


def _stateful(function: Callable[..., tuple[Any, Any]], state: Any, *values: Any) -> Run:
    """`function(state, *values)` returns the new state and a list of results."""
    compiled, wait = jax.jit(function, donate_argnums=0), jax.block_until_ready
    kept = [jax.tree.map(jnp.array, state)]

    def step() -> Any:
        kept[0], results = wait(compiled(kept[0], *values))
        return results

    return Run(step, lambda results: [np.asarray(r) for r in (*results, *kept[0])])


def _formula(x: Any) -> Any:
    return jnp.exp(-(x**2)) * jnp.tanh(x) + jnp.log1p(x * x)


def elementwise(data: Any) -> Run:
    return _pure(lambda x: [_formula(x)], data["x"])


def elementwise_gradient(data: Any) -> Run:
    return _pure(lambda x: list(jax.value_and_grad(lambda x: _formula(x).sum())(x)), data["x"])


def _cross_entropy(scores: Any, y: Any) -> Any:
    return -jnp.take_along_axis(jax.nn.log_softmax(scores), y[:, None], 1).mean()


def _descent(cost: Callable[..., Any], parameters: list[Any], rate: float, data: Any) -> Run:
    def step(parameters: Any, X: Any, y: Any) -> Any:
        value, gradients = jax.value_and_grad(cost)(parameters, X, y)
        return [p - rate * g for p, g in zip(parameters, gradients, strict=True)], [value]

    run = _stateful(step, parameters, data["X"], data["y"])
    return Run(run.step, lambda results: [np.asarray(results[0])])


def logistic(data: Any) -> Run:
    def cost(p: Any, X: Any, y: Any) -> Any:
        return _cross_entropy(X @ p[0] + p[1], y)

    return _descent(cost, [data["W"], data["b"]], RATES["logistic"], data)


def perceptron(data: Any) -> Run:
    def cost(p: Any, X: Any, y: Any) -> Any:
        h = jnp.tanh(X @ p[0] + p[1])
        penalty = L2 * ((p[0] ** 2).sum() + (p[2] ** 2).sum())
        return _cross_entropy(h @ p[2] + p[3], y) + penalty

    parameters = [data[name] for name in ("W1", "b1", "W2", "b2")]
    return _descent(cost, parameters, RATES["perceptron"], data)


def gated(data: Any) -> Run:
    def cost(p: Any, X: Any, y: Any) -> Any:
        W, U, b, V, c = p

        def cell(states: Any, x: Any) -> Any:
            h, memory = states
            i, f, g, o = jnp.split(x + h @ U, 4, axis=1)
            memory = jax.nn.sigmoid(f) * memory + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(memory), memory), None

        zero = jnp.zeros((X.shape[1], len(U)), X.dtype)
        (h, _), _ = jax.lax.scan(cell, (zero, zero), X @ W + b)
        return _cross_entropy(h @ V + c, y)

    def step(state: Any, X: Any, y: Any) -> Any:
        p, m, v, count = state
        value, gradients = jax.value_and_grad(cost)(p, X, y)
        count = count + 1
        rate = RATES["gated"] * jnp.sqrt(1 - BETAS[1] ** count) / (1 - BETAS[0] ** count)
        m = [BETAS[0] * a + (1 - BETAS[0]) * g for a, g in zip(m, gradients, strict=True)]
        v = [BETAS[1] * a + (1 - BETAS[1]) * g * g for a, g in zip(v, gradients, strict=True)]
        new = [q - rate * a / (jnp.sqrt(s) + GUARD) for q, a, s in zip(p, m, v, strict=True)]
        return (new, m, v, count), [value]

    p = [data[name] for name in ("W", "U", "b", "V", "c")]
    zeros = [jnp.zeros_like(q) for q in p]
    run = _stateful(step, (p, zeros, zeros, jnp.zeros(())), data["X"], data["y"])
    return Run(run.step, lambda results: [np.asarray(results[0])])


def letters(data: Any) -> Run:
    def cost(p: Any, h: Any, x: Any, y: Any) -> Any:
        W, U, b, V, c = p

        def cell(h: Any, x: Any) -> Any:
            h = jnp.tanh(x + h @ U)
            return h, h

        h, states = jax.lax.scan(cell, h, W[x] + b)
        scores = states.reshape(-1, len(U)) @ V + c
        return _cross_entropy(scores, y.reshape(-1)), h

    def step(state: Any, x: Any, y: Any) -> Any:
        p, squares, h = state
        (value, h), gradients = jax.value_and_grad(cost, has_aux=True)(p, h, x, y)
        gradients = [jnp.clip(g, -CLIP, CLIP) for g in gradients]
        squares = [s + g * g for s, g in zip(squares, gradients, strict=True)]
        new = [
            q - RATES["letters"] * g / jnp.sqrt(s + GUARD)
            for q, g, s in zip(p, gradients, squares, strict=True)
        ]
        return (new, squares, h), [value]

    p = [data[name] for name in ("W", "U", "b", "V", "c")]
    zeros = [jnp.zeros_like(q) for q in p]
    run = _stateful(step, (p, zeros, data["h"]), data["x"], data["y"])
    return Run(run.step, lambda results: [np.asarray(results[0])])


def _machine(data: Any, kind: str) -> Run:
    def energy(p: Any, v: Any) -> Any:
        return (-(v @ p[1]) - jax.nn.softplus(v @ p[0] + p[2]).sum(axis=1)).mean()

    def draw(key: Any, p: Any) -> Any:
        return jax.random.bernoulli(key, p).astype(p.dtype)

    def step(state: Any, v0: Any) -> Any:
        p, h, key = state
        W, vbias, hbias = p
        key, first = jax.random.split(key)
        if kind == "contrast":
            h = draw(first, jax.nn.sigmoid(v0 @ W + hbias))

        def gibbs(_: Any, states: Any) -> Any:
            v, h, key = states
            key, one, two = jax.random.split(key, 3)
            v = draw(one, jax.nn.sigmoid(h @ W.T + vbias))
            return v, draw(two, jax.nn.sigmoid(v @ W + hbias)), key

        end, h, key = jax.lax.fori_loop(0, GIBBS[kind], gibbs, (v0, h, key))
        value, gradients = jax.value_and_grad(lambda p: energy(p, v0) - energy(p, end))(p)
        new = [q - RATES["machine"] * g for q, g in zip(p, gradients, strict=True)]
        return (new, h, key), [value]

    p = [data[name] for name in ("W", "vbias", "hbias")]
    compiled, kept = jax.jit(step, donate_argnums=0), [(p, data["h"], jax.random.PRNGKey(0))]

    def run() -> Any:
        kept[0], results = jax.block_until_ready(compiled(kept[0], data["v"]))
        return results

    return Run(run, lambda _: [np.asarray(q) for q in kept[0][0]])


def _convolved(x: Any, w: Any, padding: str = "VALID") -> Any:
    order = ("NCHW", "OIHW", "NCHW")
    return jax.lax.conv_general_dilated(x, w, (1, 1), padding, dimension_numbers=order)


def convolution(data: Any) -> Run:
    return _pure(lambda x, w: [_convolved(x, w, "SAME")], data["x"], data["w"])


def convolution_gradients(data: Any) -> Run:
    half_square = jax.grad(lambda x, w: 0.5 * (_convolved(x, w, "SAME") ** 2).sum(), (0, 1))
    return _pure(lambda x, w: list(half_square(x, w)), data["x"], data["w"])


def lenet(data: Any) -> Run:
    def block(x: Any, w: Any, b: Any) -> Any:
        window = (1, 1, 2, 2)
        top = jax.lax.reduce_window(
            _convolved(x, w), -jnp.inf, jax.lax.max, window, window, "VALID"
        )
        return jnp.tanh(top + b[None, :, None, None])

    def cost(p: Any, X: Any, y: Any) -> Any:
        h = block(block(X, p[0], p[1]), p[2], p[3])
        h = jnp.tanh(h.reshape(h.shape[0], -1) @ p[4] + p[5])
        return _cross_entropy(h @ p[6] + p[7], y)

    parameters = [data[name] for name in ("K1", "a1", "K2", "a2", "W1", "b1", "W2", "b2")]
    return _descent(cost, parameters, RATES["lenet"], data)


def increment(data: Any) -> Run:
    compiled, x = jax.jit(lambda x: x + 1), data["x0"]
    return Run(lambda: compiled(x).block_until_ready(), lambda result: [np.asarray(result)])


def updates(data: Any) -> Run:
    def step(state: Any, *x: Any) -> Any:
        total = x[0] * x[1] + x[2] * x[3] + x[4] + state[0] * state[1]
        return [s + change * 0.5 for s, change in zip(state, x, strict=False)], [total]

    state = [data[f"x{number}"] for number in range(5, 8)]
    return _stateful(step, state, *(data[f"x{number}"] for number in range(5)))


def scatter(data: Any) -> Run:
    return _stateful(lambda x, i, u: ([x[0].at[i].add(u)], []), [data["x"]], data["i"], data["u"])


BUILDERS: dict[str, Callable[[Data], Run]] = {
    "elementwise": elementwise,
    "elementwise_gradient": elementwise_gradient,
    "logistic": logistic,
    "perceptron": perceptron,
    "increment": increment,
    "updates": updates,
    "sum_all": lambda data: _pure(lambda x: [x.sum()], data["x"]),
    "product": lambda data: _pure(lambda x, y: [x @ y], data["x"], data["y"]),
    "sum_leading": lambda data: _pure(lambda x: [x.sum(axis=0)], data["x"]),
    "max_last": lambda data: _pure(lambda x: [x.max(axis=1)], data["x"]),
    "logsumexp": lambda data: _pure(lambda x: [jax.scipy.special.logsumexp(x, axis=1)], data["x"]),
    "gather": lambda data: _pure(lambda x, i: [x[i]], data["x"], data["i"]),
    "scatter": scatter,
    "convolution": convolution,
    "convolution_gradients": convolution_gradients,
    "lenet": lenet,
    "gated": gated,
    "letters": letters,
    "contrast": lambda data: _machine(data, "contrast"),
    "persistence": lambda data: _machine(data, "persistence"),
}
