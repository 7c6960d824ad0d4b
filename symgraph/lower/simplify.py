"""Simplify a graph by known extents: remove nodes that do nothing, join writes that fill an array.

Lowering knows more extents than rewriting did: those of shared variables. Each rule is a function
of a node, the table of extents, the graph and the target, and returns the replacement of the node's
output, or None.
"""

from collections import deque
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from symgraph.graph import Apply, Constant, FunctionGraph, Variable, at_location
from symgraph.lower.cost import is_expensive
from symgraph.lower.extents.table import ExtentTable
from symgraph.lower.fusion.contraction import factors_of
from symgraph.lower.target import Target
from symgraph.ops import BroadcastTo, DimShuffle, Elemwise, IncSubtensor, Join, Subtensor, SumTo
from symgraph.ops.broadcast import broadcast_scalar
from symgraph.ops.constant import constant
from symgraph.ops.shape import inferred_extent
from symgraph.ops.subtensor import bind

WHOLE = (None, None, None)
Rule = Callable[[Apply, ExtentTable, FunctionGraph, Target], Variable | None]


def simplify(graph: FunctionGraph, table: ExtentTable, target: Target) -> list[Apply]:
    """Change the graph in place and add new extents to the table. Return the new nodes."""
    new: list[Apply] = []
    pending = deque(graph.toposort())
    while pending:
        node = pending.popleft()
        rule = RULES.get(type(node.op))
        if rule is None or node.outputs[0] not in graph.clients:
            continue
        with at_location(node.location):
            found = rule(node, table, graph, target)
        if found is None or not node.outputs[0].type.agrees_with(found.type):
            continue
        for made in graph.replace(node.outputs[0], found):
            if made.outputs[0] not in table.of:
                table.add(made)
                new.append(made)
                pending.append(made)
    return new


def _repeats_nothing(
    node: Apply, table: ExtentTable, graph: FunctionGraph, target: Target
) -> Variable | None:
    """broadcast_to(x, x's extents) → x; sum_to(x, x's extents) → x"""
    x = node.inputs[0]
    return x if table[x] == table[node.outputs[0]] else None


def _selects(
    node: Apply, table: ExtentTable, graph: FunctionGraph, target: Target
) -> Variable | None:
    """x[0:n] → x, where x has n entries; otherwise see `_selected_before`"""
    x, (out,) = node.inputs[0], node.outputs
    entries = bind(node.op.template, node.inputs[1:])
    steps = (entry[2] if isinstance(entry, tuple) else constant(0, "int64") for entry in entries)
    forward = all(step is None or _number(step) == 1 for step in steps)
    if forward and table[x] == table[out]:
        return x
    return _selected_before(node, table, graph, target)


def _selected_before(
    node: Apply, table: ExtentTable, graph: FunctionGraph, target: Target
) -> Variable | None:
    """f(x, y)[i] → f(x[i], y[i]), where only slices of f(x, y) are read, which together have no
    more elements than it, and f is cheap: each part is then computed where it is used"""
    whole = node.inputs[0]
    inner = whole.owner
    if inner is None or not isinstance(inner.op, Elemwise):
        return None
    if is_expensive(inner.op.scalar.name, inner.inputs[-1].type.dtype, target):
        return None
    if not _is_cut_up(whole, table, graph) or (factors_of(whole) and _overlap(whole, table, graph)):
        return None
    operands = [_selected(v, whole, node, table) for v in inner.inputs]
    known = [operand for operand in operands if operand is not None]
    return inner.op(*known) if len(known) == len(operands) else None


def _is_cut_up(whole: Variable, table: ExtentTable, graph: FunctionGraph) -> bool:
    """Return whether only slices along one axis are read, with no more elements than the whole."""
    left: dict[int, int] = {}
    for client, _ in graph.clients[whole]:
        if isinstance(client, str) or not isinstance(client.op, Subtensor):
            return False
        entries = bind(client.op.template, client.inputs[1:])
        cut = [axis for axis, entry in enumerate(entries) if entry != WHOLE]
        if len(cut) != 1 or not isinstance(entries[cut[0]], tuple):
            return False
        (axis,) = cut
        size, own = table[whole][axis], table[client.outputs[0]][axis]
        if not isinstance(size, int) or not isinstance(own, int):
            return False
        left[axis] = left.get(axis, size) - own
    return len(left) == 1 and all(size >= 0 for size in left.values())


def _overlap(whole: Variable, table: ExtentTable, graph: FunctionGraph) -> bool:
    """Return whether slices of an array may overlap. Overlapping slices of a product would be
    computed in several places, some of which might not round them."""
    spans: list[tuple[int, int]] = []
    for client, _ in graph.clients[whole]:
        assert isinstance(client, Apply)
        entries = bind(client.op.template, client.inputs[1:])
        ((axis, entry),) = [(a, e) for a, e in enumerate(entries) if e != WHOLE]
        bounds = [None if bound is None else _number(bound) for bound in entry]
        size = table[whole][axis]
        if any((b is None) != (e is None) for b, e in zip(bounds, entry, strict=True)):
            return True
        assert isinstance(size, int)
        places = range(size)[slice(*bounds)]
        if places:
            spans.append((min(places[0], places[-1]), max(places[0], places[-1])))
    spans.sort()
    return any(after[0] <= before[1] for before, after in pairwise(spans))


