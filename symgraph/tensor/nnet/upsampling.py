"""Images made larger by linear interpolation."""

from __future__ import annotations

from math import gcd
from typing import Any

import numpy as np

from symgraph.graph import Variable, config
from symgraph.ops.constant import TensorLike, as_tensor
from symgraph.ops.extent_arithmetic import plain
from symgraph.ops.scalar_table import cast
from symgraph.ops.shape import extents_of
from symgraph.tensor.creation import arange
from symgraph.tensor.manipulation import concatenate, dimshuffle, stack
from symgraph.tensor.nnet.conv import told
from symgraph.tensor.padding import with_edges
from symgraph.tensor.reshaping import reshape, specify_shape


def bilinear_kernel_1D(ratio: Any, normalize: bool = True) -> Variable:
    """Return the kernel of linear interpolation: 1, 2, ..., ratio, ..., 2, 1.

    ratio: an int or an integer scalar.
    normalize: whether the kernel is divided by the ratio.
    Returns a vector of floatX with 2 * ratio - 1 elements.

    >>> T.nnet.bilinear_kernel_1D(2).eval()
    array([0.5, 1. , 0.5])
    """
    half = arange(1, ratio + 1, dtype=config.floatX)
    kernel = concatenate([half, half[-2::-1]], axis=0)
    return cast(kernel / ratio, config.floatX) if normalize else kernel


def bilinear_kernel_2D(ratio: Any, normalize: bool = True) -> Variable:
    """Return the kernel of bilinear interpolation: products of two kernels of one dimension.

    ratio, normalize: as in `bilinear_kernel_1D`.
    Returns a square matrix of floatX with 2 * ratio - 1 rows.

    >>> T.nnet.bilinear_kernel_2D(2).eval()
    array([[0.25, 0.5 , 0.25],
           [0.5 , 1.  , 0.5 ],
           [0.25, 0.5 , 0.25]])
    """
    kernel = bilinear_kernel_1D(ratio, normalize)
    return dimshuffle(kernel, 0, "x") * dimshuffle(kernel, "x", 0)


def bilinear_upsampling(
    input: TensorLike, ratio: int | None = None, frac_ratio: Any = None, batch_size: Any = None,
    num_input_channels: Any = None, use_1D_kernel: bool = True,
) -> Variable:  # fmt: skip
    """Enlarge images by bilinear interpolation.

    input: images (batch, channels, rows, columns).
    ratio: an int: pixel k of an axis is found at k * ratio + (ratio - 1) // 2 of the result;
        between two pixels is interpolated, and beyond the last one it is repeated.
    frac_ratio: instead, a fraction as a pair (numerator, denominator), or one for each direction;
        extents are multiplied by it and rounded up.
    batch_size, num_input_channels: the first two extents, where they are known.
    use_1D_kernel: Theano's; it makes no difference here.
    Returns larger images of the dtype of the input. Raises TypeError for other ranks, ValueError
    for ratios that are no ints above 0.

    >>> T.nnet.bilinear_upsampling([[[[0.0, 2.0]]]], ratio=2).eval()
    array([[[[0., 1., 2., 2.],
             [0., 1., 2., 2.]]]])
    """
    x = as_tensor(input)
    if x.type.ndim != 4:
        raise TypeError(
            f"bilinear_upsampling: input has the dimensions (batch, channels, rows, columns), not"
            f" {x} ({x.type})"
        )
    if np.dtype(x.type.dtype).kind != "f":
        x = cast(x, config.floatX)
    x = told(x, (batch_size, num_input_channels, None, None), "bilinear_upsampling: shape")
    fractions = _fractions(ratio, frac_ratio)
    # Columns first: rows that are longer already are interpolated as wholes.
    for axis, (times, _) in reversed(list(enumerate(fractions, 2))):
        x = _stretched(x, axis, times)
    steps = [slice(None, None, by) if by != 1 else slice(None) for _, by in fractions]
    return x[(..., *steps)] if any(by != 1 for _, by in fractions) else x


def frac_bilinear_upsampling(input: TensorLike, frac_ratio: Any) -> Variable:
    """Enlarge images by a fraction by bilinear interpolation.

    input: images (batch, channels, rows, columns).
    frac_ratio: a fraction as a pair (numerator, denominator) of ints, or one for each direction;
        extents are multiplied by it and rounded up.
    Returns images of the dtype of the input. Raises as `bilinear_upsampling` does.

    >>> T.nnet.frac_bilinear_upsampling([[[[0.0, 3.0]]]], (3, 2)).eval()
    array([[[[0., 1., 3.],
             [0., 1., 3.]]]])
    """
    return bilinear_upsampling(input, frac_ratio=frac_ratio)


def _fractions(ratio: Any, frac_ratio: Any) -> list[tuple[int, int]]:
    """For rows and columns numerator and denominator, in lowest terms."""
    if (ratio is None) == (frac_ratio is None):
        raise ValueError("bilinear_upsampling takes either ratio or frac_ratio")
    pair = (ratio, 1) if frac_ratio is None else frac_ratio
    pairs = list(pair) if isinstance(pair[0], tuple | list) else [pair, pair]
    result = []
    for numbers in pairs:
        if len(numbers) != 2 or any(
            isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1 for n in numbers
        ):
            given = ratio if frac_ratio is None else frac_ratio
            raise ValueError(
                f"bilinear_upsampling: the ratio {given!r} is not made of ints above 0"
            )
        common = gcd(*map(int, numbers))
        result.append((int(numbers[0]) // common, int(numbers[1]) // common))
    if len(result) != 2:
        raise ValueError(f"bilinear_upsampling: {frac_ratio!r} is not one ratio, nor a pair")
    return result


def _stretched(x: Variable, axis: int, times: int) -> Variable:
    """`times` larger along an axis: of result k * times + j each j for all k, then in turn."""
    if times == 1:
        return x
    extent = plain(extents_of(x)[axis])
    wide, before = with_edges(x, axis), (slice(None),) * axis

    def shifted(by: int) -> Variable:
        # Said to be as long as x is: all parts are computed in one piece.
        return specify_shape(wide[(*before, slice(by, extent + by))], extents_of(x))

    parts = []
    for j in range(times):
        # The pixel before, counted from the repeated first one, and how far behind it.
        ahead = j - (times - 1) // 2
        first, share = ahead // times + 1, ahead % times / times
        near, next_ = shifted(first), shifted(first + 1)
        parts.append(near + share * (next_ - near) if share else near)
    extents: list[Any] = list(extents_of(x))
    extents[axis] = extent * times
    return reshape(stack(parts, axis=axis + 1), extents)


__all__ = [
    "bilinear_kernel_1D",
    "bilinear_kernel_2D",
    "bilinear_upsampling",
    "frac_bilinear_upsampling",
]
