"""Complex numbers and their parts.

Gradients by complex numbers follow one convention (docs/derivatives.md): that by z = a + ib is the
gradient by a plus i times the gradient by b.
"""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops import scalar_table as s
from symgraph.ops.constant import TensorLike


def real(x: TensorLike) -> Variable:
    """Return the real part of each element.

    x: numbers of any shape.
    Returns the shape of x and the real dtype of its parts; real numbers stay as they are.
    Derivative: 1: a cotangent g of the real part is the cotangent g + 0j of x.

    >>> T.real([1 + 2j, 3.0]).eval()
    array([1., 3.])
    """
    return s.real(x)


def imag(x: TensorLike) -> Variable:
    """Return the imaginary part of each element, 0 of a real number.

    x: numbers of any shape.
    Returns the shape of x and the real dtype of its parts.
    Derivative: a cotangent g of the imaginary part is the cotangent 1j * g of x; 0 by real numbers.

    >>> T.imag([1 + 2j, 3.0]).eval()
    array([2., 0.])
    """
    return s.imag(x)


def angle(x: TensorLike) -> Variable:
    """Compute the angle, from -pi to pi, of each complex number: arctan2(imag(x), real(x)).

    x: numbers of any shape.
    Returns real floats of the shape of x.
    Derivative: the gradient is 1j * x / |x| ** 2, and 0 at 0; 0 by real numbers.

    >>> T.angle([1j, -1.0]).eval()
    array([1.57079633, 3.14159265])
    """
    return s.angle(x)


def conj(x: TensorLike) -> Variable:
    """Compute the complex conjugate of each element; a real number stays as it is.

    x: numbers of any shape.
    Returns the shape and dtype of x.
    Derivative: a cotangent g is the cotangent conj(g) of x.

    >>> T.conj([1 + 2j]).eval()
    array([1.-2.j])
    """
    return s.conj(x)


def complex(real: TensorLike, imag: TensorLike) -> Variable:
    """Compose complex numbers real + 1j * imag element by element.

    real, imag: real numbers; shapes broadcast.
    Returns complex128, or complex64 of parts that fit into float32. Raises TypeError for complex
    numbers.
    Derivative: a cotangent g is the cotangent real(g) of `real` and imag(g) of `imag`.

    >>> T.complex([1.0, 2.0], 3.0).eval()
    array([1.+3.j, 2.+3.j])
    """
    return s.complex(real, imag)


def complex_from_polar(abs: TensorLike, angle: TensorLike) -> Variable:
    """Compose complex numbers abs * exp(1j * angle) element by element.

    abs, angle: real numbers; shapes broadcast. The angle is in radians; a negative `abs` points the
        other way.
    Returns complex128, or complex64 of operands that fit into float32. Raises TypeError for complex
    numbers.
    Derivative: exp(1j * angle) by `abs`, 1j times the value by `angle`.

    >>> T.complex_from_polar([1.0, 2.0], [0.0, T.pi / 2]).eval().round(6)
    array([1.+0.j, 0.+2.j])
    """
    return s.complex_from_polar(abs, angle)


__all__ = [
    "angle",
    "complex",
    "complex_from_polar",
    "conj",
    "imag",
    "real",
]
