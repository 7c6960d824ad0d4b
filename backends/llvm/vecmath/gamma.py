"""The logarithm of |gamma| and its derivative, the digamma function psi.

On [1, 2) a polynomial times the zeros there; one step of the recurrence maps (0, 1) and [2, 3) to
it. From 3 on, Stirling's series with a polynomial in 1/x^2 fitted on [3, inf) in place of its
divergent tail. Coefficients: Remez exchange. For negative x `gammaln` calls the C library, or uses
reflection in portable code, and so does `psi` always; near their zeros there, only the absolute
error is small.
"""

from symgraph.backends.llvm.vecmath.cold_branches import cold_branch, libm
from symgraph.backends.llvm.vecmath.constants import DIGAMMA_ROOT_LESS_1, HALF_LOG_2PI, LN2, parts
from symgraph.backends.llvm.vecmath.logarithm import decompose, log, log_series, log_tail
from symgraph.backends.llvm.vecmath.portable import is_portable
from symgraph.backends.llvm.vecmath.trigonometric import small_sin, small_tan
from symgraph.backends.llvm.vecmath.values import F32, INF, NAN, Num, fma, horner, where

# gammaln(x) = (x - 1)(x - 2) P(x - 3/2) on [1, 2]: error below 2^-24.6 and 2^-54.5.
GAMMALN_F32 = (
    0.483128965, -0.145959899, 0.0629110485, -0.0313079916, 0.016808223, -0.00943649281,
    0.00532519072, -0.00311588496, 0.00244835275, -0.00152644422,
)  # fmt: skip
GAMMALN_F64 = (
    0.4831289505409809, -0.14595989591430608, 0.06291140107456437, -0.03130848750100938,
    0.016797098631275997, -0.009425622448635379, 0.005446457839031673,
    -0.0032120740693601744, 0.0019229163152517737, -0.0011644146798309393,
    0.0007115190306694325, -0.00043799182693871075, 0.0002713140742981326,
    -0.0001689280813925475, 0.00010535323259002795, -6.608810805032296e-05,
    4.303412587797022e-05, -2.7371100218879164e-05, 1.3173870452271786e-05,
    -8.053436005241814e-06, 1.2149739918135178e-05, -7.990780776539186e-06,
)  # fmt: skip
# gammaln(x) = (x - 1/2) log x - x + log(2 pi)/2 + S(1/x^2)/x, x >= 3: below 2^-29 and 2^-58.5.
STIRLING_F32 = (0.0833333209, -0.00277713174, 0.000777551206, -0.000420421129)
STIRLING_F64 = (
    0.08333333333333144, -0.0027777777769408944, 0.0007936506563792085,
    -0.0005952263509410925, 0.0008411430332567772, -0.0018968498942508515,
    0.005921686580019471, -0.021152943223539337, 0.06862775687597662, -0.15841662756098734,
    0.18136458885264578,
)  # fmt: skip
# psi(x) = (x - root) P(x - 3/2) on [1, 2]: error below 2^-24.6 and 2^-53.5.
PSI_F32 = (
    0.951055884, -0.423627466, 0.240538388, -0.148399964, 0.0951174051, -0.0620400012,
    0.0393618196, -0.0258723591, 0.0239243302, -0.0162213277,
)  # fmt: skip
PSI_F64 = (
    0.951055876031833, -0.4236274212814606, 0.24054248424077398, -0.14840492305389005,
    0.09498872445497261, -0.06192213327469633, 0.040760833810806946, -0.026975796691235347,
    0.017907252481547606, -0.01190821941975288, 0.007926944015988832,
    -0.0052799462538106285, 0.003519012146607961, -0.00234542079801633,
    0.0015565993538078759, -0.0010368420738363585, 0.0007234369756962733,
    -0.00048473049611743555, 0.00022702510113761426, -0.00014697741511691994,
    0.0002598515255790083, -0.00017656320769606862,
)  # fmt: skip
# psi(x) = log x - 1/(2x) - A(1/x^2)/x^2, x >= 3: error below 2^-32.5 and 2^-57.5.
ASYMPTOTIC_F32 = (0.0833332762, -0.00832876097, 0.00384523487, -0.00273343525)
ASYMPTOTIC_F64 = (
    0.0833333333333117, -0.008333333322855616, 0.003968252125446024, -0.004166499567364936,
    0.0075666605114553575, -0.020768708211439967, 0.07532649515557142, -0.2990600965285,
    1.0418615815217191, -2.5268459502223046, 3.000944452632841,
)  # fmt: skip
LOG_PI = 1.1447298858494002


