"""Passes over branches whose outcome is known, in whole or in part."""

from collections.abc import Sequence

from symgraph.graph import Apply, Constant, FunctionGraph, Variable, at_location, rebuild
from symgraph.ops.ifelse import IfElse
from symgraph.ops.inner_graph import InnerGraph
from symgraph.ops.scan_parts import stand_in
from symgraph.rewrite.engine import node_pass


def _replace(
    graph: FunctionGraph, olds: Sequence[Variable], news: Sequence[Variable | None]
) -> bool:
    changed = False
    for old, new in zip(olds, news, strict=True):
        if new is not None and graph.clients.get(old):
            changed |= new is not old
            graph.replace(old, new)
    return changed


def inlined(body: InnerGraph, given: Sequence[Variable]) -> list[Variable]:
    """Return the outputs of a body inlined into the surrounding graph."""
    found = rebuild(body.outputs, dict(zip(body.inputs, given, strict=True)))
    return [found[v] for v in body.outputs]


def known_branch(graph: FunctionGraph, node: Apply) -> bool:
    """ifelse(True, a, b) → a; ifelse(False, a, b) → b"""
    condition, *given = node.op.parts(node.inputs)
    if not isinstance(condition, Constant):
        return False
    side = 0 if condition.data else 1
    return _replace(graph, node.outputs, inlined(node.op.bodies()[side], given[side]))


def same_branches(graph: FunctionGraph, node: Apply) -> bool:
    """ifelse(c, a, a) → a"""
    _, *given = node.op.parts(node.inputs)
    news: list[Variable | None] = []
    bodies = node.op.bodies()
    for pair in zip(*(body.outputs for body in bodies), strict=True):
        outside = [
            dict(zip(body.inputs, variables, strict=True)).get(v)
            for v, body, variables in zip(pair, bodies, given, strict=True)
        ]
        news.append(outside[0] if outside[0] is outside[1] else None)
    return _replace(graph, node.outputs, news)


def branch_within(graph: FunctionGraph, node: Apply) -> bool:
    """ifelse(c, f(ifelse(c, a, b)), d) → ifelse(c, f(a), d): the condition is known within its
    branch"""
    condition, *given = node.op.parts(node.inputs)
    bodies, inputs, changed = [], [condition], False
    for side, (body, variables) in enumerate(zip(node.op.bodies(), given, strict=True)):
        formals: list[Variable] = []
        supplied: list[Variable] = []
        stands: dict[Variable, Variable] = {}
        for formal, variable in zip(body.inputs, variables, strict=True):
            inner = variable.owner
            known = inner is not None and isinstance(inner.op, IfElse)
            if inner is None or not known or inner.inputs[0] is not condition:
                formals.append(formal)
                supplied.append(variable)
                continue
            changed = True
            chosen, captured = inner.op.bodies()[side], inner.op.parts(inner.inputs)[1 + side]
            own = [stand_in(v) for v in captured]
            formals += own
            supplied += captured
            stands[formal] = inlined(chosen, own)[variable.index or 0]
        found = rebuild(body.outputs, stands)
        bodies.append(InnerGraph(formals, [found[v] for v in body.outputs]))
        inputs += supplied
    if not changed:
        return False
    with at_location(node.location):
        then, otherwise = bodies
        made = IfElse(then, otherwise, node.op.name).apply(bodies, inputs)
    return _replace(graph, node.outputs, made.outputs)


PASSES = (
    node_pass("known_branch", IfElse, known_branch),
    node_pass("same_branches", IfElse, same_branches),
    node_pass("branch_within", IfElse, branch_within),
)
