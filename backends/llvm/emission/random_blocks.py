"""Emit the random words for a strip of a loop, many counters at once.

A function of the module fills memory on the stack with the words of whole blocks of counters, in
the order of `symgraph.ops.random_bits`, and returns the place of the first element's word. The last
block is kept: a strip, or a row, that begins within it does not generate it again.
"""

from collections.abc import Sequence
from functools import cache

from llvmlite import ir
from symgraph.backends.llvm.codegen.jit import host
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.emission import philox

from symgraph.ops.random_bits import BLOCK, LANES

I8, I64, PTR = ir.IntType(8), ir.IntType(64), ir.PointerType()
ALIGNMENT = 64


def _number(value: int) -> ir.Constant:
    return ir.Constant(I64, value)


class RandomBlocks:
    """The memory for the words of a draw, of `width` bits each: those of a strip, and the number of
    the block of counters that the last ones belong to."""

    def __init__(self, b: ir.IRBuilder, width: int) -> None:
        self.width = width
        # Room for a strip that begins and ends within blocks.
        blocks = target().strip_words // _each(width) + 1
        with b.goto_entry_block():
            self.memory = b.alloca(ir.IntType(width), size=blocks * _each(width))
            self.memory.align = ALIGNMENT
            self.held = b.alloca(I64, size=2)
            self.forget(b)

    def forget(self, b: ir.IRBuilder) -> None:
        """Mark the kept block as invalid: its words are of another key, or of other counters."""
        b.store(_number(-1), self.held)

    def make(self, b: ir.IRBuilder, args: Sequence[ir.Value], count: ir.Value) -> ir.Value:
        """Generate `count` words; `args` are the arguments of the first one's function. Return the
        place of the first."""
        filling = _filling(b.module, self.width)
        return b.call(filling, [*args, count, self.memory, self.held])


def _each(width: int) -> int:
    """Return the words of a block."""
    return BLOCK // width * LANES


@cache
def lanes() -> int:
    """Return the number of counters in a vector that keep a processor's vector units busy: four
    vectors hide the latency of a multiplication; more than fit in registers would be spilled."""
    return 32 if host().has("avx512f") else 8


def _filling(module: ir.Module, width: int) -> ir.Function:
    """Return `fill(key, first, part, position, count, memory, held)`, emitted if needed."""
    name = f"symgraph.random_words{width}"
    known = module.globals.get(name)
    if known is not None:
        return known
    kind = ir.FunctionType(I64, [*[I64] * 5, PTR, PTR])
    function = ir.Function(module, kind, name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    function.attributes.add("nounwind")
    for pointer in function.args[-2:]:
        pointer.add_attribute("noalias")
    _fill(ir.IRBuilder(function.append_basic_block()), width)
    return function


def _fill(b: ir.IRBuilder, width: int) -> None:
    *_, position, count, memory, held = b.function.args
    each = _number(_each(width))
    begin = b.udiv(position, each)
    end = b.udiv(b.add(position, b.sub(count, _number(1))), each)
    slot = b.gep(held, [_number(1)], source_etype=I64)
    is_held = b.icmp_signed("==", b.load(held, typ=I64), begin)
    with b.if_then(is_held):
        # The last block generated is the first one now.
        type = ir.VectorType(I64, _each(width) * width // 64)
        last = _word(b, width, memory, b.mul(b.load(slot, typ=I64), each))
        b.store(b.load(last, typ=type, align=ALIGNMENT), memory, align=ALIGNMENT)
    b.store(end, held)
    b.store(b.sub(end, begin), slot)
    start = b.select(is_held, b.add(begin, _number(1)), begin)
    _make(b, width, begin, start, end)
    b.ret(b.sub(position, b.mul(begin, each)))


def _word(b: ir.IRBuilder, width: int, memory: ir.Value, number: ir.Value) -> ir.Value:
    """Return the address of a word."""
    return b.gep(memory, [number], inbounds=True, source_etype=ir.IntType(width))


def _make(b: ir.IRBuilder, width: int, begin: ir.Value, start: ir.Value, end: ir.Value) -> None:
    """Write the words of the blocks from `start` to `end`, some lanes at a time; the words of the
    block `begin` are stored first."""
    count = lanes()
    parts = _number(LANES // count)
    iteration, stop = b.mul(start, parts), b.mul(b.add(end, _number(1)), parts)
    before = b.block
    head, done = b.append_basic_block("make"), b.append_basic_block("made")
    b.cbranch(b.icmp_signed("<", iteration, stop), head, done)
    b.position_at_end(head)
    index = b.phi(I64)
    index.add_incoming(iteration, before)
    _make_lanes(b, width, begin, index)
    following = b.add(index, _number(1))
    index.add_incoming(following, b.block)
    b.cbranch(b.icmp_signed("<", following, stop), head, done)
    b.position_at_end(done)


def _make_lanes(b: ir.IRBuilder, width: int, begin: ir.Value, index: ir.Value) -> None:
    """Write the words of the counters in a vector's lanes, each kind of words contiguously."""
    key, first, part, _, _, memory, _ = b.function.args
    count = lanes()
    type = ir.VectorType(I64, count)
    counter = b.add(first, b.mul(index, _number(count)))
    counters = b.add(philox.spread(b, counter, type), ir.Constant(type, list(range(count))))
    found = philox.words(b, key, counters, part)
    if width == 64:
        found = [philox.pair(b, *found[:2]), philox.pair(b, *found[2:])]
    else:
        found = [b.trunc(x, ir.VectorType(ir.IntType(32), count)) for x in found]
    parts = _number(LANES // count)
    block = b.sub(b.udiv(index, parts), begin)
    place = b.add(b.mul(block, _number(_each(width))), b.mul(b.urem(index, parts), _number(count)))
    for number, value in enumerate(found):
        at = b.add(place, _number(number * LANES))
        b.store(value, _word(b, width, memory, at), align=count * width // 8)
