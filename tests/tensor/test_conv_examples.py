"""The worked examples of the books on convolution, and layers in their place in a network."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import budget
from support.op_checks import everywhere, same
from tensor.test_conv import CONV, layers, scipys, tensor, value

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType


def test_sizes():
    def places(extent, filters, **how):
        x = TensorType("float32", (1, 1, *extent))()
        w = TensorType("float32", (1, 1, *filters))()
        return T.nnet.conv2d(x, w, **how).type.shape[2:]

    assert places((17, 8), (3, 3)) == (15, 6)
    assert places((125, 49), (5, 5), border_mode=2, subsample=2) == (63, 25)
    assert places((227, 227), (11, 11), subsample=4) == (55, 55)
    # 16 wide: an extent of 6 leaves 11, then 6, then 1.
    extent = (16, 16)
    for left in (11, 6, 1):
        extent = places(extent, (6, 6))
        assert extent == (left, left)
    assert places((7, 8), (3, 3), subsample=2) == (3, 3)
    assert places((280, 320), (1, 2)) == (280, 319)


def test_a_sequence_with_a_difference_filter():
    x, w = np.arange(1.0, 6)[None, None], np.array([1.0, 0, -1])[None, None]
    found = value(lambda a, b: T.nnet.conv1d(a, b, border_mode=1, filter_flip=False), x, w)
    assert found.tolist() == [[[-2, -2, -2, -2, 4]]]
    by_two = value(
        lambda a, b: T.nnet.conv1d(a, b, border_mode=1, subsample=2, filter_flip=False), x, w
    )
    assert by_two.tolist() == [[[-2, -2, 4]]]


def test_the_centre_of_an_image():
    patch, kernel = (
        np.array([[2, 4, 6], [24, 5, 13], [1, 6, 8]]),
        np.array([[1, 3, 2], [2, 9, 3], [7, 1, 6]]),
    )
    image = np.pad(patch, 1, constant_values=7)
    found = value(
        lambda a, b: T.nnet.conv2d(a, b, filter_flip=False), image[None, None], kernel[None, None]
    )
    assert found.shape == (1, 1, 3, 3)
    assert found[0, 0, 1, 1] == 219


def test_letters():
    """Without a flip the first element is a w + b x + e y + f z."""
    image = np.arange(1.0, 13).reshape(3, 4)
    kernel = np.array([[1.0, 10], [100, 1000]])
    found = value(
        lambda a, b: T.nnet.conv2d(a, b, filter_flip=False), image[None, None], kernel[None, None]
    )
    assert found[0, 0].tolist() == [[6521, 7632, 8743], [10965, 12076, 13187]]


def test_a_product_of_patches():
    """5x5x3 with a pad of 1, two filters of 3x3, a stride of 2: 27x9 patches, 3x3x2 results, of
    which the first is 3. Only sizes and that number are known of the book's example."""
    rng = np.random.default_rng(4)
    image = rng.integers(0, 3, (1, 3, 5, 5)) * 1.0
    image[0, 0, 0, 0] = 1
    filters = rng.integers(-1, 2, (2, 3, 3, 3)) * 1.0
    wide = np.pad(image[0], ((0, 0), (1, 1), (1, 1)))
    # The first result is 3.
    filters[0, 0, 1, 1] += 3 - (wide[:, :3, :3] * filters[0]).sum()
    found = value(
        lambda a, b: T.nnet.conv2d(a, b, border_mode=1, subsample=2, filter_flip=False),
        image, filters,
    )  # fmt: skip
    assert found[0, 0, 0, 0] == 3
    patches = np.array(
        [wide[:, i : i + 3, j : j + 3].ravel() for i in (0, 2, 4) for j in (0, 2, 4)]
    ).T
    assert patches.shape == (27, 9)
    same(found[0], (filters.reshape(2, 27) @ patches).reshape(2, 3, 3))


