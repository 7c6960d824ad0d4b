"""Compile routines, code that programs call by name, once in a process.

A program refers to its routines by name, as it does to those of the library. So code that programs
share is compiled (or taken from the cache on disk) once, and at the same optimisation level for
programs of any size. The name encodes everything about a routine, which is generated from it. The
code is generated in its final form: optimising it would change nothing but the compile time, which
is a third without.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from symgraph.backends.llvm import interrupts
from symgraph.backends.llvm.codegen.fingerprint import fingerprint_of_text
from symgraph.backends.llvm.codegen.jit import MachineCode, load
from symgraph.backends.llvm.codegen.memoization import memoized
from symgraph.backends.llvm.codegen.object_code import object_code
from symgraph.backends.llvm.codegen.optimisation_level import AS_WRITTEN
from symgraph.backends.llvm.routines.blas import blas, is_blas
from symgraph.backends.llvm.routines.naming import CONVOLUTION, LATE, PRODUCT, SORTING

from symgraph.graph import LazyModule

if TYPE_CHECKING:
    from symgraph.backends.llvm.routines.conv import modules as convolutions
    from symgraph.backends.llvm.routines.matmul import modules as products
    from symgraph.backends.llvm.routines.sorting import modules as sorting
else:
    # Not imported for code that is cached.
    convolutions = LazyModule("symgraph.backends.llvm.routines.conv.modules")
    products = LazyModule("symgraph.backends.llvm.routines.matmul.modules")
    sorting = LazyModule("symgraph.backends.llvm.routines.sorting.modules")


class RoutineWriter(Protocol):
    """A module that generates the code of routines."""

    def routine_module(self, name: str) -> Any: ...


# By the prefix of their routines' names.
WRITERS: dict[str, RoutineWriter] = {PRODUCT: products, CONVOLUTION: convolutions, SORTING: sorting}


def is_routine(name: str) -> bool:
    return name.partition(".")[0] in WRITERS and LATE not in name


def addresses(needs: Iterable[str]) -> dict[str, int]:
    """Return the addresses of the routines among the names, compiling missing ones."""
    return {name: _compiled(name).address(name) for name in needs if is_routine(name)}


@memoized
def _compiled(name: str) -> MachineCode:
    writer = WRITERS[name.partition(".")[0]]
    code = object_code(
        lambda: fingerprint_of_text(name), name, lambda: writer.routine_module(name), AS_WRITTEN
    )
    # Routines call others, and the library.
    imports = addresses(code.needs) | interrupts.addresses(code.needs)
    imports |= {need: blas().symbols()[need] for need in code.needs if is_blas(need)}
    return load(code, imports, lasting=True)