def _selected(
    operand: Variable, whole: Variable, node: Apply, table: ExtentTable
) -> Variable | None:
    """Return an operand at the index of the result; one that broadcasts on the axis is
    unchanged."""
    template = node.op.template
    entries = bind(template, node.inputs[1:])
    (axis,) = [place for place, entry in enumerate(entries) if entry != WHOLE]
    extent = table[operand][axis]
    if extent == table[whole][axis]:
        return Subtensor(template)(operand, *node.inputs[1:])
    return operand if extent == 1 else None


def _adds_nothing(
    node: Apply, table: ExtentTable, graph: FunctionGraph, target: Target
) -> Variable | None:
    """x + 0 → x"""
    (out,) = node.outputs
    if node.op.scalar.name == "add":
        for one, other in (node.inputs, node.inputs[::-1]):
            if one.type.dtype == out.type.dtype and table[one] == table[out] and _is_zero(other):
                return one
    return None


def _fills(
    node: Apply, table: ExtentTable, graph: FunctionGraph, target: Target
) -> Variable | None:
    """zeros to which values are added in disjoint parts → those parts joined"""
    writes = _writes(node, graph)
    if writes is None:
        return None
    (out,) = node.outputs
    cuts = [_cut(write, table) for write in writes]
    known = [(cut, write) for cut, write in zip(cuts, writes, strict=True) if cut is not None]
    axes = {cut[0] for cut, _ in known}
    if len(known) < len(cuts) or len(axes) != 1:
        return None
    (axis,) = axes
    parts: list[Variable] = []
    end = 0
    for (_, start, stop), write in sorted(known, key=lambda pair: pair[0]):
        if start < end:
            return None
        if start > end:
            parts.append(_zeros(write.inputs[1], axis, start - end))
        parts.append(write.inputs[1])
        end = stop
    size = table[out][axis]
    assert isinstance(size, int)
    if size > end:
        parts.append(_zeros(write.inputs[1], axis, size - end))
    return parts[0] if len(parts) == 1 else Join(axis)(*parts)


def _writes(node: Apply, graph: FunctionGraph) -> list[Apply] | None:
    """Return the chain of writes to zeros that ends with a node; None where a later write
    follows."""
    clients = graph.clients[node.outputs[0]]
    if len(clients) == 1 and next(iter(clients))[1] == 0:
        (client, _), *_ = clients
        if isinstance(client, Apply) and type(client.op) is IncSubtensor:
            return None
    found: list[Apply] = []
    variable = node.outputs[0]
    # Writes that set and writes that add are the same on disjoint parts of zeros.
    while (write := variable.owner) is not None and type(write.op) is IncSubtensor:
        if found and len(graph.clients[variable]) > 1:
            return None
        found.append(write)
        variable = write.inputs[0]
    return found if _is_zero(variable) else None


def _cut(write: Apply, table: ExtentTable) -> tuple[int, int, int] | None:
    """Return the axis that a write slices, and the start and end of the slice; None where that is
    not known, or where the written value is broadcast."""
    x, y, *indices = write.inputs
    extents = list(table[x])
    found: tuple[int, int, int] | None = None
    for axis, entry in enumerate(bind(write.op.template, indices)):
        size = extents[axis]
        if not isinstance(entry, tuple):
            return None
        if entry == (None, None, None):
            continue
        bounds = [None if bound is None else _number(bound) for bound in entry]
        known = all((a is None) == (b is None) for a, b in zip(bounds, entry, strict=True))
        if found is not None or not isinstance(size, int) or not known:
            return None
        start, stop, step = slice(*bounds).indices(size)
        if step != 1:
            return None
        found = (axis, start, max(start, stop))
        extents[axis] = found[2] - start
    if found is None or table[y] != tuple(extents) or y.type.dtype != x.type.dtype:
        return None
    return found


def _zeros(like: Variable, axis: int, count: int) -> Variable:
    """Return zeros with `count` entries on the axis, and the extents of `like` on the others."""
    extents = [inferred_extent(like, other) for other in range(like.type.ndim)]
    extents[axis] = constant(count, "int64")
    return broadcast_scalar(constant(0, like.type.dtype), extents)


def _is_zero(variable: Variable) -> bool:
    while variable.owner is not None and isinstance(variable.owner.op, BroadcastTo | DimShuffle):
        variable = variable.owner.inputs[0]
    return isinstance(variable, Constant) and not variable.data.any()


def _number(variable: Any) -> int | None:
    return int(variable.data) if isinstance(variable, Constant) else None


RULES: dict[type, Rule] = {
    BroadcastTo: _repeats_nothing,
    SumTo: _repeats_nothing,
    Subtensor: _selects,
    Elemwise: _adds_nothing,
    IncSubtensor: _fills,
}
