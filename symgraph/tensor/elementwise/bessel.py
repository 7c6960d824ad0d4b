"""Bessel functions, as in SciPy."""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops import special_table as s
from symgraph.ops.constant import TensorLike


def j0(x: TensorLike) -> Variable:
    """Compute the Bessel function of the first kind and order 0 of each element.

    x: real numbers of any shape.
    Returns floats of the shape of x. Raises TypeError for complex numbers. The error is at most 8
    units in the last place of sqrt(2 / (pi * x)) for large x, and of 1 for small ones: near a zero
    only the absolute error is small.
    Derivative: -j1(x).

    >>> T.j0([0.0, 1.0]).eval()
    array([1.        , 0.76519769])
    """
    return s.j0(x)


def j1(x: TensorLike) -> Variable:
    """Compute the Bessel function of the first kind and order 1 of each element.

    x: real numbers of any shape.
    Returns floats of the shape of x. Raises TypeError for complex numbers. The error is at most 8
    units in the last place of sqrt(2 / (pi * x)) for large x, and of 1 for small ones: near a zero
    only the absolute error is small.
    Derivative: (j0(x) - jv(2, x)) / 2.

    >>> T.j1([0.0, 1.0]).eval()
    array([0.        , 0.44005059])
    """
    return s.j1(x)


def i0(x: TensorLike) -> Variable:
    """Compute the modified Bessel function of the first kind and order 0 of each element.

    x: real numbers of any shape.
    Returns floats of the shape of x. Raises TypeError for complex numbers. Within 8
    units in the last place.
    Derivative: i1(x).

    >>> T.i0([0.0, 1.0]).eval()
    array([1.        , 1.26606588])
    """
    return s.i0(x)


def i1(x: TensorLike) -> Variable:
    """Compute the modified Bessel function of the first kind and order 1 of each element.

    x: real numbers of any shape.
    Returns floats of the shape of x. Raises TypeError for complex numbers. Within 8
    units in the last place.
    Derivative: (i0(x) + iv(2, x)) / 2.

    >>> T.i1([0.0, 1.0]).eval()
    array([0.       , 0.5651591])
    """
    return s.i1(x)


def jv(v: TensorLike, x: TensorLike) -> Variable:
    """Compute the Bessel function of the first kind and of order v element by element.

    v: the order, any real number.
    x: real numbers; shapes broadcast. Negative ones give nan unless v is whole.
    Returns floats of the common dtype. Raises TypeError for complex numbers. Compare
    scipy.special.jv.
    Derivative: (jv(v - 1, x) - jv(v + 1, x)) / 2 by x; undefined by v.
    Source: Abramowitz and Stegun 9.1.27.

    >>> T.jv([0.0, 0.5], 1.0).eval()
    array([0.76519769, 0.67139671])
    """
    return s.jv(v, x)


def iv(v: TensorLike, x: TensorLike) -> Variable:
    """Compute the modified Bessel function of the first kind and of order v element by element.

    v: the order, any real number.
    x: real numbers; shapes broadcast. Negative ones give nan unless v is whole.
    Returns floats of the common dtype. Raises TypeError for complex numbers. Compare
    scipy.special.iv.
    Derivative: (iv(v - 1, x) + iv(v + 1, x)) / 2 by x; undefined by v.
    Source: Abramowitz and Stegun 9.6.26.

    >>> T.iv([0.0, 0.5], 1.0).eval()
    array([1.26606588, 0.93767489])
    """
    return s.iv(v, x)


__all__ = [
    "i0",
    "i1",
    "iv",
    "j0",
    "j1",
    "jv",
]
