"""Build the modules of routines from their names, one for each routine."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from symgraph.backends.llvm.codegen.jit import host
from symgraph.backends.llvm.routines.conv.argument_table import SIGNATURE
from symgraph.backends.llvm.routines.conv.direct import Direct, Total
from symgraph.backends.llvm.routines.conv.pooling import Pooling, write_pooling
from symgraph.backends.llvm.routines.conv.products import write_direct, write_total
from symgraph.backends.llvm.routines.conv.routine_names import Spec, spec_of
from symgraph.backends.llvm.routines.conv.winograd import Winograd
from symgraph.backends.llvm.routines.conv.winograd_tiles import write_tiles
from symgraph.backends.llvm.routines.conv.winograd_weights import write_sum, write_weights

# Writes a routine into a function.
Writer = Callable[[ir.Function, Any], None]
PARTS: dict[str, Writer] = {"weights": write_weights, "tiles": write_tiles, "sum": write_sum}

OTHERS: dict[type, Writer] = {Direct: write_direct, Total: write_total, Pooling: write_pooling}


def _writer(spec: Spec) -> Writer:
    if isinstance(spec, Winograd):
        return PARTS[spec.part]
    return OTHERS[type(spec)]


def routine_module(name: str) -> ir.Module:
    """Return the module of one routine."""
    module = ir.Module(name)
    module.triple = host().triple
    spec = spec_of(name)
    _writer(spec)(ir.Function(module, SIGNATURE, name), spec)
    return module
