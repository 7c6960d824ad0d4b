"""`theano.tensor.nnet.conv`: the older form of `conv2d`."""

from typing import Any

from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.constants import (
    as_tensor_variable,
    get_scalar_constant_value,
)
from symgraph.graph import Variable
from symgraph.tensor import nnet

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.nnet")

# SciPy is one of the packages that symgraph needs.
imported_scipy_signal = True
# How Theano unrolled its loops, and what it was told of shapes.
_UNROLLING = frozenset(
    {
        "unroll_batch", "unroll_kern", "unroll_patch", "openmp", "imshp", "kshp", "nkern", "bsize",
        "dx", "dy", "verbose", "version", "direction_hint", "kshp_logical", "imshp_logical",
    }
)  # fmt: skip


def _extents(shape: Any) -> list[int | None] | None:
    """Return what is known of a shape, whose extents are None, numbers or constants."""
    if shape is None:
        return None
    return [
        None if extent is None else int(get_scalar_constant_value(as_tensor_variable(extent)))
        for extent in shape
    ]


def conv2d(
    input: Any,
    filters: Any,
    image_shape: Any = None,
    filter_shape: Any = None,
    border_mode: Any = "valid",
    subsample: Any = (1, 1),
    **options: Any,
) -> Variable:
    """Convolve images with filters, which are reversed: see `symgraph.tensor.nnet.conv2d`.

    image_shape, filter_shape: what is known of the shapes: None, or four extents, each None, a
        number or a constant. options: Theano's, of how loops are unrolled, which make no
        difference.
    Raises TypeError for another option, NotScalarConstantError for an extent that is not known,
    AssertionError where images and filters have different numbers of channels.

    >>> from symgraph.compat.theano.tensor.nnet.conv import conv2d
    >>> conv2d(T.dtensor4("x"), T.dtensor4("w"), unroll_batch=2).ndim
    4
    """
    unknown = set(options) - _UNROLLING
    if unknown:
        raise TypeError(f"conv2d takes no option {min(unknown)!r}")
    image, kernel = _extents(image_shape), _extents(filter_shape)
    if image is not None and kernel is not None:
        channels = {image[1], kernel[1]} - {None}
        assert len(channels) < 2, f"images have {image[1]} channels, filters take {kernel[1]}"
    return nnet.conv2d(input, filters, image, kernel, border_mode, subsample)
