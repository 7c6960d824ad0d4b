"""PyTorch, step by step ("eager") or compiled ("compile"), or step by step on a GPU ("cuda")."""

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks.data import Data
from benchmarks.tasks import BETAS, CLIP, GIBBS, GUARD, L2, RATES, Run

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
    tensors = {name: torch.from_numpy(value.copy()) for name, value in data.items()}
    if SETTINGS["variant"] != "cuda":
        return BUILDERS[kind](tensors)
    torch.set_default_device("cuda")
    run = BUILDERS[kind]({name: tensor.cuda() for name, tensor in tensors.items()})

    def step() -> Any:
        result = run.step()
        torch.cuda.synchronize()
        return result

    return Run(step, run.values)


def _is_compiled() -> bool:
    return SETTINGS["variant"] == "compile"


def _pure(function: Callable[..., list[Any]], *values: Any) -> Run:
    """Without derivatives."""
    done = torch.compile(function, dynamic=False) if _is_compiled() else function

    def step() -> Any:
        with torch.no_grad():
            return done(*values)

    return Run(step, lambda result: [r.detach().cpu().numpy() for r in result])


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

    return Run(step, lambda result: [r.detach().cpu().numpy() for r in result])


def _training(
    cost: Callable[..., Any],
    p: list[Any],
    update: Callable[[list[Any], Any], None],
    state: list[Any],
    *values: Any,
) -> Run:
    """`cost(p, state, *values)` returns the cost and the next state, `update(p, gradients)` changes
    the parameters in place."""
    if _is_compiled():
        both = torch.func.grad_and_value(cost, has_aux=True)

        def whole(p: Any, state: Any, *values: Any) -> Any:
            gradients, (value, state) = both(p, state, *values)
            update(p, gradients)
            return value, state

        whole = torch.compile(whole, dynamic=False)
    else:
        for parameter in p:
            parameter.requires_grad_(True)

        def whole(p: Any, state: Any, *values: Any) -> Any:
            with torch.enable_grad():
                value, state = cost(p, state, *values)
                gradients = torch.autograd.grad(value, p)
            update(p, gradients)
            return value, [s.detach() for s in state]

    kept = [state]

    def step() -> Any:
        with torch.no_grad():
            value, kept[0] = whole(p, kept[0], *values)
        return [value]

    return Run(step, lambda result: [result[0].detach().cpu().numpy()])


def _descent(cost: Callable[..., Any], p: list[Any], rate: float, *values: Any) -> Run:
    def update(p: Any, gradients: Any) -> None:
        torch._foreach_add_(p, gradients, alpha=-rate)

    return _training(lambda p, _, *d: (cost(p, *d), []), p, update, [], *values)


def logistic(data: Any) -> Run:
    def cost(p: Any, X: Any, y: Any) -> Any:
        return nn.cross_entropy(torch.addmm(p[1], X, p[0]), y)

    return _descent(cost, [data["W"], data["b"]], RATES["logistic"], data["X"], data["y"])


def perceptron(data: Any) -> Run:
    def cost(p: Any, X: Any, y: Any) -> Any:
        h = torch.tanh(torch.addmm(p[1], X, p[0]))
        penalty = L2 * ((p[0] ** 2).sum() + (p[2] ** 2).sum())
        return nn.cross_entropy(torch.addmm(p[3], h, p[2]), y) + penalty

    parameters = [data[name] for name in ("W1", "b1", "W2", "b2")]
    return _descent(cost, parameters, RATES["perceptron"], data["X"], data["y"])


def _library_gated(X: Any, y: Any, W: Any, U: Any, b: Any, V: Any, c: Any) -> Run:
    """By its own LSTM and optimiser. It has two biases, of which one stays zero."""
    network, layer = torch.nn.LSTM(len(W), len(U)), torch.nn.Linear(*V.shape)
    network.bias_hh_l0.requires_grad_(False)
    with torch.no_grad():
        for parameter, value in (
            (network.weight_ih_l0, W.T),
            (network.weight_hh_l0, U.T),
            (network.bias_ih_l0, b),
            (network.bias_hh_l0, 0 * b),
            (layer.weight, V.T),
            (layer.bias, c),
        ):
            parameter.copy_(value)
    learnt = [q for q in (*network.parameters(), *layer.parameters()) if q.requires_grad]
    optimizer = torch.optim.Adam(learnt, lr=RATES["gated"], betas=BETAS, eps=GUARD, fused=True)

    def step() -> Any:
        _, (h, _) = network(X)
        value = nn.cross_entropy(layer(h[0]), y)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        optimizer.step()
        return [value]

    return Run(step, lambda result: [result[0].detach().cpu().numpy()])


