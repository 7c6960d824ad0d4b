"""The names of what there is code for."""

import numpy as np
import pytest
from symgraph.backends.llvm.emission import (
    complex_numbers,
    float_functions,
    function_table,
    integer_functions,
    rejection,
    scalar_functions,
)
from symgraph.backends.llvm.vecmath import MATH

import symgraph as sg
from symgraph.graph import TensorType
from symgraph.ops.constant import constant


def test_the_names_are_those_of_the_code():
    assert complex_numbers.COMPLEX.keys() == function_table.COMPLEX
    assert integer_functions.BOOL.keys() == function_table.BOOL
    assert integer_functions.INTEGER.keys() == function_table.INTEGER
    drawn = rejection.RULES.keys()
    written = float_functions.FLOATING.keys() | MATH.keys() | drawn | function_table.ITERATED
    assert written == function_table.FLOATING
    assert {
        name for name in function_table.FLOATING if name.startswith(scalar_functions.DRAWS)
    } == drawn


@pytest.mark.parametrize(
    ("fn", "dtype", "expected"),
    [
        ("exp", "float16", True),
        ("exp", "int64", False),
        ("xor", "uint8", True),
        ("xor", "float64", False),
        ("mod", "bool", False),
        ("switch", "bool", True),
        ("cast{int8}", "float32", True),
        ("cast{int8}", "complex64", False),
        ("cast{bool}", "complex64", True),
        ("add", "complex128", True),
        ("exp", "complex128", False),
    ],
)
def test_what_is_known_depends_on_the_dtype(fn, dtype, expected):
    assert function_table.known(fn, dtype) is expected


@pytest.mark.parametrize(
    ("dtype", "divisor"),
    [(d, n) for d in ("int8", "uint8", "int64") for n in (0, 1, 2, 3, 7, 8, 64, 127)]
    + [(d, n) for d in ("int8", "int64") for n in (-1, -2, -7)],
)
def test_division_by_numbers_that_are_known(dtype, divisor):
    """Towards minus infinity, for every number of a byte."""
    low = np.iinfo(dtype).min
    values = np.arange(256).astype(dtype) if dtype != "int64" else np.arange(-128, 128)
    values = np.append(values, np.array([low, np.iinfo(dtype).max], dtype))
    x = TensorType(dtype, (None,))("x")
    by = constant(divisor, dtype)
    quotient, rest = sg.function([x], [x // by, x % by])(values)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(quotient, values // np.dtype(dtype).type(divisor))
        np.testing.assert_array_equal(rest, values % np.dtype(dtype).type(divisor))
