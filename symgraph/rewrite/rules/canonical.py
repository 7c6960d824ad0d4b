"""Canonical forms of sums and products, and inverse functions that cancel.

Some identities are not applied to floats, since they change results with infinities and nan: x - x
is not 0, x · 0 is not 0, x · y / x is not y, and terms of opposite signs are not combined (which
would also undo sums that were written to avoid rounding errors).
"""

from math import isfinite
from typing import Any

import numpy as np

from symgraph.graph import Apply, Variable
from symgraph.ops import scalar_table as T
from symgraph.ops.constant import number
from symgraph.ops.signs import is_nonnegative
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.effects import cannot_raise
from symgraph.rewrite.engine import context_rule, node_rule
from symgraph.rewrite.magnitudes import fits_summed, is_normal
from symgraph.rewrite.patterns import name_of, number_of, operands, rule

WHOLE = "iu"
REAL = "iuf"
NUMBERS = "iufc"
ANY = "biuf"


# --- sums and products of constants ---


def _finite(value: object) -> bool:
    return isinstance(value, float) and isfinite(value)


def _constant(value: float | int, like: Variable) -> Variable | None:
    """Return the number in the dtype of `like`; None if it is not representable."""
    dtype = np.dtype(like.type.dtype)
    if dtype.kind == "f":
        with np.errstate(all="ignore"):
            cast = dtype.type(value)
        # Constants that overflow, or lose bits because they are too small, are left to the program.
        if not is_normal(float(cast), like.type.dtype):
            return None
        return number(cast, like.type.dtype, like.type.ndim)
    wrapped = np.asarray(value & (2 ** (8 * dtype.itemsize) - 1), "uint64").astype(dtype)
    return number(wrapped, like.type.dtype, like.type.ndim)


def _split(variable: Variable, name: str) -> tuple[Variable, Any] | None:
    """Return x and c, where the variable is the sum (or product) of x and a constant c of one
    element."""
    if name_of(variable) != name:
        return None
    for c, x in (operands(variable), operands(variable)[::-1]):
        value = number_of(c)
        one = all(extent == 1 for extent in c.type.shape)
        if one and c.type.dtype == x.type.dtype == variable.type.dtype and _is_number(value):
            return x, value
    return None


def _is_number(value: object) -> bool:
    return _finite(value) or type(value) is int


@node_rule("add_constants", "add", "sub")
def add_constants(node: Apply) -> Variable | None:
    """(x + 1) + 2 → x + 3; of floats only where the signs agree"""
    output = node.outputs[0]
    name = name_of(output)
    for inner, c in (node.inputs, node.inputs[::-1]) if name == "add" else (node.inputs,):
        split = _split(inner, "add")
        second: Any = number_of(c)
        if split is None or not _is_number(second) or c.type.dtype != output.type.dtype:
            continue
        if any(extent != 1 for extent in c.type.shape):
            continue
        x, first = split
        total = first + second if name == "add" else first - second
        if isinstance(first, float) and abs(total) < abs(first):
            continue
        constant = _constant(total, c)
        if constant is not None:
            return x + constant
    return None


@node_rule("multiply_constants", "mul", "true_div")
def multiply_constants(node: Apply) -> Variable | None:
    """2 · (3 · x) → 6 · x; (3 · x) / 2 → 1.5 · x; 2 · (x / 3) → x · (2 / 3)"""
    output = node.outputs[0]
    name = name_of(output)
    for inner, c in (node.inputs, node.inputs[::-1]) if name == "mul" else (node.inputs,):
        second: Any = number_of(c)
        if not _is_number(second) or c.type.dtype != output.type.dtype or not second:
            continue
        if any(extent != 1 for extent in c.type.shape):
            continue
        split = _split(inner, "mul")
        if split is not None:
            x, first = split
            factor = first * second if name == "mul" else first / second
        elif name_of(inner) == "true_div" and name == "mul":
            x, divisor = operands(inner)
            below: Any = number_of(divisor)
            if not _finite(below) or not below or divisor.type.dtype != x.type.dtype:
                continue
            if any(extent != 1 for extent in divisor.type.shape):
                continue
            factor = second / below
        else:
            continue
        constant = _constant(factor, c)
        if constant is not None and x.type.dtype == output.type.dtype:
            return x * constant
    return None


@context_rule("like_terms", "add")
def like_terms(node: Apply, context: RewriteContext) -> Variable | None:
    """x + x → 2 · x; 2 · x + 3 · x → 5 · x; of floats only where the signs agree"""
    output = node.outputs[0]
    if np.dtype(output.type.dtype).kind not in NUMBERS:
        return None
    terms = [_split(variable, "mul") or (variable, 1) for variable in node.inputs]
    (x, a), (y, b) = terms
    if x is not y or x.type.dtype != output.type.dtype or np.dtype(x.type.dtype).kind == "c":
        return None
    if isinstance(a, float | int) and a * b < 0 and np.dtype(output.type.dtype).kind == "f":
        return None
    constant = _constant(a + b, number(0, output.type.dtype, output.type.ndim))
    return None if constant is None else x * constant


@context_rule("common_factor", "add", "sub")
def common_factor(node: Apply, context: RewriteContext) -> Variable | None:
    """c · x + c · y → c · (x + y) for a constant c not below 1, or x and y that are known to be
    small, where nothing else needs the products"""
    left, right = (_split(variable, "mul") for variable in node.inputs)
    if left is None or right is None or left[1] != right[1]:
        return None
    if not all(context.used_once(variable) for variable in node.inputs):
        return None
    if abs(left[1]) < 1 and not fits_summed(left[0], right[0]):
        return None
    constant = _constant(left[1], number(0, node.outputs[0].type.dtype, node.outputs[0].type.ndim))
    return None if constant is None else node.op(left[0], right[0]) * constant


