"""What only one branch needs moves into it, so that nothing computes it where it is not chosen."""

from collections.abc import Iterable

from symgraph.graph import Apply, FunctionGraph
from symgraph.ops.body import Body, BodyOp
from symgraph.ops.ifelse import IfElse
from symgraph.ops.laziness import lazier
from symgraph.rewrite.bodies import replace_node


def make_lazy(graph: FunctionGraph) -> None:
    """Change the graph so that each `IfElse` computes what only one of its branches needs inside
    that branch; also in bodies, to which Python's stack goes down body by body."""
    if not any(_branches_in(graph.toposort())):
        return
    # The outermost first: what stands before another one may then move along with it.
    for node in reversed(graph.toposort()):
        if isinstance(node.op, IfElse) and node.outputs[0] in graph.clients:
            made = lazier(node, graph.clients, ())
            if made is not None:
                for old, new in zip(node.outputs, made.outputs, strict=True):
                    graph.replace(old, new)
    for node in graph.toposort():
        if isinstance(node.op, BodyOp):
            bodies = [_lazy(body) for body in node.op.bodies()]
            if any(a is not b for a, b in zip(bodies, node.op.bodies(), strict=True)):
                replace_node(graph, node, bodies)


def _branches_in(nodes: Iterable[Apply]) -> Iterable[Apply]:
    """The branches among nodes and in their bodies."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if isinstance(node.op, IfElse):
            yield node
        if isinstance(node.op, BodyOp):
            pending += [inner for body in node.op.bodies() for inner in body.nodes]


def _lazy(body: Body) -> Body:
    if not any(_branches_in(body.nodes)):
        return body
    graph = FunctionGraph(body.inputs, body.outputs)
    make_lazy(graph)
    return Body(body.inputs, graph.outputs)
