"""From expressions to callables: `function`, shared variables, back ends."""

from symgraph.compile.backends import Backend, Executable, available, get_backend
from symgraph.compile.evaluate import install
from symgraph.compile.executable import Function
from symgraph.compile.function import UnusedInputError, function
from symgraph.compile.inputs import In, Out
from symgraph.compile.shared import shared

__all__ = [
    "Backend",
    "Executable",
    "Function",
    "In",
    "Out",
    "UnusedInputError",
    "available",
    "function",
    "get_backend",
    "install",
    "shared",
]
