"""Bessel functions of whole orders in long double arithmetic: by the trapezoidal rule, whose error
vanishes exponentially, of Bessel's integral (Abramowitz and Stegun 9.1.21, 9.6.19)."""

import numpy as np

WIDE = np.longdouble
POINTS = 400
T = np.arange(POINTS, dtype=WIDE) * (2 * WIDE("3.14159265358979323846264338327950288") / POINTS)
# Beyond, there are too few points.
FARTHEST = 200.0


def oscillating(order, x):
    """J of the order, for |x| up to `FARTHEST`."""
    sines = np.sin(T)
    terms = [np.cos(order * t - x.astype(WIDE) * s) for t, s in zip(T, sines, strict=True)]
    return sum(terms) / POINTS


def growing(order, x):
    """I of the order, for any x whose value long doubles have; below 1, where the integral has an
    absolute error, by its power series (9.6.10)."""
    size = abs(x.astype(WIDE))
    near, term = 0, (size / 2) ** order
    for k in range(1, 20):
        near, term = near + term, term * (size / 2) ** 2 / (k * (k + order))
    terms = [np.exp(size * (np.cos(t) - 1)) * np.cos(order * t) for t in T]
    with np.errstate(all="ignore"):
        value = np.where(size < 1, near, sum(terms) / POINTS * np.exp(size))
    return np.copysign(value, x) if order % 2 else value
