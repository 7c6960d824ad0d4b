"""Derivatives of what is smooth, at points where the way through its parts would be 0 / 0."""

import numpy as np
import pytest
from support import agreement

import symgraph as sg
import symgraph.tensor as T

ZERO = np.zeros(2)
PLANE = np.eye(2)
TARGETS = np.array([0.0, 1.0, 0.3])
SATURATED = np.array([-1000.0, 1000.0, 0.0])
NONE = np.zeros((2, 2))
CENTRED = PLANE - 0.5


def by_one(slope, curvature=0.0):
    """The derivatives of a sum of a function of each of two equal numbers."""
    return slope * np.ones(2), curvature * PLANE


def logistic(x):
    return 1 / (1 + T.exp(-x))


def logistic_cost(p):
    return -T.sum(TARGETS * T.log(p) + (1 - TARGETS) * T.log(1 - p))


SIGMOID = np.array([0.0, 1.0, 0.5])
LOGISTIC = (SIGMOID - TARGETS, np.diag([0, 0, 0.25]))

# A function of a vector, a point, its gradient there, and its second derivatives.
SMOOTH = {
    "norm ** 2": (lambda v: v.norm(2) ** 2, ZERO, ZERO, 2 * PLANE),
    "sqr of a norm": (lambda v: T.sqr(v.norm()), ZERO, ZERO, 2 * PLANE),
    "norm times itself": (lambda v: v.norm() * v.norm(), ZERO, ZERO, 2 * PLANE),
    "norm ** 3": (lambda v: v.norm(2) ** 3, ZERO, ZERO, NONE),
    "norm ** 4": (lambda v: v.norm(2) ** 4, ZERO, ZERO, NONE),
    "norm of order 1.5 ** 3": (lambda v: v.norm(1.5) ** 3, ZERO, ZERO, NONE),
    "norm of order 4 ** 4": (lambda v: v.norm(4) ** 4, ZERO, ZERO, NONE),
    "exp(-norm ** 2)": (lambda v: T.exp(-(v.norm(2) ** 2)), ZERO, ZERO, -2 * PLANE),
    "kept axes": (lambda v: T.sum(v.norm(2, 0, keepdims=True) ** 2), ZERO, ZERO, 2 * PLANE),
    "a turned norm": (lambda v: T.sum(v.norm().dimshuffle("x") ** 2), ZERO, ZERO, 2 * PLANE),
    "a root written out": (lambda v: T.sqrt(T.sum(v**2)) ** 2, ZERO, ZERO, 2 * PLANE),
    "of products": (lambda v: T.sqrt(T.sum(v * v)) ** 2.0, ZERO, ZERO, 2 * PLANE),
    "of a dot product": (lambda v: T.sqr(T.sqrt(T.dot(v, v))), ZERO, ZERO, 2 * PLANE),
    "a power of a half": (lambda v: (T.sum(v**2) ** 0.5) ** 2, ZERO, ZERO, 2 * PLANE),
    "distance to a point": (
        lambda v: T.exp(-T.sqrt(T.sum((v - 3) ** 2)) ** 2), ZERO + 3, ZERO, -2 * PLANE),
    "std ** 2": (lambda v: T.std(v) ** 2, ZERO + 5, ZERO, CENTRED),
    "variance with ddof": (lambda v: T.std(v, ddof=1) ** 2, ZERO + 5, ZERO, 2 * CENTRED),
    "std of both axes": (lambda v: T.std(T.outer(v, [1.0, 1.0])) ** 2, ZERO + 5, ZERO, CENTRED),
    "sqrt(x) ** 2": (lambda v: T.sum(T.sqrt(v) ** 2), ZERO, *by_one(1)),
    "sqrt(x) ** 4": (lambda v: T.sum(T.sqrt(v) ** 4), ZERO, *by_one(0, 2)),
    "a root and its power": (lambda v: T.sum((v ** (1 / 3)) ** 3), ZERO, *by_one(1)),
    "sqrt times sqrt": (lambda v: T.sum(T.sqrt(v) * T.sqrt(v)), ZERO, *by_one(1)),
    "abs(x) ** 2": (lambda v: T.sum(T.abs(v) ** 2), ZERO, *by_one(0, 2)),
    "abs(x) times itself": (lambda v: T.sum(T.abs(v) * T.abs(v)), ZERO, *by_one(0, 2)),
    "abs(x) ** 3": (lambda v: T.sum(T.abs(v) ** 3), ZERO, *by_one(0)),
    "x ** 0": (lambda v: T.sum(v**0), ZERO, *by_one(0)),
    "x ** 1": (lambda v: T.sum(v**1), ZERO, *by_one(1)),
    "x ** 2": (lambda v: T.sum(v**2), ZERO, *by_one(0, 2)),
    "hypot ** 2": (lambda v: T.hypot(v[0], 2 * v[1]) ** 2, ZERO, ZERO, np.diag([2, 8])),
    "exp(log(x))": (lambda v: T.sum(T.exp(T.log(v))), ZERO, *by_one(1)),
    "exp2(log2(x))": (lambda v: T.sum(T.exp2(T.log2(v))), ZERO, *by_one(1)),
    "expm1(log1p(x))": (lambda v: T.sum(T.expm1(T.log1p(v))), ZERO - 1, *by_one(1)),
    "exp(2 log(x))": (lambda v: T.sum(T.exp(2 * T.log(v))), ZERO, *by_one(0, 2)),
    "sin(arcsin(x))": (lambda v: T.sum(T.sin(T.arcsin(v))), ZERO + 1, *by_one(1)),
    "cos(arccos(x))": (lambda v: T.sum(T.cos(T.arccos(v))), ZERO - 1, *by_one(1)),
    "tanh(arctanh(x))": (lambda v: T.sum(T.tanh(T.arctanh(v))), ZERO + 1, *by_one(1)),
    "cosh(arccosh(x))": (lambda v: T.sum(T.cosh(T.arccosh(v))), ZERO + 1, *by_one(1)),
    "erf(erfinv(x))": (lambda v: T.sum(T.erf(T.erfinv(v))), ZERO + 1, *by_one(1)),
    "product with a zero": (
        lambda v: T.prod(v), np.array([0.0, 3]), np.array([3.0, 0]), 1 - PLANE),
    "product of zeros": (lambda v: T.prod(v), ZERO, ZERO, 1 - PLANE),
    "xlogy at 0 times log": (
        lambda v: T.xlogy(v[0], v[1]), np.array([0.0, 2]), np.array([np.log(2), 0]),
        np.array([[0, 0.5], [0.5, 0]])),
    "certain and right": (
        lambda v: T.nnet.binary_crossentropy(v, np.array([0.0, 1])).sum(),
        np.array([0.0, 1]), np.array([1.0, -1]), PLANE),
    "softplus": (
        lambda v: T.nnet.softplus(v).sum(), SATURATED, SIGMOID, np.diag([0, 0, 0.25])),
    "softplus written out": (
        lambda v: T.log(1 + T.exp(v)).sum(), SATURATED, SIGMOID, np.diag([0, 0, 0.25])),
    "log1p(exp(x))": (
        lambda v: T.log1p(T.exp(v)).sum(), SATURATED, SIGMOID, np.diag([0, 0, 0.25])),
    "log(sigmoid(x))": (
        lambda v: T.log(T.nnet.sigmoid(v)).sum(), SATURATED, 1 - SIGMOID, -np.diag([0, 0, 0.25])),
    "log1p(-sigmoid(x))": (
        lambda v: T.log1p(-T.nnet.sigmoid(v)).sum(), SATURATED, -SIGMOID, -np.diag([0, 0, 0.25])),
    "logistic cost": (lambda v: logistic_cost(T.nnet.sigmoid(v)), SATURATED, *LOGISTIC),
    "logistic cost of textbooks": (lambda v: logistic_cost(logistic(v)), SATURATED, *LOGISTIC),
    "the other quotient": (
        lambda v: T.log(T.exp(v) / (1 + T.exp(v))).sum(), np.array([-1000.0, 1, 0]),
        np.array([1, 1 / (1 + np.e), 0.5]),
        -np.diag([0, np.e / (1 + np.e) ** 2, 0.25])),
    "cross-entropy of scores": (
        lambda v: T.nnet.sigmoid_binary_crossentropy(v, TARGETS).sum(), SATURATED, *LOGISTIC),
    "logaddexp with -inf": (
        lambda v: T.logaddexp(v[0], v[1]), np.array([-np.inf, 1]), np.array([0.0, 1]), NONE),
    "logsumexp with -inf": (T.logsumexp, np.array([-np.inf, 1]), np.array([0.0, 1]), NONE),
    "det of zeros": (lambda v: T.linalg.det(T.diag(v)), ZERO, ZERO, 1 - PLANE),
    "det of a singular matrix": (
        lambda v: T.linalg.det(T.stack([v, [2.0, 4.0]])), np.array([1.0, 2]), np.array([4.0, -2]),
        NONE),
    "zeroth power of a matrix": (
        lambda v: T.linalg.matrix_power(T.diag(v), 0).sum(), ZERO, ZERO, NONE),
}  # fmt: skip

