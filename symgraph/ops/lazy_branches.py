"""Code sinking into branches: computations that only one branch needs move into it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from symgraph.graph import Apply, Constant, Variable, at_location, rebuild
from symgraph.ops.ifelse import IfElse
from symgraph.ops.inner_graph import InnerGraph
from symgraph.ops.scan_parts import stand_in

# The clients of each variable: a node (or "output") and the input position.
Clients = Mapping[Variable, Iterable[tuple[Any, int]]]


def lazier(node: Apply, clients: Clients, kept: Collection[Variable]) -> Apply | None:
    """Return a node for the same `IfElse` whose branches contain the nodes that only they need;
    None where there are none. The nodes that compute the variables in `kept` are not moved."""
    condition, *given = node.op.parts(node.inputs)
    first, bodies, inputs = 1, [], [condition]
    for body, variables in zip(node.op.bodies(), given, strict=True):
        positions = set(range(first, first + len(variables)))
        first += len(variables)
        moved = _exclusive(clients, node, positions, kept)
        captured = list(variables)
        if moved:
            body, captured = _extended(body, variables, moved)
        bodies.append(body)
        inputs += captured
    if all(a is b for a, b in zip(bodies, node.op.bodies(), strict=True)):
        return None
    with at_location(node.location):
        then, otherwise = bodies
        made: Apply = IfElse(then, otherwise, node.op.name).make_node(*inputs)
    return made


def _exclusive(
    clients: Clients, node: Apply, positions: set[int], kept: Collection[Variable]
) -> list[Apply]:
    """Return the nodes needed only through those inputs of `node`, clients first."""
    moved: dict[Apply, None] = {}
    pending = [node.inputs[position].owner for position in sorted(positions)]
    while pending:
        candidate = pending.pop()
        if candidate is None or candidate in moved:
            continue
        if any(v in kept or v not in clients for v in candidate.outputs):
            continue
        users = [client for output in candidate.outputs for client in clients[output]]
        if all(user in moved or (user is node and at in positions) for user, at in users):
            moved[candidate] = None
            pending += [variable.owner for variable in candidate.inputs]
    return list(moved)


def _extended(
    body: InnerGraph, given: Sequence[Variable], moved: Sequence[Apply]
) -> tuple[InnerGraph, list[Variable]]:
    """Return the body with the nodes that compute some of its inputs moved inside, and its
    inputs."""
    inside = {output for node in moved for output in node.outputs}
    captured = list(
        dict.fromkeys(
            v
            for v in (*given, *(v for node in moved for v in node.inputs))
            if v not in inside and not isinstance(v, Constant)
        )
    )
    formals = {variable: stand_in(variable) for variable in captured}
    whole = rebuild(given, formals)
    outputs = rebuild(body.outputs, {f: whole[v] for f, v in zip(body.inputs, given, strict=True)})
    return InnerGraph(list(formals.values()), [outputs[v] for v in body.outputs]), captured
