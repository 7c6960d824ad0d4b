"""Separable, causal and tiled convolutions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import arrays, derivatives_agree, same
from tensor.test_conv import scipys, value

import symgraph.tensor as T


@given(st.data())
def test_separable(data):
    x = data.draw(arrays((2, 3, 5, 4), "float64"))
    by_channel = data.draw(arrays((6, 1, 3, 2), "float64"))
    by_place = data.draw(arrays((4, 6, 1, 1), "float64"))
    flip, s = data.draw(st.booleans()), data.draw(st.integers(1, 2))
    found = value(
        lambda a, b, c: T.nnet.separable_conv2d(a, b, c, 3, filter_flip=flip, subsample=(s, 1)),
        x, by_channel, by_place,
    )  # fmt: skip
    apart = scipys(x, by_channel, flip, (s, 1), (1, 1), 3)
    same(found, np.einsum("ndij,kd->nkij", apart, by_place[..., 0, 0]))


def test_separable_volumes():
    rng = np.random.default_rng(0)
    x, by_channel, by_place = (
        rng.integers(-3, 4, shape) * 1.0
        for shape in ((1, 2, 4, 3, 4), (2, 1, 2, 2, 2), (3, 2, 1, 1, 1))
    )
    found = value(lambda a, b, c: T.nnet.separable_conv3d(a, b, c, 2), x, by_channel, by_place)
    apart = scipys(x, by_channel, True, (1, 1, 1), (1, 1, 1), 2)
    same(found, np.einsum("ndijl,kd->nkijl", apart, by_place[..., 0, 0, 0]))


@given(st.data())
def test_nothing_depends_on_what_comes_after(data):
    length, dilation = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))
    stride = data.draw(st.integers(1, 2))
    x = data.draw(arrays((2, 2, 6), "float64"))
    w = data.draw(arrays((3, 2, length), "float64"))
    found = value(
        lambda a, b: T.nnet.causal_conv1d(a, b, filter_dilation=dilation, subsample=stride), x, w
    )
    expected = np.zeros((2, 3, 6))
    for t in range(6):
        for lag in range(length):
            if t >= lag * dilation:
                expected[:, :, t] += x[:, :, t - lag * dilation] @ w[:, :, lag].T
    same(found, expected[:, :, ::stride])


@given(st.data())
def test_tiled_filters_take_turns(data):
    turns = (data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3)))
    s, pad = data.draw(st.integers(1, 2)), data.draw(st.integers(0, 1))
    flip = data.draw(st.booleans())
    x = data.draw(arrays((1, 2, 6, 5), "float64"))
    w = data.draw(arrays((2, *turns, 2, 2, 3), "float64"))
    found = value(
        lambda a, b: T.nnet.tiled_conv2d(a, b, border_mode=pad, subsample=s, filter_flip=flip),
        x, w,
    )  # fmt: skip
    wide = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    for i, j in np.ndindex(turns):
        every = scipys(wide, w[:, i, j], flip, (s, s), (1, 1), 1)
        assert found.shape == every.shape
        same(found[:, :, i :: turns[0], j :: turns[1]], every[:, :, i :: turns[0], j :: turns[1]])


def test_tiled_by_one_is_shared_and_by_all_places_unshared():
    rng = np.random.default_rng(0)
    x, w = rng.integers(-3, 4, (2, 2, 4, 4)) * 1.0, rng.integers(-3, 4, (3, 3, 3, 2, 2, 2)) * 1.0
    a, b = T.constant(x), T.constant(w)
    same(T.nnet.tiled_conv2d(a, b).eval(), T.nnet.conv2d(a, b, unshared=True).eval())
    one = b[:, :1, :1]
    same(T.nnet.tiled_conv2d(a, one).eval(), T.nnet.conv2d(a, one[:, 0, 0]).eval())


def test_derivatives_of_variants():
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=(1, 2, 4, 4)), rng.normal(size=(2, 2, 2, 2, 2, 3))
    derivatives_agree(lambda a, b: T.nnet.tiled_conv2d(a, b, border_mode="half") ** 2, x, w)
    derivatives_agree(
        lambda a, b, c: T.nnet.separable_conv2d(a, b, c, 2, border_mode="same") ** 2,
        x, rng.normal(size=(4, 1, 2, 3)), rng.normal(size=(2, 4, 1, 1)),
    )  # fmt: skip
    derivatives_agree(
        lambda a, b: T.nnet.causal_conv1d(a, b) ** 2,
        rng.normal(size=(2, 1, 5)), rng.normal(size=(2, 1, 3)),
    )  # fmt: skip


def test_channels_that_the_depthwise_filters_do_not_have():
    with pytest.raises(ValueError, match=r"3 channels, the kernel takes 2 \(1 in each of 2 gro"):
        T.nnet.separable_conv2d(
            np.zeros((1, 3, 4, 4)), np.zeros((2, 1, 2, 2)), np.zeros((1, 2, 1, 1)), 2
        )
