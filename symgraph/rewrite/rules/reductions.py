"""Reductions: of reductions, of broadcasts, of constant multiples, of joined parts.

A factor is pulled out of a sum where it is a finite constant, since an infinite one times a sum of
both signs is not the sum of the products, and where the sum without the factor does not overflow.
"""

from collections.abc import Sequence
from math import isfinite, prod

import numpy as np

from symgraph.graph import Apply, Variable
from symgraph.ops import (
    ArgReduce,
    BroadcastTo,
    DimShuffle,
    Dot,
    Join,
    LogSoftmax,
    Reduce,
    ShapeOf,
    Softmax,
    SumTo,
)
from symgraph.ops.broadcast import count_of
from symgraph.ops.constant import number
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.reduce import REDUCE_KINDS
from symgraph.ops.shape import known_extent
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.engine import context_rule, node_rule
from symgraph.rewrite.magnitudes import MOST_TERMS, fits, fits_reduced
from symgraph.rewrite.patterns import number_of, operands
from symgraph.rewrite.rules.factored import function_name


def _is_float(variable: Variable) -> bool:
    return variable.type.dtype.startswith("float")


def reduced(kind: str, axes: Sequence[int], x: Variable, dtype: str) -> Variable:
    """Return the reduction; its default dtype is not named, so that equal reductions are equal
    ops."""
    usual = REDUCE_KINDS[kind].dtype(x.type.dtype)
    return Reduce(kind, axes, None if dtype == usual else dtype)(x)


@node_rule("reduce_dtype", Reduce)
def reduce_dtype(node: Apply) -> Variable | None:
    """sum(x, dtype=its default) → sum(x)"""
    x, op = node.inputs[0], node.op
    if op.dtype is None or op.dtype != REDUCE_KINDS[op.kind].dtype(x.type.dtype):
        return None
    return Reduce(op.kind, op.axes)(x)


@context_rule("reduce_reduce", Reduce)
def reduce_reduce(node: Apply, context: RewriteContext) -> Variable | None:
    """sum(sum(x, axis), axis) → sum(x, both), where the inner one is used once; for reductions of
    all kinds"""
    inner = node.inputs[0].owner
    if inner is None or not isinstance(inner.op, Reduce) or inner.op.kind != node.op.kind:
        return None
    dtype = node.outputs[0].type.dtype
    if node.inputs[0].type.dtype != dtype or not context.used_once(node.inputs[0]):
        return None
    x = inner.inputs[0]
    kept = inner.op.kept(x)
    axes = sorted((*inner.op.axes, *(kept[axis] for axis in node.op.axes)))
    return reduced(node.op.kind, axes, x, dtype)


@node_rule("reduce_ones", Reduce)
def reduce_ones(node: Apply) -> Variable | None:
    """sum(x, axes) → sum(x without axes of extent 1, the others)"""
    x, axes = node.inputs[0], node.op.axes
    ones = [axis for axis in axes if x.type.shape[axis] == 1]
    if not ones:
        return None
    kept = [axis for axis in range(x.type.ndim) if axis not in ones]
    rest = [kept.index(axis) for axis in axes if axis not in ones]
    dropped = DimShuffle(kept)(x)
    dtype = node.outputs[0].type.dtype
    if rest:
        return reduced(node.op.kind, rest, dropped, dtype)
    # The result's dtype may differ: the sum of a bool is an integer.
    return scalar_functions["cast"](dropped, dtype)


@context_rule("reduce_dimshuffle", Reduce)
def reduce_dimshuffle(node: Apply, context: RewriteContext) -> Variable | None:
    """sum(dimshuffle(x)) → sum(x), where only axes that are summed over are permuted"""
    inner, axes = node.inputs[0].owner, node.op.axes
    if inner is None or not isinstance(inner.op, DimShuffle):
        return None
    x, order = inner.inputs[0], inner.op.order
    if any(order[axis] == "x" for axis in axes) or len(order) - order.count("x") != x.type.ndim:
        return None
    kept = [entry for axis, entry in enumerate(order) if axis not in axes]
    if kept != sorted(entry for entry in kept if entry != "x"):
        return None
    inner_axes = sorted(order[axis] for axis in axes)
    return reduced(node.op.kind, inner_axes, x, node.outputs[0].type.dtype)


