"""Emit scalar functions as LLVM IR: arithmetic, comparisons, casts, for every real dtype.

A bool is an i1 in registers and an i8 in memory; float16 is computed in float32.
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from symgraph.backends.llvm.emission.complex_numbers import (
    COMPLEX,
    REASSOCIABLE_COMPLEX,
    compose,
    parts,
)
from symgraph.backends.llvm.emission.function_table import ITERATED
from symgraph.backends.llvm.emission.philox import philox_high, philox_low, random_word
from symgraph.backends.llvm.emission.saturating import SATURATED

from symgraph.graph import LazyModule

if TYPE_CHECKING:
    from symgraph.backends.llvm import vecmath
    from symgraph.backends.llvm.emission import iterated, rejection
else:
    # Not imported for programs that use none of them.
    vecmath = LazyModule("symgraph.backends.llvm.vecmath")
    iterated = LazyModule("symgraph.backends.llvm.emission.iterated")
    rejection = LazyModule("symgraph.backends.llvm.emission.rejection")
# The prefix of the names of random numbers by rejection.
DRAWS = "draw_"

I1, I8, I64 = ir.IntType(1), ir.IntType(8), ir.IntType(64)
HALF, FLOAT, DOUBLE = ir.HalfType(), ir.FloatType(), ir.DoubleType()
# Complex numbers are arrays of their two parts.
FLOATS: dict[str, ir.Type] = {
    "float16": HALF,
    "float32": FLOAT,
    "float64": DOUBLE,
    "complex64": ir.ArrayType(FLOAT, 2),
    "complex128": ir.ArrayType(DOUBLE, 2),
}
# llvmlite has no type annotations.
Value = Any
IntRule = Callable[[ir.IRBuilder, bool, Sequence[Value]], Value]
FloatRule = Callable[[ir.IRBuilder, Sequence[Value]], Value]


def register_type(dtype: str) -> ir.Type:
    """Return the type of a value of the dtype in registers."""
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return I1
    if kind.kind in "iu":
        return ir.IntType(kind.itemsize * 8)
    return FLOATS[dtype]


def memory_type(dtype: str) -> ir.Type:
    return I8 if dtype == "bool" else register_type(dtype)


def literal(value: complex, dtype: str) -> ir.Constant:
    type = register_type(dtype)
    if isinstance(type, ir.ArrayType):
        part = "float32" if dtype == "complex64" else "float64"
        return ir.Constant(type, [literal(x, part) for x in (value.real, value.imag)])
    assert not isinstance(value, complex)
    if type == HALF:
        value = float(np.float16(value))
    elif type == FLOAT:
        value = float(np.float32(value))
    elif isinstance(type, ir.IntType):
        value = int(value)
    return ir.Constant(type, value)


def is_signed(dtype: str) -> bool:
    return np.dtype(dtype).kind == "i"


# --- integers: (builder, signed, values) ---


def _floor_div_int(b: ir.IRBuilder, signed: bool, args: Sequence[Value]) -> Value:
    """Return the quotient rounded to minus infinity; 0 for a divisor of 0 as in NumPy."""
    x, y = args
    if not isinstance(y, ir.Constant) or y.constant < 1:
        return _divmod_int(b, signed, args)[0]
    if _is_power_of_two(y.constant):
        by = ir.Constant(x.type, y.constant.bit_length() - 1)
        return x if y.constant == 1 else b.ashr(x, by) if signed else b.lshr(x, by)
    if not signed:
        return b.udiv(x, y)
    quotient = b.sdiv(x, y)
    return b.add(quotient, _sign_bits(b, b.sub(x, b.mul(quotient, y))))


def _mod_int(b: ir.IRBuilder, signed: bool, args: Sequence[Value]) -> Value:
    """Return the remainder of that division."""
    x, y = args
    if not isinstance(y, ir.Constant) or y.constant < 1:
        return _divmod_int(b, signed, args)[1]
    if _is_power_of_two(y.constant):
        return b.and_(x, ir.Constant(x.type, y.constant - 1))
    if not signed:
        return b.urem(x, y)
    rest = b.srem(x, y)
    return b.add(rest, b.and_(_sign_bits(b, rest), y))


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0


def _sign_bits(b: ir.IRBuilder, x: Value) -> Value:
    """Return -1 for negative numbers, 0 for others."""
    return b.ashr(x, ir.Constant(x.type, x.type.width - 1))


def _divmod_int(b: ir.IRBuilder, signed: bool, args: Sequence[Value]) -> tuple[Value, Value]:
    """Return quotient and remainder for any divisor. No division that traps is executed."""
    x, y = args
    zero, one = ir.Constant(x.type, 0), ir.Constant(x.type, 1)
    by_zero = b.icmp_unsigned("==", y, zero)
    if not signed:
        safe = b.select(by_zero, one, y)
        quotient, rest = b.udiv(x, safe), b.urem(x, safe)
    else:
        minus = b.icmp_signed("==", y, ir.Constant(x.type, -1))
        safe = b.select(b.or_(by_zero, minus), one, y)
        q = b.sdiv(x, safe)
        r = b.sub(x, b.mul(q, safe))
        crosses = b.icmp_signed("<", b.xor(r, y), zero)
        adjust = b.and_(b.icmp_signed("!=", r, zero), crosses)
        q = b.select(adjust, b.sub(q, one), q)
        r = b.select(adjust, b.add(r, y), r)
        quotient = b.select(minus, b.sub(zero, x), q)
        rest = b.select(minus, zero, r)
    return b.select(by_zero, zero, quotient), b.select(by_zero, zero, rest)


def _compare_int(sign: str) -> IntRule:
    return lambda b, s, a: (b.icmp_signed if s else b.icmp_unsigned)(sign, *a)


def _pick(sign: str) -> IntRule:
    return lambda b, s, a: b.select((b.icmp_signed if s else b.icmp_unsigned)(sign, *a), *a)


def _shift(left: bool) -> IntRule:
    def rule(b: ir.IRBuilder, signed: bool, a: Sequence[Value]) -> Value:
        x, by = a
        width = ir.Constant(x.type, x.type.width)
        inside = b.icmp_unsigned("<", by, width)
        safe = b.select(inside, by, ir.Constant(x.type, 0))
        if left:
            return b.select(inside, b.shl(x, safe), ir.Constant(x.type, 0))
        if not signed:
            return b.select(inside, b.lshr(x, safe), ir.Constant(x.type, 0))
        last = ir.Constant(x.type, x.type.width - 1)
        return b.select(inside, b.ashr(x, safe), b.ashr(x, last))

    return rule


def _sign_int(b: ir.IRBuilder, signed: bool, a: Sequence[Value]) -> Value:
    zero = ir.Constant(a[0].type, 0)
    positive = b.zext(b.icmp_signed(">", a[0], zero), a[0].type)
    if not signed:
        return b.zext(b.icmp_unsigned("!=", a[0], zero), a[0].type)
    return b.sub(positive, b.zext(b.icmp_signed("<", a[0], zero), a[0].type))


def _abs_int(b: ir.IRBuilder, signed: bool, a: Sequence[Value]) -> Value:
    if not signed:
        return a[0]
    zero = ir.Constant(a[0].type, 0)
    return b.select(b.icmp_signed("<", a[0], zero), b.sub(zero, a[0]), a[0])


def _clip_int(b: ir.IRBuilder, signed: bool, a: Sequence[Value]) -> Value:
    return _pick("<")(b, signed, [_pick(">")(b, signed, a[:2]), a[2]])


def _false(b: ir.IRBuilder, *_: object) -> Value:
    return ir.Constant(I1, 0)


def _same(b: ir.IRBuilder, signed: bool, a: Sequence[Value]) -> Value:
    return a[0]


INTEGER: dict[str, IntRule] = {
    "add": lambda b, s, a: b.add(*a),
    "sub": lambda b, s, a: b.sub(*a),
    "mul": lambda b, s, a: b.mul(*a),
    "floor_div": _floor_div_int,
    "mod": _mod_int,
    "neg": lambda b, s, a: b.neg(*a),
    "abs": _abs_int,
    "sgn": _sign_int,
    "sqr": lambda b, s, a: b.mul(a[0], a[0]),
    "ceil": _same,
    "floor": _same,
    "trunc": _same,
    "round": _same,
    "round_half_away": _same,
    "relu": lambda b, s, a: _pick(">")(b, s, [a[0], ir.Constant(a[0].type, 0)]),
    "maximum": _pick(">"),
    "minimum": _pick("<"),
    "clip": _clip_int,
    "lt": _compare_int("<"),
    "gt": _compare_int(">"),
    "le": _compare_int("<="),
    "ge": _compare_int(">="),
    "eq": _compare_int("=="),
    "neq": _compare_int("!="),
    "isnan": _false,
    "isinf": _false,
    "and_": lambda b, s, a: b.and_(*a),
    "or_": lambda b, s, a: b.or_(*a),
    "xor": lambda b, s, a: b.xor(*a),
    "invert": lambda b, s, a: b.not_(*a),
    "left_shift": _shift(True),
    "right_shift": _shift(False),
    "mul_zero": lambda b, s, a: b.mul(*a),
    "real": _same,
    "conj": _same,
    "imag": lambda b, s, a: ir.Constant(a[0].type, 0),
    **SATURATED,
    "philox_low": philox_low,
    "philox_high": philox_high,
    "random_word32": random_word(32),
    "random_word64": random_word(64),
}

# Bools: addition is "or", multiplication "and", as in NumPy.
BOOL: dict[str, FloatRule] = {
    "add": lambda b, a: b.or_(*a),
    "sub": lambda b, a: b.xor(*a),
    "mul": lambda b, a: b.and_(*a),
    "mul_zero": lambda b, a: b.and_(*a),
    "neg": lambda b, a: b.not_(*a),
    "abs": lambda b, a: a[0],
    "sgn": lambda b, a: a[0],
    "sqr": lambda b, a: a[0],
    "ceil": lambda b, a: a[0],
    "floor": lambda b, a: a[0],
    "trunc": lambda b, a: a[0],
    "round": lambda b, a: a[0],
    "round_half_away": lambda b, a: a[0],
    "relu": lambda b, a: a[0],
    "maximum": lambda b, a: b.or_(*a),
    "minimum": lambda b, a: b.and_(*a),
    "clip": lambda b, a: b.and_(b.or_(a[0], a[1]), a[2]),
    "lt": lambda b, a: b.icmp_unsigned("<", *a),
    "gt": lambda b, a: b.icmp_unsigned(">", *a),
    "le": lambda b, a: b.icmp_unsigned("<=", *a),
    "ge": lambda b, a: b.icmp_unsigned(">=", *a),
    "eq": lambda b, a: b.icmp_unsigned("==", *a),
    "neq": lambda b, a: b.icmp_unsigned("!=", *a),
    "isnan": _false,
    "isinf": _false,
    "and_": lambda b, a: b.and_(*a),
    "or_": lambda b, a: b.or_(*a),
    "xor": lambda b, a: b.xor(*a),
    "invert": lambda b, a: b.not_(*a),
    "real": lambda b, a: a[0],
    "conj": lambda b, a: a[0],
    "imag": _false,
}


# --- floats ---


def _k(like: Value, value: float) -> ir.Constant:
    return literal(value, "float32" if like.type == FLOAT else "float64")


def _divmod_float(b: ir.IRBuilder, a: Sequence[Value]) -> tuple[Value, Value]:
    """Return NumPy's floor_divide and remainder: from the exact fmod, with Python's signs."""
    x, y = a
    zero = _k(x, 0.0)
    by_zero = b.fcmp_ordered("==", y, zero)
    rest = b.frem(x, y)
    quotient = b.fdiv(b.fsub(x, rest), y)
    nonzero = b.fcmp_unordered("!=", rest, zero)
    negative = [b.fcmp_ordered("<", v, zero) for v in (y, rest)]
    adjust = b.and_(nonzero, b.xor(*negative))
    quotient = b.select(adjust, b.fsub(quotient, _k(x, 1.0)), quotient)
    signed_zero = vecmath.MATH["copysign"](b, zero, y)
    rest = b.select(nonzero, b.select(adjust, b.fadd(rest, y), rest), signed_zero)
    down = vecmath.MATH["floor"](b, quotient)
    closer = b.fcmp_ordered(">", b.fsub(quotient, down), _k(x, 0.5))
    down = b.select(closer, b.fadd(down, _k(x, 1.0)), down)
    plain = b.fdiv(x, y)
    flat = vecmath.MATH["copysign"](b, zero, plain)
    down = b.select(b.fcmp_unordered("!=", quotient, zero), down, flat)
    return b.select(by_zero, plain, down), b.select(by_zero, b.frem(x, y), rest)


def _compare(sign: str) -> FloatRule:
    if sign == "!=":
        return lambda b, a: b.fcmp_unordered(sign, *a)
    return lambda b, a: b.fcmp_ordered(sign, *a)


def _scaled(factor: float) -> FloatRule:
    return lambda b, a: b.fmul(a[0], _k(a[0], factor))


def _mul_zero(b: ir.IRBuilder, a: Sequence[Value]) -> Value:
    zero = _k(a[0], 0.0)
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
    zero = _k(a[0], 0.0)
    is_zero = b.and_(b.fcmp_ordered("==", a[0], zero), b.fcmp_ordered("ord", a[1], a[1]))
    return b.select(is_zero, zero, b.fmul(a[0], vecmath.MATH["log"](b, a[1])))


def _isinf(b: ir.IRBuilder, a: Sequence[Value]) -> Value:
    return b.fcmp_ordered("==", vecmath.MATH["abs"](b, a[0]), _k(a[0], math.inf))


def _clip(b: ir.IRBuilder, a: Sequence[Value]) -> Value:
    return vecmath.MATH["minimum"](b, vecmath.MATH["maximum"](b, a[0], a[1]), a[2])


def _order_key(b: ir.IRBuilder, a: Sequence[Value]) -> Value:
    """Return the bits of a float as an unsigned integer of its order: those of negative numbers
    inverted, those of others behind them, and nan last. 0 is added, as -0 equals 0."""
    width = 32 if a[0].type == FLOAT else 64
    bits = b.bitcast(b.fadd(a[0], _k(a[0], 0.0)), ir.IntType(width))
    sign = ir.Constant(bits.type, 1 << width - 1)
    key = b.xor(bits, b.or_(_sign_bits(b, bits), sign))
    is_nan = b.fcmp_unordered("uno", a[0], a[0])
    return b.select(is_nan, ir.Constant(bits.type, (1 << width) - 1), key)


FLOATING: dict[str, FloatRule] = {
    "add": lambda b, a: b.fadd(*a),
    "sub": lambda b, a: b.fsub(*a),
    "mul": lambda b, a: b.fmul(*a),
    "multiply_add": _multiply_add,
    "true_div": lambda b, a: b.fdiv(*a),
    "floor_div": lambda b, a: _divmod_float(b, a)[0],
    "mod": lambda b, a: _divmod_float(b, a)[1],
    "neg": lambda b, a: b.fneg(*a),
    "sqr": lambda b, a: b.fmul(a[0], a[0]),
    "reciprocal": lambda b, a: b.fdiv(_k(a[0], 1.0), a[0]),
    "relu": lambda b, a: vecmath.MATH["maximum"](b, a[0], _k(a[0], 0.0)),
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
    "order_key": _order_key,
    "deg2rad": _scaled(math.pi / 180),
    "rad2deg": _scaled(180 / math.pi),
    "xlogy": _xlogy,
    "real": lambda b, a: a[0],
    "conj": lambda b, a: a[0],
    "imag": lambda b, a: _k(a[0], 0.0),
    "complex": lambda b, a: compose(b, *a),
}


def _extreme(name: str) -> FloatRule:
    """Return the rule for a maximum or minimum, nan if either operand is; which of 0 and -0 results
    is unspecified, as it is in NumPy's reductions."""

    def rule(b: ir.IRBuilder, a: Sequence[Value]) -> Value:
        type = a[0].type
        kind = ir.FunctionType(type, [type, type])
        return b.call(b.module.declare_intrinsic(name, [type], kind), a, fastmath=("nsz",))

    return rule


