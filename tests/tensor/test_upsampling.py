"""Bilinear upsampling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import arrays, derivatives_agree, run, same
from tensor.test_conv import value

import symgraph.tensor as T
from symgraph.graph import TensorType

up = T.nnet.bilinear_upsampling


def plain(x, times, axis):
    """Interpolated on one axis; what lies beyond the ends repeats them."""
    count = x.shape[axis]
    at = (np.arange(count * times) - (times - 1) // 2) / times
    return np.apply_along_axis(lambda line: np.interp(at, np.arange(count), line), axis, x)


@given(st.data())
def test_pixels_are_interpolated(data):
    times = data.draw(st.integers(1, 4))
    shape = (2, 3, data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4)))
    x = data.draw(arrays(shape, "float64"))
    a = TensorType("float64", shape if data.draw(st.booleans()) else (None,) * 4)("x")
    y = up(a, times, use_1D_kernel=data.draw(st.booleans()))
    found = run(y, {a: x})
    np.testing.assert_allclose(found, plain(plain(x, times, 2), times, 3), atol=1e-14)
    assert None in a.type.shape or y.type.shape == found.shape


@given(st.data())
def test_fractions(data):
    pair = [(data.draw(st.integers(1, 6)), data.draw(st.integers(1, 4))) for _ in range(2)]
    x = data.draw(arrays((1, 2, 3, 4), "float64"))
    found = value(lambda a: up(a, frac_ratio=pair), x)
    expected = x
    for axis, (times, by) in enumerate(pair):
        common = np.gcd(times, by)
        expected = plain(expected, times // common, axis + 2)
        expected = expected[(slice(None),) * (axis + 2) + (slice(None, None, by // common),)]
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-14)
    same(
        value(lambda a: up(a, frac_ratio=(3, 2)), x),
        value(lambda a: up(a, frac_ratio=((3, 2), (6, 4))), x),
    )


def test_derivatives():
    x = np.random.default_rng(0).normal(size=(1, 2, 3, 2))
    derivatives_agree(lambda a: up(a, 3) ** 2, x)
    derivatives_agree(lambda a: up(a, frac_ratio=(5, 2), use_1D_kernel=False) ** 2, x)


def test_kernels():
    for normalize in (False, True):
        one = T.nnet.bilinear_kernel_1D(3, normalize).eval()
        np.testing.assert_allclose(one, np.array([1, 2, 3, 2, 1]) / (3 if normalize else 1))
        two = T.nnet.bilinear_kernel_2D(3, normalize).eval()
        np.testing.assert_allclose(two, np.outer(one, one))


def test_integers_become_floats():
    x = np.arange(4).reshape(1, 1, 2, 2)
    found = value(lambda a: up(a, 2), x, dtype="int64")
    assert found[0, 0].tolist() == [
        [0, 0.5, 1, 1], [1, 1.5, 2, 2], [2, 2.5, 3, 3], [2, 2.5, 3, 3]
    ]  # fmt: skip


def test_what_is_told_of_the_batch():
    x = T.ftensor4("x")
    assert up(x, 2, batch_size=7, num_input_channels=3).type.shape[:2] == (7, 3)


def test_what_does_not_fit():
    x = T.ftensor4("x")
    with pytest.raises(
        TypeError, match=r"input has the dimensions \(batch, channels, rows, columns"
    ):
        up(T.fmatrix("x"), 2)
    with pytest.raises(ValueError, match="takes either ratio or frac_ratio"):
        up(x)
    with pytest.raises(ValueError, match="the ratio 0 is not made of ints above 0"):
        up(x, 0)
    with pytest.raises(
        ValueError, match=r"\(\(1, 2\), \(1, 2\), \(3, 1\)\) is not one ratio, nor a"
    ):
        up(x, frac_ratio=((1, 2), (1, 2), (3, 1)))
