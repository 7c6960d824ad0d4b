"""Emit scalar functions and casts of every dtype as LLVM IR."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from llvmlite import ir
from symgraph.backends.llvm.emission.complex_numbers import (
    COMPLEX,
    REASSOCIABLE_COMPLEX,
    compose,
    parts,
)
from symgraph.backends.llvm.emission.float_functions import FLOATING, REASSOCIABLE
from symgraph.backends.llvm.emission.function_table import ITERATED
from symgraph.backends.llvm.emission.integer_functions import BOOL, INTEGER
from symgraph.backends.llvm.emission.scalars import (
    DOUBLE,
    FLOAT,
    HALF,
    Value,
    is_signed,
    literal,
    number_like,
    register_type,
)

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
        if np.dtype(source).itemsize > 2:
            value, source = _held(b, value, old == "i"), "int32"
        return cast(b, cast(b, value, source, "float32"), "float32", target)
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


def _held(b: ir.IRBuilder, value: Value, signed: bool) -> Value:
    """Return an integer as an int32 that is exact as a float and becomes the same half: larger ones
    than 2^17 are infinite as well."""
    end = 1 << 17
    least = INTEGER["minimum"](b, signed, [value, ir.Constant(value.type, end)])
    if signed:
        least = INTEGER["maximum"](b, signed, [least, ir.Constant(value.type, -end)])
    return least if value.type.width == 32 else b.trunc(least, ir.IntType(32))


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
        b.fcmp_ordered(">=", value, number_like(value, low)),
        b.fcmp_ordered("<", value, number_like(value, end)),
    )
    safe = b.select(inside, value, number_like(value, 0.0))
    # There are no conversions to narrower integers.
    wide = wanted if wanted.width >= 32 else ir.IntType(32)
    result = b.fptosi(safe, wide) if signed or wide != wanted else b.fptoui(safe, wide)
    above = b.fcmp_ordered(">=", value, number_like(value, end))
    result = b.select(above, ir.Constant(wide, end - 1), result)
    if signed:
        below = b.fcmp_ordered("<", value, number_like(value, low))
        result = b.select(below, ir.Constant(wide, low), result)
    return result if wide == wanted else b.trunc(result, wanted)
