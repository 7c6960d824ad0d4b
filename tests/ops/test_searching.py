"""The places of values in sorted vectors, by every back end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support.agreement import EVERY, compile_variant

import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import SearchSorted

DTYPES = ("bool", "int8", "uint64", "float16", "float32", "float64")
COMPILED: dict[str, list] = {}


def compiled(dtype):
    """Both sides by every back end, once for each dtype."""
    if dtype not in COMPILED:
        numbers, values = TensorType(dtype, (None,))("numbers"), TensorType(dtype, (None,) * 2)("v")
        outputs = [SearchSorted(side)(numbers, values) for side in ("left", "right")]
        COMPILED[dtype] = [compile_variant(v, [numbers, values], outputs) for v in EVERY]
    return COMPILED[dtype]


@given(data=st.data(), dtype=st.sampled_from(DTYPES))
def test_it_is_numpys(data, dtype):
    """For all lengths, with equal numbers, infinities and nan among them."""
    elements = None
    if np.dtype(dtype).kind == "f":
        elements = st.sampled_from([-np.inf, -1.5, -0.0, 0.0, 0.5, 2, np.inf, np.nan])
    numbers = np.sort(data.draw(hnp.arrays(dtype, st.integers(0, 40), elements=elements)))
    shape = data.draw(hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=4))
    values = data.draw(hnp.arrays(dtype, shape, elements=elements))
    for f in compiled(dtype):
        for found, side in zip(f(numbers, values), ("left", "right"), strict=True):
            assert found.dtype == "int64"
            np.testing.assert_array_equal(found, np.searchsorted(numbers, values, side))


def test_what_is_not_sorted_gives_places_within_bounds():
    numbers = np.random.default_rng(0).normal(size=100)
    for f in compiled("float64"):
        for found in f(numbers, numbers[None]):
            assert found.min() >= 0
            assert found.max() <= 100


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda x, v: T.searchsorted(v, x), TypeError, "v .* is no vector"),
        (lambda x, v: T.searchsorted(x, T.zvector("z")), TypeError, "no real numbers of one dtype"),
        (lambda x, v: T.searchsorted(x, v, "middle"), ValueError, "neither 'left' nor 'right'"),
        (lambda x, v: T.searchsorted(x, v, sorter=[0.5]), TypeError, "must be an integer"),
    ],
)
def test_what_cannot_be_searched(make, error, message):
    with pytest.raises(error, match=message):
        make(T.dvector("x"), T.dmatrix("v"))
