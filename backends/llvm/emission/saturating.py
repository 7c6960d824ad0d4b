"""Emit saturating arithmetic (`symgraph.ops.saturating`) as LLVM IR."""

from collections.abc import Sequence

from llvmlite import ir
from symgraph.backends.llvm.emission.scalars import IntRule, Value


def _saturated(name: str) -> IntRule:
    """Return the rule for LLVM's saturating sum or difference."""

    def rule(b: ir.IRBuilder, signed: bool, a: Sequence[Value]) -> Value:
        type = a[0].type
        intrinsic = f"llvm.{'s' if signed else 'u'}{name}.sat"
        kind = ir.FunctionType(type, [type, type])
        return b.call(b.module.declare_intrinsic(intrinsic, [type], kind), a)

    return rule


def _saturated_mul(b: ir.IRBuilder, signed: bool, a: Sequence[Value]) -> Value:
    """Return the product, clamped to the range of the type."""
    type = a[0].type
    pair = (b.smul_with_overflow if signed else b.umul_with_overflow)(*a)
    if signed:
        lowest = ir.Constant(type, 1 << (type.width - 1))
        negative = b.icmp_signed("<", b.xor(*a), ir.Constant(type, 0))
        end = b.select(negative, lowest, ir.Constant(type, (1 << (type.width - 1)) - 1))
    else:
        end = ir.Constant(type, (1 << type.width) - 1)
    return b.select(b.extract_value(pair, 1), end, b.extract_value(pair, 0))


# Functions of a builder, whether the integers are signed, and the operands.
SATURATED: dict[str, IntRule] = {
    "saturated_add": _saturated("add"),
    "saturated_mul": _saturated_mul,
    "saturated_sub": _saturated("sub"),
}
