"""The routines' code: each is compiled once in a process, whichever programs call it.

A program names the routines that it calls, as it names those of the library. So what programs
have in common is compiled (or taken from the cache on disk) once, and with the same effort for
programs of any size. The code is written as it shall be: optimising it changes nothing but the
time that it takes to compile, which is a third without.
"""

from collections.abc import Iterable
from typing import Any

from symgraph.backends.llvm.blas import blas, is_blas
from symgraph.backends.llvm.effort import AS_WRITTEN
from symgraph.backends.llvm.fingerprint import fingerprint_of_text
from symgraph.backends.llvm.jit import Compiled, load
from symgraph.backends.llvm.objects import object_code
from symgraph.backends.llvm.once import once

from symgraph.graph import LazyModule

# What writes code is not imported for code that is found.
provide: Any = LazyModule("symgraph.backends.llvm.matmul.provide")
# How the names of routines begin.
PREFIX = "symgraph_product"


def is_routine(name: str) -> bool:
    return name.startswith(f"{PREFIX}.")


def addresses(needs: Iterable[str]) -> dict[str, int]:
    """Where those of the names are that are routines', compiled where they are not yet."""
    return {name: _compiled(name).address(name) for name in needs if is_routine(name)}


@once
def _compiled(name: str) -> Compiled:
    code = object_code(
        lambda: fingerprint_of_text(name), name, lambda: provide.routine_module(name), AS_WRITTEN
    )
    # Routines call others, and the library.
    imports = addresses(code.needs)
    imports |= {need: blas().symbols()[need] for need in code.needs if is_blas(need)}
    return load(code, imports)
