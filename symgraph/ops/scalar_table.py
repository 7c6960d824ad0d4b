"""The table of scalar functions: meaning, dtype and derivatives, one entry each.

A derivative is written as what a cotangent `g` becomes; `m(g, d)` multiplies g by d, `i` are
the inputs and `y` is the output. Kinks take one side: abs has slope 0 at 0, relu 0 at 0,
maximum and minimum give a tie to their first operand, clip has slope 1 at its bounds.
Functions of integer steps (floor, ceil, trunc, round, sgn) have slope 0 everywhere.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgraph.graph import Constant, LazyModule, Variable, canonical_dtype
from symgraph.ops.constant import as_tensor, constant
from symgraph.ops.elemwise import Elemwise, elementwise, scalar_functions
from symgraph.ops.scalar import (
    Contribution,
    always_bool,
    cast_to,
    complex_of,
    declare,
    divide_dtype,
    integral,
    pick_last_two,
    real_part,
    upgrade_to_float,
)

special = LazyModule("scipy.special")
Function = Callable[..., Variable]


def entry(
    name: str, numpy: Callable[..., Any], *rules: Contribution | None, **facts: Any
) -> Function:
    """A function of the language, with its entry in the table."""
    return elementwise(declare(name, numpy, rules, **facts))


def float_entry(name: str, numpy: Callable[..., Any], *rules: Contribution) -> Function:
    return entry(name, numpy, *rules, result=upgrade_to_float)


def step_entry(name: str, numpy: Callable[..., Any], **facts: Any) -> Function:
    return entry(name, numpy, lambda m, g, i, y: zero_like(g), **facts)


def test_entry(name: str, numpy: Callable[..., Any], arity: int, **facts: Any) -> Function:
    """A function with truth values, and so without slope."""
    return entry(name, numpy, *[None] * arity, result=always_bool, **facts)


def zero_like(g: Variable) -> Variable:
    return second(g, 0)


# --- arithmetic ---

add = entry("add", np.add, lambda m, g, i, y: g, lambda m, g, i, y: g, symbol="+", precedence=50)
sub = entry(
    "sub",
    lambda a, b: np.logical_xor(a, b) if a.dtype == bool else np.subtract(a, b),
    lambda m, g, i, y: g,
    lambda m, g, i, y: -g,
    symbol="-",
    precedence=50,
)
mul = entry(
    "mul",
    np.multiply,
    lambda m, g, i, y: m(g, i[1]),
    lambda m, g, i, y: m(g, i[0]),
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
    lambda a, b: a.astype("int8") // b.astype("int8") if a.dtype == bool else np.floor_divide(a, b),
    lambda m, g, i, y: zero_like(g),
    lambda m, g, i, y: zero_like(g),
    symbol="//",
    precedence=60,
)
mod = entry(
    "mod",
    lambda a, b: a.astype("int8") % b.astype("int8") if a.dtype == bool else np.mod(a, b),
    lambda m, g, i, y: g,
    lambda m, g, i, y: m(g, neg(floor_div(i[0], i[1]))),
    symbol="%",
    precedence=60,
)


def _integer_power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Integer powers as NumPy has them; a negative exponent truncates 1 / a**-b to an integer."""
    if a.dtype == bool:
        return np.power(a.astype("int8"), b.astype("int8"))
    if a.dtype.kind != "i":
        return np.power(a, b)
    magnitude = np.power(a, np.where(b < 0, 0, b))
    odd = np.where(b % 2 == 0, 1, a)
    negative = np.where(np.abs(a) == 1, odd, 0).astype(a.dtype)
    return np.where(b < 0, negative, magnitude)


def _power_slope(base: Variable, exponent: Variable) -> Variable:
    """b * a ** (b - 1), the slope of a ** b by a. a ** 0 is constant, also at a = 0 where the
    formula would say 0 * inf; a known exponent saves the test."""
    known = exponent.data if isinstance(exponent, Constant) else np.zeros(1)
    if known.dtype == bool or (known == 0).any():
        return switch(eq(exponent, 0), 0, exponent * pow(base, exponent - 1))
    if (known == 2).all():
        return 2 * base
    return exponent * pow(base, constant(known - 1, exponent.type.dtype))


