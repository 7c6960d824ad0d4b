"""Scalar functions of floats as LLVM IR, by name; those of mathematics are in `vecmath`."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llvmlite import ir
from symgraph.backends.llvm.emission.complex_numbers import compose
from symgraph.backends.llvm.emission.scalars import FLOAT, Rule, Value, number_like

from symgraph.graph import LazyModule

if TYPE_CHECKING:
    from symgraph.backends.llvm import vecmath
else:
    # Not imported for programs that use none of it.
    vecmath = LazyModule("symgraph.backends.llvm.vecmath")


def _divmod_float(b: ir.IRBuilder, a: Sequence[Value]) -> tuple[Value, Value]:
    """Return NumPy's floor_divide and remainder: from the exact fmod, with Python's signs."""
    x, y = a
    zero = number_like(x, 0.0)
    by_zero = b.fcmp_ordered("==", y, zero)
    rest = b.frem(x, y)
    quotient = b.fdiv(b.fsub(x, rest), y)
    nonzero = b.fcmp_unordered("!=", rest, zero)
    negative = [b.fcmp_ordered("<", v, zero) for v in (y, rest)]
    adjust = b.and_(nonzero, b.xor(*negative))
    quotient = b.select(adjust, b.fsub(quotient, number_like(x, 1.0)), quotient)
    signed_zero = vecmath.MATH["copysign"](b, zero, y)
    rest = b.select(nonzero, b.select(adjust, b.fadd(rest, y), rest), signed_zero)
    down = vecmath.MATH["floor"](b, quotient)
    closer = b.fcmp_ordered(">", b.fsub(quotient, down), number_like(x, 0.5))
    down = b.select(closer, b.fadd(down, number_like(x, 1.0)), down)
    plain = b.fdiv(x, y)
    flat = vecmath.MATH["copysign"](b, zero, plain)
    down = b.select(b.fcmp_unordered("!=", quotient, zero), down, flat)
    return b.select(by_zero, plain, down), b.select(by_zero, b.frem(x, y), rest)


def _compare(sign: str) -> Rule:
    if sign == "!=":
        return lambda b, a: b.fcmp_unordered(sign, *a)
    return lambda b, a: b.fcmp_ordered(sign, *a)


def _scaled(factor: float) -> Rule:
    return lambda b, a: b.fmul(a[0], number_like(a[0], factor))


def _mul_zero(b: ir.IRBuilder, a: Sequence[Value]) -> Value:
    zero = number_like(a[0], 0.0)
    return b.select(b.fcmp_ordered("==", a[0], zero), zero, b.fmul(*a))


def _multiply_add(b: ir.IRBuilder, a: Sequence[Value]) -> Value:
    """Return a multiply-add, rounded once by every processor that can, in any context."""
    type = a[0].type
    name = f"llvm.fmuladd.f{32 if type == FLOAT else 64}"
    kind = ir.FunctionType(type, [type] * 3)
    return b.call(b.module.globals.get(name) or ir.Function(b.module, kind, name), a)


def _add_product(b: ir.IRBuilder, a: Sequence[Value]) -> Value:
    """Return a step of a sum: LLVM sees the sum, and decides what to contract."""
    return b.fadd(a[2], b.fmul(a[0], a[1], flags=("contract",)), flags=("reassoc", "contract"))


def _xlogy(b: ir.IRBuilder, a: Sequence[Value]) -> Value:
    zero = number_like(a[0], 0.0)
    is_zero = b.and_(b.fcmp_ordered("==", a[0], zero), b.fcmp_ordered("ord", a[1], a[1]))
    return b.select(is_zero, zero, b.fmul(a[0], vecmath.MATH["log"](b, a[1])))


def _isinf(b: ir.IRBuilder, a: Sequence[Value]) -> Value:
    return b.fcmp_ordered("==", vecmath.MATH["abs"](b, a[0]), number_like(a[0], math.inf))


def _clip(b: ir.IRBuilder, a: Sequence[Value]) -> Value:
    return vecmath.MATH["minimum"](b, vecmath.MATH["maximum"](b, a[0], a[1]), a[2])


FLOATING: dict[str, Rule] = {
    "add": lambda b, a: b.fadd(*a),
    "sub": lambda b, a: b.fsub(*a),
    "mul": lambda b, a: b.fmul(*a),
    "multiply_add": _multiply_add,
    "true_div": lambda b, a: b.fdiv(*a),
    "floor_div": lambda b, a: _divmod_float(b, a)[0],
    "mod": lambda b, a: _divmod_float(b, a)[1],
    "neg": lambda b, a: b.fneg(*a),
    "sqr": lambda b, a: b.fmul(a[0], a[0]),
    "reciprocal": lambda b, a: b.fdiv(number_like(a[0], 1.0), a[0]),
    "relu": lambda b, a: vecmath.MATH["maximum"](b, a[0], number_like(a[0], 0.0)),
    "clip": _clip,
    "lt": _compare("<"),
    "gt": _compare(">"),
    "le": _compare("<="),
    "ge": _compare(">="),
    "eq": _compare("=="),
    "neq": _compare("!="),
    "isnan": lambda b, a: b.fcmp_unordered("uno", a[0], a[0]),
    "isinf": _isinf,
    "mul_zero": _mul_zero,
    "deg2rad": _scaled(math.pi / 180),
    "rad2deg": _scaled(180 / math.pi),
    "xlogy": _xlogy,
    "real": lambda b, a: a[0],
    "conj": lambda b, a: a[0],
    "imag": lambda b, a: number_like(a[0], 0.0),
    "complex": lambda b, a: compose(b, *a),
}


def _extreme(name: str) -> Rule:
    """Return the rule for a maximum or minimum, nan if either operand is; which of 0 and -0 results
    is unspecified, as it is in NumPy's reductions."""

    def rule(b: ir.IRBuilder, a: Sequence[Value]) -> Value:
        type = a[0].type
        kind = ir.FunctionType(type, [type, type])
        return b.call(b.module.declare_intrinsic(name, [type], kind), a, fastmath=("nsz",))

    return rule


# The combinations of a reduction's values in any order, in forms that LLVM vectorises.
REASSOCIABLE: dict[str, Rule] = {
    "add": lambda b, a: b.fadd(*a, flags=("reassoc",)),
    "mul": lambda b, a: b.fmul(*a, flags=("reassoc",)),
    "multiply_add": _add_product,
    "maximum": _extreme("llvm.maximum"),
    "minimum": _extreme("llvm.minimum"),
}
