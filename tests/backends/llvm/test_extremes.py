"""Running maxima and minima, with nan in any place of any row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import symgraph as sg
import symgraph.tensor as T

WIDTHS = (1, 7, 8, 16, 63, 64, 100, 200)
x = {dtype: T.TensorType(dtype, (None, None))("x") for dtype in ("float16", "float32", "float64")}


def expressions(x):
    return [
        x.max(axis=1),
        x.min(axis=1),
        x.max(),
        x[::2].min(),
        x[:, ::2].max(),
        x.max(axis=0),
        T.exp(x - x.max(axis=1, keepdims=True)).min(axis=1),
    ]


@pytest.fixture(scope="module")
def functions():
    with sg.config.change_flags(mode="llvm"):
        return {d: [sg.function([v], e) for e in expressions(v)] for d, v in x.items()}


def assert_right(functions, value):
    with np.errstate(all="ignore"):
        top = value - value.max(axis=1, keepdims=True)
        expected = [
            value.max(axis=1),
            value.min(axis=1),
            value.max(),
            value[::2].min(),
            value[:, ::2].max(),
            value.max(axis=0),
            np.exp(top.astype(np.float64)).min(axis=1),
        ]
    for f, wanted in zip(functions[str(value.dtype)], expected, strict=True):
        rtol = {2: 2e-3, 4: 1e-5}.get(value.itemsize, 1e-12)
        np.testing.assert_allclose(f(value), wanted, rtol=rtol, atol=1e-7)


@pytest.mark.parametrize("dtype", x)
@pytest.mark.parametrize("width", WIDTHS)
def test_nan_wins_wherever_it_stands(functions, dtype, width):
    value = np.random.default_rng(width).normal(size=(5, width)).astype(dtype)
    assert_right(functions, value)
    for place in {0, width // 2, width - 1}:
        for row in (0, 4):
            changed = value.copy()
            changed[row, place] = np.nan
            assert_right(functions, changed)


@pytest.mark.parametrize("dtype", x)
@pytest.mark.parametrize("extreme", [np.inf, -np.inf, np.nan])
def test_rows_of_infinities(functions, dtype, extreme):
    value = np.full((4, 70), extreme, dtype)
    assert_right(functions, value)
    value[1, 3], value[2, 69] = 1, -np.inf
    assert_right(functions, value)


@given(st.data())
def test_any_values(functions, data):
    shape = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 70)))
    values = st.sampled_from([0.0, -0.0, 1.0, -2.5, np.inf, -np.inf, np.nan])
    assert_right(functions, data.draw(arrays.arrays("float64", shape, elements=values)))
