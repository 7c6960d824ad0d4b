"""Matrix products of the OpenCL back end, on whatever device there is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.opencl_launches import SomeFacts, laid_out, queue, run_launches, seen
from symgraph.backends.opencl.launches import DeviceScalar, Scratch, View
from symgraph.backends.opencl.products import product
from symgraph.backends.opencl.products.group_choice import LARGE, LEAST, SMALL, TALL, WIDE
from symgraph.backends.opencl.products.problem import Problem
from symgraph.backends.opencl.products.tiles import tile_launch

VECTORS = SomeFacts(is_cpu=True)
GROUPS = SomeFacts(is_cpu=False)
FACTS = [VECTORS, GROUPS]
DTYPES = ["float32", "float64"]


def strides_of(shape, order, gaps, signs):
    """Strides of an array whose axes lie in an order, from the outermost, with gaps."""
    strides, size = [0] * len(shape), 1
    for axis in reversed(order):
        strides[axis] = size * signs[axis]
        size = size * max(shape[axis], 1) + gaps[axis]
    return tuple(strides)


@st.composite
def layouts(draw, shape, repeats):
    """Strides: in any order of axes, with gaps or not, negative ones; 0 if `repeats`."""
    order = draw(st.permutations(range(len(shape))))
    gaps = draw(st.tuples(*[st.sampled_from([0, 0, 0, 3])] * len(shape)))
    signs = draw(st.tuples(*[st.sampled_from([1, 1, 1, -1] + [0] * repeats)] * len(shape)))
    return strides_of(shape, order, gaps, signs)


def draw_values(rng, shape, dtype, special):
    values = rng.normal(size=shape).astype(dtype)
    if special:
        values[rng.random(shape) < 0.1] = np.nan
        values[rng.random(shape) < 0.1] = np.inf
    return values


def check(facts, out, a, b, c, alpha, beta, launches=None):
    """Compute a product of pairs (flat array, view), and compare its elements with NumPy's, and
    that nothing around them is written. `c` may be `out`."""
    a_seen, b_seen = (seen(*x).astype(np.longdouble) for x in (a, b))
    c_seen = None if c is None else seen(*c).astype(np.longdouble)
    with np.errstate(all="ignore"):
        expected = np.longdouble(alpha) * np.matmul(a_seen, b_seen)
        size = abs(np.longdouble(alpha)) * np.matmul(abs(a_seen), abs(b_seen))
        if c is not None:
            added = np.longdouble(beta) * c_seen
            expected, size = expected + added, size + abs(added)
    arrays = {"a": a[0], "b": b[0], "out": out[0]}
    if c is not None and c is not out:
        arrays["c"] = c[0]
    arrays["factors"] = np.array([7, alpha, beta], out[1].dtype)
    before = out[0].copy()
    views = (out[1], a[1], b[1], None if c is None else c[1])
    run_launches(launches or product(facts, *views, alpha, beta), arrays)
    eps = np.finfo(out[1].dtype).eps
    bound = (a[1].extents[-1] + 4) * eps * size
    got = seen(*out)
    finite = np.isfinite(size)
    assert np.all(abs(got[finite] - expected[finite]) <= bound[finite])
    np.testing.assert_array_equal(
        np.where(finite, 0, got), np.where(finite, 0, expected).astype(got.dtype)
    )
    seen(before, out[1])[...] = got
    np.testing.assert_array_equal(out[0], before)


@pytest.mark.parametrize("facts", FACTS)
@given(data=st.data())
def test_any_extents_and_strides(facts, data):
    extents = st.sampled_from([1, 2, 3, 5, 0, 7, 16, 17, 33, 64, 70, 130])
    batch = data.draw(st.sampled_from([(), (), (1,), (2,), (3,)]))
    m, n, k = (data.draw(extents) for _ in range(3))
    dtype = data.draw(st.sampled_from(DTYPES))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    special = data.draw(st.booleans())
    a, b, c, out = (
        laid_out(
            draw_values(rng, (*batch, *shape), dtype, special),
            name,
            data.draw(layouts((*batch, *shape), name != "out")),
        )
        for name, shape in {"a": (m, k), "b": (k, n), "c": (m, n), "out": (m, n)}.items()
    )
    c = data.draw(st.sampled_from([None, c, out]))
    factors = st.sampled_from([1.0, 0.0, -1.5, np.nan])
    alpha, beta = data.draw(factors), data.draw(factors)
    check(facts, out, a, b, c, alpha, beta)


def plain(rng, root, dtype, *shape, transposed=False):
    strides = (1, shape[0]) if transposed else (shape[1], 1)
    return laid_out(rng.normal(size=shape).astype(dtype), root, strides)


@pytest.mark.parametrize("facts", FACTS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("m", "k", "n", "a_transposed", "b_transposed"),
    [
        (20, 100, 70, False, False),  # few tiles read b where it lies
        (200, 70, 130, False, False),
        (60, 200, 10, False, False),  # narrow
        (60, 200, 10, False, True),
        (10, 200, 5, False, True),
        (70, 40, 10, True, False),
        (1, 300, 100, False, False),  # vectors
        (100, 300, 1, False, False),
        (1, 300, 1, False, False),
        (3, 5000, 4, False, True),  # long sums
        (3, 5000, 4, True, False),
        (1030, 260, 260, True, False),  # columns of a on other pages
        (5, 0, 4, False, False),  # of nothing
    ],
)
def test_shapes_of_each_kernel(facts, dtype, m, k, n, a_transposed, b_transposed):
    rng = np.random.default_rng(m + k + n)
    a = plain(rng, "a", dtype, m, k, transposed=a_transposed)
    b = plain(rng, "b", dtype, k, n, transposed=b_transposed)
    out, bias = plain(rng, "out", dtype, m, n), laid_out(rng.normal(size=(m, n)), "c", (0, 1))
    bias = (bias[0].astype(dtype), bias[1]._replace(dtype=dtype))
    check(facts, out, a, b, None, 0.5, 0.0)
    check(facts, out, a, b, bias, 1.0, 1.0)
    check(facts, out, a, b, out, -1.0, 2.0)


@pytest.mark.parametrize("tile", [*LARGE, *SMALL, *WIDE, *TALL, LEAST])
@pytest.mark.parametrize("columns", [True, False])
def test_every_tile(tile, columns):
    if not runs(tile):
        pytest.skip("the device has less local memory, or fewer items a group")
    rng = np.random.default_rng(3)
    m, k, n = 130, 37, 140
    a = plain(rng, "a", "float32", m, k, transposed=columns)
    b = plain(rng, "b", "float32", k, n, transposed=columns)
    out = plain(rng, "out", "float32", m, n)
    problem = product_problem(out, a, b)
    check(GROUPS, out, a, b, None, 1.0, 0.0, [tile_launch(problem, tile)])


def runs(tile):
    device = queue().device
    fits = tile.local_bytes(4) <= device.local_mem_size
    return fits and tile.items <= device.max_work_group_size


def product_problem(out, a, b):
    views = [
        x[1]._replace(extents=(1, *x[1].extents), strides=(0, *x[1].strides)) for x in (out, a, b)
    ]
    return Problem(*views, None, 1.0, 0.0)


@pytest.mark.parametrize("facts", FACTS)
@pytest.mark.parametrize("k", [30, 5000])
@pytest.mark.parametrize("which", [(True, True), (True, False), (False, True)])
def test_factors_in_device_memory(facts, k, which):
    rng = np.random.default_rng(k)
    a, b = plain(rng, "a", "float32", 6, k), plain(rng, "b", "float32", k, 20)
    out = plain(rng, "out", "float32", 6, 20)
    numbers = (0.5, -2.0)
    alpha, beta = (
        DeviceScalar("factors", "float32", i + 1) if on_device else numbers[i]
        for i, on_device in enumerate(which)
    )
    launches = product(facts, out[1], a[1], b[1], out[1], alpha, beta)
    check(facts, out, a, b, out, *numbers, launches)


def test_empty_results_launch_nothing():
    rng = np.random.default_rng(0)
    a, b, out = plain(rng, "a", "float32", 0, 3), plain(rng, "b", "float32", 3, 4), None
    out = plain(rng, "out", "float32", 0, 4)
    for facts in FACTS:
        assert product(facts, out[1], a[1], b[1], None, 1.0, 0.0) == []


def test_many_extents_share_few_texts():
    rng = np.random.default_rng(0)
    for facts in FACTS:
        texts = set()
        for m, k, n in rng.integers(200, 2000, (40, 3)):
            shapes = {"out": (m, n), "a": (m, k), "b": (k, n)}
            views = (View(x, "float32", s, 0, (s[1], 1)) for x, s in shapes.items())
            texts |= {x.source for x in product(facts, *views, None, 1.0, 0.0)}
        assert len(texts) <= 3


def test_long_sums_of_few_results_are_divided():
    rng = np.random.default_rng(0)
    a, b = plain(rng, "a", "float32", 3, 5000), plain(rng, "b", "float32", 5000, 4)
    out = plain(rng, "out", "float32", 3, 4)
    for facts in FACTS:
        first, second = product(facts, out[1], a[1], b[1], None, 1.0, 0.0)
        assert any(isinstance(x.root, Scratch) for x in first.arguments if hasattr(x, "root"))
        assert second.kernel == "sproduct_sum"