# The combinations of a reduction's values in any order, in forms that LLVM vectorises.
REASSOCIABLE: dict[str, FloatRule] = {
    "add": lambda b, a: b.fadd(*a, flags=("reassoc",)),
    "mul": lambda b, a: b.fmul(*a, flags=("reassoc",)),
    "multiply_add": _add_product,
    "maximum": _extreme("llvm.maximum"),
    "minimum": _extreme("llvm.minimum"),
}


def emit(
    b: ir.IRBuilder, fn: str, dtype: str, args: Sequence[Value], reassociable: bool = False
) -> Value:
    """Emit the function of operands of the dtype (for a switch, of its second and third)."""
    if fn == "switch":
        return b.select(*args)
    kind = np.dtype(dtype).kind
    if kind == "b":
        return BOOL[fn](b, args)
    if kind in "iu":
        return INTEGER[fn](b, is_signed(dtype), args)
    if kind == "c":
        rules = REASSOCIABLE_COMPLEX if reassociable and fn in REASSOCIABLE_COMPLEX else COMPLEX
        return rules[fn](b, args)
    if dtype == "float16":
        result = emit(b, fn, "float32", [b.fpext(a, FLOAT) for a in args], reassociable)
        return b.fptrunc(result, HALF) if result.type == FLOAT else result
    if reassociable and fn in REASSOCIABLE:
        return REASSOCIABLE[fn](b, args)
    if fn in FLOATING:
        return FLOATING[fn](b, args)
    if fn.startswith(DRAWS):
        return rejection.RULES[fn](b, args)
    return iterated.call(b, fn, args) if fn in ITERATED else vecmath.MATH[fn](b, *args)


