"""Sorting, the order that sorts, and selection, on all back ends."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support.back_ends import TESTED
from support.op_checks import derivatives_agree

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import ArgSelect, ArgSort, Sort

DTYPES = ("float64", "float32", "float16", "int64", "uint64", "int32", "int16", "uint8", "bool")
# Rows of one vector, of several, and such as are divided.
SHAPES = ((0, 5), (3, 0), (1, 1), (4, 2), (5, 3), (2, 1000), (3, 1025), (2, 3, 64), (2, 2, 65))


@pytest.mark.parametrize("mode", TESTED)
@pytest.mark.parametrize("dtype", DTYPES)
def test_all_lengths(mode, dtype):
    """With equal numbers, infinities and nan among them."""
    random = np.random.default_rng(0)
    for shape in SHAPES:
        x = TensorType(dtype, (None,) * len(shape))("x")
        f = sg.function([x], [ArgSort()(x), Sort()(x)], mode=mode)
        assert not (mode == "llvm" and f.fallbacks())
        values = (random.normal(size=shape) * 9).astype("int64").astype(dtype)
        if values.dtype.kind == "f":
            values.flat[::7], values.flat[1::11], values.flat[2::13] = np.nan, np.inf, -np.inf
        order, ordered = f(values)
        np.testing.assert_array_equal(order, np.argsort(values, axis=-1, kind="stable"))
        np.testing.assert_array_equal(ordered, np.sort(values, axis=-1))
        assert ordered.dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint64", "int32"])
def test_numbers_of_any_size(dtype):
    """Numbers of any size, near each other and far apart, along any axis."""
    random = np.random.default_rng(1)
    x = TensorType(dtype, (None, None))("x")
    outputs = [sort(x, axis=axis) for axis in (0, 1) for sort in (T.argsort, T.sort)]
    f = sg.function([x], outputs, mode="llvm")
    bits = random.integers(0, 2**64, (100, 130), dtype="uint64")
    bits[:, ::2] >>= random.integers(0, 64, (100, 65)).astype("uint64")
    wide = bits.astype(f"uint{8 * np.dtype(dtype).itemsize}").view(dtype)
    for values in (wide, wide // 3 if wide.dtype.kind != "f" else -abs(wide)):
        found = iter(f(values))
        for axis in (0, 1):
            wanted = np.argsort(values, axis=axis, kind="stable")
            np.testing.assert_array_equal(next(found), wanted)
            np.testing.assert_array_equal(next(found), np.sort(values, axis=axis))


VECTOR = T.dvector()


@cache
def order() -> Any:
    return sg.function([VECTOR], ArgSort()(VECTOR), mode="llvm")


@given(hnp.arrays("float64", st.integers(0, 100), elements=st.floats(width=16)))
def test_any_numbers(values):
    np.testing.assert_array_equal(order()(values), np.argsort(values, kind="stable"))


@given(st.data())
def test_selected_numbers_are_the_ends_of_the_order(data):
    """In rows of any length, of few digits and of many, with equal ones and nan."""
    dtype = data.draw(st.sampled_from(DTYPES))
    rows, length = data.draw(st.integers(0, 3)), data.draw(st.integers(1, 90))
    values = data.draw(hnp.arrays(dtype, (rows, length), elements=hnp.from_dtype(np.dtype(dtype))))
    count, largest = data.draw(st.integers(1, length)), data.draw(st.booleans())
    order = np.argsort(values, axis=-1, kind="stable")
    wanted = np.sort(order[:, -count:] if largest else order[:, :count], axis=-1)
    for mode in TESTED:
        x = TensorType(dtype, (None, None))("x")
        f = sg.function([x], ArgSelect(count, largest)(x), mode=mode)
        assert not (mode == "llvm" and f.fallbacks())
        np.testing.assert_array_equal(f(values), wanted)


def test_selected_numbers_of_long_rows():
    random = np.random.default_rng(0)
    for dtype in ("float32", "float64", "int64", "int8"):
        x = TensorType(dtype, (None, None))("x")
        values = (random.normal(size=(3, 3000)) * 40).astype(dtype)
        order = np.argsort(values, axis=-1, kind="stable")
        for count in (1, 17, 2999, 3000):
            for largest, part in ((True, order[:, -count:]), (False, order[:, :count])):
                f = sg.function([x], ArgSelect(count, largest)(x), mode="llvm")
                np.testing.assert_array_equal(f(values), np.sort(part, axis=-1))


def test_what_cannot_be_sorted():
    for x in (T.dscalar("x"), T.zvector("x")):
        for op, name in ((ArgSort(), "argsort"), (Sort(), "sort"), (ArgSelect(1, True), "topk")):
            with pytest.raises(TypeError, match=f"^{name}: x .* is no array of real numbers"):
                op(x)


def test_derivatives_of_sorted_values():
    """The operation that rewriting makes has the derivatives of what it stands for."""
    derivatives_agree(lambda x: Sort()(x) ** 2, np.random.default_rng(0).normal(size=(3, 5)))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_rows_that_are_apart(axis):
    """Of arrays in any order of memory, and of parts of them."""
    random = np.random.default_rng(2)
    x = T.ftensor3("x")
    f = sg.function([x], [T.sort(x[1:, ::2, ::-1], axis), T.argsort(x.T, axis)], mode="llvm")
    for order in ("C", "F"):
        values = np.asarray(random.normal(size=(7, 40, 33)).astype("float32"), order=order)
        found, places = f(values)
        np.testing.assert_array_equal(found, np.sort(values[1:, ::2, ::-1], axis))
        np.testing.assert_array_equal(places, np.argsort(values.T, axis, kind="stable"))
