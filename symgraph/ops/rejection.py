"""Random numbers that need an unknown number of random bits, exactly by rejection.

All are functions of a key, a counter, a part and parameters. Attempt t of an element takes its bits
from the part `part + t` of its own counter (two parts an attempt for gamma), so that the number of
attempts of one element changes no other. All is computed in float64. Where a parameter is not
valid, the result is nan, which as an integer is -1.

Sources: gamma: Marsaglia and Tsang, ACM TOMS 26 (2000); Poisson from a mean of 10 on: PTRS of
Hoermann, Insurance: Mathematics and Economics 12 (1993); binomial from a mean of 10 on: BTRS of
Hoermann, J. Statist. Comput. Simul. 46 (1993). Below these means: inversion by summing the
probabilities up to a uniform number of 53 bits.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgraph.graph import LazyModule
from symgraph.ops.elemwise import elementwise
from symgraph.ops.philox import pair
from symgraph.ops.scalar import REALS, declare

special = LazyModule("scipy.special")

# The mean from which on rejection is used.
LARGE_MEAN = 10.0
# For means below it, larger values have a probability below 1e-100.
LAST_SUMMED = 160
Array = Any


def uniform53(bits: Array) -> Array:
    """Return uniform numbers in [0, 1)."""
    return (bits >> np.uint64(11)).astype("float64") * 2.0**-53


def positive53(bits: Array) -> Array:
    """Return uniform numbers in (0, 1], with all digits of the smallest."""
    return np.maximum(bits.astype("float64") * 2.0**-64, 2.0**-65)


class _Source:
    """The bits of the elements that are still without a result."""

    def __init__(self, key: Array, counter: Array, part: Array) -> None:
        self.key, self.counter, self.part = key, counter, part

    def take(self, still: Array) -> "_Source":
        return _Source(self.key[still], self.counter[still], self.part[still])

    def both(self, step: int) -> tuple[Array, Array]:
        part = self.part + np.uint64(step)
        first, second = (pair(self.key, self.counter, part, word) for word in (0, 2))
        return first, second


# attempt(source, number, parameters): which elements are accepted, and the values.
Attempt = Callable[[_Source, int, Sequence[Array]], tuple[Array, Array]]


def _until_accepted(attempt: Attempt, source: _Source, parameters: Sequence[Array]) -> Array:
    """Return the first accepted value of each element."""
    result = np.empty(source.counter.shape)
    still, number = np.arange(result.size), 0
    while still.size:
        accepted, values = attempt(source.take(still), number, [p[still] for p in parameters])
        result[still[accepted]] = values[accepted]
        still, number = still[~accepted], number + 1
    return result


def _flat(*arrays: Array) -> tuple[list[Array], tuple[int, ...]]:
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    return [np.broadcast_to(a, shape).ravel() for a in arrays], shape


# --- gamma ---


def _gamma_attempt(
    source: _Source, number: int, parameters: Sequence[Array]
) -> tuple[Array, Array]:
    (d,) = parameters
    first, second = source.both(2 * number)
    third, _ = source.both(2 * number + 1)
    radius = np.sqrt(np.log(positive53(first)) * -2.0)
    x = radius * np.cos(uniform53(second) * (2 * np.pi))
    root = 1.0 + x / np.sqrt(9.0 * d)
    v = root * root * root
    log_v = np.log(np.where(v > 0, v, 1.0))
    accepted = (v > 0) & (np.log(positive53(third)) < 0.5 * x * x + d - d * v + d * log_v)
    return accepted, np.log(d) + log_v


def log_gamma_sample(key: Array, counter: Array, part: Array, shape: Array) -> Array:
    """Return the logarithm of a number of the gamma distribution of this shape and scale 1."""
    (key, counter, part, shape), whole = _flat(key, counter, part, shape)
    result = np.where(shape == 0, -np.inf, np.nan)
    good = np.flatnonzero((shape > 0) & (shape < np.inf))
    source, a = _Source(key, counter, part).take(good), shape[good]
    # For shapes a below 1: a number of the shape a + 1, times u ** (1 / a).
    small = a < 1
    found = _until_accepted(_gamma_attempt, source, [np.where(small, a + 1, a) - 1 / 3])
    _, spare = source.both(1)
    result[good] = found + np.where(small, np.log(positive53(spare)) / a, 0.0)
    return result.reshape(whole)


# --- Poisson ---


def _poisson_attempt(
    source: _Source, number: int, parameters: Sequence[Array]
) -> tuple[Array, Array]:
    (mean,) = parameters
    b = 0.931 + 2.53 * np.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    first, second = source.both(number)
    u, v = uniform53(first) - 0.5, positive53(second)
    us = 0.5 - np.abs(u)
    k = np.floor((2.0 * a / us + b) * u + mean + 0.43)
    quick = (us >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2.0))
    possible = (k >= 0) & ~((us < 0.013) & (v > us))
    left = np.log(v * inverse_alpha / (a / (us * us) + b))
    right = k * np.log(mean) - mean - special.gammaln(np.where(k >= 0, k, 0.0) + 1.0)
    return quick | (possible & (left <= right)), k


def _summed(u: Array, first: Array, ratio: Callable[[int], Array]) -> Array:
    """Return the number of partial sums of probabilities that u is not below; `ratio(k)` is the
    probability of k divided by that of k - 1."""
    result, p, total = np.zeros(u.shape), first, first
    for k in range(1, LAST_SUMMED + 1):
        above = u >= total
        if not above.any():
            break
        result += above
        p = p * ratio(k)
        total = total + p
    return result


def poisson_sample(key: Array, counter: Array, part: Array, mean: Array) -> Array:
    """Return a number of the Poisson distribution, as float64."""
    (key, counter, part, mean), whole = _flat(key, counter, part, mean)
    result = np.full(mean.shape, np.nan)
    source = _Source(key, counter, part)
    small = np.flatnonzero((mean >= 0) & (mean < LARGE_MEAN))
    m = mean[small]
    u = uniform53(source.take(small).both(0)[0])
    result[small] = _summed(u, np.exp(-m), lambda k: m / k)
    large = np.flatnonzero((mean >= LARGE_MEAN) & (mean < 2.0**62))
    result[large] = _until_accepted(_poisson_attempt, source.take(large), [mean[large]])
    return result.reshape(whole)


# --- binomial ---


def _binomial_attempt(
    source: _Source, number: int, parameters: Sequence[Array]
) -> tuple[Array, Array]:
    n, p = parameters
    q = 1.0 - p
    spread = np.sqrt(n * p * q)
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    alpha = (2.83 + 5.1 / b) * spread
    middle = np.floor((n + 1.0) * p)
    first, second = source.both(number)
    u, v = uniform53(first) - 0.5, positive53(second)
    us = 0.5 - np.abs(u)
    k = np.floor((2.0 * a / us + b) * u + (n * p + 0.5))
    quick = (us >= 0.07) & (v <= 0.92 - 4.2 / b)
    possible = (k >= 0) & (k <= n)
    inside = np.where(possible, k, 0.0)
    left = np.log(v * alpha / (a / (us * us) + b))
    g = special.gammaln
    right = (g(middle + 1.0) + g(n - middle + 1.0)) - (g(inside + 1.0) + g(n - inside + 1.0))
    right = right + (inside - middle) * np.log(p / q)
    return quick | (possible & (left <= right)), k


def binomial_sample(key: Array, counter: Array, part: Array, n: Array, p: Array) -> Array:
    """Return the number of successes among n attempts of probability p, as float64."""
    (key, counter, part, n, p), whole = _flat(key, counter, part, n, p)
    result = np.full(n.shape, np.nan)
    n = np.floor(n)
    flipped = p > 0.5
    low = np.where(flipped, 1.0 - p, p)
    valid = (n >= 0) & (n < 2.0**62) & (p >= 0) & (p <= 1)
    source = _Source(key, counter, part)
    small = np.flatnonzero(valid & (n * low < LARGE_MEAN))
    m, s = n[small], low[small]
    u, odds = uniform53(source.take(small).both(0)[0]), s / (1.0 - s)
    first = np.exp(m * np.log1p(-s))
    found = _summed(u, first, lambda k: np.maximum(m + 1.0 - k, 0.0) / k * odds)
    result[small] = np.minimum(found, m)
    large = np.flatnonzero(valid & (n * low >= LARGE_MEAN))
    parameters = [n[large], low[large]]
    result[large] = _until_accepted(_binomial_attempt, source.take(large), parameters)
    return np.where(flipped, n - result, result).reshape(whole)


def _float64(dtypes: Sequence[str]) -> str:
    return "float64"


def _operands(dtypes: Sequence[str]) -> Sequence[str]:
    return ("uint64",) * 3 + ("float64",) * (len(dtypes) - 3)


draw_log_gamma, draw_poisson, draw_binomial = (
    elementwise(
        declare(name, numpy, None, arity=arity, result=_float64, operand=_operands, takes=REALS)
    )
    for name, numpy, arity in (
        ("draw_log_gamma", log_gamma_sample, 4),
        ("draw_poisson", poisson_sample, 4),
        ("draw_binomial", binomial_sample, 5),
    )
)
