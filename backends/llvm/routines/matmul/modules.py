"""Build the modules of routines from their names, one for each routine."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from symgraph.backends.llvm.codegen.jit import host
from symgraph.backends.llvm.routines.matmul.argument_table import SIGNATURE
from symgraph.backends.llvm.routines.matmul.dots import Dots, write_dots
from symgraph.backends.llvm.routines.matmul.library import Library, write_library
from symgraph.backends.llvm.routines.matmul.outer import Outer, write_outer
from symgraph.backends.llvm.routines.matmul.routine_names import spec_of
from symgraph.backends.llvm.routines.matmul.transpose import SIGNATURE as COPY_SIGNATURE
from symgraph.backends.llvm.routines.matmul.transpose import Copy, write_copy

# How a routine is written, and its type.
WRITERS: dict[type, tuple[Callable[[ir.Function, Any], None], ir.FunctionType]] = {
    Outer: (write_outer, SIGNATURE),
    Dots: (write_dots, SIGNATURE),
    Library: (write_library, SIGNATURE),
    Copy: (write_copy, COPY_SIGNATURE),
}


def routine_module(name: str) -> ir.Module:
    """Return the module of one routine."""
    module = ir.Module(name)
    module.triple = host().triple
    spec = spec_of(name)
    write, signature = WRITERS[type(spec)]
    write(ir.Function(module, signature, name), spec)
    return module
