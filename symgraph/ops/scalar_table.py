"""The table of scalar functions: NumPy implementation, dtype and derivatives, one entry each.

A derivative is written as the cotangent that `g` becomes; `m(g, d)` multiplies g by d, `i` are
the inputs and `y` is the output. Kinks take one side: abs has the derivative 0 at 0,
relu 0 at 0, maximum and minimum give a tie to their first operand, clip has 1 at its bounds.
Step functions to integers (floor, ceil, trunc, round, sgn) have the derivative 0 everywhere.

Where a derivative would be 0 / 0 a value is chosen that suits the functions composed with it.
hypot and arctan2 have 0 at (0, 0); logaddexp shares its derivative equally between equal
infinities. A root or another power below 1 has an infinite derivative at 0; but for an expression
that cannot be negative, such as a sum of squares, it has 0 there: the expression is at its minimum,
and so is a norm at 0.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import COMPLEX_DTYPES, LazyModule, Variable, canonical_dtype
from symgraph.ops.constant import as_tensor
from symgraph.ops.elemwise import Elemwise, scalar_functions
from symgraph.ops.limits_of_derivatives import (
    difference,
    hypotenuse,
    leg,
    over_square,
    power_derivative,
    quotient,
    real_of,
    root_derivative,
)
from symgraph.ops.saturating import saturated_add as saturated_add
from symgraph.ops.saturating import saturated_mul as saturated_mul
from symgraph.ops.saturating import saturated_sub as saturated_sub
from symgraph.ops.scalar import (
    REALS,
    SIGNED,
    Multiply,
    arithmetic,
    cast_to,
    complex_of,
    divide_dtype,
    pick_last_two,
    promote,
    real_part,
    upgrade_to_float,
)
from symgraph.ops.scalar_entries import (
    Function,
    bitwise,
    choice,
    comparison,
    entry,
    float_entry,
    rounding,
    test,
    zero_like,
)

special = LazyModule("scipy.special")

# Rules refer to functions that are declared further down.
complex: Function
conj: Function
cos: Function
cosh: Function
eq: Function
ge: Function
hypot: Function
imag: Function
log: Function
mul_zero: Function
neg: Function
psi: Function
real: Function
reciprocal: Function
sgn: Function
sigmoid: Function
sqr: Function
switch: Function
tri_gamma: Function


# --- arithmetic ---

add = entry(
    "add",
    np.add,
    lambda m, g, i, y: g,
    lambda m, g, i, y: g,
    associative=True,
    symbol="+",
    precedence=50,
)
sub = entry(
    "sub",
    np.subtract,
    lambda m, g, i, y: g,
    lambda m, g, i, y: -g,
    takes=SIGNED,
    symbol="-",
    precedence=50,
)
mul = entry(
    "mul",
    np.multiply,
    lambda m, g, i, y: m(g, i[1]),
    lambda m, g, i, y: m(g, i[0]),
    associative=True,
    symbol="*",
    precedence=60,
)
true_div = entry(
    "true_div",
    np.true_divide,
    lambda m, g, i, y: m(g, reciprocal(i[1])),
    lambda m, g, i, y: m(g, neg(y) / i[1]),
    result=divide_dtype,
    symbol="/",
    precedence=60,
)
floor_div = entry(
    "floor_div",
    np.floor_divide,
    lambda m, g, i, y: zero_like(g),
    lambda m, g, i, y: zero_like(g),
    result=arithmetic,
    takes=REALS,
    symbol="//",
    precedence=60,
)
mod = entry(
    "mod",
    np.mod,
    lambda m, g, i, y: g,
    lambda m, g, i, y: m(g, neg(floor_div(i[0], i[1]))),
    result=arithmetic,
    takes=REALS,
    symbol="%",
    precedence=60,
)


def _power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return NumPy's powers; for integers a negative exponent truncates 1 / a**-b to an integer."""
    if a.dtype.kind != "i":
        return np.power(a, b)
    magnitude = np.power(a, np.where(b < 0, 0, b))
    odd = np.where(b % 2 == 0, 1, a)
    negative = np.where(np.abs(a) == 1, odd, 0).astype(a.dtype)
    return np.where(b < 0, negative, magnitude)


