"""Selections and broadcasts moved towards the inputs, so that less is computed, and merged.

Moving one must not hide a shape error: the extents of the axes selected from are provably the
operands' own.
"""

from collections.abc import Sequence
from typing import Any

from symgraph.graph import Apply, Constant, Variable
from symgraph.ops import BroadcastTo, DimShuffle, Dot, Elemwise, Reshape, Subtensor
from symgraph.ops.constant import constant
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.shape import known_extent
from symgraph.ops.subtensor import Slice, bind, count_inputs
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.engine import context_rule, node_rule

WHOLE = (None, None, None)


def indexed(x: Variable, entries: Sequence[Any]) -> Variable:
    """Return `x` at an index: per axis a variable, or a slice's (start, stop, step)."""
    entries = list(entries)
    while entries and entries[-1] == WHOLE:
        entries.pop()
    if not entries:
        return x
    template = tuple(
        Slice(*(bound is not None for bound in entry)) if isinstance(entry, tuple) else "int"
        for entry in entries
    )
    inputs = [v for e in entries for v in (e if isinstance(e, tuple) else (e,)) if v is not None]
    return Subtensor(template)(x, *inputs)


def entries_of(node: Apply) -> list[Any]:
    """Return the index of a Subtensor node, with an entry for each axis."""
    entries = bind(node.op.template, node.inputs[1:])
    return entries + [WHOLE] * (node.inputs[0].type.ndim - len(entries))


@context_rule("whole_subtensor", Subtensor)
def whole_subtensor(node: Apply, context: RewriteContext) -> Variable | None:
    """x[:] → x; x[0:] → x; x[0:n:1] → x where n is x's extent; likewise for each axis by itself"""
    x = node.inputs[0]
    if count_inputs(node.op.template) == 0:
        return x
    entries = entries_of(node)
    plain = [
        _plain_slice(entry, key, context) if isinstance(entry, tuple) else entry
        for entry, key in zip(entries, context.keys(x), strict=True)
    ]
    return None if plain == entries else indexed(x, plain)


def _plain_slice(
    entry: tuple[Any, Any, Any], extent: Any, context: RewriteContext
) -> tuple[Any, Any, Any]:
    """Return the same slice of an axis without redundant bounds."""
    start, stop, step = entry
    if step is not None and _known(step) != 1:
        return entry
    start = None if _known(start) == 0 else start
    if stop is not None:
        last = _known(stop)
        whole = context.key_of(stop) == extent
        if whole or (last is not None and isinstance(extent, int) and last >= extent):
            stop = None
    return start, stop, None


@node_rule("subtensor_subtensor", Subtensor)
def subtensor_subtensor(node: Apply) -> Variable | None:
    """x[i][j] → x[i, j]; x[::-1][::-1] → x; x[2:][3] → x[5]"""
    inner = node.inputs[0].owner
    if inner is None or not isinstance(inner.op, Subtensor):
        return None
    later = iter(entries_of(node))
    merged = []
    for first in entries_of(inner):
        if not isinstance(first, tuple):
            merged.append(first)
            continue
        entry = _composed(first, next(later))
        if entry is None:
            return None
        merged.append(entry)
    return indexed(inner.inputs[0], merged)


def _composed(first: tuple[Any, Any, Any], second: Any) -> Any:
    """Return the index that selects `second` of what the slice `first` selects; None if none is
    known."""
    if first == WHOLE:
        return second
    if second == WHOLE:
        return first
    start, stop, step = first
    if isinstance(second, tuple):
        if first[:2] == second[:2] == (None, None) and _known(step) == _known(second[2]) == -1:
            return WHOLE
        ahead = _known(second[0])
        if second[1] is not None or second[2] is not None:
            return None
    else:
        ahead = _known(second)
    offset = _known(start)
    if stop is not None or step is not None or offset is None or ahead is None:
        return None
    if offset < 0 or ahead < 0:
        return None
    position = constant(offset + ahead, "int64")
    return (position, None, None) if isinstance(second, tuple) else position


def _known(variable: Any) -> int | None:
    return int(variable.data) if isinstance(variable, Constant) else None


