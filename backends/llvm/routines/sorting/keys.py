"""Vectors of keys: signed integers of 32 or 64 bits, in whose order numbers are sorted."""

from collections.abc import Sequence
from dataclasses import dataclass

from llvmlite import ir
from symgraph.backends.llvm.codegen.jit import host
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.emission.statements import I32, I64, PTR
from symgraph.backends.llvm.routines.matmul.vectors import I1

I8 = ir.IntType(8)
# Lanes whose numbers a byte of a mask selects.
TABLE_LANES = 8


def intrinsic(
    b: ir.IRBuilder, name: str, result: ir.Type, arguments: Sequence[ir.Value]
) -> ir.Value:
    """Write the call of an intrinsic function."""
    type = ir.FunctionType(result, [argument.type for argument in arguments])
    return b.call(b.module.globals.get(name) or ir.Function(b.module, type, name), arguments)


def ones(b: ir.IRBuilder, bits: ir.Value) -> ir.Value:
    """Return how many bits of an int64 are set."""
    return intrinsic(b, "llvm.ctpop.i64", I64, [bits])


@dataclass(frozen=True)
class Keys:
    """The vectors of keys with so many bits; alignment is always that of one key."""

    bits: int

    @property
    def size(self) -> int:
        """Return the bytes of a key."""
        return self.bits // 8

    @property
    def count(self) -> int:
        """Return the keys of a vector."""
        return target().vector_bytes // self.size

    @property
    def rows(self) -> int:
        """Return how many vectors are sorted at a time: half of the registers hold them."""
        return target().vector_registers // 2

    @property
    def scalar(self) -> ir.IntType:
        return ir.IntType(self.bits)

    @property
    def type(self) -> ir.VectorType:
        return ir.VectorType(self.scalar, self.count)

    @property
    def largest(self) -> int:
        return 2 ** (self.bits - 1) - 1

    def constant(self, value: int) -> ir.Constant:
        return ir.Constant(self.type, [value] * self.count)

    def splat(self, b: ir.IRBuilder, value: ir.Value) -> ir.Value:
        undefined = ir.Constant(self.type, ir.Undefined)
        single = b.insert_element(undefined, value, ir.Constant(I32, 0))
        zeros = ir.Constant(ir.VectorType(I32, self.count), [0] * self.count)
        return b.shuffle_vector(single, undefined, zeros)

    def at(self, b: ir.IRBuilder, pointer: ir.Value, keys: ir.Value) -> ir.Value:
        """Return the address `keys` keys after `pointer`."""
        return b.gep(pointer, [keys], inbounds=True, source_etype=self.scalar)

    def first(self, b: ir.IRBuilder, count: ir.Value) -> ir.Value:
        """Return a mask of the first `count` lanes, from 0 to 2**31 - 1."""
        wide = ir.VectorType(I32, self.count)
        undefined = ir.Constant(wide, ir.Undefined)
        single = b.insert_element(undefined, b.trunc(count, I32), ir.Constant(I32, 0))
        limit = b.shuffle_vector(single, undefined, ir.Constant(wide, [0] * self.count))
        return b.icmp_signed("<", ir.Constant(wide, list(range(self.count))), limit)

    def load(
        self,
        b: ir.IRBuilder,
        pointer: ir.Value,
        mask: ir.Value | None = None,
        type: ir.VectorType | None = None,
        fill: int = 0,
    ) -> ir.Value:
        """Load a vector of keys, or of another type; lanes outside the mask are `fill`."""
        type = type or self.type
        size = _bits(type.element) // 8
        if mask is None:
            return b.load(pointer, typ=type, align=size)
        filled = ir.Constant(type, [fill] * type.count)
        name = f"llvm.masked.load.{_suffix(type)}.p0"
        return intrinsic(b, name, type, [pointer, ir.Constant(I32, size), mask, filled])

    def store(
        self, b: ir.IRBuilder, value: ir.Value, pointer: ir.Value, mask: ir.Value | None = None
    ) -> None:
        if mask is None:
            b.store(value, pointer, align=self.size)
            return
        name = f"llvm.masked.store.{_suffix(self.type)}.p0"
        arguments = [value, pointer, ir.Constant(I32, self.size), mask]
        intrinsic(b, name, ir.VoidType(), arguments)

    def smaller(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        return intrinsic(b, f"llvm.smin.{_suffix(self.type)}", self.type, [x, y])

    def larger(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
        return intrinsic(b, f"llvm.smax.{_suffix(self.type)}", self.type, [x, y])

    def moved(self, b: ir.IRBuilder, x: ir.Value, lanes: Sequence[int]) -> ir.Value:
        """Return a vector whose lanes are those lanes of x."""
        return b.shuffle_vector(x, x, ir.Constant(ir.VectorType(I32, self.count), list(lanes)))

    def chosen(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, from_y: Sequence[bool]) -> ir.Value:
        """Return a vector with some lanes of x, and the others of y."""
        mask = ir.Constant(ir.VectorType(I1, self.count), list(from_y))
        return b.select(mask, y, x)

    def bits_of(self, b: ir.IRBuilder, mask: ir.Value) -> ir.Value:
        """Return the lanes of a mask as the bits of a number, int64."""
        return b.zext(b.bitcast(mask, ir.IntType(self.count)), I64)

    # --- moving the lanes of a mask to the front ---

    @property
    def compresses(self) -> bool:
        """Return whether the processor can move the lanes of a mask to the front of a vector."""
        return host().has("avx512f") or self._by_table

    @property
    def _by_table(self) -> bool:
        return not host().has("avx512f") and host().has("avx2")

    def to_front(self, b: ir.IRBuilder, x: ir.Value, mask: ir.Value, bits: ir.Value) -> ir.Value:
        """Return x with the lanes of the mask in front, in their order, before others; `bits` are
        those of the mask."""
        if not self._by_table:
            name = f"llvm.experimental.vector.compress.{_suffix(self.type)}"
            undefined = ir.Constant(self.type, ir.Undefined)
            return intrinsic(b, name, self.type, [x, mask, undefined])
        words = ir.VectorType(I32, TABLE_LANES)
        row = b.gep(self._table(b.module), [bits], source_etype=ir.ArrayType(I8, TABLE_LANES))
        lanes = b.zext(b.load(row, typ=ir.VectorType(I8, TABLE_LANES), align=TABLE_LANES), words)
        moved = intrinsic(b, "llvm.x86.avx2.permd", words, [b.bitcast(x, words), lanes])
        return b.bitcast(moved, self.type)

    def _table(self, module: ir.Module) -> ir.GlobalVariable:
        """Return a table of the words that each mask moves to the front."""
        name = f"words_in_front.{self.count}"
        if name in module.globals:
            return module.globals[name]
        words = TABLE_LANES // self.count
        rows = []
        for bits in range(1 << self.count):
            wanted = [lane for lane in range(self.count) if bits >> lane & 1]
            lanes = [*wanted, *(lane for lane in range(self.count) if lane not in wanted)]
            rows.append([lane * words + word for lane in lanes for word in range(words)])
        row = ir.ArrayType(I8, TABLE_LANES)
        type = ir.ArrayType(row, len(rows))
        table = ir.GlobalVariable(module, type, name)
        table.linkage, table.global_constant, table.align = "internal", True, TABLE_LANES
        table.initializer = ir.Constant(type, [ir.Constant(row, each) for each in rows])
        table.type = PTR
        return table


def _bits(type: ir.Type) -> int:
    if isinstance(type, ir.IntType):
        return type.width
    return {ir.FloatType(): 32, ir.DoubleType(): 64}[type]


def _suffix(type: ir.VectorType) -> str:
    letter = "i" if isinstance(type.element, ir.IntType) else "f"
    return f"v{type.count}{letter}{_bits(type.element)}"


__all__ = ["I1", "I8", "Keys", "intrinsic", "ones"]
