"""sinh, cosh, tanh: odd polynomials near zero, exponentials elsewhere."""

from symgraph.backends.llvm.vecmath.constants import LN2, TWO_LOG2_E, parts
from symgraph.backends.llvm.vecmath.exponential import EXP_F32, EXP_F64, exp_core
from symgraph.backends.llvm.vecmath.values import F32, Num, clamp, copysign, fma, horner, where

# tanh(x) = x + x^3 P(x^2) on |x| <= 0.55: error below 2^-27.7 and 2^-58.5.
TANH_F32 = (-0.333333164, 0.13332586, -0.0538523085, 0.021071678, -0.00627423869)
TANH_F64 = (
    -0.333333333333333, 0.13333333333326622, -0.05396825396376062, 0.021869488385856097,
    -0.008863232601444388, 0.0035920920304521728, -0.001455542845758476,
    0.0005884444858731623, -0.00023338156362718063, 8.331644402399478e-05,
    -1.9494684859448605e-05,
)  # fmt: skip
# sinh(x) = x + x^3 P(x^2) on |x| <= 1: error below 2^-27.5 and 2^-56.5.
SINH_F32 = (0.166666672, 0.0083333496, 0.000198361595, 2.81695111e-06)
SINH_F64 = (
    0.16666666666666669, 0.008333333333333148, 0.00019841269841431873,
    2.755731915707184e-06, 2.505212313672921e-08, 1.6057259768232158e-10,
    7.758748815819022e-13,
)  # fmt: skip

# tanh is 1 to the last digit beyond; sinh and cosh are infinite beyond.
TANH_END = {"f32": 10.0, "f64": 20.0}
COSH_END = {"f32": 90.0, "f64": 711.0}


def _odd(x: Num, coefficients: tuple[float, ...]) -> Num:
    z = x * x
    return fma(x * z, horner(z, coefficients), x)


def tanh(x: Num) -> Num:
    """Return tanh(x); from |x| = 0.55 on 1 - 2 / (exp(2|x|) + 1) with the sign of x.

    The exponential is exp(2r) 2**n with r = |x| - n ln(2) / 2; no power of 2 is out of range here.
    """
    form = x.format
    single = form is F32
    size = abs(x)
    a = clamp(size, high=TANH_END[form.name])
    high, low = parts(LN2, form, 2)
    # The low bits of the rounded number hold n + bias: the exponent of 2**n.
    offset = form.magic + form.bias
    rounded = fma(a, parts(TWO_LOG2_E, form, 1)[0], offset)
    n = rounded - offset
    r = fma(n, -low / 2.0, fma(n, -high / 2.0, a))
    terms = (1.0, 1.0, *(EXP_F32 if single else EXP_F64))
    p = horner(r, [c * 2.0**i for i, c in enumerate(terms)])
    e = p * (rounded.bits() << form.mantissa).as_num()
    far = 1.0 - 2.0 / (e + 1.0)
    near = _odd(size, TANH_F32 if single else TANH_F64)
    return copysign(where(size < 0.55, near, far), x)


def _half_exp(a: Num) -> Num:
    return exp_core(clamp(a, high=COSH_END[a.format.name]), power=-1)


def sinh(x: Num) -> Num:
    """Return sinh(x); from |x| = 1 on h - 1 / (4h), h = exp(|x|) / 2, with the sign of x."""
    a = abs(x)
    h = _half_exp(a)
    near = _odd(a, SINH_F32 if x.format is F32 else SINH_F64)
    return copysign(where(a < 1.0, near, h - 0.25 / h), x)


def cosh(x: Num) -> Num:
    """Return cosh(x) = h + 1 / (4h), h = exp(|x|) / 2."""
    h = _half_exp(abs(x))
    return h + 0.25 / h
