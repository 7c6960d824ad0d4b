"""The routines' code: each is compiled once in a process, whichever programs call it.

A program names the routines that it calls, as it names those of the library. So what programs
have in common is compiled (or taken from the cache on disk) once, and with the same effort for
programs of any size. The code is written as it shall be: optimising it changes nothing but the
time that it takes to compile, which is a third without.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from llvmlite import ir
from symgraph.backends.llvm.blas import blas, is_blas
from symgraph.backends.llvm.effort import Effort
from symgraph.backends.llvm.fingerprint import fingerprint_of_text
from symgraph.backends.llvm.jit import Compiled, host, load
from symgraph.backends.llvm.matmul.arguments import SIGNATURE
from symgraph.backends.llvm.matmul.dots import Dots, write_dots
from symgraph.backends.llvm.matmul.library import Library, write_library
from symgraph.backends.llvm.matmul.names import Spec, is_routine, name_of, spec_of
from symgraph.backends.llvm.matmul.outer import Outer, write_outer
from symgraph.backends.llvm.objects import object_code

WRITERS: dict[type, Callable[[ir.Function, Any], None]] = {
    Outer: write_outer, Dots: write_dots, Library: write_library
}  # fmt: skip
AS_WRITTEN = Effort(level=0, unrolled=False, inlined=True, generation=3)


def declared(module: ir.Module, spec: Spec) -> ir.Function:
    """A routine as a function that the module calls elsewhere."""
    name = name_of(spec)
    return module.globals.get(name) or ir.Function(module, SIGNATURE, name)


def addresses(needs: Iterable[str]) -> dict[str, int]:
    """Where those of the names are that are routines', compiled where they are not yet."""
    return {name: _compiled(name).address(name) for name in needs if is_routine(name)}


def routine_module(name: str) -> ir.Module:
    """The module of one routine."""
    module = ir.Module(name)
    module.triple = host().triple
    spec = spec_of(name)
    WRITERS[type(spec)](ir.Function(module, SIGNATURE, name), spec)
    return module


@cache
def _compiled(name: str) -> Compiled:
    code = object_code(
        lambda: fingerprint_of_text(name), name, lambda: routine_module(name), AS_WRITTEN
    )
    return load(code, blas().symbols() if any(map(is_blas, code.needs)) else None)