pow = entry(
    "pow",
    _integer_power,
    lambda m, g, i, y: m(g, _power_slope(i[0], i[1])),
    # 0 ** b is constant for b > 0, though log(0) is infinite.
    lambda m, g, i, y: m(g, switch(eq(i[0], 0) & ge(i[1], 0), 0, y * log(i[0]))),
    symbol="**",
    precedence=80,
)
neg = entry(
    "neg",
    lambda a: np.logical_not(a) if a.dtype == bool else np.negative(a),
    lambda m, g, i, y: neg(g),
    symbol="-",
    precedence=70,
)
abs = entry("abs", np.abs, lambda m, g, i, y: m(g, sgn(i[0])), result=real_part)
sgn = step_entry("sgn", lambda a: a if a.dtype == bool else np.sign(a))
reciprocal = float_entry("reciprocal", lambda a: 1 / a, lambda m, g, i, y: m(g, neg(sqr(y))))
sqr = entry("sqr", np.square, lambda m, g, i, y: m(g, 2 * i[0]))
sqrt = float_entry("sqrt", np.sqrt, lambda m, g, i, y: m(g, 0.5 / y))

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
    lambda m, g, i, y: m(g, sigmoid(i[0] - i[1])),
    lambda m, g, i, y: m(g, sigmoid(i[1] - i[0])),
)


def _sigmoid(a: np.ndarray) -> np.ndarray:
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1 / (1 + e), e / (1 + e)).astype(a.dtype)


def _softplus(a: np.ndarray) -> np.ndarray:
    return np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a)))


sigmoid = float_entry("sigmoid", _sigmoid, lambda m, g, i, y: m(g, y * sigmoid(neg(i[0]))))
softplus = float_entry("softplus", _softplus, lambda m, g, i, y: m(g, sigmoid(i[0])))

# --- rounding ---

ceil = step_entry("ceil", lambda a: a if a.dtype.kind != "f" else np.ceil(a))
floor = step_entry("floor", lambda a: a if a.dtype.kind != "f" else np.floor(a))
trunc = step_entry("trunc", lambda a: a if a.dtype.kind != "f" else np.trunc(a))
round = step_entry("round", lambda a: a if a.dtype.kind != "f" else np.rint(a))


def _half_away(a: np.ndarray) -> np.ndarray:
    if a.dtype.kind != "f":
        return a
    whole = np.trunc(a)
    return whole + np.where(np.abs(a - whole) >= 0.5, np.sign(a), 0).astype(a.dtype)


round_half_away = step_entry("round_half_away", _half_away)

# --- trigonometry ---

sin = float_entry("sin", np.sin, lambda m, g, i, y: m(g, cos(i[0])))
cos = float_entry("cos", np.cos, lambda m, g, i, y: m(g, neg(sin(i[0]))))
tan = float_entry("tan", np.tan, lambda m, g, i, y: m(g, 1 + sqr(y)))
arcsin = float_entry("arcsin", np.arcsin, lambda m, g, i, y: m(g, 1 / sqrt(1 - sqr(i[0]))))
arccos = float_entry("arccos", np.arccos, lambda m, g, i, y: m(g, -1 / sqrt(1 - sqr(i[0]))))
arctan = float_entry("arctan", np.arctan, lambda m, g, i, y: m(g, 1 / (1 + sqr(i[0]))))
arctan2 = float_entry(
    "arctan2",
    np.arctan2,
    lambda m, g, i, y: m(g, i[1] / (sqr(i[0]) + sqr(i[1]))),
    lambda m, g, i, y: m(g, neg(i[0]) / (sqr(i[0]) + sqr(i[1]))),
)
sinh = float_entry("sinh", np.sinh, lambda m, g, i, y: m(g, cosh(i[0])))
cosh = float_entry("cosh", np.cosh, lambda m, g, i, y: m(g, sinh(i[0])))
tanh = float_entry("tanh", np.tanh, lambda m, g, i, y: m(g, 1 - sqr(y)))
arcsinh = float_entry("arcsinh", np.arcsinh, lambda m, g, i, y: m(g, 1 / sqrt(sqr(i[0]) + 1)))
arccosh = float_entry(
    "arccosh", np.arccosh, lambda m, g, i, y: m(g, 1 / (sqrt(i[0] - 1) * sqrt(i[0] + 1)))
)
arctanh = float_entry("arctanh", np.arctanh, lambda m, g, i, y: m(g, 1 / (1 - sqr(i[0]))))
deg2rad = float_entry("deg2rad", np.deg2rad, lambda m, g, i, y: m(g, math.pi / 180))
rad2deg = float_entry("rad2deg", np.rad2deg, lambda m, g, i, y: m(g, 180 / math.pi))
hypot = float_entry(
    "hypot",
    np.hypot,
    lambda m, g, i, y: m(g, switch(eq(y, 0), 0, i[0] / y)),
    lambda m, g, i, y: m(g, switch(eq(y, 0), 0, i[1] / y)),
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
    "erfinv", lambda a: special.erfinv(a), lambda m, g, i, y: m(g, exp(sqr(y)) / _TWO_OVER_SQRT_PI)
)
gamma = float_entry("gamma", lambda a: special.gamma(a), lambda m, g, i, y: m(g, y * psi(i[0])))
gammaln = float_entry("gammaln", lambda a: special.gammaln(a), lambda m, g, i, y: m(g, psi(i[0])))
psi = float_entry("psi", lambda a: special.psi(a), lambda m, g, i, y: m(g, tri_gamma(i[0])))
tri_gamma = elementwise(
    declare("tri_gamma", lambda a: special.polygamma(1, a), None, arity=1, result=upgrade_to_float)
)
xlogy = float_entry(
    "xlogy",
    lambda a, b: special.xlogy(a, b),
    lambda m, g, i, y: m(g, log(i[1])),
    lambda m, g, i, y: m(g, switch(eq(i[0], 0), 0, i[0] / i[1])),
)