pow = entry(
    "pow",
    _power,
    lambda m, g, i, y: m(g, power_derivative(i[0], i[1], y.type.dtype)),
    # 0 ** b is constant for b > 0, though log(0) is infinite.
    lambda m, g, i, y: m(g, switch(eq(i[0], 0) & ge(real_of(i[1]), 0), 0, y * log(i[0]))),
    result=arithmetic,
    symbol="**",
    precedence=80,
)
neg = entry(
    "neg",
    np.negative,
    lambda m, g, i, y: neg(g),
    takes=SIGNED,
    symbol="-",
    precedence=70,
)
abs = entry(
    "abs",
    np.abs,
    lambda m, g, i, y: m(g, sgn(i[0])),
    result=real_part,
    not_analytic=[
        (lambda m, g, i, y: m(g, sgn(i[0])), lambda m, t, i, y: real(m(t, conj(sgn(i[0])))))
    ],
)


def _turn(m: Multiply, moved: Variable, z: Variable, sign: Variable) -> Variable:
    """Return how z / |z| moves: along the circle only, which is symmetric."""
    along = imag(conj(sign) * moved)
    return m(complex(0, switch(eq(z, 0), 0, along / abs(z))), sign)


sgn = entry(
    "sgn",
    lambda a: a if a.dtype == bool else np.sign(a),
    lambda m, g, i, y: zero_like(g),
    not_analytic=[(lambda m, g, i, y: _turn(m, g, i[0], y),) * 2],
)
reciprocal = float_entry("reciprocal", lambda a: 1 / a, lambda m, g, i, y: m(g, neg(sqr(y))))
sqr = entry("sqr", np.square, lambda m, g, i, y: m(g, 2 * i[0]), result=arithmetic)
sqrt = float_entry("sqrt", np.sqrt, lambda m, g, i, y: m(g, root_derivative(i[0], y)))

# --- exponentials and logarithms ---

exp = float_entry("exp", np.exp, lambda m, g, i, y: m(g, y))
exp2 = float_entry("exp2", np.exp2, lambda m, g, i, y: m(g, y * math.log(2)))
expm1 = float_entry("expm1", np.expm1, lambda m, g, i, y: m(g, exp(i[0])))
log = float_entry("log", np.log, lambda m, g, i, y: m(g, reciprocal(i[0])))
log2 = float_entry("log2", np.log2, lambda m, g, i, y: m(g, reciprocal(i[0] * math.log(2))))
log10 = float_entry("log10", np.log10, lambda m, g, i, y: m(g, reciprocal(i[0] * math.log(10))))
log1p = float_entry("log1p", np.log1p, lambda m, g, i, y: m(g, reciprocal(i[0] + 1)))
logaddexp = float_entry(
    "logaddexp",
    np.logaddexp,
    lambda m, g, i, y: m(g, sigmoid(difference(i[0], i[1]))),
    lambda m, g, i, y: m(g, sigmoid(difference(i[1], i[0]))),
    takes=REALS,
)


def _sigmoid(a: np.ndarray) -> np.ndarray:
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1 / (1 + e), e / (1 + e)).astype(a.dtype)


def _softplus(a: np.ndarray) -> np.ndarray:
    return np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a)))


sigmoid = float_entry(
    "sigmoid", _sigmoid, lambda m, g, i, y: m(g, y * sigmoid(neg(i[0]))), takes=REALS
)
softplus = float_entry("softplus", _softplus, lambda m, g, i, y: m(g, sigmoid(i[0])), takes=REALS)

# --- rounding ---


def _half_away(a: np.ndarray) -> np.ndarray:
    whole = np.trunc(a)
    away = whole + np.where(np.abs(a - whole) >= 0.5, np.sign(a), 0).astype(a.dtype)
    return np.copysign(away, a)


ceil = rounding("ceil", np.ceil)
floor = rounding("floor", np.floor)
trunc = rounding("trunc", np.trunc)
round = rounding("round", np.rint)
round_half_away = rounding("round_half_away", _half_away)

