"""erf, erfc and erfcx.

erf(x) = x + x P(x^2) on |x| <= 1 and 1 - exp(Q(|x|)) beyond, Q ~ log erfc. erfc is computed
for a = |x| as

    erfc(a) = exp(-a^2) F(t) / (1 + 2a),    t = (a - K) / (a + K),

as F varies little over all a >= 0 (the mapping of Shepherd and Laframboise, Math. Comp. 36, 1981),
and reflected for negative x. erfcx(x) = exp(x^2) erfc(x) is F(t) / (1 + 2a) itself, and its
asymptotic series (Abramowitz and Stegun 7.1.23) where erfc vanishes. Coefficients: Remez exchange.
"""

from symgraph.backends.llvm.vecmath.exponential import EXP_RANGE, exp_core
from symgraph.backends.llvm.vecmath.values import F32, Num, clamp, copysign, fma, horner, where

# erf(x) = x + x P(x^2), |x| <= 1: error below 2^-27.7 and 2^-56.3.
ERF_F32 = (
    0.128379166, -0.37612626, 0.112835854, -0.026853811, 0.00518832775, -0.000801019254,
    7.85385782e-05,
)  # fmt: skip
ERF_F64 = (
    0.1283791670955126, -0.3761263890318375, 0.11283791670954857, -0.026866170645072893,
    0.0052239776247808446, -0.0008548326978741046, 0.00012055331036860564,
    -1.4925593506007715e-05, 1.6460972803571388e-06, -1.6350025086257942e-07,
    1.4657878961615161e-08, -1.136566268703554e-09, 5.94525641133353e-11,
)  # fmt: skip
# log(erfc(a)) on [1, 3.95] and [1, 5.95]: error relative to erf below 2^-26.2 and 2^-56.7.
LOG_ERFC_F32 = (
    0.000188468373, -1.12958026, -0.633216381, -0.108422101, 0.0252103414, -0.00420528511,
    0.000441472745, -2.16976223e-05,
)  # fmt: skip
LOG_ERFC_F64 = (
    -5.027973561920758e-07, -1.1283740899884438, -0.6366436257651635, -0.10270344600415589,
    0.018990191331761032, 0.00041061038355596097, -0.0019159247854342051,
    0.0007706280835839922, -0.00013504075005360306, -2.027146928089524e-05,
    2.282439615794894e-05, -8.667748439619376e-06, 2.1358167888258413e-06,
    -3.733279779014032e-07, 4.642618409666283e-08, -3.93455844132854e-09,
    2.0451298299674222e-10, -4.92905753397126e-12,
)  # fmt: skip
ERF_END = {"f32": 3.95, "f64": 5.95}
# F(t) with K = 2 up to a = 10.1 and K = 4 up to a = 27.3: error below 2^-25 and 2^-54.1.
ERFC_F32 = (
    1.27697837, -0.0927639827, -0.16603142, 0.164055347, -0.0542043, -0.00805987604,
    0.00863168109, 0.00131352351, -0.00122992683, -0.000400576857,
)  # fmt: skip
ERFC_F64 = (
    1.2329951186255526, -0.13962111684056286, 0.015379652102620139, 0.06809705425473354,
    -0.10103906603632354, 0.09373283499691458, -0.0663303658120391, 0.03716751556070015,
    -0.016197734054718877, 0.005031969770622348, -0.0007577733614360403,
    -0.00019925557960433647, 0.00015062229018829797, -2.440295367808136e-05,
    -1.1224821529707597e-05, 5.717498170259215e-06, 3.012733403720892e-07,
    -8.347656766805209e-07, 6.28882435847075e-08, 1.1516000534126237e-07,
    -7.842040166198536e-09, -1.3649907049472043e-08, -1.8001402462385445e-09,
)  # fmt: skip
ERFC_CENTRE = {"f32": 2.0, "f64": 4.0}
ERFC_END = {"f32": 10.1, "f64": 27.3}
# sqrt(pi) x erfcx(x) by 1 / x^2, beyond the end.
ERFCX_FAR = (1.0, -0.5, 0.75, -1.875, 6.5625, -29.53125, 162.421875)
# Below this exp(x^2) overflows.
ERFCX_START = {"f32": -10.0, "f64": -27.0}


def erf(x: Num) -> Num:
    single = x.format is F32
    a = abs(x)
    near = _near_zero(a)
    held = clamp(a, high=ERF_END[x.format.name])
    exponent = horner(held, LOG_ERFC_F32 if single else LOG_ERFC_F64)
    return copysign(where(a < 1.0, near, 1.0 - exp_core(exponent)), x)


def _near_zero(x: Num) -> Num:
    return fma(x, horner(x * x, ERF_F32 if x.format is F32 else ERF_F64), x)


def erfc(x: Num) -> Num:
    """Return erfc(x); computed as 1 - erf(x) on |x| < 1/2, where F varies most."""
    form = x.format
    a = clamp(abs(x), high=ERFC_END[form.name])
    centre = ERFC_CENTRE[form.name]
    t = (a - centre) / (a + centre)
    square = a * a
    lost = fma(a, a, -square)
    factor = horner(t, ERFC_F32 if form is F32 else ERFC_F64) / fma(a, 2.0, 1.0)
    upper = exp_core(-square, tail=-lost, factor=factor)
    far = where(x < 0.0, 2.0 - upper, upper)
    return where(a < 0.5, 1.0 - _near_zero(x), far)


def erfcx(x: Num) -> Num:
    """Return exp(x^2) erfc(x); inf where that overflows."""
    form = x.format
    end, centre = ERFC_END[form.name], ERFC_CENTRE[form.name]
    a = clamp(x, 0.5, end)
    t = (a - centre) / (a + centre)
    upper = horner(t, ERFC_F32 if form is F32 else ERFC_F64) / fma(a, 2.0, 1.0)
    b = clamp(x, ERFCX_START[form.name], 0.5)
    square = b * b
    power, lost = clamp(square, high=EXP_RANGE[form.name][1]), fma(b, b, -square)
    lower = exp_core(power, tail=lost, factor=erfc(b))
    inverse = 1.0 / where(x > end, x, end)
    far = inverse * horner(inverse * inverse, ERFCX_FAR) * 0.5641895835477563
    return where(x < 0.5, lower, where(x > end, far, upper))
