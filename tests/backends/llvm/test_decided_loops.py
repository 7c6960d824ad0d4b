"""Loops that one element decides find it wherever it stands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import budget
from support.processors import lowered_for

import symgraph as sg
import symgraph.tensor as T

DTYPES = ("bool", "uint8", "int32", "int64", "float16", "float32", "float64")
LENGTHS = (0, 1, 15, 16, 17, 63, 64, 65, 255, 256, 257, 300, 4095, 4096, 4097, 9000)


def outputs(x):
    parts = [x.any(), x.all(), x.any(axis=1), x.all(axis=1), x.any(axis=0), x.all(axis=0)]
    parts += [x[:, ::-1].all(axis=1), x[:, ::3].any(), T.neq(x, 1).any(), T.neq(x, 1).all(axis=1)]
    if x.type.dtype == "bool":
        parts += [x.argmax(axis=1), x.argmin(axis=1), x.argmax(), x.argmin(), x.argmax(axis=0)]
        parts += [x[:, ::-1].argmin(axis=1), x.max(axis=1), x.min(axis=1), x.max(), x.min()]
    return parts


def wanted(x):
    parts = [x.any(), x.all(), x.any(axis=1), x.all(axis=1), x.any(axis=0), x.all(axis=0)]
    parts += [x[:, ::-1].all(axis=1), x[:, ::3].any(), (x != 1).any(), (x != 1).all(axis=1)]
    if x.dtype == bool:
        parts += [x.argmax(axis=1), x.argmin(axis=1), x.argmax(), x.argmin(), x.argmax(axis=0)]
        parts += [x[:, ::-1].argmin(axis=1), x.max(axis=1), x.min(axis=1), x.max(), x.min()]
    return parts


def made(dtype, **numbers):
    x = T.TensorType(dtype, (None, None))("x")
    with lowered_for(**numbers):
        return sg.function([x], outputs(x), mode="llvm")


@pytest.fixture(scope="module")
def functions():
    """For vectors with and without masks; and with parts of rows, which are searched apart."""
    kinds = [{}, {"vector_bytes": 16, "masks": False}, {"searched": 50}]
    return {dtype: [made(dtype, **numbers) for numbers in kinds] for dtype in DTYPES}


@given(st.data())
@budget(2)
def test_the_decisive_element_is_found(functions, data):
    dtype = data.draw(st.sampled_from(DTYPES))
    length = data.draw(st.sampled_from(LENGTHS) | st.integers(0, 600))
    rows = data.draw(st.integers(1, 3))
    base, other = data.draw(st.sampled_from([(0, 1), (1, 0), (1, 7), (0, 0), (1, 1), (0, np.nan)]))
    value = np.full((rows, length), base, "float64")
    if length:
        places = st.tuples(st.integers(0, rows - 1), st.integers(0, length - 1))
        for place in data.draw(st.lists(places, max_size=3)):
            value[place] = other
    value = np.nan_to_num(value, nan=1).astype(dtype) if dtype[0] != "f" else value.astype(dtype)
    if dtype == "bool" and not length:
        return
    for f in functions[dtype]:
        for found, want in zip(f(value), wanted(value), strict=True):
            np.testing.assert_array_equal(found, want)


def test_numbers_that_decide():
    """Negative zero is false, nan and the smallest number are true."""
    x = T.dvector("x")
    f = sg.function([x], [x.any(), x.all()], mode="llvm")
    for value in (-0.0, np.nan, 5e-324, -np.inf):
        array = np.full(100, value)
        assert f(array) == [array.any(), array.all()]
