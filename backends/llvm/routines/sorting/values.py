"""Sort the numbers of rows."""

from dataclasses import dataclass

from llvmlite import ir
from symgraph.backends.llvm.routines.matmul.loops import counted, int64
from symgraph.backends.llvm.routines.sorting.network import DIRECT
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
        if numbers.are_keys:
            # Few are read where they are.
            with b.if_else(b.icmp_signed("<=", count, int64(DIRECT * keys.count))) as (few, many):
                with few:
                    b.call(sorting.small_sort, [given, target, count, every])
                with many:
                    with b.if_then(b.icmp_unsigned("!=", x, out)):
                        _keys(b, numbers, given, target, count)
                    sorting.sort(b, target, scratch, count, every)
        else:
            _keys(b, numbers, given, target, count)
            sorting.sort(b, target, scratch, count, every)
    b.ret_void()


def _keys(
    b: ir.IRBuilder, numbers: Numbers, given: ir.Value, target: ir.Value, count: ir.Value
) -> None:
    """Store the keys of a row."""
    keys = numbers.keys
    with counted(b, int64(0), count, int64(keys.count)) as at:
        own = keys.first(b, b.sub(count, at))
        vector = ir.VectorType(numbers.type, keys.count)
        x = keys.load(b, keys.at(b, given, at), own, vector)
        keys.store(b, numbers.key(b, x, False), keys.at(b, target, at), own)
