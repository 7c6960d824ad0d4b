"""Build the modules of routines from their names, one for each routine."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from symgraph.backends.llvm.codegen.jit import host
from symgraph.backends.llvm.emission.statements import I64, PTR
from symgraph.backends.llvm.routines.sorting.orders import Order, write_order
from symgraph.backends.llvm.routines.sorting.routine_names import Spec, spec_of
from symgraph.backends.llvm.routines.sorting.selection import Selection, write_selection
from symgraph.backends.llvm.routines.sorting.values import Values, write_values

WRITERS: dict[type, tuple[Callable[[ir.Function, Any], None], int]] = {
    Values: (write_values, 2),
    Order: (write_order, 2),
    Selection: (write_selection, 4),
}


def signature(spec: Spec) -> ir.FunctionType:
    """Return the type of a routine: three arrays and some numbers."""
    numbers = WRITERS[type(spec)][1]
    return ir.FunctionType(ir.VoidType(), [PTR] * 3 + [I64] * numbers)


def routine_module(name: str) -> ir.Module:
    """Return the module of one routine."""
    module = ir.Module(name)
    module.triple = host().triple
    spec = spec_of(name)
    write, _ = WRITERS[type(spec)]
    write(ir.Function(module, signature(spec), name), spec)
    return module