# --- trigonometry ---

sin = float_entry("sin", np.sin, lambda m, g, i, y: m(g, cos(i[0])))
cos = float_entry("cos", np.cos, lambda m, g, i, y: m(g, neg(sin(i[0]))))
tan = float_entry("tan", np.tan, lambda m, g, i, y: m(g, 1 + sqr(y)))
arcsin = float_entry("arcsin", np.arcsin, lambda m, g, i, y: m(g, 1 / leg(i[0])))
arccos = float_entry("arccos", np.arccos, lambda m, g, i, y: m(g, -1 / leg(i[0])))
arctan = float_entry("arctan", np.arctan, lambda m, g, i, y: m(g, 1 / (1 + sqr(i[0]))))
arctan2 = float_entry(
    "arctan2",
    np.arctan2,
    lambda m, g, i, y: m(g, over_square(i[1], hypot(*i))),
    lambda m, g, i, y: m(g, neg(over_square(i[0], hypot(*i)))),
    takes=REALS,
)
sinh = float_entry("sinh", np.sinh, lambda m, g, i, y: m(g, cosh(i[0])))
cosh = float_entry("cosh", np.cosh, lambda m, g, i, y: m(g, sinh(i[0])))
tanh = float_entry("tanh", np.tanh, lambda m, g, i, y: m(g, 1 - sqr(y)))
arcsinh = float_entry("arcsinh", np.arcsinh, lambda m, g, i, y: m(g, 1 / hypotenuse(i[0])))
arccosh = float_entry(
    "arccosh", np.arccosh, lambda m, g, i, y: m(g, 1 / (sqrt(i[0] - 1) * sqrt(i[0] + 1)))
)
arctanh = float_entry("arctanh", np.arctanh, lambda m, g, i, y: m(g, 1 / ((1 - i[0]) * (1 + i[0]))))
deg2rad = float_entry("deg2rad", np.deg2rad, lambda m, g, i, y: m(g, math.pi / 180), takes=REALS)
rad2deg = float_entry("rad2deg", np.rad2deg, lambda m, g, i, y: m(g, 180 / math.pi), takes=REALS)
hypot = float_entry(
    "hypot",
    np.hypot,
    lambda m, g, i, y: m(g, switch(eq(y, 0), 0, i[0] / y)),
    lambda m, g, i, y: m(g, switch(eq(y, 0), 0, i[1] / y)),
    takes=REALS,
)

# --- special functions ---

_TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)

erf = float_entry(
    "erf",
    lambda a: special.erf(a),
    lambda m, g, i, y: m(g, _TWO_OVER_SQRT_PI * exp(neg(sqr(i[0])))),
)
erfc = float_entry(
    "erfc",
    lambda a: special.erfc(a),
    lambda m, g, i, y: m(g, -_TWO_OVER_SQRT_PI * exp(neg(sqr(i[0])))),
)
erfinv = float_entry(
    "erfinv",
    # SciPy returns 0 for -0.
    lambda a: np.where(a == 0, a, special.erfinv(a)),
    lambda m, g, i, y: m(g, exp(sqr(y)) / _TWO_OVER_SQRT_PI),
    takes=REALS,
)
gamma = float_entry(
    "gamma", lambda a: special.gamma(a), lambda m, g, i, y: m(g, y * psi(i[0])), takes=REALS
)


def _gammaln(a: np.ndarray) -> np.ndarray:
    """Return log|gamma(a)|, with inf at -inf, as in C and as at all poles, where SciPy has -inf;
    and finite near 0, where SciPy has inf."""
    result = np.where(np.isneginf(a), np.inf, special.gammaln(a))
    return np.where(np.abs(a) < np.finfo(a.dtype).tiny, -np.log(np.abs(a)), result)


gammaln = float_entry("gammaln", _gammaln, lambda m, g, i, y: m(g, psi(i[0])), takes=REALS)


def _psi(a: np.ndarray) -> np.ndarray:
    result: np.ndarray = special.psi(a)
    return result


