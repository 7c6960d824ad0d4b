"""Numbers in the place of arrays of rank 0: native calls take them as `TensorType.filter` does, or
leave them to it."""

import numpy as np
import pytest
from support.native_calls import assert_same_as_by_python, is_native

import symgraph as sg
import symgraph.tensor as T
from symgraph import In, function

VALUES = np.arange(6.0)


@pytest.fixture(autouse=True)
def llvm():
    with sg.config.change_flags(mode="llvm", floatX="float64"):
        yield


NUMBERS = [
    0, 1, -1, 2, 127, 128, 255, 256, -129, 2**24, 2**24 + 1, -(2**24), 2**31, 2**53 + 1, 2**63 - 1,
    -(2**63), 2**63, 2**64, 10**30, True, False, 0.0, -0.0, 1.5, 0.1, 1e300, float("nan"),
    float("inf"), -float("inf"), 1j, "1", None, [1],
    np.float64(1.5), np.float64("nan"), np.float32(0.1), np.float16(2), np.int8(-3), np.int64(7),
    np.uint8(200), np.uint64(2**63), np.bool_(True), np.complex64(1), np.longdouble(1),
    np.array(1.5), np.array(3), np.array(0.1, "float32"), np.array(True), np.ones(1),
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int8", "int64", "uint8",
                                   "uint64", "int32", "bool", "complex128"])  # fmt: skip
@pytest.mark.filterwarnings("ignore:Casting complex values", "ignore:overflow")
@pytest.mark.parametrize("allow_downcast", [None, True, False])
@pytest.mark.parametrize("strict", [False, True])
def test_numbers_are_taken_as_by_way_of_python(dtype, allow_downcast, strict):
    x = T.TensorType(dtype, ())("x")
    f = function([In(x, strict=strict, allow_downcast=allow_downcast)], [x, T.eq(x, x)])
    f(np.ones((), dtype))
    for number in NUMBERS:
        assert_same_as_by_python(f, number)


def test_rounding_a_python_float_is_the_flags_business():
    x = T.fscalar("x")
    f = function([x], x * 1)
    f(np.float32(1))
    assert is_native(f, 0.5)
    with pytest.raises(TypeError, match="casting would lose"):
        f(0.1)
    with sg.config.change_flags(floatX="float32"):
        assert f(0.1) == np.float32(0.1)
    with pytest.raises(TypeError, match="casting would lose"):
        f(0.1)


@pytest.mark.parametrize(
    "dtype, numbers",
    [
        ("float64", [1.5, 2, np.float64(2), np.array(2.0)]),
        ("float32", [1.5, 2, np.float32(0.1)]),
        ("int64", [2, -(2**63), np.int64(3)]),
        ("int8", [2, -128, np.int8(3)]),
        ("uint64", [2, 2**63 - 1, np.uint64(2**63)]),
        ("bool", [True, False, np.bool_(True)]),
        ("float16", [np.float16(2)]),
    ],
)
def test_numbers_that_are_native(dtype, numbers):
    x = T.TensorType(dtype, ())("x")
    f = function([x], [x, T.eq(x, x)])
    f(np.ones((), dtype))
    for number in numbers:
        assert is_native(f, number)
        assert f(number)[0] == number


def test_numbers_beside_arrays():
    x, i, scale = T.dvector("x"), T.lscalar("i"), T.fscalar("scale")
    f = function([x, i, scale], x[i] * scale)
    f(VALUES, 0, 1)
    for position in (0, 5, -1):
        assert is_native(f, VALUES, position, 0.5)
        assert f(VALUES, position, 0.5) == VALUES[position] * 0.5
    with pytest.raises(IndexError, match="index 6"):
        f(VALUES, 6, 0.5)
