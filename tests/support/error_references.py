"""The inverse error function in long double arithmetic, by Newton's steps."""

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


def _erfc(y):
    fraction = y
    for n in range(200, 0, -1):
        fraction = y + WIDE(n) / 2 / fraction
    return TWO_OVER_SQRT_PI / 2 * np.exp(-y * y) / fraction


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
