"""Vectors of this processor's width: loads, stores, masks and multiply-adds as LLVM IR."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.emission import scalars
from symgraph.backends.llvm.emission.statements import I32, I64, PTR

I1 = ir.IntType(1)


class Zeros(ir.Constant):
    """A vector of zeros, printed briefly: IR is passed to LLVM as text."""

    def __init__(self, type: ir.VectorType) -> None:
        super().__init__(type, [0] * type.count)

    def _get_reference(self) -> str:
        return "zeroinitializer"


@dataclass(frozen=True)
class Lanes:
    """The vectors of one float dtype; alignment is always that of one element."""

    dtype: str

    @property
    def size(self) -> int:
        """Return the bytes of an element."""
        return np.dtype(self.dtype).itemsize

    @property
    def count(self) -> int:
        """Return the elements of a vector."""
        return target().vector_bytes // self.size

    @property
    def real(self) -> ir.Type:
        return scalars.register_type(self.dtype)

    @property
    def type(self) -> ir.VectorType:
        return ir.VectorType(self.real, self.count)

    @property
    def mask_type(self) -> ir.VectorType:
        return ir.VectorType(I1, self.count)

    @property
    def _suffix(self) -> str:
        return f"v{self.count}f{self.size * 8}"

    def zero(self) -> ir.Constant:
        return Zeros(self.type)

    def _intrinsic(
        self, b: ir.IRBuilder, name: str, result: ir.Type, parameters: Sequence[ir.Type]
    ) -> ir.Function:
        known = b.module.globals.get(name)
        return known or ir.Function(b.module, ir.FunctionType(result, parameters), name)

    def splat(self, b: ir.IRBuilder, value: ir.Value) -> ir.Value:
        single = b.insert_element(ir.Constant(self.type, ir.Undefined), value, ir.Constant(I32, 0))
        first = Zeros(ir.VectorType(I32, self.count))
        return b.shuffle_vector(single, ir.Constant(self.type, ir.Undefined), first)

    def at(self, b: ir.IRBuilder, pointer: ir.Value, elements: ir.Value) -> ir.Value:
        """Return the address `elements` elements after `pointer`."""
        return b.gep(pointer, [elements], inbounds=True, source_etype=self.real)

    def broadcast(self, b: ir.IRBuilder, pointer: ir.Value) -> ir.Value:
        return self.splat(b, self.element(b, pointer))

    def element(self, b: ir.IRBuilder, pointer: ir.Value) -> ir.Value:
        return b.load(pointer, typ=self.real)

    def mask(self, b: ir.IRBuilder, count: ir.Value) -> ir.Value:
        """Return a mask of the first `count` lanes (any int64)."""
        wide = ir.VectorType(I32, self.count)
        most = ir.Constant(I64, self.count)
        count = b.select(b.icmp_signed("<", count, most), count, most)
        count = b.select(b.icmp_signed("<", count, ir.Constant(I64, 0)), ir.Constant(I64, 0), count)
        single = b.insert_element(
            ir.Constant(wide, ir.Undefined), b.trunc(count, I32), ir.Constant(I32, 0)
        )
        limit = b.shuffle_vector(single, ir.Constant(wide, ir.Undefined), Zeros(wide))
        return b.icmp_signed("<", ir.Constant(wide, list(range(self.count))), limit)

    def all_or_none(self, b: ir.IRBuilder, condition: ir.Value) -> ir.Value:
        """Return a mask of all lanes if the condition holds, else of none."""
        undefined = ir.Constant(self.mask_type, ir.Undefined)
        single = b.insert_element(undefined, condition, ir.Constant(I32, 0))
        return b.shuffle_vector(single, undefined, Zeros(ir.VectorType(I32, self.count)))

    def load(self, b: ir.IRBuilder, pointer: ir.Value, mask: ir.Value | None = None) -> ir.Value:
        """Load a vector from memory; lanes outside the mask are 0 and not read."""
        if mask is None:
            return b.load(pointer, typ=self.type, align=self.size)
        name = f"llvm.masked.load.{self._suffix}.p0"
        parameters = [PTR, I32, self.mask_type, self.type]
        load = self._intrinsic(b, name, self.type, parameters)
        return b.call(load, [pointer, ir.Constant(I32, self.size), mask, self.zero()])

    def store(
        self, b: ir.IRBuilder, value: ir.Value, pointer: ir.Value, mask: ir.Value | None = None
    ) -> None:
        if mask is None:
            b.store(value, pointer, align=self.size)
            return
        name = f"llvm.masked.store.{self._suffix}.p0"
        parameters = [self.type, PTR, I32, self.mask_type]
        store = self._intrinsic(b, name, ir.VoidType(), parameters)
        b.call(store, [value, pointer, ir.Constant(I32, self.size), mask])

    def multiply_add(self, b: ir.IRBuilder, x: ir.Value, y: ir.Value, z: ir.Value) -> ir.Value:
        """Return x * y + z, rounded once."""
        name = f"llvm.fma.{self._suffix}"
        fma = self._intrinsic(b, name, self.type, [self.type] * 3)
        return b.call(fma, [x, y, z])

    def total(self, b: ir.IRBuilder, vector: ir.Value) -> ir.Value:
        """Return the sum of the lanes, halves added to halves."""
        count = self.count
        while count > 1:
            count //= 2
            kind = ir.VectorType(I32, count)
            halves = [
                b.shuffle_vector(
                    vector, vector, ir.Constant(kind, list(range(first, first + count)))
                )
                for first in (0, count)
            ]
            vector = b.fadd(*halves)
        return b.extract_element(vector, ir.Constant(I32, 0))
