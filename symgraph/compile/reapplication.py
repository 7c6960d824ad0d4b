"""Operations applied again to inputs of other ranks, as `rebuild_strict=False` allows."""

from collections.abc import Sequence

from symgraph.graph import Apply, Variable
from symgraph.ops import DimShuffle, Elemwise, Reduce
from symgraph.ops.rank_alignment import pad_left


def reapplied(node: Apply, inputs: list[Variable]) -> Sequence[Variable]:
    """Return the outputs of a node's operation for other inputs, perhaps of other ranks: operands
    are aligned anew, and a sum over all axes remains one."""
    op = node.op
    changed = any(
        old.type.ndim != new.type.ndim
        for old, new in zip(node.inputs, inputs, strict=True)
        if hasattr(old.type, "ndim") and hasattr(new.type, "ndim")
    )
    if changed and isinstance(op, Elemwise):
        inputs = pad_left(inputs)
    elif changed and isinstance(op, DimShuffle) and _pads(node):
        # The operation that it was padded for aligns its operands itself.
        return inputs
    elif changed and isinstance(op, Reduce) and len(op.axes) == node.inputs[0].type.ndim:
        op = Reduce(op.kind, range(inputs[0].type.ndim), op.dtype)
    outputs: Sequence[Variable] = op.make_node(*inputs).outputs
    return outputs


def _pads(node: Apply) -> bool:
    """Return whether a node only puts axes before those of its input."""
    order, rank = node.op.order, node.inputs[0].type.ndim
    return bool(order == ("x",) * (len(order) - rank) + tuple(range(rank)))
