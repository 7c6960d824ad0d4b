"""sin, cos, tan.

x is reduced to x - n pi/2 with pi/2 in three parts of full width (Cody and Waite 1980, by fused
steps: the first is exact), as a sum of two numbers, so that arguments next to a multiple of pi/2
keep their digits. Beyond `LIMIT` the C library computes the lane; portable code reduces it by
integers.
"""

from collections.abc import Callable

from llvmlite import ir
from symgraph.backends.llvm.vecmath.cold_branches import branch, cold_branch, libm
from symgraph.backends.llvm.vecmath.constants import HALF_PI, parts
from symgraph.backends.llvm.vecmath.far_reduction import reduce_far
from symgraph.backends.llvm.vecmath.portable import is_portable
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
    """Return (r, tail, n): x = n pi/2 + r + tail, the integer n in the low bits, up to `LIMIT`."""
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


def _reduce_any(x: Num) -> tuple[Num, Num, Integer]:
    """Return the same for any x, in portable code."""

    def others() -> list[ir.Value]:
        return [part.value for part in reduce_far(x)]

    b, near = x.builder, reduce(x)
    r, tail, n = branch(_is_far(x), [part.value for part in near], others)
    return Num(b, r), Num(b, tail), Integer(b, n, x.format)


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


def _is_far(x: Num) -> Condition:
    return abs(x) > LIMIT[x.format.name]


Formula = Callable[[Num, tuple[Num, Num, Integer]], Num]


def _of_any(name: str, x: Num, formula: Formula) -> Num:
    """Return the function of any x, given it for a reduced x."""
    if is_portable(x.builder):
        return formula(x, _reduce_any(x))
    far = _is_far(x)
    served = cold_branch(name, far, x, lambda v: libm(name, v))
    return where(far, served, formula(x, reduce(x)))


def _of_small(name: str, x: Num, formula: Formula) -> Num:
    """Return the function of a number up to pi, for other cold branches."""
    return formula(x, reduce(x)) if is_portable(x.builder) else libm(name, x)


def _sin(x: Num, reduced: tuple[Num, Num, Integer]) -> Num:
    r, tail, n = reduced
    s, c = _sin_cos(r, tail)
    result = _turned(where(_is_odd(n), c, s), n)
    return where(abs(x) < 2.0 ** -(x.format.mantissa // 2 + 2), x, result)


def _cos(x: Num, reduced: tuple[Num, Num, Integer]) -> Num:
    r, tail, n = reduced
    s, c = _sin_cos(r, tail)
    return _turned(where(_is_odd(n), s, c), n + 1)


def _tan(x: Num, reduced: tuple[Num, Num, Integer]) -> Num:
    r, tail, n = reduced
    s, c = _sin_cos(r, tail)
    odd = _is_odd(n)
    result = where(odd, -c, s) / where(odd, s, c)
    return where(abs(x) < 2.0 ** -(x.format.mantissa // 2 + 2), x, result)


def sin(x: Num) -> Num:
    return _of_any("sin", x, _sin)


def cos(x: Num) -> Num:
    return _of_any("cos", x, _cos)


def tan(x: Num) -> Num:
    return _of_any("tan", x, _tan)


def small_sin(x: Num) -> Num:
    return _of_small("sin", x, _sin)


def small_tan(x: Num) -> Num:
    return _of_small("tan", x, _tan)
