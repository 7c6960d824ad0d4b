"""Incomplete gamma and beta functions, as in SciPy."""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops import scalar_table, special_table
from symgraph.ops.constant import TensorLike, as_tensors


def gammainc(k: TensorLike, x: TensorLike) -> Variable:
    """Compute the regularised lower incomplete gamma function element by element.

    It is the integral of t ** (k - 1) * exp(-t) from 0 to x, divided by gamma(k).
    k: the shape, positive numbers.
    x: numbers from 0, whose shape broadcasts with that of k; other numbers give nan.
    Returns floats of the common dtype. Raises TypeError for complex numbers.
    Derivative: x ** (k - 1) * exp(-x) / gamma(k) by x; undefined by k.

    >>> T.gammainc(2.0, [0.0, 1.0]).eval()
    array([0.        , 0.26424112])
    """
    return special_table.gammainc(k, x)


def gammaincc(k: TensorLike, x: TensorLike) -> Variable:
    """Compute the regularised upper incomplete gamma function element by element.

    It is 1 - gammainc(k, x), precise also where gammainc(k, x) is near 1.
    k: the shape, positive numbers.
    x: numbers from 0, whose shape broadcasts with that of k; other numbers give nan.
    Returns floats of the common dtype. Raises TypeError for complex numbers.
    Derivative: -x ** (k - 1) * exp(-x) / gamma(k) by x; undefined by k.

    >>> T.gammaincc(2.0, [0.0, 1.0]).eval()
    array([1.        , 0.73575888])
    """
    return special_table.gammaincc(k, x)


def gammal(k: TensorLike, x: TensorLike) -> Variable:
    """Compute the lower incomplete gamma function element by element.

    It is the integral of t ** (k - 1) * exp(-t) from 0 to x: gammainc(k, x) * gamma(k).
    k: the shape, positive numbers.
    x: numbers from 0, whose shape broadcasts with that of k; other numbers give nan.
    Returns floats of the common dtype. Raises TypeError for complex numbers.
    Derivative: x ** (k - 1) * exp(-x) by x; undefined by k.

    >>> T.gammal(3.0, [0.0, 1.0]).eval()
    array([0.        , 0.16060279])
    """
    k, x = as_tensors(k, x)
    return special_table.gammainc(k, x) * scalar_table.gamma(k)


def gammau(k: TensorLike, x: TensorLike) -> Variable:
    """Compute the upper incomplete gamma function element by element.

    It is the integral of t ** (k - 1) * exp(-t) from x to inf: gammaincc(k, x) * gamma(k).
    k: the shape, positive numbers.
    x: numbers from 0, whose shape broadcasts with that of k; other numbers give nan.
    Returns floats of the common dtype. Raises TypeError for complex numbers.
    Derivative: -x ** (k - 1) * exp(-x) by x; undefined by k.

    >>> T.gammau(3.0, [0.0, 1.0]).eval()
    array([2.        , 1.83939721])
    """
    k, x = as_tensors(k, x)
    return special_table.gammaincc(k, x) * scalar_table.gamma(k)


def chi2sf(x: TensorLike, k: TensorLike) -> Variable:
    """Compute the probability that a chi-squared number of k degrees of freedom exceeds x.

    x: numbers from 0.
    k: the degrees of freedom, positive numbers; shapes broadcast.
    Returns floats of the common dtype: gammaincc(k / 2, x / 2). Raises TypeError for complex
    numbers. Compare scipy.stats.chi2.sf.
    Derivative: minus the density by x; undefined by k.

    >>> T.chi2sf([0.0, 2.0], 2.0).eval()
    array([1.        , 0.36787944])
    """
    x, k = as_tensors(x, k)
    return special_table.gammaincc(k * 0.5, x * 0.5)


def betainc(a: TensorLike, b: TensorLike, x: TensorLike) -> Variable:
    """Compute the regularised incomplete beta function element by element.

    It is the integral of t ** (a - 1) * (1 - t) ** (b - 1) from 0 to x, divided by beta(a, b).
    a, b: the shapes, positive numbers.
    x: numbers from 0 to 1; shapes broadcast.
    Returns floats of the common dtype; nan for x beyond 0 and 1. Raises TypeError for complex
    numbers. Compare scipy.special.betainc.
    Derivative: x ** (a - 1) * (1 - x) ** (b - 1) / beta(a, b) by x; undefined by a and b.

    >>> T.betainc(2.0, 3.0, [0.0, 0.5]).eval()
    array([0.    , 0.6875])
    """
    return special_table.betainc(a, b, x)


__all__ = [
    "betainc",
    "chi2sf",
    "gammainc",
    "gammaincc",
    "gammal",
    "gammau",
]
