"""Optimisers: from a cost and its parameters to the updates of one step.

Each returns pairs (shared variable, its next value) for `function(updates=...)`: the parameters
first, then the optimiser's own state, which is shared, named after its parameter, and begins at
zero. All formulas are those of the papers named. A learning rate is a number, or an expression
(0-d, of the parameters' dtype) such as a shared variable that is set between epochs. With `clip`
every element of a gradient is first brought into [-clip, clip].
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import symgraph.tensor as T
from symgraph import SharedVariable, Variable, grad, shared

from ..errors import ParameterError
from ..suggestions import did_you_mean

Updates = list[tuple[SharedVariable, Variable]]
Rate = float | Variable


def _zeros_like(parameter: SharedVariable, name: str) -> SharedVariable:
    value = parameter.get_value(borrow=True)
    return shared(np.zeros_like(value), name=f"{name}.{parameter.name}")


def _weak(rate: Rate) -> Rate:
    """Return a plain number: one of NumPy's would make float64 of the weights' float32."""
    return rate if isinstance(rate, Variable) else float(rate)


def _gradients(
    cost: Variable, params: Sequence[SharedVariable], clip: float | None
) -> list[Variable]:
    gradients = grad(cost, list(params))
    if clip is None:
        return gradients
    return [T.clip(g, -float(clip), float(clip)) for g in gradients]


def decaying(learning_rate: float, decay: float, dtype: str) -> tuple[Variable, Updates]:
    """Return learning_rate / (1 + decay · steps made), 0-d, and the update that counts the steps.

    >>> import symgraph as sg
    >>> rate, counted = decaying(1.0, 0.5, "float64")
    >>> step = sg.function([], rate, updates=counted)
    >>> [round(float(step()), 2) for _ in range(3)]
    [1.0, 0.67, 0.5]
    """
    steps = shared(np.zeros((), np.float64), name="steps_of_decay")
    rate = T.cast(float(learning_rate) / (1 + float(decay) * steps), dtype)
    return rate, [(steps, steps + 1)]


def sgd(
    cost: Variable,
    params: Sequence[SharedVariable],
    learning_rate: Rate = 0.01,
    *,
    clip: float | None = None,
) -> Updates:
    """Descend along the gradient: w ← w - learning_rate · ∂cost/∂w.

    >>> import numpy as np, symgraph as sg
    >>> w = sg.shared(np.array([1.0]), name="w")
    >>> step = sg.function([], updates=sgd((w**2).sum(), [w], 0.1))
    >>> _ = step()
    >>> w.get_value().round(3).tolist()
    [0.8]
    """
    learning_rate = _weak(learning_rate)
    gradients = _gradients(cost, params, clip)
    return [(p, p - learning_rate * g) for p, g in zip(params, gradients, strict=True)]


def momentum(
    cost: Variable,
    params: Sequence[SharedVariable],
    learning_rate: Rate = 0.01,
    momentum: float = 0.9,
    nesterov: bool = False,
    *,
    clip: float | None = None,
) -> Updates:
    """Descend with momentum: v ← momentum · v - learning_rate · g, then w ← w + v (Polyak, 1964).

    With `nesterov`, w ← w + momentum · v - learning_rate · g (Sutskever et al., ICML 2013).

    >>> import numpy as np, symgraph as sg
    >>> w = sg.shared(np.array([1.0]), name="w")
    >>> step = sg.function([], updates=momentum((w**2).sum(), [w], 0.1))
    >>> _ = step(), step()
    >>> w.get_value().round(3).tolist()
    [0.46]
    """
    learning_rate = _weak(learning_rate)
    new: Updates = []
    state: Updates = []
    for p, g in zip(params, _gradients(cost, params, clip), strict=True):
        v = _zeros_like(p, "velocity")
        after = momentum * v - learning_rate * g
        new.append((p, p + (momentum * after - learning_rate * g if nesterov else after)))
        state.append((v, after))
    return new + state


def accelerated(
    cost: Variable,
    params: Sequence[SharedVariable],
    learning_rate: Rate = 0.01,
    *,
    clip: float | None = None,
) -> Updates:
    """Descend with Nesterov's acceleration, for convex costs of which all samples are in a step.

    w ← w - learning_rate · g + v, v being (t - 1) / t' of what the last step moved, where
    t' = (1 + √(1 + 4t²)) / 2 (Nesterov, 1983). Where a step goes uphill, t begins anew
    (B. O'Donoghue, E. Candès, Foundations of Computational Mathematics 15, 2015).

    >>> import numpy as np, symgraph as sg
    >>> w = sg.shared(np.array([1.0]), name="w")
    >>> step = sg.function([], updates=accelerated((w**2).sum(), [w], 0.1))
    >>> _ = [step() for _ in range(50)]
    >>> bool(abs(w.get_value()[0]) < 1e-3)
    True
    """
    learning_rate = _weak(learning_rate)
    gradients = _gradients(cost, params, clip)
    velocities = [_zeros_like(p, "velocity") for p in params]
    moves = [v - learning_rate * g for v, g in zip(velocities, gradients, strict=True)]
    uphill = sum(T.sum(g * move) for g, move in zip(gradients, moves, strict=True)) > 0
    # t - 1, so that it begins at zero.
    steps = shared(np.zeros((), np.float64), name="steps")
    t = steps + 1
    after = T.switch(uphill, 1.0, (1 + T.sqrt(1 + 4 * t**2)) / 2)
    share = T.switch(uphill, 0.0, steps / after)
    new: Updates = []
    state: Updates = []
    for p, g, v, move in zip(params, gradients, velocities, moves, strict=True):
        v_after = T.cast(share, p.type.dtype) * move
        new.append((p, p - learning_rate * g + v_after))
        state.append((v, v_after))
    return [*new, *state, (steps, after - 1)]


def adagrad(
    cost: Variable,
    params: Sequence[SharedVariable],
    learning_rate: Rate = 0.01,
    epsilon: float = 1e-8,
    *,
    clip: float | None = None,
) -> Updates:
    """Descend with AdaGrad: s ← s + g², w ← w - learning_rate · g / √(s + epsilon).

    Source: J. Duchi et al., JMLR 12, 2011.

    >>> import numpy as np, symgraph as sg
    >>> w = sg.shared(np.array([1.0]), name="w")
    >>> step = sg.function([], updates=adagrad((w**2).sum(), [w], 0.1))
    >>> _ = step()
    >>> w.get_value().round(3).tolist()
    [0.9]
    """
    learning_rate = _weak(learning_rate)
    new: Updates = []
    state: Updates = []
    for p, g in zip(params, _gradients(cost, params, clip), strict=True):
        s = _zeros_like(p, "squares")
        after = s + T.sqr(g)
        new.append((p, p - learning_rate * g / T.sqrt(after + epsilon)))
        state.append((s, after))
    return new + state


def rmsprop(
    cost: Variable,
    params: Sequence[SharedVariable],
    learning_rate: Rate = 0.001,
    rho: float = 0.9,
    epsilon: float = 1e-6,
    *,
    clip: float | None = None,
) -> Updates:
    """Descend with RMSProp.

    s ← rho · s + (1 - rho) · g², w ← w - learning_rate · g / √(s + epsilon).

    Source: T. Tieleman, G. Hinton, Coursera lecture 6.5, 2012.

    >>> import numpy as np, symgraph as sg
    >>> w = sg.shared(np.array([1.0]), name="w")
    >>> step = sg.function([], updates=rmsprop((w**2).sum(), [w], 0.1, rho=0.75))
    >>> _ = step()
    >>> w.get_value().round(3).tolist()
    [0.8]
    """
    learning_rate = _weak(learning_rate)
    new: Updates = []
    state: Updates = []
    for p, g in zip(params, _gradients(cost, params, clip), strict=True):
        s = _zeros_like(p, "squares")
        after = rho * s + (1 - rho) * T.sqr(g)
        new.append((p, p - learning_rate * g / T.sqrt(after + epsilon)))
        state.append((s, after))
    return new + state


def adam(
    cost: Variable,
    params: Sequence[SharedVariable],
    learning_rate: Rate = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    *,
    clip: float | None = None,
) -> Updates:
    """Descend with Adam: moments of the gradient with their bias taken out.

    m ← beta1 · m + (1 - beta1) · g, v ← beta2 · v + (1 - beta2) · g², then w ← w - learning_rate ·
    m̂ / (√v̂ + epsilon), where m̂ = m / (1 - beta1ᵗ) and v̂ = v / (1 - beta2ᵗ) (D. Kingma, J. Ba,
    ICLR 2015, algorithm 1).

    >>> import numpy as np, symgraph as sg
    >>> w = sg.shared(np.array([1.0]), name="w")
    >>> step = sg.function([], updates=adam((w**2).sum(), [w], 0.1))
    >>> _ = step()
    >>> w.get_value().round(3).tolist()
    [0.9]
    """
    learning_rate = _weak(learning_rate)
    new: Updates = []
    state: Updates = []
    steps = shared(np.zeros((), np.float64), name="steps")
    t = steps + 1
    for p, g in zip(params, _gradients(cost, params, clip), strict=True):
        m, v = _zeros_like(p, "first_moment"), _zeros_like(p, "second_moment")
        dtype = p.type.dtype
        rate = T.cast(learning_rate * T.sqrt(1 - beta2**t) / (1 - beta1**t), dtype)
        # The paper's epsilon hat: epsilon · √(1 - beta2ᵗ) beside the moment not yet corrected.
        guard = T.cast(epsilon * T.sqrt(1 - beta2**t), dtype)
        m_after = beta1 * m + (1 - beta1) * g
        v_after = beta2 * v + (1 - beta2) * T.sqr(g)
        new.append((p, p - rate * m_after / (T.sqrt(v_after) + guard)))
        state += [(m, m_after), (v, v_after)]
    return [*new, *state, (steps, t)]


OPTIMIZERS: dict[str, Callable[..., Updates]] = {
    "sgd": sgd,
    "momentum": momentum,
    "accelerated": accelerated,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adam": adam,
}


# Rates for optimisers that bring gradients to one size themselves.
_OWN_RATES = {"adagrad": 0.1, "rmsprop": 0.01, "adam": 0.01}
# What is left of a step for plain descent where later steps repeat 0.9 of it.
_SHARES = {"momentum": 0.1}


def rate_for(name: str, step: float) -> float:
    """Return the learning rate of an optimiser where `step` is that of plain descent.

    >>> rate_for("sgd", 0.5), rate_for("momentum", 0.5), rate_for("adam", 0.5)
    (0.5, 0.05, 0.01)
    """
    return _OWN_RATES.get(name, step * _SHARES.get(name, 1.0))


def optimizer_named(name: str) -> Callable[..., Any]:
    """Return the optimiser of this name: a key of `OPTIMIZERS`.

    Raises `ParameterError` that lists the names there are.

    >>> optimizer_named("adam") is adam
    True
    """
    try:
        return OPTIMIZERS[name]
    except (KeyError, TypeError):
        raise ParameterError(
            f"no optimizer is called {name!r}; there are {', '.join(OPTIMIZERS)}"
            f"{did_you_mean(name, OPTIMIZERS)}"
        ) from None
