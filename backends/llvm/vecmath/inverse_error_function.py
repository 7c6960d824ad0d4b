"""The inverse of the error function.

With w = -log(1 - x^2), erfinv(x) / x is a smooth function of w near 0 and of sqrt(w) far from 0:
two polynomials (the arrangement of M. Giles, GPU Computing Gems 2, 2011, chapter 10), of one
length, so that a vector selects its coefficients lane by lane. Coefficients: Remez exchange.
"""

from symgraph.backends.llvm.vecmath.logarithm import log
from symgraph.backends.llvm.vecmath.values import F32, INF, NAN, Num, fma, where

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
