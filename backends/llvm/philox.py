"""The generator of random bits as LLVM IR (`symgraph.ops.philox` tells what it computes).

Each of the two functions is emitted once for a module and inlined where it is used; what both
compute is then computed once. All is in 64-bit numbers of which the lower halves matter: so
processors multiply them eight or more at a time.
"""

from typing import Any

from llvmlite import ir

from symgraph.ops.philox import MASK, MULTIPLIERS, ROUNDS, WEYL

I64 = ir.IntType(64)
Value = Any


def _word(value: int) -> ir.Constant:
    return ir.Constant(I64, value)


def _halves(b: ir.IRBuilder, value: Value) -> list[Value]:
    return [b.and_(value, _word(MASK)), b.lshr(value, _word(32))]


def words(b: ir.IRBuilder, key: Value, counter: Value, part: Value) -> list[Value]:
    """The four random words, each in an i64."""
    c = [*_halves(b, counter), *_halves(b, part)]
    k = _halves(b, key)
    for _ in range(ROUNDS):
        first, second = (b.mul(c[i], _word(m)) for i, m in zip((0, 2), MULTIPLIERS, strict=True))
        (low0, high0), (low1, high1) = _halves(b, first), _halves(b, second)
        c = [b.xor(b.xor(high1, c[1]), k[0]), low1, b.xor(b.xor(high0, c[3]), k[1]), low0]
        k = [b.and_(b.add(half, _word(w)), _word(MASK)) for half, w in zip(k, WEYL, strict=True)]
    return c


def _function(module: ir.Module, name: str, first: int) -> ir.Function:
    known = module.globals.get(name)
    if known is not None:
        return known
    function = ir.Function(module, ir.FunctionType(I64, [I64] * 3), name)
    function.linkage = "internal"
    function.attributes.add("alwaysinline")
    b = ir.IRBuilder(function.append_basic_block())
    found = words(b, *function.args)
    b.ret(b.or_(found[first], b.shl(found[first + 1], _word(32))))
    return function


def philox_low(b: ir.IRBuilder, signed: bool, args: Any) -> Value:
    return b.call(_function(b.module, "symgraph.philox_low", 0), args)


def philox_high(b: ir.IRBuilder, signed: bool, args: Any) -> Value:
    return b.call(_function(b.module, "symgraph.philox_high", 2), args)
