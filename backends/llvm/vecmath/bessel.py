"""Bessel functions of the first kind, and modified ones, of the orders 0 and 1.

For |x| <= 8 J_0 and J_1 / x are polynomials in x^2 / 32 - 1. Beyond, with the phase p = x - pi/4 or
x - 3 pi/4 and z = (8 / x)^2 (Abramowitz and Stegun 9.2.5),

    J(x) = sqrt(2 / (pi x)) (P(z) cos(p) - Q(z) (8 / x) sin(p)).

I_0 and I_1 / x are their power series up to 8 (9.6.10), all of whose terms are positive, and beyond
exp(x) / sqrt(x) times a polynomial in 16 / x - 1. Coefficients: Chebyshev interpolation in 60-digit
arithmetic, written in powers; near a zero of J only the absolute error is small.
"""

from collections.abc import Sequence

from symgraph.backends.llvm.vecmath.exponential import exp
from symgraph.backends.llvm.vecmath.trigonometric import cos, sin
from symgraph.backends.llvm.vecmath.values import F32, INF, Num, copysign, horner, where

# J_0(x) and J_1(x) / x by x^2 / 32 - 1: absolute error below 2^-27 and 2^-56.
J0_NEAR_F32 = (
    0.045829665, 0.9303012, -0.64846927, -0.80808824, 1.0383794, -0.5074713, 0.14598913,
    -0.028465193, 0.0040575378, -0.0004510584, 3.8953796e-05,
)  # fmt: skip
J0_NEAR_F64 = (
    0.045829664859813754, 0.9303012472958572, -0.6484692830871821, -0.8080888076696872,
    1.0383794611436883, -0.5074680458471, 0.14598884856785538, -0.028472718610882047,
    0.004058078988108771, -0.0004435459224311503, 3.847320005801417e-05, -2.717749223632098e-06,
    1.5955848859935914e-07, -7.91532308295207e-09, 3.3794626319436793e-10, -1.243301171273326e-11,
)  # fmt: skip
J1_NEAR_F32 = (
    -0.058143828, 0.08105866, 0.15151665, -0.25959483, 0.15858376, -0.054745965, 0.012456826,
    -0.0020287086, 0.00024947277, -2.437628e-05, 1.8878125e-06,
)  # fmt: skip
J1_NEAR_F64 = (
    -0.05814382795599107, 0.08105866038589796, 0.15151665143806636, -0.2595948652859303,
    0.15858376432721838, -0.05474581821284722, 0.012456814392263375, -0.0020290394945705996,
    0.0002494945813597261, -2.404574865968694e-05, 1.8684526037206013e-06, -1.196708186787801e-07,
    6.431190177265836e-09, -2.943013798001659e-10, 1.1658972367678622e-11, -4.0045728425886457e-13,
)  # fmt: skip
# The amplitudes P and Q (with 8 / x taken out) by z: below 2^-27 and 2^-54.
J0_P_F32 = (
    1.0, -0.0010985762, 2.7083364e-05, -1.6545903e-06,
)  # fmt: skip
J0_P_F64 = (
    1.0, -0.0010986328124987458, 2.7380883620060993e-05, -2.1839178876551594e-06,
    3.6201997728057504e-07, -1.0230311671096991e-07, 4.34227969135307e-08, -2.4254959952447294e-08,
    1.495392574597224e-08, -8.4245531125012e-09, 3.6629024015069136e-09, -1.0306604474712212e-09,
    1.3678396453154035e-10,
)  # fmt: skip
J0_Q_F32 = (
    -0.015624981, 0.000142702, -5.931599e-06,
)  # fmt: skip
J0_Q_F64 = (
    -0.01562499999999998, 0.00014305114745475928, -6.930785875070624e-06, 8.238385038932825e-07,
    -1.8158445456937552e-07, 6.377275619769075e-08, -3.147768253253297e-08, 1.84995056569585e-08,
    -1.0553433517664698e-08, 4.803649188850482e-09, -1.4342744370738477e-09, 2.0262953094329415e-10,
)  # fmt: skip
J1_P_F32 = (
    1.0, 0.00183099, -3.486354e-05, 1.976843e-06,
)  # fmt: skip
J1_P_F64 = (
    1.0, 0.0018310546874986734, -3.5203993242596556e-05, 2.5809940810959866e-06,
    -4.102909207541017e-07, 1.130795637698509e-07, -4.722297272919564e-08, 2.6103445624454773e-08,
    -1.5993920591911708e-08, 8.979116578314727e-09, -3.8963577460319895e-09, 1.0950749104743827e-09,
    -1.4522620914321922e-10,
)  # fmt: skip
J1_Q_F32 = (
    0.046874978, -0.00019986536, 7.310892e-06,
)  # fmt: skip
J1_Q_F64 = (
    0.04687499999999998, -0.00020027160643877278, 8.47096056476612e-06, -9.505834798450298e-07,
    2.029512036377805e-07, -6.986195499472577e-08, 3.40364081156448e-08, -1.9844412607264603e-08,
    1.1269929518036778e-08, -5.117095005671213e-09, 1.5256994461932332e-09, -2.1535963284658179e-10,
)  # fmt: skip
# exp(-x) sqrt(x) I(x) by 16 / x - 1: below 2^-27 and 2^-56.
I0_FAR_F32 = (
    0.4021765, 0.0033605557, 0.00013621716, 1.1112148e-05, 1.4761157e-06, 3.6266704e-07,
    1.0867942e-07,
)  # fmt: skip
I0_FAR_F64 = (
    0.4021765094450081, 0.0033605519836678614, 0.0001362160743919305, 1.1143033790932038e-05,
    1.4838475658279249e-06, 2.9735985885673923e-07, 8.872219737904054e-08, 3.932584334552952e-08,
    2.1548377974791598e-08, 7.554691881248808e-09, -6.747657956107524e-09, -1.340891754008974e-08,
    -5.404771567579958e-09, 7.552583062123384e-09, 7.430464650325426e-09, -3.505966530879332e-09,
    -5.95356943826489e-09, 1.5200816953924232e-09, 3.6379546359011143e-09, -5.715843864202709e-10,
    -1.618980683624682e-09, 1.5279202694981569e-10, 4.577087631643623e-10, -2.0260604287413626e-11,
    -6.067631570603006e-11,
)  # fmt: skip
I1_FAR_F32 = (
    0.38939846, -0.009749581, -0.00021923713, -1.5003966e-05, -1.8256907e-06, -4.2103503e-07,
    -1.2273217e-07,
)  # fmt: skip
I1_FAR_F64 = (
    0.38939845902587233, -0.009749577193235737, -0.00021923576383388928, -1.5038547200567216e-05,
    -1.8349101326980946e-06, -3.483855761044295e-07, -1.0001288294864884e-07,
    -4.312917729178349e-08, -2.337392820814264e-08, -8.427766093735185e-09, 6.734464815301592e-09,
    1.4034238782067183e-08, 5.974437608040264e-09, -7.64239413436356e-09, -7.888351507862078e-09,
    3.4262341490077958e-09, 6.242741219786445e-09, -1.4387250533041013e-09, -3.794670896208339e-09,
    5.295625441161261e-10, 1.6848984479705146e-09, -1.4011625179770627e-10, -4.758818838703853e-10,
    1.8515118828852956e-11, 6.305965197150057e-11,
)  # fmt: skip
# 1 / (k! k!) and 1 / (k! (k + 1)!): the power series by x^2 / 4. Those up to the 14th power suffice
# in single precision.
I0_SERIES = (
    1.0, 1.0, 0.25, 0.027777777777777776, 0.001736111111111111, 6.944444444444444e-05,
    1.9290123456790124e-06, 3.936759889140842e-08, 6.151187326782565e-10, 7.594058428126624e-12,
    7.594058428126623e-14, 6.276081345559193e-16, 4.358389823304995e-18, 2.5789288895295828e-20,
    1.3157800456783586e-22, 5.8479113141260385e-25, 2.2843403570804838e-27, 7.904291893012054e-30,
    2.4395962632753253e-32, 6.757884385804225e-35, 1.6894710964510564e-37, 3.8310002187098785e-40,
)  # fmt: skip
I1_SERIES = (
    1.0, 0.5, 0.08333333333333333, 0.006944444444444444, 0.00034722222222222224,
    1.1574074074074073e-05, 2.755731922398589e-07, 4.920949861426052e-09, 6.834652585313961e-11,
    7.594058428126623e-13, 6.903689480115112e-15, 5.230067787965994e-17, 3.352607556388458e-19,
    1.842092063949702e-21, 8.771866971189057e-24, 3.654944571328774e-26, 1.3437296218120491e-28,
    4.391273273895586e-31, 1.2839980333028028e-33, 3.3789421929021126e-36, 8.045100459290744e-39,
    1.7413637357772174e-41,
)  # fmt: skip
SINGLE_TERMS = 15


