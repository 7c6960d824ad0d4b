"""Sort the numbers of rows."""

from contextlib import nullcontext
from dataclasses import dataclass

from llvmlite import ir
from symgraph.backends.llvm.routines.matmul.loops import counted, int64
from symgraph.backends.llvm.routines.sorting.numbers import Numbers
from symgraph.backends.llvm.routines.sorting.quicksort import Quicksort


@dataclass(frozen=True)
class Values:
    """The specification of a routine that sorts rows of numbers. `divisions`: see `Quicksort`."""

    dtype: str
    divisions: int = 2


def write_values(function: ir.Function, spec: Values) -> None:
    """Write `values(x, out, scratch, rows, count)`: `x` is `out` or other memory, scratch has room
    for a row."""
    x, out, scratch, rows, count = function.args
    numbers = Numbers(spec.dtype)
    keys = numbers.keys
    sorting = Quicksort(function.module, keys, numbers.number, 0, spec.divisions)
    b = ir.IRBuilder(function.append_basic_block())
    every = ir.Constant(keys.scalar, -1)
    with counted(b, int64(0), rows) as row:
        first = b.mul(row, count)
        given, target = keys.at(b, x, first), keys.at(b, out, first)

        def make(pointer: ir.Value, whole: bool, given: ir.Value = given) -> None:
            # Keys that are sorted in place are there already.
            moves = b.icmp_unsigned("!=", given, pointer)
            with b.if_then(moves) if numbers.are_keys and not whole else nullcontext():
                _store_keys(b, numbers, given, pointer, count, whole)

        sorting.sort_made(b, make, target, scratch, count, every)
    b.ret_void()


def _store_keys(
    b: ir.IRBuilder,
    numbers: Numbers,
    given: ir.Value,
    pointer: ir.Value,
    count: ir.Value,
    whole: bool,
) -> None:
    """Store the keys of a row at an address, or if `whole` some more behind them."""
    keys = numbers.keys
    with counted(b, int64(0), count, int64(keys.count)) as at:
        own = keys.first(b, b.sub(count, at))
        vector = ir.VectorType(numbers.type, keys.count)
        x = keys.load(b, keys.at(b, given, at), own, vector)
        place = keys.at(b, pointer, at)
        keys.store(b, numbers.key(b, x, False), place, None if whole else own)
