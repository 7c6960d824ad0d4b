"""Calls of compiled functions, past the interpreter.

`entry` is the code that CPython calls, the same for all functions: it goes by the tables of
`layout`, which `state` fills for each function and `variants` for each combination of extents.
`callable_class` makes the classes of which such functions are.
"""

from symgraph.backends.llvm.native.callable_class import bind, callable_class
from symgraph.backends.llvm.native.layout import verified
from symgraph.backends.llvm.native.state import Binding
from symgraph.backends.llvm.native.variants import Variants

__all__ = ["Binding", "Variants", "bind", "callable_class", "verified"]
