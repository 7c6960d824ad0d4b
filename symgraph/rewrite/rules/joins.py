"""Joined arrays, and selections from them."""

from collections.abc import Sequence
from typing import Any

from symgraph.graph import Apply, Constant, Variable, equal_computations
from symgraph.ops import Join, Subtensor
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.shape import inferred_extent
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.engine import context_rule, node_rule
from symgraph.rewrite.rules.lifting import WHOLE, entries_of, indexed


@node_rule("join_of_one", Join)
def join_of_one(node: Apply) -> Variable | None:
    """join(x) → x"""
    return node.inputs[0] if len(node.inputs) == 1 else None


@node_rule("join_of_nothing", Join)
def join_of_nothing(node: Apply) -> Variable | None:
    """join(a, b) → a, where b is empty on the axis and has otherwise a's extents"""
    axis, output = node.op.axis, node.outputs[0]
    filled = [part for part in node.inputs if part.type.shape[axis] != 0]
    if len(filled) == len(node.inputs) or not filled:
        return None
    others = {extent_keys(v)[:axis] + extent_keys(v)[axis + 1 :] for v in node.inputs}
    if len(others) > 1:
        return None
    return node.op(*(scalar_functions["cast"](part, output.type.dtype) for part in filled))


@context_rule("join_of_joins", Join)
def join_of_joins(node: Apply, context: RewriteContext) -> Variable | None:
    """join(join(a, b), c) → join(a, b, c) on the same axis"""
    dtype = node.outputs[0].type.dtype
    parts: list[Variable] = []
    for part in node.inputs:
        inner = part.owner
        if inner is not None and inner.op == node.op and context.used_once(part):
            parts += [scalar_functions["cast"](v, part.type.dtype) for v in inner.inputs]
        else:
            parts.append(part)
    if len(parts) == len(node.inputs) or any(part.type.dtype != dtype for part in parts):
        return None
    return node.op(*parts)


@node_rule("join_of_split", Join)
def join_of_split(node: Apply) -> Variable | None:
    """join(x[:i], x[i:]) → x"""
    axis = node.op.axis
    source: Variable | None = None
    reached: Variable | None = None
    for position, part in enumerate(node.inputs):
        inner = part.owner
        if inner is None or not isinstance(inner.op, Subtensor):
            return None
        entries = entries_of(inner)
        if any(entry != WHOLE for a, entry in enumerate(entries) if a != axis):
            return None
        start, stop, step = entries[axis] if isinstance(entries[axis], tuple) else (None,) * 3
        last = position == len(node.inputs) - 1
        if not isinstance(entries[axis], tuple) or step is not None:
            return None
        if start is not reached or (stop is None) != last or source not in (None, inner.inputs[0]):
            return None
        source, reached = inner.inputs[0], stop
    if source is None or source.type.dtype != node.outputs[0].type.dtype:
        return None
    # Between two cut positions in the wrong order there would be nothing.
    return source if len(node.inputs) == 2 else None


@context_rule("subtensor_of_join", Subtensor)
def subtensor_of_join(node: Apply, context: RewriteContext) -> Variable | None:
    """join(a, b)[start of b:] → b; join(a, b)[:, i] → join(a[:, i], b[:, i])"""
    joined = node.inputs[0]
    inner = joined.owner
    if inner is None or not isinstance(inner.op, Join):
        return None
    axis, entries = inner.op.axis, entries_of(node)
    others = {extent_keys(v)[:axis] + extent_keys(v)[axis + 1 :] for v in inner.inputs}
    if len(others) > 1:
        # The parts must fit: their join must remain to raise where they do not.
        return None
    if entries[axis] != WHOLE:
        return _part(inner, entries, joined.type.dtype)
    if not context.used_once(joined):
        return None
    before = sum(not isinstance(entry, tuple) for entry in entries[:axis])
    return Join(axis - before)(*(indexed(v, entries) for v in inner.inputs))


def _part(joined: Apply, entries: list[Any], dtype: str) -> Variable | None:
    """Return the joined part that a slice selects, or an element of it."""
    axis = joined.op.axis
    entry = entries[axis]
    bounds = _bounds(joined.inputs, axis)
    for part, (start, stop) in zip(joined.inputs, bounds, strict=True):
        rest: Any = None
        if isinstance(entry, tuple):
            first = entry[0] if entry[0] is not None else constant(0, "int64")
            last = entry[1] if entry[1] is not None else bounds[-1][1]
            if entry[2] is None and _equal(first, start) and _equal(last, stop):
                rest = WHOLE
        elif isinstance(entry, Constant):
            rest = _inside(int(entry.data), start, stop)
        if rest is not None:
            own = [*entries[:axis], rest, *entries[axis + 1 :]]
            return indexed(scalar_functions["cast"](part, dtype), own)
    return None


def _bounds(parts: Sequence[Variable], axis: int) -> list[tuple[Variable, Variable]]:
    """Return the start and end of each part on the axis, written as the derivative of a join writes
    them."""
    found = []
    start: Variable = constant(0, "int64")
    for part in parts:
        own = inferred_extent(part, axis)
        stop: Variable
        if isinstance(start, Constant) and isinstance(own, Constant):
            stop = constant(int(start.data) + int(own.data), "int64")
        elif isinstance(start, Constant) and int(start.data) == 0:
            stop = own
        else:
            stop = start + own
        found.append((start, stop))
        start = stop
    return found


def _equal(left: Variable, right: Variable) -> bool:
    return left is right or equal_computations([left], [right])


def _inside(position: int, start: Variable, stop: Variable) -> Variable | None:
    """Return a known position relative to the part that it lies in; None where that is not
    known."""
    if not isinstance(start, Constant) or not isinstance(stop, Constant) or position < 0:
        return None
    if not int(start.data) <= position < int(stop.data):
        return None
    return constant(position - int(start.data), "int64")


RULES = (join_of_one, join_of_nothing, join_of_joins, join_of_split, subtensor_of_join)
