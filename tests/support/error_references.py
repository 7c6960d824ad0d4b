"""Error functions in long double arithmetic: the inverse ones by Newton's steps."""

import numpy as np
from scipy import special

WIDE = np.longdouble
TWO_OVER_SQRT_PI = 2 / np.sqrt(WIDE("3.14159265358979323846264338327950288"))
# From here on erfc comes from its continued fraction (Abramowitz and Stegun 7.1.14).
FAR = 2.5


def _erf(y):
    """A sum of positive terms (Abramowitz and Stegun 7.1.6)."""
    term = total = y
    for n in range(1, 100):
        term = term * 2 * y * y / (2 * n + 1)
        total = total + term
    return TWO_OVER_SQRT_PI * np.exp(-y * y) * total


def _erfcx(y):
    fraction = y
    for n in range(200, 0, -1):
        fraction = y + WIDE(n) / 2 / fraction
    return TWO_OVER_SQRT_PI / 2 / fraction


def _erfc(y):
    return np.exp(-y * y) * _erfcx(y)


def erfcx(x):
    """Of numbers of double precision."""
    x = np.asarray(x, WIDE)
    with np.errstate(all="ignore"):
        near = np.exp(x * x) * (1 - _erf(np.clip(x, -FAR, FAR)))
        below = 2 * np.exp(x * x) - _erfcx(np.maximum(-x, FAR))
        return np.where(x < -FAR, below, np.where(x < 1, near, _erfcx(np.maximum(x, 1))))


def erfcinv(x):
    """Of numbers of double precision from 1e-300 to 2."""
    x = np.asarray(x, WIDE)
    with np.errstate(all="ignore"):
        small = np.minimum(x, WIDE(0.1))
        y = special.erfcinv(small.astype("float64")).astype(WIDE)
        for _ in range(2):
            # A step for log erfc(y), whose slope is that of erfc, divided by it.
            scaled = _erfcx(y)
            y = y - (np.log(scaled) - y * y - np.log(small)) * scaled / -TWO_OVER_SQRT_PI
        return np.where(x < 0.1, y, erfinv(1 - x))


def erfinv(x):
    """Of numbers of double precision."""
    x = np.asarray(x, WIDE)
    with np.errstate(all="ignore"):
        a = abs(x)
        y = start = special.erfinv(a.astype("float64")).astype(WIDE)
        for _ in range(2):
            slope = TWO_OVER_SQRT_PI * np.exp(-y * y)
            near = _erf(np.minimum(y, FAR)) - a
            far = (1 - a) - _erfc(np.maximum(y, FAR))
            y = y - np.where(y < FAR, near, far) / slope
        return np.copysign(np.where(np.isfinite(start), y, start), x)
