"""Convolution of single images and stacks of them, which have no channels."""

from __future__ import annotations

from typing import Any

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensor
from symgraph.tensor.manipulation import dimshuffle
from symgraph.tensor.nnet.conv import convolve, layer, told


def conv2d(
    input: TensorLike, filters: TensorLike, image_shape: Any = None, filter_shape: Any = None,
    border_mode: Any = "valid", subsample: Any = (1, 1),
) -> Variable:  # fmt: skip
    """Convolve each image with each filter, without channels.

    input: (rows, columns), or several images: (images, rows, columns).
    filters: (rows, columns), or several filters: (filters, rows, columns); they are reversed, as by
        the convolution of mathematics.
    image_shape, filter_shape: what is known of their shapes.
    border_mode, subsample: as in `T.nnet.conv2d`.
    Returns ([images,] [filters,] rows, columns), of which those axes are there that input and
    filters have. Raises TypeError for other ranks, ValueError where shapes do not fit, here or when
    the function runs.

    >>> T.signal.conv.conv2d([[1.0, 2.0, 3.0]], [[1.0, 10.0]]).eval()
    array([[12., 23.]])
    """
    stacks, kept = [], []
    for axis, (name, array, shape) in enumerate(
        (("input", input, image_shape), ("filters", filters, filter_shape))
    ):
        x = as_tensor(array)
        if x.type.ndim not in (2, 3):
            raise TypeError(
                f"signal.conv.conv2d: {name} has the dimensions (rows, columns), or one before them"
                f" for several, not {x} ({x.type}); T.nnet.conv2d takes channels"
            )
        x = x if shape is None else told(x, shape, f"signal.conv.conv2d: {name}")
        if x.type.ndim == 3:
            kept.append(axis)
        stacks.append(dimshuffle(x, [0 if x.type.ndim == 3 else "x", "x", -2 % x.type.ndim,
                                     -1 % x.type.ndim]))  # fmt: skip
    settings = layer("signal.conv.conv2d", 2, border_mode, subsample, True, 1, 1)
    return dimshuffle(convolve(settings, *stacks), [*kept, 2, 3])


__all__ = ["conv2d"]
