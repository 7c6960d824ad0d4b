"""Convolution layers in 1, 2 and 3 dimensions, and what their derivatives share.

Images are (batch, channels, *extents), filters (output channels, input channels / groups,
*extents), results (batch, output channels, *extents). What the functions share:

input_shape, filter_shape: what is known of the shapes: for each axis an int, a scalar or None.
    Checked when the function runs.
border_mode: zeros put around the image. 'valid': none; 'full': as many as let the filter touch
    the image by a corner; 'half': half the filter's extent on both sides; 'same': so many that the
    result has the image's extent, divided by subsample and rounded up, the odd one behind; an int:
    so many on all sides; or a tuple with one of these, or a pair (before, after), per axis.
subsample: the stride of each axis (one int serves all).
filter_flip: whether the filters are reversed, as by the convolution of mathematics; otherwise
    it is the cross-correlation, which other libraries call convolution.
filter_dilation: how far apart the elements of a filter lie.
num_groups: into so many parts channels are divided, each with filters of its own; as many as
    the image has channels make a depthwise convolution.
unshared: whether each place of the result has filters of its own (a locally connected layer);
    filters are then (output channels, *places, input channels / groups, *extents).

Raises TypeError for ranks and arguments that are none of these, ValueError where shapes do not fit,
here where they are known, else when the function runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgraph.graph import Extent, Variable
from symgraph.ops.constant import TensorLike, as_tensor, constant
from symgraph.ops.conv import Conv, ConvInputGradient, ConvKernelGradient, ConvolutionOp
from symgraph.ops.extent_arithmetic import plain
from symgraph.ops.scalar_table import maximum
from symgraph.ops.shape import extents_of
from symgraph.tensor.indexing import getitem
from symgraph.tensor.reshaping import shape_list, specify_shape

_AXES = {1: "length", 2: "rows, columns", 3: "depth, rows, columns"}


@dataclass(frozen=True)
class Layer:
    """The settings of a convolution, of which `what` is told in errors."""

    what: str
    spatial: int
    border_mode: Any
    subsample: tuple[int, ...]
    filter_flip: bool
    filter_dilation: tuple[int, ...]
    num_groups: int
    unshared: bool

    def apply(
        self, kind: type[ConvolutionOp], a: Variable, b: Variable, *rest: Variable
    ) -> Variable:
        """One of the three operations on the filters as they are given, flipped or not."""
        op = kind(self.subsample, self.filter_dilation, self.num_groups, self.unshared)
        # Asked with what the user gave, so that errors name it.
        op.output_types(a, b, *rest)
        operands = [
            self.flipped(v) if role == "kernel" else v
            for role, v in zip(op.operands, (a, b), strict=True)
        ]
        result = op(*operands, *rest)
        return self.flipped(result) if op.result == "kernel" else result

    def flipped(self, filters: Variable) -> Variable:
        """Return the filters, reversed if they are to be, with a name by which errors tell them."""
        if not self.filter_flip:
            return filters
        turned = getitem(filters, (..., *[slice(None, None, -1)] * self.spatial))
        if filters.name is not None:
            turned.name = f"{filters.name} (turned round)"
        return turned

    def filter_extents(self, filters: Variable) -> list[Variable]:
        return extents_of(filters)[filters.type.ndim - self.spatial :]

    def pads(self, image: Sequence[Variable], filters: Sequence[Variable]) -> list[Variable]:
        """How many zeros stand before and behind each spatial axis, whose extents are given."""
        result: list[Variable] = []
        for i, f, axis in zip(image, filters, self.axes(), strict=True):
            mode, stride, dilation = axis
            pair = self.pad(mode, plain(i), plain(f), stride, dilation)
            result.extend(constant(p, "int64") if isinstance(p, int) else p for p in pair)
        return result

    def _modes(self) -> Sequence[Any]:
        mode, n = self.border_mode, self.spatial
        if not isinstance(mode, tuple | list):
            return [mode] * n
        if len(mode) != n:
            raise ValueError(
                f"{self.what}: border_mode={mode!r} has {len(mode)} entries, one for each of"
                f" {_AXES[n]} is wanted (an entry may be a pair, before and after)"
            )
        return mode

    def axes(self) -> list[tuple[Any, int, int]]:
        """Return the border mode, stride and dilation of each spatial axis."""
        return list(zip(self._modes(), self.subsample, self.filter_dilation, strict=True))

    def pad(
        self, mode: Any, image: Extent, filters: Extent, stride: int, dilation: int
    ) -> tuple[Any, Any]:
        """Return the zeros before and behind an axis, from the extents of image and filter."""
        reach: Any = (filters - 1) * dilation + 1 if dilation != 1 else filters
        if isinstance(mode, str) and mode in ("valid", "full", "half"):
            pad = {"valid": lambda: 0, "full": lambda: reach - 1, "half": lambda: reach // 2}[
                mode
            ]()
            return pad, pad
        if mode == "same":
            total = reach - 1
            if stride != 1:
                # (places - 1) * stride + reach: what the places of the result take.
                taken: Any = (image + (stride - 1)) // stride * stride - stride + reach
                room = taken - image
                total = max(room, 0) if isinstance(room, int) else maximum(room, 0)
            before = total // 2
            return before, total - before
        pair = mode if isinstance(mode, tuple | list) else (mode, mode)
        if len(pair) != 2 or not all(is_count(pad) for pad in pair):
            raise ValueError(
                f"{self.what}: border_mode={self.border_mode!r}: wanted are 'valid', 'full',"
                " 'half', 'same', or for each axis an int >= 0 or a pair of them"
            )
        return int(pair[0]), int(pair[1])

    def image(self, image: Any, shape: Any = None, what: str = "input") -> Variable:
        """A batch of images, of which more may be known."""
        names = f"(batch, channels, {_AXES[self.spatial]})"
        return self._array(image, shape, self.spatial + 2, what, names)

    def filters(self, filters: Any, shape: Any = None) -> Variable:
        places = " one extent for each axis of the result," if self.unshared else ""
        names = f"(output channels,{places} input channels / groups, {_AXES[self.spatial]})"
        ndim = (2 * self.spatial if self.unshared else self.spatial) + 2
        return self._array(filters, shape, ndim, "filters", names)

    def _array(self, array: Any, shape: Any, ndim: int, what: str, names: str) -> Variable:
        variable = as_tensor(array)
        if variable.type.ndim != ndim:
            hint = ""
            if what == "input" and variable.type.ndim == self.spatial:
                order = ", ".join(["'x'", "'x'", *map(str, range(self.spatial))])
                hint = f"; dimshuffle({order}) makes a batch of one image of one channel"
            raise TypeError(
                f"{self.what}: {what} has {ndim} dimensions, {names}, not {variable}"
                f" ({variable.type}){hint}"
            )
        return variable if shape is None else told(variable, shape, f"{self.what}: {what}_shape")


def layer(
    what: str,
    spatial: int,
    border_mode: Any,
    subsample: Any,
    filter_flip: bool,
    filter_dilation: Any,
    num_groups: int,
    unshared: bool = False,
) -> Layer:
    """The settings, checked. Raises ValueError."""
    strides = per_axis(subsample, spatial, f"{what}: subsample")
    dilations = per_axis(filter_dilation, spatial, f"{what}: filter_dilation")
    if not is_count(num_groups) or num_groups < 1:
        raise ValueError(f"{what}: num_groups={num_groups!r} is no int above 0")
    return Layer(
        what, spatial, border_mode, strides, bool(filter_flip), dilations, int(num_groups),
        bool(unshared),
    )  # fmt: skip


def per_axis(value: Any, spatial: int, what: str) -> tuple[int, ...]:
    """An int above 0 for each axis; one int serves all. Raises ValueError."""
    entries = list(value) if isinstance(value, list | tuple | np.ndarray) else [value] * spatial
    if len(entries) != spatial or not all(is_count(e) and e > 0 for e in entries):
        raise ValueError(f"{what}={value!r} is neither an int above 0 nor {spatial} of them")
    return tuple(int(entry) for entry in entries)


def is_count(value: Any) -> bool:
    """Whether this is an int that is not negative."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= 0