@node_rule("reduce_broadcast", Reduce)
def reduce_broadcast(node: Apply) -> Variable | None:
    """sum(broadcast_to(x, n)) → n · x; its maximum → x, where n is known not to be 0"""
    inner, kind = node.inputs[0].owner, node.op.kind
    if inner is None or not isinstance(inner.op, BroadcastTo):
        return None
    x, *extents = inner.inputs
    repeated = [axis for axis in node.op.axes if _repeats(x, inner.outputs[0], axis, extents[axis])]
    if not repeated or kind == "prod":
        return None
    sizes = [known_extent(extents[axis]) for axis in repeated]
    if kind != "sum" and not all(sizes):
        return None
    dtype = node.outputs[0].type.dtype
    spread = [number(1, "int64") if a in repeated else e for a, e in enumerate(extents)]
    rest = BroadcastTo(tuple(map(known_extent, spread)))(x, *spread)
    total = reduced(kind, node.op.axes, rest, dtype)
    if kind != "sum":
        return total
    if None not in sizes and all(sizes):
        known = prod(size for size in sizes if size)
        return total * number(known, dtype) if _holds(known, dtype) else None
    if not _holds(MOST_TERMS, dtype):
        return None
    count = count_of([extents[axis] for axis in repeated])
    # The sum of nothing is 0, whatever x is.
    return scalar_functions["mul_zero"](scalar_functions["cast"](count, dtype), total)


def _holds(count: float, dtype: str) -> bool:
    return np.dtype(dtype).kind != "f" or fits(count, dtype)


def _repeats(x: Variable, whole: Variable, axis: int, extent: Variable) -> bool:
    """Return whether one element is repeated on the axis, by an extent that cannot be negative."""
    if x.type.shape[axis] != 1 or whole.type.shape[axis] == 1:
        return False
    owner = extent.owner
    return known_extent(extent) is not None or (owner is not None and isinstance(owner.op, ShapeOf))


@node_rule("sum_of_multiple", Reduce)
def sum_of_multiple(node: Apply) -> Variable | None:
    """sum(c · x) → c · sum(x) for a constant c not below 1; sum(x / c) → sum(x) / c for one not
    above 1; for others where x is known to be small; sum(-x) → -sum(x)"""
    inner, op = node.inputs[0], node.op
    if op.kind != "sum" or not _is_float(inner) or inner.type.dtype != node.outputs[0].type.dtype:
        return None
    inputs = operands(inner)
    match function_name(inner):
        case "neg":
            return -op(inputs[0])
        case "mul":
            for factor, x in (inputs, inputs[::-1]):
                value = _constant_factor(factor, x, inner)
                if value is not None and (value >= 1 or fits_reduced(x)):
                    return op(x) * _constant_like(factor)
        case "true_div":
            x, factor = inputs
            value = _constant_factor(factor, x, inner)
            if value and (value <= 1 or fits_reduced(x)):
                return op(x) / _constant_like(factor)
    return None


def _constant_factor(factor: Variable, x: Variable, product: Variable) -> float | None:
    """Return the magnitude of a factor that is one finite number of the product's dtype; None
    otherwise."""
    value = number_of(factor)
    if not isinstance(value, float) or any(extent != 1 for extent in factor.type.shape):
        return None
    same_dtype = factor.type.dtype == x.type.dtype == product.type.dtype
    return abs(value) if same_dtype and isfinite(value) else None


def _constant_like(factor: Variable) -> Variable:
    return number(number_of(factor), factor.type.dtype)


OPPOSITES = {"max": "min", "min": "max"}


@context_rule("extremum_of_neg", Reduce)
def extremum_of_neg(node: Apply, context: RewriteContext) -> Variable | None:
    """max(-x) → -min(x); min(-x) → -max(x); all(~x) → ~any(x); any(~x) → ~all(x)"""
    inner, kind = node.inputs[0], node.op.kind
    owner = inner.owner
    if kind in OPPOSITES and function_name(inner) == "neg" and context.used_once(inner):
        return -Reduce(OPPOSITES[kind], node.op.axes, node.op.dtype)(operands(inner)[0])
    inverted = owner is not None and str(owner.op) == "invert" and inner.type.dtype == "bool"
    if kind in ("all", "any") and inverted:
        opposite = "any" if kind == "all" else "all"
        total = Reduce(opposite, node.op.axes, node.op.dtype)(operands(inner)[0])
        return scalar_functions["invert"](total)
    return None


# Functions that preserve the order of all numbers, except for ties where they saturate.
INCREASING = {"exp", "sigmoid", "tanh", "softplus", "arctan", "expm1", "exp2"}


@node_rule("argmax_of_increasing", ArgReduce)
def argmax_of_increasing(node: Apply) -> Variable | None:
    """argmax(softmax(x)) → argmax(x); argmax(-x) → argmin(x); likewise for exp, sigmoid and other
    functions that saturate: there the written form returns the first of elements that only appear
    equal"""
    inner, op = node.inputs[0], node.op
    owner = inner.owner
    if owner is None or not _is_float(inner) or not _is_float(owner.inputs[0]):
        return None
    if owner.inputs[0].type.dtype != inner.type.dtype:
        return None
    if isinstance(owner.op, Softmax | LogSoftmax) and owner.op.axis == op.axis:
        return op(owner.inputs[0])
    name = function_name(inner)
    if name in INCREASING:
        return op(owner.inputs[0])
    if name == "neg":
        return ArgReduce(OPPOSITES[op.kind], op.axis)(owner.inputs[0])
    return None


