"""The names of `theano.tensor.nnet`."""

from typing import Any

from symgraph.compat.theano.lookup import resolver
from symgraph.graph import Variable, warn
from symgraph.tensor import nnet as natively

__getattr__, __dir__ = resolver(
    __name__,
    ".tensor.nnet.nnet",
    ".tensor.nnet.sigm",
    ".tensor.nnet.bn",
    ".tensor.nnet.convolutions",
    ".tensor.nnet.abstract_conv",
    ".tensor.nnet.neighbours",
    ".tensor.nnet.conv",
    ".tensor.nnet.blocksparse",
    "symgraph.tensor.nnet",
)


def conv2d(
    input: Any,
    filters: Any,
    input_shape: Any = None,
    filter_shape: Any = None,
    border_mode: Any = "valid",
    subsample: Any = (1, 1),
    filter_flip: bool = True,
    image_shape: Any = None,
    filter_dilation: Any = (1, 1),
    num_groups: int = 1,
    unshared: bool = False,
    **options: Any,
) -> Variable:
    """Convolve images with filters: see `symgraph.tensor.nnet.conv2d`.

    options: Theano's, of how its older function unrolled loops, which make no difference.
    The others are those of `symgraph.tensor.nnet.conv2d`.
    Raises ValueError for logical shapes, and for two shapes of the images.

    >>> from symgraph.compat.theano.tensor.nnet import conv2d
    >>> conv2d(T.dtensor4("x"), T.dtensor4("w"), filter_dilation=(2, 2)).ndim
    4
    """
    if "imshp_logical" in options or "kshp_logical" in options:
        raise ValueError(
            "Keyword arguments 'imshp_logical' and 'kshp_logical' for conv2d are not supported:"
            " give input_shape and filter_shape"
        )
    if options:
        warn(f"{sorted(options)} are deprecated in conv2d and will be ignored", UserWarning)
    if image_shape is not None and input_shape is not None:
        raise ValueError("input_shape and image_shape should not be provided at the same time.")
    return natively.conv2d(
        input,
        filters,
        image_shape if input_shape is None else input_shape,
        filter_shape,
        border_mode,
        subsample,
        filter_flip,
        filter_dilation=filter_dilation,
        num_groups=num_groups,
        unshared=unshared,
    )
