"""Disguised functions far out, with their slopes, wherever they stand: in loops and in branches."""

import numpy as np
import pytest
from scipy import special

import symgraph as sg
import symgraph.tensor as T

FAR = np.array([-1000.0, -100.0, -20.0, -1.0, -1e-8, 0.0, 1e-8, 1.0, 20.0, 100.0, 1000.0])
sigmoid = T.nnet.sigmoid


def pair(x):
    """0 and x beside each other, as the rows of a softmax."""
    return T.stack([x * 0, x], axis=1)


def normalised(x):
    return T.exp(pair(x)) / T.exp(pair(x)).sum(axis=1, keepdims=True)


def three(x):
    return np.logaddexp(np.logaddexp(x, 2 * x), 0)


SOFTPLUS = {
    "log(1 + exp(x))": lambda x: T.log(1 + T.exp(x)),
    "-log(1 / (1 + exp(x)))": lambda x: -T.log(1 / (1 + T.exp(x))),
    "log(1 / sigmoid(-x))": lambda x: T.log(1 / sigmoid(-x)),
    "-log(1 - sigmoid(x))": lambda x: -T.log(1 - sigmoid(x)),
    "-log(exp(-x) / (1 + exp(-x)))": lambda x: -T.log(T.exp(-x) / (1 + T.exp(-x))),
    "log(1 + 1 / exp(-x))": lambda x: T.log(1 + 1 / T.exp(-x)),
    "log((1 + exp(x))²) / 2": lambda x: T.log((1 + T.exp(x)) ** 2) / 2,
    "log(sqr(1 + exp(x))) / 2": lambda x: 0.5 * T.log(T.sqr(1 + T.exp(x))),
    "2 log(sqrt(1 + exp(x)))": lambda x: 2 * T.log(T.sqrt(1 + T.exp(x))),
    "log2(1 + exp(x)) log(2)": lambda x: T.log2(1 + T.exp(x)) * np.log(2),
    "x - log(sigmoid(x))": lambda x: x - T.log(sigmoid(x)),
    "log of a sum": lambda x: T.log(T.exp(T.stack([x, x * 0])).sum(axis=0)),
    "a row of log(softmax)": lambda x: -T.log(T.nnet.softmax(pair(x))[:, 0]),
    "a row of log(exp / sum(exp))": lambda x: -T.log(normalised(x)[:, 0]),
    "one-hot log(softmax)": lambda x: (
        -(T.constant(np.eye(2)[0], dtype=x.dtype) * T.log(T.nnet.softmax(pair(x)))).sum(axis=1)
    ),
    "categorical_crossentropy": lambda x: T.nnet.categorical_crossentropy(
        T.nnet.softmax(pair(x)), T.zeros_like(x).astype("int64")
    ),
}
# What is written, its value and its slope.
OTHERS = {
    "log(sigmoid / (1 - sigmoid))": (
        lambda x: T.log(sigmoid(x) / (1 - sigmoid(x))), lambda x: x, np.ones_like),
    "log(sigmoid) - log(1 - sigmoid)": (
        lambda x: T.log(sigmoid(x)) - T.log(1 - sigmoid(x)), lambda x: x, np.ones_like),
    "cross-entropy": (
        lambda x: -(0.25 * T.log(sigmoid(x)) + 0.75 * T.log(1 - sigmoid(x))),
        lambda x: 0.25 * np.logaddexp(0, -x) + 0.75 * np.logaddexp(0, x),
        lambda x: special.expit(x) - 0.25),
    "exp(x) / (exp(x) + 1)": (
        lambda x: T.exp(x) / (T.exp(x) + 1), special.expit,
        lambda x: special.expit(x) * special.expit(-x)),
    "expm1(2x) / (exp(2x) + 1)": (
        lambda x: (T.exp(2 * x) - 1) / (T.exp(2 * x) + 1), np.tanh,
        lambda x: 1 - np.tanh(x) ** 2),
    "-(1 - exp(x / 99))": (
        lambda x: -(1 - T.exp(x / 99)), lambda x: np.expm1(x / 99), lambda x: np.exp(x / 99) / 99),
    "log of three": (
        lambda x: T.log(T.exp(x) + T.exp(2 * x) + 1), three,
        lambda x: np.exp(x - three(x)) + 2 * np.exp(2 * x - three(x))),
}  # fmt: skip
CASES = OTHERS | {
    name: (write, lambda x: np.logaddexp(0, x), special.expit) for name, write in SOFTPLUS.items()
}


def in_loop(write, x):
    return sg.scan(write, x.reshape((1, -1)))[0].flatten()


def in_branch(write, x):
    return sg.ifelse(x.sum() < 1e9, write(x), x)


PLACES = {
    "plain": lambda write, x: write(x),
    "loop": in_loop,
    "state": lambda write, x: sg.scan(
        lambda entry, state: state * 0 + write(entry), x.reshape((1, -1)), T.zeros_like(x)
    )[0][-1],
    "branch": in_branch,
    "loop in branch": lambda write, x: in_branch(lambda v: in_loop(write, v), x),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", CASES)
def test_right_far_out(name, place):
    write, value, slope = CASES[name]
    for dtype in ("float64",) if place != "plain" else ("float32", "float64"):
        x = T.vector("x", dtype=dtype)
        y = PLACES[place](write, x)
        at = FAR.astype(dtype)
        found = sg.function([x], [y, T.grad(y.sum(), x)])(at)
        eps = np.finfo(dtype).eps
        with np.errstate(all="ignore"):
            wanted = [f(at.astype("float64")) for f in (value, slope)]
        for one, want in zip(found, wanted, strict=True):
            np.testing.assert_allclose(one, want, rtol=60 * eps, atol=4 * eps)