def told(variable: Variable, shape: Any, what: str) -> Variable:
    """The variable, of which the extents in `shape` are known (ints, scalars, None)."""
    if len(shape) != variable.type.ndim:
        raise ValueError(
            f"{what}={tuple(shape)!r} has {len(shape)} entries for the {variable.type.ndim}"
            f" dimensions of {variable} ({variable.type})"
        )
    if all(new is None or new == old for new, old in zip(shape, variable.type.shape, strict=True)):
        return variable
    return specify_shape(variable, list(shape))


def convolve(
    settings: Layer, input: Any, filters: Any, input_shape: Any = None, filter_shape: Any = None
) -> Variable:
    """The layer's result."""
    image, kernel = settings.image(input, input_shape), settings.filters(filters, filter_shape)
    pads = settings.pads(extents_of(image)[2:], settings.filter_extents(kernel))
    return settings.apply(Conv, image, kernel, *pads)


def by_inputs(
    settings: Layer, output_grad: Any, filters: Any, input_shape: Any, filter_shape: Any = None
) -> Variable:
    """The derivative by images of the given shape, of which the spatial extents must be said."""
    what = f"{settings.what}: input_shape"
    gradient = settings.image(output_grad, None, "output_grad")
    kernel = settings.filters(filters, filter_shape)
    first, extents = _parted(input_shape, 2, what, settings.spatial + 2)
    pads = settings.pads(extents, settings.filter_extents(kernel))
    result = settings.apply(ConvInputGradient, kernel, gradient, *pads, *extents)
    return told(result, [*first, *[None] * settings.spatial], what)


def by_weights(
    settings: Layer, input: Any, output_grad: Any, filter_shape: Any, input_shape: Any = None
) -> Variable:
    """The derivative by filters of the given shape, of which the spatial extents must be said."""
    what = f"{settings.what}: filter_shape"
    image = settings.image(input, input_shape)
    gradient = settings.image(output_grad, None, "output_grad")
    n = settings.spatial
    first, extents = _parted(filter_shape, 2 + n * settings.unshared, what, None)
    pads = settings.pads(extents_of(image)[2:], extents)
    result = settings.apply(ConvKernelGradient, image, gradient, *pads, *extents)
    return told(result, [*first, *[None] * n], what)


