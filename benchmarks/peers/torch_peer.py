"""PyTorch, step by step ("eager") or compiled ("compile")."""

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks.tasks import L2, RATES, Data, Run

torch: Any = None
nn: Any = None
SETTINGS = {"variant": "eager", "threads": 1}


def prepare(variant: str, threads: int, cache: str) -> None:
    """Before the import. `cache`: a folder for compiled code."""
    SETTINGS.update(variant=variant, threads=threads)
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = cache
    for library in ("OMP", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = str(threads)


def load() -> str:
    """Import it; its version."""
    global torch, nn
    torch = import_module("torch")
    nn = import_module("torch.nn.functional")
    torch.set_num_threads(SETTINGS["threads"])
    return torch.__version__


def build(kind: str, data: Data) -> Run:
    return BUILDERS[kind]({name: torch.from_numpy(value.copy()) for name, value in data.items()})


def _is_compiled() -> bool:
    return SETTINGS["variant"] == "compile"


def _pure(function: Callable[..., list[Any]], *values: Any) -> Run:
    """Without derivatives."""
    done = torch.compile(function, dynamic=False) if _is_compiled() else function

    def step() -> Any:
        with torch.no_grad():
            return done(*values)

    return Run(step, lambda result: [r.detach().numpy() for r in result])


def _formula(x: Any) -> Any:
    return torch.exp(-(x**2)) * torch.tanh(x) + torch.log1p(x * x)


def elementwise(data: Any) -> Run:
    return _pure(lambda x: [_formula(x)], data["x"])


def elementwise_gradient(data: Any) -> Run:
    x = data["x"]
    if _is_compiled():
        both = torch.func.grad_and_value(lambda x: _formula(x).sum())
        return _pure(lambda x: list(both(x))[::-1], x)
    x.requires_grad_(True)

    def step() -> Any:
        total = _formula(x).sum()
        return [total, torch.autograd.grad(total, x)[0]]

    return Run(step, lambda result: [r.detach().numpy() for r in result])


def _descent(cost: Callable[..., Any], parameters: list[Any], rate: float, data: Any) -> Run:
    X, y = data["X"], data["y"]
    if _is_compiled():
        both = torch.func.grad_and_value(cost)

        def compiled(parameters: Any, X: Any, y: Any) -> Any:
            gradients, value = both(parameters, X, y)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.sub_(rate * gradient)
            return [value]

        return _pure(compiled, parameters, X, y)
    for parameter in parameters:
        parameter.requires_grad_(True)

    def step() -> Any:
        value = cost(parameters, X, y)
        gradients = torch.autograd.grad(value, parameters)
        with torch.no_grad():
            torch._foreach_add_(parameters, gradients, alpha=-rate)
        return [value]

    return Run(step, lambda result: [result[0].detach().numpy()])


def logistic(data: Any) -> Run:
    def cost(p: Any, X: Any, y: Any) -> Any:
        return nn.cross_entropy(torch.addmm(p[1], X, p[0]), y)

    return _descent(cost, [data["W"], data["b"]], RATES["logistic"], data)


def perceptron(data: Any) -> Run:
    def cost(p: Any, X: Any, y: Any) -> Any:
        h = torch.tanh(torch.addmm(p[1], X, p[0]))
        penalty = L2 * ((p[0] ** 2).sum() + (p[2] ** 2).sum())
        return nn.cross_entropy(torch.addmm(p[3], h, p[2]), y) + penalty

    parameters = [data[name] for name in ("W1", "b1", "W2", "b2")]
    return _descent(cost, parameters, RATES["perceptron"], data)


def updates(data: Any) -> Run:
    def step(state: Any, *x: Any) -> Any:
        total = x[0] * x[1] + x[2] * x[3] + x[4] + state[0] * state[1]
        for value, change in zip(state, x, strict=False):
            value.add_(change, alpha=0.5)
        return [total, *state]

    state = [data[f"x{number}"] for number in range(5, 8)]
    return _pure(step, state, *(data[f"x{number}"] for number in range(5)))


def _logsumexp(x: Any) -> list[Any]:
    return [torch.logsumexp(x, dim=1)]


BUILDERS: dict[str, Callable[[Data], Run]] = {
    "elementwise": elementwise,
    "elementwise_gradient": elementwise_gradient,
    "logistic": logistic,
    "perceptron": perceptron,
    "increment": lambda data: _pure(lambda x: [x + 1], data["x0"]),
    "updates": updates,
    "sum_leading": lambda data: _pure(lambda x: [x.sum(dim=0)], data["x"]),
    "max_last": lambda data: _pure(lambda x: [x.amax(dim=1)], data["x"]),
    "logsumexp": lambda data: _pure(_logsumexp, data["x"]),
    "gather": lambda data: _pure(lambda x, i: [x[i]], data["x"], data["i"]),
    "scatter": lambda data: _pure(
        lambda x, i, u: [x.index_add_(0, i, u)], data["x"], data["i"], data["u"]
    ),
}
