"""Rewriting what stands inside loops and branches."""

from collections.abc import Callable

from symgraph.graph import Apply, FunctionGraph, at_place
from symgraph.ops.body import Body, BodyOp


def rewrite_bodies(graph: FunctionGraph, rewrite: Callable[[FunctionGraph], int]) -> int:
    """Have each body in the graph rewritten, equal ones once; returns the number of replacements.

    `rewrite` changes a graph in place, those of the bodies inside it too; so Python's stack grows
    by a few frames for each loop inside another.
    """
    count = 0
    done: dict[Body, Body] = {}
    for node in graph.toposort():
        if not isinstance(node.op, BodyOp):
            continue
        bodies = node.op.bodies()
        for body in bodies:
            if body not in done:
                inner = FunctionGraph(body.inputs, body.outputs)
                count += rewrite(inner)
                done[body] = Body(body.inputs, inner.outputs)
        found = [done[body] for body in bodies]
        if found != list(bodies):
            replace_node(graph, node, node.op.with_bodies(found))
    return count


def replace_node(graph: FunctionGraph, node: Apply, op: BodyOp) -> None:
    """Put another operation on the same inputs in the place of a node."""
    with at_place(node.place):
        made = op.make_node(*node.inputs)
    for old, new in zip(node.outputs, made.outputs, strict=True):
        graph.replace(old, new)