@context_rule("subtensor_of_elemwise", Subtensor)
def subtensor_of_elemwise(node: Apply, context: RewriteContext) -> Variable | None:
    """f(x, y)[i] → f(x[i], y[i]), where nothing else needs f(x, y)"""
    whole = node.inputs[0]
    inner = whole.owner
    if inner is None or not isinstance(inner.op, Elemwise) or not context.used_once(whole):
        return None
    entries = entries_of(node)
    keys = extent_keys(whole)
    own = [extent_keys(variable) for variable in inner.inputs]
    for axis, entry in enumerate(entries):
        if entry != WHOLE and any(k[axis] not in (1, keys[axis]) for k in own):
            return None
        if entry != WHOLE and all(k[axis] != keys[axis] for k in own):
            return None
    pairs = zip(inner.inputs, own, strict=True)
    return inner.op(*(_selected(variable, k, keys, entries) for variable, k in pairs))


def _selected(x: Variable, keys: Sequence[Any], whole: Sequence[Any], entries: list[Any]) -> Any:
    """Return an operand at the index of the result; an axis on which it is broadcast stays so."""
    own = []
    for axis, entry in enumerate(entries):
        if entry == WHOLE or keys[axis] == whole[axis]:
            own.append(entry)
        else:
            own.append(WHOLE if isinstance(entry, tuple) else constant(0, "int64"))
    return indexed(x, own)


@node_rule("subtensor_of_dimshuffle", Subtensor)
def subtensor_of_dimshuffle(node: Apply) -> Variable | None:
    """x.T[i] → x[:, i], with its axes in the order of the selection's"""
    inner = node.inputs[0].owner
    if inner is None or not isinstance(inner.op, DimShuffle):
        return None
    x, order = inner.inputs[0], inner.op.order
    entries = entries_of(node)
    if len(order) - order.count("x") != x.type.ndim:
        return None
    pairs = list(zip(order, entries, strict=True))
    if any(o == "x" and entry != WHOLE and _known(entry) not in (0, -1) for o, entry in pairs):
        return None
    by_axis = {o: entry for o, entry in zip(order, entries, strict=True) if o != "x"}
    taken = [axis for axis in range(x.type.ndim) if not isinstance(by_axis[axis], tuple)]
    part = indexed(x, [by_axis[axis] for axis in range(x.type.ndim)])
    after = [
        o - sum(axis < o for axis in taken) if isinstance(o, int) else o
        for o, entry in zip(order, entries, strict=True)
        if isinstance(entry, tuple)
    ]
    return DimShuffle(after)(part)


@context_rule("subtensor_of_dot", Subtensor)
def subtensor_of_dot(node: Apply, context: RewriteContext) -> Variable | None:
    """dot(a, b)[i, j] → dot(a[i], b[:, j]), where nothing else needs the product"""
    product = node.inputs[0]
    inner = product.owner
    if inner is None or not isinstance(inner.op, Dot) or not context.used_once(product):
        return None
    a, b = inner.inputs
    entries = entries_of(node)
    rows = a.type.ndim - 1
    return inner.op(indexed(a, entries[:rows]), indexed(b, [WHOLE, *entries[rows:]]))


@node_rule("subtensor_of_broadcast", Subtensor)
def subtensor_of_broadcast(node: Apply) -> Variable | None:
    """broadcast_to(x, n)[i] → x[i] where x is not repeated, and repeated less where it is"""
    inner = node.inputs[0].owner
    if inner is None or not isinstance(inner.op, BroadcastTo):
        return None
    x, *extents = inner.inputs
    own = []
    for axis, entry in enumerate(entries_of(node)):
        if entry == WHOLE:
            own.append(entry)
        elif x.type.shape[axis] != 1:
            if extent_keys(x)[axis] != extent_keys(inner.outputs[0])[axis]:
                return None
            own.append(entry)
        elif isinstance(entry, tuple):
            own.append(WHOLE)
        else:
            # The index must remain to raise where it is out of bounds.
            size, position = known_extent(extents[axis]), _known(entry)
            if size is None or position is None or not -size <= position < size:
                return None
            own.append(constant(0, "int64"))
    shapes = [tuple(_plain(e) for e in extents), *((),) * (len(node.inputs) - 1)]
    (shape,) = node.op.infer_shape(node, shapes)
    target = [constant(e, "int64") if isinstance(e, int) else e for e in shape]
    return BroadcastTo(tuple(map(known_extent, target)))(indexed(x, own), *target)


def _plain(extent: Variable) -> Any:
    known = known_extent(extent)
    return extent if known is None else known


