"""Write LLVM IR that reads tables and objects in memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I32, I64, PTR
from symgraph.backends.llvm.host_emission.support import Callee

I1, I8 = ir.IntType(1), ir.IntType(8)
FLOAT, DOUBLE = ir.FloatType(), ir.DoubleType()
NULL = ir.Constant(PTR, None)


def number(value: int) -> ir.Constant:
    return ir.Constant(I64, value)


class Writer:
    """Writes the body of one function."""

    def __init__(self, function: ir.Function) -> None:
        self.function = function
        self.b = ir.IRBuilder(function.append_basic_block("entrance"))

    # --- memory ---

    def at(self, base: ir.Value, offset: int) -> ir.Value:
        """Return the address `offset` bytes after `base`."""
        return self.b.gep(base, [number(offset)], inbounds=True, source_etype=I8)

    def field(self, base: ir.Value, offset: int, type: ir.Type = PTR) -> ir.Value:
        """Load the value `offset` bytes after `base`."""
        return self.b.load(self.at(base, offset), typ=type)

    def word(self, table: ir.Value, index: int, type: ir.Type = PTR) -> ir.Value:
        """Load an entry of one of symgraph's tables."""
        return self.field(table, 8 * index, type)

    def item(self, array: ir.Value, index: ir.Value, size: int = 1) -> ir.Value:
        """Return the address of an item of `size` words."""
        scaled = index if size == 1 else self.b.mul(index, number(size))
        return self.b.gep(array, [scaled], inbounds=True, source_etype=I64)

    def load(self, address: ir.Value, type: ir.Type = PTR) -> ir.Value:
        return self.b.load(address, typ=type)

    # --- control ---

    def equal(self, a: ir.Value, b: ir.Value) -> ir.Value:
        return self.b.icmp_unsigned("==", a, b)

    def is_null(self, pointer: ir.Value) -> ir.Value:
        return self.equal(pointer, NULL)

    def block(self, name: str) -> ir.Block:
        return self.b.append_basic_block(name)

    def go(self, block: ir.Block) -> None:
        """Branch to a block."""
        self.b.branch(block)

    def begin(self, block: ir.Block) -> None:
        self.b.position_at_end(block)

    def leave_if(self, condition: ir.Value, block: ir.Block) -> None:
        """Branch to a block where the condition holds, which is rare."""
        following = self.block("on")
        self.b.cbranch(condition, block, following).set_weights([1, 99])
        self.begin(following)

    def leave_unless(self, condition: ir.Value, block: ir.Block) -> None:
        following = self.block("on")
        self.b.cbranch(condition, following, block).set_weights([99, 1])
        self.begin(following)

    @contextmanager
    def times(self, count: ir.Value) -> Iterator[ir.Value]:
        """Write `for index in range(count)`; the body may branch out of it."""
        index = self.variable(number(0))
        head, body, done = self.block("head"), self.block("body"), self.block("done")
        self.go(head)
        self.begin(head)
        now = self.load(index, I64)
        self.b.cbranch(self.b.icmp_signed("<", now, count), body, done)
        self.begin(body)
        yield now
        self.b.store(self.b.add(now, number(1)), index)
        self.go(head)
        self.begin(done)

    def variable(self, value: ir.Value) -> ir.Value:
        """Return stack memory for a value that changes."""
        with self.b.goto_entry_block():
            place = self.b.alloca(value.type)
        self.b.store(value, place)
        return place

    # --- calls ---

    def call(self, name: str, result: ir.Type, arguments: Sequence[ir.Value]) -> ir.Value:
        """Call an external function by name."""
        function = self.function.module.globals.get(name)
        if function is None:
            type = ir.FunctionType(result, [argument.type for argument in arguments])
            function = ir.Function(self.function.module, type, name)
        return self.b.call(function, arguments)

    def call_at(
        self, pointer: ir.Value, result: ir.Type, arguments: Sequence[ir.Value]
    ) -> ir.Value:
        type = ir.FunctionType(result, [argument.type for argument in arguments])
        return self.b.call(Callee(pointer, type), arguments)

    def outside(self, name: str) -> ir.Value:
        """Return the address of an external object by name."""
        found = self.function.module.globals.get(name)
        return found or ir.GlobalVariable(self.function.module, I8, name)


def internal(module: ir.Module, name: str, result: ir.Type, types: Sequence[ir.Type]) -> Writer:
    """Return a writer for a new internal function of the module."""
    function = ir.Function(module, ir.FunctionType(result, types), name)
    function.linkage = "internal"
    function.attributes.add("nounwind")
    return Writer(function)


__all__ = ["DOUBLE", "FLOAT", "I1", "I8", "I32", "I64", "NULL", "PTR", "Writer", "internal"]
