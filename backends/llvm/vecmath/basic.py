"""Roots, rounding, extremes: functions of one or two instructions."""

from symgraph.backends.llvm.vecmath.values import INF, Num, fma, where


def sqrt(x: Num) -> Num:
    return x.sqrt()


def fabs(x: Num) -> Num:
    return abs(x)


def floor(x: Num) -> Num:
    return x.intrinsic("llvm.floor")


def ceil(x: Num) -> Num:
    return x.intrinsic("llvm.ceil")


def trunc(x: Num) -> Num:
    return x.intrinsic("llvm.trunc")


def rint(x: Num) -> Num:
    """Round to the nearest integer, half to even."""
    return x.intrinsic("llvm.rint")


def round_half_away(x: Num) -> Num:
    """Round to the nearest integer, half away from zero."""
    return x.intrinsic("llvm.round")


def copysign(x: Num, y: Num) -> Num:
    return x.intrinsic("llvm.copysign", y)


def maximum(x: Num, y: Num) -> Num:
    """Return the larger; nan if either is (the first nan of the two); the first of equals, as
    NumPy."""
    return where((x >= y) | x.is_nan(), x, y)


def minimum(x: Num, y: Num) -> Num:
    """Return the smaller; nan if either is (the first nan of two); the first of equals, as
    NumPy."""
    return where((x <= y) | x.is_nan(), x, y)


def sign(x: Num) -> Num:
    """Return -1, 0 or 1; nan for nan; 0 for a zero of either sign, as NumPy."""
    one = where(x > 0.0, x.constant(1.0), where(x < 0.0, x.constant(-1.0), 0.0))
    return where(x.is_nan(), x, one)


def hypot(x: Num, y: Num) -> Num:
    """Return sqrt(x^2 + y^2) without overflow; inf if either is infinite, even beside nan."""
    a, b = abs(x), abs(y)
    large, small = where(a > b, a, b), where(a > b, b, a)
    half, digits = x.format.bias // 2 - 1, x.format.mantissa + 1
    up, down = large.constant(2.0 ** (half + digits)), large.constant(2.0 ** -(half + digits))
    # Scaled so that no square overflows and no significant one falls below the normal range.
    huge, tiny = large > 2.0**half, large < 2.0 ** (digits - half)
    factor = where(huge, down, where(tiny, up, 1.0))
    back = where(huge, up, where(tiny, down, 1.0))
    p, q = large * factor, small * factor
    root = fma(p, p, q * q).sqrt() * back
    return where(a.equals(INF) | b.equals(INF), INF, root)
