"""Run routines in cells that threads share: a routine computes a range of cells."""

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I64, PTR
from symgraph.backends.llvm.threads.pool import PARALLEL_FOR


def call_in_cells(
    b: ir.IRBuilder, routine: ir.Function, words: ir.Value, cells: ir.Value, threads: ir.Value
) -> None:
    """Write the call of `routine(begin, end, words)` for every cell, on up to `threads`."""
    b.call(parallel_for(b.module), [_task(routine), words, cells, threads])


def parallel_for(module: ir.Module) -> ir.Function:
    """Return `parallel_for(task, words, chunks, threads)`: `task(words, chunk)` for every chunk."""
    type = ir.FunctionType(ir.VoidType(), [PTR, PTR, I64, I64])
    return module.globals.get(PARALLEL_FOR) or ir.Function(module, type, PARALLEL_FOR)


def _task(routine: ir.Function) -> ir.Function:
    """Return `task(words, chunk)`, which computes one cell of the routine."""
    module, name = routine.module, f"{routine.name}.task"
    if name in module.globals:
        return module.globals[name]
    task = ir.Function(module, ir.FunctionType(ir.VoidType(), [PTR, I64]), name)
    task.linkage = "internal"
    words, chunk = task.args
    b = ir.IRBuilder(task.append_basic_block())
    b.call(routine, [chunk, b.add(chunk, ir.Constant(I64, 1)), words])
    b.ret_void()
    return task
