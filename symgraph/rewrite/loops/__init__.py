"""Rewriting through loops: what a step need not do leaves the loop."""

from symgraph.rewrite.loops.passes import PASSES

__all__ = ["PASSES"]