@context_rule("reduce_join", Reduce)
def reduce_join(node: Apply, context: RewriteContext) -> Variable | None:
    """sum(join(a, b)) → sum(a) + sum(b) along the joined axis, else join(sum(a), sum(b))"""
    joined, op = node.inputs[0], node.op
    inner = joined.owner
    if inner is None or not isinstance(inner.op, Join) or not context.used_once(joined):
        return None
    axis = inner.op.axis
    if len({extent_keys(v)[:axis] + extent_keys(v)[axis + 1 :] for v in inner.inputs}) > 1:
        # The parts must fit: their join must remain to raise where they do not.
        return None
    parts = [scalar_functions["cast"](part, joined.type.dtype) for part in inner.inputs]
    across = axis in op.axes
    kind = REDUCE_KINDS[op.kind]
    if across and kind.identity is None and not _all_filled(parts, axis):
        return None
    dtype = node.outputs[0].type.dtype
    totals = [reduced(op.kind, op.axes, part, dtype) for part in parts]
    if not across:
        return Join(axis - sum(reduced_axis < axis for reduced_axis in op.axes))(*totals)
    total = totals[0]
    for part in totals[1:]:
        total = scalar_functions[kind.combine](total, part)
    return total


def _all_filled(parts: Sequence[Variable], axis: int) -> bool:
    return all((part.type.shape[axis] or 0) > 0 for part in parts)


@context_rule("sum_to_nothing", SumTo)
def sum_to_nothing(node: Apply, context: RewriteContext) -> Variable | None:
    """sum_to(x, x's own extents) → x"""
    x = node.inputs[0]
    return x if context.keys(x) == context.keys(node.outputs[0]) else None


@context_rule("sum_to_known", SumTo)
def sum_to_known(node: Apply, context: RewriteContext) -> Variable | None:
    """sum_to(x, 1 and n) → sum(x, axis 0), and a `sum_to` for the axes that are decided at run
    time"""
    x, output = node.inputs[0], node.outputs[0]
    have = extent_keys(x)
    ones = [
        axis
        for axis, (mine, want) in enumerate(zip(have, output.type.shape, strict=True))
        if want == 1 and mine != 1
    ]
    if not ones:
        return None
    order = [axis - sum(one < axis for one in ones) for axis in range(len(have))]
    total = reduced("sum", ones, x, x.type.dtype)
    kept = DimShuffle(["x" if axis in ones else order[axis] for axis in range(len(have))])(total)
    if context.keys(kept) == context.keys(output):
        return kept
    return node.op(kept, *node.inputs[1:])


@context_rule("sum_of_products", Reduce)
def sum_of_products(node: Apply, context: RewriteContext) -> Variable | None:
    """sum(a[:, :, none] * b[none, :, :], axis=1) → dot(a, b), without a product of three axes"""
    product, op, output = node.inputs[0], node.op, node.outputs[0]
    if op.kind != "sum" or len(op.axes) != 1 or function_name(product) != "mul":
        return None
    if output.type.dtype not in ("float32", "float64") or not context.used_once(product):
        return None
    if {v.type.dtype for v in operands(product)} != {output.type.dtype}:
        return None
    (inner,) = op.axes
    left, right = (_long_axes(v) for v in operands(product))
    if len(left) != 2 or len(right) != 2 or left & right != {inner}:
        return None
    a, b = operands(product)
    if context.keys(a)[inner] != context.keys(b)[inner]:
        return None
    (row,), (column,) = left - {inner}, right - {inner}
    total = Dot()(DimShuffle((row, inner))(a), DimShuffle((inner, column))(b))
    kept = {axis: position for position, axis in enumerate((row, column))}
    return DimShuffle([kept.get(axis, "x") for axis in op.kept(product)])(total)


def _long_axes(variable: Variable) -> set[int]:
    """Return the axes whose extents are not known to be 1."""
    return {axis for axis, extent in enumerate(variable.type.shape) if extent != 1}


RULES = (
    reduce_dtype,
    reduce_ones,
    reduce_reduce,
    reduce_dimshuffle,
    reduce_broadcast,
    sum_of_multiple,
    extremum_of_neg,
    argmax_of_increasing,
    reduce_join,
    sum_to_nothing,
    sum_to_known,
    sum_of_products,
)
