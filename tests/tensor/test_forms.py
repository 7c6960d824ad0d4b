"""Forms in which arguments may be given: names, axes, dtypes of sums, names of copies."""

import numpy as np
import pytest
from support.agreement import assert_agree

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import Constant


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (("x", "y"), ["x", "y"]),
        (("xy",), ["x", "y"]),
        ((["first", "second"],), ["first", "second"]),
        ((("first", "second"),), ["first", "second"]),
        (("first", "second"), ["first", "second"]),
        ((2,), [None, None]),
        (("x",), ["x"]),
        ((), []),
    ],
)
def test_names_of_several_variables(names, wanted):
    for make in (T.vectors, T.dmatrices, T.iscalars, T.btensor7s):
        assert [variable.name for variable in make(*names)] == wanted
    assert [v.dtype for v in T.vectors(*names, dtype="int8")] == ["int8"] * len(wanted)


def test_six_and_seven_dimensions():
    assert T.ztensor7("x").type.shape == (None,) * 7
    assert T.tensor6("x", dtype="int16").type.ndim == 6


@pytest.mark.parametrize(
    "axis",
    [
        [0, 2],
        (2, 0),
        np.array([0, 2]),
        T.constant([0, 2]),
        [T.constant(0), np.int8(-1)],
        range(0, 3, 2),
    ],
)
def test_axes_are_sequences_arrays_and_constants(axis):
    value = np.arange(24.0).reshape(2, 3, 4)
    x = T.dtensor3("x")
    outputs = [T.sum(x, axis), T.max(x, axis=axis), x.mean(axis), T.norm(x, axis=axis)]
    truth = assert_agree([x], outputs, [value])
    wanted = [value.sum((0, 2)), value.max((0, 2)), value.mean((0, 2))]
    for found, expected in zip(truth.results, wanted, strict=False):
        np.testing.assert_allclose(found, expected)


def test_one_axis_as_a_constant():
    value = np.arange(6.0).reshape(2, 3)
    for axis in (T.constant(1), np.array(1), np.int64(-1)):
        np.testing.assert_array_equal(T.sum(value, axis).eval(), [3.0, 12.0])
        np.testing.assert_array_equal(T.argmax(value, axis).eval(), [2, 2])
    with pytest.raises(TypeError, match="an axis is an int, not i"):
        T.sum(T.dmatrix("x"), T.iscalar("i"))
    with pytest.raises(TypeError, match="an axis is an int, not 0.5"):
        T.sum(T.dmatrix("x"), np.array([0.5]))


def test_the_dtype_in_which_a_sum_is_computed():
    x = T.fvector("x")
    value = np.array([1e8, 1, -1e8], "float32")
    outputs = [T.sum(x, acc_dtype="float64"), x.mean(acc_dtype="float64"), x.sum(dtype="float64")]
    found = assert_agree([x], outputs, [value]).results
    assert [result.dtype for result in found] == ["float32", "float32", "float64"]
    np.testing.assert_allclose(found, [1, 1 / 3, 1], rtol=1e-6)
    small = T.bvector("small")
    outputs = [T.sum(small, dtype="int8", acc_dtype="int64"), T.prod(small, acc_dtype="float64")]
    total, product = assert_agree([small], outputs, [np.array([100, 100, -100], "int8")]).results
    assert (total, total.dtype, product, product.dtype) == (100, "int8", -(10**6), "int64")
    sg.gradient.verify_grad(
        lambda x: T.sum(x, acc_dtype="float64"), [value / 1e8], rng=np.random.default_rng(0)
    )


def test_a_mean_of_integers_counts_all_of_them():
    x = T.bvector("x")
    value = np.full(1000, 50, "int8")
    outputs = [
        T.mean(x, dtype="int8"),
        T.mean(x),
        T.var(x, dtype="int64"),
        T.mean(x > 0, dtype=bool),
    ]
    found = assert_agree([x], outputs, [value]).results
    assert [(v.item(), v.dtype.name) for v in found] == [
        (50, "int8"),
        (50.0, "float64"),
        (0, "int64"),
        (True, "bool"),
    ]


def test_copies_have_names():
    x = T.dvector("x")
    other = x.copy(name="other")
    assert (other.name, x.name, x.copy().name) == ("other", "x", None)
    np.testing.assert_array_equal(other.eval({x: [1.0, 2]}), [1, 2])


def test_tensors_of_a_least_number_of_dimensions():
    assert T.as_tensor_variable([1, 2], ndim=3).type.shape == (1, 1, 2)
    x = T.dmatrix("x")
    assert T.as_tensor_variable(x, ndim=1) is x
    assert isinstance(T.as_tensor_variable(3.0, name="three", ndim=0), Constant)


def test_how_halves_are_rounded():
    x = T.dvector("x")
    value = np.array([0.5, 1.5, 2.5, -0.5, -2.5])
    outputs = [T.round(x), T.round(x, "half_away_from_zero"), T.iround(x, "half_away_from_zero")]
    even, away, whole = assert_agree([x], outputs, [value]).results
    np.testing.assert_array_equal(even, [0, 2, 2, 0, -2])
    np.testing.assert_array_equal(away, [1, 2, 3, -1, -3])
    assert whole.dtype == "int64"
    np.testing.assert_array_equal(whole, away)
    with pytest.raises(ValueError, match="round: mode='up' is neither 'half_to_even' nor"):
        T.round(x, mode="up")
