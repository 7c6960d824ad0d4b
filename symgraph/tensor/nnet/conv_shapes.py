"""The shapes of the images, filters and results of a convolution, each from the others.

Entries of shapes are ints, integer scalars, or None where they are not known; so is what is
returned, as a tuple. `border_mode`, `subsample` and `filter_dilation` are as in `T.nnet.conv2d`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symgraph.graph import Variable
from symgraph.ops.conv_shapes import output_extent
from symgraph.ops.extent_arithmetic import added, less, multiplied, plain
from symgraph.tensor.nnet.conv import Layer, layer

ShapeEntries = Sequence[Any]


def _settings(
    what: str, spatial: int, border_mode: Any, subsample: Any, filter_dilation: Any
) -> Layer:
    dilation = 1 if filter_dilation is None else filter_dilation
    return layer(what, spatial, border_mode, subsample, False, dilation, 1)


def _known(*entries: Any) -> list[Any] | None:
    """The entries, ints where they are constants; None where one is missing."""
    if any(entry is None for entry in entries):
        return None
    return [plain(e) if isinstance(e, Variable) else int(e) for e in entries]


def get_conv_output_shape(
    image_shape: ShapeEntries, kernel_shape: ShapeEntries, border_mode: Any, subsample: Any,
    filter_dilation: Any = None,
) -> tuple[Any, ...]:  # fmt: skip
    """Compute the shape of the result of a convolution.

    image_shape: (batch, channels, *extents), of ints, scalars and None.
    kernel_shape: (output channels, channels / groups, *extents), or of unshared filters.
    border_mode, subsample, filter_dilation: as in `conv2d`.
    Returns (batch, output channels, *extents), with None for what is not known. Raises ValueError
    for settings that are none of these.

    >>> T.nnet.get_conv_output_shape((2, 3, 8, None), (5, 3, 3, 3), "half", (2, 1))
    (2, 5, 4, None)
    """
    n = len(image_shape) - 2
    s = _settings("get_conv_output_shape", n, border_mode, subsample, filter_dilation)
    extents: list[Any] = []
    axes = zip(image_shape[2:], kernel_shape[-n:], s.axes(), strict=True)
    for image, kernel, (mode, stride, dilation) in axes:
        known = _known(image, kernel)
        if known is None:
            extents.append(None)
            continue
        extent, taps = known
        before, after = s.pad(mode, extent, taps, stride, dilation)
        extents.append(output_extent(extent, taps, before, after, stride, dilation))
    return (image_shape[0], kernel_shape[0], *extents)


def get_conv_gradinputs_shape(
    kernel_shape: ShapeEntries, top_shape: ShapeEntries, border_mode: Any, subsample: Any,
    filter_dilation: Any = None, num_groups: int = 1,
) -> tuple[Any, ...]:  # fmt: skip
    """Compute the shape of the images of a convolution from those of its filters and result.

    kernel_shape: of the filters, of ints, scalars and None.
    top_shape: of the result.
    border_mode, subsample, filter_dilation, num_groups: as in `conv2d`.
    Returns (batch, channels, *extents), with None for what is not known, or follows from nothing: a
    subsampled axis, of which several extents have one result. Raises ValueError for settings that
    are none of these.

    >>> T.nnet.get_conv_gradinputs_shape((5, 3, 3, 3), (2, 5, 6, 6), "valid", (1, 2))
    (2, 3, 8, None)
    """
    n = len(top_shape) - 2
    s = _settings("get_conv_gradinputs_shape", n, border_mode, subsample, filter_dilation)
    extents: list[Any] = []
    axes = zip(kernel_shape[-n:], top_shape[2:], s.axes(), strict=True)
    for kernel, top, (mode, stride, dilation) in axes:
        known = _known(kernel, top)
        if known is None or stride != 1:
            extents.append(None)
            continue
        reach = multiplied(less(known[0], 1), dilation)
        # With a stride of 1 no pad depends on the image.
        before, after = s.pad(mode, 1, known[0], 1, dilation)
        extents.append(less(added(known[1], reach), added(before, after)))
    channels = kernel_shape[-n - 1]
    channels = None if channels is None else multiplied(*(_known(channels) or []), num_groups)
    return (top_shape[0], channels, *extents)


def get_conv_gradweights_shape(
    image_shape: ShapeEntries, top_shape: ShapeEntries, border_mode: Any, subsample: Any,
    filter_dilation: Any = None, num_groups: int = 1, unshared: bool = False,
) -> tuple[Any, ...]:  # fmt: skip
    """Compute the shape of the filters of a convolution from those of its images and result.

    image_shape: of the images, of ints, scalars and None.
    top_shape: of the result.
    border_mode, subsample, filter_dilation, num_groups, unshared: as in `conv2d`.
    Returns (output channels, channels / groups, *extents), of unshared filters with the extents of
    the result behind the first; None for what is not known, or follows from nothing: the extent of
    a subsampled axis, and where the border mode is 'half' or 'same'. Raises ValueError for settings
    that are none of these.

    >>> T.nnet.get_conv_gradweights_shape((2, 3, 8, 8), (2, 5, 6, 7), "valid", (1, 1))
    (5, 3, 3, 2)
    """
    n = len(image_shape) - 2
    s = _settings("get_conv_gradweights_shape", n, border_mode, subsample, filter_dilation)
    extents: list[Any] = []
    axes = zip(image_shape[2:], top_shape[2:], s.axes(), strict=True)
    for image, top, (mode, stride, dilation) in axes:
        known = _known(image, top)
        if known is None or stride != 1 or mode in ("half", "same"):
            extents.append(None)
            continue
        if mode == "full":
            reach: Any = less(known[1], known[0])
        else:
            before, after = s.pad(mode, known[0], 1, 1, dilation)
            reach = less(added(known[0], before, after), known[1])
        extents.append(added(reach // dilation if dilation != 1 else reach, 1))
    channels = _known(image_shape[1])
    part = None if channels is None else channels[0] // num_groups
    own = tuple(top_shape[2:]) if unshared else ()
    return (top_shape[1], *own, part, *extents)


def check_conv_gradinputs_shape(
    image_shape: ShapeEntries, kernel_shape: ShapeEntries, output_shape: ShapeEntries,
    border_mode: Any, subsample: Any, filter_dilation: Any = None,
) -> bool:  # fmt: skip
    """Test whether images of a shape, and filters, can have results of a shape.

    image_shape, kernel_shape, output_shape: of ints, scalars and None.
    border_mode, subsample, filter_dilation: as in `conv2d`.
    Returns False where ranks differ or known extents do not fit; what is not known fits.

    >>> T.nnet.check_conv_gradinputs_shape((2, 3, 8), (5, 3, 3), (2, 5, 7), "valid", (1,))
    False
    """
    rank = len(image_shape)
    if {len(kernel_shape), len(output_shape)} != {rank} or len(subsample) != rank - 2:
        return False
    if filter_dilation is not None and len(filter_dilation) != rank - 2:
        return False
    made = get_conv_output_shape(image_shape, kernel_shape, border_mode, subsample, filter_dilation)
    pairs = [_known(*pair) for pair in zip(output_shape, made, strict=True)]
    known = [pair for pair in pairs if pair and all(isinstance(e, int) for e in pair)]
    return all(one == other for one, other in known)


__all__ = [
    "check_conv_gradinputs_shape",
    "get_conv_gradinputs_shape",
    "get_conv_gradweights_shape",
    "get_conv_output_shape",
]
