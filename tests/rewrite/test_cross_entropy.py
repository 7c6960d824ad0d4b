"""However the cross-entropy of a softmax is written, its value and slopes are right far out."""

import numpy as np
import pytest
from support.agreement import assert_agree

import symgraph as sg
import symgraph.tensor as T

SCORES = np.array([[1000.0, 0.0, -1000.0], [0.0, 1.0, 2.0], [-1000.0, -1000.0, 1000.0]])
CLASSES = np.array([2, 0, 2])


def one_hot(y, x):
    return T.cast(T.eq(y.dimshuffle(0, "x"), T.arange(3)), x.dtype)


def written_softmax(x):
    e = T.exp(x)
    return e / e.sum(axis=1, keepdims=True)


def shifted_softmax(x):
    e = T.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def by_rows(x):
    e = T.exp(x)
    return e / e.sum(axis=1).dimshuffle(0, "x")


PROBABILITIES = {
    "nnet.softmax": T.nnet.softmax,
    "exp / sum": written_softmax,
    "shifted": shifted_softmax,
    "dimshuffle": by_rows,
}
COSTS = {
    "log then index": lambda p, y, t: -T.mean(T.log(p)[T.arange(y.shape[0]), y]),
    "index then log": lambda p, y, t: -T.mean(T.log(p[T.arange(y.shape[0]), y])),
    "nnet, classes": lambda p, y, t: T.mean(T.nnet.categorical_crossentropy(p, y)),
    "nnet, one-hot": lambda p, y, t: T.mean(T.nnet.categorical_crossentropy(p, t)),
    "one-hot": lambda p, y, t: -T.mean((t * T.log(p)).sum(axis=1)),
    "one-hot, whole": lambda p, y, t: -(t * T.log(p)).sum() / p.shape[0],
    "one-hot, xlogy": lambda p, y, t: -T.xlogy(t, p).sum() / p.shape[0],
    "transposed": lambda p, y, t: -T.mean(T.log(p.T)[y, T.arange(y.shape[0])]),
}


@pytest.fixture(params=["reference", "llvm"], autouse=True)
def mode(request):
    with sg.config.change_flags(mode=request.param):
        yield


def expected():
    shifted = SCORES - SCORES.max(axis=1, keepdims=True)
    total = np.exp(shifted).sum(axis=1, keepdims=True)
    value = -(shifted - np.log(total))[range(3), CLASSES].mean()
    return value, (np.exp(shifted) / total - np.eye(3)[CLASSES]) / 3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("softmax", PROBABILITIES)
@pytest.mark.parametrize("cost", COSTS)
def test_value_and_derivative(cost, softmax, dtype):
    x, y = T.matrix("x", dtype=dtype), T.lvector("y")
    written = COSTS[cost](PROBABILITIES[softmax](x), y, one_hot(y, x))
    value, slope = sg.function([x, y], [written, sg.grad(written, x)])(
        SCORES.astype(dtype), CLASSES
    )
    wanted_value, wanted_slope = expected()
    np.testing.assert_allclose(value, wanted_value, rtol=10 * np.finfo(dtype).eps)
    np.testing.assert_allclose(slope, wanted_slope, atol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("axes", [0, 1, (0, 1), None])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("shifted", [False, True])
def test_log_sum_exp(axes, keepdims, shifted, dtype):
    x = T.matrix("x", dtype=dtype)
    if shifted:
        m = x.max(axis=axes, keepdims=True)
        inner = T.log(T.exp(x - m).sum(axis=axes, keepdims=True)) + m
        y = inner if keepdims else inner.sum(axis=axes)
    else:
        y = T.log(T.exp(x).sum(axis=axes, keepdims=keepdims))
    value, slope = sg.function([x], [y, sg.grad(y.sum(), x)])(SCORES.astype(x.dtype))
    m = SCORES.max(axis=axes, keepdims=True)
    e = np.exp(SCORES - m)
    wanted = np.log(e.sum(axis=axes, keepdims=True)) + m
    np.testing.assert_allclose(value, wanted if keepdims else wanted.sum(axis=axes), rtol=1e-6)
    np.testing.assert_allclose(slope, e / e.sum(axis=axes, keepdims=True), atol=1e-6)


def test_log_mean_exp():
    x = T.dmatrix("x")
    y = T.log(T.exp(x).mean(axis=1))
    value, slope = sg.function([x], [y, sg.grad(y.sum(), x)])(SCORES.astype(x.dtype))
    more = np.log(np.exp([-2.0, -1.0, 0.0]).sum()) + 2
    np.testing.assert_allclose(value, np.array([1000, more, 1000]) - np.log(3))
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_binary_cross_entropy(dtype):
    x, t = T.vector("x", dtype=dtype), T.vector("t", dtype=dtype)
    p = T.nnet.sigmoid(x)
    far = np.array([1000.0, -1000.0, 1000.0, -1000.0, 0.5], dtype)
    targets = np.array([1.0, 0.0, 0.0, 1.0, 1.0], dtype)
    wanted = np.maximum(far, 0) - far * targets + np.log1p(np.exp(-np.abs(far)))
    for cost in (
        T.nnet.binary_crossentropy(p, t),
        -(t * T.log(p) + (1 - t) * T.log(1 - p)),
        T.nnet.binary_crossentropy(1 / (1 + T.exp(-x)), t),
    ):
        value, slope = sg.function([x, t], [cost, sg.grad(cost.sum(), x)])(far, targets)
        np.testing.assert_allclose(value, wanted, rtol=1e-5)
        s = np.array([1, 0, 1, 0, 1 / (1 + np.exp(-0.5))])
        np.testing.assert_allclose(slope, s - targets, atol=1e-6)


def test_a_target_of_less_precision_is_rounded_as_it_was_computed():
    """1 - sigmoid(z) in float32 has the error of sigmoid(z), sigmoid(-z) one of its own."""
    x, z = T.dvector("x"), T.fvector("z")
    target, chance = T.sigmoid(z), T.sigmoid(x)
    entropy = -(T.xlogy(target, chance) + T.xlogy(1 - target, 1 - chance))
    values = [np.full(400, -4e-4), np.linspace(-2, 2, 400, dtype="float32")]
    assert_agree([x, z], [entropy], values)
