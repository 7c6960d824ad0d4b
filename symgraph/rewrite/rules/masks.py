"""Selections by masks, replaced by elementwise switches, which fuse with other functions."""

from symgraph.graph import Apply, Variable
from symgraph.ops import AdvancedIncSubtensor, AdvancedSubtensor, BroadcastTo, DimShuffle, Reduce
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.nonzero import mask_of
from symgraph.ops.reduce import REDUCE_KINDS
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.engine import context_rule, node_rule


@context_rule("reduction_of_masked", Reduce)
def reduction_of_masked(node: Apply, context: RewriteContext) -> Variable | None:
    """sum(x[mask]) → sum(switch(mask, x, 0)); likewise for products, all and any"""
    selected, op = node.inputs[0], node.op
    identity = REDUCE_KINDS[op.kind].identity
    inner = selected.owner
    if identity is None or 0 not in op.axes or not context.used_once(selected):
        return None
    if inner is None or not isinstance(inner.op, AdvancedSubtensor):
        return None
    mask = _mask(inner)
    if mask is None:
        return None
    x = inner.inputs[0]
    chosen = scalar_functions["switch"](_wide(mask, x), x, constant(identity, x.type.dtype))
    more = mask.type.ndim - 1
    axes = (*range(more + 1), *(axis + more for axis in op.axes if axis))
    return Reduce(op.kind, axes, op.dtype)(chosen)


@node_rule("one_number_by_mask", AdvancedIncSubtensor)
def one_number_by_mask(node: Apply) -> Variable | None:
    """x with y at x[mask] → switch(mask, y, x), for a single number y; x + y where it is added"""
    x, y = node.inputs[:2]
    mask, number = _mask(node), _single(y, node)
    if mask is None or number is None:
        return None
    number = scalar_functions["cast"](number, x.type.dtype)
    new = number if node.op.set else x + number
    return scalar_functions["switch"](_wide(mask, x), new, x)


def _mask(node: Apply) -> Variable | None:
    """Return the mask by which alone a node selects, with the extents of the array it selects from;
    None for other selections."""
    writes = isinstance(node.op, AdvancedIncSubtensor)
    x, index = node.inputs[0], node.inputs[2 if writes else 1 :]
    mask = mask_of(index)
    if mask is None or node.op.template != ("array",) * len(index):
        return None
    return mask if extent_keys(mask) == extent_keys(x)[: len(index)] else None


def _wide(mask: Variable, x: Variable) -> Variable:
    ndim = mask.type.ndim
    return DimShuffle([*range(ndim), *["x"] * (x.type.ndim - ndim)])(mask)


def _single(y: Variable, node: Apply) -> Variable | None:
    """Return the single number that is written everywhere, with the rank of the array written to;
    None if there are several."""
    owner = y.owner
    if owner is not None and isinstance(owner.op, BroadcastTo):
        count = extent_keys(node.inputs[2])
        if y.type.ndim == 1 and extent_keys(y) == count:
            y = owner.inputs[0]
    if any(extent != 1 for extent in y.type.shape):
        return None
    return DimShuffle(["x"] * node.inputs[0].type.ndim)(DimShuffle(())(y))


RULES = (reduction_of_masked, one_number_by_mask)
