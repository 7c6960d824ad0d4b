"""Samples of Fourier transforms. Complex results are seen by their parts."""

import numpy as np

import symgraph.tensor as T
from support.samples.sample import Sample


def _parts(z):
    return [z.real, z.imag]


def _symbolic_parts(z):
    return [T.real(z), T.imag(z)]


def _rfft(x):
    z = np.fft.rfftn(x, axes=(1, 2))
    return np.stack([z.real, z.imag], -1)


def _irfft(x):
    z = x[..., 0] + 1j * x[..., 1]
    return np.fft.irfftn(z, (z.shape[1], 2 * z.shape[2] - 1), (1, 2))


SAMPLES = {
    "T.fft.rfft": Sample(T.fft.rfft, _rfft, "knm", least=1),
    "T.fft.irfft": Sample(lambda x: T.fft.irfft(x, is_odd=True), _irfft, "knm2", least=1),
    "T.fft.fft": Sample(
        lambda x: _symbolic_parts(T.fft.fft(x, axis=0)),
        lambda x: _parts(np.fft.fft(x, axis=0)),
        "nm",
        least=1,
    ),
    "T.fft.ifft": Sample(
        lambda x: _symbolic_parts(T.fft.ifft(x, 5)),
        lambda x: _parts(np.fft.ifft(x, 5)),
        "nm",
        least=1,
    ),
    "T.fft.fftn": Sample(
        lambda x: _symbolic_parts(T.fft.fftn(x)), lambda x: _parts(np.fft.fftn(x)), "nm", least=1
    ),
    "T.fft.ifftn": Sample(
        lambda x: _symbolic_parts(T.fft.ifftn(x)), lambda x: _parts(np.fft.ifftn(x)), "nm", least=1
    ),
}
