"""Routines by their names: as functions that programs call, and as modules of their own."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from symgraph.backends.llvm.conv.direct import Direct
from symgraph.backends.llvm.conv.names import Spec, name_of, spec_of
from symgraph.backends.llvm.conv.products import write_direct
from symgraph.backends.llvm.conv.words import SIGNATURE
from symgraph.backends.llvm.jit import host

# How a routine is written.
WRITERS: dict[type, Callable[[ir.Function, Any], None]] = {Direct: write_direct}


def declared(module: ir.Module, spec: Spec) -> ir.Function:
    """A routine as a function that the module calls elsewhere."""
    name = name_of(spec)
    return module.globals.get(name) or ir.Function(module, SIGNATURE, name)


def routine_module(name: str) -> ir.Module:
    """The module of one routine."""
    module = ir.Module(name)
    module.triple = host().triple
    spec = spec_of(name)
    WRITERS[type(spec)](ir.Function(module, SIGNATURE, name), spec)
    return module