# Where there is no derivative the one that is documented; zero in the second one too.
KINKS = {
    "norm": (lambda v: v.norm(2), ZERO, ZERO),
    "norm of all": (lambda v: T.outer(v, v).norm("fro"), ZERO, ZERO),
    "norm of order 1": (lambda v: v.norm(1), ZERO, ZERO),
    "norm of order 1.5": (lambda v: v.norm(1.5), ZERO, ZERO),
    "norm of order 3": (lambda v: v.norm(3), ZERO, ZERO),
    "norm of order 3 beside a zero": (lambda v: v.norm(3), np.array([0.0, 2]), np.array([0.0, 1])),
    "norm of order 1/2": (lambda v: v.norm(0.5), ZERO, ZERO),
    "norm of order -1": (lambda v: v.norm(-1), ZERO, ZERO),
    "norm of order 0": (lambda v: v.norm(0), ZERO, ZERO),
    "largest": (lambda v: v.norm(np.inf), ZERO, ZERO),
    "smallest": (lambda v: v.norm(-np.inf), ZERO, ZERO),
    "std": (lambda v: T.std(v), ZERO + 5, ZERO),
    "root of a mean of squares": (lambda v: T.sqrt(T.mean(v**2)), ZERO, ZERO),
    "root of squares less than nothing": (
        lambda v: T.sqrt(T.maximum(T.sum(v**2), 0)), ZERO, ZERO),
    "distances": (
        lambda v: T.sqrt((v.dimshuffle(0, "x") - v.dimshuffle("x", 0)) ** 2).sum(), ZERO + 2, ZERO),
    "sqrt(x ** 2)": (lambda v: T.sqrt(v**2).sum(), ZERO, ZERO),
    "(x ** 2) ** 0.25": (lambda v: ((v**2) ** 0.25).sum(), ZERO, ZERO),
    "abs(x) ** 0.5": (lambda v: (T.abs(v) ** 0.5).sum(), ZERO, ZERO),
    "hypot": (lambda v: T.hypot(v[0], v[1]), ZERO, ZERO),
    "arctan2": (lambda v: T.arctan2(v[0], v[1]), ZERO, ZERO),
    "maximum of equals": (lambda v: T.maximum(v, v).sum(), ZERO, ZERO + 1),
    "weight normalisation": (
        lambda v: (v / T.maximum(v.norm(), 0.5)).sum(), ZERO, ZERO + 2),
    "largest norm": (lambda v: (v * T.minimum(1, 1 / v.norm())).sum(), ZERO, ZERO + 1),
    "nothing but -inf": (T.logsumexp, ZERO - np.inf, ZERO),
    "logaddexp of nothing": (lambda v: T.logaddexp(v[0], v[1]), ZERO - np.inf, ZERO + 0.5),
}  # fmt: skip
WEIGHTS = np.array([1.0, -2.0, 0.5])


