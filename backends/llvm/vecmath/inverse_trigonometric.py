"""arcsin, arccos, arctan, arctan2."""

from symgraph.backends.llvm.vecmath.constants import HALF_PI, PI, QUARTER_PI, parts
from symgraph.backends.llvm.vecmath.values import (
    F32,
    INF,
    Condition,
    Integer,
    Num,
    copysign,
    fma,
    horner,
    where,
)

# arcsin(x) = x + x^3 P(x^2) on |x| <= 1/2: error below 2^-29.8 and 2^-59.
ARCSIN_F32 = (0.166666597, 0.0750050396, 0.0445169546, 0.0318077244, 0.0144385854, 0.0375164784)
ARCSIN_F64 = (
    0.1666666666666676, 0.07499999999970798, 0.04464285717461318, 0.03038194270773555,
    0.022372214988669904, 0.0173516120000508, 0.013980820666427847, 0.011398911498116594,
    0.01078025604143231, 0.0037063980504893216, 0.021707471344080655,
    -0.02099909610080262, 0.03262864494075412,
)  # fmt: skip
# arctan(x) = x + x^3 P(x^2) on |x| <= tan(pi/8): error below 2^-28.4 and 2^-57.4.
ARCTAN_F32 = (-0.333333164, 0.199984714, -0.142435223, 0.105937272, -0.0607799105)
ARCTAN_F64 = (
    -0.333333333333332, 0.19999999999953205, -0.14285714280162146, 0.11111110781924136,
    -0.09090897718352049, 0.07692059590497236, -0.06663097717275403, 0.05847848164687888,
    -0.0503913914924664, 0.03806080809581712, -0.017903551201206278,
)  # fmt: skip
TAN_PI_8 = 0.41421356237309503
TAN_3PI_8 = 2.414213562373095


def _arcsin_parts(x: Num) -> tuple[Num, Num, Num, Condition]:
    """Return (|x|, s, c, far): arcsin(s) = s + c; s is |x|, or sqrt((1 - |x|) / 2) where |x| >
    1/2."""
    a = abs(x)
    far = a > 0.5
    z = where(far, (1.0 - a) * 0.5, a * a)
    s = where(far, z.sqrt(), a)
    return a, s, s * z * horner(z, ARCSIN_F32 if x.format is F32 else ARCSIN_F64), far


def arcsin(x: Num) -> Num:
    """Return arcsin(x); pi/2 - 2 arcsin(sqrt((1 - a) / 2)) for a = |x| > 1/2; nan beyond 1."""
    high, low = parts(HALF_PI, x.format, 2)
    _, s, c, far = _arcsin_parts(x)
    result = where(far, high - (fma(s, 2.0, c * 2.0) - low), s + c)
    return copysign(result, x)


def arccos(x: Num) -> Num:
    """Return 2 arcsin(sqrt((1 - x) / 2)) for x > 1/2, by reflection below -1/2, pi/2 - arcsin
    between."""
    high, low = parts(HALF_PI, x.format, 2)
    pi_high, pi_low = parts(PI, x.format, 2)
    _, s, c, far = _arcsin_parts(x)
    twice = fma(s, 2.0, c * 2.0)
    outer = where(x < 0.0, pi_high - (twice - pi_low), twice)
    signed, tail = copysign(s, x), copysign(c, x)
    return where(far, outer, high - (signed - (low - tail)))


def _arctan_sum(numerator: Num, denominator: Num, high: Num, low: Num) -> Num:
    """Return high + low + arctan(numerator / denominator), the quotient within tan(pi/8)."""
    q = numerator / denominator
    z = q * q
    bent = fma(z * q, horner(z, ARCTAN_F32 if q.format is F32 else ARCTAN_F64), low)
    return high + (q + bent)


def arctan(x: Num) -> Num:
    """Return pi/2 - arctan(1/a), pi/4 + arctan((a - 1)/(a + 1)) or arctan(a) with a = |x|."""
    half, quarter = parts(HALF_PI, x.format, 2), parts(QUARTER_PI, x.format, 2)
    a = abs(x)
    far, middle = a > TAN_3PI_8, a > TAN_PI_8
    numerator = where(far, -1.0, where(middle, a - 1.0, a))
    denominator = where(far, a, where(middle, a + 1.0, 1.0))
    high = where(far, half[0], where(middle, a.constant(quarter[0]), 0.0))
    low = where(far, half[1], where(middle, a.constant(quarter[1]), 0.0))
    return copysign(_arctan_sum(numerator, denominator, high, low), x)


def arctan2(y: Num, x: Num) -> Num:
    """Return the angle of (x, y): of (larger, smaller) in absolute value, then reflected."""
    form = x.format
    half, quarter, pi = (parts(c, form, 2) for c in (HALF_PI, QUARTER_PI, PI))
    ax, ay = abs(x), abs(y)
    steep = ay > ax
    small, large = where(steep, ax, ay), where(steep, ay, ax)
    # The angle of two infinities, and of two zeros, is that of equal (or flat) finite sides.
    infinite = small.equals(INF)
    small = where(infinite, 1.0, small)
    large = where(infinite, 1.0, where(large.equals(0.0), 1.0, large))
    middle = small > large * TAN_PI_8
    # Neither the sum may overflow nor the difference lose digits below the normal range.
    factor = where(large < 1.0, large.constant(2.0 ** (form.mantissa + 4)), 0.25)
    ss, sl = small * factor, large * factor
    numerator = where(middle, ss - sl, small)
    denominator = where(middle, ss + sl, large)
    # Octants: angle = base +- (piece), exactly one multiple of pi/4 from the tables.
    negative_x = _is_negative(x)
    flip = steep ^ negative_x
    base_high = where(steep, half[0], where(negative_x, x.constant(pi[0]), 0.0))
    base_low = where(steep, half[1], where(negative_x, x.constant(pi[1]), 0.0))
    piece_high = where(middle, x.constant(quarter[0]), 0.0)
    piece_low = where(middle, x.constant(quarter[1]), 0.0)
    high = base_high + _negated(piece_high, flip)
    low = base_low + _negated(piece_low, flip)
    result = _arctan_sum(_negated(numerator, flip), denominator, high, low)
    result = where(x.is_nan() | y.is_nan(), x + y, result)
    return copysign(result, y)


def _is_negative(x: Num) -> Condition:
    """Return the sign bit: true for -0."""
    return x.bits().below(0)


def _negated(value: Num, condition: Condition) -> Num:
    return where(condition, -value, value)


__all__ = ["Integer", "arccos", "arcsin", "arctan", "arctan2"]
