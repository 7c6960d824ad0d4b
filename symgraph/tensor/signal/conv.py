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
    return _convolved(
        "conv2d", 2, (input, filters), (image_shape, filter_shape), border_mode, subsample
    )


def conv1d(
    input: TensorLike, filters: TensorLike, image_shape: Any = None, filter_shape: Any = None,
    border_mode: Any = "valid", subsample: Any = 1,
) -> Variable:  # fmt: skip
    """Convolve each sequence with each filter, without channels.

    input: a vector, or several: (sequences, length).
    filters: a vector, or several: (filters, length); they are reversed, as by the convolution of
        mathematics.
    image_shape, filter_shape: what is known of their shapes.
    border_mode, subsample: as in `T.nnet.conv1d`.
    Returns ([sequences,] [filters,] length), of which those axes are there that input and filters
    have. Raises TypeError for other ranks, ValueError where shapes do not fit, here or when the
    function runs.

    >>> T.signal.conv.conv1d([1.0, 2.0, 3.0], [1.0, 10.0]).eval()
    array([12., 23.])
    """
    return _convolved(
        "conv1d", 1, (input, filters), (image_shape, filter_shape), border_mode, subsample
    )


def _convolved(
    name: str, spatial: int, arrays: tuple[Any, Any], shapes: tuple[Any, Any], border_mode: Any,
    subsample: Any,
) -> Variable:  # fmt: skip
    """The convolution over the last axes, each array with one axis before them or none."""
    what = f"signal.conv.{name}"
    axes = ("length", "rows, columns")[spatial - 1]
    stacks, kept = [], []
    for axis, array in enumerate(arrays):
        x, role = as_tensor(array), ("input", "filters")[axis]
        if x.type.ndim not in (spatial, spatial + 1):
            raise TypeError(
                f"{what}: {role} has the dimensions ({axes}), or one before them for several, not"
                f" {x} ({x.type}); T.nnet.{name} takes channels"
            )
        x = x if shapes[axis] is None else told(x, shapes[axis], f"{what}: {role}")
        several = x.type.ndim > spatial
        if several:
            kept.append(axis)
        inner = range(x.type.ndim - spatial, x.type.ndim)
        stacks.append(dimshuffle(x, [0 if several else "x", "x", *inner]))
    settings = layer(what, spatial, border_mode, subsample, True, 1, 1)
    return dimshuffle(convolve(settings, *stacks), [*kept, *range(2, 2 + spatial)])


__all__ = ["conv1d", "conv2d"]
