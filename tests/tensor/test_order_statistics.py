"""Medians and quantiles are NumPy's, of several axes, of every method, with nan and infinities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import budget
from support.op_checks import derivatives_agree, everywhere, run, same

import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.tensor.order_statistics import METHODS

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)
SHARES = st.sampled_from([0.0, 1.0, 0.5, [0.25, 1.0], [[0.1], [0.9], [0.5]], []])


@given(st.data())
@budget(0.5)
def test_quantiles(data):
    shape = data.draw(SHAPES)
    size = int(np.prod(shape))
    # Numbers of few digits, between which weights are exact.
    numbers = st.lists(st.integers(-4, 4), min_size=size, max_size=size)
    dtype = data.draw(st.sampled_from(["float64", "float32", "int64"]))
    array = np.array(data.draw(numbers), dtype).reshape(shape)
    axes = st.lists(st.integers(0, len(shape) - 1), min_size=1, unique=True).map(tuple)
    axis = data.draw(st.none() | st.integers(-len(shape), len(shape) - 1) | axes)
    q, method = data.draw(SHARES), data.draw(st.sampled_from(METHODS))
    keepdims = data.draw(st.booleans())
    x = TensorType(dtype, (None,) * len(shape))("x")
    found = T.quantile(x, q, axis, method, keepdims)
    wanted = np.quantile(array.astype("float64"), q, axis, method=method, keepdims=keepdims)
    assert found.type.dtype == ("float32" if dtype == "float32" else "float64")
    np.testing.assert_allclose(run(found, {x: array}), wanted, rtol=1e-6)
    outputs = [found, T.median(x, axis, keepdims), T.percentile(x, 30, axis)]
    everywhere(outputs, {x: array})
    same(run(outputs[1], {x: array}), np.median(array, axis, keepdims=keepdims).astype(found.dtype))


def test_nan_and_infinities():
    x = T.dmatrix("x")
    array = np.array([[np.nan, 1, 2], [np.inf, np.inf, np.inf], [-np.inf, 3, np.inf]])
    for method in METHODS:
        # Of equal infinities NumPy computes the difference, which is nan.
        same(run(T.quantile(x, 0.5, 1, method), {x: array}), [np.nan, np.inf, 3.0])
    same(run(T.quantile(x, 0.0, 1), {x: array}), [np.nan, np.inf, -np.inf])
    everywhere([T.median(x, 0), T.median(x)], {x: array})


def test_derivatives():
    array = np.array([[0.5, -1.0, 2.0, 0.7], [1.5, 0.1, -0.3, 4.0]])
    derivatives_agree(lambda x: T.median(x, 1) ** 2, array)
    derivatives_agree(lambda x, q: T.quantile(x, q, 1) ** 2, array, np.array([0.2, 0.85]))


@pytest.mark.parametrize("mode", ["llvm", "reference"])
def test_of_nothing_there_is_none(mode):
    x = T.dvector("x")
    with pytest.raises(ValueError, match="median: the number of elements is at least 1, not 0"):
        T.median(x).eval({x: []}, mode=mode)


def test_errors():
    x, q = T.dvector("x"), T.dscalar("q")
    with pytest.raises(ValueError, match="quantile: method='best' is none of linear, lower"):
        T.quantile(x, 0.5, method="best")
    with pytest.raises(ValueError, match="quantile: q is a share of the elements, not 1.5"):
        T.quantile(x, 1.5)
    with pytest.raises(ValueError, match="quantile: the share q is a probability, between 0 and 1"):
        T.quantile(x, q).eval({x: [1.0], q: -0.5})
    with pytest.raises(TypeError, match="median takes real numbers, not z"):
        T.median(T.zvector("z"))
    with pytest.raises(ValueError, match="median: axis 1 is out of range"):
        T.median(x, 1)