def cast(b: ir.IRBuilder, value: Value, source: str, target: str) -> Value:
    """Cast a value, as `symgraph.graph.convert` does."""
    if source == target:
        return value
    old, new = np.dtype(source).kind, np.dtype(target).kind
    wanted = register_type(target)
    if old == "c" or new == "c":
        return _cast_complex(b, value, source, target)
    if source == "float16":
        return cast(b, b.fpext(value, FLOAT), "float32", target)
    if target == "float16":
        if old == "f":
            return b.fptrunc(_to_odd(b, value) if source == "float64" else value, HALF)
        exact = "float64" if np.dtype(source).itemsize > 2 else "float32"
        return cast(b, cast(b, value, source, exact), exact, target)
    if new == "b":
        zero = literal(0, source)
        return (
            b.fcmp_unordered("!=", value, zero) if old == "f" else b.icmp_signed("!=", value, zero)
        )
    if old == "f" and new == "f":
        return b.fpext(value, wanted) if wanted == DOUBLE else b.fptrunc(value, wanted)
    if old == "f":
        return _to_integer(b, value, wanted, new == "i")
    if new == "f":
        return b.sitofp(value, wanted) if old == "i" else b.uitofp(value, wanted)
    if value.type.width == wanted.width:
        return value
    if value.type.width > wanted.width:
        return b.trunc(value, wanted)
    return b.sext(value, wanted) if old == "i" else b.zext(value, wanted)


