"""The gamma function.

On (0, 3) a polynomial for [2, 3) and steps of the recurrence. From 3 on Stirling's series,

    gamma(x) = sqrt(2 pi) x^(x - 1/2) exp(S(1/x^2)/x - x),

as a power of two whose exponent is the sum of two numbers. For other x the C library is called, or
in portable code reflection used, by which results below the normal range are 0 too early.
Coefficients: Remez exchange.
"""

from symgraph.backends.llvm.vecmath.cold_branches import cold_branch, libm
from symgraph.backends.llvm.vecmath.constants import HALF_LOG2_2PI, LOG2_E, parts
from symgraph.backends.llvm.vecmath.exponential import EXP2_RANGE, exp2_core
from symgraph.backends.llvm.vecmath.gamma import STIRLING_F32, STIRLING_F64
from symgraph.backends.llvm.vecmath.portable import is_portable
from symgraph.backends.llvm.vecmath.power import log2_two_parts
from symgraph.backends.llvm.vecmath.trigonometric import small_sin
from symgraph.backends.llvm.vecmath.values import (
    F32,
    INF,
    NAN,
    Num,
    clamp,
    fma,
    horner,
    two_product,
    two_sum,
    where,
)

# gamma(x) = P(x - 5/2) on [2, 3]: error below 2^-32 and 2^-56.
GAMMA_F32 = (
    1.3293403, 0.9347345, 0.65455854, 0.25387123, 0.10967423, 0.02836085, 0.010382088, 0.001607313,
    0.0007977153,
)  # fmt: skip
GAMMA_F64 = (
    1.329340388179137, 0.9347345216260858, 0.654558577981334, 0.25387124684108603,
    0.10967323400241008, 0.0283607805980781, 0.010392403417262759, 0.0016074004024516511,
    0.0007544742782935699, 3.942892829817919e-06, 6.132853039512271e-05, -1.281004460371048e-05,
    7.262010412092772e-06, -2.5243351629584288e-06, 1.055987281553841e-06, -5.054246266566528e-07,
    2.1544724229540392e-07,
)  # fmt: skip
# Where the result overflows in every rounding.
END = {"f32": 35.5, "f64": 172.0}


def gamma(x: Num) -> Num:
    """Return gamma(x); infinite at the zeros, with their sign, and at inf; nan at negative integers
    and -inf."""
    negative = x <= 0.0
    if is_portable(x.builder):
        positive = _positive(abs(x))
        reflected = cold_branch("gamma", negative, x, lambda v: _reflected(v, positive))
        return where(negative, reflected, positive)
    served = cold_branch("gamma", negative, x, lambda v: libm("tgamma", v))
    return where(negative, served, _positive(x))


def _reflected(x: Num, other: Num) -> Num:
    """Return gamma(x) = -pi / (x sin(pi x) gamma(-x)), of which the last factor is given."""
    whole = x.intrinsic("llvm.rint")
    half, fraction = whole * 0.5, x - whole
    sine = small_sin(fraction * 3.141592653589793)
    sine = where(half.equals(half.intrinsic("llvm.rint")), sine, -sine)
    result = -3.141592653589793 / (x * (sine * other))
    result = where(fraction.equals(0.0), NAN, result)
    return where(abs(x) < 2.0 ** -(x.format.mantissa + 2), 1.0 / x, result)


def _positive(x: Num) -> Num:
    """Return gamma(x) for positive x."""
    single = x.format is F32
    first, second = x < 1.0, x < 2.0
    t = where(first, x - 0.5, where(second, x - 1.5, x - 2.5))
    below = where(first, fma(x, x, x), where(second, x, 1.0))
    near = horner(t, GAMMA_F32 if single else GAMMA_F64) / below
    result = where(x < 3.0, near, _stirling(clamp(x, 3.0, END[x.format.name])))
    return where(x > END[x.format.name], INF, result)


def _stirling(x: Num) -> Num:
    form = x.format
    high, low = log2_two_parts(x)
    power = x - 0.5
    main, rest = two_product(power, high)
    rest = fma(power, low, rest)
    e_high, e_low = parts(LOG2_E, form, 2)
    less, lost = two_product(x, e_high)
    lost = fma(x, e_low, lost)
    inverse = 1.0 / x
    series = horner(inverse * inverse, STIRLING_F32 if form is F32 else STIRLING_F64)
    constant, constant_rest = parts(HALF_LOG2_2PI, form, 2)
    small = fma(series * inverse, e_high, constant_rest) + (rest - lost)
    total, error = two_sum(main, -less)
    total, more = two_sum(total, total.constant(constant))
    total, last = two_sum(total, small)
    return exp2_core(clamp(total, *EXP2_RANGE[form.name]), tail=error + more + last)