psi = float_entry("psi", _psi, lambda m, g, i, y: m(g, tri_gamma(i[0])), takes=REALS)


def _tri_gamma(a: np.ndarray) -> np.ndarray:
    """Return the second derivative of gammaln; by reflection below 0, where SciPy takes |a|
    steps."""
    below = a <= 0
    positive = special.polygamma(1, np.where(below, 1 - a, a))
    return np.where(below, (np.pi / np.sin(np.pi * (a - np.rint(a)))) ** 2 - positive, positive)


tri_gamma = float_entry(
    "tri_gamma",
    _tri_gamma,
    lambda m, g, i, y: m(g, scalar_functions["polygamma"](2, i[0])),
    takes=REALS,
)
xlogy = float_entry(
    "xlogy",
    lambda a, b: special.xlogy(a, b),
    lambda m, g, i, y: m(g, log(i[1])),
    lambda m, g, i, y: m(g, quotient(i[0], i[1])),
)

# --- choice ---

relu = choice(
    "relu", lambda a: np.maximum(a, a.dtype.type(0)), lambda m, g, i, y: switch(i[0] > 0, g, 0)
)
maximum = choice(
    "maximum",
    np.maximum,
    lambda m, g, i, y: switch(i[0] >= i[1], g, 0),
    lambda m, g, i, y: switch(i[0] >= i[1], 0, g),
    associative=True,
)
minimum = choice(
    "minimum",
    np.minimum,
    lambda m, g, i, y: switch(i[0] <= i[1], g, 0),
    lambda m, g, i, y: switch(i[0] <= i[1], 0, g),
    associative=True,
)
clip = choice(
    "clip",
    lambda a, low, high: np.minimum(np.maximum(a, low), high),
    lambda m, g, i, y: switch((i[0] >= i[1]) & (i[0] <= i[2]), g, 0),
    lambda m, g, i, y: switch((i[0] < i[1]) & (i[1] <= i[2]), g, 0),
    lambda m, g, i, y: switch((maximum(i[0], i[1]) > i[2]), g, 0),
)


def _choose(dtypes: Sequence[str]) -> Sequence[str]:
    return ("bool", *(pick_last_two(dtypes),) * 2)


switch = entry(
    "switch",
    np.where,
    None,
    lambda m, g, i, y: switch(i[0], g, 0),
    lambda m, g, i, y: switch(i[0], 0, g),
    result=pick_last_two,
    operand=_choose,
    masks=True,
)
mul_zero = entry(
    "mul_zero",
    lambda a, b: np.where(a == 0, 0, a * b).astype(a.dtype),
    lambda m, g, i, y: mul_zero(g, i[1]),
    lambda m, g, i, y: m(g, i[0]),
    masks=True,
    not_analytic=[
        (lambda m, g, i, y: mul_zero(g, conj(i[1])), lambda m, t, i, y: mul_zero(t, i[1])),
        (lambda m, g, i, y: m(g, conj(i[0])), lambda m, t, i, y: m(t, i[0])),
    ],
)
second = entry(
    "second",
    lambda a, b: np.broadcast_arrays(a, b)[1],
    None,
    lambda m, g, i, y: g,
    result=lambda dtypes: dtypes[1],
    operand=tuple,
)
identity = entry("identity", lambda a: a, lambda m, g, i, y: g)

# --- comparison and logic ---

lt = comparison("lt", np.less, "<")
gt = comparison("gt", np.greater, ">")
le = comparison("le", np.less_equal, "<=")
ge = comparison("ge", np.greater_equal, ">=")
eq = test("eq", np.equal, 2, symbol="==", precedence=30)
neq = test("neq", np.not_equal, 2, symbol="!=", precedence=30)
isnan = test("isnan", np.isnan, 1)
isinf = test("isinf", np.isinf, 1)
and_ = bitwise("and_", np.bitwise_and, "&", 45, associative=True)
xor = bitwise("xor", np.bitwise_xor, "^", 44, associative=True)
or_ = bitwise("or_", np.bitwise_or, "|", 43, associative=True)
invert = bitwise("invert", np.invert, "~", 70)
left_shift = bitwise("left_shift", np.left_shift, "<<", 48, result=arithmetic)
right_shift = bitwise("right_shift", np.right_shift, ">>", 48, result=arithmetic)

