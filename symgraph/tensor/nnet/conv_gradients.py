"""The derivatives of convolution layers, and the layers that these are: transposed, fractionally
strided. Arguments that are not explained here are those of `symgraph.tensor.nnet.conv`."""

from __future__ import annotations

from typing import Any

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike
from symgraph.tensor.nnet.conv import by_inputs, by_weights, layer


def conv2d_transpose(
    input: TensorLike, filters: TensorLike, output_shape: Any, filter_shape: Any = None,
    border_mode: Any = "valid", input_dilation: Any = (1, 1), filter_flip: bool = True,
    filter_dilation: Any = (1, 1), num_groups: int = 1, unshared: bool = False,
) -> Variable:  # fmt: skip
    """Compute the transposed convolution, from results of a `conv2d` to its images.

    input: (batch, input channels, rows, columns).
    filters: as the `conv2d` has them: (input channels, output channels / groups, rows, columns).
    output_shape: (batch, channels, rows, columns) of the result; the first two may be None. Where
        input_dilation is above 1, several extents belong to one of the input.
    input_dilation: the stride of the `conv2d`: the input's elements lie so far apart, and the layer
        is a fractionally strided convolution.
    filter_shape, border_mode, filter_flip, filter_dilation, num_groups, unshared: as in `conv2d`.
    Returns images of the output_shape. Raises as `conv2d` does.

    >>> T.nnet.conv2d_transpose([[[[1.0, 2.0]]]], [[[[1.0, 1.0]]]], (1, 1, 1, 3)).eval()
    array([[[[1., 3., 2.]]]])
    """
    settings = layer(
        "conv2d_transpose", 2, border_mode, input_dilation, filter_flip, filter_dilation,
        num_groups, unshared,
    )  # fmt: skip
    return by_inputs(settings, input, filters, output_shape, filter_shape)


def conv2d_grad_wrt_inputs(
    output_grad: TensorLike, filters: TensorLike, input_shape: Any, filter_shape: Any = None,
    border_mode: Any = "valid", subsample: Any = (1, 1), filter_flip: bool = True,
    filter_dilation: Any = (1, 1), num_groups: int = 1, unshared: bool = False,
) -> Variable:  # fmt: skip
    """Compute the derivative of a `conv2d` by its images.

    output_grad: the cotangent, of the shape of the result.
    filters: those of the `conv2d`.
    input_shape: (batch, channels, rows, columns) of the images; the first two may be None.
    filter_shape, border_mode, subsample, filter_flip, filter_dilation, num_groups, unshared: those
        of the `conv2d`.
    Returns an array of the shape of the images. Raises as `conv2d` does.

    >>> g = np.array([[[[1.0, 2.0]]]])
    >>> T.nnet.conv2d_grad_wrt_inputs(g, [[[[1.0, 10.0]]]], (1, 1, 1, 3)).eval()
    array([[[[10., 21.,  2.]]]])
    """
    settings = layer(
        "conv2d_grad_wrt_inputs", 2, border_mode, subsample, filter_flip, filter_dilation,
        num_groups, unshared,
    )  # fmt: skip
    return by_inputs(settings, output_grad, filters, input_shape, filter_shape)


def conv2d_grad_wrt_weights(
    input: TensorLike, output_grad: TensorLike, filter_shape: Any, input_shape: Any = None,
    border_mode: Any = "valid", subsample: Any = (1, 1), filter_flip: bool = True,
    filter_dilation: Any = (1, 1), num_groups: int = 1, unshared: bool = False,
) -> Variable:  # fmt: skip
    """Compute the derivative of a `conv2d` by its filters.

    input: the images of the `conv2d`.
    output_grad: the cotangent, of the shape of the result.
    filter_shape: (output channels, channels / groups, rows, columns) of the filters; the first two
        may be None.
    input_shape, border_mode, subsample, filter_flip, filter_dilation, num_groups, unshared: those
        of the `conv2d`.
    Returns an array of the shape of the filters. Raises as `conv2d` does.

    >>> x, g = np.array([[[[1.0, 2.0, 3.0]]]]), np.array([[[[1.0, 1.0]]]])
    >>> T.nnet.conv2d_grad_wrt_weights(x, g, (1, 1, 1, 2)).eval()
    array([[[[5., 3.]]]])
    """
    settings = layer(
        "conv2d_grad_wrt_weights", 2, border_mode, subsample, filter_flip, filter_dilation,
        num_groups, unshared,
    )  # fmt: skip
    return by_weights(settings, input, output_grad, filter_shape, input_shape)


def conv3d_grad_wrt_inputs(
    output_grad: TensorLike, filters: TensorLike, input_shape: Any, filter_shape: Any = None,
    border_mode: Any = "valid", subsample: Any = (1, 1, 1), filter_flip: bool = True,
    filter_dilation: Any = (1, 1, 1), num_groups: int = 1,
) -> Variable:  # fmt: skip
    """Compute the derivative of a `conv3d` by its volumes.

    output_grad: the cotangent, of the shape of the result.
    filters: those of the `conv3d`.
    input_shape: (batch, channels, depth, rows, columns) of the volumes; the first two may be None.
    filter_shape, border_mode, subsample, filter_flip, filter_dilation, num_groups: those of the
        `conv3d`.
    Returns an array of the shape of the volumes. Raises as `conv2d` does.

    >>> ones = T.ones((1, 1, 1, 1, 1))
    >>> T.nnet.conv3d_grad_wrt_inputs(ones, 2 * ones, (1, 1, 1, 1, 1)).eval().item()
    2.0
    """
    settings = layer(
        "conv3d_grad_wrt_inputs", 3, border_mode, subsample, filter_flip, filter_dilation,
        num_groups,
    )  # fmt: skip
    return by_inputs(settings, output_grad, filters, input_shape, filter_shape)


def conv3d_grad_wrt_weights(
    input: TensorLike, output_grad: TensorLike, filter_shape: Any, input_shape: Any = None,
    border_mode: Any = "valid", subsample: Any = (1, 1, 1), filter_flip: bool = True,
    filter_dilation: Any = (1, 1, 1), num_groups: int = 1,
) -> Variable:  # fmt: skip
    """Compute the derivative of a `conv3d` by its filters.

    input: the volumes of the `conv3d`.
    output_grad: the cotangent, of the shape of the result.
    filter_shape: (output channels, channels / groups, depth, rows, columns) of the filters; the
        first two may be None.
    input_shape, border_mode, subsample, filter_flip, filter_dilation, num_groups: those of the
        `conv3d`.
    Returns an array of the shape of the filters. Raises as `conv2d` does.

    >>> ones = T.ones((1, 1, 1, 1, 1))
    >>> T.nnet.conv3d_grad_wrt_weights(ones, 2 * ones, (1, 1, 1, 1, 1)).eval().item()
    2.0
    """
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