def _parted(
    shape: Any, count: int, what: str, ndim: int | None
) -> tuple[list[Any], list[Variable]]:
    """The first `count` entries of a shape, which may be None, and the extents behind them."""
    if isinstance(shape, Variable):
        entries: list[Any] = list(shape_list(shape, what, ndim))
    else:
        entries = list(shape)
    missing = [entry for entry in entries[count:] if entry is None]
    if missing or len(entries) <= count:
        raise ValueError(f"{what}={shape!r} must say the extents of all axes behind {count}")
    return entries[:count], shape_list(entries[count:], what)


def conv1d(
    input: TensorLike, filters: TensorLike, input_shape: Any = None, filter_shape: Any = None,
    border_mode: Any = "valid", subsample: Any = 1, filter_flip: bool = True,
    filter_dilation: Any = 1, num_groups: int = 1, unshared: bool = False,
) -> Variable:  # fmt: skip
    """Convolve sequences with filters.

    input: (batch, channels, length). filters: (output channels, channels / groups, length).
    input_shape, filter_shape, border_mode, subsample, filter_flip, filter_dilation, num_groups,
        unshared: as in `conv2d`, with one spatial axis.
    Returns (batch, output channels, length). Raises as `conv2d` does.

    >>> T.nnet.conv1d([[[1.0, 2.0, 3.0]]], [[[1.0, 10.0]]]).eval()
    array([[[12., 23.]]])
    """
    settings = layer(
        "conv1d", 1, border_mode, subsample, filter_flip, filter_dilation, num_groups, unshared
    )
    return convolve(settings, input, filters, input_shape, filter_shape)


def conv2d(
    input: TensorLike, filters: TensorLike, input_shape: Any = None, filter_shape: Any = None,
    border_mode: Any = "valid", subsample: Any = (1, 1), filter_flip: bool = True,
    image_shape: Any = None, filter_dilation: Any = (1, 1), num_groups: int = 1,
    unshared: bool = False,
) -> Variable:  # fmt: skip
    """Convolve images with filters.

    input: images (batch, channels, rows, columns).
    filters: (output channels, channels / groups, rows, columns).
    input_shape, filter_shape: what is known of the shapes: an int, a scalar or None for each axis;
        checked when the function runs.
    border_mode: zeros put around the image. 'valid': none; 'full': as many as let the filter touch
        the image by a corner; 'half': half the filter's extent on both sides; 'same': so many that
        the result has the image's extent, divided by subsample and rounded up, the odd one behind;
        an int: so many on all sides; or a tuple with one of these, or a pair (before, after), per
        axis.
    subsample: the stride of each axis; one int serves all.
    filter_flip: whether the filters are reversed, as by the convolution of mathematics; otherwise
        it is the cross-correlation, which other libraries call convolution.
    image_shape: Theano's older name for input_shape.
    filter_dilation: how far apart the elements of a filter lie; one int serves all.
    num_groups: into so many parts channels are divided, each with filters of its own; as many as
        the image has channels make a depthwise convolution.
    unshared: whether each place of the result has filters of its own (a locally connected layer);
        filters are then (output channels, rows and columns of the result, channels / groups, rows,
        columns).
    Returns (batch, output channels, rows, columns). Raises TypeError for other ranks and arguments
    that are none of these, ValueError where shapes do not fit, here where they are known, else when
    the function runs.

    >>> image = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> T.nnet.conv2d(image, np.ones((1, 1, 2, 2))).eval()
    array([[[[10.]]]])
    """
    settings = layer(
        "conv2d", 2, border_mode, subsample, filter_flip, filter_dilation, num_groups, unshared
    )
    shape = image_shape if input_shape is None else input_shape
    return convolve(settings, input, filters, shape, filter_shape)


def conv3d(
    input: TensorLike, filters: TensorLike, input_shape: Any = None, filter_shape: Any = None,
    border_mode: Any = "valid", subsample: Any = (1, 1, 1), filter_flip: bool = True,
    filter_dilation: Any = (1, 1, 1), num_groups: int = 1,
) -> Variable:  # fmt: skip
    """Convolve volumes with filters.

    input: (batch, channels, depth, rows, columns).
    filters: (output channels, channels / groups, depth, rows, columns).
    input_shape, filter_shape, border_mode, subsample, filter_flip, filter_dilation, num_groups: as
        in `conv2d`, with three spatial axes.
    Returns (batch, output channels, depth, rows, columns). Raises as `conv2d` does.

    >>> T.nnet.conv3d(T.ones((1, 1, 2, 2, 2)), T.ones((1, 1, 2, 2, 2))).eval().item()
    8.0
    """
    settings = layer("conv3d", 3, border_mode, subsample, filter_flip, filter_dilation, num_groups)
    return convolve(settings, input, filters, input_shape, filter_shape)


__all__ = ["conv1d", "conv2d", "conv3d"]
