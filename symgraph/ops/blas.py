"""The general matrix product of BLAS: scaling a product and adding to it costs nothing more."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import (
    Apply,
    Extent,
    Op,
    ShapeProxy,
    ShapeProxyContext,
    TensorType,
    Variable,
)
from symgraph.ops.dot import (
    Dot,
    matrix_product,
    product_proxy,
    work_dtype,
)
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.reduce import total
from symgraph.ops.scalar import as_derivative_of, conjugate, promote
from symgraph.ops.shape import DimShuffle, SpecifyShape, extents_of


class Gemm(Op):
    """`beta * c + alpha * dot(a, b)` for matrices a, b, c and scalars alpha, beta.

    Inputs are c, alpha, a, b, beta, all of dtypes for which products are defined; the result has
    their common dtype. `c` has the extents of the product: it is not repeated, and other extents
    are a ValueError. A zero beta does multiply: with beta = 0, infinities and nan in c give nan.
    """

    def output_types(
        self, c: Variable, alpha: Variable, a: Variable, b: Variable, beta: Variable
    ) -> Sequence[TensorType]:
        for name, variable, ndim in (
            ("c", c, 2), ("alpha", alpha, 0), ("a", a, 2), ("b", b, 2), ("beta", beta, 0),
        ):  # fmt: skip
            if variable.type.ndim != ndim:
                wanted = "a matrix" if ndim else "a scalar"
                raise TypeError(f"gemm: {name} is {wanted}, not {variable} ({variable.type})")
        (product,) = Dot().output_types(a, b)
        shape = []
        for have, want in zip(c.type.shape, product.shape, strict=True):
            if None not in (have, want) and have != want:
                raise ValueError(
                    f"gemm: {c} ({c.type}) does not have the shape of the product of {a}"
                    f" ({a.type}) and {b} ({b.type})"
                )
            shape.append(have if want is None else want)
        return [TensorType(promote([v.type.dtype for v in (c, alpha, a, b, beta)]), shape)]

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        _, _, a, b, _ = inputs
        set_keys(node.outputs[0], extent_keys(a)[:-1] + extent_keys(b)[1:])
        return node

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        c, alpha, a, b, beta = values
        if a.shape[1] != b.shape[0] or c.shape != (a.shape[0], b.shape[1]):
            raise ValueError(f"gemm: shapes do not fit: {c.shape} and {a.shape} times {b.shape}")
        dtype = node.outputs[0].type.dtype
        work = work_dtype(dtype)
        c, alpha, beta = (value.astype(work, copy=False) for value in (c, alpha, beta))
        with np.errstate(all="ignore"):
            return (np.asarray(beta * c + alpha * matrix_product(a, b, work), dtype=dtype),)

    def expand(self, node: Apply) -> list[Variable]:
        """Return the same value written with a product and elementwise functions."""
        dtype = node.outputs[0].type.dtype
        c, alpha, a, b, beta = (scalar_functions["cast"](v, dtype) for v in node.inputs)
        product = Dot()(a, b)
        if extent_keys(c) != extent_keys(product):
            # An elementwise sum would broadcast c.
            c = SpecifyShape(product.type.shape)(c, *extents_of(product))
        return [beta * c + alpha * product]

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        own = (shapes[2][0], shapes[3][1])
        known = node.outputs[0].type.shape
        return [tuple(o if k is None else k for o, k in zip(own, known, strict=True))]

    def shape_constraints(self, node: Apply) -> list[tuple[Any, Any]]:
        c, _, a, b, _ = map(extent_keys, node.inputs)
        return [(a[1], b[0]), (c[0], a[0]), (c[1], b[1])]

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        c, _, a, b, _ = context.operands
        keys = [extent_keys(variable) for variable in node.inputs]
        extents = [context.extent(a, 0), context.extent(b, 0)]
        a = context.requiring(a, extents, (keys[2][0], keys[3][0]))
        extents = [context.extent(a, 0), context.extent(b, 1)]
        c = context.requiring(c, extents, (keys[2][0], keys[3][1]))
        return context.of(context.extents(c), [*context.operands, a, c])

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        g = cotangents[0]
        if g is None:
            return [None] * 5
        c, alpha, a, b, beta = map(conjugate, node.inputs)
        shares = [
            beta * g,
            total(g * Dot()(a, b)),
            alpha * Dot()(g, _transposed(b)),
            alpha * Dot()(_transposed(a), g),
            total(g * c),
        ]
        return _for_floats(shares, node.inputs)

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        c, alpha, a, b, beta = node.inputs
        d_c, d_alpha, d_a, d_b, d_beta = tangents
        terms = [
            None if d_c is None else beta * d_c,
            None if d_alpha is None else d_alpha * Dot()(a, b),
            None if d_a is None else alpha * Dot()(d_a, b),
            None if d_b is None else alpha * Dot()(a, d_b),
            None if d_beta is None else d_beta * c,
        ]
        return [_summed(terms, node.outputs[0].type.dtype)]


class ScaledDot(Op):
    """`alpha * dot(a, b)` for a scalar and two matrices, in their common dtype."""

    def output_types(self, alpha: Variable, a: Variable, b: Variable) -> Sequence[TensorType]:
        for name, variable, ndim in (("alpha", alpha, 0), ("a", a, 2), ("b", b, 2)):
            if variable.type.ndim != ndim:
                wanted = "a matrix" if ndim else "a scalar"
                raise TypeError(f"scaled dot: {name} is {wanted}, not {variable} ({variable.type})")
        (product,) = Dot().output_types(a, b)
        return [product.clone(dtype=promote([v.type.dtype for v in (alpha, a, b)]))]

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        _, a, b = inputs
        set_keys(node.outputs[0], extent_keys(a)[:-1] + extent_keys(b)[1:])
        return node

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        alpha, a, b = values
        if a.shape[1] != b.shape[0]:
            raise ValueError(f"dot: shapes do not fit: {a.shape} and {b.shape}")
        dtype = node.outputs[0].type.dtype
        work = work_dtype(dtype)
        with np.errstate(all="ignore"):
            product = matrix_product(a, b, work)
            return (np.asarray(alpha.astype(work, copy=False) * product, dtype=dtype),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [(shapes[1][0], shapes[2][1])]

    def shape_constraints(self, node: Apply) -> list[tuple[Any, Any]]:
        _, a, b = node.inputs
        return [(extent_keys(a)[-1], extent_keys(b)[0])]

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        return product_proxy(node, context)

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        g = cotangents[0]
        if g is None:
            return [None] * 3
        alpha, a, b = map(conjugate, node.inputs)
        shares = [
            total(g * Dot()(a, b)),
            alpha * Dot()(g, _transposed(b)),
            alpha * Dot()(_transposed(a), g),
        ]
        return _for_floats(shares, node.inputs)

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        alpha, a, b = node.inputs
        d_alpha, d_a, d_b = tangents
        terms = [
            None if d_alpha is None else d_alpha * Dot()(a, b),
            None if d_a is None else alpha * Dot()(d_a, b),
            None if d_b is None else alpha * Dot()(a, d_b),
        ]
        return [_summed(terms, node.outputs[0].type.dtype)]


def _for_floats(
    shares: Sequence[Variable], inputs: Sequence[Variable]
) -> Sequence[Variable | None]:
    """Return cotangents in the dtypes of the inputs; None for integers."""
    return [
        as_derivative_of(variable, share) if np.dtype(variable.type.dtype).kind in "fc" else None
        for share, variable in zip(shares, inputs, strict=True)
    ]


def _summed(terms: Sequence[Variable | None], dtype: str) -> Variable | None:
    total: Variable | None = None
    for term in terms:
        if term is not None:
            total = term if total is None else total + term
    return None if total is None else scalar_functions["cast"](total, dtype)


def _transposed(x: Variable) -> Variable:
    return DimShuffle((1, 0))(x)
