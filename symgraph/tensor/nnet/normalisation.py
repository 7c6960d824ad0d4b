"""Responses of a layer made comparable: across channels, and with their neighbourhood."""

from typing import Any

import numpy as np

from symgraph.graph import Variable, config
from symgraph.ops.constant import as_tensor, constant
from symgraph.ops.conv import Conv
from symgraph.ops.scalar_table import cast, maximum, sqr, sqrt
from symgraph.ops.shape import extents_of
from symgraph.tensor.padding import padded
from symgraph.tensor.reduction import mean


def local_response_normalization(
    input: Any, n: int = 5, k: float = 2.0, alpha: float = 1e-4, beta: float = 0.75
) -> Variable:
    """x / (k + alpha * sum of squares of n adjacent channels)^beta, for maps (batch, channels, ...)
    (Krizhevsky, Sutskever and Hinton 2012, section 3.3). `n` is odd; beyond the first and last
    channel nothing is summed. Raises TypeError, ValueError."""
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
    input: Any, window: int = 9, deviation: float | None = None
) -> Variable:
    """Maps (batch, channels, rows, columns) less the mean of their neighbourhood over all channels,
    divided by its standard deviation where that is above its mean over the image (Jarrett,
    Kavukcuoglu, Ranzato and LeCun 2009).

    window: the extent of a neighbourhood, odd; its pixels count by a Gaussian of the standard
        `deviation` (a quarter of the extent unless told). Beyond the image is zero.

    Raises TypeError, ValueError.
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
