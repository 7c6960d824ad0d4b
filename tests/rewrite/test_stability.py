"""Expressions that overflow as written, and their derivatives, are right far out."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T

FAR = [-1000.0, -100.0, -20.0, -1.0, 0.0, 1.0, 20.0, 100.0, 1000.0]


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


CASES = {
    "log(1+exp(x))": (lambda x: T.log(1 + T.exp(x)), softplus, sigmoid),
    "log(exp(x)+1)": (lambda x: T.log(T.exp(x) + 1), softplus, sigmoid),
    "log(sigmoid(x))": (
        lambda x: T.log(T.nnet.sigmoid(x)), lambda x: -softplus(-x), lambda x: sigmoid(-x),
    ),
    "log(1/(1+exp(-x)))": (
        lambda x: T.log(1 / (1 + T.exp(-x))), lambda x: -softplus(-x), lambda x: sigmoid(-x),
    ),
    "log(1-sigmoid(x))": (
        lambda x: T.log(1 - T.nnet.sigmoid(x)), lambda x: -softplus(x), lambda x: -sigmoid(x),
    ),
    "exp(x)/(1+exp(x))": (
        lambda x: T.exp(x) / (1 + T.exp(x)), sigmoid, lambda x: sigmoid(x) * sigmoid(-x),
    ),
    "1/(1+exp(-x))": (
        lambda x: 1 / (1 + T.exp(-x)), sigmoid, lambda x: sigmoid(x) * sigmoid(-x),
    ),
    "log(exp(x))": (lambda x: T.log(T.exp(x)), lambda x: x, np.ones_like),
    "sqrt(x**2)": (lambda x: T.sqrt(x**2), np.abs, None),
}  # fmt: skip


@pytest.fixture(params=["reference", "llvm"], autouse=True)
def mode(request):
    with sg.config.change_flags(mode=request.param):
        yield


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_elementwise(name, dtype):
    write, value, slope = CASES[name]
    x = T.vector("x", dtype=dtype)
    y = write(x)
    at = np.array(FAR, dtype)
    f = sg.function([x], [y, sg.grad(y.sum(), x)])
    found, derivative = f(at)
    tolerance = {"rtol": 20 * np.finfo(dtype).eps, "atol": 10 * np.finfo(dtype).tiny}
    np.testing.assert_allclose(found, value(at.astype("float64")), **tolerance)
    if slope is not None:
        # A quotient's derivative is a difference: right but for rounding beside 1.
        tolerance["atol"] = np.finfo(dtype).eps
        np.testing.assert_allclose(derivative, slope(at.astype("float64")), **tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cross_entropy_of_a_softmax_as_the_book_writes_it(dtype):
    x, y = T.matrix("x", dtype=dtype), T.lvector("y")
    cost = -T.mean(T.log(T.nnet.softmax(x))[T.arange(y.shape[0]), y])
    f = sg.function([x, y], [cost, sg.grad(cost, x)])
    rows = np.array([[1000.0, 0.0, -1000.0], [0.0, 1.0, 2.0]], dtype)
    labels = np.array([2, 0])
    value, derivative = f(rows, labels)
    shifted = rows.astype("float64") - rows.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(value, -log_p[[0, 1], labels].mean(), rtol=1e-6)
    np.testing.assert_allclose(derivative, (p - np.eye(3)[labels]) / 2, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_log_sum_exp(dtype):
    x = T.matrix("x", dtype=dtype)
    y = T.log(T.exp(x).sum(axis=1))
    rows = np.array([[1000.0, 999.0], [-1000.0, -1001.0], [0.0, -np.inf]], dtype)
    value, derivative = sg.function([x], [y, sg.grad(y.sum(), x)])(rows)
    more = np.log1p(np.exp(-1.0))
    np.testing.assert_allclose(value, [1000 + more, -1000 + more, 0], rtol=1e-6)
    p = 1 / (1 + np.exp(-1.0))
    np.testing.assert_allclose(derivative, [[p, 1 - p], [p, 1 - p], [1, 0]], rtol=1e-5)


def test_rules_can_be_left_out_by_name():
    x = T.dvector("x")
    y = T.log(1 + T.exp(x))
    with sg.config.change_flags(optimizer_excluding="stabilize"):
        assert np.isinf(sg.function([x], y)([1000.0]))
    with sg.config.change_flags(optimizer_excluding="softplus:log1p"):
        assert np.isinf(sg.function([x], y)([1000.0]))
    with (
        sg.config.change_flags(optimizer_excluding="logp"),
        pytest.raises(ValueError, match="no rewriting rule or phase is called.*logp"),
    ):
        sg.function([x], y)


def test_steps_can_be_printed(capsys):
    x = T.dvector("x")
    with sg.config.change_flags(optimizer_verbose="True"):
        sg.function([x], T.log(1 + x))
    assert "stabilize, log1p: log(1.0 + x) → log1p(x)" in capsys.readouterr().err
