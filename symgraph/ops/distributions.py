"""Distributions as expressions of random bits.

Each is written once, as elementwise functions of the bits that belong to an element, so that it can
be fused into the loops of its clients. An element has a word of 32 or 64 bits, several of which
come from one counter, or a counter of its own where it needs more bits. Bits are converted to
numbers of two kinds: `unit`, equally spaced in [0, 1) with as many bits as the dtype's significand
has; and `positive`, in (0, 1], whose smallest values have all their digits, so that tails reach to
probabilities of 2**-64. Numbers of the normal distribution are quantiles of all bits of a word, of
32 for float32: they lie within 6.3 standard deviations, of 64 for float64: within 9.1.

A `Distribution` is standard: its users apply scales and locations as ordinary expressions, through
which derivatives then pass. Where a parameter has no such form, the samples have no derivative by
it, and `why` tells the reason.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.constant import number
from symgraph.ops.permutation import Permutation
from symgraph.ops.positions import Positions
from symgraph.ops.quantiles import normal_quantile
from symgraph.ops.random_bits import RandomBits
from symgraph.ops.rank_alignment import pad_left
from symgraph.ops.rejection import draw_binomial, draw_log_gamma, draw_poisson
from symgraph.ops.scalar_table import (
    and_,
    cast,
    clip,
    eq,
    exp,
    isnan,
    log,
    log1p,
    lt,
    maximum,
    minimum,
    right_shift,
    sigmoid,
    sqrt,
    sub,
    switch,
    xor,
)

JUMPS = "the samples jump where it changes"
UNKNOWN = "no expression of the samples by it is known"


@dataclass(frozen=True)
class ElementBits:
    """The random bits of each element of an array, from a key and a first counter, all scalars."""

    key: Variable
    first: Variable
    extents: tuple[Variable, ...]

    @property
    def ndim(self) -> int:
        return len(self.extents)

    def word(self, width: int, part: int = 0) -> Variable:
        """Return 32 or 64 bits per element; elements share counters."""
        return RandomBits(width, part)(self.key, self.first, *self.extents)

    def own(self) -> tuple[Variable, Variable]:
        """Return the key, and for each element a counter of its own."""
        positions = cast(Positions()(*self.extents), "uint64")
        key, first, positions = pad_left([self.key, self.first, positions])
        return key, first + positions

    def part(self, value: int) -> Variable:
        return number(value, "uint64", self.ndim)


# expression(bits, parameters, dtype): the samples, in the dtype.
Expression = Callable[[ElementBits, Sequence[Variable], str], Variable]


@dataclass(frozen=True)
class Distribution:
    """A standard distribution; `parameters` names what its expression takes besides the bits."""

    name: str
    expression: Expression
    parameters: tuple[str, ...] = ()
    why: str = ""


def unit(bits: Variable, dtype: str) -> Variable:
    """Return numbers k / 2**m in [0, 1), m the number of bits of the dtype's significand."""
    digits, ndim = np.finfo(dtype).nmant + 1, bits.type.ndim
    size = np.dtype(bits.type.dtype).itemsize * 8
    kept = right_shift(bits, number(size - digits, bits.type.dtype, ndim))
    # As signed integers: their conversion is a single instruction on more processors.
    narrow = cast(kept, "int64" if digits > 31 else "int32")
    if dtype == "float16":
        return cast(cast(narrow, "float32") * number(2.0**-digits, "float32", ndim), dtype)
    return cast(narrow, dtype) * number(2.0**-digits, dtype, ndim)


def positive(bits: Variable, dtype: str, dropped: int = 0) -> Variable:
    """Return numbers in (0, 1], made from 64 bits without the lowest `dropped`, with half a step
    for 0."""
    ndim, used = bits.type.ndim, 64 - dropped
    kept = right_shift(bits, number(dropped, "uint64", ndim)) if dropped else bits
    scaled = cast(kept, dtype) * number(2.0**-used, dtype, ndim)
    return maximum(scaled, number(2.0 ** -(used + 1), dtype, ndim))


