"""Rewriting of function graphs into faster, smaller and numerically safer ones."""

from symgraph.rewrite.branch_sinking import make_lazy
from symgraph.rewrite.failed_rules import NotSettled, RuleFailed
from symgraph.rewrite.pipeline import Pipeline, phases, rewrite_graph, rule_names

__all__ = [
    "NotSettled",
    "Pipeline",
    "RuleFailed",
    "make_lazy",
    "phases",
    "rewrite_graph",
    "rule_names",
]