@node_rule("broadcast_of_elemwise", Elemwise)
def broadcast_of_elemwise(node: Apply) -> Variable | None:
    """f(broadcast_to(x, n), broadcast_to(y, n)) → broadcast_to(f(x, y), n)"""
    extents: tuple[Variable, ...] | None = None
    small = []
    for variable in node.inputs:
        owner = variable.owner
        if owner is not None and isinstance(owner.op, BroadcastTo):
            if extents not in (None, owner.inputs[1:]):
                return None
            extents = owner.inputs[1:]
            small.append(owner.inputs[0])
        elif all(extent == 1 for extent in variable.type.shape):
            small.append(variable)
        else:
            return None
    if not extents:
        return None
    known = tuple(map(known_extent, extents))
    result = node.op(*small)
    if not any(mine == 1 != whole for mine, whole in zip(result.type.shape, known, strict=True)):
        return None
    return BroadcastTo(known)(result, *extents)


@node_rule("dimshuffle_of_broadcast", DimShuffle)
def dimshuffle_of_broadcast(node: Apply) -> Variable | None:
    """dimshuffle(broadcast_to(x, n)) → broadcast_to(dimshuffle(x), n)"""
    inner = node.inputs[0].owner
    if inner is None or not isinstance(inner.op, BroadcastTo):
        return None
    x, *extents = inner.inputs
    order = node.op.order
    dropped = [axis for axis in range(x.type.ndim) if axis not in order]
    if any(x.type.shape[axis] != 1 or known_extent(extents[axis]) != 1 for axis in dropped):
        return None
    target = [constant(1, "int64") if o == "x" else extents[o] for o in order]
    return BroadcastTo(tuple(map(known_extent, target)))(node.op(x), *target)


@node_rule("reshape_of_dimshuffle", Reshape)
def reshape_of_dimshuffle(node: Apply) -> Variable | None:
    """reshape(dimshuffle(x), n) → reshape(x, n), where the dimshuffle only adds and drops axes of
    extent 1"""
    inner = node.inputs[0].owner
    if inner is None or not isinstance(inner.op, DimShuffle):
        return None
    kept = [entry for entry in inner.op.order if entry != "x"]
    x = inner.inputs[0]
    if kept != sorted(kept) or any(
        x.type.shape[axis] != 1 for axis in range(x.type.ndim) if axis not in kept
    ):
        return None
    return node.op(x, *node.inputs[1:])


@node_rule("reshape_is_dimshuffle", Reshape)
def reshape_is_dimshuffle(node: Apply) -> Variable | None:
    """reshape(x, (n, 1)) → dimshuffle(x, 0, none), where only axes of extent 1 are added and
    dropped"""
    x, output = node.inputs[0], node.outputs[0]
    have = [(axis, key) for axis, key in enumerate(extent_keys(x)) if key != 1]
    want = [(axis, key) for axis, key in enumerate(extent_keys(output)) if key != 1]
    if [key for _, key in have] != [key for _, key in want]:
        return None
    source = {to: axis for (to, _), (axis, _) in zip(want, have, strict=True)}
    return DimShuffle([source.get(axis, "x") for axis in range(output.type.ndim)])(x)


@context_rule("reshape_of_elemwise", Reshape)
def reshape_of_elemwise(node: Apply, context: RewriteContext) -> Variable | None:
    """reshape(f(x), n) → f(reshape(x, n)) for functions of one operand, down to an array in memory,
    so that f is fused with its clients"""
    chain = []
    x = node.inputs[0]
    while x.owner is not None and isinstance(x.owner.op, Elemwise) and len(x.owner.inputs) == 1:
        if not context.used_once(x):
            return None
        chain.append(x.owner.op)
        x = x.owner.inputs[0]
    if not chain or (x.owner is not None and isinstance(x.owner.op, Elemwise)):
        return None
    x = node.op(x, *node.inputs[1:])
    for op in reversed(chain):
        x = op(x)
    return x


RULES = (
    reshape_of_elemwise,
    whole_subtensor,
    subtensor_subtensor,
    subtensor_of_dimshuffle,
    subtensor_of_broadcast,
    subtensor_of_elemwise,
    subtensor_of_dot,
    broadcast_of_elemwise,
    dimshuffle_of_broadcast,
    reshape_of_dimshuffle,
    reshape_is_dimshuffle,
)
