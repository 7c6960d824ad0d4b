"""`theano.tensor.nnet.conv`: the older form of `conv2d`."""

from typing import Any

from symgraph.compat.theano.lookup import resolver
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

    image_shape, filter_shape: what is known of the shapes. options: Theano's, of how loops are
        unrolled, which make no difference.
    Raises TypeError for another option.

    >>> from symgraph.compat.theano.tensor.nnet.conv import conv2d
    >>> conv2d(T.dtensor4("x"), T.dtensor4("w"), unroll_batch=2).ndim
    4
    """
    unknown = set(options) - _UNROLLING
    if unknown:
        raise TypeError(f"conv2d takes no option {min(unknown)!r}")
    return nnet.conv2d(input, filters, image_shape, filter_shape, border_mode, subsample)
