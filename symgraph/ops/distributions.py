"""Distributions as expressions of random bits.

Each is written once, as elementwise functions of the 128 bits that belong to an element, and so
runs in the loops of what uses it. From 64 bits come numbers of two kinds: `unit`, equally spaced
in [0, 1) with as many bits as the dtype's significand has; and `positive`, in (0, 1], whose
smallest values have all their digits, so that tails reach to probabilities of 2**-64.

A `Distribution` is standard: scales and locations are the business of who uses it, as ordinary
expressions, through which derivatives then pass. Where a parameter has no such form, the samples
have no derivative by it, and `why` tells the reason.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.constant import number
from symgraph.ops.philox import philox_high, philox_low
from symgraph.ops.rejection import draw_binomial, draw_log_gamma, draw_poisson
from symgraph.ops.scalar_table import (
    and_,
    cast,
    clip,
    cos,
    eq,
    erfinv,
    exp,
    isnan,
    log,
    log1p,
    lt,
    maximum,
    right_shift,
    sigmoid,
    sqrt,
    sub,
    switch,
)

JUMPS = "the samples jump where it changes"
UNKNOWN = "no expression of the samples by it is known"


@dataclass(frozen=True)
class Bits:
    """The random bits of each element: functions of a key and of the element's own counter."""

    key: Variable
    counter: Variable

    def low(self, part: int = 0) -> Variable:
        """64 bits, uint64."""
        return philox_low(self.key, self.counter, number(part, "uint64", self.counter.type.ndim))

    def high(self, part: int = 0) -> Variable:
        """64 other bits."""
        return philox_high(self.key, self.counter, number(part, "uint64", self.counter.type.ndim))


# expression(bits, parameters, dtype): the samples, in the dtype.
Expression = Callable[[Bits, Sequence[Variable], str], Variable]


@dataclass(frozen=True)
class Distribution:
    """`parameters` names what an expression takes besides the bits."""

    name: str
    expression: Expression
    parameters: tuple[str, ...] = ()
    why: str = ""


def unit(bits: Variable, dtype: str) -> Variable:
    """Numbers k / 2**m in [0, 1), m the number of bits of the dtype's significand."""
    digits = np.finfo(dtype).nmant + 1
    ndim = bits.type.ndim
    kept = right_shift(bits, number(64 - digits, "uint64", ndim))
    # As signed integers: the conversion is a single instruction on more processors.
    narrow = cast(kept, "int64" if digits > 31 else "int32")
    if dtype == "float16":
        return cast(cast(narrow, "float32") * number(2.0**-digits, "float32", ndim), dtype)
    return cast(narrow, dtype) * number(2.0**-digits, dtype, ndim)


def positive(bits: Variable, dtype: str) -> Variable:
    """Numbers in (0, 1], rounded from (k + 1/2) / 2**64 or about that."""
    ndim = bits.type.ndim
    scaled = cast(bits, dtype) * number(2.0**-64, dtype, ndim)
    return maximum(scaled, number(2.0**-65, dtype, ndim))


def _wide(dtype: str) -> str:
    """The dtype to compute in."""
    return "float64" if dtype == "float64" else "float32"


def _uniform(bits: Bits, _: Sequence[Variable], dtype: str) -> Variable:
    return unit(bits.low(), dtype)


def _normal(bits: Bits, _: Sequence[Variable], dtype: str, part: int = 0) -> Variable:
    """Box and Muller 1958: radius and angle of a point of the plane."""
    work = _wide(dtype)
    radius = sqrt(log(positive(bits.low(part), work)) * -2.0)
    return cast(radius * cos(unit(bits.high(part), work) * (2 * math.pi)), dtype)


def _exponential(bits: Bits, _: Sequence[Variable], dtype: str) -> Variable:
    """By inversion: -log of a uniform number. The zero is given its sign."""
    work = _wide(dtype)
    return cast(
        sub(number(0.0, work, bits.counter.type.ndim), log(positive(bits.low(), work))), dtype
    )


def _laplace(bits: Bits, _: Sequence[Variable], dtype: str) -> Variable:
    """By inversion on either side of 0."""
    work = _wide(dtype)
    size = log(positive(bits.low(), work))
    ndim = bits.counter.type.ndim
    is_left = eq(and_(bits.high(), number(1, "uint64", ndim)), number(0, "uint64", ndim))
    return cast(switch(is_left, size, -size), dtype)


def _gumbel(bits: Bits, _: Sequence[Variable], dtype: str) -> Variable:
    """By inversion, -log(-log(1 - v)): the long tail, on the right, has all its digits."""
    work = _wide(dtype)
    v = clip(positive(bits.low(), work), 2.0**-65, 1.0 - float(np.finfo(work).epsneg))
    return cast(-log(-log1p(-v)), dtype)


# Normal numbers are cut off at so many standard deviations, as by Theano and others.
TRUNCATED_AT = 2.0


