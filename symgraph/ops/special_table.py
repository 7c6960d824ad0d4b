"""The table of scalar functions, continued: special functions of mathematics.

Written as in `scalar_table`. Orders and parameters by which no derivative in closed form is known
are marked `Undefined`.
"""

import math

import numpy as np

from symgraph.graph import LazyModule, Variable
from symgraph.ops.scalar import REALS, Undefined
from symgraph.ops.scalar_entries import Function, float_entry
from symgraph.ops.scalar_table import _psi as _digamma
from symgraph.ops.scalar_table import _tri_gamma as _trigamma
from symgraph.ops.scalar_table import (
    arctanh,
    eq,
    exp,
    expm1,
    gammaln,
    log,
    log1p,
    neg,
    reciprocal,
    sqr,
    switch,
    xlogy,
)

special = LazyModule("scipy.special")

# Rules refer to functions that are declared further down, or are being declared.
i1: Function
iv: Function
j1: Function
jv: Function
polygamma: Function

_SQRT_PI = math.sqrt(math.pi)


def _order(name: str, operand: str) -> Undefined:
    return Undefined(
        f"{name} has no derivative by its {operand} in closed form; if that is a constant of your"
        " model, pass it to consider_constant of grad, or make it an integer"
    )


# --- error functions ---


def _erfcx_derivative(x: Variable, y: Variable) -> Variable:
    """Return 2 x y - 2 / sqrt(pi); where that cancels, the derivative of the asymptotic series of y
    (Abramowitz and Stegun 7.1.23)."""
    near = 2 * x * y - 2 / _SQRT_PI
    z = reciprocal(sqr(x))
    total = 10395 / 32 * z
    for coefficient in (-945 / 16, 105 / 8, -15 / 4, 3 / 2, -1.0):
        total = z * (total + coefficient)
    return switch(x > 25, total / _SQRT_PI, near)


erfcx = float_entry(
    "erfcx",
    lambda a: special.erfcx(a),
    lambda m, g, i, y: m(g, _erfcx_derivative(i[0], y)),
    takes=REALS,
)


def _erfcinv(a: np.ndarray) -> np.ndarray:
    """Return SciPy's values, 0 at 1, where SciPy has -0, and by Newton's steps for log erfc those
    of the smallest numbers, where SciPy has inf."""
    tiny = (a > 0) & (a < 1e-300)
    x = np.where(tiny, a, 1e-300)
    y = special.erfcinv(np.full_like(x, 1e-300))
    for _ in range(4):
        scaled = special.erfcx(y)
        y = y + (np.log(scaled) - y * y - np.log(x)) * scaled * (_SQRT_PI / 2)
    return np.where(tiny, y, np.where(a == 1, 0, special.erfcinv(a))).astype(a.dtype)


erfcinv = float_entry(
    "erfcinv",
    _erfcinv,
    lambda m, g, i, y: m(g, exp(sqr(y)) * (-_SQRT_PI / 2)),
    takes=REALS,
)

# --- logarithms of probabilities ---


def _logit(a: np.ndarray) -> np.ndarray:
    """Return log(a / (1 - a)); around 1/2, where it is 0, without cancellation."""
    half = 2 * a - 1
    middle = np.abs(half) < 0.5
    inside = np.where(middle, half, 0)
    outside = np.where(middle, 0.25, a)
    return np.where(middle, 2 * np.arctanh(inside), np.log(outside / (1 - outside))).astype(a.dtype)


def _logit_expression(x: Variable) -> Variable:
    half = 2 * x - 1
    return switch(abs(half) < 0.5, 2 * arctanh(half), log(x / (1 - x)))


logit = float_entry(
    "logit",
    _logit,
    lambda m, g, i, y: m(g, reciprocal(i[0] * (1 - i[0]))),
    takes=REALS,
    expression=_logit_expression,
)


def _log1mexp(a: np.ndarray) -> np.ndarray:
    """Return log(1 - exp(a)): by the form that keeps the digits (Maechler 2012)."""
    return np.where(a > -math.log(2), np.log(-np.expm1(a)), np.log1p(-np.exp(a))).astype(a.dtype)


log1mexp = float_entry(
    "log1mexp",
    _log1mexp,
    lambda m, g, i, y: m(g, neg(exp(i[0] - y))),
    takes=REALS,
    expression=lambda x: switch(x > -math.log(2), log(neg(expm1(x))), log1p(neg(exp(x)))),
)
xlogx = float_entry(
    "xlogx",
    lambda a: special.xlogy(a, a),
    lambda m, g, i, y: m(g, log(i[0]) + 1),
    takes=REALS,
    expression=lambda x: xlogy(x, x),
)

# --- Bessel functions ---


def _by_phase(order: int, a: np.ndarray) -> np.ndarray:
    """Return J of the order by Hankel's expansion (Abramowitz and Stegun 9.2.5) of |a| > 25, with
    the exact phase: SciPy's is rounded. 0 at infinities."""
    x = np.maximum(np.abs(a).astype("float64"), 25)
    p, q, term = np.zeros_like(x), np.zeros_like(x), np.ones_like(x)
    for k in range(26):
        sign = -1 if k // 2 % 2 else 1
        p, q = (p, q + sign * term) if k % 2 else (p + sign * term, q)
        term = term * (4 * order**2 - (2 * k + 1) ** 2) / (8 * (k + 1) * x)
    s, c = np.sin(x), np.cos(x)
    cosine, sine = (c + s, s - c) if order == 0 else (s - c, -(s + c))
    size = (p * cosine - q * sine) / np.sqrt(np.pi) / np.sqrt(x)
    size = np.where(np.isinf(x), 0, size)
    return size * np.sign(a) ** order if order else size


