"""`theano.tensor.fourier`: the transform along one axis, which may be a variable."""

from typing import Any

from symgraph import tensor
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.graph import Constant, Variable
from symgraph.loops import ifelse
from symgraph.ops.requirement import Require

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.fft", "symgraph.tensor")


def fft(a: Any, n: Any = None, axis: Any = None) -> Variable:
    """Compute Fourier transforms along an axis.

    a: real or complex numbers, of one dimension or more.
    n: the extent that the axis is cut to, or filled up to with zeros, before.
    axis: the last one unless given; also a variable.
    Returns complex128. Raises TypeError for an axis that is none of the array's.

    >>> from symgraph.compat.theano.tensor.fourier import fft
    >>> axis = T.iscalar("axis")
    >>> abs(fft([[1.0, 0.0, 0.0]], axis=axis)).eval({axis: 1})
    array([[1., 1., 1.]])
    """
    a = as_tensor_variable(a)
    if a.ndim == 0:
        raise TypeError(f"Fourier: input must be an array, not a scalar: {a} ({a.type})")
    a = tensor.cast(a, "complex128" if a.type.dtype.startswith("complex") else "float64")
    axis = axis.data.item() if isinstance(axis, Constant) else axis
    if isinstance(axis, Variable):
        return _along_any(a, n, axis)
    if axis is not None and not 0 <= axis < a.ndim:
        raise TypeError(f"Fourier: {a} ({a.type}) has no axis {axis}")
    return tensor.fft.fft(a, n, a.ndim - 1 if axis is None else int(axis))


def _along_any(a: Variable, n: Any, axis: Variable) -> Variable:
    """Return the transform along an axis that is known only when a function runs."""
    axis = tensor.cast(axis, "int64")
    axis = Require("Fourier: the axis", "at least 0")(axis, axis)
    last = as_tensor_variable(a.ndim - 1)
    axis = Require("Fourier: the last axis, where low is the axis,", "at least low")(
        axis, last, axis
    )
    found = tensor.fft.fft(a, n, a.ndim - 1)
    for at in reversed(range(a.ndim - 1)):
        found = ifelse(tensor.eq(axis, at), tensor.fft.fft(a, n, at), found)
    return found