def _wide(dtype: str) -> str:
    """Return the dtype to compute in."""
    return "float64" if dtype == "float64" else "float32"


def _width(dtype: str) -> int:
    """Return the width of the words that a significand needs."""
    return 64 if dtype == "float64" else 32


def _uniform(bits: ElementBits, _: Sequence[Variable], dtype: str) -> Variable:
    return unit(bits.word(_width(dtype)), dtype)


def _normal(bits: ElementBits, _: Sequence[Variable], dtype: str) -> Variable:
    """Return normal numbers, by inversion of both halves from the middle.

    The word is an integer k with its sign, which stands for the point (k + 1/2) / 2**m of (-1, 1),
    whose distance from the nearer end keeps all its digits.
    """
    work = _wide(dtype)
    size = _width(work)
    integer = f"int{size}"
    signed = cast(bits.word(size), integer)
    # Counted from 0 in the middle to the largest integer at the ends, and the other way round.
    from_middle = xor(signed, right_shift(signed, number(size - 1, integer, bits.ndim)))
    from_end = xor(from_middle, number(np.iinfo(integer).max, integer, bits.ndim))
    half, step = (number(v, work, bits.ndim) for v in (0.5, 2.0 ** (1 - size)))
    point, tail = ((cast(k, work) + half) * step for k in (signed, from_end))
    return cast(normal_quantile(point, tail), dtype)


def _exponential(bits: ElementBits, _: Sequence[Variable], dtype: str) -> Variable:
    """Return exponential numbers by inversion: -log of a uniform number, subtracted from 0 so that
    no result is -0."""
    work = _wide(dtype)
    zero = number(0.0, work, bits.ndim)
    return cast(sub(zero, log(positive(bits.word(64), work))), dtype)


def _laplace(bits: ElementBits, _: Sequence[Variable], dtype: str) -> Variable:
    """Return Laplace numbers by inversion on either side of 0; the lowest bit selects the side."""
    word = bits.word(64)
    size = log(positive(word, _wide(dtype), dropped=1))
    is_left = eq(and_(word, number(1, "uint64", bits.ndim)), number(0, "uint64", bits.ndim))
    return cast(switch(is_left, size, -size), dtype)


def _gumbel(bits: ElementBits, _: Sequence[Variable], dtype: str) -> Variable:
    """Return Gumbel numbers by inversion, -log(-log(1 - v)): the long tail, on the right, keeps all
    its digits."""
    work = _wide(dtype)
    v = minimum(positive(bits.word(64), work), 1.0 - float(np.finfo(work).epsneg))
    return cast(-log(-log1p(-v)), dtype)


# The number of standard deviations at which normal numbers are truncated, as in Theano and others.
TRUNCATED_AT = 2.0


def _truncated_normal(bits: ElementBits, _: Sequence[Variable], dtype: str) -> Variable:
    """Return truncated normal numbers, by inversion between the two ends."""
    work = _wide(dtype)
    bound = math.erf(TRUNCATED_AT / math.sqrt(2))
    # The middle of each step: symmetric, and never an end.
    centred = unit(bits.word(_width(work)), work) * 2.0 - (1.0 - float(np.finfo(work).epsneg))
    point = centred * bound
    z = normal_quantile(point, 1.0 - abs(point))
    return cast(clip(z, -TRUNCATED_AT, TRUNCATED_AT), dtype)


def _bernoulli(bits: ElementBits, parameters: Sequence[Variable], dtype: str) -> Variable:
    (p,) = parameters
    return cast(lt(_uniform(bits, (), _wide(p.type.dtype)), p), dtype)


