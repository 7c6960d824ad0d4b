"""The derivatives of convolution layers, and the layers that these are: transposed, fractionally
strided. Arguments that are not explained here are those of `symgraph.tensor.nnet.conv`."""

from typing import Any

from symgraph.graph import Variable
from symgraph.tensor.nnet.conv import by_inputs, by_weights, layer


def conv2d_transpose(
    input: Any, filters: Any, output_shape: Any, filter_shape: Any = None,
    border_mode: Any = "valid", input_dilation: Any = (1, 1), filter_flip: bool = True,
    filter_dilation: Any = (1, 1), num_groups: int = 1, unshared: bool = False,
) -> Variable:  # fmt: skip
    """The transposed convolution: the layer that takes results of a `conv2d` back to its images.

    filters: as the `conv2d` has them, (input channels, output channels / groups, rows, columns)
        for this layer.
    output_shape: (batch, channels, rows, columns) of the result, of which the first two may be
        None. Where input_dilation is above 1, several extents belong to one of the input.
    input_dilation: the `conv2d`'s subsample: the input's elements lie so far apart, and the layer
        is a fractionally strided convolution.
    """
    settings = layer(
        "conv2d_transpose", 2, border_mode, input_dilation, filter_flip, filter_dilation,
        num_groups, unshared,
    )  # fmt: skip
    return by_inputs(settings, input, filters, output_shape, filter_shape)


def conv2d_grad_wrt_inputs(
    output_grad: Any, filters: Any, input_shape: Any, filter_shape: Any = None,
    border_mode: Any = "valid", subsample: Any = (1, 1), filter_flip: bool = True,
    filter_dilation: Any = (1, 1), num_groups: int = 1, unshared: bool = False,
) -> Variable:  # fmt: skip
    """The derivative of a `conv2d` by its images, of which input_shape must say the rows and
    columns."""
    settings = layer(
        "conv2d_grad_wrt_inputs", 2, border_mode, subsample, filter_flip, filter_dilation,
        num_groups, unshared,
    )  # fmt: skip
    return by_inputs(settings, output_grad, filters, input_shape, filter_shape)


def conv2d_grad_wrt_weights(
    input: Any, output_grad: Any, filter_shape: Any, input_shape: Any = None,
    border_mode: Any = "valid", subsample: Any = (1, 1), filter_flip: bool = True,
    filter_dilation: Any = (1, 1), num_groups: int = 1, unshared: bool = False,
) -> Variable:  # fmt: skip
    """The derivative of a `conv2d` by its filters, of which filter_shape must say the rows and
    columns."""
    settings = layer(
        "conv2d_grad_wrt_weights", 2, border_mode, subsample, filter_flip, filter_dilation,
        num_groups, unshared,
    )  # fmt: skip
    return by_weights(settings, input, output_grad, filter_shape, input_shape)


def conv3d_grad_wrt_inputs(
    output_grad: Any, filters: Any, input_shape: Any, filter_shape: Any = None,
    border_mode: Any = "valid", subsample: Any = (1, 1, 1), filter_flip: bool = True,
    filter_dilation: Any = (1, 1, 1), num_groups: int = 1,
) -> Variable:  # fmt: skip
    """The derivative of a `conv3d` by its volumes, of which input_shape must say the extents."""
    settings = layer(
        "conv3d_grad_wrt_inputs", 3, border_mode, subsample, filter_flip, filter_dilation,
        num_groups,
    )  # fmt: skip
    return by_inputs(settings, output_grad, filters, input_shape, filter_shape)


def conv3d_grad_wrt_weights(
    input: Any, output_grad: Any, filter_shape: Any, input_shape: Any = None,
    border_mode: Any = "valid", subsample: Any = (1, 1, 1), filter_flip: bool = True,
    filter_dilation: Any = (1, 1, 1), num_groups: int = 1,
) -> Variable:  # fmt: skip
    """The derivative of a `conv3d` by its filters, of which filter_shape must say the extents."""
    settings = layer(
        "conv3d_grad_wrt_weights", 3, border_mode, subsample, filter_flip, filter_dilation,
        num_groups,
    )  # fmt: skip
    return by_weights(settings, input, output_grad, filter_shape, input_shape)


__all__ = [
    "conv2d_grad_wrt_inputs",
    "conv2d_grad_wrt_weights",
    "conv2d_transpose",
    "conv3d_grad_wrt_inputs",
    "conv3d_grad_wrt_weights",
]
