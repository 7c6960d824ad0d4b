"""Fourier transforms are NumPy's, natively too, of every size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import FourierTransform

MODES = pytest.mark.parametrize("mode", ["llvm", "reference"])
# Powers of two, and others.
SIZES = st.integers(1, 40) | st.sampled_from([64, 100, 127, 128, 243, 1000, 1024])
FUNCTIONS = {}


def compiled(mode, dtype, inverse):
    key = mode, dtype, inverse
    if key not in FUNCTIONS:
        x = TensorType(dtype, (None, None, None))("x")
        FUNCTIONS[key] = sg.function([x], FourierTransform(inverse)(x), mode=mode)
        assert FUNCTIONS[key].fallbacks() == []
    return FUNCTIONS[key]


@MODES
@given(n=SIZES, rows=st.integers(0, 3), inverse=st.booleans(),
       dtype=st.sampled_from(["float32", "float64"]), seed=st.integers(0, 1000))  # fmt: skip
def test_sums_of_every_size(mode, n, rows, inverse, dtype, seed):
    x = np.random.default_rng(seed).normal(size=(rows, n, 2)).astype(dtype)
    found = compiled(mode, dtype, inverse)(x)
    assert found.shape == x.shape
    assert found.dtype == dtype
    z = (x[..., 0] + 1j * x[..., 1]).astype("complex128")
    wanted = np.fft.ifft(z, norm="forward") if inverse else np.fft.fft(z)
    error = np.abs(found[..., 0] + 1j * found[..., 1] - wanted).max(initial=0)
    assert error <= 30 * np.finfo(dtype).eps * np.abs(wanted).max(initial=1)


NORMS = {None: "backward", "ortho": "ortho"}


@MODES
@pytest.mark.parametrize("norm", [None, "ortho", "no_norm"])
@pytest.mark.parametrize("shape", [(2, 6), (1, 5), (2, 3, 4), (1, 2, 3, 5), (0, 4), (3, 1)])
def test_transforms_of_real_arrays(mode, norm, shape):
    """As Theano's: over all axes but the first, and back."""
    x = np.random.default_rng(0).normal(size=shape)
    variable = TensorType("float64", (None,) * len(shape))("x")
    axes = tuple(range(1, len(shape)))
    odd = shape[-1] % 2 == 1
    there = T.fft.rfft(variable, norm)
    back = T.fft.irfft(there, norm, odd)
    forward, around = sg.function([variable], [there, back], mode=mode)(x)
    z = np.fft.rfftn(x, axes=axes, norm=NORMS.get(norm, "backward"))
    np.testing.assert_allclose(forward[..., 0] + 1j * forward[..., 1], z, atol=1e-12)
    times = np.prod(shape[1:]) if norm == "no_norm" else 1
    np.testing.assert_allclose(around, times * x, atol=1e-12)


@MODES
@pytest.mark.parametrize("norm", [None, "backward", "ortho", "forward"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128", "int64"])
def test_numpys_transforms(mode, norm, dtype):
    rng = np.random.default_rng(0)
    x = (4 * rng.normal(size=(3, 4)) + 4j * rng.normal(size=(3, 4))).real.astype(dtype)
    if x.dtype.kind == "c":
        x = x * x.dtype.type(1 + 2j)
    v, n = T.matrix("v", dtype=dtype), T.lscalar("n")
    cases = [
        (T.fft.fft(v, None, 0, norm), np.fft.fft(x, None, 0, norm)),
        (T.fft.ifft(v, n, 1, norm), np.fft.ifft(x, 7, 1, norm)),
        (T.fft.fft(v, 2, -1, norm), np.fft.fft(x, 2, -1, norm)),
        (T.fft.fftn(v, None, norm), np.fft.fftn(x, norm=norm)),
        (T.fft.ifftn(v, (1, 0), norm), np.fft.ifftn(x, axes=(1, 0), norm=norm)),
    ]
    found = sg.function([v, n], [case for case, _ in cases], mode=mode)(x, 7)
    for value, (_, wanted) in zip(found, cases, strict=True):
        assert value.dtype == wanted.dtype
        tolerance = 1e-5 if wanted.dtype == np.complex64 else 1e-13
        np.testing.assert_allclose(value, wanted, atol=tolerance * np.abs(wanted).max())


def test_derivatives_through_complex_numbers():
    z = np.random.default_rng(0).normal(size=(2, 5, 2)) @ [1, 1j]
    for f in (T.fft.fft, lambda x: T.fft.ifft(x, 7), T.fft.fftn, T.fft.ifftn):
        sg.gradient.verify_grad(lambda x, f=f: (abs(f(x)) ** 3).sum(), [z], n_tests=1)


def test_what_is_refused():
    x, z = T.dmatrix("x"), T.zmatrix("z")
    with pytest.raises(TypeError, match="rfft takes real arrays .*, not z"):
        T.fft.rfft(z)
    with pytest.raises(TypeError, match="irfft takes pairs of real numbers, .* not x"):
        T.fft.irfft(x)
    for call in (T.fft.rfft, T.fft.fft):
        with pytest.raises(ValueError, match="norm is one of None, .*, not 'odd'"):
            call(x, norm="odd")
    with pytest.raises(ValueError, match="n is 1 or more, not 0"):
        T.fft.fft(x, 0)
    for mode in ("llvm", "reference"):
        with pytest.raises(ValueError, match="fft takes one"):
            sg.function([x], T.fft.fft(x), mode=mode)(np.ones((2, 0)))
