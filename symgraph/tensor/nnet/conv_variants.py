"""Layers made of convolutions: separable, causal, tiled. Arguments that are not explained here are
those of `symgraph.tensor.nnet.conv`."""

from __future__ import annotations

from typing import Any

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike
from symgraph.ops.conv import Conv
from symgraph.ops.shape import extents_of
from symgraph.tensor.creation import arange
from symgraph.tensor.indexing import take
from symgraph.tensor.nnet.conv import Layer, convolve, layer


def separable_conv2d(
    input: TensorLike, depthwise_filters: TensorLike, pointwise_filters: TensorLike,
    num_channels: int, input_shape: Any = None, depthwise_filter_shape: Any = None,
    pointwise_filter_shape: Any = None, border_mode: Any = "valid", subsample: Any = (1, 1),
    filter_flip: bool = True, filter_dilation: Any = (1, 1),
) -> Variable:  # fmt: skip
    """Convolve each channel for itself, and then mix the channels place by place.

    input: images (batch, channels, rows, columns).
    depthwise_filters: (depthwise channels, 1, rows, columns), as many of them, in order, for each
        of the image's channels.
    pointwise_filters: (output channels, depthwise channels, 1, 1).
    num_channels: the number of the image's channels, an int.
    input_shape, depthwise_filter_shape, pointwise_filter_shape: what is known of the shapes.
    border_mode, subsample, filter_flip, filter_dilation: of the first convolution, as in `conv2d`.
    Returns (batch, output channels, rows, columns). Raises as `conv2d` does.

    >>> x, w = T.ones((1, 2, 3, 3)), T.ones((2, 1, 3, 3))
    >>> T.nnet.separable_conv2d(x, w, T.ones((1, 2, 1, 1)), 2).eval().item()
    18.0
    """
    depthwise = layer(
        "separable_conv2d", 2, border_mode, subsample, filter_flip, filter_dilation, num_channels
    )
    return _separable(
        depthwise, input, depthwise_filters, pointwise_filters, input_shape,
        depthwise_filter_shape, pointwise_filter_shape,
    )  # fmt: skip


def separable_conv3d(
    input: TensorLike, depthwise_filters: TensorLike, pointwise_filters: TensorLike,
    num_channels: int, input_shape: Any = None, depthwise_filter_shape: Any = None,
    pointwise_filter_shape: Any = None, border_mode: Any = "valid", subsample: Any = (1, 1, 1),
    filter_flip: bool = True, filter_dilation: Any = (1, 1, 1),
) -> Variable:  # fmt: skip
    """Convolve each channel of volumes for itself, and then mix the channels place by place.

    input: volumes (batch, channels, depth, rows, columns).
    depthwise_filters, pointwise_filters, num_channels, input_shape, depthwise_filter_shape,
        pointwise_filter_shape, border_mode, subsample, filter_flip, filter_dilation: as in
        `separable_conv2d`, with one more spatial axis.
    Returns (batch, output channels, depth, rows, columns). Raises as `conv2d` does.

    >>> x, w = T.ones((1, 1, 2, 2, 2)), T.ones((1, 1, 2, 2, 2))
    >>> T.nnet.separable_conv3d(x, w, T.ones((1, 1, 1, 1, 1)), 1).eval().item()
    8.0
    """
    depthwise = layer(
        "separable_conv3d", 3, border_mode, subsample, filter_flip, filter_dilation, num_channels
    )
    return _separable(
        depthwise, input, depthwise_filters, pointwise_filters, input_shape,
        depthwise_filter_shape, pointwise_filter_shape,
    )  # fmt: skip


def _separable(
    depthwise: Layer, input: Any, by_channel: Any, by_place: Any, *shapes: Any
) -> Variable:
    input_shape, depthwise_shape, pointwise_shape = shapes
    apart = convolve(depthwise, input, by_channel, input_shape, depthwise_shape)
    pointwise = layer(depthwise.what, depthwise.spatial, "valid", 1, False, 1, 1)
    return convolve(pointwise, apart, by_place, None, pointwise_shape)


def causal_conv1d(
    input: TensorLike, filters: TensorLike, filter_shape: Any = None, input_shape: Any = None,
    subsample: Any = 1, filter_flip: bool = True, filter_dilation: Any = 1, num_groups: int = 1,
    unshared: bool = False,
) -> Variable:  # fmt: skip
    """Convolve sequences such that no element of the result depends on a later one.

    input: (batch, channels, length). filters: (output channels, channels / groups, length).
    filter_shape, input_shape, subsample, filter_flip, filter_dilation, num_groups, unshared: as in
        `conv2d`, with one spatial axis.
    Returns (batch, output channels, length): zeros stand before the sequence only, so many that its
    length is kept. Raises as `conv2d` does.

    >>> T.nnet.causal_conv1d([[[1.0, 2.0, 3.0]]], [[[1.0, 10.0]]]).eval()
    array([[[ 1., 12., 23.]]])
    """
    settings = layer(
        "causal_conv1d", 1, "valid", subsample, filter_flip, filter_dilation, num_groups, unshared
    )
    image, kernel = settings.image(input, input_shape), settings.filters(filters, filter_shape)
    full = layer(
        "causal_conv1d", 1, "full", subsample, filter_flip, filter_dilation, num_groups, unshared
    )
    extents = settings.filter_extents(kernel)
    before, _ = full.pads(extents_of(image)[2:], extents)
    _, after = settings.pads(extents_of(image)[2:], extents)
    return settings.apply(Conv, image, kernel, before, after)


def tiled_conv2d(
    input: TensorLike, filters: TensorLike, input_shape: Any = None, filter_shape: Any = None,
    border_mode: Any = "valid", subsample: Any = (1, 1), filter_flip: bool = True,
    filter_dilation: Any = (1, 1), num_groups: int = 1,
) -> Variable:  # fmt: skip
    """Convolve images with filters that alternate from place to place.

    input: images (batch, channels, rows, columns).
    filters: (output channels, t, u, channels / groups, rows, columns): the result at row i and
        column j is made by filters[:, i % t, j % u].
    input_shape, filter_shape, border_mode, subsample, filter_flip, filter_dilation, num_groups: as
        in `conv2d`.
    Returns (batch, output channels, rows, columns). Raises as `conv2d` does. Cost: that of an
    unshared convolution, for which the filters are repeated over all places. Source: Gregor and
    LeCun 2010.

    >>> x, w = T.ones((1, 1, 1, 3)), np.array([1.0, 2.0]).reshape((1, 1, 2, 1, 1, 1))
    >>> T.nnet.tiled_conv2d(x, w).eval()
    array([[[[1., 2., 1.]]]])
    """
    settings = layer(
        "tiled_conv2d", 2, border_mode, subsample, filter_flip, filter_dilation, num_groups, True
    )
    image, kernel = settings.image(input, input_shape), settings.filters(filters, filter_shape)
    pads = settings.pads(extents_of(image)[2:], settings.filter_extents(kernel))
    shared = kernel[:, 0, 0]
    once = Conv(settings.subsample, settings.filter_dilation, settings.num_groups)
    # Asked for the places, and whether there are any.
    places = extents_of(once(image, shared, *pads))[2:]
    for axis, count in enumerate(places, 1):
        kernel = take(kernel, arange(count), axis=axis, mode="wrap")
    return settings.apply(Conv, image, kernel, *pads)


__all__ = ["causal_conv1d", "separable_conv2d", "separable_conv3d", "tiled_conv2d"]
