"""Casts for which the processor has no instruction."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import INTEGER_DTYPES, TensorType


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
    given = np.concatenate(near)
    with np.errstate(over="ignore"):
        expected = given.astype("float16")
    result = sg.function([x], T.cast(x, "float16"), mode="llvm")(given)
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