def _oscillating(
    x: Num, near: Num, amplitude: Sequence[float], other: Sequence[float], order: int
) -> Num:
    """Return `near` up to 8, and beyond the form with a phase, of |x|; 0 at infinity."""
    a = abs(x)
    ratio = 8.0 / where(a > 8.0, a, 8.0)
    z = ratio * ratio
    p, q = horner(z, amplitude), horner(z, other) * ratio
    c, s = cos(a), sin(a)
    # sqrt(2) cos(p) and sqrt(2) sin(p).
    cosine, sine = (c + s, s - c) if order == 0 else (s - c, -(s + c))
    # sqrt(1 / (8 pi)): the square root of 2 / (pi x) by that of 8 / x, without the root of 2.
    far = (p * cosine - q * sine) * ratio.sqrt() * 0.19947114020071635
    far = where(a < INF, far, where(a.equals(INF), 0.0, a))
    return where(a > 8.0, far, near)


def j0(x: Num) -> Num:
    """Return J_0(x)."""
    single = x.format is F32
    t = x * x * 0.03125 - 1.0
    near = horner(t, J0_NEAR_F32 if single else J0_NEAR_F64)
    if single:
        return _oscillating(x, near, J0_P_F32, J0_Q_F32, 0)
    return _oscillating(x, near, J0_P_F64, J0_Q_F64, 0)


