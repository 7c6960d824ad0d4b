"""`theano.tensor.nnet.conv3d2d`: convolutions of films."""

from typing import Any

from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.graph import Variable
from symgraph.tensor import nnet

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.nnet")

# Of both operands the channels come behind the times here, and before them in symgraph.
_SWAPPED = (0, 2, 1, 3, 4)


def conv3d(
    signals: Any,
    filters: Any,
    signals_shape: Any = None,
    filters_shape: Any = None,
    border_mode: Any = "valid",
) -> Variable:
    """Convolve films with filters, which are reversed: see `symgraph.tensor.nnet.conv3d`.

    signals: (batch, times, channels, rows, columns).
    filters: (output channels, times, channels, rows, columns).
    signals_shape, filters_shape: what is known of their shapes.
    border_mode: 'valid', 'full' or 'half', or one of them for each of the three axes, of which the
        last two are equal.
    Returns (batch, times, output channels, rows, columns). Raises NotImplementedError for other
    modes.

    >>> from symgraph.compat.theano.tensor.nnet.conv3d2d import conv3d
    >>> conv3d(T.ones((1, 3, 1, 4, 4)), T.ones((2, 2, 1, 3, 3))).eval().shape
    (1, 2, 2, 2, 2)
    """
    modes = border_mode if isinstance(border_mode, tuple | list) else (border_mode,) * 3
    if modes[1] != modes[2]:
        raise NotImplementedError("height and width bordermodes must match")
    kernel = as_tensor_variable(filters)
    pads = [_pad(mode, kernel.shape[axis]) for mode, axis in zip(modes, (1, 3, 4), strict=True)]
    known = [
        None if shape is None else tuple(shape[axis] for axis in _SWAPPED)
        for shape in (signals_shape, filters_shape)
    ]
    image = as_tensor_variable(signals).dimshuffle(*_SWAPPED)
    same = modes[0] if len(set(modes)) == 1 else tuple(pads)
    found = nnet.conv3d(image, kernel.dimshuffle(*_SWAPPED), *known, same)
    return found.dimshuffle(*_SWAPPED)


def _pad(mode: Any, extent: Any) -> Any:
    if mode not in ("valid", "full", "half"):
        raise NotImplementedError(f"border_mode {mode!r} is none of valid, full, half")
    return {"valid": 0, "full": extent - 1, "half": extent // 2}[mode]
