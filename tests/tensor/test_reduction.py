"""Norms, logsumexp and the like; the reductions themselves are tested with their operation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops.test_reduce import axes_of
from support.op_checks import arrays, everywhere, run, same
from support.op_checks import variables as symbols

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType

inf, nan = math.inf, math.nan
SOME = st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple)
FLOATS = st.sampled_from(["float32", "float64"])


def numpy_norm(x, ord, axis):
    x = np.abs(x.astype("longdouble"))
    if ord in (inf, -inf):
        return x.max(axis) if ord > 0 else x.min(axis)
    if ord == 0:
        return (x != 0).sum(axis)
    power = 2 if ord is None else ord
    return (x**power).sum(axis) ** (1 / np.longdouble(power))


@pytest.mark.parametrize("ord", [None, 0, 1, 2, 3, 0.5, inf, -inf])
@given(data=st.data())
def test_norm(ord, data):
    array = data.draw(arrays(SOME, FLOATS))
    axis = data.draw(axes_of(array.ndim))
    x = data.draw(symbols(array))
    got = run(T.norm(x, ord, axis), {x: array})
    assert got.dtype == array.dtype
    np.testing.assert_allclose(got, numpy_norm(array, ord, axis).astype("float64"), rtol=1e-5)
    same(run(x.norm(ord, axis), {x: array}), got)


def test_norms_of_other_numbers():
    z, i = T.zvector("z"), T.bvector("i")
    same(run(T.norm(z), {z: [3, 4j]}), np.float64(5))
    same(run(T.norm(i, inf), {i: [-128, 3]}), np.float64(128))
    with pytest.raises(ValueError, match="max of nothing"):
        run(T.norm(i, inf), {i: []})
    same(run(T.norm(i), {i: []}), np.float64(0))


@given(st.data())
def test_logsumexp(data):
    array = data.draw(
        arrays(SOME, st.sampled_from(["float32", "float64", "int8", "int64", "bool"]))
    )
    axis, keepdims = data.draw(axes_of(array.ndim)), data.draw(st.booleans())
    x = data.draw(symbols(array))
    got = run(T.logsumexp(x, axis, keepdims), {x: array})
    wide = np.exp(array.astype("longdouble"))
    expected = np.log(wide.sum(axis, keepdims=keepdims)).astype(got.dtype)
    assert got.dtype == ("float64" if array.dtype.itemsize == 8 else "float32")
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def test_logsumexp_far_out():
    x, i = T.dvector("x"), T.bvector("i")
    points = {
        (1000.0, 1000.0): 1000 + math.log(2),
        (-1000.0, -1001.0): -1000 + math.log1p(1 / math.e),
    }
    points |= {(-inf, 3.0): 3.0, (-inf, -inf): -inf, (inf, 0.0): inf, (nan, 0.0): nan}
    for values, expected in points.items():
        np.testing.assert_allclose(run(T.logsumexp(x), {x: values}), expected, rtol=1e-15)
    assert run(T.logsumexp(i), {i: [-100, 100]}) == 100


def test_the_derivative_of_logsumexp_is_softmax():
    x = T.dvector("x")
    g = sg.grad(T.logsumexp(x), x)
    for values in ([0.5, -1.0, 3.0], [1000.0, 0.0, 999.0], [-inf, 0.0, 1.0], [2.0, 2.0, 2.0]):
        finite = run(T.nnet.softmax(x), {x: values})
        np.testing.assert_allclose(run(g, {x: values}), finite, rtol=1e-14, atol=1e-300)


@given(st.data())
def test_ptp(data):
    array = data.draw(arrays(SOME, st.sampled_from(["int64", "float32", "uint16"])))
    axis = data.draw(st.none() | st.integers(-array.ndim, array.ndim - 1))
    x = data.draw(symbols(array))
    same(run(T.ptp(x, axis), {x: array}), np.asarray(np.ptp(array, axis)))


@given(st.data())
def test_the_largest_and_where_it_stands(data):
    array = data.draw(arrays(SOME, "float64"))
    axis = data.draw(st.none() | st.integers(-array.ndim, array.ndim - 1))
    x, keepdims = data.draw(symbols(array)), data.draw(st.booleans())
    largest, where = T.max_and_argmax(x, axis, keepdims)
    same(run(largest, {x: array}), np.asarray(array.max(axis, keepdims=keepdims)))
    same(run(where, {x: array}), np.asarray(array.argmax(axis, keepdims=keepdims)))


@given(st.data())
def test_the_largest_over_several_axes_is_that_of_the_array_they_flatten_to(data):
    shapes = st.lists(st.integers(1, 3), min_size=2, max_size=4).map(tuple)
    array = data.draw(arrays(shapes, st.sampled_from(["float32", "int8", "bool"])))
    axes = data.draw(st.permutations(range(array.ndim)))[: data.draw(st.integers(1, array.ndim))]
    kept = [axis for axis in range(array.ndim) if axis not in axes]
    lines = array.transpose([*kept, *sorted(axes)])
    lines = lines.reshape(*(array.shape[axis] for axis in kept), -1)
    x, keepdims = data.draw(symbols(array)), data.draw(st.booleans())
    largest, where = T.max_and_argmax(x, axes, keepdims)
    same(run(largest, {x: array}), np.asarray(array.max(tuple(axes), keepdims=keepdims)))
    shape = array.max(tuple(axes), keepdims=keepdims).shape
    same(run(where, {x: array}), lines.argmax(-1).reshape(shape))
    least = run(T.argmin(x, [axis - array.ndim for axis in axes], keepdims), {x: array})
    same(least, lines.argmin(-1).reshape(shape))


def test_every_back_end_computes_norms():
    x = TensorType("float32", (None, None))("x")
    outputs = [T.norm(x, ord, axis) for ord in (None, 0, 1, 3, inf, -inf) for axis in (None, 0, 1)]
    outputs += [T.logsumexp(x, axis) for axis in (None, 0, 1)]
    outputs += [T.ptp(x, 1), *T.max_and_argmax(x, 0), *T.max_and_argmax(x)]
    outputs += [sg.grad(T.logsumexp(x, 1).sum(), x), sg.grad(T.norm(x), x)]
    rng = np.random.default_rng(0)
    everywhere(outputs, *({x: rng.normal(size=shape)} for shape in ((3, 4), (1, 1), (7, 2))))
    far = [[1000.0, -1000], [-inf, 0], [-inf, -inf]]
    everywhere([T.logsumexp(x, 1), T.logsumexp(x, 0)], {x: far}, {x: [[inf, 1], [nan, 0]]})


def test_scalars_reduce_to_themselves():
    x = T.dscalar("x")
    for f in (T.sum, T.prod, T.max, T.min, T.mean, T.norm, T.logsumexp):
        assert run(f(x), {x: 3.0}) == 3
    assert run(T.var(x), {x: 3.0}) == 0
    assert run(T.argmax(x), {x: 3.0}) == 0
    assert run(T.all(x), {x: 3.0})


def test_norms_are_of_elements():
    m = T.matrix("m")
    data = {m: [[3.0, 0.0], [4.0, 0.0]]}
    same(run(m.norm("fro"), data), np.float64(5))
    same(run(T.norm(m, 2, axis=0, keepdims=True), data), np.array([[5.0, 0.0]]))
    same(run(m.norm(np.inf, 1, keepdims=True), data), np.array([[3.0], [4.0]]))
    with pytest.raises(ValueError, match="norm: the order is a number or 'fro', not 'nuc'"):
        m.norm("nuc")


def test_logsumexp_of_nothing_but_minus_infinity():
    x = T.fmatrix("x")
    y = T.logsumexp(x, axis=1)
    values = {x: [[-np.inf, -np.inf], [-np.inf, 1.0], [np.inf, 1.0]]}
    same(run(y, values), np.array([-np.inf, 1, np.inf], "float32"))


@pytest.mark.parametrize("reduction", [T.sum, T.prod])
@pytest.mark.parametrize("name", ["dtype", "acc_dtype"])
@pytest.mark.parametrize("dtype", ["int32", "float64", "uint8"])
def test_complex_numbers_are_not_reduced_in_a_real_dtype(reduction, name, dtype):
    with pytest.raises(TypeError, match="take real, imag, abs or angle"):
        reduction(T.zmatrix("z"), axis=0, **{name: dtype})
