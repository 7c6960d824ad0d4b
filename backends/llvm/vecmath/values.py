"""Scalar numbers of a function under construction, with Python's operators.

Formulas in this package read as formulas: `Num` wraps an LLVM value of type float or double and
`Integer` the integer that holds its pattern. Every operation emits one instruction without
fast-math flags, so rounding is exactly as written; `fma` is always the fused intrinsic. There are
no branches here, and no conversion can be poison, whatever the input (nan and infinities included):
this allows LLVM's loop vectoriser to vectorise the surrounding loop.
"""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Union

from llvmlite import ir

INT1 = ir.IntType(1)


@dataclass(frozen=True)
class Format:
    """An IEEE 754 binary format: `mantissa` stored bits, exponent `bias`."""

    name: str
    type: ir.Type
    bits: ir.IntType
    mantissa: int
    bias: int

    @property
    def magic(self) -> float:
        """Return the number whose addition rounds to an integer (half to even) held by the low
        bits."""
        return 1.5 * 2.0**self.mantissa

    @property
    def smallest_normal(self) -> float:
        return 2.0 ** (1 - self.bias)

    @property
    def sign_mask(self) -> int:
        return -(1 << (self.bits.width - 1))

    def pattern(self, value: float) -> int:
        """Return the bits of `value` as a signed integer."""
        codes = ("<f", "<i") if self.mantissa == 23 else ("<d", "<q")
        return struct.unpack(codes[1], struct.pack(codes[0], value))[0]


F32 = Format("f32", ir.FloatType(), ir.IntType(32), 23, 127)
F64 = Format("f64", ir.DoubleType(), ir.IntType(64), 52, 1023)
FORMATS = {F32.type: F32, F64.type: F64}

Operand = Union["Num", float, int]


@dataclass(frozen=True)
class Condition:
    """A condition: an i1 of the function under construction."""

    builder: ir.IRBuilder
    value: ir.Value

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(self.builder, self.builder.and_(self.value, other.value))

    def __or__(self, other: "Condition") -> "Condition":
        return Condition(self.builder, self.builder.or_(self.value, other.value))

    def __xor__(self, other: "Condition") -> "Condition":
        return Condition(self.builder, self.builder.xor(self.value, other.value))

    def __invert__(self) -> "Condition":
        return Condition(self.builder, self.builder.xor(self.value, ir.Constant(INT1, 1)))


@dataclass(frozen=True)
class Integer:
    """An integer as wide as its format; arithmetic wraps around."""

    builder: ir.IRBuilder
    value: ir.Value
    format: Format

    def _int(self, other: "Integer | int") -> ir.Value:
        if isinstance(other, Integer):
            return other.value
        return ir.Constant(self.format.bits, other)

    def _of(self, value: ir.Value) -> "Integer":
        return Integer(self.builder, value, self.format)

    def __add__(self, other: "Integer | int") -> "Integer":
        return self._of(self.builder.add(self.value, self._int(other)))

    def __sub__(self, other: "Integer | int") -> "Integer":
        return self._of(self.builder.sub(self.value, self._int(other)))

    def __rsub__(self, other: int) -> "Integer":
        return self._of(self.builder.sub(self._int(other), self.value))

    def __and__(self, other: "Integer | int") -> "Integer":
        return self._of(self.builder.and_(self.value, self._int(other)))

    def __or__(self, other: "Integer | int") -> "Integer":
        return self._of(self.builder.or_(self.value, self._int(other)))

    def __xor__(self, other: "Integer | int") -> "Integer":
        return self._of(self.builder.xor(self.value, self._int(other)))

    def __lshift__(self, count: int) -> "Integer":
        return self._of(self.builder.shl(self.value, self._int(count)))

    def __rshift__(self, count: int) -> "Integer":
        """Shift logically: zeros come in from the left."""
        return self._of(self.builder.lshr(self.value, self._int(count)))

    def equals(self, other: "Integer | int") -> Condition:
        return Condition(self.builder, self.builder.icmp_signed("==", self.value, self._int(other)))

    def below(self, other: "Integer | int") -> Condition:
        """Compare as signed integers."""
        return Condition(self.builder, self.builder.icmp_signed("<", self.value, self._int(other)))

    def to_num(self) -> "Num":
        """Convert the integer to a number."""
        return Num(self.builder, self.builder.sitofp(self.value, self.format.type))

    def as_num(self) -> "Num":
        """Return the number with this bit pattern."""
        return Num(self.builder, self.builder.bitcast(self.value, self.format.type))