# --- choice ---

relu = entry(
    "relu", lambda a: np.maximum(a, a.dtype.type(0)), lambda m, g, i, y: switch(i[0] > 0, g, 0)
)
maximum = entry(
    "maximum",
    np.maximum,
    lambda m, g, i, y: switch(i[0] >= i[1], g, 0),
    lambda m, g, i, y: switch(i[0] >= i[1], 0, g),
)
minimum = entry(
    "minimum",
    np.minimum,
    lambda m, g, i, y: switch(i[0] <= i[1], g, 0),
    lambda m, g, i, y: switch(i[0] <= i[1], 0, g),
)
clip = entry(
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
)
mul_zero = entry(
    "mul_zero",
    lambda a, b: np.where(a == 0, 0, a * b).astype(a.dtype),
    lambda m, g, i, y: mul_zero(g, i[1]),
    lambda m, g, i, y: mul_zero(g, i[0]),
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

lt = test_entry("lt", np.less, 2, symbol="<", precedence=30)
gt = test_entry("gt", np.greater, 2, symbol=">", precedence=30)
le = test_entry("le", np.less_equal, 2, symbol="<=", precedence=30)
ge = test_entry("ge", np.greater_equal, 2, symbol=">=", precedence=30)
eq = test_entry("eq", np.equal, 2, symbol="==", precedence=30)
neq = test_entry("neq", np.not_equal, 2, symbol="!=", precedence=30)
isnan = test_entry("isnan", np.isnan, 1)
isinf = test_entry("isinf", np.isinf, 1)
and_ = entry("and_", np.bitwise_and, None, None, result=integral, symbol="&", precedence=45)
xor = entry("xor", np.bitwise_xor, None, None, result=integral, symbol="^", precedence=44)
or_ = entry("or_", np.bitwise_or, None, None, result=integral, symbol="|", precedence=43)
invert = entry("invert", np.invert, None, result=integral, symbol="~", precedence=70)
left_shift = entry(
    "left_shift", np.left_shift, None, None, result=integral, symbol="<<", precedence=48
)
right_shift = entry(
    "right_shift", np.right_shift, None, None, result=integral, symbol=">>", precedence=48
)

# --- complex numbers ---

real = elementwise(declare("real", np.real, None, arity=1, result=real_part))
imag = elementwise(declare("imag", np.imag, None, arity=1, result=real_part))
angle = elementwise(
    declare("angle", np.angle, None, arity=1, result=lambda d: real_part([upgrade_to_float(d)]))
)
conj = elementwise(declare("conj", np.conj, None, arity=1))
complex = elementwise(declare("complex", lambda a, b: a + 1j * b, None, arity=2, result=complex_of))


def cast(x: Any, dtype: Any) -> Variable:
    """`x` converted to `dtype` as by `numpy.ndarray.astype`; `x` itself where it has it already."""
    variable, name = as_tensor(x), canonical_dtype(dtype)
    return variable if variable.type.dtype == name else Elemwise(cast_to(name))(variable)


scalar_functions["cast"] = cast
