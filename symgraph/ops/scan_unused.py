"""Removal of inputs that a loop's body does not use.

An unused sequence still must be long enough for the steps. Where that is not proven, it is replaced
by a placeholder of the same length whose values are not computed.
"""

from collections.abc import Sequence

from symgraph.graph import Variable
from symgraph.ops.broadcast import BroadcastTo, broadcast_scalar
from symgraph.ops.constant import constant
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.inner_graph import InnerGraph
from symgraph.ops.scan_parts import Formals, ScanInputs, entry_of
from symgraph.ops.shape import ShapeOf, keys_of_extents, known_extent


def without_unused(
    body: InnerGraph, formals: Formals, parts: ScanInputs
) -> tuple[InnerGraph, Sequence[Variable], Sequence[Variable]]:
    """Return the body without inputs that it does not use, and its sequences and others."""
    needed = dict(zip(body.inputs, body.needs(), strict=True))
    asked = [
        (f, v) if needed[f] or _is_measure(v) else (None, _measure_of(v))
        for f, v in zip(formals.sequences, parts.sequences, strict=True)
        if needed[f] or not _surely_long(v, parts.n_steps)
    ]
    others = [v for f, v in zip(formals.others, parts.others, strict=True) if needed[f]]
    kept = {f for f, _ in asked} | {tap for taps in formals.taps for tap in taps}
    gone = [f for f in body.inputs if not needed[f] and f not in kept]
    if gone:
        body = body.without(gone)
        left = iter(body.inputs)
        first = [entry_of(v) if f is None else next(left) for f, v in asked]
        body = InnerGraph([*first, *left], body.outputs)
    return body, [v for _, v in asked], others


def _surely_long(sequence: Variable, steps: Variable) -> bool:
    """Return whether a sequence provably has an entry for each step."""
    length, known = extent_keys(sequence)[0], known_extent(steps)
    if known is None:
        return bool(length == keys_of_extents([steps])[0])
    return isinstance(length, int) and length >= known


def _measure_of(sequence: Variable) -> Variable:
    """Return a placeholder as long as a sequence, which does not need its values."""
    return broadcast_scalar(constant(0, "int8"), [ShapeOf(0)(sequence)])


def _is_measure(sequence: Variable) -> bool:
    node = sequence.owner
    return (
        node is not None
        and isinstance(node.op, BroadcastTo)
        and sequence.type.dtype == "int8"
        and sequence.type.ndim == 1
    )
