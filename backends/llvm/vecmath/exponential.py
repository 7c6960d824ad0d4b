"""exp, exp2, expm1, and sigmoid and softplus, which are one step from them.

With n the integer nearest to x / ln 2 and r = x - n ln 2, |r| <= ln 2 / 2,

    exp(x) = 2**n exp(r),    exp(r) = 1 + r + r**2 q(r),

where q is a polynomial of least largest relative error (Remez exchange). ln 2 is split in two
parts; the first fused step of the reduction is exact. 2**n is applied in two factors, so that
results below the normal range are rounded once and large ones overflow only when they must.
"""

from symgraph.backends.llvm.codegen.jit import host
from symgraph.backends.llvm.vecmath.constants import LN2, LOG2_E, parts
from symgraph.backends.llvm.vecmath.logarithm import LN2_ROUNDED, log_series
from symgraph.backends.llvm.vecmath.portable import is_portable
from symgraph.backends.llvm.vecmath.values import (
    F32,
    Integer,
    Num,
    clamp,
    fast_two_sum,
    fma,
    horner,
    where,
)

# q(r) of exp(r) = 1 + r + r^2 q(r): error of exp(r) below 2^-27.8 and 2^-57.7.
EXP_F32 = (0.49999994, 0.166665182, 0.0416684225, 0.00836906303, 0.00138138817)
EXP_F64 = (
    0.5000000000000011, 0.166666666666664, 0.041666666666524806, 0.008333333333500883,
    0.0013888888945238508, 0.00019841269496597496, 2.480149125811324e-05,
    2.7557591685798432e-06, 2.7630958870916293e-07, 2.4999534032217265e-08,
)  # fmt: skip
# The same, of least error relative to exp(r) - 1: below 2^-28.7 and 2^-60.2.
EXPM1_F32 = (0.5, 0.166666657, 0.041666355, 0.00833339058, 0.00139411329, 0.00019845918)
EXPM1_F64 = (
    0.5, 0.16666666666666677, 0.0416666666666665, 0.008333333333321228,
    0.0013888888888965297, 0.0001984126988729524, 2.4801587168704935e-05,
    2.7557242896894294e-06, 2.755740428417107e-07, 2.5109537622446415e-08,
    2.087531762704702e-09,
)  # fmt: skip
# g(r) of 2**r = 1 + r ln 2 + r^2 g(r): error below 2^-28 and 2^-57.7.
EXP2_F32 = (0.240226477, 0.0555036217, 0.00961852632, 0.00133901613, 0.000153211557)
EXP2_F64 = (
    0.24022650695910122, 0.05550410866482074, 0.009618129107596992, 0.0013333558146686054,
    0.00015403530454056693, 1.5252733546917537e-05, 1.321543661422886e-06,
    1.0178184642270424e-07, 7.073578417623849e-09, 4.4363039388179977e-10,
)  # fmt: skip

# Beyond these exp (and exp2) is 0 or inf in every rounding.
EXP_RANGE = {"f32": (-104.0, 89.0), "f64": (-746.0, 710.0)}
EXP2_RANGE = {"f32": (-151.0, 129.0), "f64": (-1076.0, 1025.0)}


def scale(p: Num, biased: Integer) -> Num:
    """Return p * 2**n, where the low bits of `biased` hold n + 2 * bias: the bits of the number
    magic + 2 * bias + n."""
    form = p.format
    if not is_portable(p.builder) and host().has("avx512f"):
        # AVX-512 has an instruction for it, with the same results.
        return p.ldexp(biased - form.pattern(form.magic + 2 * form.bias))
    half = biased >> 1
    rest = biased - half
    return p * (half << form.mantissa).as_num() * (rest << form.mantissa).as_num()


def exp_core(x: Num, power: int = 0, tail: Num | None = None, factor: Num | None = None) -> Num:
    """Return exp(x + tail) * factor * 2**power for x in the clamped range (or nan), tail ~ an ulp
    of x.

    The factor (default: 1) is applied before the scaling, so that a result below the normal range
    is rounded once.
    """
    form = x.format
    high, low = parts(LN2, form, 2)
    # The low bits of the rounded number hold n + power + 2 * bias, ready for `scale`.
    offset = form.magic + 2 * form.bias + power
    rounded = fma(x, parts(LOG2_E, form, 1)[0], offset)
    n = rounded - offset
    r = fma(n, -low, fma(n, -high, x))
    if tail is not None:
        r = r + tail
    p = horner(r, (1.0, 1.0, *(EXP_F32 if form is F32 else EXP_F64)))
    return scale(p if factor is None else p * factor, rounded.bits())