@context_rule("product_of_exponentials", "mul", "true_div")
def product_of_exponentials(node: Apply, context: RewriteContext) -> Variable | None:
    """exp(x) · exp(y) → exp(x + y); exp(x) / exp(y) → exp(x - y), where nothing else needs them"""
    a, b = node.inputs
    if not name_of(a) == name_of(b) == "exp" or not node.outputs[0].type.dtype.startswith("float"):
        return None
    if a is b or not (context.used_once(a) and context.used_once(b)):
        return None
    (x,), (y,) = operands(a), operands(b)
    return T.exp(x + y if name_of(node.outputs[0]) == "mul" else x - y)


COLLECTED = (
    add_constants,
    multiply_constants,
    like_terms,
    common_factor,
)
SIGNS = (
    rule("neg_mul_zero", lambda x, y: T.mul_zero(-x, y), lambda x, y: -T.mul_zero(x, y), kinds="f"),
    rule("mul_zero_neg", lambda x, y: T.mul_zero(x, -y), lambda x, y: -T.mul_zero(x, y), kinds="f"),
    rule("neg_times", lambda x, y: (-x) * y, lambda x, y: -(x * y), kinds=NUMBERS),
    rule("neg_over", lambda x, y: (-x) / y, lambda x, y: -(x / y), kinds="fc"),
    rule("over_neg", lambda x, y: x / (-y), lambda x, y: -(x / y), kinds="fc"),
    rule("reciprocal_neg", lambda x: T.reciprocal(-x), lambda x: -T.reciprocal(x)),
    rule("abs_of_product", lambda x, y: abs(x) * abs(y), lambda x, y: abs(x * y)),
    rule("abs_of_quotient", lambda x, y: abs(x) / abs(y), lambda x, y: abs(x / y)),
)
INVERSES = (
    rule("log2_exp2", lambda x: T.log2(T.exp2(x)), lambda x: x, better="overflow"),
    rule("arctanh_tanh", lambda x: T.arctanh(T.tanh(x)), lambda x: x, better="rounding"),
    rule("arcsinh_sinh", lambda x: T.arcsinh(T.sinh(x)), lambda x: x, better="overflow"),
    rule("sinh_arcsinh", lambda x: T.sinh(T.arcsinh(x)), lambda x: x, better="overflow"),
    rule("arccosh_cosh", lambda x: T.arccosh(T.cosh(x)), lambda x: abs(x), better="overflow"),
    rule("tan_arctan", lambda x: T.tan(T.arctan(x)), lambda x: x, better="rounding"),
    rule("erfinv_erf", lambda x: T.erfinv(T.erf(x)), lambda x: x, better="rounding"),
    rule(
        "reciprocal_twice", lambda x: T.reciprocal(T.reciprocal(x)), lambda x: x, better="rounding"
    ),
    rule("degrees", lambda x: T.rad2deg(T.deg2rad(x)), lambda x: x, better="rounding"),
    rule("radians", lambda x: T.deg2rad(T.rad2deg(x)), lambda x: x, better="overflow"),
    rule("floor_floor", lambda x: T.floor(T.floor(x)), lambda x: T.floor(x)),
    rule("ceil_ceil", lambda x: T.ceil(T.ceil(x)), lambda x: T.ceil(x)),
    rule("trunc_trunc", lambda x: T.trunc(T.trunc(x)), lambda x: T.trunc(x)),
    rule("round_round", lambda x: T.round(T.round(x)), lambda x: T.round(x)),
    rule("relu_relu", lambda x: T.relu(T.relu(x)), lambda x: T.relu(x), kinds=REAL),
)
# Rules that hold where x cannot be negative.
OF_NONNEGATIVE = (
    rule("abs_known", lambda x: abs(x), lambda x: x, where=is_nonnegative),
    rule("relu_known", lambda x: T.relu(x), lambda x: x, where=is_nonnegative),
    rule("exp2_log2", lambda x: T.exp2(T.log2(x)), lambda x: x, where=is_nonnegative,
         better="rounding"),
    rule("exp_log", lambda x: T.exp(T.log(x)), lambda x: x, where=is_nonnegative,
         better="rounding"),
    rule("sqr_sqrt", lambda x: T.sqr(T.sqrt(x)), lambda x: x, where=is_nonnegative,
         better="rounding"),
    rule("expm1_log1p", lambda x: T.expm1(T.log1p(x)), lambda x: x, where=is_nonnegative,
         better="rounding"),
    rule("exp_log1p", lambda x: T.exp(T.log1p(x)), lambda x: 1 + x, where=is_nonnegative,
         better="rounding"),
)  # fmt: skip
WHOLE_NUMBERS = (
    rule("sub_same", lambda x: x - x, lambda x: x * 0, kinds=WHOLE, where=cannot_raise),
    rule(
        "mul_zero_whole",
        lambda x: x * 0,
        lambda x: number(0, x.type.dtype),
        kinds=WHOLE,
        where=cannot_raise,
    ),
    rule(
        "add_back",
        lambda x, y: (x - y) + y,
        lambda x, y: x,
        kinds=WHOLE,
        where=lambda x, y: cannot_raise(y),
    ),
    rule(
        "sub_back",
        lambda x, y: (x + y) - y,
        lambda x, y: x,
        kinds=WHOLE,
        where=lambda x, y: cannot_raise(y),
    ),
)
RULES = (
    *COLLECTED,
    *SIGNS,
    *INVERSES,
    *OF_NONNEGATIVE,
    *WHOLE_NUMBERS,
)
SPECIALISED = (product_of_exponentials,)
