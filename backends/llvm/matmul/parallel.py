"""The call of a routine: all its cells at once, or divided among threads where that pays."""

import math
from collections.abc import Iterable

from llvmlite import ir
from symgraph.backends.llvm.blocks import I64, PTR
from symgraph.backends.llvm.matmul import arguments
from symgraph.backends.llvm.matmul.loops import int64, stack_memory
from symgraph.backends.llvm.matmul.tile import Matrix
from symgraph.backends.llvm.threads import PARALLEL_FOR

from symgraph.lower.parallel import SMALL_NS

# A multiply-add of four bytes takes about so many ns.
NS = 0.015
DOUBLE = ir.DoubleType()
# Products are divided into so many cells at least, as long as their rows last.
CELLS = 8

Values = dict[str, ir.Value | Matrix]


def work(b: ir.IRBuilder, values: Values) -> ir.Value:
    """The multiply-adds of a product, as a double."""
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
    """Writes the call. `unit` divides the rows of all cells but the last. Without threads, and
    where `small` holds, the caller does it all."""
    words = stack_memory(b, I64, len(arguments.WORDS))
    arguments.write(b, words, values)

    def alone() -> None:
        arguments.write(b, words, {"cell_rows": values["rows"], "row_cells": int64(1)})
        b.call(routine, [int64(0), panels, words])

    if threads is None or small is None:
        alone()
        return
    with b.if_else(small) as (then, orelse):
        with then:
            alone()
        with orelse:
            wanted = _ceiling(b, int64(CELLS), panels)
            blocks = _ceiling(b, values["rows"], b.mul(wanted, int64(unit)))
            cell_rows = b.mul(blocks, int64(unit))
            row_cells = _ceiling(b, values["rows"], cell_rows)
            arguments.write(b, words, {"cell_rows": cell_rows, "row_cells": row_cells})
            chunks = b.mul(panels, row_cells)
            b.call(_parallel_for(b.module), [_task(routine), words, chunks, threads])


def is_small(b: ir.IRBuilder, macs: ir.Value, size: int) -> ir.Value:
    """Whether so many multiply-adds are so little that another thread would come too late; none
    always are: nothing cannot be divided into cells."""
    return b.fcmp_ordered("<=", macs, ir.Constant(DOUBLE, _small(size)))


def surely_small(extents: Iterable[int], size: int) -> bool:
    return math.prod(extents) < _small(size)


def _small(size: int) -> float:
    return SMALL_NS / (NS * size / 4)


def _ceiling(b: ir.IRBuilder, x: ir.Value, y: ir.Value) -> ir.Value:
    """x / y rounded up, for positive y."""
    return b.sdiv(b.add(x, b.sub(y, int64(1))), y)


def _task(routine: ir.Function) -> ir.Function:
    """`task(words, chunk)`: one cell of the routine."""
    module, name = routine.module, f"{routine.name}.task"
    if name in module.globals:
        return module.globals[name]
    task = ir.Function(module, ir.FunctionType(ir.VoidType(), [PTR, I64]), name)
    task.linkage = "internal"
    words, chunk = task.args
    b = ir.IRBuilder(task.append_basic_block())
    b.call(routine, [chunk, b.add(chunk, int64(1)), words])
    b.ret_void()
    return task


def _parallel_for(module: ir.Module) -> ir.Function:
    type = ir.FunctionType(ir.VoidType(), [PTR, PTR, I64, I64])
    return module.globals.get(PARALLEL_FOR) or ir.Function(module, type, PARALLEL_FOR)
