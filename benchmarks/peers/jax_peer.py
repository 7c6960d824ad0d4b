"""JAX: functions compiled by XLA; states are donated, so that they can be changed in place."""

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.tasks import L2, RATES, Data, Run

jax: Any = None
jnp: Any = None


def prepare(variant: str, threads: int, cache: str) -> None:
    """Before the import. XLA takes as many threads as there are processors for the process."""
    os.environ["JAX_PLATFORMS"] = "cpu"
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
    "sum_leading": lambda data: _pure(lambda x: [x.sum(axis=0)], data["x"]),
    "max_last": lambda data: _pure(lambda x: [x.max(axis=1)], data["x"]),
    "logsumexp": lambda data: _pure(lambda x: [jax.scipy.special.logsumexp(x, axis=1)], data["x"]),
    "gather": lambda data: _pure(lambda x, i: [x[i]], data["x"], data["i"]),
    "scatter": scatter,
}
