"""Matrix products with known operands: identities, zeros, outer products; and products of which
only a transpose, or the diagonal, is needed."""

from math import prod
from typing import Any

import numpy as np

from symgraph.graph import Apply, Constant, Variable
from symgraph.ops import (
    AdvancedSubtensor,
    Arange,
    BatchedDot,
    BroadcastTo,
    DimShuffle,
    Dot,
    Eye,
    Reduce,
    Subtensor,
)
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.shape import inferred_extent, keys_of_extents
from symgraph.ops.subtensor import Slice
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.effects import cannot_raise
from symgraph.rewrite.engine import context_rule, node_rule
from symgraph.rewrite.patterns import name_of, number_of, operands
from symgraph.rewrite.rules.scatter import is_zero
from symgraph.rewrite.shape_proxy import made_of

FLOATS = ("float32", "float64")


@context_rule("transposed_product", DimShuffle)
def transposed_product(node: Apply, context: RewriteContext) -> Variable | None:
    """dot(a, b).T → dot(b.T, a.T): clients then read it in its memory order"""
    product = node.inputs[0]
    inner = product.owner
    if inner is None or not isinstance(inner.op, Dot) or node.op.order != (1, 0):
        return None
    if not context.used_once(product):
        return None
    a, b = (transposed(v) for v in inner.inputs)
    return inner.op(b, a)


def transposed(x: Variable) -> Variable:
    """Return `x` with its axes exchanged, avoiding two views in a row."""
    inner = x.owner
    # The DimShuffle of a 3-d array may also drop an axis of extent 1.
    exchanged = inner is not None and isinstance(inner.op, DimShuffle) and inner.op.order == (1, 0)
    if inner is not None and exchanged and inner.inputs[0].type.ndim == 2:
        return inner.inputs[0]
    return DimShuffle((1, 0))(x)


@node_rule("product_with_identity", Dot)
def product_with_identity(node: Apply) -> Variable | None:
    """dot(x, eye(n)) → x; dot(eye(n), x) → x. Infinities are preserved."""
    for position, variable in enumerate(node.inputs):
        other = node.inputs[1 - position]
        size = _size_of_identity(variable)
        # The axis of x whose extent must be that of the identity.
        axis = other.type.ndim - 1 if position else 0
        if size is not None and extent_keys(other)[axis] == size:
            return other
    return None


def _size_of_identity(variable: Variable) -> Any:
    """Return the key of the extents of a square identity; None for anything else."""
    if isinstance(variable, Constant):
        data = variable.data
        if data.ndim != 2 or data.shape[0] != data.shape[1] or (data.diagonal() != 1).any():
            return None
        return len(data) if np.count_nonzero(data) == len(data) else None
    if variable.owner is None or not isinstance(variable.owner.op, Eye):
        return None
    rows, columns, diagonal = variable.owner.inputs
    if rows is not columns or number_of(diagonal) != 0:
        return None
    return keys_of_extents([rows])[0]


@context_rule("product_with_zeros", Dot)
def product_with_zeros(node: Apply, context: RewriteContext) -> Variable | None:
    """dot(x, zeros) → zeros; dot(zeros, x) → zeros, made only after x where x may raise. Zero
    times infinity counts as zero."""
    a, b = node.inputs
    output = node.outputs[0]
    if not (is_zero(a) or is_zero(b)) or context.keys(a)[-1] != context.keys(b)[0]:
        return None
    rows = [inferred_extent(a, axis) for axis in range(a.type.ndim - 1)]
    columns = [inferred_extent(b, axis) for axis in range(1, b.type.ndim)]
    checked = [v for v in node.inputs if not (cannot_raise(v) or _cannot_fail_as_zeros(v))]
    zeros = made_of([*rows, *columns], *checked).variable
    return scalar_functions["cast"](zeros, output.type.dtype)


def _cannot_fail_as_zeros(variable: Variable) -> bool:
    """Return whether this is a broadcast of zero to extents that cannot raise."""
    broadcast = variable.owner is not None and isinstance(variable.owner.op, BroadcastTo)
    return broadcast and is_zero(variable) and all(map(cannot_raise, operands(variable)))


