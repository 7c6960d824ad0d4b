"""Rewrites of loops: computations that need not be repeated in each step are moved out of the
loop."""

from symgraph.rewrite.loops.pipeline import PASSES

__all__ = ["PASSES"]
