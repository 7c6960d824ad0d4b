"""The LLVM back end means what the reference back end means."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T


def assert_agreement(inputs, outputs, values, rtol=1e-6, atol=1e-7):
    """Both back ends give equal dtypes, shapes and (to round-off) values."""
    runs = [
        sg.function(inputs, outputs, mode=mode, on_unused_input="ignore")(*values)
        for mode in ("reference", "llvm")
    ]
    for left, right in zip(*runs, strict=True):
        assert left.dtype == right.dtype
        np.testing.assert_allclose(left, right, rtol=rtol, atol=atol)


EXTENTS = st.integers(0, 4)


@settings(max_examples=15, deadline=None)
@given(EXTENTS, EXTENTS, st.sampled_from(["float32", "float64", "int64", "int8", "bool"]))
def test_reductions_views_and_chains(rows, columns, dtype):
    x = T.TensorType(dtype, (None, None))("x")
    value = (np.arange(rows * columns).reshape(rows, columns) % 5 - 2).astype(dtype)
    outputs = [x.sum(), x.sum(0), x.sum(1), x.T + 1, x[::-1, 1:], T.exp(x) * 2, x.flatten(), x > 0]
    outputs += [x.prod(1), T.join(0, x, x), x.all(0), T.set_subtensor(x[:1], 1), x.var(1)]
    assert_agreement([x], outputs, [value])


@settings(max_examples=15, deadline=None)
@given(EXTENTS, EXTENTS, st.booleans(), st.booleans())
def test_broadcasts_found_at_run_time_and_their_gradients(rows, columns, row_is_1, column_is_1):
    x, y = T.dmatrices("x", "y")
    z = (T.tanh(x) * y + y).sum()
    values = [
        np.linspace(-1, 1, rows * columns).reshape(rows, columns),
        np.ones((1 if row_is_1 else rows, 1 if column_is_1 else columns)) * 0.5,
    ]
    assert_agreement([x, y], [z, *sg.grad(z, [x, y])], values)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_network_and_its_gradient(dtype):
    random = np.random.default_rng(0)
    x, W = T.TensorType(dtype, (None, None))("x"), T.TensorType(dtype, (None, None))("W")
    b, y = T.TensorType(dtype, (None,))("b"), T.lvector("y")
    p = T.nnet.softmax(T.dot(T.tanh(x), W) + b)
    cost = -T.mean(T.log(p)[T.arange(y.shape[0]), y])
    values = [random.normal(size=s).astype(dtype) for s in ((8, 6), (6, 4), (4,))]
    values.append(random.integers(0, 4, 8))
    outputs = [cost, p, T.argmax(p, axis=1), *sg.grad(cost, [x, W, b])]
    assert_agreement([x, W, b, y], outputs, values, rtol=1e-4 if dtype == "float32" else 1e-10)


def test_mismatched_extents_are_named_by_both():
    x, y = T.dvectors("x", "y")
    for mode in ("reference", "llvm"):
        f = sg.function([x, y], x + y, mode=mode)
        with pytest.raises(ValueError, match="broadcast"):
            f(np.zeros(3), np.zeros(4))


def test_an_index_out_of_bounds_is_an_index_error_in_both():
    x, i = T.dvector("x"), T.lvector("i")
    for mode in ("reference", "llvm"):
        f = sg.function([x, i], x[i], mode=mode)
        with pytest.raises(IndexError, match="index 7 is out of bounds"):
            f(np.zeros(3), np.array([0, 7]))
