"""Special functions of mathematics, as in SciPy: error and gamma functions, and logarithms.

Bessel functions are in `bessel`, incomplete gamma and beta functions in `incomplete`.
"""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops import scalar_table as s
from symgraph.ops import special_table
from symgraph.ops.constant import TensorLike, as_tensors


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


def erfcx(x: TensorLike) -> Variable:
    """Compute exp(x ** 2) * erfc(x) of each element, finite where erfc underflows.

    x: real numbers of any shape; below about -26.6 the result is inf.
    Returns floats of the shape of x. Raises TypeError for complex numbers. Within 8 units in the
    last place of scipy.special.erfcx.
    Derivative: 2 * x * erfcx(x) - 2 / sqrt(pi); an asymptotic series of it for x > 25.

    >>> T.erfcx([0.0, 100.0]).eval()
    array([1.        , 0.00564161])
    """
    return special_table.erfcx(x)


def erfcinv(x: TensorLike) -> Variable:
    """Compute the number whose complementary error function each element is.

    x: real numbers of any shape; 0 gives inf, 2 -inf, and numbers beyond them nan.
    Returns floats of the shape of x. Raises TypeError for complex numbers. Within 8 units in the
    last place of scipy.special.erfcinv, and within as many of 1 where |erfcinv(x)| < 1.
    Derivative: -sqrt(pi) / 2 * exp(erfcinv(x) ** 2).

    >>> T.erfcinv([0.5, 1e-100]).eval()
    array([ 0.47693628, 15.0655747 ])
    """
    return special_table.erfcinv(x)


def logit(x: TensorLike) -> Variable:
    """Compute log(x / (1 - x)) of each element, the inverse of the logistic function.

    x: real numbers of any shape; 0 gives -inf, 1 inf, and numbers beyond them nan.
    Returns floats of the shape of x. Raises TypeError for complex numbers. Within 8 units in the
    last place of the exact value, also around the zero at 1/2.
    Derivative: 1 / (x * (1 - x)).

    >>> T.logit([0.5, 0.75]).eval()
    array([0.        , 1.09861229])
    """
    return special_table.logit(x)


def log1mexp(x: TensorLike) -> Variable:
    """Compute log(1 - exp(x)) of each element without cancellation.

    x: real numbers of any shape; 0 gives -inf, positive ones nan.
    Returns floats of the shape of x. Raises TypeError for complex numbers. Within 8 units in the
    last place. Source: M. Maechler, Accurately computing log(1 - exp(-|a|)), 2012.
    Derivative: -exp(x) / (1 - exp(x)).

    >>> T.log1mexp([-1.0, -1e-20]).eval()
    array([ -0.45867515, -46.05170186])
    """
    return special_table.log1mexp(x)


def log1pexp(x: TensorLike) -> Variable:
    """Compute log(1 + exp(x)) of each element without overflow: another name of `softplus`.

    x: real numbers of any shape.
    Returns floats of the shape of x. Raises TypeError for complex numbers.
    Derivative: sigmoid(x).

    >>> T.log1pexp([0.0, 1000.0]).eval()
    array([6.93147181e-01, 1.00000000e+03])
    """
    return s.softplus(x)


def xlogx(x: TensorLike) -> Variable:
    """Compute x * log(x) of each element, which is 0 where x is 0.

    x: real numbers of any shape; negative ones give nan.
    Returns floats of the shape of x. Raises TypeError for complex numbers.
    Derivative: log(x) + 1.

    >>> T.xlogx([0.0, 2.0]).eval()
    array([0.        , 1.38629436])
    """
    return special_table.xlogx(x)


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
    Returns floats of the shape of x. Raises TypeError for complex numbers.
    Derivative: polygamma(2, x).

    >>> T.tri_gamma([1.0, 2.0]).eval()
    array([1.64493407, 0.64493407])
    """
    return s.tri_gamma(x)


def digamma(x: TensorLike) -> Variable:
    """Compute the digamma function of each element: another name of `psi`.

    x: real numbers of any shape.
    Returns floats of the shape of x. Raises TypeError for complex numbers.
    Derivative: tri_gamma(x).

    >>> T.digamma([1.0, 2.0]).eval()
    array([-0.57721566,  0.42278434])
    """
    return s.psi(x)


def polygamma(n: TensorLike, x: TensorLike) -> Variable:
    """Compute the derivative of order n of the digamma function element by element.

    n: the order: whole numbers from 0; others give nan.
    x: real numbers; shapes broadcast. 0 and negative whole numbers are poles.
    Returns floats of the common dtype. Raises TypeError for complex numbers. For 0 < x, and orders
    up to 100, within a relative error of 2e-13 (float32: 2e-6) of scipy.special.polygamma; for
    negative x within as much of the largest term of the series.
    Derivative: polygamma(n + 1, x) by x; undefined by n. Source: Abramowitz and Stegun 6.4.10.

    >>> T.polygamma([0, 1, 2], 1.0).eval()
    array([-0.57721566,  1.64493407, -2.40411381])
    """
    return special_table.polygamma(n, x)


def betaln(a: TensorLike, b: TensorLike) -> Variable:
    """Compute log|beta(a, b)| element by element: gammaln(a) + gammaln(b) - gammaln(a + b).

    a, b: real numbers; shapes broadcast.
    Returns floats of the common dtype. Raises TypeError for complex numbers. The error is a few
    units in the last place of the largest of the three terms.
    Derivative: psi(a) - psi(a + b) by a, and likewise by b.

    >>> T.betaln(2.0, [3.0, 4.0]).eval()
    array([-2.48490665, -2.99573227])
    """
    a, b = as_tensors(a, b)
    return s.gammaln(a) + s.gammaln(b) - s.gammaln(a + b)


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
    "betaln",
    "digamma",
    "erf",
    "erfc",
    "erfcinv",
    "erfcx",
    "erfinv",
    "gamma",
    "gammaln",
    "log1mexp",
    "log1pexp",
    "logit",
    "polygamma",
    "psi",
    "tri_gamma",
    "xlogx",
    "xlogy",
]
