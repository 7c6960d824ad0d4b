"""Reductions over any axes: NumPy's values and dtypes, empty arrays, nan, and derivatives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import arrays, everywhere, run, same, variables

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import DTYPES, TensorType
from symgraph.ops import ArgReduce, Reduce

inf, nan = np.inf, np.nan
NUMPY = {
    name: getattr(np, name)
    for name in (
        "sum",
        "prod",
        "max",
        "min",
        "all",
        "any",
        "mean",
        "var",
        "std",
        "argmax",
        "argmin",
    )
}
NEED_ELEMENTS = {"max", "min", "argmax", "argmin"}


@st.composite
def axes_of(draw, ndim):
    """None, an axis counted from either end, or several, in any order."""
    if ndim == 0 or draw(st.booleans()):
        return None
    several = draw(st.lists(st.integers(0, ndim - 1), unique=True))
    several = [axis - ndim if draw(st.booleans()) else axis for axis in several]
    return several[0] if len(several) == 1 and draw(st.booleans()) else tuple(several)


def reduced_over(shape, axis):
    listed = range(len(shape)) if axis is None else np.atleast_1d(np.array(axis, int))
    return [shape[a] for a in listed]


@pytest.mark.parametrize("name", NUMPY)
@given(data=st.data())
def test_reductions_are_numpys(name, data):
    array = data.draw(arrays())
    axis, keepdims = data.draw(axes_of(array.ndim)), data.draw(st.booleans())
    if name.startswith("arg"):
        axis = axis if axis is None or isinstance(axis, int) else None
    is_complex = array.dtype.kind == "c"
    if is_complex and name in NEED_ELEMENTS:
        return
    x = data.draw(variables(array))
    if name in NEED_ELEMENTS and 0 in reduced_over(array.shape, axis):
        with pytest.raises(ValueError, match=f"{name} of nothing: .* is empty on axis"):
            run(getattr(T, name)(x, axis=axis, keepdims=keepdims), {x: array})
        return
    got = run(getattr(T, name)(x, axis=axis, keepdims=keepdims), {x: array})
    method = getattr(x, name)(axis=axis, keepdims=keepdims)
    same(run(method, {x: array}), got)
    with np.errstate(all="ignore"):
        expected = np.asarray(numpy_value(name, array, axis, keepdims))
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    if name in ("mean", "var", "std") or (array.dtype == np.float16 and name == "prod"):
        np.testing.assert_allclose(got, expected, rtol=2e-3 if got.dtype == np.float16 else 2e-6)
    else:
        np.testing.assert_array_equal(got, expected)


def numpy_value(name, array, axis, keepdims):
    """NumPy's value; float16 by way of float32, whose sums do not round on the way."""
    if array.dtype == np.float16 and name not in NEED_ELEMENTS | {"all", "any"}:
        wide = NUMPY[name](array.astype("float32"), axis=axis, keepdims=keepdims)
        return np.asarray(wide).astype("float16")
    if array.size == 0 and name in ("mean", "var", "std"):
        dtype = array.real.dtype if name != "mean" else array.dtype
        dtype = dtype if dtype.kind in "fc" else np.dtype("float64")
        shape = np.sum(array, axis=axis, keepdims=keepdims).shape
        return np.full(shape, nan, dtype)
    return NUMPY[name](array, axis=axis, keepdims=keepdims)


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes(dtype):
    x = TensorType(dtype, (None,))("x")
    one = np.ones(2, dtype)
    names = [n for n in NUMPY if not (n in NEED_ELEMENTS and dtype.startswith("complex"))]
    for name in names:
        assert getattr(T, name)(x).type.dtype == str(NUMPY[name](one).dtype), name
        assert getattr(T, name)(x[0]).type.dtype == str(NUMPY[name](one[0]).dtype), name


@given(st.data())
def test_a_given_dtype_is_that_of_the_sum(data):
    array = data.draw(arrays(dtype=st.sampled_from(["int8", "float32", "bool", "float64"])))
    dtype = data.draw(st.sampled_from(["int8", "int64", "float32", "float64", "complex64"]))
    x = data.draw(variables(array))
    for name in ("sum", "prod", "mean"):
        if array.size or name != "mean":
            got = run(getattr(T, name)(x, dtype=dtype), {x: array})
            np.testing.assert_allclose(got, NUMPY[name](array, dtype=dtype), rtol=1e-6)
            assert got.dtype == dtype


def test_small_integers_do_not_overflow_and_large_ones_wrap():
    x = TensorType("int8", (None,))("x")
    same(run(x.sum(), {x: [127] * 300}), np.int64(38100))
    same(run(T.mean(x), {x: [127] * 300}), np.float64(127))
    same(run(T.var(x), {x: [-128, 127]}), np.float64(127.5**2))
    same(run(T.norm(x), {x: [100, 100]}), np.sqrt(np.float64(20000)))
    same(run(T.norm(x, 1), {x: [-128, 127]}), np.float64(255))
    y = TensorType("uint64", (None,))("y")
    same(run(y.sum(), {y: [2**64 - 1, 2]}), np.uint64(1))
    same(run(T.ptp(y), {y: [2**64 - 1, 2]}), np.uint64(2**64 - 3))


def test_float16_is_summed_in_float32():
    x = TensorType("float16", (None,))("x")
    values = {x: np.full(4096, 1.0)}
    same(run(x.sum(), values), np.float16(4096))
    same(run(x.mean(), values), np.float16(1))
    same(run(x.mean(), {x: np.full(4096, 60000.0)}), np.float16(60000))
    same(run(x.var(), {x: [60000.0, 0.0] * 8}), np.float16(inf))
    same(run(T.std(x), {x: [100.0, 0.0] * 8}), np.float16(50))


