"""Loops and branches: `scan` and its kin, `loop`, `ifelse`."""

from symgraph.loops.results import until
from symgraph.loops.scanning import scan

__all__ = ["scan", "until"]