@dataclass(frozen=True)
class Num:
    """A float or double of the function under construction."""

    builder: ir.IRBuilder
    value: ir.Value

    @cached_property
    def format(self) -> Format:
        return FORMATS[self.value.type]

    def constant(self, number: float) -> "Num":
        return Num(self.builder, ir.Constant(self.format.type, float(number)))

    def _raw(self, other: Operand) -> ir.Value:
        return other.value if isinstance(other, Num) else self.constant(other).value

    def _of(self, value: ir.Value) -> "Num":
        return Num(self.builder, value)

    def __add__(self, other: Operand) -> "Num":
        return self._of(self.builder.fadd(self.value, self._raw(other)))

    def __radd__(self, other: float) -> "Num":
        return self._of(self.builder.fadd(self._raw(other), self.value))

    def __sub__(self, other: Operand) -> "Num":
        return self._of(self.builder.fsub(self.value, self._raw(other)))

    def __rsub__(self, other: float) -> "Num":
        return self._of(self.builder.fsub(self._raw(other), self.value))

    def __mul__(self, other: Operand) -> "Num":
        return self._of(self.builder.fmul(self.value, self._raw(other)))

    def __rmul__(self, other: float) -> "Num":
        return self._of(self.builder.fmul(self._raw(other), self.value))

    def __truediv__(self, other: Operand) -> "Num":
        return self._of(self.builder.fdiv(self.value, self._raw(other)))

    def __rtruediv__(self, other: float) -> "Num":
        return self._of(self.builder.fdiv(self._raw(other), self.value))

    def __neg__(self) -> "Num":
        return self._of(self.builder.fneg(self.value))

    def __abs__(self) -> "Num":
        return self.intrinsic("llvm.fabs")

    def _compare(self, relation: str, other: Operand) -> Condition:
        raw = self._raw(other)
        return Condition(self.builder, self.builder.fcmp_ordered(relation, self.value, raw))

    def __lt__(self, other: Operand) -> Condition:
        return self._compare("<", other)

    def __le__(self, other: Operand) -> Condition:
        return self._compare("<=", other)

    def __gt__(self, other: Operand) -> Condition:
        return self._compare(">", other)

    def __ge__(self, other: Operand) -> Condition:
        return self._compare(">=", other)

    def equals(self, other: Operand) -> Condition:
        """Compare, ordered: false when either is nan."""
        return self._compare("==", other)

    def is_nan(self) -> Condition:
        return Condition(self.builder, self.builder.fcmp_unordered("uno", self.value, self.value))

    def bits(self) -> Integer:
        f = self.format
        return Integer(self.builder, self.builder.bitcast(self.value, f.bits), f)

    def intrinsic(self, name: str, *others: Operand) -> "Num":
        """Call the LLVM intrinsic `name` with this number and others of its type."""
        values = [self.value, *(self._raw(other) for other in others)]
        kind = ir.FunctionType(self.format.type, [self.format.type] * len(values))
        function = self.builder.module.declare_intrinsic(name, [self.format.type], kind)
        return self._of(self.builder.call(function, values))

    def ldexp(self, power: Integer) -> "Num":
        """Return self * 2**power, rounded once."""
        f = self.format
        kind = ir.FunctionType(f.type, [f.type, f.bits])
        function = self.builder.module.declare_intrinsic("llvm.ldexp", [f.type, f.bits], kind)
        return self._of(self.builder.call(function, [self.value, power.value]))

    def sqrt(self) -> "Num":
        return self.intrinsic("llvm.sqrt")

    def pick(self, f32: float, f64: float) -> float:
        """Return the constant that belongs to this number's format."""
        return f32 if self.format is F32 else f64


def fma(a: Num, b: Operand, c: Operand) -> Num:
    """Return a*b + c, rounded once."""
    return a.intrinsic("llvm.fma", b, c)


def where(condition: Condition, yes: Operand, no: Operand) -> Num:
    """Return `yes` where the condition holds, else `no`; at least one must be a `Num`."""
    num = yes if isinstance(yes, Num) else no
    assert isinstance(num, Num)
    b = condition.builder
    return Num(b, b.select(condition.value, num._raw(yes), num._raw(no)))


def copysign(magnitude: Num, sign: Num) -> Num:
    return magnitude.intrinsic("llvm.copysign", sign)


def clamp(x: Num, low: float | None = None, high: float | None = None) -> Num:
    """Return x clamped to the limits; nan stays nan (each limit becomes one min or max
    instruction)."""
    if low is not None:
        x = where(x < low, low, x)
    if high is not None:
        x = where(x > high, high, x)
    return x


def horner(x: Num, coefficients: Sequence[float]) -> Num:
    """Return the sum of coefficients[i] * x**i by fused steps."""
    result = x.constant(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        result = fma(result, x, c)
    return result


def two_sum(a: Operand, b: Num) -> tuple[Num, Num]:
    """Return s and e with s + e = a + b exactly, s the rounded sum (Knuth, TAOCP 2, 4.2.2)."""
    s = b + a
    bb = s - a
    return s, (a - (s - bb)) + (b - bb)


def fast_two_sum(a: Num, b: Num) -> tuple[Num, Num]:
    """Return s and e with s + e = a + b exactly when |a| >= |b| or a = 0 (Dekker 1971)."""
    s = a + b
    return s, b - (s - a)


def two_product(a: Num, b: Operand) -> tuple[Num, Num]:
    """Return p and e with p + e = a * b exactly, barring underflow."""
    p = a * b
    return p, fma(a, b, -p)


NAN = math.nan
INF = math.inf
