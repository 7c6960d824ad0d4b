"""Local response and contrast normalisation, and batch normalisation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal
from support.op_checks import arrays, derivatives_agree, everywhere, run, same
from tensor.test_conv import tensor, value

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType

bn = T.nnet.bn


@given(st.data())
def test_responses_across_channels(data):
    n = data.draw(st.sampled_from([1, 3, 5]))
    x = data.draw(arrays((2, data.draw(st.integers(1, 6)), 3), "float64"))
    found = value(lambda a: T.nnet.local_response_normalization(a, n, 1.5, 0.3, 0.6), x)
    expected = np.empty_like(x)
    for c in range(x.shape[1]):
        near = x[:, max(c - n // 2, 0) : c + n // 2 + 1]
        expected[:, c] = x[:, c] / (1.5 + 0.3 * (near**2).sum(axis=1)) ** 0.6
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_contrast_with_the_neighbourhood():
    x = np.random.default_rng(0).normal(size=(2, 3, 8, 7))
    found = value(lambda a: T.nnet.local_contrast_normalization(a, 5, 1.2), x)
    bell = np.exp(-0.5 * (np.arange(-2, 3) / 1.2) ** 2)
    kernel = np.outer(bell, bell)[None] / bell.sum() ** 2 / 3 * np.ones((3, 1, 1))

    def near(image):
        wide = np.pad(image, ((0, 0), (2, 2), (2, 2)))
        return signal.correlate(wide, kernel, "valid")

    for image, each in zip(x, found, strict=True):
        centred = image - near(image)
        spread = np.sqrt(near(centred**2))
        np.testing.assert_allclose(each, centred / np.maximum(spread, spread.mean()), rtol=1e-10)


def test_an_even_image_has_no_contrast():
    x = tensor(np.zeros((1, 1, 5, 5)))
    y = T.nnet.local_contrast_normalization(x)
    same(run(y, {x: np.zeros((1, 1, 5, 5))}), np.zeros((1, 1, 5, 5)))


def test_derivatives():
    x = np.random.default_rng(1).normal(size=(2, 3, 4, 4))
    derivatives_agree(lambda a: T.nnet.local_response_normalization(a, 3, 1, 0.5) ** 2, x)
    derivatives_agree(lambda a: T.nnet.local_contrast_normalization(a, 3) ** 2, x)


def test_what_cannot_be_normalised():
    with pytest.raises(
        TypeError, match=r"takes maps \(batch, channels, ...\), not v \(float64 vect"
    ):
        T.nnet.local_response_normalization(T.dvector("v"))
    with pytest.raises(ValueError, match="n=4 adjacent channels: n must be odd"):
        T.nnet.local_response_normalization(T.dmatrix("v"), 4)
    with pytest.raises(TypeError, match=r"takes maps \(batch, channels, rows, columns\), not v"):
        T.nnet.local_contrast_normalization(T.dmatrix("v"))
    with pytest.raises(ValueError, match="window=2 must be odd"):
        T.nnet.local_contrast_normalization(T.dtensor4("v"), 2)


# --- batch normalisation ---

AXES = {"per-activation": (0,), "spatial": (0, 2, 3), (0, 3): (0, 3), 1: (1,)}


@given(st.data())
def test_a_batch_is_normalised(data):
    """As Theano's documentation writes it out."""
    axes = data.draw(st.sampled_from(sorted(AXES, key=str)))
    over = AXES[axes]
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    x = rng.normal(size=(3, 2, 4, 3))
    full = tuple(1 if a in over else e for a, e in enumerate(x.shape))
    short = tuple(e for a, e in enumerate(x.shape) if a not in over)
    shape = data.draw(st.sampled_from([full, short]))
    gamma, beta, mean, var = (rng.uniform(0.5, 2, shape) for _ in range(4))
    given = [x, gamma, beta, mean, var]
    a, b, c, d, e = (tensor(v) for v in given)
    given_axes = np.array(axes) if isinstance(axes, tuple) and data.draw(st.booleans()) else axes
    results = bn.batch_normalization_train(a, b, c, given_axes, 1e-3, 0.2, d, e)
    at = dict(zip((a, b, c, d, e), given, strict=True))
    found = [run(result, at) for result in results]
    m, v = x.mean(over, keepdims=True), x.var(over, keepdims=True)
    invstd = 1 / np.sqrt(v + 1e-3)
    expected = [
        (x - m) * gamma.reshape(full) * invstd + beta.reshape(full),
        m.reshape(shape), invstd.reshape(shape),
        0.8 * mean + 0.2 * m.reshape(shape),
        0.8 * var + 0.2 * v.reshape(shape) * (x.size / m.size) / (x.size / m.size - 1),
    ]  # fmt: skip
    for got, want in zip(found, expected, strict=True):
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=1e-12)
    y = bn.batch_normalization_test(a, b, c, d, e, axes, 1e-3)
    m, v = mean.reshape(full), var.reshape(full)
    want = (x - m) / np.sqrt(v + 1e-3) * gamma.reshape(full) + beta.reshape(full)
    np.testing.assert_allclose(run(y, at), want, rtol=1e-12)


