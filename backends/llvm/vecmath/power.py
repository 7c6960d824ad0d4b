"""x**y and x log y.

x**y = 2**(y log2 |x|) with the logarithm as a sum of two numbers, good to some 65 bits (35 in
single precision): with s = (m - 1)/(m + 1) in two parts, for x = m 2**k,

    log2 m = C0 s + C1 s^3 + s^5 T(s^2),    C0 = 2 / ln 2, C1 = C0 / 3,

the first two terms in two parts each.
"""

from symgraph.backends.llvm.vecmath.constants import TWO_LOG2_E, TWO_THIRDS_LOG2_E, parts
from symgraph.backends.llvm.vecmath.exponential import EXP2_RANGE, exp2_core
from symgraph.backends.llvm.vecmath.logarithm import decompose, log
from symgraph.backends.llvm.vecmath.values import (
    F32,
    INF,
    NAN,
    Condition,
    Num,
    clamp,
    fast_two_sum,
    fma,
    horner,
    two_product,
    two_sum,
    where,
)

# T(z): error of log2 m below 2^-35.9 and 2^-65.7.
POW_F32 = (0.57708025, 0.411846995, 0.337887019)
POW_F64 = (
    0.5770780163555851, 0.41219858311137364, 0.3205988979070707, 0.2623081992668765,
    0.22195223340865122, 0.19240260933123343, 0.16842752865927785, 0.17300272464544453,
)  # fmt: skip


def log2_two_parts(x: Num) -> tuple[Num, Num]:
    """Return log2(x) as high + low, for positive finite x."""
    form = x.format
    f, _, k = decompose(x)
    # s + tail = f / (f + 2), the denominator exact in two parts.
    denominator, rest = two_sum(2.0, f)
    inverse = 1.0 / denominator
    s = f * inverse
    tail = fma(-s, rest, fma(-s, denominator, f)) * inverse
    z, z_rest = two_product(s, s)
    z_rest = fma(s + s, tail, z_rest)
    cube, cube_rest = two_product(z, s)
    cube_rest = cube_rest + fma(z, tail, z_rest * s)
    c0, c0_rest = parts(TWO_LOG2_E, form, 2)
    c1, c1_rest = parts(TWO_THIRDS_LOG2_E, form, 2)
    lead, lead_rest = two_product(s, c0)
    lead_rest = lead_rest + fma(s, c0_rest, tail * c0)
    next_, next_rest = two_product(cube, c1)
    next_rest = next_rest + fma(cube, c1_rest, cube_rest * c1)
    small = fma(cube * z, horner(z, POW_F32 if form is F32 else POW_F64), next_rest)
    a, a_rest = fast_two_sum(lead, next_)
    b, b_rest = fast_two_sum(k, a)
    return fast_two_sum(b, b_rest + (a_rest + (lead_rest + small)))


def _is_odd_integer(y: Num) -> tuple[Condition, Condition]:
    """Return (y is an integer, y is an odd one); infinities count as even."""
    half = y * 0.5
    integer = y.equals(y.intrinsic("llvm.trunc"))
    return integer, integer & ~half.equals(half.intrinsic("llvm.trunc"))


def pow(x: Num, y: Num) -> Num:
    """Return C99's and NumPy's power: nan for a negative base with a fractional exponent, 1 for y =
    0."""
    a, b = abs(x), abs(y)
    high, low = log2_two_parts(a)
    exponent, rest = two_product(y, high)
    rest = where(abs(exponent) < 2.0 * x.format.bias + 64, fma(y, low, rest), 0.0)
    result = exp2_core(clamp(exponent, *EXP2_RANGE[x.format.name]), tail=rest)
    edge = a.equals(0.0) | a.equals(INF) | b.equals(INF)
    result = where(edge, where((a > 1.0) ^ (y < 0.0), x.constant(INF), 0.0), result)
    integer, odd = _is_odd_integer(y)
    result = where(x.bits().below(0) & odd, -result, result)
    result = where((x < 0.0) & (a < INF) & ~integer, NAN, result)
    result = where(x.is_nan() | y.is_nan(), x + y, result)
    one = y.equals(0.0) | x.equals(1.0) | (x.equals(-1.0) & b.equals(INF))
    return where(one, 1.0, result)


def xlogy(x: Num, y: Num) -> Num:
    """Return x log y, and 0 for x = 0 unless y is nan."""
    return where(x.equals(0.0) & ~y.is_nan(), 0.0, x * log(y))
