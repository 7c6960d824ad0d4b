"""The reduction of large numbers by pi/2, in integers (Payne and Hanek 1983).

|x| is m 2**e with an integer m. Of x 2/pi only the remainder by 4 matters, so the digits of 2/pi
before those of weight 2 are left out: a window of the others, as long as the result asked for and
m together, is multiplied by m. All is done in words of 32 bits, held by integers of 64.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from llvmlite import ir
from symgraph.backends.llvm.vecmath.constants import HALF_PI, parts
from symgraph.backends.llvm.vecmath.values import (
    F32,
    INF,
    NAN,
    Format,
    Integer,
    Num,
    fast_two_sum,
    fma,
    two_sum,
    where,
)

I64 = ir.IntType(64)
# llvmlite has no type annotations.
Word = Any
# The words of m, and those of the product that are kept: the remainder may be as small as 2^-30 and
# 2^-62 (Muller et al., Handbook of Floating-Point Arithmetic, 11.3), and has to be known to 2^-62
# and 2^-124.
WORDS = {"f32": (1, 2), "f64": (2, 4)}
# The bits of the number of the window's first word.
STEPS = {"f32": 3, "f64": 5}


def _word(value: int) -> ir.Constant:
    return ir.Constant(I64, value)


@cache
def _two_over_pi(bits: int) -> int:
    """Return 2**bits * 2 / pi, rounded down; pi by Machin's formula."""
    scale = bits + 64

    def arctan_of_inverse(n: int) -> int:
        term = total = (1 << scale) // n
        k, sign = 3, -1
        while term:
            term //= n * n
            total += sign * (term // k)
            k, sign = k + 2, -sign
        return total

    pi = 16 * arctan_of_inverse(5) - 4 * arctan_of_inverse(239)
    return (1 << (bits + scale + 1)) // pi


def _digits(form: Format) -> list[Word]:
    """Return the words of 2/pi, a word of zeros before them, that windows may lie in."""
    count = 2 ** STEPS[form.name] + sum(WORDS[form.name])
    number = _two_over_pi(32 * (count - 1))
    return [_word(number >> 32 * (count - 1 - n) & 0xFFFFFFFF) for n in range(count)]


def reduce_far(x: Num) -> tuple[Num, Num, Integer]:
    """Return (r, tail, n): x = n pi/2 + r + tail, n modulo 4 in the low bits; nan for
    infinities."""
    b, form = x.builder, x.format
    size = abs(x)
    bits = size.bits().value
    wide = bits if bits.type == I64 else b.zext(bits, I64)
    ones = (1 << form.mantissa) - 1
    m = b.or_(b.and_(wide, _word(ones)), _word(ones + 1))
    # The window begins at the digit of weight 2^(1 - e), the (e - 1)th; the first is the 33rd.
    start = b.sub(b.lshr(wide, _word(form.mantissa)), _word(form.bias + form.mantissa - 30))
    kept = _product(b, _halves(b, m, form), _window(b, start, form), form)
    high = b.or_(b.shl(kept[0], _word(32)), kept[1])
    quadrant = b.add(b.lshr(high, _word(62)), b.and_(b.lshr(high, _word(61)), _word(1)))
    hi, lo = _fraction(b, high, kept[2:], form)
    unit, unit_rest = parts(HALF_PI, form, 2)
    scale = 2.0**-63 if form is F32 else 2.0**-64
    r = hi * (unit * scale)
    tail = fma(hi, unit * scale, -r) + fma(hi, unit_rest * scale, lo * (unit * scale))
    r = where(size < INF, r, NAN)
    n = Integer(b, quadrant if form.bits == I64 else b.trunc(quadrant, form.bits), form)
    negative = x < 0.0
    turned = Integer(b, b.select(negative.value, (0 - n).value, n.value), form)
    return where(negative, -r, r), where(negative, -tail, tail), turned


def _halves(b: ir.IRBuilder, m: Word, form: Format) -> list[Word]:
    """Return the words of m, the lowest first."""
    return [m] if form is F32 else [b.and_(m, _word(0xFFFFFFFF)), b.lshr(m, _word(32))]


def _window(b: ir.IRBuilder, start: Word, form: Format) -> list[Word]:
    """Return the words of 2/pi from a bit on, the first of highest weight."""
    words: list[Word] = _digits(form)
    number = b.lshr(start, _word(5))
    count = sum(WORDS[form.name]) + 1
    for step in reversed(range(STEPS[form.name])):
        ahead = 1 << step
        is_on = b.icmp_signed("!=", b.and_(number, _word(ahead)), _word(0))
        left = count + ahead - 1
        words = [b.select(is_on, words[n + ahead], words[n]) for n in range(left)]
    back = b.sub(_word(32), b.and_(start, _word(31)))
    pairs = [b.or_(b.shl(u, _word(32)), v) for u, v in pairwise(words)]
    return [b.and_(b.lshr(pair, back), _word(0xFFFFFFFF)) for pair in pairs]


def _product(
    b: ir.IRBuilder, factor: Sequence[Word], window: Sequence[Word], form: Format
) -> list[Word]:
    """Return the highest words of the product, as long as the window, the first of highest
    weight."""
    columns: list[Word] = []
    carry: Word = None
    rising = window[::-1]
    for column in range(len(rising)):
        places = range(min(column + 1, len(factor)))
        products = [b.mul(factor[i], rising[column - i]) for i in places]
        terms = [b.and_(p, _word(0xFFFFFFFF)) for p in products]
        total = _sum(b, terms if carry is None else [*terms, carry])
        columns.append(b.and_(total, _word(0xFFFFFFFF)))
        upper = [b.lshr(p, _word(32)) for p in [total, *products]]
        carry = _sum(b, upper)
    return columns[::-1][: WORDS[form.name][1]]


def _sum(b: ir.IRBuilder, terms: Sequence[Word]) -> Word:
    total = terms[0]
    for term in terms[1:]:
        total = b.add(total, term)
    return total


def _fraction(b: ir.IRBuilder, high: Word, others: Sequence[Word], form: Format) -> tuple[Num, Num]:
    """Return the digits behind the two of the integer, as a signed number in units of 2^-63 or
    2^-64, in two parts."""

    def number(value: Word) -> Num:
        return Num(b, b.sitofp(value, form.type))

    if form is F32:
        signed = b.ashr(b.shl(high, _word(2)), _word(1))
        near = number(signed)
        return near, number(b.sub(signed, b.fptosi(near.value, I64)))
    low = b.or_(b.shl(others[0], _word(32)), others[1])
    signed = b.or_(b.shl(high, _word(2)), b.lshr(low, _word(62)))
    # Three numbers that are exact.
    first = number(b.ashr(signed, _word(10))) * 2.0**10
    second = number(b.and_(signed, _word(1023)))
    third = number(b.lshr(b.shl(low, _word(2)), _word(11))) * 2.0**-53
    middle, rest = two_sum(second, third)
    near, lost = two_sum(first, middle)
    return fast_two_sum(near, lost + rest)
