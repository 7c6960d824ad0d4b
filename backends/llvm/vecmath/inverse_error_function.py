"""The inverses of the error function and of its complement.

With w = -log(1 - x^2), erfinv(x) / x is a smooth function of w near 0 and of sqrt(w) far from 0:
two polynomials (the arrangement of M. Giles, GPU Computing Gems 2, 2011, chapter 10), of one
length, so that a vector selects its coefficients lane by lane. Coefficients: Remez exchange.

erfcinv(x) is erfinv(1 - x), but where x is near 0 or 2, which 1 - x would round: with
s = sqrt(-log x), erfcinv(x) / s is a smooth function of (s - K) / (s + K), down to the smallest
number. Coefficients: Chebyshev interpolation in 60-digit arithmetic, written in powers.
"""

from symgraph.backends.llvm.vecmath.logarithm import log
from symgraph.backends.llvm.vecmath.values import F32, INF, NAN, Num, fma, horner, where

# erfinv(x) / x by w - NEAR_CENTRE for w < SPLIT: error below 2^-28 and 2^-53.
NEAR_F32 = (
    1.5014094, 0.2466403, -0.0041773394, -0.0012527448, 0.00021828267, -4.9618675e-06,
    -3.4346235e-06, 4.6588377e-07, 1.8038547e-08, -8.772271e-09, 3.3549272e-10,
)  # fmt: skip
NEAR_F64 = (
    1.8587791124269732, 0.2283546853376904, -0.007221059951834866, -0.0002039720175038374,
    0.00011887778911722377, -1.551514117822787e-05, 4.865424567844337e-07, 1.7724372359376075e-07,
    -3.343647001393237e-08, 1.850052376820366e-09, 2.909998399099824e-10, -7.176365401199713e-11,
    5.240420272458671e-12, 4.659516880342295e-13, -1.5353975525428258e-13, 1.377634549871849e-14,
    6.313866201220833e-16, -3.28257347120948e-16, 3.8315410937730095e-17, 6.433701630187399e-19,
    -9.105217068918385e-19, 9.130875509120458e-20, 8.886765963972032e-21, -1.813919204639872e-21,
    -3.092252184834996e-23, 1.2958443834227625e-23,
)  # fmt: skip
# By sqrt(w) - FAR_CENTRE beyond, up to the largest number below 1: below 2^-29 and 2^-55.
FAR_F32 = (
    2.9583201, 1.0037186, 0.0070481165, -0.0053001, 0.0037916412, -0.0025257943, 0.0012734995,
    -0.00031413164, -0.00011763056, 0.00012365221, -2.9511017e-05,
)  # fmt: skip
FAR_F64 = (
    4.344753812214422, 1.0102327886722413, 0.0003274424635675229, -0.00043024364841563127,
    0.0001479411246838717, -4.101968940901069e-05, 1.1094846429229091e-05, -3.6005304089157102e-06,
    1.6400893040819546e-06, -9.093515135457723e-07, 4.880659079906987e-07, -2.2322113634983255e-07,
    7.925787260716179e-08, -1.7569278840107536e-08, -1.0343427331805567e-09, 3.199005486052204e-09,
    -1.6412860621846872e-09, 4.489739743605547e-10, -4.4711149311755847e-11,
    -2.3007695893810202e-11, 2.1388777251332126e-11, -8.378550304239573e-12,
    -6.841056646705094e-14, 8.736090897471358e-13, -9.307726716531421e-14, -2.524959720123239e-14,
)  # fmt: skip
# erfcinv(x) / s for x <= 1/4: error below 2^-28 and 2^-56.
TAIL_F32 = (
    0.90492034, 0.27366456, -0.33896965, 0.27866045, -0.17846432, 0.06940834, 0.019765774,
    -0.07665487, 0.10190081, -0.0982655, 0.048226483, 0.022154566, -0.030249385,
)  # fmt: skip
TAIL_F64 = (
    0.9558769717266671, 0.13748742983982692, -0.197804890564211, 0.20831214302350265,
    -0.19595518914607196, 0.1674846987134651, -0.1304475023187585, 0.08957911641914237,
    -0.049440040294757265, 0.013110669429574437, 0.016948059854297218, -0.03941587634625105,
    0.053638852834990806, -0.05983090084120101, 0.0587550490372517, -0.05163277766756707,
    0.039691687182598696, -0.025299418386955506, 0.012588061428648266, 0.0010365851164897094,
    -0.027500983284390778, 0.04330192553908317, 0.008211242271596622, -0.03719184845631091,
    -0.13619948063965676, 0.23978640648782806, 0.16030056886247832, -0.4442931768382532,
    -0.1695926024609938, 0.6486737582830693, 0.015514537745172289, -0.5920829912359357,
    0.1930105381936924, 0.19739274595357928, -0.10413207671203743,
)  # fmt: skip
TAIL_CENTRE = {"f32": 3.0, "f64": 5.0}
SPLIT = {"f32": 5.0, "f64": 8.0}
NEAR_CENTRE = {"f32": 2.5, "f64": 4.0}
FAR_CENTRE = {"f32": 3.125, "f64": 4.5}


def erfinv(x: Num) -> Num:
    """Return the y with erf(y) = x; infinite at -1 and 1, nan beyond."""
    form = x.format
    a = abs(x)
    w = -log((1.0 - a) * (a + 1.0))
    near = w < SPLIT[form.name]
    t = where(near, w - NEAR_CENTRE[form.name], w.sqrt() - FAR_CENTRE[form.name])
    pairs = zip(*((NEAR_F32, FAR_F32) if form is F32 else (NEAR_F64, FAR_F64)), strict=True)
    first, *rest = (where(near, x.constant(inner), outer) for inner, outer in reversed([*pairs]))
    ratio = first
    for coefficient in rest:
        ratio = fma(ratio, t, coefficient)
    ratio = where(a.equals(1.0), INF, ratio)
    return where(a > 1.0, NAN, x * ratio)


def erfcinv(x: Num) -> Num:
    """Return the y with erfc(y) = x; inf at 0, -inf at 2, nan beyond."""
    form = x.format
    far = where(x > 1.0, 2.0 - x, x)
    held = where(far < 0.25, far, 0.25)
    s = (-log(where(held > 0.0, held, 0.25))).sqrt()
    centre = TAIL_CENTRE[form.name]
    tail = s * horner((s - centre) / (s + centre), TAIL_F32 if form is F32 else TAIL_F64)
    tail = where(far.equals(0.0), INF, where(x > 1.0, -tail, tail))
    tail = where(x.equals(2.0), -INF, tail)
    near = erfinv(1.0 - x)
    result = where(far < 0.25, tail, near)
    return where(far < 0.0, NAN, result)