@node_rule("product_of_column_and_row", Dot)
def product_of_column_and_row(node: Apply) -> Variable | None:
    """dot(a column, a row) → the products of their elements, which fuse into their clients"""
    a, b = node.inputs
    shapes = a.type.shape, b.type.shape
    if a.type.ndim != 2 or b.type.ndim != 2 or node.outputs[0].type.dtype not in FLOATS:
        return None
    return a * b if shapes[0][1] == shapes[1][0] == 1 else None


# Smaller products of known extents are left to loops: calling a routine would take as long.
SMALL = 1000


@context_rule("batch_of_products", Reduce)
def batch_of_products(node: Apply, context: RewriteContext) -> Variable | None:
    """sum(a[:, :, :, none] * b[:, none, :, :], axis=2) → batched_dot(a, b)"""
    product, op, output = node.inputs[0], node.op, node.outputs[0]
    if op.kind != "sum" or len(op.axes) != 1 or name_of(product) != "mul":
        return None
    if output.type.dtype not in FLOATS or not context.used_once(product):
        return None
    a, b = operands(product)
    if not a.type.dtype == b.type.dtype == output.type.dtype or product.type.ndim != 4:
        return None
    (inner,) = op.axes
    left, right = (
        {axis for axis, extent in enumerate(v.type.shape) if extent != 1} for v in (a, b)
    )
    shared = (left & right) - {inner}
    if inner not in left & right or not len(left) == len(right) == 3 or len(shared) != 1:
        return None
    if any(context.keys(a)[axis] != context.keys(b)[axis] for axis in (inner, *shared)):
        return None
    (batch,), (row,), (column,) = shared, left - right, right - left
    extents = [a.type.shape[row], a.type.shape[inner], b.type.shape[column]]
    if None not in extents and prod(e for e in extents if e is not None) < SMALL:
        return None
    first, second = DimShuffle((batch, row, inner))(a), DimShuffle((batch, inner, column))(b)
    places = {axis: place for place, axis in enumerate((batch, row, column))}
    return DimShuffle([places[axis] for axis in op.kept(product)])(BatchedDot()(first, second))


@context_rule("diagonal_of_product", AdvancedSubtensor)
def diagonal_of_product(node: Apply, context: RewriteContext) -> Variable | None:
    """diagonal(dot(a, b)) → sum(a · b.T, axis=1), where nothing else needs the product"""
    product, *index = node.inputs
    inner = product.owner
    if inner is None or not isinstance(inner.op, Dot) or not context.used_once(product):
        return None
    if node.op.template != ("array", "array") or index[0] is not index[1]:
        return None
    if product.type.dtype not in FLOATS or not _runs_along_diagonal(index[0], product):
        return None
    a, b = inner.inputs
    if context.keys(a)[1] != context.keys(b)[0]:
        return None
    first, second = a, transposed(b)
    if context.keys(first) != context.keys(second):
        until, count = Subtensor((Slice(False, True, False),)), inferred_extent(index[0], 0)
        first, second = until(first, count), until(second, count)
    return Reduce("sum", (1,))(first * second)


def _runs_along_diagonal(index: Variable, x: Variable) -> bool:
    """Return whether the index is 0, 1, ... up to the length of the matrix's diagonal."""
    rows, columns = extent_keys(x)
    lengths = {rows, columns}
    if isinstance(rows, int) and isinstance(columns, int):
        lengths = {min(rows, columns)}
    if isinstance(index, Constant):
        count = len(index.data)
        return lengths == {count} and bool((index.data == np.arange(count)).all())
    node = index.owner
    if node is None or not isinstance(node.op, Arange):
        return False
    start, stop, step = node.inputs
    return number_of(start) == 0 and number_of(step) == 1 and _smallest_of(stop) == lengths


def _smallest_of(extent: Variable) -> set[Any]:
    """Return the keys of the extents of which this is the smallest, or zero."""
    found: set[Any] = set()
    pending = [extent]
    while pending:
        extent = pending.pop()
        name, inputs = name_of(extent), operands(extent)
        if name == "minimum":
            pending += inputs
        elif name == "maximum" and 0 in map(number_of, inputs):
            pending += [v for v in inputs if number_of(v) != 0]
        else:
            found.update(keys_of_extents([extent]))
    return found


RULES = (
    transposed_product,
    product_with_identity,
    product_with_zeros,
    product_of_column_and_row,
    diagonal_of_product,
    batch_of_products,
)
