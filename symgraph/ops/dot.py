"""The dot product, with NumPy's meaning for every rank, and batches of matrix products."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import (
    Apply,
    BatchContext,
    Batched,
    Extent,
    Op,
    ShapeProxy,
    ShapeProxyContext,
    TensorType,
    Variable,
)
from symgraph.ops.constant import constant
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.reshape import reshaped
from symgraph.ops.scalar import as_derivative_of, conjugate, promote
from symgraph.ops.shape import DimShuffle, extents_of


def work_dtype(dtype: str) -> str:
    """Return the dtype in which products of a dtype are accumulated."""
    return "float32" if dtype == "float16" else dtype


def matrix_product(a: np.ndarray, b: np.ndarray, dtype: str) -> np.ndarray:
    """Return the sums of products, in `dtype`. Not by `numpy.dot`: it multiplies by a single number
    with BLAS's axpy, which takes zero times infinity for zero instead of nan."""
    return np.asarray(np.matmul(a.astype(dtype, copy=False), b.astype(dtype, copy=False)))


class Dot(Op):
    """The sum over the last axis of `a` and the only or second-to-last axis of `b`.

    Ranks are 1 or 2 each; `symgraph.tensor.dot` brings the others to these.
    """

    def output_types(self, a: Variable, b: Variable) -> Sequence[TensorType]:
        if a.type.ndim not in (1, 2) or b.type.ndim not in (1, 2):
            raise TypeError(f"dot takes vectors and matrices, not {a} ({a.type}), {b} ({b.type})")
        inner_a, inner_b = a.type.shape[-1], b.type.shape[0]
        if None not in (inner_a, inner_b) and inner_a != inner_b:
            raise ValueError(
                f"dot: shapes do not fit: {a} ({a.type}) and {b} ({b.type}), summed over the"
                f" extents {inner_a} and {inner_b}"
            )
        shape = a.type.shape[:-1] + b.type.shape[1:]
        return [TensorType(promote([a.type.dtype, b.type.dtype]), shape)]

    def make_node(self, a: Variable, b: Variable) -> Apply:
        node = super().make_node(a, b)
        set_keys(node.outputs[0], extent_keys(a)[:-1] + extent_keys(b)[1:])
        return node

    def perform(self, node: Apply, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, ...]:
        if a.shape[-1] != b.shape[0]:
            raise ValueError(
                f"dot: shapes do not fit: {a.shape} and {b.shape}, summed over the extents"
                f" {a.shape[-1]} and {b.shape[0]}"
            )
        dtype = node.outputs[0].type.dtype
        with np.errstate(all="ignore"):
            return (np.asarray(matrix_product(a, b, work_dtype(dtype)), dtype=dtype),)

    def in_floats(self, node: Apply, *values: np.ndarray) -> np.ndarray | None:
        return np.asarray(np.dot(*(value.astype("float64") for value in values)))

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [shapes[0][:-1] + shapes[1][1:]]

    def shape_constraints(self, node: Apply) -> list[tuple[Any, Any]]:
        a, b = node.inputs
        return [(extent_keys(a)[-1], extent_keys(b)[0])]

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        return product_proxy(node, context)

    def batch(self, node: Apply, context: BatchContext) -> list[Batched] | None:
        (a, left), (b, right) = context.inputs
        if left and right:
            known = {a.type.dtype, b.type.dtype} <= {"float32", "float64"}
            return [Batched(_products(a, b, context), True)] if known else None
        if left:
            product = Dot()(_rows(a), b)
            return [Batched(reshaped(product, [*extents_of(a)[:-1], *extents_of(b)[1:]]), True)]
        # Transposed: the batch axes then are among the rows.
        depth = context.depth
        turned = list(range(b.type.ndim))
        turned.append(turned.pop(depth))
        b = DimShuffle(turned)(b)
        product = Dot()(_rows(b), a if a.type.ndim == 1 else _transposed(a))
        product = reshaped(product, [*extents_of(b)[:-1], *extents_of(a)[:-1]])
        if a.type.ndim == 2 and product.type.ndim == depth + 2:
            product = DimShuffle([*range(depth), depth + 1, depth])(product)
        return [Batched(product, True)]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        a, b = node.inputs
        g = cotangents[0]
        if g is None:
            return [None, None]
        by_a: Variable
        by_b: Variable
        a, b = conjugate(a), conjugate(b)
        if a.type.ndim == b.type.ndim == 1:
            by_a, by_b = g * b, g * a
        elif a.type.ndim == 1:
            by_a, by_b = self(b, g), _outer(a, g)
        elif b.type.ndim == 1:
            by_a, by_b = _outer(g, b), self(_transposed(a), g)
        else:
            by_a, by_b = self(g, _transposed(b)), self(_transposed(a), g)
        return [_float_only(by, x) for by, x in zip((by_a, by_b), node.inputs, strict=True)]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        a, b = node.inputs
        terms = []
        if tangents[0] is not None:
            terms.append(self(tangents[0], b))
        if tangents[1] is not None:
            terms.append(self(a, tangents[1]))
        if not terms:
            return [None]
        return [terms[0] if len(terms) == 1 else terms[0] + terms[1]]