# --- complex numbers ---


def _complex(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the complex number; a + 1j * b would give nan for an infinite b."""
    shape = np.broadcast_shapes(a.shape, b.shape)
    result = np.empty(shape, complex_of([a.dtype.name]))
    result.real, result.imag = a, b
    return result


def _turned(z: Variable) -> Variable:
    """Return i z / |z| ** 2, along which the angle of z grows; 0 at 0."""
    return complex(0, 1) * sgn(z) * switch(eq(z, 0), 0, reciprocal(abs(z)))


real = entry(
    "real",
    np.real,
    lambda m, g, i, y: g,
    result=real_part,
    not_analytic=[(lambda m, g, i, y: g, lambda m, t, i, y: real(t))],
)
imag = entry(
    "imag",
    np.imag,
    lambda m, g, i, y: zero_like(g),
    result=real_part,
    not_analytic=[(lambda m, g, i, y: complex(0, g), lambda m, t, i, y: imag(t))],
)
angle = entry(
    "angle",
    np.angle,
    lambda m, g, i, y: zero_like(g),
    result=lambda dtypes: real_part([upgrade_to_float(dtypes)]),
    # NumPy would compute small integers in float16.
    operand=lambda dtypes: [upgrade_to_float(dtypes)],
    expression=lambda x: arctan2(zero_like(x), x),
    not_analytic=[
        (
            lambda m, g, i, y: m(g, _turned(i[0])),
            lambda m, t, i, y: real(m(t, conj(_turned(i[0])))),
        )
    ],
)
conj = entry(
    "conj",
    np.conj,
    lambda m, g, i, y: g,
    not_analytic=[(lambda m, g, i, y: conj(g), lambda m, t, i, y: conj(t))],
)
complex = entry(
    "complex",
    _complex,
    lambda m, g, i, y: g,
    lambda m, g, i, y: g,
    result=complex_of,
    takes=REALS,
    not_analytic=[
        (lambda m, g, i, y: real(g), lambda m, t, i, y: complex(t, 0)),
        (lambda m, g, i, y: imag(g), lambda m, t, i, y: complex(0, t)),
    ],
)


def _complex_from_polar(distance: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return _complex(distance * np.cos(angle), distance * np.sin(angle))


def _parts_of_complex(dtypes: Sequence[str]) -> Sequence[str]:
    """Return the dtype of the result's parts, in which it is computed; complex operands stay."""
    common = promote(dtypes)
    return [common if common in COMPLEX_DTYPES else real_part([complex_of(dtypes)])] * 2


def _direction(angle: Variable) -> Variable:
    return complex(cos(angle), sin(angle))


complex_from_polar = entry(
    "complex_from_polar",
    _complex_from_polar,
    lambda m, g, i, y: m(g, _direction(i[1])),
    lambda m, g, i, y: m(g, complex(neg(imag(y)), real(y))),
    result=complex_of,
    operand=_parts_of_complex,
    takes=REALS,
    expression=lambda distance, angle: complex(distance * cos(angle), distance * sin(angle)),
)


def cast(x: Any, dtype: Any) -> Variable:
    """Convert each element to another dtype, as `numpy.ndarray.astype` does.

    x: an array.
    dtype: the name of a dtype, or "floatX".
    Returns x itself where it has the dtype. What NumPy leaves to the processor is the same
    everywhere: a float beyond an integer dtype's range, an infinite one too, gives the nearest end
    of the range, and nan gives 0. Raises TypeError for what names no dtype, and for complex numbers
    that would lose their imaginary parts.

    >>> T.cast([1.7, -1.7], "int32").eval()
    array([ 1, -1], dtype=int32)
    """
    variable, name = as_tensor(x), canonical_dtype(dtype)
    return variable if variable.type.dtype == name else Elemwise(cast_to(name))(variable)


scalar_functions["cast"] = cast
