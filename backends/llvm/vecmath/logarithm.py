"""log, log2, log10, log1p and the inverse hyperbolic functions.

A positive x is m 2**k with m in [sqrt(1/2), sqrt(2)), and f = m - 1 is exact. In single precision

    log(1 + f) = f - f**2/2 + f**3 P(f);

in double, with s = f / (2 + f), so that log(1 + f) = 2 artanh(s),

    log(1 + f) = f - (f**2/2 - s (f**2/2 + R(s**2)))

(the arrangement of P. T. P. Tang 1990, which keeps the leading term exact).
P and R are polynomials of least largest relative error (Remez exchange).
"""

from symgraph.backends.llvm.vecmath.constants import LN2, LOG2_E, LOG10_2, LOG10_E, parts
from symgraph.backends.llvm.vecmath.core import (
    F32,
    INF,
    NAN,
    Bits,
    Num,
    copysign,
    fast_two_sum,
    fma,
    horner,
    two_product,
    two_sum,
    where,
    where_bits,
)

SQRT_HALF = 0.7071067811865476
LN2_ROUNDED = 0.6931471805599453

# log(1+f) = f - f^2/2 + f^3 P(f): error below 2^-27.2.
LOG_F32 = (
    0.333333313, -0.250008196, 0.200012282, -0.166233584, 0.142017454, -0.131601632,
    0.12761651, -0.0763463303,
)  # fmt: skip
# 2 artanh(s) = 2s + s z Q(z), z = s^2: error below 2^-59.4.
LOG_F64 = (
    0.6666666666666735, 0.399999999994092, 0.2857142874376469, 0.22222198416477912,
    0.18183573227338992, 0.15313804387640578, 0.14798589043521337,
)  # fmt: skip


def decompose(x: Num) -> tuple[Num, Bits, Num]:
    """m - 1, the biased exponent and k of x = m 2**k; anything at all unless 0 < x < inf."""
    form = x.format
    lift = form.mantissa + 2
    small = x < form.smallest_normal
    x = where(small, x * 2.0**lift, x)
    low = form.pattern(SQRT_HALF)
    bits = x.bits() + (form.pattern(1.0) - low)
    exponent = bits >> form.mantissa
    m = ((bits & ((1 << form.mantissa) - 1)) + low).as_num()
    base = 2.0**form.mantissa
    as_number = (exponent | form.pattern(base)).as_num()
    k = as_number - where(small, as_number.constant(base + form.bias + lift), base + form.bias)
    return m - 1.0, exponent, k


def log_tail(f: Num, extra: Num | None = None) -> Num:
    """log(1 + f) - f, plus `extra`, for 1 + f in [sqrt(1/2), sqrt(2)]."""
    if f.format is F32:
        half = fma(f, horner(f, LOG_F32), -0.5)
        square = f * f
        return square * half if extra is None else fma(square, half, extra)
    s = f / (f + 2.0)
    z = s * s
    half_square = f * f * 0.5
    inner = fma(z, horner(z, LOG_F64), half_square)
    return (s * inner if extra is None else fma(s, inner, extra)) - half_square


def log_series(f: Num, k: Num, correction: Num | None = None) -> Num:
    """log((1 + f) 2**k) + correction, the correction below an ulp."""
    high, low = parts(LN2, f.format, 2)
    extra = k * low if correction is None else fma(k, low, correction)
    return fma(k, high, f + log_tail(f, extra))


def _domain(x: Num, result: Num) -> Num:
    """The result of a logarithm for positive finite x; -inf at zeros, nan below, inf at inf."""
    edge = where(x.equals(0.0), x.constant(-INF), NAN)
    return where(x > 0.0, where(x.equals(INF), x, result), edge)


def log(x: Num) -> Num:
    f, _, k = decompose(x)
    return _domain(x, log_series(f, k))


def _log_base(x: Num, factor: str, k_high: Num | None, k: Num, f: Num, k_low: Num | None) -> Num:
    """k_high + k_low + log(1 + f) * factor, the factor and its products kept in two parts."""
    high, low = parts(factor, f.format, 2)
    product, error = two_product(f, high)
    small = fma(f, low, error)
    small = fma(log_tail(f), high, small)
    whole, rest = fast_two_sum(k if k_high is None else k_high, product)
    rest = rest + small
    return _domain(x, whole + (rest if k_low is None else rest + k_low))


def log2(x: Num) -> Num:
    f, _, k = decompose(x)
    return _log_base(x, LOG2_E, None, k, f, None)


def log10(x: Num) -> Num:
    f, _, k = decompose(x)
    # k has up to 12 bits: with the first part that much shorter k * high is exact.
    high, low = parts(LOG10_2, x.format, 2, x.format.mantissa - 11)
    return _log_base(x, LOG10_E, k * high, k, f, k * low)


def log1p_core(x: Num) -> Num:
    """log(1 + x) for x > -1 finite; the sign of zero and the edges are the caller's."""
    form = x.format
    u, error = two_sum(1.0, x)
    f, exponent, k = decompose(u)
    near = exponent.equals(form.bias)
    # The rounding error of 1 + x relative to u: error / u, with 1/m ~ 1 - f + f^2.
    capped = where_bits(exponent.below(2 * form.bias), exponent, 2 * form.bias - 1)
    shrink = ((2 * form.bias - capped) << form.mantissa).as_num()
    correction = error * shrink * fma(f, f - 1.0, 1.0)
    # Without a change of exponent f is x itself, and nothing was lost.
    f = where(near, x, f)
    return log_series(f, k, where(near, 0.0, correction))


def log1p(x: Num) -> Num:
    result = log1p_core(x)
    result = where(abs(x) < 2.0 ** -(x.format.mantissa + 2), x, result)
    edge = where(x.equals(-1.0), x.constant(-INF), NAN)
    return where(x > -1.0, where(x.equals(INF), x, result), edge)


def arcsinh(x: Num) -> Num:
    """sign(x) log1p(a + a^2 / (1 + sqrt(1 + a^2))) with a = |x|; log(2a) for large a."""
    a = abs(x)
    large = a > 2.0 ** (x.format.mantissa + 4)
    square = a * a
    inner = a + square / (fma(a, a, 1.0).sqrt() + 1.0)
    result = log1p_core(where(large, a, inner)) + where(large, x.constant(LN2_ROUNDED), 0.0)
    result = where(a < 2.0 ** -(x.format.mantissa // 2 + 2), a, result)
    result = where(a < INF, result, a)
    return copysign(result, x)


def arccosh(x: Num) -> Num:
    """log1p(t + sqrt(2t + t^2)) with t = x - 1; nan below 1."""
    large = x > 2.0 ** (x.format.mantissa + 4)
    t = x - 1.0
    inner = t + fma(t, t, t + t).sqrt()
    result = log1p_core(where(large, x, inner)) + where(large, x.constant(LN2_ROUNDED), 0.0)
    result = where(x.equals(1.0), 0.0, result)
    return where(x >= 1.0, where(x < INF, result, x), NAN)


def arctanh(x: Num) -> Num:
    """sign(x) log1p(2a / (1 - a)) / 2 with a = |x|; infinite at 1, nan beyond."""
    a = abs(x)
    result = log1p_core((a + a) / (1.0 - a)) * 0.5
    result = where(a < 2.0 ** -(x.format.mantissa // 2 + 2), a, result)
    result = where(a < 1.0, result, where(a.equals(1.0), a.constant(INF), NAN))
    return copysign(result, x)