def _truncated_normal(bits: Bits, _: Sequence[Variable], dtype: str) -> Variable:
    """By inversion between the two ends."""
    work = _wide(dtype)
    bound = math.erf(TRUNCATED_AT / math.sqrt(2))
    # The middle of each step: symmetric, and never an end.
    centred = unit(bits.low(), work) * 2.0 - (1.0 - float(np.finfo(work).epsneg))
    z = erfinv(centred * bound) * math.sqrt(2)
    return cast(clip(z, -TRUNCATED_AT, TRUNCATED_AT), dtype)


def _bernoulli(bits: Bits, parameters: Sequence[Variable], dtype: str) -> Variable:
    (p,) = parameters
    return cast(lt(unit(bits.low(), _wide(p.type.dtype)), p), dtype)


def _integers(bits: Bits, parameters: Sequence[Variable], dtype: str) -> Variable:
    """The high half of 64 bits times the number of values: each of r values comes with a
    probability that is off by less than 2**-64 (Lemire 2019, without its rejection)."""
    low, high = (cast(cast(parameter, "int64"), "uint64") for parameter in parameters)
    ndim = bits.counter.type.ndim
    count = high - low + number(1, "uint64", ndim)
    x = bits.low()
    # A count of 2**64 is seen as 0.
    chosen = switch(eq(count, number(0, "uint64", ndim)), x, _high_product(x, count))
    return cast(cast(low + chosen, "int64"), dtype)


def _high_product(x: Variable, y: Variable) -> Variable:
    """The upper 64 bits of the product, from products of halves (Knuth, TAOCP 2, 4.3.1)."""
    ndim = x.type.ndim
    mask, half = number(0xFFFFFFFF, "uint64", ndim), number(32, "uint64", ndim)
    x0, x1, y0, y1 = and_(x, mask), right_shift(x, half), and_(y, mask), right_shift(y, half)
    middle = x1 * y0 + right_shift(x0 * y0, half)
    other = x0 * y1 + and_(middle, mask)
    return x1 * y1 + right_shift(middle, half) + right_shift(other, half)


# Parts from here on belong to the second of two numbers that an element needs.
SECOND = 1 << 32


def _log_gamma(bits: Bits, shape: Variable, part: int = 0) -> Variable:
    place = number(part, "uint64", bits.counter.type.ndim)
    return draw_log_gamma(bits.key, bits.counter, place, shape)


def _gamma(bits: Bits, parameters: Sequence[Variable], dtype: str) -> Variable:
    return cast(exp(_log_gamma(bits, parameters[0])), dtype)


def _beta(bits: Bits, parameters: Sequence[Variable], dtype: str) -> Variable:
    """x / (x + y) of two gamma numbers, from their logarithms: small shapes underflow."""
    x, y = (
        _log_gamma(bits, shape, part) for shape, part in zip(parameters, (0, SECOND), strict=True)
    )
    return cast(sigmoid(x - y), dtype)


def _standard_t(bits: Bits, parameters: Sequence[Variable], dtype: str) -> Variable:
    """A normal number divided by the root of a chi-square one over its degrees of freedom."""
    (df,) = (cast(parameter, "float64") for parameter in parameters)
    chi_square = exp(_log_gamma(bits, df * 0.5, SECOND)) * 2.0
    return cast(_normal(bits, (), "float64") * sqrt(df / chi_square), dtype)


def _whole(x: Variable, dtype: str) -> Variable:
    """Samples that are whole numbers; nan becomes -1 where the dtype has none."""
    if np.dtype(dtype).kind != "f":
        x = switch(isnan(x), -1.0, x)
    return cast(x, dtype)


def _poisson(bits: Bits, parameters: Sequence[Variable], dtype: str) -> Variable:
    place = number(0, "uint64", bits.counter.type.ndim)
    return _whole(draw_poisson(bits.key, bits.counter, place, *parameters), dtype)


def _binomial(bits: Bits, parameters: Sequence[Variable], dtype: str) -> Variable:
    place = number(0, "uint64", bits.counter.type.ndim)
    return _whole(draw_binomial(bits.key, bits.counter, place, *parameters), dtype)


DISTRIBUTIONS = {
    entry.name: entry
    for entry in (
        Distribution("uniform", _uniform),
        Distribution("normal", _normal),
        Distribution("exponential", _exponential),
        Distribution("laplace", _laplace),
        Distribution("gumbel", _gumbel),
        Distribution("truncated_normal", _truncated_normal),
        Distribution("bernoulli", _bernoulli, ("p",), JUMPS),
        Distribution("random_integers", _integers, ("low", "high"), JUMPS),
        Distribution("binomial", _binomial, ("n", "p"), JUMPS),
        Distribution("poisson", _poisson, ("lam",), JUMPS),
        Distribution("gamma", _gamma, ("shape",), UNKNOWN),
        Distribution("beta", _beta, ("a", "b"), UNKNOWN),
        Distribution("standard_t", _standard_t, ("df",), UNKNOWN),
    )
}
