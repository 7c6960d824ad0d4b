"""QR and LU factors of the matrices on the last two axes.

Sources of the derivatives: S. F. Walter and L. Lehmann, "Algorithmic differentiation of linear
algebra functions with application in optimum experimental design" (2010); D. A. O. Roberts and
L. R. Roberts, "QR and LQ decomposition matrix backpropagation algorithms for square, wide, and deep
matrices and their software implementation", arXiv:2009.10071.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Apply, LazyModule, NotDifferentiable, TensorType, Variable
from symgraph.ops.constant import constant
from symgraph.ops.creation import Arange, Join
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.linalg import Solve
from symgraph.ops.matrices import (
    Cotangents,
    Extents,
    MatrixOp,
    added,
    adjoint,
    check_matrix,
    column,
    diagonals,
    float_only,
    matrix_value,
    mirrored,
    on_diagonal,
    product,
    result_dtype,
    row,
    swapped,
    triangle,
)
from symgraph.ops.scalar import is_complex
from symgraph.ops.shape import DimShuffle, extent_of
from symgraph.ops.subtensor import Slice, Subtensor
from symgraph.ops.svd import smaller, smaller_key, smaller_known

linalg: Any = LazyModule("scipy.linalg")

MODES = ("reduced", "complete", "r")


def _split(x: Variable, count: Variable) -> tuple[Variable, Variable]:
    """Return the first columns of matrices, and those behind them."""
    whole = [Slice()] * (x.type.ndim - 1)
    first, behind = Slice(stop=True), Slice(start=True)
    return Subtensor((*whole, first))(x, count), Subtensor((*whole, behind))(x, count)


def _joined(first: Variable, behind: Variable) -> Variable:
    return Join(first.type.ndim - 1)(first, behind)


class QR(MatrixOp):
    """The factors a = Q · R of matrices (m, n), where the columns of Q are orthonormal and R is
    upper triangular. With k the smaller of m and n, Q is (m, k) and R (k, n); where the `mode` is
    "complete" they are (m, m) and (m, n), and where it is "r" the only output is R, (k, n)."""

    __props__ = ("mode",)

    def __init__(self, mode: str = "reduced") -> None:
        if mode not in MODES:
            raise ValueError(f"qr: {mode!r} is none of {', '.join(map(repr, MODES))}")
        self.mode = mode

    def make_node(self, a: Variable) -> Apply:
        node = super().make_node(a)
        *batch, m, n = extent_keys(a)
        inner = m if self.mode == "complete" else smaller_key(m, n)
        for variable, keys in zip(node.outputs[::-1], ((inner, n), (m, inner)), strict=False):
            set_keys(variable, (*batch, *keys))
        return node

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_matrix("qr", a)
        dtype = result_dtype("qr", a)
        *batch, m, n = a.type.shape
        inner = m if self.mode == "complete" else smaller_known(m, n)
        both = [TensorType(dtype, (*batch, m, inner)), TensorType(dtype, (*batch, inner, n))]
        return both[-1:] if self.mode == "r" else both

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        found = np.linalg.qr(matrix_value(a, dtype), self.mode)
        parts = (found,) if self.mode == "r" else tuple(found)
        return tuple(np.ascontiguousarray(x).astype(dtype, copy=False) for x in parts)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        *batch, m, n = shapes[0]
        inner = m if self.mode == "complete" else smaller(m, n)
        both = [(*batch, m, inner), (*batch, inner, n)]
        return both[-1:] if self.mode == "r" else both

    def _reduced(self, node: Apply) -> list[Variable]:
        """Return Q and R of the reduced mode. Raises NotDifferentiable for complete ones that may
        have more columns of Q."""
        (a,) = node.inputs
        if self.mode == "complete":
            m, n = extent_keys(a)[-2:]
            wide = isinstance(m, int) and isinstance(n, int) and m <= n
            if m != n and not wide:
                raise NotDifferentiable(
                    f"{self} has a derivative only where the matrices are known to have no more"
                    " rows than columns; use mode='reduced', or specify_shape"
                )
        return list(node.outputs) if self.mode == "reduced" else list(QR()(a))

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        (a,) = node.inputs
        g_q, g_r = (None, *cotangents) if self.mode == "r" else cotangents
        if g_q is None and g_r is None:
            return [None]
        q, r = self._reduced(node)
        count = extent_of(q, q.type.ndim - 1)
        square, _ = _split(r, count)
        _, behind = _split(a, count)
        by_behind: Variable | None = None
        inner: Variable | None = None
        if g_r is not None:
            g_square, g_behind = _split(g_r, count)
            g_q = added(g_q, product(behind, adjoint(g_behind)))
            by_behind = product(q, g_behind)
            inner = product(square, adjoint(g_square))
        assert g_q is not None
        inner = added(inner, -product(adjoint(g_q), q))
        assert inner is not None
        whole = g_q + product(q, mirrored(inner, "lower", True))
        by_first = adjoint(Solve("upper")(square, adjoint(whole)))
        if by_behind is None:
            by_behind = scalar_functions["second"](behind, constant(0, q.type.dtype))
        return [float_only(_joined(by_first, by_behind), a)]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        t = tangents[0]
        if t is None:
            return [None] * len(node.outputs)
        q, r = self._reduced(node)
        count = extent_of(q, q.type.ndim - 1)
        (square, behind), (t_square, t_behind) = _split(r, count), _split(t, count)
        scaled = adjoint(Solve("lower")(adjoint(square), adjoint(t_square)))
        turned = product(adjoint(q), scaled)
        low = triangle(turned, "lower", strict=True)
        turning = low - adjoint(low)
        if is_complex(q):
            imaginary = scalar_functions["imag"](diagonals(turned))
            turns = row(scalar_functions["complex"](0, imaginary))
            turning = turning + on_diagonal(turned, turns, constant(0, q.type.dtype))
        d_q = product(q, turning - turned) + scaled
        d_square = product(turned - turning, square)
        d_behind = product(adjoint(q), t_behind) - product(turning, behind)
        d_r = _joined(d_square, d_behind)
        return [d_r] if self.mode == "r" else [d_q, d_r]


class Reflectors(MatrixOp):
    """What LAPACK has instead of Q: R above the diagonal, and the Householder vectors below, all
    transposed, (n, m), with their factors, (k)."""

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_matrix("qr", a)
        dtype = result_dtype("qr", a)
        *batch, m, n = a.type.shape
        both = [(*batch, n, m), (*batch, smaller_known(m, n))]
        return [TensorType(dtype, shape) for shape in both]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        found = np.linalg.qr(matrix_value(a, dtype), "raw")
        h, tau = (np.ascontiguousarray(x).astype(dtype, copy=False) for x in found)
        return h, tau

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        *batch, m, n = shapes[0]
        return [(*batch, n, m), (*batch, smaller(m, n))]


class LU(MatrixOp):
    """The factors P · a = L · U of matrices (m, n), with rows exchanged. Outputs are U on and above
    the diagonal and L below it, whose diagonal holds ones, in one matrix; the row that each of the
    first k rows was exchanged with, int32; and the permutation p with a[p] = L · U."""

    def make_node(self, a: Variable) -> Apply:
        node = super().make_node(a)
        *batch, m, n = extent_keys(a)
        shapes = ((m, n), (smaller_key(m, n),), (m,))
        for variable, keys in zip(node.outputs, shapes, strict=True):
            set_keys(variable, (*batch, *keys))
        return node

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_matrix("lu", a)
        *batch, m, n = a.type.shape
        return [
            TensorType(result_dtype("lu", a), a.type.shape),
            TensorType("int32", (*batch, smaller_known(m, n))),
            TensorType("int64", (*batch, m)),
        ]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        a = matrix_value(a, dtype)
        *batch, m, n = a.shape
        packed = np.empty(a.shape, dtype)
        pivots = np.empty((*batch, min(m, n)), "int32")
        order = np.empty((*batch, m), "int64")
        for at in np.ndindex(*batch):
            order[at] = np.arange(m)
            if min(m, n):
                with warnings.catch_warnings():
                    # A singular matrix has factors, too.
                    warnings.simplefilter("ignore", linalg.LinAlgWarning)
                    packed[at], pivots[at] = linalg.lu_factor(a[at], check_finite=False)
            for i, other in enumerate(pivots[at]):
                order[at][[i, other]] = order[at][[other, i]]
        return packed, pivots, order

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        *batch, m, n = shapes[0]
        return [shapes[0], (*batch, smaller(m, n)), (*batch, m)]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return that the exchanges are piecewise constant."""
        return [[True, False, False]]

    def _parts(self, node: Apply) -> tuple[Variable, Variable, Variable]:
        """Return L, U and P. Raises NotDifferentiable for other than square matrices."""
        (a,), (packed, _, order) = node.inputs, node.outputs
        rows, columns = a.type.shape[-2:]
        if None not in (rows, columns) and rows != columns:
            raise NotDifferentiable(f"lu has a derivative for square matrices only, not for {a}")
        low = on_diagonal(packed, constant(1, packed.type.dtype), triangle(packed, "lower"))
        return low, triangle(packed, "upper"), permutation_matrix(order, packed.type.dtype)

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        g = cotangents[0]
        if g is None:
            return [None]
        low, up, exchange = self._parts(node)
        by_low = triangle(product(adjoint(low), triangle(g, "lower", strict=True)), "lower", True)
        inner = by_low + triangle(product(triangle(g, "upper"), adjoint(up)), "upper")
        left = Solve("upper")(adjoint(low), inner)
        whole = adjoint(Solve("upper")(up, adjoint(left)))
        return [float_only(product(swapped(exchange), whole), node.inputs[0])]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        t = tangents[0]
        if t is None:
            return [None, None, None]
        low, up, exchange = self._parts(node)
        left = Solve("lower")(low, product(exchange, t))
        inner = adjoint(Solve("lower")(adjoint(up), adjoint(left)))
        by_low = product(low, triangle(inner, "lower", strict=True))
        return [by_low + product(triangle(inner, "upper"), up), None, None]


def permutation_matrix(order: Variable, dtype: str) -> Variable:
    """Return the matrices P with P · a = a[order], on the last axis but one."""
    columns = scalar_functions["eq"](column(order), _counted_row(order))
    return scalar_functions["cast"](columns, dtype)


def _counted_row(order: Variable) -> Variable:
    ndim = order.type.ndim
    zero, one = constant(0, "int64"), constant(1, "int64")
    return DimShuffle((*["x"] * ndim, 0))(Arange("int64")(zero, extent_of(order, ndim - 1), one))