def product_proxy(node: Apply, context: ShapeProxyContext) -> ShapeProxy:
    """Return the shape proxy of a product of the node's last two inputs; any other inputs scale
    it."""
    *scale, a, b = context.operands
    first, second = node.inputs[-2:]
    keys = (*extent_keys(first)[:-1], extent_keys(second)[0])
    a = context.requiring(a, [*context.extents(a)[:-1], context.extent(b, 0)], keys)
    return context.of([*context.extents(a)[:-1], *context.extents(b)[1:]], [*scale, a, b])


class BatchedDot(Op):
    """The product of the matrices `a[i]` and `b[i]` for each i, in float32 or float64: (n, rows,
    inner) and (n, inner, columns) give (n, rows, columns)."""

    def output_types(self, a: Variable, b: Variable) -> Sequence[TensorType]:
        for x in (a, b):
            if x.type.ndim != 3 or x.type.dtype not in ("float32", "float64"):
                raise TypeError(
                    f"batched dot takes float32 or float64 with three axes, not {x} ({x.type})"
                )
        for axis_a, axis_b in ((0, 0), (2, 1)):
            extents = a.type.shape[axis_a], b.type.shape[axis_b]
            if None not in extents and extents[0] != extents[1]:
                raise ValueError(
                    f"batched dot: shapes do not fit: {a} ({a.type}) and {b} ({b.type})"
                )
        count = a.type.shape[0] if b.type.shape[0] is None else b.type.shape[0]
        shape = (count, a.type.shape[1], b.type.shape[2])
        return [TensorType(promote([a.type.dtype, b.type.dtype]), shape)]

    def make_node(self, a: Variable, b: Variable) -> Apply:
        node = super().make_node(a, b)
        set_keys(node.outputs[0], (*extent_keys(a)[:2], extent_keys(b)[2]))
        return node

    def perform(self, node: Apply, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, ...]:
        if a.shape[0] != b.shape[0] or a.shape[2] != b.shape[1]:
            raise ValueError(f"batched dot: shapes do not fit: {a.shape} and {b.shape}")
        dtype = node.outputs[0].type.dtype
        with np.errstate(all="ignore"):
            return (matrix_product(a, b, dtype),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        known = node.outputs[0].type.shape
        own = (*shapes[0][:2], shapes[1][2])
        return [tuple(o if k is None else k for o, k in zip(own, known, strict=True))]

    def shape_constraints(self, node: Apply) -> list[tuple[Any, Any]]:
        a, b = map(extent_keys, node.inputs)
        return [(a[0], b[0]), (a[2], b[1])]

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        a, b = context.operands
        keys = [extent_keys(variable) for variable in node.inputs]
        wanted = (keys[1][0], keys[0][1], keys[1][1])
        extents = [context.extent(b, 0), context.extent(a, 1), context.extent(b, 1)]
        a = context.requiring(a, extents, wanted)
        return context.of([*context.extents(a)[:2], context.extent(b, 2)], [a, b])

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        a, b = node.inputs
        g = cotangents[0]
        if g is None:
            return [None, None]
        turned = DimShuffle((0, 2, 1))
        by_a, by_b = self(g, turned(conjugate(b))), self(turned(conjugate(a)), g)
        return [_float_only(by_a, a), _float_only(by_b, b)]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        (a, b), (d_a, d_b) = node.inputs, tangents
        first = None if d_a is None else self(d_a, b)
        second = None if d_b is None else self(a, d_b)
        if first is None or second is None:
            return [second if first is None else first]
        return [first + second]


def _transposed(x: Variable) -> Variable:
    return DimShuffle((1, 0))(x)


def _outer(a: Variable, b: Variable) -> Variable:
    return DimShuffle((0, "x"))(a) * DimShuffle(("x", 0))(b)


def _float_only(cotangent: Variable, x: Variable) -> Variable | None:
    if np.dtype(x.type.dtype).kind not in "fc":
        return None
    return as_derivative_of(x, cotangent)


def _rows(x: Variable) -> Variable:
    """Return `x` as a matrix whose rows are along the last axis."""
    if x.type.ndim <= 2:
        return x
    return reshaped(x, [constant(-1, "int64"), extents_of(x)[-1]])


def _products(a: Variable, b: Variable, context: BatchContext) -> Variable:
    """Return a product for each element of the batch."""
    depth, extents = context.depth, context.extents
    axes = list(range(depth))
    row, column = a.type.ndim == depth + 1, b.type.ndim == depth + 1
    a = DimShuffle([*axes, "x", depth])(a) if row else a
    b = DimShuffle([*axes, depth, "x"])(b) if column else b
    flat = []
    for x in (a, b):
        x = context.repeated(Batched(x, True))
        own = extents_of(x)[depth:]
        flat.append(x if depth == 1 else reshaped(x, [constant(-1, "int64"), *own]))
    product = BatchedDot()(*flat)
    if depth > 1:
        product = reshaped(product, [*extents, *extents_of(product)[1:]])
    kept = [] if row else [depth]
    return DimShuffle([*axes, *kept, *([] if column else [depth + 1])])(product)
