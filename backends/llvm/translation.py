"""From a loop program to an object file. One that is in the cache costs no IR and no code
generation."""

from typing import Any

from symgraph.backends.llvm.effort import effort_for
from symgraph.backends.llvm.fingerprint import fingerprint
from symgraph.backends.llvm.jit import ObjectCode
from symgraph.backends.llvm.objects import object_code
from symgraph.backends.llvm.outline import Outline

from symgraph.graph import LazyModule

# What writes code is not imported for code that is found.
emission: Any = LazyModule("symgraph.backends.llvm.emit")


def translate(outline: Outline, name: str) -> ObjectCode:
    """The code of a program for this processor."""
    effort = effort_for(outline)
    return object_code(
        lambda: fingerprint(outline.program), name, lambda: emission.emit(outline, effort), effort
    )
