"""Maxima of windows, and their derivatives."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import arrays, derivatives_agree, everywhere, run, same, variables

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import MaxPool, MaxPoolGradient, MaxPoolSelect

DTYPES = st.sampled_from(["bool", "int8", "uint16", "int64", "float16", "float32", "float64"])


@st.composite
def drawn(draw, max_spatial=3):
    """A pooling, and the shape of an array; it may be smaller than a window, but has cells."""
    n = draw(st.integers(1, max_spatial))
    window, strides = (tuple(draw(st.integers(1, 3)) for _ in range(n)) for _ in range(2))
    pads = tuple((draw(st.integers(0, w - 1)), draw(st.integers(0, w - 1))) for w in window)
    partial = draw(st.booleans())
    extents = [draw(st.integers(1, 6 if n < 3 else 3)) for _ in window]
    outer = draw(st.lists(st.integers(0, 2), max_size=2))
    return MaxPool(window, strides, pads, partial, draw(st.booleans())), (*outer, *extents)


def cells(op, extents):
    """For each window its place and the slices of its cells, walking along each axis."""
    axes = []
    for e, w, s, (before, after) in zip(extents, op.window, op.strides, op.pads, strict=True):
        starts = []
        start = -before
        while start + w <= e + after:
            starts.append(start)
            start += s
        covered = starts[-1] + w if starts else -before
        if op.partial and covered < e + after and start < e:
            starts.append(start)
        axes.append([slice(max(start, 0), min(start + w, e)) for start in starts])
    for place in product(*(range(len(axis)) for axis in axes)):
        yield place, tuple(axis[at] for axis, at in zip(axes, place, strict=True))


def outer(op, x):
    return (slice(None),) * (x.ndim - len(op.window))


@given(st.data())
def test_a_pooled_maximum(data):
    op, shape = data.draw(drawn())
    value = data.draw(arrays(shape, DTYPES))
    x = data.draw(variables(value))
    found = run(op(x), {x: value})
    places = dict(cells(op, shape[len(shape) - len(op.window) :]))
    last = tuple(range(-len(op.window), 0))
    if places:
        assert found.shape[len(shape) - len(op.window) :] == tuple(max(places)[a] + 1 for a in last)
    else:
        assert found.size == 0
    for place, where in places.items():
        same(
            np.asarray(found[outer(op, value) + place]),
            value[outer(op, value) + where].max(axis=last),
        )


@given(st.data())
def test_a_gradient_is_shared_among_the_largest(data):
    op, shape = data.draw(drawn())
    value = data.draw(arrays(shape, "float64"))
    x = data.draw(variables(value))
    g_value = data.draw(arrays(run(op(x), {x: value}).shape, "float64"))
    g = data.draw(variables(g_value))
    expected = np.zeros(shape)
    for place, where in cells(op, shape[len(shape) - len(op.window) :]):
        window = value[outer(op, value) + where]
        last = tuple(range(-len(op.window), 0))
        chosen = window == window.max(axis=last, keepdims=True)
        share = g_value[outer(op, value) + place] / (chosen.sum(axis=last) if op.shared else 1)
        expected[outer(op, value) + where] += chosen * np.expand_dims(share, last)
    gradient = MaxPoolGradient(*op._identity()[1:])(x, g)
    found = run(gradient, {x: value, g: g_value})
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    # The forward derivative is its adjoint.
    v = data.draw(arrays(shape, "float64"))
    t = data.draw(variables(v))
    forward = run(MaxPoolSelect(*op._identity()[1:])(x, t), {x: value, t: v})
    np.testing.assert_allclose((forward * g_value).sum(), (found * v).sum(), rtol=1e-9, atol=1e-9)


@given(st.data())
def test_derivatives(data):
    op, shape = data.draw(drawn(2))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    value = rng.permutation(int(np.prod(shape))).reshape(shape) / 8.0
    derivatives_agree(lambda x: op(x) ** 2, value)
    derivatives_agree(lambda x: sg.grad((op(x) ** 3).sum(), x), value)


@given(st.data())
def test_every_back_end_agrees(data):
    op, shape = data.draw(drawn())
    value = data.draw(arrays(shape, DTYPES))
    x = data.draw(variables(value))
    v = TensorType("float32", (None,) * value.ndim)("v")
    weights = data.draw(arrays(shape, "float32"))
    g = TensorType("float32", (None,) * value.ndim)("g")
    g_value = data.draw(arrays(run(op(x), {x: value}).shape, "float32"))
    attributes = op._identity()[1:]
    outputs = [op(x), MaxPoolGradient(*attributes)(x, g), MaxPoolSelect(*attributes)(x, v)]
    everywhere(outputs, {x: value, g: g_value, v: weights})


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_infinities_and_nan(dtype, partial):
    x, g = TensorType(dtype, (None,))("x"), TensorType(dtype, (None,))("g")
    op = MaxPool((2,), (2,), ((1, 1),), partial)
    value = np.array([np.nan, 1, -np.inf, -np.inf, np.inf, np.inf, 2, np.nan], dtype)
    y = run(op(x), {x: value})
    same(y, np.array([np.nan, 1, np.inf, np.inf, np.nan], dtype))
    gradient = MaxPoolGradient((2,), (2,), ((1, 1),), partial)(x, g)
    slopes = np.array([1, 2, 3, 4, 5], dtype)
    found = run(gradient, {x: value, g: slopes})
    same(found, np.array([0, 2, 0, 0, 3, 4, 0, 0], dtype))
    everywhere([op(x), gradient], {x: value, g: slopes})
    only = np.full(3, -np.inf, dtype)
    same(run(gradient, {x: only, g: slopes[:2]}), np.array([1, 1, 1], dtype))
    everywhere([op(x), gradient], {x: only, g: slopes[:2]})


def test_what_is_known_of_extents_is_kept():
    x = TensorType("float32", (None, 20, 24, None))("x")
    y = MaxPool((2, 2), (2, 2))(x)
    assert y.type.shape == (None, 20, 12, None)
    assert sg.grad(y.sum(), x).type == x.type
    assert MaxPool((3, 3), (2, 2), None, True)(x).type.shape == (None, 20, 12, None)


def test_what_does_not_fit():
    with pytest.raises(ValueError, match=r"pads of \(\(2, 0\),\) for windows of \(2,\): each axis"):
        MaxPool((2,), (2,), ((2, 0),))
    with pytest.raises(ValueError, match=r"windows of \(2,\) with strides \(0,\): each axis has"):
        MaxPool((2,), (0,))
    empty = TensorType("float64", (None, 0))("x")
    with pytest.raises(ValueError, match=r"windows of \(2,\) have no cell in x \(float64 matrix"):
        MaxPool((2,), (2,), None, True)(empty)
    x = T.dmatrix("x")
    with pytest.raises(ValueError, match=r"with pads of \(\(1, 1\),\) have no cell in an array of"):
        run(MaxPool((2,), (2,), ((1, 1),))(x), {x: np.zeros((2, 0))})
    with pytest.raises(TypeError, match=r"numbers such as z.s \(complex64 vector\) have no"):
        MaxPool((2,), (2,))(TensorType("complex64", (None,))("z"))
    with pytest.raises(TypeError, match="has no 3 axes that windows slide over"):
        MaxPool((2, 2, 2), (2, 2, 2))(x)
    back = MaxPoolGradient((2,), (2,))(x, T.dmatrix("g"))
    with pytest.raises(ValueError, match=r"array of shape \(1, 3\) should have the shape \(1, 2\)"):
        run(back, {x: np.zeros((1, 4)), back.owner.inputs[1]: np.zeros((1, 3))})