def gated(data: Any) -> Run:
    X, y = data["X"], data["y"]
    p = [data[name] for name in ("W", "U", "b", "V", "c")]
    if not _is_compiled():
        return _library_gated(X, y, *p)
    m, v = ([torch.zeros_like(q) for q in p] for _ in range(2))
    count = torch.zeros(())

    def cost(p: Any, _: Any, X: Any, y: Any) -> Any:
        W, U, b, V, c = p
        h = memory = X.new_zeros(X.shape[1], len(U))
        inputs = X @ W + b
        for t in range(len(X)):
            i, f, g, o = (inputs[t] + h @ U).chunk(4, 1)
            memory = torch.sigmoid(f) * memory + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(memory)
        return nn.cross_entropy(torch.addmm(c, h, V), y), []

    def adam(p: Any, gradients: Any) -> None:
        count.add_(1.0)
        rate = RATES["gated"] * torch.sqrt(1 - BETAS[1] ** count) / (1 - BETAS[0] ** count)
        for q, g, a, s in zip(p, gradients, m, v, strict=True):
            a.mul_(BETAS[0]).add_((1 - BETAS[0]) * g)
            s.mul_(BETAS[1]).add_((1 - BETAS[1]) * g * g)
            q.sub_(rate * a / (torch.sqrt(s) + GUARD))

    return _training(cost, p, adam, [], X, y)


def letters(data: Any) -> Run:
    p = [data[name] for name in ("W", "U", "b", "V", "c")]
    squares = [torch.zeros_like(q) for q in p]

    def cost(p: Any, state: Any, x: Any, y: Any) -> Any:
        W, U, b, V, c = p
        (h,), inputs, states = state, W[x] + b, []
        for t in range(len(x)):
            h = torch.tanh(inputs[t] + h @ U)
            states.append(h)
        scores = torch.stack(states).reshape(-1, len(U)) @ V + c
        return nn.cross_entropy(scores, y.reshape(-1)), [h]

    def adagrad(p: Any, gradients: Any) -> None:
        for q, s, g in zip(p, squares, gradients, strict=True):
            g = g.clamp(-CLIP, CLIP)
            s.add_(g * g)
            q.sub_(RATES["letters"] * g / torch.sqrt(s + GUARD))

    return _training(cost, p, adagrad, [data["h"]], data["x"], data["y"])


def _machine(data: Any, kind: str) -> Run:
    p = [data[name] for name in ("W", "vbias", "hbias")]

    def energy(p: Any, v: Any) -> Any:
        return (-(v @ p[1]) - nn.softplus(torch.addmm(p[2], v, p[0])).sum(1)).mean()

    def up(p: Any, v: Any) -> Any:
        return torch.bernoulli(torch.sigmoid(torch.addmm(p[2], v, p[0])))

    def down(p: Any, h: Any) -> Any:
        return torch.bernoulli(torch.sigmoid(torch.addmm(p[1], h, p[0].T)))

    def cost(p: Any, state: Any, v0: Any) -> Any:
        with torch.no_grad():
            h = up(p, v0) if kind == "contrast" else state[0]
            for _ in range(GIBBS[kind]):
                v = down(p, h)
                h = up(p, v)
        return energy(p, v0) - energy(p, v), [h]

    def descent(p: Any, gradients: Any) -> None:
        torch._foreach_add_(p, gradients, alpha=-RATES["machine"])

    run = _training(cost, p, descent, [data["h"]], data["v"])
    return Run(run.step, lambda _: [q.detach().cpu().numpy().copy() for q in p])


def convolution(data: Any) -> Run:
    return _pure(lambda x, w: [nn.conv2d(x, w, padding=1)], data["x"], data["w"])


def convolution_gradients(data: Any) -> Run:
    x, w = data["x"], data["w"]

    def cost(x: Any, w: Any) -> Any:
        return 0.5 * (nn.conv2d(x, w, padding=1) ** 2).sum()

    if _is_compiled():
        return _pure(lambda x, w: list(torch.func.grad(cost, (0, 1))(x, w)), x, w)
    for operand in (x, w):
        operand.requires_grad_(True)
    return Run(
        lambda: torch.autograd.grad(cost(x, w), (x, w)),
        lambda result: [r.cpu().numpy() for r in result],
    )


def lenet(data: Any) -> Run:
    def block(x: Any, w: Any, b: Any) -> Any:
        return torch.tanh(nn.max_pool2d(nn.conv2d(x, w), 2) + b[None, :, None, None])

    def cost(p: Any, X: Any, y: Any) -> Any:
        h = block(block(X, p[0], p[1]), p[2], p[3])
        h = torch.tanh(torch.addmm(p[5], h.flatten(1), p[4]))
        return nn.cross_entropy(torch.addmm(p[7], h, p[6]), y)

    parameters = [data[name] for name in ("K1", "a1", "K2", "a2", "W1", "b1", "W2", "b2")]
    return _descent(cost, parameters, RATES["lenet"], data["X"], data["y"])


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
    "sum_all": lambda data: _pure(lambda x: [x.sum()], data["x"]),
    "product": lambda data: _pure(lambda x, y: [x @ y], data["x"], data["y"]),
    "sum_leading": lambda data: _pure(lambda x: [x.sum(dim=0)], data["x"]),
    "max_last": lambda data: _pure(lambda x: [x.amax(dim=1)], data["x"]),
    "logsumexp": lambda data: _pure(_logsumexp, data["x"]),
    "gather": lambda data: _pure(lambda x, i: [x[i]], data["x"], data["i"]),
    "scatter": lambda data: _pure(
        lambda x, i, u: [x.index_add_(0, i, u)], data["x"], data["i"], data["u"]
    ),
    "convolution": convolution,
    "convolution_gradients": convolution_gradients,
    "lenet": lenet,
    "gated": gated,
    "letters": letters,
    "contrast": lambda data: _machine(data, "contrast"),
    "persistence": lambda data: _machine(data, "persistence"),
}
