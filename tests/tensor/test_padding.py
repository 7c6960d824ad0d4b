"""What is put around arrays is what NumPy puts there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import budget
from support.op_checks import arrays, derivatives_agree, everywhere, run, scalars

import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.tensor.padding import PLACES, STATISTICS

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)
MODES = st.sampled_from(["constant", "linear_ramp", *PLACES, *STATISTICS])
WIDTHS = st.integers(0, 6)


@given(st.data())
@budget(0.5)
def test_modes(data):
    array = data.draw(arrays(SHAPES, st.sampled_from(["float64", "float32", "int64", "int8"])))
    mode = data.draw(MODES)
    pairs = data.draw(st.lists(st.tuples(WIDTHS, WIDTHS), min_size=array.ndim, max_size=array.ndim))
    x, values = TensorType(array.dtype, (None,) * array.ndim)("x"), {}
    widths = [tuple(data.draw(scalars(width, values)) for width in pair) for pair in pairs]
    values[x] = array
    found = T.pad(x, widths, mode)
    wanted = np.pad(array, pairs, mode)
    assert found.type.dtype == wanted.dtype
    np.testing.assert_allclose(run(found, values), wanted, rtol=1e-5)
    everywhere([found], values)


@pytest.mark.parametrize("width", [2, (1, 3), [(1, 3)], [(1,), (2,)], np.array([[1, 0], [2, 3]])])
def test_forms_of_widths(width):
    array = np.arange(6.0).reshape(2, 3)
    x = T.dmatrix("x")
    for mode in ("constant", "symmetric"):
        found = run(T.pad(x, width, mode), {x: array})
        np.testing.assert_array_equal(found, np.pad(array, width, mode))


def test_values_at_the_ends():
    array = np.arange(10.0).reshape(2, 5) ** 2
    x = T.dmatrix("x")
    for mode, ends in [
        ("constant", {"constant_values": 7}),
        ("linear_ramp", {"end_values": -4}),
        *((mode, {"stat_length": 2}) for mode in STATISTICS),
    ]:
        found = run(T.pad(x, 2, mode, **ends), {x: array})
        np.testing.assert_allclose(found, np.pad(array, 2, mode, **ends))


@pytest.mark.parametrize("mode", ["constant", "linear_ramp", *PLACES, *STATISTICS])
def test_derivatives(mode):
    array = np.array([[0.5, -1.0, 2.0], [1.5, 0.1, -0.3]])
    derivatives_agree(lambda x: T.pad(x, [(1, 2), (0, 3)], mode) ** 2, array)


def test_errors():
    x = T.dmatrix("x")
    with pytest.raises(ValueError, match="pad: mode='mirror' is none of constant, edge"):
        T.pad(x, 1, "mirror")
    with pytest.raises(ValueError, match="is no pair of widths for each of the 2 axes of x"):
        T.pad(x, [(1, 1), (1, 1), (1, 1)])
    with pytest.raises(ValueError, match="pad: the extent -1 is negative"):
        T.pad(x, -1)
    with pytest.raises(TypeError, match="pad: a width must be an integer scalar, not 0.5"):
        T.pad(x, 0.5)
