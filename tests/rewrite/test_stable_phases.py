"""log(1 + exp(x)), log(sigmoid(x)) and log(softmax(x)) with their gradients at ±1000: with each
phase of rewriting left out, with each as the last, and by functions that need no rewriting."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.rewrite import phases

AT = np.array([-1000.0, -100.0, -1.0, 0.0, 1.0, 100.0, 1000.0])
ROWS = np.array([[1000.0, 0.0, -1000.0], [-1000.0, -1000.0, 1000.0], [3.0, 1000.0, 1000.0]])
WEIGHTS = np.array([[1.0, -2.0, 0.5], [0.25, 1.0, 3.0], [-1.0, 2.0, 1.0]])
NAMES = [phase.name for phase in phases()]
LATEST = NAMES.index("stabilize") + 1
# What may be left out, so that these are right nevertheless.
LEFT_OUT = [
    [],
    *([name] for name in NAMES if name != "stabilize"),
    *(NAMES[position:] for position in range(LATEST, len(NAMES))),
    [name for name in NAMES if name != "stabilize"],
]


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def log_softmax(x):
    x = x - x.max(axis=1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


def slope_of_log_softmax(x):
    """Of the sum of the weighted logarithms."""
    return WEIGHTS - np.exp(log_softmax(x)) * WEIGHTS.sum(axis=1, keepdims=True)


# As written by users; value and slope; and the function that needs no rewriting.
CASES = {
    "log(1 + exp(x))": (
        lambda x: T.log(1 + T.exp(x)), T.nnet.softplus, softplus, sigmoid,
    ),
    "log(sigmoid(x))": (
        lambda x: T.log(T.nnet.sigmoid(x)), lambda x: -T.nnet.softplus(-x),
        lambda x: -softplus(-x), lambda x: sigmoid(-x),
    ),
    "log(softmax(x))": (
        lambda x: T.log(T.nnet.softmax(x)), T.nnet.logsoftmax, log_softmax, slope_of_log_softmax,
    ),
}  # fmt: skip


@pytest.fixture(params=["reference", "llvm"], autouse=True)
def mode(request):
    with sg.config.change_flags(mode=request.param):
        yield


def results(write, name, dtype):
    """Value and gradient as computed, and as they should be."""
    _, _, value, slope = CASES[name]
    at = ROWS if "softmax" in name else AT
    x = T.TensorType(dtype, (None,) * at.ndim)("x")
    y = write(x)
    cost = (y * T.constant(WEIGHTS.astype(dtype))).sum() if at.ndim == 2 else y.sum()
    found = sg.function([x], [y, sg.grad(cost, x)])(at.astype(dtype))
    return found, (value(at), slope(at))


def right(found, expected, dtype):
    eps = np.finfo(dtype).eps
    for got, wanted in zip(found, expected, strict=True):
        assert got.dtype == dtype
        # A slope may be a difference of numbers of size 1.
        np.testing.assert_allclose(got, wanted, rtol=20 * eps, atol=4 * eps)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("left_out", LEFT_OUT, ids=lambda names: ":".join(names) or "nothing")
@pytest.mark.parametrize("name", CASES)
def test_right_far_out_whatever_else_runs(name, left_out, dtype):
    with sg.config.change_flags(optimizer_excluding=":".join(left_out)):
        right(*results(CASES[name][0], name, dtype), dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_functions_that_need_no_rewriting(name, dtype):
    with sg.config.change_flags(optimizer="None"):
        right(*results(CASES[name][1], name, dtype), dtype)


@pytest.mark.parametrize("name", CASES)
def test_without_rewriting_the_written_form_is_computed(name):
    """It overflows, and that shows: nothing is put right behind the user's back."""
    with sg.config.change_flags(optimizer="None"):
        (value, _), (wanted, _) = results(CASES[name][0], name, "float64")
    assert not np.isfinite(value).all()
    fine = np.isfinite(value) & (np.abs(wanted) < 1)
    np.testing.assert_allclose(value[fine], wanted[fine], rtol=1e-12, atol=1e-15)