def test_derivatives_of_a_normalised_batch():
    """They sum to zero over the batch, and are orthogonal to its deviations."""
    rng = np.random.default_rng(0)
    x, gamma = rng.normal(size=(5, 2, 3, 3)), rng.uniform(1, 2, 2)
    derivatives_agree(
        lambda a, b, c: bn.batch_normalization_train(a, b, c, "spatial")[0] ** 3, x, gamma, gamma
    )
    a, weights = tensor(x), rng.normal(size=x.shape)
    y = bn.batch_normalization_train(a, gamma, gamma, "spatial", 1e-30)[0]
    g = run(sg.grad((y * weights).sum(), a), {a: x})
    np.testing.assert_allclose(g.sum(axis=(0, 2, 3)), 0, atol=1e-12)
    centred = x - x.mean(axis=(0, 2, 3), keepdims=True)
    np.testing.assert_allclose((g * centred).sum(axis=(0, 2, 3)), 0, atol=1e-12)


def test_every_back_end_normalises_alike():
    rng = np.random.default_rng(0)
    x, p = rng.normal(size=(4, 3, 5, 2)).astype("f"), rng.uniform(1, 2, 3).astype("f")
    a, b = tensor(x), tensor(p, "p")
    results = bn.batch_normalization_train(a, b, b, "spatial", 1e-4, 0.1, b, b)
    cost = (results[0] ** 3).sum()
    everywhere([*results, *sg.grad(cost, [a, b])], {a: x, b: p})


def test_running_averages_update_shared_variables():
    x = T.ftensor4("x")
    mean, var = sg.shared(np.zeros(3, "f"), "mean"), sg.shared(np.ones(3, "f"), "var")
    one, zero = np.ones(3, "f"), np.zeros(3, "f")
    y, _, _, new_mean, new_var = bn.batch_normalization_train(
        x, one, zero, "spatial", running_mean=mean, running_var=var
    )
    f = sg.function([x], y, updates=[(mean, new_mean), (var, new_var)])
    batch = np.random.default_rng(0).normal(2, 3, (8, 3, 4, 4)).astype("f")
    f(batch)
    np.testing.assert_allclose(mean.get_value(), 0.1 * batch.mean((0, 2, 3)), rtol=1e-5)
    unbiased = batch.astype("d").var((0, 2, 3), ddof=1)
    np.testing.assert_allclose(var.get_value(), 0.9 + 0.1 * unbiased, rtol=1e-5)


def test_theanos_older_function():
    rng = np.random.default_rng(0)
    x, (gamma, beta, mean, std) = rng.normal(size=(4, 3)), rng.uniform(1, 2, (4, 3))
    found = value(lambda *a: bn.batch_normalization(*a, mode="high_mem"), x, gamma, beta, mean, std)
    np.testing.assert_allclose(found, (x - mean) * gamma / std + beta)
    with pytest.raises(ValueError, match="mode='fast' is neither low_mem nor high_mem"):
        bn.batch_normalization(x, gamma, beta, mean, std, "fast")


def test_parameters_that_do_not_fit():
    x = TensorType("float32", (None, 3, 5, 5))("x")
    one = np.ones(3, "f")
    with pytest.raises(ValueError, match="axes='maps' is none of per-activation, spatial"):
        bn.batch_normalization_train(x, one, one, "maps")
    with pytest.raises(TypeError, match=r"gamma has 4 dimensions or 1, not g \(float32 matrix\)"):
        bn.batch_normalization_train(x, T.fmatrix("g"), one, "spatial")
    with pytest.raises(
        ValueError, match=r"over the axes \(0, 2, 3\): beta has the extent 4 on axis 1"
    ):
        bn.batch_normalization_train(x, one, np.ones(4, "f"), "spatial")
    with pytest.raises(ValueError, match="takes running_mean and running_var, or neither"):
        bn.batch_normalization_train(x, one, one, "spatial", running_mean=one)
    g = T.ftensor4("g")
    f = sg.function([x, g], bn.batch_normalization_train(x, g, g, "spatial")[0])
    with pytest.raises(ValueError, match=r"\(1, 3, 5, 1\) was specified to have \(1, 3, 1, 1\)"):
        f(np.zeros((2, 3, 5, 5), "f"), np.zeros((1, 3, 5, 1), "f"))
