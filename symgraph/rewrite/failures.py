"""What cannot be an error when it runs, and so may be left out where its value does not matter."""

from collections.abc import Callable

from symgraph.graph import Apply, Variable
from symgraph.ops import DimShuffle, Elemwise, LogSoftmax, Reduce, ShapeOf, Softmax
from symgraph.ops.extents import extent_keys
from symgraph.ops.reduce import REDUCE_KINDS

# So many operations are looked at.
MOST = 30


def cannot_fail(variable: Variable) -> bool:
    """Whether no operation that the value needs can refuse its operands' shapes or values."""
    pending, seen = [variable], {variable}
    while pending:
        node = pending.pop().owner
        if node is None:
            continue
        harmless = HARMLESS.get(type(node.op))
        if harmless is None or not harmless(node) or len(seen) > MOST:
            return False
        for operand in node.inputs:
            if operand not in seen:
                seen.add(operand)
                pending.append(operand)
    return True


def _fits(node: Apply) -> bool:
    """Whether the operands of an elementwise function broadcast for sure."""
    whole = extent_keys(node.outputs[0])
    return all(
        key in (1, out) for v in node.inputs for key, out in zip(extent_keys(v), whole, strict=True)
    )


def _drops_ones(node: Apply) -> bool:
    shape = node.inputs[0].type.shape
    return all(extent == 1 for axis, extent in enumerate(shape) if axis not in node.op.order)


def _has_identity(node: Apply) -> bool:
    return REDUCE_KINDS[node.op.kind].identity is not None


def _always(node: Apply) -> bool:
    return True


HARMLESS: dict[type, Callable[[Apply], bool]] = {
    DimShuffle: _drops_ones,
    Elemwise: _fits,
    LogSoftmax: _always,
    Reduce: _has_identity,
    ShapeOf: _always,
    Softmax: _always,
}
