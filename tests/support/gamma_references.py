"""gamma, log|gamma|, digamma and trigamma in long double arithmetic: scipy's lose digits next to
zeros and poles.

From the series about 1 (Abramowitz and Stegun 6.1.33, 6.3.14) for |z| <= 1/2, the recurrence up
to 20, Stirling's series beyond, and reflection below zero.
"""

from functools import cache

import numpy as np

WIDE = np.longdouble
PI = WIDE("3.14159265358979323846264338327950288")
EULER = WIDE("0.57721566490153286060651209008240243")
# Bernoulli numbers B2, B4, ... of the asymptotic series.
FRACTIONS = ((1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510))
BERNOULLI = [WIDE(p) / WIDE(q) for p, q in FRACTIONS]
LARGE = 20
TERMS = range(2, 75)
STEPS = 400


@cache
def zeta_less_one(k: int, steps: int = 200) -> WIDE:
    """zeta(k) - 1 by the sum of Euler and Maclaurin."""
    n = np.arange(2, steps, dtype=WIDE)
    total = np.sum(n[::-1] ** WIDE(-k))
    end, rising, factorial = WIDE(steps), WIDE(k), WIDE(2)
    total += end ** (1 - k) / (k - 1) + end ** WIDE(-k) / 2
    for j, b in enumerate(BERNOULLI[:4], start=1):
        total += b * rising / factorial * end ** WIDE(-k - 2 * j + 1)
        rising *= (k + 2 * j - 1) * (k + 2 * j)
        factorial *= (2 * j + 1) * (2 * j + 2)
    return total


def _near_one(x):
    """(z, steps): x = 1 + z + (an integer), |z| <= 1/2."""
    whole = np.rint(x) - 1
    return x - 1 - whole, whole.astype(int)


def _power_series(x, coefficients):
    total = 0
    for c in reversed(coefficients):
        total = total * x + c
    return total


def gammaln(x):
    x = np.asarray(x, WIDE)
    with np.errstate(all="ignore"):
        a = abs(x)
        reflected = np.log(PI / abs(a * np.sin(PI * (a - np.rint(a))))) - _gammaln_positive(a)
        return np.where(x > 0, _gammaln_positive(a), reflected)


def _gammaln_positive(x):
    z, steps = _near_one(np.minimum(x, LARGE))
    series = _power_series(-z, [zeta_less_one(k) / k for k in TERMS])
    near = z * (1 - EULER) - np.log1p(z) + z * z * series
    for step in range(LARGE):
        near = near + np.where(step < steps, np.log1p(z + np.where(step < steps, step, 0)), 0)
    near = np.where(steps < 0, near - np.log(x), near)
    far = (x - WIDE(0.5)) * np.log(x) - x + np.log(2 * PI) / 2
    for j, b in enumerate(BERNOULLI, start=1):
        far = far + b / (2 * j * (2 * j - 1)) / x ** (2 * j - 1)
    return np.where(x < LARGE, near, np.where(np.isinf(x), x, far))


def psi(x):
    x = np.asarray(x, WIDE)
    with np.errstate(all="ignore"):
        a = abs(x)
        reflected = _psi_positive(a) + 1 / a + PI / np.tan(PI * (a - np.rint(a)))
        return np.where(x > 0, _psi_positive(a), reflected)


def _psi_positive(x):
    z, steps = _near_one(np.minimum(x, LARGE))
    series = _power_series(-z, [zeta_less_one(k) for k in TERMS])
    near = (1 - EULER) - 1 / (1 + z) + z * series
    for step in range(LARGE):
        near = near + np.where(step < steps, 1 / (1 + z + step), 0)
    near = np.where(steps < 0, near - 1 / x, near)
    far = np.log(x) - 1 / (2 * x)
    for j, b in enumerate(BERNOULLI, start=1):
        far = far - b / (2 * j) / x ** (2 * j)
    return np.where(x < LARGE, near, np.where(np.isinf(x), x, far))


def gamma(x):
    """Of positive numbers."""
    with np.errstate(all="ignore"):
        return np.exp(gammaln(x))


def tri_gamma(x):
    """The sum of 1 / (x + k)**2, its tail by the formula of Euler and Maclaurin, and reflection."""
    x = np.asarray(x, WIDE)
    with np.errstate(all="ignore"):
        a = np.where(x > 0, x, 1 - x)
        total = sum(1 / (a + k) ** 2 for k in reversed(range(STEPS)))
        end = a + STEPS
        total = total + 1 / end + 1 / (2 * end**2) + 1 / (6 * end**3) - 1 / (30 * end**5)
        reflected = (PI / np.sin(PI * (x - np.rint(x)))) ** 2 - total
        return np.where(x > 0, total, reflected)