@pytest.mark.filterwarnings("ignore::RuntimeWarning:numpy")
@pytest.mark.parametrize("ddof", [0, 1, 2, 3, 7])
def test_ddof(ddof):
    x, values = T.dmatrix("x"), np.array([[1.0, 2.0, 4.0], [0.0, -3.0, 5.0]])
    expected = [np.var(values, 1, ddof=ddof), np.std(values, ddof=ddof)]
    np.testing.assert_allclose(run(T.var(x, 1, ddof), {x: values}), expected[0], rtol=1e-15)
    np.testing.assert_allclose(run(T.std(x, ddof=ddof), {x: values}), expected[1], rtol=1e-15)


def test_the_variance_of_complex_numbers_is_real():
    z, values = T.zvector("z"), np.array([1 + 2j, -3j, 0.5])
    for function, numpy in ((T.var, np.var), (T.std, np.std)):
        got = run(function(z), {z: values})
        np.testing.assert_allclose(got, numpy(values), rtol=1e-15)
        assert got.dtype == np.float64


def test_the_variance_of_numbers_far_from_zero():
    x, values = T.dvector("x"), 1e9 + np.array([4.0, 7.0, 13.0, 16.0])
    same(run(T.var(x, ddof=1), {x: values}), np.float64(30))


@pytest.mark.parametrize("kind", ["max", "min"])
def test_nan_wins(kind):
    x, values = T.dmatrix("x"), np.array([[1.0, nan, 3.0], [nan, nan, -inf], [1.0, inf, -inf]])
    same(run(Reduce(kind, (1,))(x), {x: values}), NUMPY[kind](values, axis=1))
    same(run(ArgReduce(kind, 1)(x), {x: values}), NUMPY[f"arg{kind}"](values, axis=1))
    logical = run(getattr(T, "all" if kind == "max" else "any")(x, 1), {x: values})
    same(logical, NUMPY["all" if kind == "max" else "any"](values, axis=1))


def test_the_first_of_equals_is_meant():
    x = T.dvector("x")
    same(run(T.argmax(x), {x: [1, 3, 3]}), np.int64(1))
    same(run(T.argmin(x), {x: [-0.0, 0.0, -0.0]}), np.int64(0))
    largest, where = T.max_and_argmax(x)
    same(run(largest, {x: [1, 3, 3]}), np.float64(3))
    same(run(where, {x: [1, 3, 3]}), np.int64(1))


def test_sums_and_products_of_nothing():
    x = T.dmatrix("x")
    empty = {x: np.zeros((0, 2))}
    same(run(x.sum(0), empty), np.zeros(2))
    same(run(x.prod(0), empty), np.ones(2))
    same(run(x.all(), empty), np.bool_(True))
    same(run(x.any(1), empty), np.zeros(0, bool))
    same(run(x.max(1), empty), np.zeros(0))
    same(run(x.mean(0), empty), np.full(2, nan))


EVERY_DTYPE = ["bool", "int8", "uint16", "int64", "float16", "float32", "float64"]
POINTS = [(3, 4, 5), (1, 1, 1), (2, 1, 7), (0, 2, 3), (2, 0, 3), (2, 3, 0), (33, 2, 2)]


@pytest.mark.parametrize("dtype", EVERY_DTYPE)
def test_every_back_end_reduces(dtype):
    """All reductions over all axes in one function; it is called with arrays of many shapes."""
    x = TensorType(dtype, (None,) * 3)("x")
    every = [None, 0, 1, -1, (0, 1), (0, 2), (-1, 1)]
    names = [name for name in NUMPY if name not in NEED_ELEMENTS]
    outputs = [getattr(T, name)(x, axis=axis) for name in names for axis in every]
    outputs += [x.sum((2, 0), keepdims=True), x.mean(1, keepdims=True), x.T.sum(0), x[::-1].prod(2)]
    rng = np.random.default_rng(0)
    points = [rng.integers(0, 4, shape).astype(dtype) for shape in POINTS]
    everywhere(outputs, *({x: value} for value in points))
    ordered = [getattr(T, name)(x, axis) for name in ("max", "min") for axis in every]
    ordered += [getattr(T, name)(x, axis) for name in ("argmax", "argmin") for axis in (None, 0, 2)]
    everywhere(ordered, *({x: value} for value in points))


@pytest.mark.parametrize("dtype", EVERY_DTYPE)
@pytest.mark.parametrize("shape", [(), (None, None)])
def test_a_reduction_over_no_axes_changes_at_most_the_dtype(dtype, shape):
    x = TensorType(dtype, shape)("x")
    outputs = [Reduce(kind, ())(x) for kind in ("sum", "prod", "max", "min")]
    outputs += [Reduce("sum", (), "float64")(x) + 1]
    value = np.arange(6).reshape(2, 3).astype(dtype) if shape else np.array(3, dtype)
    everywhere(outputs, {x: value})


def test_a_number_of_one_factor_has_all_derivatives():
    x = T.dscalar("x")
    product = Reduce("prod", ())(x) * 3
    everywhere([product, sg.grad(product, x), sg.grad(sg.grad(product, x) * x, x)], {x: 2.0})


def test_every_back_end_lets_nan_win():
    x = T.dmatrix("x")
    outputs = [f(x, a) for f in (T.max, T.min, T.argmax, T.argmin) for a in (None, 0, 1)]
    rng = np.random.default_rng(0)
    values = rng.choice([1.0, 2.0, nan, inf, -inf, 0.0, -0.0], (20, 8, 9))
    everywhere(outputs, *({x: value} for value in values))
