"""Loops and branches: `scan` and related functions, `loop`, `ifelse`."""

from symgraph.loops.checkpoints import scan_checkpoints
from symgraph.loops.ifelse import ifelse
from symgraph.loops.loop import loop
from symgraph.loops.map_reduce import foldl, foldr, map, reduce
from symgraph.loops.scan import scan
from symgraph.loops.step_results import until
from symgraph.loops.vectorize import vectorize_graph

__all__ = [
    "foldl",
    "foldr",
    "ifelse",
    "loop",
    "map",
    "reduce",
    "scan",
    "scan_checkpoints",
    "until",
    "vectorize_graph",
]
