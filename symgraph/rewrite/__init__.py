"""Rewriting function graphs into faster, smaller and numerically safer ones."""

from symgraph.rewrite.branches import make_lazy
from symgraph.rewrite.pipeline import Pipeline, phases, rewrite_graph, rule_names
from symgraph.rewrite.skipping import NotSettled, RuleFailed

__all__ = [
    "NotSettled",
    "Pipeline",
    "RuleFailed",
    "make_lazy",
    "phases",
    "rewrite_graph",
    "rule_names",
]
