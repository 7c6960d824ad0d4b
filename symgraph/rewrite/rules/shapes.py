"""Shapes without values: no value is computed only to know its shape."""

from collections.abc import Collection

from symgraph.graph import Apply, FunctionGraph, ShapeProxy, Variable, at_location, toposort
from symgraph.ops import ShapeOf
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.shape import inferred_extent
from symgraph.rewrite.engine import GraphPass, Record
from symgraph.rewrite.shape_proxy import extent_of_proxy, proxy_of


def _inferred_shapes(graph: FunctionGraph, phase: str, record: Record | None) -> int:
    """shape(x)[axis] → the extent that shape inference finds, where x is needed for its values as
    well, or cannot raise. Returns the number of replacements."""
    nodes = graph.toposort()
    asking = [n for n in nodes if isinstance(n.op, ShapeOf) and _tells_more(graph, n)]
    if not asking:
        return 0
    settled = _settled(nodes, _needed(graph, set())[0])
    count = 0
    for node in asking:
        owner = node.inputs[0].owner
        if owner is None or owner in settled:
            count += _infer(graph, node, phase, record)
    return count


def _tells_more(graph: FunctionGraph, node: Apply) -> bool:
    """Return whether the extent is known, or is that of another variable of the graph.

    A variable without an owner is preferred: its extent is not replaced by that of a computed one.
    """
    (x,) = node.inputs
    key = extent_keys(x)[node.op.axis]
    if isinstance(key, int):
        return True
    origin = key[0] if isinstance(key, tuple) else key
    if origin is x or origin not in graph.clients:
        return False
    return x.owner is not None or origin.owner is None


def _settled(nodes: Collection[Apply], needed: Collection[Apply]) -> set[Apply]:
    """Return the nodes whose errors are raised, or cannot occur, whether or not a shape is asked
    for."""
    settled: set[Apply] = set()
    for node in nodes:
        if node in needed or (
            node.op.cannot_raise(node)
            and all(v.owner is None or v.owner in settled for v in node.inputs)
        ):
            settled.add(node)
    return settled


def _infer(graph: FunctionGraph, node: Apply, phase: str, record: Record | None) -> bool:
    """Replace a node by the inferred extent, unless the node or the variable that has the extent
    has left the graph; return whether it did."""
    old = node.outputs[0]
    if old not in graph.clients or not _tells_more(graph, node):
        return False
    with at_location(node.location):
        new = inferred_extent(node.inputs[0], node.op.axis)
    if record is not None:
        record(phase, inferred_shapes.name, old, new)
    graph.replace(old, new)
    return True


def _shapes_without_values(graph: FunctionGraph, phase: str, record: Record | None) -> int:
    """shape(x)[axis] → the axis of a view with x's extents, where nothing else of x is needed.
    Returns the number of replacements. See `symgraph.graph.shape_proxy`."""
    count = 0
    settled: set[Variable] = set()
    while True:
        needed, asking = _needed(graph, settled)
        found = [n for n in asking if n.inputs[0].owner not in needed]
        if not found:
            return count
        count += _replace(graph, found, needed, settled, phase, record)


def _needed(graph: FunctionGraph, settled: set[Variable]) -> tuple[set[Apply], list[Apply]]:
    """Return the nodes whose values the outputs need, and those among them that ask for the shape
    of a computed variable that is not `settled`."""
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
    """Let each of the nodes found take its extent from a proxy; return the number of
    replacements."""
    proxies: dict[Variable, ShapeProxy] = {}
    inputs = set(graph.inputs)
    known = inputs.union(*(node.outputs for node in needed))
    for node in toposort([n.inputs[0] for n in found], stop_at=known):
        for variable in (*node.inputs, *node.outputs):
            if variable in inputs or variable.owner is None or variable.owner in needed:
                proxies.setdefault(variable, ShapeProxy(variable))
        for variable in node.outputs:
            if variable not in proxies:
                with at_location(node.location):
                    made = proxy_of(variable, proxies)
                # Without a proxy the values are needed after all, and computing them may raise.
                proxies[variable] = made if made is not None else ShapeProxy(variable, True)
    count = 0
    for node in found:
        old, proxy = node.outputs[0], proxies[node.inputs[0]]
        with at_location(node.location):
            new = extent_of_proxy(proxy, node.op.axis)
        settled.add(proxy.variable)
        if proxy.variable is node.inputs[0]:
            continue
        if record is not None:
            record(phase, shapes_without_values.name, old, new)
        graph.replace(old, new)
        count += 1
    return count


inferred_shapes = GraphPass("inferred_shapes", _inferred_shapes)
shapes_without_values = GraphPass("shapes_without_values", _shapes_without_values)

INFERRED = (inferred_shapes,)
PASSES = (inferred_shapes, shapes_without_values)
