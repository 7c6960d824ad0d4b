"""Scalar functions of integers and of truth values as LLVM IR, by name."""

from collections.abc import Sequence

from llvmlite import ir
from symgraph.backends.llvm.emission.philox import philox_high, philox_low, random_word
from symgraph.backends.llvm.emission.saturating import SATURATED
from symgraph.backends.llvm.emission.scalars import I1, IntRule, Rule, Value


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
    return b.add(quotient, sign_bits(b, b.sub(x, b.mul(quotient, y))))


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
    return b.add(rest, b.and_(sign_bits(b, rest), y))


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0


def sign_bits(b: ir.IRBuilder, x: Value) -> Value:
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


def never(b: ir.IRBuilder, *_: object) -> Value:
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
    "isnan": never,
    "isinf": never,
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
BOOL: dict[str, Rule] = {
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
    "isnan": never,
    "isinf": never,
    "and_": lambda b, a: b.and_(*a),
    "or_": lambda b, a: b.or_(*a),
    "xor": lambda b, a: b.xor(*a),
    "invert": lambda b, a: b.not_(*a),
    "real": lambda b, a: a[0],
    "conj": lambda b, a: a[0],
    "imag": never,
}