def j1(x: Num) -> Num:
    """Return J_1(x), which is odd."""
    single = x.format is F32
    a = abs(x)
    near = a * horner(x * x * 0.03125 - 1.0, J1_NEAR_F32 if single else J1_NEAR_F64)
    if single:
        size = _oscillating(x, near, J1_P_F32, J1_Q_F32, 1)
    else:
        size = _oscillating(x, near, J1_P_F64, J1_Q_F64, 1)
    sign = copysign(x.constant(1.0), x)
    return size * sign


def _growing(x: Num, series: Sequence[float], far: Sequence[float], odd: bool) -> Num:
    """Return the power series up to 8, and beyond the form with an exponential, of |x|."""
    a = abs(x)
    half = a * 0.5
    near = horner(half * half, series)
    near = near * half if odd else near
    held = where(a > 8.0, a, 8.0)
    # Two factors: exp(x) alone overflows before the function does.
    root = exp(held * 0.5)
    beyond = root * (horner(16.0 / held - 1.0, far) / held.sqrt()) * root
    beyond = where(a.equals(INF), INF, beyond)
    return where(a <= 8.0, near, where(a > 8.0, beyond, a))


def i0(x: Num) -> Num:
    """Return I_0(x)."""
    if x.format is F32:
        return _growing(x, I0_SERIES[:SINGLE_TERMS], I0_FAR_F32, False)
    return _growing(x, I0_SERIES, I0_FAR_F64, False)


def i1(x: Num) -> Num:
    """Return I_1(x), which is odd."""
    if x.format is F32:
        size = _growing(x, I1_SERIES[:SINGLE_TERMS], I1_FAR_F32, True)
    else:
        size = _growing(x, I1_SERIES, I1_FAR_F64, True)
    return copysign(size, x)
