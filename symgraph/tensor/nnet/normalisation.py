"""Responses of a layer made comparable: across channels, and with their neighbourhood."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgraph.graph import Variable, config
from symgraph.ops.constant import TensorLike, as_tensor, constant
from symgraph.ops.conv import Conv
from symgraph.ops.scalar_table import cast, maximum, sqr, sqrt
from symgraph.ops.shape import extents_of
from symgraph.tensor.padding import padded
from symgraph.tensor.reduction import mean


def local_response_normalization(
    input: TensorLike, n: int = 5, k: float = 2.0, alpha: float = 1e-4, beta: float = 0.75
) -> Variable:
    """Divide each response by those of adjacent channels: x / (k + alpha * s) ** beta.

    input: maps (batch, channels, ...); s is the sum of squares over n adjacent channels, with
        nothing beyond the first and the last.
    n: an odd int. k, alpha, beta: numbers.
    Returns floats of the shape of the input. Raises TypeError for fewer than two dimensions,
    ValueError for an even n. Source: Krizhevsky, Sutskever and Hinton 2012, section 3.3.

    >>> x = np.array([[[1.0], [2.0]]])
    >>> T.nnet.local_response_normalization(x, n=3, k=1.0, alpha=1.0, beta=1.0).eval()
    array([[[0.16666667],
            [0.33333333]]])
    """
    x = _floats(input)
    if x.type.ndim < 2:
        raise TypeError(
            f"local_response_normalization takes maps (batch, channels, ...), not {x} ({x.type})"
        )
    if n < 1 or n % 2 == 0:
        raise ValueError(f"local_response_normalization: n={n} adjacent channels: n must be odd")
    channels = extents_of(x)[1]
    rest = [(0, 0)] * (x.type.ndim - 2)
    squares = padded(sqr(x), [(n // 2, n // 2), *rest])
    total = squares[:, :channels]
    for first in range(1, n):
        total = total + squares[:, first : first + channels]
    return x / (k + alpha * total) ** beta


def local_contrast_normalization(
    input: TensorLike, window: int = 9, deviation: float | None = None
) -> Variable:
    """Subtract from each pixel the mean of its neighbourhood, and divide by its standard deviation.

    input: maps (batch, channels, rows, columns); neighbourhoods reach over all channels, with zeros
        beyond the image. Where the deviation is below its mean over the image, that mean divides.
    window: the extent of a neighbourhood, an odd int; its pixels count by a Gaussian.
    deviation: the standard deviation of the Gaussian, a quarter of the window unless given.
    Returns floats of the shape of the input. Raises TypeError for other ranks, ValueError for an
    even window. Source: Jarrett, Kavukcuoglu, Ranzato and LeCun 2009.

    >>> T.nnet.local_contrast_normalization(T.zeros((1, 1, 3, 3)), window=3).eval().max().item()
    0.0
    """
    x = _floats(input)
    if x.type.ndim != 4:
        raise TypeError(
            "local_contrast_normalization takes maps (batch, channels, rows, columns), not"
            f" {x} ({x.type})"
        )
    if window < 1 or window % 2 == 0:
        raise ValueError(f"local_contrast_normalization: window={window} must be odd")
    centred = x - _blurred(x, window, deviation)
    spread = sqrt(_blurred(sqr(centred), window, deviation))
    least = mean(spread, axis=(1, 2, 3), keepdims=True)
    scale = maximum(spread, least)
    # An even image has no contrast, and stays zero.
    return centred / maximum(scale, np.finfo(x.type.dtype).tiny)


def _blurred(x: Variable, window: int, deviation: float | None) -> Variable:
    """The Gaussian mean of each neighbourhood over all channels: (batch, 1, rows, columns)."""
    away = np.arange(window) - window // 2
    bell = np.exp(-0.5 * (away / (deviation or window / 4)) ** 2)
    kernel = constant((bell[:, None] * bell / bell.sum() ** 2)[None, None], x.type.dtype)
    pads = [constant(window // 2, "int64")] * 4
    flat = mean(x, axis=1, keepdims=True)
    return Conv((1, 1), (1, 1))(flat, kernel, *pads)


def _floats(x: Any) -> Variable:
    variable = as_tensor(x)
    return variable if np.dtype(variable.type.dtype).kind == "f" else cast(variable, config.floatX)


__all__ = ["local_contrast_normalization", "local_response_normalization"]