def gammaln(x: Num) -> Num:
    """Return log|gamma(x)|; inf at zero, the negative integers and both infinities."""
    negative = x <= 0.0
    if is_portable(x.builder):
        positive = _positive(where(negative, 1.0 - x, x))
        reflected = cold_branch("gammaln", negative, x, lambda v: _reflected(v, positive))
        return where(negative, reflected, positive)
    served = cold_branch("gammaln", negative, x, lambda v: libm("lgamma", v))
    return where(negative, served, _positive(x))


def _reflected(x: Num, other: Num) -> Num:
    """Return log|gamma(x)| = log(pi / |sin(pi x)|) - log gamma(1 - x), of which the last term is
    given."""
    fraction = x - x.intrinsic("llvm.rint")
    tiny = abs(x) < 2.0 ** -(x.format.mantissa + 2)
    sine = where(tiny, abs(x), abs(small_sin(fraction * 3.141592653589793)))
    result = where(tiny, 0.0, x.constant(LOG_PI)) - log(sine) - other
    return where(fraction.equals(0.0) | x.equals(-INF), INF, result)


def _positive(x: Num) -> Num:
    """Return log gamma(x) for positive x."""
    single = x.format is F32
    first, third, large = x < 1.0, x >= 2.0, x >= 3.0
    # gammaln(1 + w) = w (w - 1) P(w - 1/2) for w = x, x - 1 or x - 2 in [0, 1), and the step
    # between: -log x, 0 or log(x - 1).
    w = where(first, x, where(third, x - 2.0, x - 1.0))
    p = horner(w - 0.5, GAMMALN_F32 if single else GAMMALN_F64)
    sign = where(first, x.constant(-1.0), where(third, x.constant(1.0), 0.0))
    f, _, k = decompose(where(third & ~large, x - 1.0, x))
    high, low = parts(LN2, x.format, 2)
    tail = log_tail(f, k * low)
    logarithm = fma(k, high, f + tail)
    # Next to the zeros at 1 and 2 the logarithm is f + tail with f = w - 1 or w: taking f out of
    # both terms keeps their difference exact.
    zero = where(first, w - 1.0, w)
    slope = where(first, w, w - 1.0) * p
    close = k.equals(0.0)
    # Plus 0, so that the zeros at 1 and 2 are not negative.
    near = fma(zero, where(close, slope + sign, slope), sign * where(close, tail, logarithm)) + 0.0
    inverse = 1.0 / x
    series = horner(inverse * inverse, STIRLING_F32 if single else STIRLING_F64)
    constant, _ = parts(HALF_LOG_2PI, x.format, 2)
    # log x - 1 is small next to 3: its parts are added in the order that keeps it exact.
    less_one = fma(k, high, -1.0) + (f + tail)
    far = fma(x - 0.5, less_one, fma(series, inverse, constant - 0.5))
    result = where(large, far, near)
    return where(x < INF, result, x)


def _reflection(x: Num) -> Num:
    """Return psi(-a) - psi(a) = 1/a + pi cot(pi a), a = -x; without 1/a for a < 1; nan at
    integers."""
    a = -x
    fraction = a - a.intrinsic("llvm.rint")
    tangent = small_tan(fraction * 3.141592653589793)
    cotangent = where(fraction.equals(0.0), NAN, 3.141592653589793 / tangent)
    return where(a < 1.0, 0.0, 1.0 / a) + cotangent


def psi(x: Num) -> Num:
    """Return the digamma function; -inf at 0, inf at -0, nan at the negative integers and -inf."""
    form = x.format
    single = form is F32
    negative = x < 0.0
    served = cold_branch("psi", negative, x, _reflection)
    a = abs(x)
    first, third, large = a < 1.0, a >= 2.0, a >= 3.0
    w = where(first, a, where(third, a - 2.0, a - 1.0))
    root, root_tail = parts(DIGAMMA_ROOT_LESS_1, form, 2)
    near = ((w - root) - root_tail) * horner(w - 0.5, PSI_F32 if single else PSI_F64)
    inverse = 1.0 / where(third & ~large, a - 1.0, a)
    # psi(a) = psi(1 + a) - 1/a; for negative x reflection takes the last term back.
    below = where(negative, 0.0, -inverse)
    near = near + where(first, below, where(third, inverse, 0.0))
    square = inverse * inverse
    series = horner(square, ASYMPTOTIC_F32 if single else ASYMPTOTIC_F64)
    f, _, k = decompose(a)
    far = log_series(f, k) - fma(square, series, inverse * 0.5)
    result = where(large, far, near)
    result = where(a < INF, result, a)
    zero = a.constant(INF).intrinsic("llvm.copysign", -x)
    result = where(a.equals(0.0), zero, result)
    return where(negative, result + served, result)
