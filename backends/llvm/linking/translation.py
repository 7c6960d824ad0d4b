"""Translate a loop program to an object file. One in the cache needs no IR and no code
generation."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from symgraph.backends.llvm.codegen.fingerprint import fingerprint
from symgraph.backends.llvm.codegen.jit import ObjectCode
from symgraph.backends.llvm.codegen.object_code import object_code
from symgraph.backends.llvm.codegen.optimisation_level import effort_for
from symgraph.backends.llvm.linking.external_symbols import addresses, found_meanwhile, is_outside

from symgraph.graph import LazyModule
from symgraph.lower.analysis.outline import Outline

if TYPE_CHECKING:
    from symgraph.backends.llvm.host_emission import module as emission
else:
    # Code generation is not imported for code that is cached.
    emission = LazyModule("symgraph.backends.llvm.host_emission.module")


def translate(outline: Outline, name: str) -> tuple[ObjectCode, dict[str, int]]:
    """Return the code of a program for this processor, and the addresses of its symbols."""
    effort = effort_for(outline)
    with ExitStack() as meanwhile:

        def source() -> Any:
            module = emission.emit(outline, effort)
            calls = [f.name for f in module.functions if f.is_declaration and is_outside(f.name)]
            meanwhile.enter_context(found_meanwhile(calls))
            return module

        code = object_code(
            lambda: fingerprint(outline.program, outline.patient), name, source, effort
        )
        return code, addresses(code.needs)
