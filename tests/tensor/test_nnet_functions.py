"""Activations, costs of classes, confusion matrices, and products of blocks, on all back ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from support.op_checks import arrays, derivatives_agree, everywhere, run

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType

nnet = T.nnet
FLOATS = ("float16", "float32", "float64")


def fast(x):
    z = abs(x) / 2
    t = np.where(z < 1.7, 1.5 * z / (1 + z), 0.935409070603099 + 0.0458812946797165 * (z - 1.7))
    return 0.5 * (np.sign(x) * np.where(z < 3, t, 0.99505475368673) + 1)


ACTIVATIONS = {
    nnet.gelu: lambda x: x * special.ndtr(x),
    nnet.ultra_fast_sigmoid: fast,
    nnet.hard_sigmoid: lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    nnet.softsign: lambda x: x / (1 + abs(x)),
}
# Beside the kinks of all of them.
POINTS = np.array([-40.0, -9.0, -5.1, -2.1, -0.3, 0.2, 1.9, 3.7, 5.5, 30.0])


@pytest.mark.parametrize("function", ACTIVATIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", [*FLOATS, "int8", "int64", "bool"])
def test_values_of_activations(function, dtype):
    x = TensorType(dtype, (None, None))("x")
    values = np.random.default_rng(0).normal(0, 4, (3, 5)).astype(dtype)
    found = run(function(x), {x: values})
    kind = np.dtype("float32" if dtype in ("int8", "bool") else "float64")
    kind = values.dtype if dtype in FLOATS else kind
    assert found.dtype == kind
    expected = ACTIVATIONS[function](values.astype("float64"))
    np.testing.assert_allclose(
        found, expected, rtol=16 * np.finfo(kind).eps, atol=1e-3 if dtype == "float16" else 1e-7
    )
    everywhere([function(x)], {x: values}, {x: values[:0]}, {x: values[:1, :1]})


@pytest.mark.parametrize("function", ACTIVATIONS, ids=lambda f: f.__name__)
def test_derivatives_of_activations(function):
    derivatives_agree(function, POINTS)
    derivatives_agree(lambda x: sg.grad((function(x) ** 2).sum(), x), POINTS)


def test_gelu_of_the_tails_and_its_approximation():
    x = T.dvector("x")
    values = np.array([-30.0, -8.0, 0.0, 1e300])
    expected = [-30 * special.ndtr(-30.0), -8 * special.ndtr(-8.0), 0, 1e300]
    np.testing.assert_allclose(run(nnet.gelu(x), {x: values}), expected, rtol=1e-13)
    near = run(nnet.gelu(x, approximate=True), {x: POINTS})
    np.testing.assert_allclose(near, POINTS * special.ndtr(POINTS), atol=5e-4)
    derivatives_agree(lambda x: nnet.gelu(x, approximate=True), POINTS)
    g = sg.grad(nnet.gelu(x).sum(), x)
    np.testing.assert_allclose(run(g, {x: [-1e300, 1e300]}), [0, 1])


def test_the_fast_sigmoid_at_infinities():
    x = T.dvector("x")
    y = nnet.ultra_fast_sigmoid(x)
    values = {x: [-np.inf, np.inf, np.nan, 0.0]}
    np.testing.assert_allclose(run(y, values), [0.002472623163, 0.997527376843, np.nan, 0.5])
    np.testing.assert_allclose(run(sg.grad(y.sum(), x), {x: [-np.inf, np.inf, 0.0]}), [0, 0, 0.375])
    everywhere([y, sg.grad(y.sum(), x)], values)


# --- costs of classes ---


@st.composite
def classified(draw):
    rows, columns = draw(st.integers(0, 4)), draw(st.integers(1, 4))
    x, b = draw(arrays((rows, columns), "float64")), draw(arrays((columns,), "float64"))
    y = draw(st.lists(st.integers(0, columns - 1), min_size=rows, max_size=rows))
    return x, b, np.array(y, draw(st.sampled_from(["int32", "int64", "uint8"])))


@given(classified())
def test_cross_entropies_of_classes(case):
    scores, bias, classes = case
    x, b, y = T.dmatrix("x"), T.dvector("b"), TensorType(classes.dtype, (None,))("y")
    total = scores + bias
    p = special.softmax(total, axis=1) if total.size else total
    rows = np.arange(len(classes))
    nll = -special.log_softmax(total, axis=1)[rows, classes] if total.size else np.zeros(0)
    expected = [nll, p, total.argmax(1), nll, p, nll, p, p.max(1), p.argmax(1), p, nll]
    outputs = [
        *nnet.crossentropy_softmax_argmax_1hot_with_bias(x, b, y),
        *nnet.crossentropy_softmax_1hot_with_bias(x, b, y),
        *nnet.crossentropy_softmax_max_and_argmax_1hot_with_bias(x, b, y),
        nnet.softmax_with_bias(x, b),
        nnet.crossentropy_categorical_1hot(nnet.softmax_graph(x + b), y),
    ]
    assert outputs[2].type.dtype == classes.dtype
    point = {x: scores, b: bias, y: classes}
    for output, value in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(run(output, point), value, rtol=1e-12, atol=1e-15)
    zero = np.zeros_like(bias)
    for output, other in (
        (nnet.crossentropy_softmax_1hot(x, y)[0], outputs[0]),
        (nnet.crossentropy_softmax_max_and_argmax_1hot(x, y)[2], outputs[7]),
    ):
        np.testing.assert_array_equal(run(output, point), run(other, {**point, b: zero}))


def test_cross_entropies_on_every_back_end():
    x, b, y = T.fmatrix("x"), T.fvector("b"), T.ivector("y")
    nll, p, most, where = nnet.crossentropy_softmax_max_and_argmax_1hot_with_bias(x, b, y)
    outputs = [nll, p, most, where, *sg.grad((nll**2).sum(), [x, b])]
    rng = np.random.default_rng(0)
    points = [
        {x: rng.normal(size=(n, k)) * 9, b: rng.normal(size=k), y: rng.integers(0, k, n)}
        for n, k in ((4, 3), (1, 1), (0, 2), (7, 40))
    ]
    everywhere(outputs, *points)
    f = sg.function([x, b, y], outputs)
    assert f.fallbacks() == []
    with pytest.raises(IndexError, match="index 3 is out of bounds for axis 1 with size 3"):
        f(np.ones((1, 3), "float32"), np.ones(3, "float32"), np.array([3], "int32"))
    with pytest.raises(ValueError, match=r"an array of shape \(2,\) was specified to have \(1,\)"):
        f(np.ones((1, 3), "float32"), np.ones(3, "float32"), np.array([0, 1], "int32"))


def test_derivatives_by_hand_are_those_of_the_costs():
    x, g, y = T.dmatrix("x"), T.dvector("g"), T.lvector("y")
    p = nnet.softmax(x)
    (by_scores,) = sg.Lop(nnet.crossentropy_softmax_1hot(x, y)[0], [x], g)
    (by_shares,) = sg.Lop(nnet.crossentropy_categorical_1hot(x, y), [x], g)
    gp = T.dmatrix("gp")
    (of_softmax,) = sg.Lop(p, [x], gp)
    rng = np.random.default_rng(1)
    point = {x: rng.uniform(0.1, 1, (3, 4)), g: rng.normal(size=3), y: [2, 0, 2]}
    point[gp] = rng.normal(size=(3, 4))
    for written, derived in (
        (nnet.crossentropy_softmax_1hot_with_bias_dx(g, p, y), by_scores),
        (nnet.crossentropy_categorical_1hot_grad(g, x, y), by_shares),
        (nnet.softmax_grad(gp, p), of_softmax),
    ):
        np.testing.assert_allclose(run(written, point), run(derived, point), rtol=1e-12, atol=1e-15)
    same = nnet.crossentropy_softmax_1hot_with_bias_dx(np.float64(2), p, y)
    other = nnet.crossentropy_softmax_1hot_with_bias_dx(np.full(3, 2.0), p, y)
    np.testing.assert_array_equal(run(same, point), run(other, point))
    targets = np.array([1, 0])
    at = rng.normal(size=(2, 3))
    derivatives_agree(
        lambda x, b: nnet.crossentropy_softmax_1hot_with_bias(x, b, targets)[0] ** 2,
        at,
        at[0],
    )
    derivatives_agree(
        lambda x: sg.grad((nnet.crossentropy_softmax_1hot(x, targets)[0] ** 2).sum(), x), at
    )


def test_a_column_before_the_first():
    x, v = T.fmatrix("x"), T.dscalar("v")
    outputs = [
        nnet.prepend_scalar_to_each_row(v, x),
        nnet.prepend_0_to_each_row(x),
        nnet.prepend_1_to_each_row(x),
        *sg.grad((nnet.prepend_scalar_to_each_row(v, x) ** 2).sum(), [x, v]),
    ]
    values = np.arange(6.0, dtype="float32").reshape(2, 3)
    found = sg.function([x, v], outputs)(values, 7.0)
    for column, result in zip((7, 0, 1), found, strict=False):
        np.testing.assert_array_equal(result, np.insert(values, 0, column, axis=1))
        assert result.dtype == "float32"
    np.testing.assert_array_equal(found[3], 2 * values)
    assert found[4] == 28
    everywhere(outputs, {x: values, v: 7.0}, {x: values[:0], v: 1.0}, {x: values[:, :0], v: 1.0})


@given(st.data())
def test_confusion_matrices(data):
    n = data.draw(st.integers(0, 9))
    dtypes = st.sampled_from(["int8", "int64", "float32", "uint8"])
    truth, found = (data.draw(arrays((n,), dtypes)) for _ in range(2))
    a, b = (TensorType(v.dtype, (None,))() for v in (truth, found))
    counts, order = nnet.confusion_matrix(a, b)
    point = {a: truth, b: found}
    values = np.unique(np.concatenate([truth, found]))
    np.testing.assert_array_equal(run(order, point), values)
    expected = (truth[:, None] == values).T.astype("int64") @ (found[:, None] == values)
    np.testing.assert_array_equal(run(counts, point), expected)
    assert counts.type.dtype == "int64"


def test_confusion_matrices_on_every_back_end():
    a, b = T.dvector("a"), T.dvector("b")
    outputs = nnet.confusion_matrix(a, b)
    everywhere(
        outputs,
        {a: [1.0, 2, np.nan], b: [1.0, 3, 3]}, {a: [], b: []}, {a: [5.0], b: [5.0]},
        {a: np.arange(60.0) % 7, b: np.arange(60.0) % 5},
    )  # fmt: skip
    assert sg.function([a, b], outputs).fallbacks() == []


# --- products of blocks ---


@st.composite
def blocks(draw):
    ins, outs, size, made, batch, windows, wanted = (draw(st.integers(1, 3)) for _ in range(7))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return (
        rng.normal(size=(ins, outs, size, made)), rng.normal(size=(batch, windows, size)),
        rng.integers(0, ins, (batch, windows)), rng.normal(size=(outs, made)),
        rng.integers(0, outs, (batch, wanted)),
    )  # fmt: skip


def of_blocks(W, h, into, b, out):
    result = b[out].copy()
    for n, j, i in np.ndindex(len(h), out.shape[1], into.shape[1]):
        result[n, j] += h[n, i] @ W[into[n, i], out[n, j]]
    return result


@given(blocks())
def test_layers_of_chosen_blocks(case):
    W, h, into, b, out = case
    variables = [T.dtensor4(), T.dtensor3(), T.lmatrix(), T.dmatrix(), T.lmatrix()]
    y = nnet.sparse_block_dot(*variables)
    point = dict(zip(variables, case, strict=True))
    np.testing.assert_allclose(run(y, point), of_blocks(*case), rtol=1e-10, atol=1e-12)
    single = nnet.sparse_block_dot(W, h[0], into[0], b, out[0])
    np.testing.assert_allclose(
        run(single, {}), of_blocks(W, h[:1], into[:1], b, out[:1]), rtol=1e-10, atol=1e-12
    )
    derivatives_agree(lambda W, h, b: nnet.sparse_block_dot(W, h, into, b, out) ** 2, W, h, b)
    outer = nnet.blocksparse.sparse_block_outer(W, h, b[out], into, out, 0.5)
    expected = W.copy()
    for n, j, i in np.ndindex(len(h), out.shape[1], into.shape[1]):
        expected[into[n, i], out[n, j]] += 0.5 * np.outer(h[n, i], b[out[n, j]])
    np.testing.assert_allclose(run(outer, {}), expected, rtol=1e-10, atol=1e-12)


def test_blocks_on_every_back_end_natively():
    rng = np.random.default_rng(0)
    variables = [T.dtensor4(), T.dtensor3(), T.lmatrix(), T.dmatrix(), T.lmatrix()]
    y = nnet.sparse_block_dot(*variables)
    floats = [variables[k] for k in (0, 1, 3)]
    outputs = [y, *sg.grad((y**2).sum(), floats)]
    values = (
        rng.normal(size=(4, 3, 6, 5)), rng.normal(size=(7, 2, 6)), rng.integers(0, 4, (7, 2)),
        rng.normal(size=(3, 5)), rng.integers(0, 3, (7, 2)),
    )  # fmt: skip
    everywhere(outputs, dict(zip(variables, values, strict=True)))
    assert sg.function(variables, outputs).fallbacks() == []


def test_a_softmax_in_two_levels():
    rng = np.random.default_rng(0)
    batch, features, classes, each, outputs = 5, 4, 3, 4, 10
    x, t = T.dmatrix("x"), T.lvector("t")
    W1, b1 = rng.normal(size=(features, classes)), rng.normal(size=classes)
    W2, b2 = rng.normal(size=(classes, features, each)), rng.normal(size=(classes, each))
    arguments = (batch, outputs, classes, each, W1, b1, W2, b2)
    every, chosen = nnet.h_softmax(x, *arguments), nnet.h_softmax(x, *arguments, t)
    column = nnet.h_softmax(x, *arguments, T.lcol("c"))
    assert column.type.ndim == chosen.type.ndim == 1
    values, targets = rng.normal(size=(batch, features)), rng.integers(0, outputs, batch)
    first = special.softmax(values @ W1 + b1, axis=1)
    second = special.softmax(np.tensordot(values, W2, (1, 1)) + b2, axis=2)
    joint = (first[:, :, None] * second).reshape(batch, -1)[:, :outputs]
    point = {x: values, t: targets}
    np.testing.assert_allclose(run(every, point), joint, rtol=1e-12)
    np.testing.assert_allclose(run(chosen, point), joint[np.arange(batch), targets], rtol=1e-12)
    everywhere([every, chosen, sg.grad(T.log(chosen).sum(), x)], point)
    derivatives_agree(
        lambda x, W2, b2: nnet.h_softmax(x, *arguments[:6], W2, b2, targets), values, W2, b2
    )


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: nnet.crossentropy_softmax_1hot(T.dvector("x"), T.lvector("y")), TypeError,
         r"crossentropy_softmax_1hot: x is a matrix of floats, not x \(float64 vector\)"),
        (lambda: nnet.crossentropy_categorical_1hot(T.dmatrix("p"), T.dvector("y")), TypeError,
         r"crossentropy_categorical_1hot: true_one_of_n is a vector of integers, not y"),
        (lambda: nnet.softmax_with_bias(T.dmatrix("x"), T.dmatrix("b")), TypeError,
         r"softmax_with_bias: b is a vector of floats, not b"),
        (lambda: nnet.softmax_graph(1.0), TypeError, "has no axis along which to sum"),
        (lambda: nnet.prepend_0_to_each_row(T.dvector("x")), TypeError,
         "prepend_scalar_to_each_row: mat is a matrix of numbers, not x"),
        (lambda: nnet.confusion_matrix(T.dvector("a"), T.dmatrix("p")), ValueError,
         r"confusion_matrix: pred is a vector, not p \(float64 matrix\)"),
        (lambda: nnet.sparse_block_dot(*[T.dtensor3("x")] * 5), TypeError,
         r"sparse_block_dot: b has the dimensions \(output blocks, output size\), not x"),
        (lambda: nnet.h_softmax(T.dmatrix(), 1, 1, 1, 1, T.dmatrix(), T.dvector(), T.dtensor3(),
                                T.dmatrix(), T.dvector("t")), TypeError,
         r"h_softmax: target holds integers, not "),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit(make, error, message):
    with pytest.raises(error, match=message):
        make()
