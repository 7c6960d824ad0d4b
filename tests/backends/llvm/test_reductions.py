"""Reductions in native code: special values, vectors and what is left of rows behind them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.processors import lowered_for

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType

SHAPES = st.tuples(st.sampled_from([1, 2, 5, 17, 40]), st.sampled_from([1, 3, 10, 16, 33, 130]))
SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.5, -2.0]
AXES = (0, 1, None)


def compiled(x, outputs):
    return sg.function([x], outputs, mode="llvm")


FLOATS = {
    dtype: compiled(
        x := TensorType(dtype, (None, None))("x"),
        [getattr(x, kind)(axis=axis) for kind in ("max", "min", "sum") for axis in AXES]
        + [getattr(x, kind)(axis=axis) for kind in ("argmax", "argmin") for axis in (0, 1)],
    )
    for dtype in ("float16", "float32", "float64")
}


@given(st.sampled_from(sorted(FLOATS)), SHAPES, st.integers(0, 2**32 - 1), st.booleans())
def test_extremes_and_their_places_at_special_values(dtype, shape, seed, with_nan):
    """A nan wins over all numbers, the first of several has the place."""
    rng = np.random.default_rng(seed)
    special = SPECIAL[0 if with_nan else 1 :]
    x = np.where(rng.random(shape) < 0.05, rng.choice(special, shape), rng.integers(-9, 9, shape))
    x = x.astype(dtype)
    results = iter(FLOATS[dtype](x))
    with np.errstate(all="ignore"):
        for kind in ("max", "min", "sum"):
            for axis in AXES:
                expected = getattr(np, kind)(x, axis=axis)
                np.testing.assert_array_equal(next(results), expected, f"{kind} {axis}")
        for kind in ("argmax", "argmin"):
            for axis in (0, 1):
                expected = getattr(np, kind)(x, axis=axis)
                np.testing.assert_array_equal(next(results), expected, f"{kind} {axis}")


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("place", [0, 511, 512, 2500, 4999])
def test_places_in_long_rows(known, place):
    """Rows of several blocks: the first of equal extremes, the first nan."""
    x = TensorType("float32", (None, 5000 if known else None))("x")
    f = compiled(x, [x.argmax(axis=1), x.argmin(axis=1)])
    value = np.zeros((3, 5000), "float32")
    value[0, place:] = 1
    value[1, place] = np.nan
    value[1, -1] = np.nan
    value[2, place] = -1
    for found, name in zip(f(value), ("argmax", "argmin"), strict=True):
        np.testing.assert_array_equal(found, getattr(np, name)(value, axis=1))


LENGTHS = (1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 129, 260, 600)
ANYWHERE = ("bool", "int8", "uint16", "int32", "uint64", "float16", "float32", "float64")
PRETENDED = [{}, {"masks": False}, {"vector_bytes": 16}, {"searched": 40, "near_columns": 5}]


@pytest.mark.parametrize("numbers", PRETENDED, ids=str)
@pytest.mark.parametrize("dtype", ANYWHERE)
def test_places_along_every_axis_of_rows_of_every_length(dtype, numbers):
    """By vectors, what is left of them, in parts, backwards and across; the only extreme, equal
    ones, none but infinities, and nan, at any place."""
    rng = np.random.default_rng(0)
    x = TensorType(dtype, (None, None, None))("x")
    views = [
        lambda x: x.argmax(axis=2),
        lambda x: x.argmin(axis=2),
        lambda x: x.argmax(axis=1),
        lambda x: x.argmin(axis=0),
        lambda x: x[:, :, ::-1].argmin(axis=2),
        lambda x: x.transpose(0, 2, 1).argmax(axis=2),
        lambda x: x.transpose(2, 0, 1).argmin(axis=0),
        lambda x: x[::2, :, ::3].argmax(axis=1),
        lambda x: x.transpose(1, 0, 2).argmax(axis=1),
    ]
    with lowered_for(**numbers):
        f = compiled(x, [view(x) for view in views])
        for length in LENGTHS:
            value = rng.integers(0, 3, (3, 4, length)).astype(dtype)
            value[0, 0], value[1, 1] = 1, 0
            value[0, 0, rng.integers(length)] = 0
            value[1, 1, rng.integers(length)] = 1
            value[2, :, -1] = 2
            if value.dtype.kind == "f":
                value[1, 2], value[1, 3] = np.inf, -np.inf
                value[2, 0, rng.integers(length)] = np.nan
                value[2, 1, rng.integers(length, size=3)] = np.nan
            for view, found in zip(views, f(value), strict=True):
                np.testing.assert_array_equal(found, view(value), str(length))


@pytest.mark.parametrize("dtype", ["int8", "bool"])
def test_places_of_more_elements_than_small_integers_count(dtype):
    """Places lie in integers as small as the elements, at least for a while."""
    x = TensorType(dtype, (None,))("x")
    f = compiled(x, [x.argmax(), x.argmin()])
    for place in (0, 65279, 65280, 200_000):
        value = np.zeros(200_001, dtype)
        value[place] = 1
        assert [int(found) for found in f(value)] == [place, 0 if place else 1]


INTEGERS = {
    dtype: compiled(
        x := TensorType(dtype, (None, None))("x"),
        [getattr(x, kind)(axis=axis) for kind in ("max", "min", "sum") for axis in AXES]
        + [x.argmax(axis=0), x.argmin(axis=1)],
    )
    for dtype in ("bool", "int8", "uint8", "int32", "uint64")
}


@given(st.sampled_from(sorted(INTEGERS)), SHAPES, st.integers(0, 2**32 - 1))
def test_reductions_of_integers(dtype, shape, seed):
    bits = np.random.default_rng(seed).integers(0, 256, (*shape, 8), "uint8")
    x = bits[..., 0] > 99 if dtype == "bool" else bits.view("uint64")[..., 0].astype(dtype)
    results = iter(INTEGERS[dtype](x))
    for kind in ("max", "min", "sum"):
        for axis in AXES:
            expected = getattr(np, kind)(x, axis=axis)
            found = next(results)
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found, expected, f"{kind} {axis}")
    np.testing.assert_array_equal(next(results), x.argmax(axis=0))
    np.testing.assert_array_equal(next(results), x.argmin(axis=1))


ROWS = {
    columns: compiled(
        x := TensorType("float32", (None, columns))("x"),
        [T.nnet.softmax(x), T.log(T.nnet.softmax(x)), (x - x.mean(axis=1, keepdims=True)).sum()],
    )
    for columns in (1, 3, 10, 16, 20, 100, None)
}


@pytest.mark.parametrize("columns", ROWS)
@pytest.mark.parametrize("rows", [0, 1, 7, 50])
def test_rows_of_every_length(columns, rows):
    """Known lengths shorter and longer than a vector, and one that only running tells."""
    for length in (columns,) if columns else (1, 2, 15, 17, 65):
        x = np.random.default_rng(3).normal(size=(rows, length)).astype("float32") * 9
        share, logarithm, _ = ROWS[columns](x)
        # The shift is rounded to single precision; what follows is judged in double.
        shifted = (x - x.max(axis=1, keepdims=True, initial=-np.inf)).astype("float64")
        total = np.exp(shifted).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(share, np.exp(shifted) / total, rtol=1e-6, atol=1e-37)
        np.testing.assert_allclose(logarithm, shifted - np.log(total), rtol=1e-6, atol=1e-6)


def test_rows_with_nan_and_infinities():
    x = np.zeros((4, 10), "float32")
    x[0, 3], x[1, 4], x[2, :] = np.nan, np.inf, -np.inf
    share, *_ = ROWS[10](x)
    assert np.isnan(share[:3]).all()
    np.testing.assert_allclose(share[3], 0.1, rtol=1e-6)
