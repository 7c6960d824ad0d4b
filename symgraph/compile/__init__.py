"""Compilation of expressions to callables: `function`, shared variables, back ends."""

from symgraph.compile.backends import (
    Backend,
    Executable,
    available,
    default_mode,
    get_backend,
    prepare,
)
from symgraph.compile.builders import OpFromGraph
from symgraph.compile.cloning import clone, graph_replace
from symgraph.compile.compiled import Function
from symgraph.compile.dump import function_dump
from symgraph.compile.eval import install
from symgraph.compile.function import UnusedInputError, function
from symgraph.compile.inputs import In, Out
from symgraph.compile.ops import as_op
from symgraph.compile.profile import Profile
from symgraph.compile.shared import shared
from symgraph.compile.updates import OrderedUpdates

__all__ = [
    "Backend",
    "Executable",
    "Function",
    "In",
    "OpFromGraph",
    "OrderedUpdates",
    "Out",
    "Profile",
    "UnusedInputError",
    "as_op",
    "available",
    "clone",
    "default_mode",
    "function",
    "function_dump",
    "get_backend",
    "graph_replace",
    "install",
    "prepare",
    "shared",
]
