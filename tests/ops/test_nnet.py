"""Softmax and its logarithm, activations and cross-entropies."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import arrays, derivatives_agree, everywhere, run, same, variables

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import LogSoftmax, Softmax
from symgraph.ops.extent_equality import extent_keys

inf, nan = math.inf, math.nan
SHAPES = st.lists(st.integers(0, 4), min_size=1, max_size=3).map(tuple)
REAL = ["bool", "int8", "int64", "uint16", "float16", "float32", "float64"]


def softmax(x, axis):
    e = np.exp(x.astype("longdouble") - x.astype("longdouble").max(axis, keepdims=True, initial=0))
    return e / e.sum(axis, keepdims=True)


@given(st.data())
def test_softmax_and_its_logarithm(data):
    array = data.draw(arrays(SHAPES, st.sampled_from(REAL)))
    axis = data.draw(st.integers(-array.ndim, array.ndim - 1))
    x = data.draw(variables(array))
    expected = softmax(array, axis)
    wide = array.dtype.itemsize > 2 and array.dtype.kind != "f"
    dtype = array.dtype if array.dtype.kind == "f" else np.dtype("float64" if wide else "float32")
    for function, value in ((T.nnet.softmax, expected), (T.nnet.logsoftmax, np.log(expected))):
        got = run(function(x, axis), {x: array})
        assert got.dtype == dtype
        tolerance = 4 * np.finfo(dtype).eps
        np.testing.assert_allclose(got, value.astype(dtype), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("function", [T.nnet.softmax, T.nnet.logsoftmax])
@given(data=st.data())
def test_derivatives_of_softmax(function, data):
    array = data.draw(arrays(SHAPES, "float64"))
    axis = data.draw(st.integers(-array.ndim, array.ndim - 1))
    derivatives_agree(lambda x: function(x, axis) ** 2, array)


@pytest.mark.parametrize("function", [T.nnet.softmax, T.nnet.logsoftmax])
def test_second_derivatives_of_softmax(function):
    point = np.array([[0.5, -1.0, 2.0], [0.0, 0.3, -0.7]])
    derivatives_agree(lambda x: sg.grad((function(x, 1) ** 3).sum(), x), point)


def test_softmax_neither_overflows_nor_underflows():
    x = T.dmatrix("x")
    values = {x: [[1000.0, 0, -1000], [-1000, -1000, -1000], [1e308, -1e308, 0]]}
    same(run(T.nnet.softmax(x), values), [[1.0, 0, 0], [1 / 3] * 3, [1, 0, 0]])
    third = -math.log(3)
    expected = [[0, -1000, -2000], [third] * 3, [0, -inf, -1e308]]
    np.testing.assert_allclose(run(T.nnet.logsoftmax(x), values), expected, rtol=1e-15)


def test_softmax_of_infinities_and_nans():
    x = T.dmatrix("x")
    values = {x: [[-inf, 0.0], [nan, 0], [-inf, -inf], [inf, 0]]}
    same(run(T.nnet.softmax(x), values), [[0, 1.0], [nan, nan], [nan, nan], [nan, nan]])
    g = sg.grad(T.nnet.softmax(x)[0, 1], x)
    same(run(g, {x: [[-inf, 0.0]]}), np.zeros((1, 2)))
    same(run(sg.grad(T.nnet.logsoftmax(x)[0, 1], x), {x: [[-inf, 0.0]]}), np.zeros((1, 2)))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "bool"])
def test_every_back_end_computes_softmax(dtype):
    x = TensorType(dtype, (None, None))("x")
    outputs = [f(x, axis) for f in (T.nnet.softmax, T.nnet.logsoftmax) for axis in (0, 1)]
    if dtype.startswith("float"):
        outputs += [sg.grad((y**2).sum(), x) for y in outputs]
    rng = np.random.default_rng(0)
    shapes = [(3, 4), (1, 1), (0, 2), (2, 0), (7, 33)]
    points = [{x: rng.integers(-3, 4, shape)} for shape in shapes]
    if dtype.startswith("float"):
        points.append({x: [[1000.0, -1000], [-1000, -1000]]})
    everywhere(outputs, *points)


def test_softmax_refusals():
    with pytest.raises(ValueError, match="softmax: axis 1 is out of range for 1 dimensions"):
        T.nnet.softmax(T.dvector("x"), 1)
    with pytest.raises(ValueError, match="softmax: axis -1 is out of range for 0 dimensions"):
        T.nnet.softmax(T.dscalar("x"))
    with pytest.raises(TypeError, match=r"Softmax\{axis=0\}: z \(complex128 vector\) is complex"):
        T.nnet.softmax(T.zvector("z"))
    with pytest.raises(
        ValueError, match=r"LogSoftmax\{axis=2\} of x \(float64 vector\): there is no"
    ):
        LogSoftmax(2)(T.dvector("x"))


def test_softmax_keeps_extents_provably_equal():
    x = T.dmatrix("x")
    assert extent_keys(Softmax(1)(x)) == extent_keys(x)


def test_expanded_softmax_is_the_same():
    x = T.dmatrix("x")
    values = {x: [[1000.0, 0, -1000], [0.5, -1, 2]]}
    for op in (Softmax(1), LogSoftmax(0)):
        node = op(x).owner
        (expanded,) = op.expand(node)
        assert expanded.type == node.outputs[0].type
        np.testing.assert_allclose(run(expanded, values), run(op(x), values), rtol=1e-15)


# --- activations ---

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
POINTS = np.array([-1000.0, -3.0, -0.6, -1e-3, 0.4, 2.4, 2.6, 1000.0])
ACTIVATIONS = {
    "sigmoid": (T.nnet.sigmoid, lambda x: np.exp(-np.logaddexp(0, -x))),
    "softplus": (T.nnet.softplus, lambda x: np.logaddexp(0, x)),
    "tanh": (T.nnet.tanh, np.tanh),
    "relu": (T.nnet.relu, lambda x: np.maximum(x, 0)),
    "leaky relu": (lambda x: T.nnet.relu(x, 0.1), lambda x: np.where(x > 0, x, 0.1 * x)),
    "elu": (T.nnet.elu, lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0)))),
    "elu 2": (
        lambda x: T.nnet.elu(x, 2),
        lambda x: np.where(x > 0, x, 2 * np.expm1(x.clip(None, 0))),
    ),
    "selu": (
        T.nnet.selu,
        lambda x: SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    ),
    "softsign": (T.nnet.softsign, lambda x: x / (1 + np.abs(x))),
    "hard sigmoid": (T.nnet.hard_sigmoid, lambda x: np.clip(0.2 * x + 0.5, 0, 1)),
}


@pytest.mark.parametrize(("function", "numpy"), ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_activations(function, numpy):
    x = T.dvector("x")
    np.testing.assert_allclose(run(function(x), {x: POINTS}), numpy(POINTS), rtol=4e-15)
    assert function(T.fvector()).type.dtype == "float32"
    derivatives_agree(function, POINTS[1:-1])
    g = sg.grad(function(x).sum(), x)
    assert np.isfinite(run(g, {x: POINTS})).all()
    derivatives_agree(lambda x: sg.grad((function(x) ** 2).sum(), x), POINTS[1:-1])


def test_the_derivative_of_a_leaky_relu_at_0_is_alpha():
    x, alpha = T.dscalar("x"), T.dscalar("alpha")
    assert run(sg.grad(T.nnet.relu(x, 0.1), x), {x: 0.0}) == 0.1
    assert run(sg.grad(T.nnet.relu(x), x), {x: 0.0}) == 0
    g = sg.grad(T.nnet.relu(x, alpha), alpha)
    assert [run(g, {x: at, alpha: 0.5}) for at in (-3.0, 3.0)] == [-3, 0]


def test_every_back_end_computes_activations():
    for dtype in ("float32", "float64", "int64"):
        x = TensorType(dtype, (None,))("x")
        outputs = [function(x) for function, _ in ACTIVATIONS.values()]
        if dtype != "int64":
            outputs += [sg.grad(y.sum(), x) for y in outputs]
        everywhere(outputs, {x: POINTS if dtype != "int64" else POINTS.round()}, {x: []})


# --- cross-entropies ---


def test_binary_crossentropy():
    p, t = T.dvector("p"), T.dvector("t")
    cost = T.nnet.binary_crossentropy(p, t)
    values = {p: [0.3, 0.3, 0.9, 0.5], t: [0, 1, 1, 0.25]}
    expected = -np.log([0.7, 0.3, 0.9, 0.5])
    np.testing.assert_allclose(run(cost, values), expected, rtol=1e-15)
    derivatives_agree(T.nnet.binary_crossentropy, np.array([0.3, 0.9]), np.array([0.4, 0.7]))


def test_certainty_that_is_right_costs_nothing_and_has_no_infinite_derivative():
    p, t = T.dvector("p"), T.dvector("t")
    cost = T.nnet.binary_crossentropy(p, t)
    same(run(cost, {p: [0.0, 1, 1, 0], t: [0.0, 1, 0, 1]}), [0.0, 0, inf, inf])
    same(run(sg.grad(cost.sum(), p), {p: [0.0, 1], t: [0.0, 1]}), [1.0, -1])


def test_sigmoid_binary_crossentropy():
    z, t = T.dvector("z"), T.dvector("t")
    cost = T.nnet.sigmoid_binary_crossentropy(z, t)
    values = {z: [-1000.0, 1000, 1000, -1000, 0.3], t: [0.0, 1, 0, 1, 0.25]}
    last = math.log1p(math.exp(0.3)) - 0.3 * 0.25
    np.testing.assert_allclose(run(cost, values), [0, 0, 1000, 1000, last], rtol=1e-15)
    slope = 1 / (1 + math.exp(-0.3)) - 0.25
    got = run(sg.grad(cost.sum(), z), values)
    np.testing.assert_allclose(got, [0, 0, 1, -1, slope], rtol=1e-15)
    derivatives_agree(
        T.nnet.sigmoid_binary_crossentropy, np.array([-2.0, 0.3]), np.array([0.1, 0.7])
    )


def test_categorical_crossentropy_of_distributions_and_of_classes():
    p, t, y = T.dmatrix("p"), T.dmatrix("t"), T.lvector("y")
    values = {p: [[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]], t: [[0, 1, 0], [0.5, 0, 0.5]], y: [1, 2]}
    by_distribution = run(T.nnet.categorical_crossentropy(p, t), values)
    np.testing.assert_allclose(by_distribution, -np.log([0.3, 0.1]), rtol=1e-15)
    by_class = run(T.nnet.categorical_crossentropy(p, y), values)
    np.testing.assert_allclose(by_class, -np.log([0.3, 0.1]), rtol=1e-15)
    point = np.array(values[p])
    derivatives_agree(T.nnet.categorical_crossentropy, point, np.array([[0.5, 0.2, 0.3]] * 2))
    derivatives_agree(lambda x: T.nnet.categorical_crossentropy(x, [1, 2]), point)


def test_classes_that_underflow_beside_a_certain_one_cost_nothing():
    """The softmax of [1000, -1000] has a zero; 0 log(0) counts as 0."""
    z, t = T.dmatrix("z"), T.dmatrix("t")
    cost = T.nnet.categorical_crossentropy(T.nnet.softmax(z), t)
    values = {z: [[1000.0, -1000.0]], t: [[1.0, 0.0]]}
    same(run(cost, values), np.zeros(1))
    same(run(sg.grad(cost.sum(), z), values), np.zeros((1, 2)))


def test_softmax_categorical_crossentropy():
    z, y = T.dmatrix("z"), T.lvector("y")
    cost = T.nnet.softmax_categorical_crossentropy(z, y)
    values = {z: [[1000.0, -1000], [1000, -1000], [0, 0]], y: [0, 1, 1]}
    np.testing.assert_allclose(run(cost, values), [0, 2000, math.log(2)], rtol=1e-15)
    same(run(sg.grad(cost.sum(), z), values), [[0, 0], [1.0, -1], [0.5, -0.5]])
    derivatives_agree(
        lambda x: T.nnet.softmax_categorical_crossentropy(x, [1, 0]), np.array([[0.5, -1], [2, 0]])
    )


def test_every_back_end_computes_crossentropies():
    z, t, y = T.fmatrix("z"), T.fmatrix("t"), T.ivector("y")
    p = T.nnet.softmax(z)
    costs = [
        T.nnet.categorical_crossentropy(p, t),
        T.nnet.categorical_crossentropy(p, y),
        T.nnet.softmax_categorical_crossentropy(z, y),
        T.nnet.binary_crossentropy(T.nnet.sigmoid(z), t),
        T.nnet.sigmoid_binary_crossentropy(z, t),
    ]
    outputs = [*costs, *(sg.grad(cost.sum(), z) for cost in costs)]
    rng = np.random.default_rng(0)
    targets = np.eye(4)[[1, 0, 3]]
    everywhere(
        outputs,
        {z: rng.normal(size=(3, 4)), t: targets, y: [1, 0, 3]},
        {z: np.zeros((0, 4)), t: np.zeros((0, 4)), y: []},
    )
    everywhere(outputs[2::3], {z: 1000 * targets - 500, t: targets, y: [1, 0, 3]})


def test_crossentropies_check_their_targets():
    p, y = T.dmatrix("p"), T.lvector("y")
    with pytest.raises(
        TypeError,
        match=r"the targets t \(float64 vector\) are neither of the rank of p \(float64 mat",
    ):
        T.nnet.categorical_crossentropy(p, T.dvector("t"))
    with pytest.raises(
        TypeError, match=r"takes a matrix of scores and a vector of classes, not v \("
    ):
        T.nnet.softmax_categorical_crossentropy(T.dvector("v"), y)
    for function in (T.nnet.categorical_crossentropy, T.nnet.softmax_categorical_crossentropy):
        cost = function(p, y)
        with pytest.raises(ValueError, match=r"of shape \(1,\) was specified to have \(2,\)"):
            run(cost, {p: np.full((2, 3), 1 / 3), y: [0]})
        with pytest.raises(IndexError, match="index 3 is out of bounds"):
            run(cost, {p: np.full((2, 3), 1 / 3), y: [0, 3]})
