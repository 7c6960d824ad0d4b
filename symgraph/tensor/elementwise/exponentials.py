"""Exponentials, logarithms, and what is made of them."""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops import scalar_table as s
from symgraph.ops.constant import TensorLike


def exp(x: TensorLike) -> Variable:
    """Compute the exponential e ** x of each element.

    x: numbers of any shape.
    Returns floats of the shape of x.
    Derivative: exp(x).

    >>> T.exp([0.0, 1.0]).eval()
    array([1.        , 2.71828183])
    """
    return s.exp(x)


def exp2(x: TensorLike) -> Variable:
    """Compute 2 ** x of each element.

    x: numbers of any shape.
    Returns floats of the shape of x.
    Derivative: log(2) * 2 ** x.

    >>> T.exp2([1.0, 3.0]).eval()
    array([2., 8.])
    """
    return s.exp2(x)


def expm1(x: TensorLike) -> Variable:
    """Compute exp(x) - 1 of each element, precise also where x is near 0.

    x: numbers of any shape.
    Returns floats of the shape of x.
    Derivative: exp(x).

    >>> T.expm1([0.0, 1e-10]).eval()
    array([0.e+00, 1.e-10])
    """
    return s.expm1(x)


def log(x: TensorLike) -> Variable:
    """Compute the natural logarithm of each element.

    x: numbers of any shape; log(0) is -inf, and of a negative real number nan.
    Returns floats of the shape of x.
    Derivative: 1 / x.

    >>> T.log([1.0, 2.0]).eval()
    array([0.        , 0.69314718])
    """
    return s.log(x)


def log2(x: TensorLike) -> Variable:
    """Compute the logarithm of each element to the base 2.

    x: numbers of any shape; log2(0) is -inf, and of a negative real number nan.
    Returns floats of the shape of x.
    Derivative: 1 / (x * log(2)).

    >>> T.log2([1.0, 8.0]).eval()
    array([0., 3.])
    """
    return s.log2(x)


def log10(x: TensorLike) -> Variable:
    """Compute the logarithm of each element to the base 10.

    x: numbers of any shape; log10(0) is -inf, and of a negative real number nan.
    Returns floats of the shape of x.
    Derivative: 1 / (x * log(10)).

    >>> T.log10([1.0, 100.0]).eval()
    array([0., 2.])
    """
    return s.log10(x)


def log1p(x: TensorLike) -> Variable:
    """Compute log(1 + x) of each element, precise also where x is near 0.

    x: numbers of any shape; -1 gives -inf, and a real number below it nan.
    Returns floats of the shape of x.
    Derivative: 1 / (1 + x).

    >>> T.log1p([0.0, 1e-10]).eval()
    array([0.e+00, 1.e-10])
    """
    return s.log1p(x)


def logaddexp(x: TensorLike, y: TensorLike) -> Variable:
    """Compute log(exp(x) + exp(y)) element by element, without overflow.

    x, y: real numbers; shapes broadcast.
    Returns floats of the common dtype. Raises TypeError for complex numbers.
    Derivative: sigmoid(x - y) by x, sigmoid(y - x) by y.

    >>> T.logaddexp([0.0, 1000.0], 0.0).eval()
    array([6.93147181e-01, 1.00000000e+03])
    """
    return s.logaddexp(x, y)


def sigmoid(x: TensorLike) -> Variable:
    """Compute the logistic function 1 / (1 + exp(-x)) of each element, without overflow.

    x: real numbers of any shape.
    Returns floats from 0 to 1 of the shape of x. Raises TypeError for complex numbers.
    Derivative: sigmoid(x) * (1 - sigmoid(x)).

    >>> T.sigmoid([-1000.0, 0.0]).eval()
    array([0. , 0.5])
    """
    return s.sigmoid(x)


def softplus(x: TensorLike) -> Variable:
    """Compute log(1 + exp(x)) of each element, without overflow.

    x: real numbers of any shape.
    Returns floats of the shape of x. Raises TypeError for complex numbers.
    Derivative: sigmoid(x).

    >>> T.softplus([0.0, 1000.0]).eval()
    array([6.93147181e-01, 1.00000000e+03])
    """
    return s.softplus(x)


__all__ = [
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "sigmoid",
    "softplus",
]
