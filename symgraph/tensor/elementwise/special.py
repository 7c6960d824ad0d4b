"""Special functions of mathematics, as in SciPy."""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops import scalar_table as s
from symgraph.ops.constant import TensorLike


def erf(x: TensorLike) -> Variable:
    """Compute the error function of each element.

    It is 2 / sqrt(pi) times the integral of exp(-t ** 2) from 0 to x.
    x: numbers of any shape.
    Returns floats of the shape of x. Compare scipy.special.erf.
    Derivative: 2 / sqrt(pi) * exp(-x ** 2).

    >>> T.erf([0.0, 1.0]).eval()
    array([0.        , 0.84270079])
    """
    return s.erf(x)


def erfc(x: TensorLike) -> Variable:
    """Compute 1 - erf(x) of each element, precise also where erf(x) is near 1.

    x: numbers of any shape.
    Returns floats of the shape of x. Compare scipy.special.erfc.
    Derivative: -2 / sqrt(pi) * exp(-x ** 2).

    >>> T.erfc([0.0, 1.0]).eval()
    array([1.        , 0.15729921])
    """
    return s.erfc(x)


def erfinv(x: TensorLike) -> Variable:
    """Compute the number whose error function each element is.

    x: real numbers of any shape; 1 gives inf, -1 -inf, and numbers beyond them nan.
    Returns floats of the shape of x. Raises TypeError for complex numbers.
    Derivative: sqrt(pi) / 2 * exp(erfinv(x) ** 2).

    >>> T.erfinv([0.0, 0.5]).eval()
    array([0.        , 0.47693628])
    """
    return s.erfinv(x)


def gamma(x: TensorLike) -> Variable:
    """Compute the gamma function of each element: (n - 1)! of a positive integer n.

    x: real numbers of any shape; 0 gives an infinite value, a negative integer nan.
    Returns floats of the shape of x. Raises TypeError for complex numbers.
    Derivative: gamma(x) * psi(x).

    >>> T.gamma([1.0, 5.0]).eval()
    array([ 1., 24.])
    """
    return s.gamma(x)


def gammaln(x: TensorLike) -> Variable:
    """Compute log|gamma(x)| of each element, without overflow.

    x: real numbers of any shape; 0 and negative integers give inf.
    Returns floats of the shape of x. Raises TypeError for complex numbers.
    Derivative: psi(x).

    >>> T.gammaln([1.0, 100.0]).eval()
    array([  0.        , 359.13420537])
    """
    return s.gammaln(x)


def psi(x: TensorLike) -> Variable:
    """Compute the digamma function of each element: the derivative of gammaln.

    x: real numbers of any shape.
    Returns floats of the shape of x. Raises TypeError for complex numbers.
    Derivative: tri_gamma(x).

    >>> T.psi([1.0, 2.0]).eval()
    array([-0.57721566,  0.42278434])
    """
    return s.psi(x)


def tri_gamma(x: TensorLike) -> Variable:
    """Compute the trigamma function of each element: the second derivative of gammaln.

    x: real numbers of any shape.
    Returns floats of the shape of x. Raises TypeError for complex numbers, and NotDifferentiable
    where its derivative is asked for.

    >>> T.tri_gamma([1.0, 2.0]).eval()
    array([1.64493407, 0.64493407])
    """
    return s.tri_gamma(x)


def xlogy(x: TensorLike, y: TensorLike) -> Variable:
    """Compute x * log(y) element by element, which is 0 where x is 0 whatever y is.

    x, y: numbers of any dtypes; shapes broadcast.
    Returns floats of the common dtype. Compare scipy.special.xlogy.
    Derivative: log(y) by x, x / y by y.

    >>> T.xlogy([0.0, 2.0], [0.0, 1.0]).eval()
    array([0., 0.])
    """
    return s.xlogy(x, y)


__all__ = [
    "erf",
    "erfc",
    "erfinv",
    "gamma",
    "gammaln",
    "psi",
    "tri_gamma",
    "xlogy",
]
