"""`theano.tensor.nnet.neighbours`: neighbourhoods of images, with Theano's exceptions."""

from collections.abc import Callable, Sequence
from typing import Any

from symgraph import tensor
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.graph import Variable
from symgraph.ops.requirement import Require
from symgraph.tensor.nnet import neighbours as native
from symgraph.tensor.windows import extents_per_axis

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.nnet")

# How many pixels beside an image count, for a neighbourhood's extent.
_BESIDE: dict[str, Callable[[Any], Any]] = {
    "valid": lambda n: 0,
    "half": lambda n: n // 2 * 2,
    "full": lambda n: n * 2 - 2,
    "wrap_centered": lambda n: 0,
}


def images2neibs(
    ten4: Any, neib_shape: Any, neib_step: Any = None, mode: str = "valid"
) -> Variable:
    """Lay out the neighbourhoods of images as rows: see `symgraph.tensor.nnet.images2neibs`.

    ten4, neib_shape, neib_step, mode: those of that function.
    Raises TypeError where that function raises ValueError, here or when the function runs.

    >>> from symgraph.compat.theano.tensor.nnet.neighbours import images2neibs
    >>> images2neibs([[[[1, 2, 3, 4]]]], (1, 2)).eval()
    array([[1, 2],
           [3, 4]])
    """
    x = as_tensor_variable(ten4)
    shape = extents_per_axis(neib_shape, 2, "images2neibs: neib_shape")
    step = shape if neib_step is None else extents_per_axis(neib_step, 2, "images2neibs: neib_step")
    if x.type.ndim == 4 and mode in _BESIDE:
        x = _covering(x, shape, step, mode)
    try:
        return native.images2neibs(x, shape, step, mode)
    except ValueError as error:
        raise TypeError(*error.args) from None


def _covering(x: Variable, shape: Sequence[Any], step: Sequence[Any], mode: str) -> Variable:
    """Return the images, which must be covered where only running tells."""
    for axis, n, by in zip((2, 3), shape, step, strict=True):
        extent = x.shape[axis]
        beside = _BESIDE[mode](n)
        covers = tensor.ge(extent + beside, n)
        if mode != "wrap_centered":
            covers = tensor.and_(covers, tensor.eq((extent + beside - n) % by, 0))
        what = f"images2neibs: that neighbourhoods cover axis {axis} in mode {mode!r}"
        x = Require(what, "true", TypeError)(x, tensor.cast(covers, "int8"))
    return x


def layout(mode: str = "valid") -> Callable[..., Variable]:
    """Return the function that lays out neighbourhoods in one mode: see `images2neibs`.

    mode: that of `images2neibs`.

    >>> from symgraph.compat.theano.tensor.nnet.neighbours import layout
    >>> layout()([[[[1, 2, 3, 4]]]], (1, 2)).eval()
    array([[1, 2],
           [3, 4]])
    """
    return lambda ten4, neib_shape, neib_step=None: images2neibs(ten4, neib_shape, neib_step, mode)
