"""Rewriting function graphs into faster, smaller and numerically safer ones."""

from symgraph.rewrite.branches import make_lazy
from symgraph.rewrite.engine import NotSettled
from symgraph.rewrite.pipeline import Pipeline, phases, rewrite_graph, rule_names

__all__ = ["NotSettled", "Pipeline", "make_lazy", "phases", "rewrite_graph", "rule_names"]
