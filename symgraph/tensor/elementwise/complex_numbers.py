"""Complex numbers and their parts."""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops import scalar_table as s
from symgraph.ops.constant import TensorLike


def real(x: TensorLike) -> Variable:
    """Return the real part of each element.

    x: numbers of any shape.
    Returns the shape of x and the real dtype of its parts; real numbers stay as they are.
    Derivative: 1; derivatives by complex numbers are refused.

    >>> T.real([1 + 2j, 3.0]).eval()
    array([1., 3.])
    """
    return s.real(x)


def imag(x: TensorLike) -> Variable:
    """Return the imaginary part of each element, 0 of a real number.

    x: numbers of any shape.
    Returns the shape of x and the real dtype of its parts.
    Derivative: 0 by real numbers; derivatives by complex numbers are refused.

    >>> T.imag([1 + 2j, 3.0]).eval()
    array([2., 0.])
    """
    return s.imag(x)


def angle(x: TensorLike) -> Variable:
    """Compute the angle, from -pi to pi, of each complex number: arctan2(imag(x), real(x)).

    x: numbers of any shape.
    Returns real floats of the shape of x.
    Derivative: 0 by real numbers; derivatives by complex numbers are refused.

    >>> T.angle([1j, -1.0]).eval()
    array([1.57079633, 3.14159265])
    """
    return s.angle(x)


def conj(x: TensorLike) -> Variable:
    """Compute the complex conjugate of each element; a real number stays as it is.

    x: numbers of any shape.
    Returns the shape and dtype of x.
    Derivative: 1 by real numbers; derivatives by complex numbers are refused.

    >>> T.conj([1 + 2j]).eval()
    array([1.-2.j])
    """
    return s.conj(x)


def complex(real: TensorLike, imag: TensorLike) -> Variable:
    """Compose complex numbers real + 1j * imag element by element.

    real, imag: real numbers; shapes broadcast.
    Returns complex128, or complex64 of parts that fit into float32. Raises TypeError for complex
    numbers.

    >>> T.complex([1.0, 2.0], 3.0).eval()
    array([1.+3.j, 2.+3.j])
    """
    return s.complex(real, imag)


__all__ = [
    "angle",
    "complex",
    "conj",
    "imag",
    "real",
]