def _cast_complex(b: ir.IRBuilder, value: Value, source: str, target: str) -> Value:
    part = "float32" if target == "complex64" else "float64"
    if np.dtype(source).kind != "c":
        real = cast(b, value, source, part)
        return compose(b, real, ir.Constant(real.type, 0.0))
    own = "float32" if source == "complex64" else "float64"
    both = parts(b, value)
    if target == "bool":
        return b.or_(*(cast(b, x, own, "bool") for x in both))
    return compose(b, *(cast(b, x, own, part) for x in both))


def _to_odd(b: ir.IRBuilder, value: Value) -> Value:
    """Return a double as a float such that a second rounding gives the correct result: rounded
    towards zero, with the last bit set if anything is lost (Boldo and Melquiond 2008). Few
    processors round double to half."""
    near = b.fptrunc(value, FLOAT)
    size, back = (vecmath.MATH["abs"](b, v) for v in (value, b.fpext(near, DOUBLE)))
    bits = b.bitcast(near, ir.IntType(32))
    down = b.sub(bits, b.zext(b.fcmp_ordered(">", back, size), bits.type))
    odd = b.or_(down, b.zext(b.fcmp_ordered("!=", back, size), bits.type))
    return b.bitcast(odd, FLOAT)


def _to_integer(b: ir.IRBuilder, value: Value, wanted: ir.IntType, signed: bool) -> Value:
    """Return the nearest integer of the type towards zero, saturated; 0 for nan. Written out, since
    LLVM has no vector form of its saturating conversions."""
    # Powers of two are exact, even where the largest integer is not a float.
    end = 1 << wanted.width - signed
    low = -end if signed else 0
    inside = b.and_(
        b.fcmp_ordered(">=", value, _k(value, low)), b.fcmp_ordered("<", value, _k(value, end))
    )
    safe = b.select(inside, value, _k(value, 0.0))
    # There are no conversions to narrower integers.
    wide = wanted if wanted.width >= 32 else ir.IntType(32)
    result = b.fptosi(safe, wide) if signed or wide != wanted else b.fptoui(safe, wide)
    above = b.fcmp_ordered(">=", value, _k(value, end))
    result = b.select(above, ir.Constant(wide, end - 1), result)
    if signed:
        below = b.fcmp_ordered("<", value, _k(value, low))
        result = b.select(below, ir.Constant(wide, low), result)
    return result if wide == wanted else b.trunc(result, wanted)
