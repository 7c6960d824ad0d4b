"""sin, cos, tan.

x is reduced to x - n pi/2 with pi/2 in three parts of full width (Cody and Waite 1980, by fused
steps: the first is exact), as a sum of two numbers, so that arguments next to a multiple of pi/2
keep their digits. Beyond `LIMIT` the C library computes the lane.
"""

from symgraph.backends.llvm.vecmath.cold_branches import cold_branch, libm
from symgraph.backends.llvm.vecmath.constants import HALF_PI, parts
from symgraph.backends.llvm.vecmath.values import (
    F32,
    Condition,
    Integer,
    Num,
    fma,
    horner,
    two_product,
    two_sum,
    where,
)

TWO_OVER_PI = 0.6366197723675814
# Up to here n is the nearest integer within 2^-7 and n * (third part) is below the error bound.
LIMIT = {"f32": 2.0**16, "f64": 2.0**44}

# sin(r) = r + r^3 S(r^2), cos(r) = 1 - r^2/2 + r^4 C(r^2) on |r| <= pi/4: errors below 2^-27.7 and
# 2^-56.2 (S), 2^-29.9 and 2^-62 (C).
SIN_F32 = (-0.166666538, 0.00833210349, -0.000195074244)
COS_F32 = (0.0416666456, -0.00138872385, 2.44241764e-05)
SIN_F64 = (
    -0.16666666666666624, 0.008333333333320692, -0.00019841269828416237,
    2.755731320480978e-06, -2.505068121027588e-08, 1.589230364522164e-10,
)  # fmt: skip
COS_F64 = (
    0.04166666666666658, -0.001388888888887102, 2.4801587287559453e-05,
    -2.755731380069989e-07, 2.087564873421635e-09, -1.135580844594474e-11,
)  # fmt: skip


def reduce(x: Num) -> tuple[Num, Num, Integer]:
    """Return (r, tail, n): x = n pi/2 + r + tail, the integer n in the low bits."""
    form = x.format
    first, second, third = parts(HALF_PI, form, 3)
    rounded = fma(x, TWO_OVER_PI, form.magic)
    n = rounded - form.magic
    coarse = fma(n, -first, x)
    product, lost = two_product(n, -second)
    high, rest = two_sum(coarse, product)
    rest = fma(n, -third, rest + lost)
    r = high + rest
    return r, (high - r) + rest, rounded.bits()


def _sin_cos(r: Num, tail: Num) -> tuple[Num, Num]:
    z = r * r
    half = z * 0.5
    single = r.format is F32
    s = horner(z, SIN_F32 if single else SIN_F64)
    c = horner(z, COS_F32 if single else COS_F64)
    near_one = 1.0 - half
    sine = r + fma(z * r, s, tail * near_one)
    cosine = near_one + (((1.0 - near_one) - half) + fma(z * z, c, -(r * tail)))
    return sine, cosine


def _turned(value: Num, n: Integer) -> Num:
    """Return value, negated where n mod 4 is 2 or 3."""
    form = value.format
    return (value.bits() ^ ((n << (form.bits.width - 2)) & form.sign_mask)).as_num()


def _is_odd(n: Integer) -> Condition:
    return (n & 1).equals(1)


def sin(x: Num) -> Num:
    form = x.format
    far = abs(x) > LIMIT[form.name]
    served = cold_branch("sin", far, x, lambda v: libm("sin", v))
    r, tail, n = reduce(x)
    s, c = _sin_cos(r, tail)
    result = _turned(where(_is_odd(n), c, s), n)
    result = where(abs(x) < 2.0 ** -(form.mantissa // 2 + 2), x, result)
    return where(far, served, result)


def cos(x: Num) -> Num:
    form = x.format
    far = abs(x) > LIMIT[form.name]
    served = cold_branch("cos", far, x, lambda v: libm("cos", v))
    r, tail, n = reduce(x)
    s, c = _sin_cos(r, tail)
    result = _turned(where(_is_odd(n), s, c), n + 1)
    return where(far, served, result)


def tan(x: Num) -> Num:
    form = x.format
    far = abs(x) > LIMIT[form.name]
    served = cold_branch("tan", far, x, lambda v: libm("tan", v))
    r, tail, n = reduce(x)
    s, c = _sin_cos(r, tail)
    odd = _is_odd(n)
    result = where(odd, -c, s) / where(odd, s, c)
    result = where(abs(x) < 2.0 ** -(form.mantissa // 2 + 2), x, result)
    return where(far, served, result)
