"""Sort keys by dividing them (C. A. R. Hoare, "Quicksort", 1962), with vectors.

Keys lie in one of two regions of equal length: the one that they are sorted into, or another. Each
division leaves the smaller keys at the beginning of the first and the others at the beginning of
the second (`partition`), which are sorted before the smaller ones, as these need the second region.
Few keys are sorted by a network; where many divisions in turn were uneven, a heap sorts the
rest."""

from collections.abc import Callable

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I64, PTR
from symgraph.backends.llvm.interrupts import poll
from symgraph.backends.llvm.routines.matmul.loops import int64, stack_memory
from symgraph.backends.llvm.routines.sorting.heap_sort import write_heap_sort, write_sift
from symgraph.backends.llvm.routines.sorting.keys import I1, Keys, intrinsic
from symgraph.backends.llvm.routines.sorting.network import DIRECT, write_small_sort
from symgraph.backends.llvm.routines.sorting.partition import (
    write_copy,
    write_partition,
    write_pivot,
)
from symgraph.backends.llvm.routines.sorting.repetition import repeating

VOID = ir.VoidType()
# Stores keys at an address; if True, whole vectors, whose last lanes may be any.
Make = Callable[[ir.Value, bool], None]
# Makes of sorted keys, and a word that is the same for all, what is stored.
Finishing = Callable[[ir.IRBuilder, ir.Value, ir.Value], ir.Value]


class Quicksort:
    """Writes the functions that sort keys into a module.

    finish: what is done with sorted keys. raw: the word with which that leaves keys as they are.
    divisions: how often a region is divided, for each bit of its length, before a heap is used.
    """

    def __init__(
        self, module: ir.Module, keys: Keys, finish: Finishing, raw: int, divisions: int
    ) -> None:
        self.module, self.keys, self.divisions = module, keys, divisions
        word = keys.scalar

        def last(function: ir.Function) -> Callable[[ir.IRBuilder, ir.Value], ir.Value]:
            given = function.args[-1]
            return lambda b, x: finish(b, x, keys.splat(b, given))

        self.small_sort = self._function("small_sort", VOID, PTR, PTR, I64, word)
        write_small_sort(self.small_sort, keys, last(self.small_sort), raw)
        self.copy = self._function("copy", VOID, PTR, PTR, I64, word)
        write_copy(self.copy, keys, last(self.copy))
        self.partition = self._function("partition", I64, PTR, PTR, PTR, I64, word)
        write_partition(self.partition, keys)
        self.pivot = self._function("pivot", word, PTR, PTR, I64)
        write_pivot(self.pivot, keys, self.small_sort, raw)
        sift = self._function("sift", VOID, PTR, I64, I64)
        write_sift(sift, keys)
        self.heap_sort = self._function("heap_sort", VOID, PTR, I64)
        write_heap_sort(self.heap_sort, sift, keys)
        self.divide = self._function("divide", VOID, PTR, PTR, I64, I1, I64, word)
        self._write_divide()

    def _function(self, name: str, result: ir.Type, *parameters: ir.Type) -> ir.Function:
        function = ir.Function(self.module, ir.FunctionType(result, parameters), name)
        function.linkage = "internal"
        return function

    def sort(
        self, b: ir.IRBuilder, pointer: ir.Value, other: ir.Value, count: ir.Value, word: ir.Value
    ) -> None:
        """Write the sorting of keys in place; `other` has room for as many."""
        zeros = intrinsic(b, "llvm.ctlz.i64", I64, [count, ir.Constant(I1, 0)])
        depth = b.mul(b.sub(int64(64), zeros), int64(self.divisions))
        b.call(self.divide, [pointer, other, count, ir.Constant(I1, 0), depth, word])

    def sort_made(
        self,
        b: ir.IRBuilder,
        make: Make,
        target: ir.Value,
        other: ir.Value,
        count: ir.Value,
        word: ir.Value,
    ) -> None:
        """Write the sorting of keys that `make` stores, into the target. Few are made on the stack
        in whole vectors: the processor would wait for stores of some lanes before it loads them."""
        keys = self.keys
        most = DIRECT * keys.count
        with b.if_else(b.icmp_signed("<=", count, int64(most))) as (few, many):
            with few:
                room = stack_memory(b, keys.scalar, most)
                make(room, True)
                b.call(self.small_sort, [room, target, count, word])
            with many:
                make(target, False)
                self.sort(b, target, other, count, word)

    def _write_divide(self) -> None:
        """Write `divide(target, other, count, elsewhere, depth, word)`, which sorts keys into the
        target; they lie there, or if `elsewhere` in the other region."""
        target, other, count, elsewhere, depth, word = self.divide.args
        keys, b = self.keys, ir.IRBuilder(self.divide.append_basic_block())
        least = int64(keys.rows * keys.count)
        with repeating(b, [target, count, elsewhere, depth]) as loop:
            target, count, elsewhere, depth = loop.values
            source = b.select(elsewhere, other, target)
            with b.if_then(b.icmp_signed("<=", count, least)):
                b.call(self.small_sort, [source, target, count, word])
                b.ret_void()
            poll(b)
            with b.if_then(b.icmp_signed("<=", depth, int64(0)), likely=False):
                b.call(self.heap_sort, [source, count])
                b.call(self.copy, [source, target, count, word])
                b.ret_void()
            room = b.select(elsewhere, target, other)
            pivot = b.call(self.pivot, [source, room, count])
            less = b.call(self.partition, [source, target, other, count, pivot])
            left = b.sub(depth, int64(1))
            with b.if_then(b.icmp_signed(">", less, int64(0))):
                behind = [keys.at(b, target, less), other, b.sub(count, less)]
                b.call(self.divide, [*behind, ir.Constant(I1, 1), left, word])
                loop.again([target, less, ir.Constant(I1, 0), left])
            # The pivot is the least: those that equal it are in their places.
            largest = ir.Constant(keys.scalar, keys.largest)
            with b.if_then(b.icmp_signed("==", pivot, largest), likely=False):
                b.call(self.copy, [other, target, count, word])
                b.ret_void()
            above = b.add(pivot, ir.Constant(keys.scalar, 1))
            equal = b.call(self.partition, [other, target, other, count, above])
            b.call(self.copy, [target, target, equal, word])
            behind = keys.at(b, target, equal)
            loop.again([behind, b.sub(count, equal), ir.Constant(I1, 1), left])
        b.unreachable()
