"""No value is computed to know a shape."""

from symgraph.graph import Apply, FunctionGraph, Variable, at_place, toposort
from symgraph.ops import ShapeOf
from symgraph.rewrite.engine import GraphPass, Record
from symgraph.rewrite.ghosts import Ghost, ghost_of


def _shapes_without_values(graph: FunctionGraph, phase: str, record: Record | None) -> int:
    """shape(x)[axis] → the axis of a view with x's extents, where x is needed for nothing
    else. Returns the number of replacements. See `rewrite.ghosts`."""
    count = 0
    settled: set[Variable] = set()
    while True:
        needed, asking = _needed(graph, settled)
        found = [n for n in asking if n.inputs[0].owner not in needed]
        if not found:
            return count
        count += _replace(graph, found, needed, settled, phase, record)


def _needed(graph: FunctionGraph, settled: set[Variable]) -> tuple[set[Apply], list[Apply]]:
    """The nodes whose values the outputs need, and those among them that ask for the shape of
    something computed which is not `settled`."""
    needed: set[Apply] = set()
    asking: list[Apply] = []
    inputs = set(graph.inputs)
    pending = [v for v in graph.outputs if v not in inputs]
    while pending:
        node = pending.pop().owner
        if node is None or node in needed:
            continue
        needed.add(node)
        if isinstance(node.op, ShapeOf) and node.inputs[0] not in settled:
            if node.inputs[0].owner is not None and node.inputs[0] not in inputs:
                asking.append(node)
            continue
        pending += [v for v in node.inputs if v not in inputs]
    return needed, asking


def _replace(
    graph: FunctionGraph,
    found: list[Apply],
    needed: set[Apply],
    settled: set[Variable],
    phase: str,
    record: Record | None,
) -> int:
    """Let each of the nodes found ask a ghost instead."""
    ghosts: dict[Variable, Ghost] = {}
    inputs = set(graph.inputs)
    known = inputs.union(*(node.outputs for node in needed))
    for node in toposort([n.inputs[0] for n in found], stop_at=known):
        for variable in (*node.inputs, *node.outputs):
            if variable in inputs or variable.owner is None or variable.owner in needed:
                ghosts.setdefault(variable, Ghost(variable))
        if node.outputs[0] not in ghosts:
            with at_place(node.place):
                made = ghost_of(node, ghosts)
            for variable in node.outputs:
                # Without a ghost the values are needed after all, and may be an error to make.
                ghosts[variable] = made if made is not None else Ghost(variable, True)
    count = 0
    for node in found:
        old, ghost = node.outputs[0], ghosts[node.inputs[0]]
        with at_place(node.place):
            new = ghost.extent(node.op.axis)
        settled.add(ghost.variable)
        if ghost.variable is node.inputs[0]:
            continue
        if record is not None:
            record(phase, shapes_without_values.name, old, new)
        graph.replace(old, new)
        count += 1
    return count


shapes_without_values = GraphPass("shapes_without_values", _shapes_without_values)

PASSES = (shapes_without_values,)
