"""Loops and branches: `scan` and its kin, `loop`, `ifelse`."""

from symgraph.loops.branches import ifelse
from symgraph.loops.checkpoints import scan_checkpoints
from symgraph.loops.plain import loop
from symgraph.loops.results import until
from symgraph.loops.scanning import scan
from symgraph.loops.variants import foldl, foldr, map, reduce
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
