"""The order that sorts, on all back ends."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import ArgSort

DTYPES = ("float64", "float32", "float16", "int64", "uint8", "bool")
SHAPES = ((0, 5), (3, 0), (1, 1), (4, 2), (5, 3), (2, 1000), (3, 1025), (2, 3, 64))


@pytest.mark.parametrize("mode", sg.available_backends())
@pytest.mark.parametrize("dtype", DTYPES)
def test_all_lengths(mode, dtype):
    """With equal numbers, infinities and nan among them."""
    random = np.random.default_rng(0)
    for shape in SHAPES:
        x = TensorType(dtype, (None,) * len(shape))("x")
        f = sg.function([x], ArgSort()(x), mode=mode)
        assert not (mode == "llvm" and f.fallbacks())
        values = (random.normal(size=shape) * 9).astype("int64").astype(dtype)
        if values.dtype.kind == "f":
            values.flat[::7], values.flat[1::11], values.flat[2::13] = np.nan, np.inf, -np.inf
        np.testing.assert_array_equal(f(values), np.argsort(values, axis=-1, kind="stable"))


VECTOR = T.dvector()


@cache
def order() -> Any:
    return sg.function([VECTOR], ArgSort()(VECTOR), mode="llvm")


@given(hnp.arrays("float64", st.integers(0, 70), elements=st.floats(width=16)))
def test_any_numbers(values):
    np.testing.assert_array_equal(order()(values), np.argsort(values, kind="stable"))


def test_what_cannot_be_sorted():
    for x in (T.dscalar("x"), T.zvector("x")):
        with pytest.raises(TypeError, match="argsort: x .* is no array of real numbers"):
            ArgSort()(x)
