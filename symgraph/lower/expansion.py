"""Expand composite operations, which have no rule, into other operations."""

from collections.abc import Callable

from symgraph.graph import Apply, FunctionGraph, Op, at_location
from symgraph.lower.rules import RULES
from symgraph.ops import Elemwise, Reduce


def expand(graph: FunctionGraph, supports: Callable[[Apply], bool]) -> FunctionGraph:
    """Return the graph with composite ops that have no rule expanded; equal nodes are merged again.
    `supports` tells for which nodes the target has the scalar functions."""
    if not any(is_composite(node, supports) for node in graph.toposort()):
        return graph
    graph = FunctionGraph(graph.inputs, graph.outputs, graph.replaces)
    for node in graph.toposort():
        if is_composite(node, supports):
            with at_location(node.location):
                written_out = node.op.expand(node)
            for old, new in zip(node.outputs, written_out, strict=True):
                graph.replace(old, new)
    return expand(FunctionGraph(graph.inputs, graph.outputs, graph.replaces), supports)


def is_composite(node: Apply, supports: Callable[[Apply], bool]) -> bool:
    """Return whether a node is lowered by expansion."""
    if isinstance(node.op, Elemwise):
        return node.op.expression(node) is not None and not supports(node)
    if isinstance(node.op, Reduce):
        return not node.op.axes
    if type(node.op) in RULES:
        return False
    return type(node.op).expand is not Op.expand
