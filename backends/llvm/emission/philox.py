"""Emit the generator of random bits as LLVM IR (`symgraph.ops.philox` defines what it computes).

All arithmetic is on 64-bit numbers, or vectors of them, of which only the lower halves matter: so
processors multiply eight or more of them at a time. The functions of one number are emitted once
for a module and inlined where they are used, so that common subexpressions are computed once.
"""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from symgraph.ops.philox import MASK, MULTIPLIERS, ROUNDS, WEYL
from symgraph.ops.random_bits import BLOCK, LANES

I64 = ir.IntType(64)
Value = Any


def word(value: int) -> ir.Constant:
    return ir.Constant(I64, value)


def spread(b: ir.IRBuilder, value: Value, type: ir.Type) -> Value:
    """Return a number broadcast to all lanes of a vector; other types unchanged."""
    if value.type == type:
        return value
    if isinstance(value, ir.Constant):
        return ir.Constant(type, [value.constant] * type.count)
    undefined = ir.Constant(type, ir.Undefined)
    one = b.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    return b.shuffle_vector(
        one, undefined, ir.Constant(ir.VectorType(ir.IntType(32), type.count), [0] * type.count)
    )


def words(b: ir.IRBuilder, key: Value, counter: Value, part: Value) -> list[Value]:
    """Return the four random words, each in the lower half of a number of the counter's type, whose
    upper half is arbitrary; key and part are single numbers."""
    type = counter.type

    def constant(value: int) -> Value:
        return spread(b, word(value), type)

    def low(x: Value) -> Value:
        return b.and_(x, constant(MASK))

    def high(x: Value) -> Value:
        return b.lshr(x, constant(32))

    part = spread(b, part, type)
    c = [counter, high(counter), part, high(part)]
    k = [key, b.lshr(key, word(32))]
    for _ in range(ROUNDS):
        first, second = (
            b.mul(low(c[i]), constant(m)) for i, m in zip((0, 2), MULTIPLIERS, strict=True)
        )
        mixed = [b.xor(c[i], spread(b, half, type)) for i, half in zip((1, 3), k, strict=True)]
        c = [b.xor(high(second), mixed[0]), second, b.xor(high(first), mixed[1]), first]
        k = [b.add(half, word(w)) for half, w in zip(k, WEYL, strict=True)]
    return c


def pair(b: ir.IRBuilder, lower: Value, upper: Value) -> Value:
    """Return two words as one number."""
    mask, half = (spread(b, word(value), lower.type) for value in (MASK, 32))
    return b.or_(b.and_(lower, mask), b.shl(upper, half))


def _function(
    module: ir.Module, name: str, arity: int, width: int = 64
) -> tuple[ir.Function, ir.IRBuilder | None]:
    """Return a function of `arity` numbers, with a builder in it if it is yet to be written."""
    known = module.globals.get(name)
    if known is not None:
        return known, None
    function = ir.Function(module, ir.FunctionType(ir.IntType(width), [I64] * arity), name)
    function.linkage = "internal"
    function.attributes.add("alwaysinline")
    return function, ir.IRBuilder(function.append_basic_block())


def _half(name: str, first: int) -> Any:
    def rule(b: ir.IRBuilder, signed: bool, args: Sequence[Value]) -> Value:
        function, inside = _function(b.module, name, 3)
        if inside is not None:
            found = words(inside, *function.args)
            inside.ret(pair(inside, *found[first : first + 2]))
        return b.call(function, args)

    return rule


philox_low, philox_high = _half("symgraph.philox_low", 0), _half("symgraph.philox_high", 2)


def random_word(width: int) -> Any:
    """Return the rule for a single element's word, from its position among all elements."""
    each = BLOCK // width

    def rule(b: ir.IRBuilder, signed: bool, args: Sequence[Value]) -> Value:
        function, inside = _function(b.module, f"symgraph.random_word{width}", 4, width)
        if inside is not None:
            inside.ret(_chosen(inside, width, each, *function.args))
        return b.call(function, args)

    return rule


def _chosen(
    b: ir.IRBuilder, width: int, each: int, key: Value, first: Value, part: Value, position: Value
) -> Value:
    """Select the word of a position: positions count lanes, then words of a counter, then
    counters."""
    block = b.udiv(position, word(each * LANES))
    counter = b.add(first, b.mul(block, word(LANES)))
    counter = b.add(counter, b.urem(position, word(LANES)))
    number = b.urem(b.udiv(position, word(LANES)), word(each))
    found = words(b, key, counter, part)
    if width == 64:
        found = [pair(b, *found[:2]), pair(b, *found[2:])]
    chosen = found[0]
    for place in range(1, each):
        chosen = b.select(b.icmp_unsigned("==", number, word(place)), found[place], chosen)
    return chosen if width == 64 else b.trunc(chosen, ir.IntType(width))
