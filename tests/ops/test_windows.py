"""Windows that slide, and their overlapping sum."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import (
    ANY_DTYPE,
    arrays,
    derivatives_agree,
    everywhere,
    integers,
    run,
    same,
    variables,
)

import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import OverlapAdd, Windows


@st.composite
def drawn(draw):
    """Window, strides, places, and the shape of an array, whose first axes may be of any extent."""
    n = draw(st.integers(1, 3))
    window, strides = (tuple(draw(st.integers(1, 3)) for _ in range(n)) for _ in range(2))
    places = tuple(draw(st.integers(0 if w > 1 else 1, 3)) for w in window)
    outer = draw(st.lists(st.integers(0, 2), max_size=2))
    extents = [
        (o - 1) * s + w + draw(st.integers(0, s - 1)) if o else draw(st.integers(0, w - 1))
        for o, s, w in zip(places, strides, window, strict=True)
    ]
    return window, strides, places, (*outer, *extents)


def plain(x, window, strides, places):
    """Each window, one after the other."""
    outer = x.shape[: x.ndim - len(window)]
    result = np.empty((*outer, *places, *window), x.dtype)
    for place in np.ndindex(*places):
        where = tuple(
            slice(o * s, o * s + w) for o, s, w in zip(place, strides, window, strict=True)
        )
        slot = (slice(None),) * len(outer)
        result[slot + place] = x[slot + where]
    return result


@given(st.data())
def test_windows(data):
    window, strides, places, shape = data.draw(drawn())
    value = data.draw(arrays(shape, ANY_DTYPE))
    x = data.draw(variables(value))
    same(run(Windows(window, strides)(x), {x: value}), plain(value, window, strides, places))


@given(st.data())
def test_overlapping_sums_are_the_adjoint(data):
    window, strides, places, shape = data.draw(drawn())
    value = data.draw(arrays(shape, "float64"))
    outer = shape[: len(shape) - len(window)]
    weights = data.draw(arrays((*outer, *places, *window), "float64"))
    x, w = data.draw(variables(value)), data.draw(variables(weights))
    back = OverlapAdd(window, strides)(w, *integers(*shape[len(outer) :]))
    forward = run(Windows(window, strides)(x), {x: value})
    assert (forward * weights).sum() == (run(back, {w: weights}) * value).sum()


@given(st.data())
def test_derivatives(data):
    window, strides, places, shape = data.draw(drawn())
    value = data.draw(arrays(shape, "float64"))
    derivatives_agree(lambda x: Windows(window, strides)(x) ** 2, value)
    outer = shape[: len(shape) - len(window)]
    weights = data.draw(arrays((*outer, *places, *window), "float64"))
    extents = integers(*shape[len(outer) :])
    derivatives_agree(lambda w: OverlapAdd(window, strides)(w, *extents) ** 2, weights)


@given(st.data())
def test_every_back_end_agrees(data):
    window, strides, places, shape = data.draw(drawn())
    dtype = data.draw(ANY_DTYPE)
    value = data.draw(arrays(shape, dtype))
    outer = shape[: len(shape) - len(window)]
    weights = data.draw(arrays((*outer, *places, *window), dtype))
    x, w = data.draw(variables(value)), data.draw(variables(weights))
    back = OverlapAdd(window, strides)(w, *integers(*shape[len(outer) :]))
    forward = Windows(window, strides)(x)
    everywhere([forward, forward.sum(axis=-1), back], {x: value, w: weights})


def test_what_is_known_of_extents_is_kept():
    x = TensorType("float32", (None, 7, None))("x")
    y = Windows((3, 2), (2, 2))(x)
    assert y.type.shape == (None, 3, None, 3, 2)
    assert OverlapAdd((3, 2), (2, 2))(y, *integers(7, 9)).type.shape == (None, 7, 9)


def test_what_does_not_fit():
    with pytest.raises(ValueError, match=r"windows of \(3, 0\) with strides \(1, 1\): each axis"):
        Windows((3, 0), (1, 1))
    x = T.dmatrix("x")
    with pytest.raises(TypeError, match="has no windows of 3 axes"):
        Windows((1, 3, 1), (1, 1, 1))(x)
    w = TensorType("float64", (3, 2))("w")
    with pytest.raises(ValueError, match=r"\(3, 2\) do not make the extents \(9,\): it takes \(8,"):
        OverlapAdd((2,), (1,))(w, *integers(9))
    with pytest.raises(ValueError, match=r"do not make the extents \(1,\): it takes \(0, 2\)"):
        run(OverlapAdd((2,), (1,))(x, *integers(1)), {x: np.zeros((1, 2))})
    with pytest.raises(TypeError, match="takes windows of 1 axes and their extents, not x"):
        OverlapAdd((2,), (1,))(x)
