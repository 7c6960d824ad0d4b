"""Images made larger by linear interpolation."""

from math import gcd
from typing import Any

import numpy as np

from symgraph.graph import Variable, config
from symgraph.ops.constant import as_tensor, constant
from symgraph.ops.conv import ConvInputGradient
from symgraph.ops.scalar_table import cast
from symgraph.ops.shape import extents_of
from symgraph.tensor.creation import arange
from symgraph.tensor.manipulation import concatenate, dimshuffle
from symgraph.tensor.nnet.conv import told
from symgraph.tensor.padding import plain, with_edges
from symgraph.tensor.reshaping import product_of, reshape, shape_list


def bilinear_kernel_1D(ratio: Any, normalize: bool = True) -> Variable:
    """1, 2, ..., ratio, ..., 2, 1; divided by the ratio, if `normalize`."""
    half = arange(1, ratio + 1, dtype=config.floatX)
    kernel = concatenate([half, half[-2::-1]], axis=0)
    return cast(kernel / ratio, config.floatX) if normalize else kernel


def bilinear_kernel_2D(ratio: Any, normalize: bool = True) -> Variable:
    """The products of the elements of two kernels of one dimension: a pyramid."""
    kernel = bilinear_kernel_1D(ratio, normalize)
    return dimshuffle(kernel, 0, "x") * dimshuffle(kernel, "x", 0)


def bilinear_upsampling(
    input: Any, ratio: int | None = None, frac_ratio: Any = None, batch_size: Any = None,
    num_input_channels: Any = None, use_1D_kernel: bool = True,
) -> Variable:  # fmt: skip
    """Images (batch, channels, rows, columns), larger by `ratio` in both directions.

    Pixel k of an axis is found at k * ratio + (ratio - 1) // 2 of the result, what lies between
    two is interpolated, and what lies beyond the last repeats it.

    frac_ratio: instead, fractions as pairs (numerator, denominator): one for both directions or a
        pair of them; extents are then multiplied by it, and rounded up.
    batch_size, num_input_channels: what is known of the first two extents.
    use_1D_kernel: whether rows and columns are interpolated one after the other, which takes less
        work; the result is the same.

    Raises TypeError for other ranks, ValueError for ratios that are no ints above 0.
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
    if use_1D_kernel:
        for axis, (times, _) in enumerate(fractions):
            x = _stretched(x, [times if a == axis else 1 for a in range(2)])
    else:
        x = _stretched(x, [times for times, _ in fractions])
    steps = [slice(None, None, by) if by != 1 else slice(None) for _, by in fractions]
    return x[(..., *steps)] if any(by != 1 for _, by in fractions) else x


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


def _stretched(x: Variable, times: list[int]) -> Variable:
    """Each channel times larger along rows and columns."""
    if times == [1, 1]:
        return x
    extents = extents_of(x)
    single = reshape(x, [product_of(extents[:2]), 1, *extents[2:]])
    kernel: Any = np.ones((1, 1, 1, 1))
    pads: list[int] = []
    for axis, by in enumerate(times):
        if by == 1:
            pads += [0, 0]
            continue
        single = with_edges(single, axis + 2)
        rise = np.arange(1, by + 1)
        triangle = np.concatenate([rise, rise[-2::-1]]) / by
        kernel = kernel * triangle.reshape([-1 if a == axis + 2 else 1 for a in range(4)])
        pads += [2 * by - (by - 1) // 2 - 1] * 2
    wide = shape_list([e * by for e, by in zip(map(plain, extents[2:]), times, strict=True)], "")
    larger = ConvInputGradient(times, (1, 1))(
        constant(kernel, x.type.dtype), single, *(constant(p, "int64") for p in pads), *wide
    )
    return reshape(larger, [*extents[:2], *wide])


__all__ = ["bilinear_kernel_1D", "bilinear_kernel_2D", "bilinear_upsampling"]
