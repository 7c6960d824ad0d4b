"""Write counted loops, and allocate memory on the stack, with an IR builder."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I64, PTR
from symgraph.backends.llvm.interrupts import poll


def int64(value: int) -> ir.Constant:
    return ir.Constant(I64, value)


def stack_memory(b: ir.IRBuilder, type: ir.Type, count: int) -> ir.Value:
    """Return stack memory for so many elements, aligned to a cache line. It may hold values of any
    types; llvmlite would have them all be of the given one."""
    with b.goto_entry_block():
        memory = b.alloca(ir.ArrayType(type, count))
        memory.align = 64
        memory.type = PTR
        return memory


def settled(b: ir.IRBuilder, address: ir.Value) -> ir.Value:
    """Return an address that is invariant in the next loop, in a register of its own. Otherwise
    LLVM would try every way in which the addresses in the loop might be computed from each other,
    which takes half of the time of code generation."""
    freeze = ir.Instruction(b.block, address.type, "freeze", [address])
    b._insert(freeze)
    return freeze


@contextmanager
def counted(
    b: ir.IRBuilder, begin: ir.Value, end: ir.Value, step: ir.Value | None = None
) -> Iterator[ir.Value]:
    """Write `for index in range(begin, end, step)`: yields the index within the loop's body."""
    with carrying(b, begin, end, [], step) as (index, _, _):
        yield index


@contextmanager
def polling(
    b: ir.IRBuilder,
    begin: ir.Value,
    end: ir.Value,
    step: ir.Value | None = None,
    iterations: int = 1,
) -> Iterator[ir.Value]:
    """Write the same, with a poll for signals before every `iterations` iterations."""
    step = step or int64(1)
    if iterations == 1:
        with counted(b, begin, end, step) as index:
            poll(b)
            yield index
        return
    strip = b.mul(step, int64(iterations))
    with counted(b, begin, end, strip) as first:
        poll(b)
        behind = b.add(first, strip)
        last = b.select(b.icmp_signed("<", behind, end), behind, end)
        with counted(b, first, last, step) as index:
            yield index


@contextmanager
def carrying(
    b: ir.IRBuilder,
    begin: ir.Value,
    end: ir.Value,
    init: Sequence[ir.Value],
    step: ir.Value | None = None,
) -> Iterator[tuple[ir.Value, list[ir.Value], list[ir.Value]]]:
    """Write a loop that carries values: yields (index, values, following).

    The body puts each value's next one into the list `following`; after the loop that list holds
    the last ones (`init` where there was no iteration).
    """
    step = step or int64(1)
    before = b.block
    head, done = b.append_basic_block("loop"), b.append_basic_block("done")
    b.cbranch(b.icmp_signed("<", begin, end), head, done)
    b.position_at_end(head)
    index = b.phi(I64)
    index.add_incoming(begin, before)
    values = [b.phi(value.type) for value in init]
    for phi, value in zip(values, init, strict=True):
        phi.add_incoming(value, before)
    following: list[ir.Value] = []
    yield index, values, following
    after = b.add(index, step, flags=("nsw",))
    index.add_incoming(after, b.block)
    for phi, value in zip(values, following, strict=True):
        phi.add_incoming(value, b.block)
    last = b.block
    iteration = b.cbranch(b.icmp_signed("<", after, end), head, done)
    iteration.set_metadata("llvm.loop", _as_written(b.module))
    b.position_at_end(done)
    for position, (first, value) in enumerate(zip(init, tuple(following), strict=True)):
        result = b.phi(value.type)
        result.add_incoming(first, before)
        result.add_incoming(value, last)
        following[position] = result


def _as_written(module: ir.Module) -> ir.MDValue:
    """Return the metadata of a loop that LLVM must neither unroll nor vectorise: these loops are
    vectorised by hand where that pays off, and other forms of them would only cost compile time."""
    disabled = ir.Constant(ir.IntType(1), 0)
    wishes = [
        module.add_metadata(["llvm.loop.unroll.disable"]),
        module.add_metadata(["llvm.loop.vectorize.enable", disabled]),
    ]
    mark = module.add_metadata([f"loop {len(module.metadata)}"])
    # The node is its own first operand, which makes it distinct for this loop.
    mark.operands = (mark, *wishes)
    return mark
