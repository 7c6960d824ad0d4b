"""Call a routine for all its cells at once, or divided among threads where that pays off."""

import math
from collections.abc import Iterable

from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.routines.matmul import argument_table
from symgraph.backends.llvm.routines.matmul.loops import int64
from symgraph.backends.llvm.routines.matmul.tile import Matrix
from symgraph.backends.llvm.threads.work_sharing import call_in_cells

DOUBLE = ir.DoubleType()

Values = dict[str, ir.Value | Matrix]


def work(b: ir.IRBuilder, values: Values) -> ir.Value:
    """Return the multiply-adds of a product, as a double."""
    extents = (b.sitofp(values[name], DOUBLE) for name in ("rows", "columns", "inner"))
    total: ir.Value = ir.Constant(DOUBLE, 1.0)
    for extent in extents:
        total = b.fmul(total, extent)
    return total


def run(
    b: ir.IRBuilder,
    routine: ir.Function,
    values: Values,
    panels: ir.Value,
    unit: int,
    small: ir.Value | None,
    threads: ir.Value | None,
) -> None:
    """Write the call. `unit` divides the rows of all cells but the last. Without threads, and where
    `small` holds, the caller computes all cells."""
    words = argument_table.table(b)
    argument_table.write(b, words, values)

    def alone() -> None:
        argument_table.write(b, words, {"cell_rows": values["rows"], "row_cells": int64(1)})
        b.call(routine, [int64(0), panels, words])

    if threads is None or small is None:
        alone()
        return
    with b.if_else(small) as (then, orelse):
        with then:
            alone()
        with orelse:
            # As long as there are enough rows for them.
            wanted = _ceiling(b, int64(target().cells), panels)
            blocks = _ceiling(b, values["rows"], b.mul(wanted, int64(unit)))
            cell_rows = b.mul(blocks, int64(unit))
            row_cells = _ceiling(b, values["rows"], cell_rows)
            argument_table.write(b, words, {"cell_rows": cell_rows, "row_cells": row_cells})
            chunks = b.mul(panels, row_cells)
            call_in_cells(b, routine, words, chunks, threads)


def is_small(b: ir.IRBuilder, macs: ir.Value, size: int) -> ir.Value:
    """Return whether there are so few multiply-adds that another thread would start too late; true
    for none, since nothing cannot be divided into cells."""
    return b.fcmp_ordered("<=", macs, ir.Constant(DOUBLE, _small(size)))


def surely_small(extents: Iterable[int], size: int) -> bool:
    return math.prod(extents) < _small(size)


def _small(size: int) -> float:
    processor = target()
    return processor.small_ns / (processor.product_ns * size / 4)


def _ceiling(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """Return x / y rounded up, for positive y."""
    return b.sdiv(b.add(x, b.sub(y, int64(1))), y)
