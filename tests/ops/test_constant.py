"""Constants, and the dtypes that Python numbers take beside tensors."""

import math

import numpy as np
import pytest
from hypothesis import given
from support.op_checks import arrays, run, same

import symgraph.tensor as T
from symgraph.graph import DTYPES, Constant, NullType, TensorType, config
from symgraph.ops.constant import as_tensor, as_tensors, constant, number, weak_dtype


@given(arrays())
def test_a_constant_of_an_array_has_its_dtype_shape_and_values(array):
    c = constant(array)
    assert c.type == TensorType(array.dtype, array.shape)
    same(c.data, array)
    same(run(c, {}), array)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (True, "bool"),
        (3, "int64"),
        (2.5, "float64"),
        (1j, "complex128"),
        ([1, 2], "int64"),
        ([1.0, 2], "float64"),
        ([], "float64"),
        (np.float32(2), "float32"),
        (np.int8(2), "int8"),
        (np.uint16([1]), "uint16"),
        (np.array([1], ">i4"), "int32"),
    ],
)
def test_the_dtype_of_a_value(value, dtype):
    c = constant(value)
    assert c.type.dtype == dtype
    assert c.data.dtype == np.dtype(dtype)
    assert constant(value, "complex64").type.dtype == "complex64"


def test_python_floats_take_floatX():
    with config.change_flags(floatX="float32"):
        assert constant(2.5).type.dtype == "float32"
        assert constant(np.float64(2.5)).type.dtype == "float64"
        assert constant([2.5]).type.dtype == "float64"
        assert constant(2.5, "floatX").type.dtype == "float32"


@pytest.mark.parametrize("value", ["text", None, object(), [None], np.datetime64("2020-01-01")])
def test_what_holds_no_numbers_makes_no_constant(value):
    with pytest.raises(TypeError, match="holds no numbers, so it makes no tensor"):
        constant(value)


def test_ragged_lists_and_variables_make_no_constant():
    with pytest.raises(
        TypeError, match=r"\[\[1, 2\], \[3\]\] is a ragged sequence, so it makes no tensor"
    ):
        constant([[1, 2], [3]])
    with pytest.raises(TypeError, match="a constant needs a value, not the variable x"):
        constant(T.dscalar("x"))


def test_a_python_int_that_does_not_fit_is_refused_but_arrays_wrap():
    for value in (300, [1, 300], [[300]]):
        with pytest.raises(OverflowError, match="the Python int 300 does not fit the dtype int8"):
            constant(value, "int8")
    same(constant(np.array([300]), "int8").data, np.array([44], "int8"))
    same(constant([], "int8").data, np.zeros(0, "int8"))


def test_a_constant_does_not_follow_the_array_it_came_from():
    array = np.zeros(3)
    c = constant(array)
    array[:] = 1
    same(c.data, np.zeros(3))
    with pytest.raises(ValueError, match="read-only"):
        c.data[0] = 1


def test_equal_numbers_are_one_constant():
    assert number(1, "float32", 2) is number(1.0, "float32", 2)
    assert number(1, "float32", 2) is not number(1, "float64", 2)
    assert number(0.0, "float64") is not number(-0.0, "float64")
    same(number(2, "int8", 2).data, np.array([[2]], "int8"))


def test_as_tensor_leaves_variables_alone():
    x = T.dmatrix("x")
    assert as_tensor(x) is x
    assert isinstance(as_tensor(2), Constant)
    with pytest.raises(TypeError, match=r"n of type undefined \(for a reason\) is no tensor"):
        as_tensor(NullType("for a reason")("n"))


# By NEP 50, but that a float beside integers takes floatX.
WEAK = {
    bool: lambda strong: "bool",
    int: lambda strong: "int64" if strong == "bool" else strong,
    float: lambda strong: strong if np.dtype(strong).kind in "fc" else "float64",
    complex: lambda strong: (
        strong
        if np.dtype(strong).kind == "c"
        else "complex64"
        if strong in ("float16", "float32")
        else "complex128"
    ),
}


@pytest.mark.parametrize("strong", DTYPES)
def test_python_numbers_are_weak(strong):
    x = TensorType(strong, (None,))("x")
    for kind, rule in WEAK.items():
        assert weak_dtype(kind(1), strong) == rule(strong)
        for operands in ((x, kind(1)), (kind(1), x)):
            total = T.add(*operands)
            assert total.type.dtype == str((np.ones(1, strong) + kind(1)).dtype)
            same(run(total, {x: [1]}), np.ones(1, strong) + kind(1))


@pytest.mark.parametrize("strong", DTYPES)
def test_numbers_of_numpy_are_not(strong):
    x = TensorType(strong, (None,))("x")
    for other in (np.float32(1), np.int16(1), np.array(1.0), np.float64(1)):
        expected = np.result_type(np.dtype(strong), other.dtype)
        assert T.add(x, other).type.dtype == T.add(other, x).type.dtype == str(expected)


def test_a_number_that_does_not_fit_is_refused():
    x = TensorType("uint8", ())("x")
    with pytest.raises(OverflowError, match="the Python int 256 does not fit the dtype uint8"):
        x + 256
    with pytest.raises(OverflowError, match="the Python int -1 does not fit the dtype uint8"):
        x - (-1)


def test_numbers_among_themselves():
    with config.change_flags(floatX="float32"):
        assert [v.type.dtype for v in as_tensors(1, 2.0, True)] == ["float32", "float32", "bool"]
    assert [v.type.dtype for v in as_tensors(1, True)] == ["int64", "bool"]
    assert [v.type.dtype for v in as_tensors(np.float32(1), 2, True)] == ["float32"] * 2 + ["bool"]
    assert as_tensors() == []


def test_floats_beside_integers_take_floatX():
    with config.change_flags(floatX="float32"):
        assert (T.bscalar("i") + 0.5).type.dtype == "float32"
        assert (T.dscalar("x") + 0.5).type.dtype == "float64"


def test_special_floats():
    x = TensorType("float32", ())("x")
    for value in (math.inf, -math.inf, math.nan):
        same(run(x * value, {x: 1}), np.float32(value))


@pytest.mark.parametrize("floatX", ["float32", "float64"])
def test_empty_sequences_take_floatx(floatX):
    with config.change_flags(floatX=floatX):
        for empty in ((), [], [[]]):
            made = T.as_tensor_variable(empty)
            assert made.dtype == floatX
            assert made.data.shape == np.shape(empty)
        assert T.constant(np.zeros(0)).dtype == "float64"