def _j0(a: np.ndarray) -> np.ndarray:
    return np.where(np.abs(a) > 25, _by_phase(0, a), special.j0(a)).astype(a.dtype)


def _j1(a: np.ndarray) -> np.ndarray:
    return _odd(a, np.where(np.abs(a) > 25, _by_phase(1, a), special.j1(a)))


def _odd(a: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return the values of a function that is a / 2 near 0, where SciPy's loses digits, or the
    sign."""
    near = np.abs(a) < np.sqrt(np.finfo(a.dtype).eps)
    return np.where(near, a * a.dtype.type(0.5), value).astype(a.dtype)


def _i0(a: np.ndarray) -> np.ndarray:
    """Return SciPy's values, and inf at infinities, where SciPy has nan; so do the others here."""
    return np.where(np.isinf(a), np.inf, special.i0(a)).astype(a.dtype)


def _i1(a: np.ndarray) -> np.ndarray:
    return _odd(a, np.where(np.isinf(a), a, special.i1(a)))


def _jv(order: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.where(np.isinf(x) & np.isfinite(order), 0, special.jv(order, x)).astype(x.dtype)


def _iv(order: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return SciPy's values, and inf at inf, where SciPy has nan."""
    at_end = np.isposinf(x) & np.isfinite(order)
    return np.where(at_end, np.inf, special.iv(order, x)).astype(x.dtype)


j0 = float_entry(
    "j0",
    _j0,
    lambda m, g, i, y: m(g, neg(j1(i[0]))),
    takes=REALS,
)
j1 = float_entry(
    "j1",
    _j1,
    lambda m, g, i, y: m(g, (j0(i[0]) - jv(2, i[0])) * 0.5),
    takes=REALS,
)
jv = float_entry(
    "jv",
    _jv,
    _order("jv", "order"),
    lambda m, g, i, y: m(g, (jv(i[0] - 1, i[1]) - jv(i[0] + 1, i[1])) * 0.5),
    takes=REALS,
)
i0 = float_entry("i0", _i0, lambda m, g, i, y: m(g, i1(i[0])), takes=REALS)
i1 = float_entry("i1", _i1, lambda m, g, i, y: m(g, (i0(i[0]) + iv(2, i[0])) * 0.5), takes=REALS)
iv = float_entry(
    "iv",
    _iv,
    _order("iv", "order"),
    lambda m, g, i, y: m(g, (iv(i[0] - 1, i[1]) + iv(i[0] + 1, i[1])) * 0.5),
    takes=REALS,
)

# --- incomplete gamma and beta functions ---


def _gamma_density(a: Variable, x: Variable) -> Variable:
    """Return x ** (a - 1) exp(-x) / gamma(a), the derivative of gammainc by x."""
    return exp(xlogy(a - 1, x) - x - gammaln(a))


def _beta_density(a: Variable, b: Variable, x: Variable) -> Variable:
    """Return x ** (a - 1) (1 - x) ** (b - 1) / beta(a, b), the derivative of betainc by x."""
    far = switch(eq(b, 1), 0, (b - 1) * log1p(neg(x)))
    return exp(xlogy(a - 1, x) + far - (gammaln(a) + gammaln(b) - gammaln(a + b)))


gammainc = float_entry(
    "gammainc",
    lambda a, x: special.gammainc(a, x),
    _order("gammainc", "shape"),
    lambda m, g, i, y: m(g, _gamma_density(i[0], i[1])),
    takes=REALS,
)
gammaincc = float_entry(
    "gammaincc",
    lambda a, x: special.gammaincc(a, x),
    _order("gammaincc", "shape"),
    lambda m, g, i, y: m(g, neg(_gamma_density(i[0], i[1]))),
    takes=REALS,
)
betainc = float_entry(
    "betainc",
    lambda a, b, x: special.betainc(a, b, x),
    _order("betainc", "first shape"),
    _order("betainc", "second shape"),
    lambda m, g, i, y: m(g, _beta_density(*i)),
    takes=REALS,
)

# --- derivatives of the logarithm of gamma ---


def _polygamma(order: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return (-1) ** (n + 1) n! zeta(n + 1, x) for n > 1, and nan for what is no order.

    Below 0 zeta(s, x), the sum of (x + k) ** -s, is that of the positive terms and, as SciPy's
    takes |x| steps, of the negative ones as a difference of two zetas.
    """
    s, fraction = order + 1, x - np.floor(x)
    below = (x < 0) & (fraction != 0)
    positive = special.zeta(s, np.where(below, fraction, x))
    mirrored = special.zeta(s, np.where(below, 1 - fraction, 1))
    mirrored = mirrored - special.zeta(s, np.where(below, 1 - x, 1))
    odd = order % 2 == 1
    zeta = np.where(below, positive + np.where(odd, mirrored, -mirrored), positive)
    many = np.where(odd, 1, -1) * special.gamma(s) * zeta
    many = np.where(order == 0, _digamma(x), np.where(order == 1, _trigamma(x), many))
    known = (order >= 0) & (order == np.floor(order)) & np.isfinite(order)
    return np.where(known, many, np.nan).astype(x.dtype)


polygamma = float_entry(
    "polygamma",
    _polygamma,
    _order("polygamma", "order"),
    lambda m, g, i, y: m(g, polygamma(i[0] + 1, i[1])),
    takes=REALS,
)
