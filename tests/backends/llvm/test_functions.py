"""The names of what there is code for."""

import pytest
from symgraph.backends.llvm import functions, rejection, scalars
from symgraph.backends.llvm.vecmath import MATH


def test_the_names_are_those_of_the_code():
    assert scalars.BOOL.keys() == functions.BOOL
    assert scalars.INTEGER.keys() == functions.INTEGER
    drawn = rejection.RULES.keys()
    assert scalars.FLOATING.keys() | MATH.keys() | drawn == functions.FLOATING
    assert {name for name in functions.FLOATING if name.startswith(scalars.DRAWS)} == drawn


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
        ("add", "complex128", False),
    ],
)
def test_what_is_known_depends_on_the_dtype(fn, dtype, expected):
    assert functions.known(fn, dtype) is expected
