"""Trigonometric and hyperbolic functions, angles in radians."""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops import scalar_table as s
from symgraph.ops.constant import TensorLike


def sin(x: TensorLike) -> Variable:
    """Compute the sine of each element, an angle in radians.

    x: numbers of any shape.
    Returns floats of the shape of x.
    Derivative: cos(x).

    >>> T.sin([0.0, 1.0]).eval()
    array([0.        , 0.84147098])
    """
    return s.sin(x)


def cos(x: TensorLike) -> Variable:
    """Compute the cosine of each element, an angle in radians.

    x: numbers of any shape.
    Returns floats of the shape of x.
    Derivative: -sin(x).

    >>> T.cos([0.0, 1.0]).eval()
    array([1.        , 0.54030231])
    """
    return s.cos(x)


def tan(x: TensorLike) -> Variable:
    """Compute the tangent of each element, an angle in radians.

    x: numbers of any shape.
    Returns floats of the shape of x.
    Derivative: 1 + tan(x) ** 2.

    >>> T.tan([0.0, 1.0]).eval()
    array([0.        , 1.55740772])
    """
    return s.tan(x)


def arcsin(x: TensorLike) -> Variable:
    """Compute the angle, from -pi / 2 to pi / 2, whose sine each element is.

    x: numbers of any shape; a real number outside [-1, 1] gives nan.
    Returns floats of the shape of x.
    Derivative: 1 / sqrt(1 - x ** 2).

    >>> T.arcsin([0.0, 1.0]).eval()
    array([0.        , 1.57079633])
    """
    return s.arcsin(x)


def arccos(x: TensorLike) -> Variable:
    """Compute the angle, from 0 to pi, whose cosine each element is.

    x: numbers of any shape; a real number outside [-1, 1] gives nan.
    Returns floats of the shape of x.
    Derivative: -1 / sqrt(1 - x ** 2).

    >>> T.arccos([0.0, 1.0]).eval()
    array([1.57079633, 0.        ])
    """
    return s.arccos(x)


def arctan(x: TensorLike) -> Variable:
    """Compute the angle, between -pi / 2 and pi / 2, whose tangent each element is.

    x: numbers of any shape.
    Returns floats of the shape of x.
    Derivative: 1 / (1 + x ** 2).

    >>> T.arctan([0.0, 1.0]).eval()
    array([0.        , 0.78539816])
    """
    return s.arctan(x)


def arctan2(y: TensorLike, x: TensorLike) -> Variable:
    """Compute the angle, from -pi to pi, of the point (x, y), element by element.

    y, x: real numbers; shapes broadcast. The ordinate comes first, as in NumPy.
    Returns floats of the common dtype. Raises TypeError for complex numbers.
    Derivative: x / (x ** 2 + y ** 2) by y, -y / (x ** 2 + y ** 2) by x, and 0 at the origin.

    >>> T.arctan2([1.0, -1.0], [-1.0, 1.0]).eval()
    array([ 2.35619449, -0.78539816])
    """
    return s.arctan2(y, x)


def sinh(x: TensorLike) -> Variable:
    """Compute the hyperbolic sine (exp(x) - exp(-x)) / 2 of each element.

    x: numbers of any shape.
    Returns floats of the shape of x.
    Derivative: cosh(x).

    >>> T.sinh([0.0, 1.0]).eval()
    array([0.        , 1.17520119])
    """
    return s.sinh(x)


def cosh(x: TensorLike) -> Variable:
    """Compute the hyperbolic cosine (exp(x) + exp(-x)) / 2 of each element.

    x: numbers of any shape.
    Returns floats of the shape of x.
    Derivative: sinh(x).

    >>> T.cosh([0.0, 1.0]).eval()
    array([1.        , 1.54308063])
    """
    return s.cosh(x)


def tanh(x: TensorLike) -> Variable:
    """Compute the hyperbolic tangent sinh(x) / cosh(x) of each element, from -1 to 1.

    x: numbers of any shape.
    Returns floats of the shape of x.
    Derivative: 1 - tanh(x) ** 2.

    >>> T.tanh([0.0, 1.0]).eval()
    array([0.        , 0.76159416])
    """
    return s.tanh(x)


def arcsinh(x: TensorLike) -> Variable:
    """Compute the number whose hyperbolic sine each element is.

    x: numbers of any shape.
    Returns floats of the shape of x.
    Derivative: 1 / sqrt(x ** 2 + 1).

    >>> T.arcsinh([0.0, 1.0]).eval()
    array([0.        , 0.88137359])
    """
    return s.arcsinh(x)


def arccosh(x: TensorLike) -> Variable:
    """Compute the number, at least 0, whose hyperbolic cosine each element is.

    x: numbers of any shape; a real number below 1 gives nan.
    Returns floats of the shape of x.
    Derivative: 1 / (sqrt(x - 1) * sqrt(x + 1)).

    >>> T.arccosh([1.0, 2.0]).eval()
    array([0.       , 1.3169579])
    """
    return s.arccosh(x)


def arctanh(x: TensorLike) -> Variable:
    """Compute the number whose hyperbolic tangent each element is.

    x: numbers of any shape; 1 gives inf, -1 -inf, and a real number beyond them nan.
    Returns floats of the shape of x.
    Derivative: 1 / (1 - x ** 2).

    >>> T.arctanh([0.0, 0.5]).eval()
    array([0.        , 0.54930614])
    """
    return s.arctanh(x)


def deg2rad(x: TensorLike) -> Variable:
    """Convert each element from degrees to radians: x * pi / 180.

    x: real numbers of any shape.
    Returns floats of the shape of x. Raises TypeError for complex numbers.
    Derivative: pi / 180.

    >>> T.deg2rad([0.0, 180.0]).eval()
    array([0.        , 3.14159265])
    """
    return s.deg2rad(x)


def rad2deg(x: TensorLike) -> Variable:
    """Convert each element from radians to degrees: x * 180 / pi.

    x: real numbers of any shape.
    Returns floats of the shape of x. Raises TypeError for complex numbers.
    Derivative: 180 / pi.

    >>> T.rad2deg([0.0, np.pi]).eval()
    array([  0., 180.])
    """
    return s.rad2deg(x)


def hypot(x: TensorLike, y: TensorLike) -> Variable:
    """Compute sqrt(x ** 2 + y ** 2) element by element, without overflow.

    x, y: real numbers; shapes broadcast.
    Returns floats of the common dtype. Raises TypeError for complex numbers.
    Derivative: x / hypot(x, y) by x, y / hypot(x, y) by y, and 0 at the origin.

    >>> T.hypot([3.0, 5.0], [4.0, 12.0]).eval()
    array([ 5., 13.])
    """
    return s.hypot(x, y)


__all__ = [
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "cos",
    "cosh",
    "deg2rad",
    "hypot",
    "rad2deg",
    "sin",
    "sinh",
    "tan",
    "tanh",
]