def _integers(bits: ElementBits, parameters: Sequence[Variable], dtype: str) -> Variable:
    """Return integers: the high half of 64 bits times the number of values. The probability of each
    of r values is off by less than 2**-64 (Lemire 2019, without its rejection)."""
    low, high = (cast(cast(parameter, "int64"), "uint64") for parameter in parameters)
    ndim = bits.ndim
    count = high - low + number(1, "uint64", ndim)
    x = bits.word(64)
    # A count of 2**64 appears as 0.
    chosen = switch(eq(count, number(0, "uint64", ndim)), x, _high_product(x, count))
    return cast(cast(low + chosen, "int64"), dtype)


def _permutation(bits: ElementBits, _: Sequence[Variable], dtype: str) -> Variable:
    """Return random orders of the positions along the last axis. The probability of each of the i +
    1 positions that position i may be swapped with is off by less than 2**-64."""
    last = cast(Positions()(bits.extents[-1]), "uint64") + 1
    (count,) = pad_left([last, number(0, "uint64", bits.ndim)])[:1]
    places = cast(_high_product(bits.word(64), count), "int64")
    return cast(Permutation()(places), dtype)


def _high_product(x: Variable, y: Variable) -> Variable:
    """Return the upper 64 bits of the product, from products of halves (Knuth, TAOCP 2, 4.3.1)."""
    ndim = x.type.ndim
    mask, half = number(0xFFFFFFFF, "uint64", ndim), number(32, "uint64", ndim)
    x0, x1, y0, y1 = and_(x, mask), right_shift(x, half), and_(y, mask), right_shift(y, half)
    middle = x1 * y0 + right_shift(x0 * y0, half)
    other = x0 * y1 + and_(middle, mask)
    return x1 * y1 + right_shift(middle, half) + right_shift(other, half)


# Parts from here on belong to the second of two numbers that an element needs.
SECOND = 1 << 32


def _log_gamma(bits: ElementBits, shape: Variable, part: int = 0) -> Variable:
    return draw_log_gamma(*bits.own(), bits.part(part), shape)


def _gamma(bits: ElementBits, parameters: Sequence[Variable], dtype: str) -> Variable:
    return cast(exp(_log_gamma(bits, parameters[0])), dtype)


def _beta(bits: ElementBits, parameters: Sequence[Variable], dtype: str) -> Variable:
    """Return x / (x + y) for two gamma numbers, from their logarithms: numbers of small shapes
    underflow."""
    x, y = (
        _log_gamma(bits, shape, part) for shape, part in zip(parameters, (0, SECOND), strict=True)
    )
    return cast(sigmoid(x - y), dtype)


def _standard_t(bits: ElementBits, parameters: Sequence[Variable], dtype: str) -> Variable:
    """Return a normal number divided by the root of a chi-square number over its degrees of
    freedom."""
    (df,) = (cast(parameter, "float64") for parameter in parameters)
    chi_square = exp(_log_gamma(bits, df * 0.5, SECOND)) * 2.0
    return cast(_normal(bits, (), "float64") * sqrt(df / chi_square), dtype)


def _whole(x: Variable, dtype: str) -> Variable:
    """Return samples that are integers in `dtype`; nan becomes -1 where the dtype has none."""
    if np.dtype(dtype).kind != "f":
        x = switch(isnan(x), -1.0, x)
    return cast(x, dtype)


def _poisson(bits: ElementBits, parameters: Sequence[Variable], dtype: str) -> Variable:
    return _whole(draw_poisson(*bits.own(), bits.part(0), *parameters), dtype)


def _binomial(bits: ElementBits, parameters: Sequence[Variable], dtype: str) -> Variable:
    return _whole(draw_binomial(*bits.own(), bits.part(0), *parameters), dtype)


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
        Distribution("permutation", _permutation, (), JUMPS),
        Distribution("binomial", _binomial, ("n", "p"), JUMPS),
        Distribution("poisson", _poisson, ("lam",), JUMPS),
        Distribution("gamma", _gamma, ("shape",), UNKNOWN),
        Distribution("beta", _beta, ("a", "b"), UNKNOWN),
        Distribution("standard_t", _standard_t, ("df",), UNKNOWN),
    )
}
