"""The LLVM back end: compiles loop programs to native code for this processor."""

from collections.abc import Sequence
from functools import partial

import llvmlite
from symgraph.backends.llvm.codegen.cache import ObjectCache, described, object_cache
from symgraph.backends.llvm.codegen.jit import host as this_processor
from symgraph.backends.llvm.codegen.jit import load
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.emission.function_table import known
from symgraph.backends.llvm.linking.lazy_symbols import LazySymbols
from symgraph.backends.llvm.linking.native_program import NativeProgram
from symgraph.backends.llvm.linking.translation import translate
from symgraph.backends.llvm.memory_orders import MemoryOrders
from symgraph.backends.llvm.routines.blas import blas
from symgraph.backends.llvm.runtime import LLVMExecutable
from symgraph.backends.llvm.threads import PARALLEL_FOR, thread_count

from symgraph.graph import Apply, Constant, FunctionGraph, SharedVariable, Variable, Watch
from symgraph.lower import Lowered, Lowering, lower
from symgraph.lower.analysis.outline import Outline
from symgraph.lower.analysis.polling import Patience
from symgraph.lower.analysis.shape_programs import shapes_of_shared_values
from symgraph.lower.argument_layouts import laid_out
from symgraph.lower.extents.static import Shape
from symgraph.ops import (
    ArgReduce,
    Cumulative,
    Elemwise,
    LogSoftmax,
    Reduce,
    Reshape,
    ShapeOf,
    Softmax,
)
from symgraph.ops.inner_graph import InnerGraphOp
from symgraph.ops.reduce import REDUCE_KINDS

# Limit on the nodes of graphs that are compiled for arguments in other orders of memory: what large
# ones compute takes longer than to copy their arguments.
PERMUTED = 64
# What is computed by loops over all elements, and what copies them.
BY_LOOPS = (ArgReduce, Cumulative, Elemwise, LogSoftmax, Reduce, Reshape, ShapeOf, Softmax)


def supports(node: Apply) -> bool:
    """Return whether there is native code for a node; others run their NumPy meaning."""
    if isinstance(node.op, InnerGraphOp | ShapeOf):
        # Decided by the nodes of the inner graph; and ShapeOf reads no elements.
        return True
    if isinstance(node.op, Elemwise):
        operands = node.op.scalar.operand([variable.type.dtype for variable in node.inputs])
        if node.op.scalar.name == "pow" and _is_small_power(node.inputs[1]):
            return True
        return known(node.op.scalar.name, operands[-1])
    if isinstance(node.op, Reduce):
        return known(REDUCE_KINDS[node.op.kind].combine, node.outputs[0].type.dtype)
    return True


def _is_small_power(exponent: Variable) -> bool:
    """Return whether lowering turns the power into a product."""
    return (
        isinstance(exponent, Constant)
        and exponent.data.size == 1
        and exponent.data.item() in (1, 2)
    )


def lower_for(
    graph: FunctionGraph,
    name: str,
    shapes: Sequence[Shape | None],
    timed: bool = False,
    watch: Watch[Lowering] | None = None,
) -> Lowered:
    """Return the loop program of a graph for this processor; see `lower`."""
    return lower(graph, name, supports, shapes, timed, target(), watch)


def compile_for(
    graph: FunctionGraph,
    name: str,
    shapes: Sequence[Shape | None],
    timed: bool = False,
    patient: bool = False,
) -> NativeProgram:
    """Compile a graph for given shapes of some of its inputs; see `shape_programs.Compile`."""
    lowered = lower_for(graph, name, shapes, timed)
    patience = Patience(lowered.program, target())
    outline = Outline(lowered.program, patient or patience.unknown)
    code, imports = translate(outline, name)
    threads = thread_count() if PARALLEL_FOR in imports else 1
    late = LazySymbols(code.needs)
    compiled = load(code, imports | late.addresses)
    return NativeProgram(lowered, outline, compiled, late, shapes, threads, patience)


def _follows_memory(graph: FunctionGraph, variable: Variable) -> bool:
    """Return whether loops read an argument, which may go through memory in any order. Products
    and other routines are at their best for the layout that they expect, and take longer than to
    copy what they read."""
    if isinstance(variable, SharedVariable):
        return False
    clients = [node for node, _ in graph.clients[variable]]
    return all(not isinstance(n, str) and isinstance(n.op, BY_LOOPS) for n in clients)


def _executable(graph: FunctionGraph, name: str, orders: MemoryOrders | None) -> LLVMExecutable:
    """Compile for the current shapes of shared variables; code for other shapes is compiled when a
    call needs it."""
    shapes = shapes_of_shared_values(graph.inputs)
    compile = partial(compile_for, graph, name)
    return LLVMExecutable(name, compile, partial(lower_for, graph, name), shapes, orders)


class LLVMBackend:
    """The back end for native code; see `symgraph.compile.Backend`."""

    name = "llvm"

    def compile(self, graph: FunctionGraph, name: str) -> LLVMExecutable:
        """Compile for the current shapes of shared variables, and for arguments in C order; code
        for others is compiled when a call needs it, where the graph is small enough that this does
        not take long."""
        orders = None
        if len(graph.toposort()) <= PERMUTED:
            movable = [_follows_memory(graph, variable) for variable in graph.inputs]
            divisible = [set(variable.type.shape) == {None} for variable in graph.inputs]
            orders = MemoryOrders(
                lambda layouts: _executable(laid_out(graph, layouts), name, None),
                movable,
                divisible,
            )
        return _executable(graph, name, orders)

    def object_cache(self) -> ObjectCache | None:
        """Return the cache of code on disk; None where it is switched off."""
        return object_cache()

    def info(self) -> dict[str, str]:
        processor, library = this_processor(), blas()
        return {
            "llvmlite": llvmlite.__version__,
            "processor": processor.cpu,
            "threads": str(thread_count()),
            "BLAS": f"{library.config()} (kernels: {library.core_name()})",
            "kept code": described(),
        }


__all__ = ["LLVMBackend", "LLVMExecutable", "supports"]