def exp(x: Num) -> Num:
    return exp_core(clamp(x, *EXP_RANGE[x.format.name]))


def exp2_core(x: Num, tail: Num | None = None) -> Num:
    """Return 2**(x + tail) for x in the clamped range (or nan)."""
    form = x.format
    high, low = parts(LN2, form, 2)
    offset = form.magic + 2 * form.bias
    rounded = x + offset
    r = x - (rounded - offset)
    if tail is not None:
        r = r + tail
    g = fma(r, horner(r, EXP2_F32 if form is F32 else EXP2_F64), low)
    return scale(fma(r, high, r * g) + 1.0, rounded.bits())


def exp2(x: Num) -> Num:
    return exp2_core(clamp(x, *EXP2_RANGE[x.format.name]))


def expm1(x: Num) -> Num:
    """Return exp(x) - 1 as 2**n (exp(r) - 1) + (2**n - 1), with exp(r) - 1 in two parts."""
    form = x.format
    high, low = parts(LN2, form, 2)
    held = clamp(x, -(form.mantissa + 3) * LN2_ROUNDED, EXP_RANGE[form.name][1])
    # Everything is computed at half its size: 2**(n - 1) is finite where 2**n may not be.
    offset = form.magic + form.bias - 1
    rounded = fma(held, parts(LOG2_E, form, 1)[0], offset)
    n = rounded - offset
    coarse = fma(n, -high, held)
    r = fma(n, -low, coarse)
    lost = fma(n, -low, coarse - r)
    q = horner(r, EXPM1_F32 if form is F32 else EXPM1_F64)
    p, rest = fast_two_sum(r, fma(r * r, q, lost))
    half = (rounded.bits() << form.mantissa).as_num()
    result = fma(half, rest, fma(half, p, half - 0.5)) * 2.0
    return where(abs(x) < 2.0 ** -(form.mantissa + 2), x, result)


def sigmoid(x: Num) -> Num:
    """Return 1 / (1 + exp(-x)), written with t = exp(-|x|) <= 1: 1 / (1 + t) or t / (1 + t)."""
    t = exp_core(clamp(-abs(x), low=EXP_RANGE[x.format.name][0]))
    numerator = where(x < 0.0, t, 1.0)
    denominator = t + 1.0
    lost = t - (denominator - 1.0)
    inverse = 1.0 / denominator
    # One step of refinement removes the rounding of the quotient and of 1 + t.
    q = numerator * inverse
    return fma(fma(-q, lost, fma(-q, denominator, numerator)), inverse, q)


def softplus(x: Num) -> Num:
    """Return log(1 + exp(x)) = max(x, 0) + log(1 + t), t = exp(-|x|) <= 1."""
    return where(x > 0.0, x, 0.0) + _log1p_exp(-abs(x))


def logaddexp(x: Num, y: Num) -> Num:
    """Return log(exp(x) + exp(y)): the larger plus log(1 + exp(-distance))."""
    distance = where(x.equals(y), 0.0, abs(x - y))
    return where(x > y, x, y) + _log1p_exp(-distance)


def _log1p_exp(x: Num) -> Num:
    """Return log(1 + exp(x)) for x <= 0 (or nan)."""
    t = exp_core(clamp(x, low=EXP_RANGE[x.format.name][0]))
    u = t + 1.0
    error = t - (u - 1.0)
    upper = u > 1.4142135623730951
    m = u * 0.5
    f = where(upper, m - 1.0, t)
    k = where(upper, u.constant(1.0), 0.0)
    # error / u: only needed to a few bits, so a chord of 1/u will do.
    correction = where(upper, error * fma(u, -0.3535533905932738, 1.2071067811865475), 0.0)
    return log_series(f, k, correction)
