"""Composite operations, which are lowered by writing them out as others."""

from symgraph.graph import Apply, FunctionGraph, Op, at_location
from symgraph.lower.rules import RULES


def expand(graph: FunctionGraph) -> FunctionGraph:
    """The graph with composite ops that have no rule written out; merged anew, so that equal parts
    are one."""
    pending = graph.toposort()
    if not any(map(is_composite, pending)):
        return graph
    graph = FunctionGraph(graph.inputs, graph.outputs, graph.replaces)
    for node in graph.toposort():
        if is_composite(node):
            with at_location(node.location):
                written_out = node.op.expand(node)
            for old, new in zip(node.outputs, written_out, strict=True):
                graph.replace(old, new)
    return expand(FunctionGraph(graph.inputs, graph.outputs, graph.replaces))


def is_composite(node: Apply) -> bool:
    """Whether a node is lowered by writing it out."""
    return type(node.op).expand is not Op.expand and type(node.op) not in RULES