def derivatives(f, size, dtype="float64"):
    """A vector, and the gradient, its derivative in the direction of the weights by reverse and
    by forward accumulation, and the forward derivative, of f of it."""
    v = T.vector("v", dtype=dtype)
    weights = T.constant(WEIGHTS[:size], dtype)
    cost = f(v)
    gradient = sg.grad(cost, v)
    second = sg.grad(T.sum(gradient * weights), v, disconnected_inputs="ignore")
    outputs = [gradient, second, sg.Rop(gradient, v, weights, disconnected_outputs="ignore")]
    return v, [*outputs, sg.Rop(cost, v, weights)]


def expected(gradient, curvature):
    weights = WEIGHTS[: len(gradient)]
    moved = curvature @ weights
    return [gradient, moved, moved, gradient @ weights]


@pytest.mark.parametrize("variant", agreement.EVERY, ids=str)
@pytest.mark.parametrize("name", SMOOTH)
def test_what_is_smooth_has_its_derivatives(name, variant):
    f, at, gradient, curvature = SMOOTH[name]
    v, outputs = derivatives(f, len(at))
    found = agreement.compile_variant(variant, [v], outputs)(at)
    for value, wanted in zip(found, expected(gradient, curvature), strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("variant", agreement.EVERY, ids=str)
@pytest.mark.parametrize("name", KINKS)
def test_what_is_not_has_those_that_are_documented(name, variant):
    f, at, gradient = KINKS[name]
    v, outputs = derivatives(f, len(at))
    first, *second, forward = agreement.compile_variant(variant, [v], outputs)(at)
    np.testing.assert_allclose(first, gradient, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(forward, gradient @ WEIGHTS[: len(at)], rtol=1e-12, atol=1e-14)
    assert np.isfinite(second).all()


@pytest.mark.parametrize("name", [*SMOOTH, *KINKS])
def test_derivatives_are_of_the_dtype_of_what_is_derived(name):
    f, at, *_ = {**SMOOTH, **KINKS}[name]
    _, outputs = derivatives(f, len(at), "float32")
    assert {output.type.dtype for output in outputs[:3]} == {"float32"}


def test_a_derivative_by_what_is_between_goes_the_way_that_was_written():
    v = T.vector("v")
    size = v.norm()
    cost = size**2
    by_size, by_v = sg.grad(cost, [size, v])
    through = sg.grad(cost, v, consider_constant=[size], disconnected_inputs="ignore")
    forward = sg.Rop(cost, size, T.constant(1.0))
    results = sg.function([v], [by_size, by_v, through, forward])([3.0, 4.0])
    for value, wanted in zip(results, [10, [6, 8], [0, 0], 10], strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-14)


def test_powers_that_do_not_undo_a_root_stay():
    """The root of a square is no identity, and a base of unknown sign keeps its infinite slope."""
    x = T.scalar("x")
    assert sg.function([x], sg.grad((x**2) ** 0.5, x))(-3.0) == -1
    assert sg.function([x], sg.grad(T.sqrt(x), x))(0.0) == np.inf
    assert sg.function([x], sg.grad(x**0.5, x))(0.0) == np.inf
    assert sg.function([x], sg.grad(T.sqrt(1 - x**2), x))(1.0) == -np.inf


def test_a_norm_inside_a_loop():
    """The body of a loop is differentiated as any other expression."""
    w, s = T.vector("w"), T.matrix("s")
    lengths, _ = sg.scan(lambda row: (row * w).norm() ** 2, sequences=[s])
    gradient = sg.grad(T.sum(lengths), w)
    moved = sg.Rop(T.sum(lengths), w, T.ones_like(w))
    first, forward = sg.function([w, s], [gradient, moved])([1.0, 2.0], [[0.0, 0.0], [1.0, 3.0]])
    np.testing.assert_allclose(first, [2, 36])
    np.testing.assert_allclose(forward, 38)


def test_normalising_what_is_constant():
    """A batch without variance: x - mean is 0, and so is what it sends back."""
    x = T.matrix("x")
    y = (x - x.mean(axis=0)) / (x.std(axis=0) + 0.5)
    slope = sg.function([x], sg.grad(T.sum(y * [[1.0, 2.0], [3.0, 4.0]]), x))
    np.testing.assert_allclose(slope([[1.0, 5.0], [1.0, 5.0]]), [[-2, -2], [2, 2]])
