"""Code sinking: what only one branch needs moves into it, and is computed only if it is chosen.

Branches on one condition are merged where all of them are needed whatever other branches choose:
what only their `then` sides (or only their `orelse` sides) need is then needed by one branch.
"""

from collections.abc import Iterable, Sequence

from symgraph.graph import Apply, FunctionGraph, Variable, at_location
from symgraph.ops.ifelse import IfElse
from symgraph.ops.inner_graph import InnerGraph, InnerGraphOp
from symgraph.ops.lazy_branches import lazier
from symgraph.ops.scan_parts import stand_in
from symgraph.rewrite.branch_folding import inlined
from symgraph.rewrite.inner_graphs import replace_node
from symgraph.rewrite.merging import independent


def make_lazy(graph: FunctionGraph) -> None:
    """Move what only one branch needs into that branch, so that `IfElse` computes it only there.

    Bodies are included; the recursion is as deep as the nesting of bodies.
    """
    if not any(_branches_in(graph.toposort())):
        return
    _move_inside(graph)
    # The remaining ones are computed in any case.
    while nodes := _mergeable(graph):
        _put_together(graph, nodes)
        _move_inside(graph)
    for node in graph.toposort():
        if isinstance(node.op, InnerGraphOp):
            bodies = [_lazy(body) for body in node.op.bodies()]
            if any(a is not b for a, b in zip(bodies, node.op.bodies(), strict=True)):
                replace_node(graph, node, bodies)


def _move_inside(graph: FunctionGraph) -> None:
    # The outermost first: what precedes another branch may then move along with it.
    for node in reversed(graph.toposort()):
        if isinstance(node.op, IfElse) and any(v in graph.clients for v in node.outputs):
            made = lazier(node, graph.clients, ())
            if made is not None:
                _replace(graph, node, made.outputs)


def _replace(graph: FunctionGraph, node: Apply, news: Sequence[Variable]) -> None:
    for old, new in zip(node.outputs, news, strict=True):
        graph.replace(old, new)


def _mergeable(graph: FunctionGraph) -> list[Apply]:
    """Return two or more branches on one condition that do not depend on each other; none where
    there are none."""
    alike: dict[Variable, list[Apply]] = {}
    for node in graph.toposort():
        if isinstance(node.op, IfElse):
            alike.setdefault(node.inputs[0], []).append(node)
    for nodes in alike.values():
        if len(nodes) > 1:
            for group in independent(graph, nodes):
                if len(group) > 1:
                    return group
    return []


def _put_together(graph: FunctionGraph, nodes: Sequence[Apply]) -> None:
    bodies, inputs = [], [nodes[0].inputs[0]]
    for side in (0, 1):
        formals: dict[Variable, Variable] = {}
        outputs: list[Variable] = []
        for node in nodes:
            given = node.op.parts(node.inputs)[1 + side]
            for variable in given:
                if variable not in formals:
                    formals[variable] = stand_in(variable)
            outputs += inlined(node.op.bodies()[side], [formals[v] for v in given])
        bodies.append(InnerGraph(list(formals.values()), outputs))
        inputs += formals
    with at_location(nodes[0].location):
        then, otherwise = bodies
        made = iter(IfElse(then, otherwise, nodes[0].op.name).make_node(*inputs).outputs)
    for node in nodes:
        _replace(graph, node, [next(made) for _ in node.outputs])


def _branches_in(nodes: Iterable[Apply]) -> Iterable[Apply]:
    """Return the branches among the nodes and in their bodies."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if isinstance(node.op, IfElse):
            yield node
        if isinstance(node.op, InnerGraphOp):
            pending += [inner for body in node.op.bodies() for inner in body.nodes]


def _lazy(body: InnerGraph) -> InnerGraph:
    if not any(_branches_in(body.nodes)):
        return body
    graph = FunctionGraph(body.inputs, body.outputs)
    make_lazy(graph)
    return InnerGraph(body.inputs, graph.outputs)
