"""Pooling by the OpenCL back end, on whatever device there is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.opencl_launches import SomeFacts, laid_out, run_launches, seen
from symgraph.backends.opencl.pooling import pool

import symgraph.tensor as T
from symgraph.ops.pool import MaxPool, MaxPoolGradient, MaxPoolSelect

FACTS = [SomeFacts(is_cpu=True), SomeFacts(is_cpu=False)]
OPS = {"maximum": MaxPool, "gradient": MaxPoolGradient, "select": MaxPoolSelect}


def contiguous(root, values):
    strides = tuple(int(np.prod(values.shape[i + 1 :])) for i in range(values.ndim))
    return laid_out(values, root, strides)


def expected(computes, window, strides, shared, *arrays):
    variables = [T.tensor(dtype=str(a.dtype), shape=(None,) * a.ndim) for a in arrays]
    node = OPS[computes](window, strides, shared=shared).make_node(*variables)
    return node.op.perform(node, *arrays)[0]


def check(facts, computes, x, other, window, strides, shared):
    """Compare with the operation's meaning; nothing around the result is written."""
    arrays = [x] if other is None else [x, other]
    wanted = expected(computes, window, strides, shared, *arrays)
    x_flat, x_view = contiguous("x", x)
    other_flat, other_view = (None, None) if other is None else contiguous("other", other)
    out_flat, out_view = contiguous("out", np.zeros_like(wanted))
    flats = {"x": x_flat, "other": other_flat, "out": out_flat}
    launches = pool(facts, computes, x_view, other_view, out_view, window, strides, shared)
    run_launches(launches, {name: flat for name, flat in flats.items() if flat is not None})
    got = seen(out_flat, out_view)
    eps = np.finfo(x.dtype).eps
    np.testing.assert_allclose(got, wanted, rtol=8 * eps, atol=64 * eps)
    assert np.isnan(out_flat).sum() == out_flat.size - got.size + np.isnan(got).sum()


@pytest.mark.parametrize("facts", FACTS)
@pytest.mark.parametrize("computes", OPS)
@given(data=st.data())
def test_pooling_is_right(facts, computes, data):
    spatial = data.draw(st.integers(1, 3))
    axes = [
        (
            data.draw(st.integers(1, 3)),
            data.draw(st.integers(1, 4)),
            data.draw(st.sampled_from([0, 1, 2, 5, 11] if spatial < 3 else [0, 1, 2])),
        )
        for _ in range(spatial)
    ]
    window, strides = tuple(w for w, _, _ in axes), tuple(s for _, s, _ in axes)
    outer = data.draw(st.sampled_from([(), (2,), (0,), (2, 3)]))
    shape = (*outer, *(w + more for w, _, more in axes))
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    # Few values: many cells tie. Some are nan, or infinite.
    x = rng.integers(0, 4, shape).astype(dtype)
    if data.draw(st.booleans()):
        x[rng.random(shape) < 0.1] = data.draw(st.sampled_from([np.nan, np.inf, -np.inf]))
    places = tuple((e - w) // s + 1 for e, (w, s, _) in zip(shape[-spatial:], axes, strict=True))
    other = {"maximum": None, "gradient": (*outer, *places), "select": shape}[computes]
    if other is not None:
        other = rng.normal(size=other).astype(dtype)
    check(facts, computes, x, other, window, strides, data.draw(st.booleans()))


@pytest.mark.parametrize("facts", FACTS)
@pytest.mark.parametrize("computes", OPS)
def test_pooling_of_many_rows(facts, computes):
    """More rows than one group takes."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 9, (5, 4, 41, 33)).astype("float32")
    other = {"maximum": None, "gradient": (5, 4, 20, 16), "select": x.shape}[computes]
    other = None if other is None else rng.normal(size=other).astype("float32")
    check(facts, computes, x, other, (2, 2), (2, 2), True)


def test_gradient_where_no_window_fits():
    """Each cell gets 0."""
    x, other = np.ones((2, 3), "float32"), np.ones((2, 0), "float32")
    for facts in FACTS:
        check(facts, "gradient", x, other, (4,), (1,), True)


@pytest.mark.parametrize("facts", FACTS)
@given(data=st.data())
def test_gradient_where_windows_share_the_cells_out(facts, data):
    """Each cell is in one window: a single launch, with ties, nan and infinities."""
    window = tuple(data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    places = [data.draw(st.integers(1, 4)) for _ in window]
    cells = tuple(w * p for w, p in zip(window, places, strict=True))
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    x = random.choice([1.0, 2.0, np.nan, np.inf, -np.inf, 0.0], (2, *cells)).astype("float32")
    other = random.standard_normal((2, *places)).astype("float32")
    shared = data.draw(st.booleans())
    check(facts, "gradient", x, other, window, window, shared)
    _, x_view = contiguous("x", x)
    _, other_view = contiguous("other", other)
    launches = pool(facts, "gradient", x_view, other_view, x_view, window, window, shared)
    assert len(launches) == 1
