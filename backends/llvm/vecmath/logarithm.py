"""log, log2, log10, log1p and the inverse hyperbolic functions.

A positive x is m 2**k with m in [sqrt(1/2), sqrt(2)), and f = m - 1 is exact. In single precision

    log(1 + f) = f - f**2/2 + f**3 P(f);

in double, with s = f / (2 + f), so that log(1 + f) = 2 artanh(s),

    log(1 + f) = f - (f**2/2 - s (f**2/2 + R(s**2)))

(the arrangement of P. T. P. Tang 1990, which keeps the leading term exact).
P and R are polynomials of least largest relative error (Remez exchange).
"""

from symgraph.backends.llvm.vecmath.constants import LN2, LOG2_E, LOG10_2, LOG10_E, parts
from symgraph.backends.llvm.vecmath.values import (
    F32,
    INF,
    NAN,
    Integer,
    Num,
    copysign,
    fast_two_sum,
    fma,
    horner,
    two_product,
    where,
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
# The same for 1 + f in [3/4, 3/2]: errors below 2^-26.6 and 2^-62.6.
LOG1P_F32 = (
    0.333334506, -0.250000954, 0.199908614, -0.16647312, 0.144783944, -0.131611928,
    0.10463021, -0.0450748019,
)  # fmt: skip
LOG1P_F64 = (
    0.666666666666666, 0.4000000000005666, 0.2857142855583201, 0.22222224296109025,
    0.18181665892503476, 0.15391111540669367, 0.13173604357415472, 0.13843012008374378,
)  # fmt: skip


def decompose(x: Num) -> tuple[Num, Integer, Num]:
    """Return m - 1, the biased exponent and k of x = m 2**k; arbitrary values unless 0 < x <
    inf."""
    form = x.format
    lift = form.mantissa + 2
    small = x < form.smallest_normal
    lifted = where(small, x.constant(lift), 0.0)
    return decompose_normal(where(small, x * 2.0**lift, x), lifted)


def decompose_normal(x: Num, lifted: Num | float = 0.0) -> tuple[Num, Integer, Num]:
    """Return the same, arbitrary for subnormal numbers, too. `lifted` is subtracted from k."""
    form = x.format
    low = form.pattern(SQRT_HALF)
    bits = x.bits() + (form.pattern(1.0) - low)
    exponent = bits >> form.mantissa
    m = ((bits & ((1 << form.mantissa) - 1)) + low).as_num()
    base = 2.0**form.mantissa
    as_number = (exponent | form.pattern(base)).as_num()
    return m - 1.0, exponent, as_number - (lifted + (base + form.bias))


def log_tail(
    f: Num,
    extra: Num | None = None,
    f32: tuple[float, ...] = LOG_F32,
    f64: tuple[float, ...] = LOG_F64,
) -> Num:
    """Return log(1 + f) - f, plus `extra`, where the polynomials hold: [sqrt(1/2), sqrt(2)]."""
    if f.format is F32:
        half = fma(f, horner(f, f32), -0.5)
        square = f * f
        return square * half if extra is None else fma(square, half, extra)
    s = f / (f + 2.0)
    z = s * s
    half_square = f * f * 0.5
    inner = fma(z, horner(z, f64), half_square)
    return (s * inner if extra is None else fma(s, inner, extra)) - half_square


def log_series(f: Num, k: Num, correction: Num | None = None) -> Num:
    """Return log((1 + f) 2**k) + correction, the correction below an ulp."""
    high, low = parts(LN2, f.format, 2)
    extra = k * low if correction is None else fma(k, low, correction)
    return fma(k, high, f + log_tail(f, extra))


def _domain(x: Num, result: Num) -> Num:
    """Return the result of a logarithm for positive finite x; -inf at zeros, nan below, inf at
    inf."""
    edge = where(x.equals(0.0), x.constant(-INF), NAN)
    return where(x > 0.0, where(x.equals(INF), x, result), edge)


def log(x: Num) -> Num:
    f, _, k = decompose(x)
    return _domain(x, log_series(f, k))


def _log_base(x: Num, factor: str, k_high: Num | None, k: Num, f: Num, k_low: Num | None) -> Num:
    """Return k_high + k_low + log(1 + f) * factor, the factor and its products in two parts."""
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
    """Return log(1 + x) for x > -1 finite, zeros and their signs included.

    With 1 + x = m 2**k and m in [3/4, 3/2), f = m - 1 is x 2**-k + (2**-k - 1): both terms are
    exact unless one is much smaller, and so is their sum.
    """
    form = x.format
    low = form.pattern(0.75)
    whole = 1 << form.mantissa
    # -k in the exponent's bits.
    minus = ((low + whole - 1) - (x + 1.0).bits()) & -whole
    power = (minus + form.pattern(4.0)).as_num()
    f = (x.bits() + minus).as_num() - fma(power, -0.25, 1.0)
    # Minus k: products with it are -0 where k is 0, and keep the sign of x = -0.
    k = minus.to_num()
    # Chosen such that the rest is positive.
    high, rest = parts(LN2, form, 2, form.mantissa - 8 if form is F32 else form.mantissa + 1)
    extra = k * (-rest / whole)
    return fma(k, -high / whole, f + log_tail(f, extra, LOG1P_F32, LOG1P_F64))


def log1p(x: Num) -> Num:
    result = log1p_core(x)
    edge = where(x.equals(-1.0), x.constant(-INF), NAN)
    return where(x > -1.0, where(x < INF, result, x), edge)


def arcsinh(x: Num) -> Num:
    """Return sign(x) log1p(a + a^2 / (1 + sqrt(1 + a^2))) with a = |x|; log(2a) for large a."""
    a = abs(x)
    large = a > 2.0 ** (x.format.mantissa + 4)
    square = a * a
    inner = a + square / (fma(a, a, 1.0).sqrt() + 1.0)
    result = log1p_core(where(large, a, inner)) + where(large, x.constant(LN2_ROUNDED), 0.0)
    result = where(a < 2.0 ** -(x.format.mantissa // 2 + 2), a, result)
    result = where(a < INF, result, a)
    return copysign(result, x)


def arccosh(x: Num) -> Num:
    """Return log1p(t + sqrt(2t + t^2)) with t = x - 1; nan below 1."""
    large = x > 2.0 ** (x.format.mantissa + 4)
    t = x - 1.0
    inner = t + fma(t, t, t + t).sqrt()
    result = log1p_core(where(large, x, inner)) + where(large, x.constant(LN2_ROUNDED), 0.0)
    result = where(x.equals(1.0), 0.0, result)
    return where(x >= 1.0, where(x < INF, result, x), NAN)


def arctanh(x: Num) -> Num:
    """Return sign(x) log1p(2a / (1 - a)) / 2 with a = |x|; infinite at 1, nan beyond."""
    a = abs(x)
    result = log1p_core((a + a) / (1.0 - a)) * 0.5
    result = where(a < 2.0 ** -(x.format.mantissa // 2 + 2), a, result)
    result = where(a < 1.0, result, where(a.equals(1.0), a.constant(INF), NAN))
    return copysign(result, x)
