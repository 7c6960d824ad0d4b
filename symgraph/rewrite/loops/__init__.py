"""Rewriting through loops: what a step need not do leaves the loop."""

from symgraph.rewrite.loops.pipeline import PASSES

__all__ = ["PASSES"]
