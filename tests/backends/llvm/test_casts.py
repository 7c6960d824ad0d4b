"""Casts for which the processor has no instruction, or which NumPy leaves to it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support import agreement

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import DISCRETE_DTYPES, FLOAT_DTYPES, INTEGER_DTYPES, Constant, TensorType


def halves() -> np.ndarray:
    """Every finite float16 as a double."""
    every = np.arange(2**16).astype("uint16").view("float16").astype("float64")
    return np.sort(every[np.isfinite(every)])


def test_doubles_become_halves_with_one_rounding():
    """Around every point half-way between two float16, where rounding twice would go wrong."""
    values = halves()
    middle = (values[1:] + values[:-1]) / 2
    near = [middle, np.nextafter(middle, np.inf), np.nextafter(middle, -np.inf)]
    near += [middle * (1 + 2.0**-30), middle * (1 - 2.0**-30), values]
    near += [
        np.array([np.inf, -np.inf, np.nan, 65520, 65519.99999999, 1e300, 1e-300, 5e-324, -0.0])
    ]
    x = T.dvector("x")
    wide = np.concatenate(near)
    with np.errstate(over="ignore"):
        expected = wide.astype("float16")
    result = sg.function([x], T.cast(x, "float16"), mode="llvm")(wide)
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_array_equal(np.signbit(result), np.signbit(expected))


@pytest.mark.parametrize("dtype", INTEGER_DTYPES)
def test_integers_become_halves(dtype):
    limits = np.iinfo(dtype)
    number = np.arange(-70000, 70000)
    values = number[(number >= limits.min) & (number <= limits.max)].astype(dtype)
    values = np.concatenate([values, np.array([limits.min, limits.max], dtype)])
    x = TensorType(dtype, (None,))("x")
    with np.errstate(over="ignore"):
        expected = values.astype("float16")
    result = sg.function([x], T.cast(x, "float16"), mode="llvm")(values)
    np.testing.assert_array_equal(result, expected)


REALS = (*DISCRETE_DTYPES, *FLOAT_DTYPES)


def nearest(number: float, dtype: str) -> int:
    """What an integer dtype has of a number, by Python's integers."""
    bounds = np.iinfo(dtype)
    if math.isnan(number):
        return 0
    if math.isinf(number):
        return bounds.max if number > 0 else bounds.min
    return min(max(int(number), bounds.min), bounds.max)


def about_bounds(source: str) -> np.ndarray:
    """Numbers of the dtype on both sides of the ends of all integers, and special ones."""
    ends = [float(end) for d in INTEGER_DTYPES for end in (np.iinfo(d).min, np.iinfo(d).max)]
    with np.errstate(over="ignore"):
        at = np.array([*ends, 0.0, -0.0, 0.5, -0.5, -0.99, 1.5, -1.5]).astype(source)
        near = [
            at,
            np.nextafter(at, at.dtype.type(np.inf)),
            np.nextafter(at, -at.dtype.type(np.inf)),
        ]
        special = np.array([np.inf, -np.inf, np.nan, -np.nan]).astype(source)
    limits = np.finfo(source)
    last = np.array([limits.max, limits.min, limits.tiny, limits.smallest_subnormal], source)
    return np.concatenate([*near, special, last])


@pytest.mark.parametrize("target", INTEGER_DTYPES)
@pytest.mark.parametrize("source", FLOAT_DTYPES)
def test_floats_become_the_nearest_integers_and_nan_becomes_zero(source, target):
    values = about_bounds(source)
    expected = np.array([nearest(float(v), target) for v in values], target)
    x, row = TensorType(source, (None,))("x"), TensorType(source, (None, None))("x")
    # Written as a constant it is computed while compiling; of one number it is no loop.
    first = Constant(TensorType(source, ()), values[-5])
    for variant in agreement.EVERY:
        f = agreement.compile_variant(
            variant,
            [x],
            [T.cast(x, target), T.cast(T.constant(values), target), x[0].astype(target)],
        )
        got = f(values)
        np.testing.assert_array_equal(got[0], expected)
        np.testing.assert_array_equal(got[1], expected)
        assert got[2] == expected[0]
        (one,) = agreement.compile_variant(variant, [], [T.cast(first, target)])()
        assert one == expected[-5]
        (sums,) = agreement.compile_variant(variant, [row], [T.max(row, axis=1).astype(target)])(
            values[:, None]
        )
        np.testing.assert_array_equal(sums, expected)


@given(st.data(), st.sampled_from(REALS), st.sampled_from(REALS))
def test_all_casts_agree(data, source, target):
    """Twice, so that what one cast leaves is what the next one takes."""
    x = TensorType(source, (None,))("x")
    values = data.draw(
        hnp.arrays(source, st.integers(0, 40), elements=hnp.from_dtype(np.dtype(source)))
    )
    outputs = [T.cast(x, target), T.cast(T.cast(x, target), source), T.cast(x, target) + x]
    agreement.assert_agree([x], outputs, [values])


def test_inputs_and_shared_values_are_converted_likewise():
    values = np.array([np.nan, np.inf, -np.inf, 300.0, -300.0, 2.9])
    wanted = [0, 127, -128, 127, -128, 2]
    x = TensorType("int8", (None,))("x")
    for mode in ("reference", "llvm"):
        f = sg.function([sg.In(x, allow_downcast=True)], x + 0, mode=mode)
        np.testing.assert_array_equal(f(values), wanted)
    np.testing.assert_array_equal(T.constant(values, dtype="int8").data, wanted)


@pytest.mark.parametrize("mode", ["reference", "llvm"])
@pytest.mark.parametrize("source", ["int32", "int64", "uint32", "uint64"])
@pytest.mark.parametrize("target", ["float32", "float64"])
def test_integers_that_a_float_does_not_have_stay_rounded(mode, source, target):
    """There and back is another number, also where NumPy calls the cast safe."""
    x = TensorType(source, (None,))("x")
    there = T.cast(x, target)
    f = sg.function([x], [T.cast(there, source), T.cast(there, "float32")], mode=mode)
    bits = np.finfo(target).nmant + 1
    largest = np.iinfo(source).max
    values = [2**bits + 1, 2**24 + 1, 2**30 + 1, 3 * 2**61 + 1, 5]
    values = np.array([v for v in values if v <= largest], source)
    back, narrow = f(values)
    np.testing.assert_array_equal(back, values.astype(target).astype(source))
    np.testing.assert_array_equal(narrow, values.astype(target).astype("float32"))
