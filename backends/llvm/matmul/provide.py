"""Routines by their names: as functions that programs call, and as modules of their own."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from symgraph.backends.llvm.jit import host
from symgraph.backends.llvm.matmul.arguments import SIGNATURE
from symgraph.backends.llvm.matmul.dots import Dots, write_dots
from symgraph.backends.llvm.matmul.library import Library, write_library
from symgraph.backends.llvm.matmul.names import Spec, name_of, spec_of
from symgraph.backends.llvm.matmul.outer import Outer, write_outer

WRITERS: dict[type, Callable[[ir.Function, Any], None]] = {
    Outer: write_outer, Dots: write_dots, Library: write_library
}  # fmt: skip


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