def test_a_classifier_of_images_of_any_size():
    """Fig. 9.11 of Deep Learning: 256x256x3, 64 maps, pooled by 4 twice, 1000 classes."""
    x = TensorType("float32", (None, 3, 256, 256))("x")
    w = [TensorType("float32", shape)() for shape in ((64, 3, 3, 3), (64, 64, 3, 3))]
    h = T.nnet.relu(T.nnet.conv2d(x, w[0], border_mode="same"))
    assert h.type.shape == (None, 64, 256, 256)
    h = T.signal.pool.pool_2d(h, 4)
    assert h.type.shape == (None, 64, 64, 64)
    h = T.signal.pool.pool_2d(T.nnet.relu(T.nnet.conv2d(h, w[1], border_mode="same")), 4)
    assert h.type.shape == (None, 64, 16, 16)
    # Fixed: 16,384 numbers to 1000 classes.
    assert h.flatten(2).type.shape == (None, 16384)
    # Any size: 3x3 regions, 576 numbers.
    assert T.signal.pool.adaptive_pool_2d(h, 3).flatten(2).type.shape == (None, 576)
    # All convolution: 1000 maps of 16x16, whose averages are the classes'.
    maps = T.nnet.conv2d(h, TensorType("float32", (1000, 64, 1, 1))())
    assert maps.type.shape == (None, 1000, 16, 16)
    assert maps.mean(axis=(2, 3)).type.shape == (None, 1000)


# --- on every back end ---


@budget(0.5)
@given(layers(), st.booleans(), st.data())
def test_every_back_end_computes_layers_alike(drawn, flip, data):
    x, w, pads, s, d, groups = drawn
    n = len(s)
    how = {
        "border_mode": data.draw(st.sampled_from([pads, "full", "same"])),
        "subsample": s,
        "filter_flip": flip,
        "filter_dilation": d,
        "num_groups": groups,
    }
    a, b = tensor(x.astype("f")), tensor(w.astype("f"), "w")
    y = CONV[n](a, b, **how)
    slopes = sg.grad((T.tanh(y) ** 2).sum(), [a, b])
    everywhere([y, *slopes], {a: x, b: w})


@pytest.mark.parametrize("extent", [1, 3, 5])
def test_every_back_end_computes_larger_layers_alike(extent):
    """With what comes behind them in a network: a bias, an activation, maxima, a cost."""
    rng = np.random.default_rng(extent)
    a, b, c = T.ftensor4("x"), T.ftensor4("w"), T.fvector("c")
    maps = T.nnet.conv2d(a, b, border_mode="half")
    h = T.nnet.relu(T.signal.pool.pool_2d(maps, 2) + c.dimshuffle(0, "x", "x"))
    slopes = sg.grad((h * h).sum(), [a, b, c])
    points = [
        {
            a: rng.integers(-2, 3, shape).astype("f"),
            b: rng.integers(-1, 2, (17, shape[1], extent, extent)).astype("f"),
            c: rng.integers(-3, 4, 17),
        }
        for shape in [(5, 3, 12, 11), (2, 16, 9, 8), (33, 1, 7, 20)]
    ]
    everywhere([maps, h, *slopes], *points)


def test_a_convolution_within_a_loop():
    """A recurrent convolutional network: H(t) = tanh(U * X + W * H(t - 1)), as in section 9.6."""
    rng = np.random.default_rng(0)
    x, u, w = (rng.normal(size=s) for s in ((2, 1, 5, 4), (3, 1, 3, 3), (3, 3, 3, 3)))
    a, b, c = tensor(x), tensor(u, "u"), tensor(w, "w")
    seen = T.nnet.conv2d(a, b, border_mode="half")
    states, _ = sg.scan(
        lambda h: T.tanh(seen + T.nnet.conv2d(h, c, border_mode="half")),
        outputs_info=T.zeros_like(seen),
        n_steps=4,
    )
    slopes = sg.grad((states[-1] ** 2).sum(), [a, b, c])
    h, wide = np.zeros((2, 3, 5, 4)), np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    for _ in range(4):
        past = np.pad(h, ((0, 0), (0, 0), (1, 1), (1, 1)))
        parts = [scipys(v, k, True, (1, 1), (1, 1), 1) for v, k in ((wide, u), (past, w))]
        h = np.tanh(sum(parts))
    results = [
        sg.function([a, b, c], [states[-1], *slopes], mode=mode)(x, u, w)
        for mode in ("reference", "llvm")
    ]
    np.testing.assert_allclose(results[0][0], h, rtol=1e-12)
    for left, right in zip(*results, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-10, atol=1e-12)
