"""QR and LU factors of the matrices on the last two axes.

Sources of the derivatives: S. F. Walter and L. Lehmann, "Algorithmic differentiation of linear
algebra functions with application in optimum experimental design" (2010); D. A. O. Roberts and
L. R. Roberts, "QR and LQ decomposition matrix backpropagation algorithms for square, wide, and deep
matrices and their software implementation", arXiv:2009.10071.
"""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from symgraph.graph import (
    Apply,
    BatchContext,
    Batched,
    LazyModule,
    NotDifferentiable,
    TensorType,
    Variable,
)
from symgraph.ops.broadcast import BroadcastTo
from symgraph.ops.constant import constant, number
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
from symgraph.ops.shape import (
    DimShuffle,
    extent_of,
    extents_of,
    keys_of_extents,
    known_extent,
)
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
        found: Any = np.linalg.qr(matrix_value(a, dtype), self.mode)  # type: ignore[call-overload]
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
            exchange_rows(order[at], pivots[at])
        return packed, pivots, order

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        *batch, m, n = shapes[0]
        return [shapes[0], (*batch, smaller(m, n)), (*batch, m)]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return that the exchanges are piecewise constant."""
        return [[True, False, False]]

    def _parts(self, node: Apply) -> "_Triangles":
        (a,), (packed, pivots, order) = node.inputs, node.outputs
        m, n = extent_keys(a)[-2:]
        count = None if m == n else extent_of(pivots, pivots.type.ndim - 1)
        square, right, below = _blocks(packed, count)
        one = constant(1, packed.type.dtype)
        low = on_diagonal(square, one, triangle(square, "lower"))
        exchange = permutation_matrix(order, packed.type.dtype)
        return _Triangles(low, triangle(square, "upper"), right, below, exchange, count)

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        g = cotangents[0]
        if g is None:
            return [None]
        p = self._parts(node)
        g, g_right, g_below = _blocks(g, p.count)
        by_low = product(adjoint(p.low), triangle(g, "lower", strict=True))
        by_up = product(triangle(g, "upper"), adjoint(p.up))
        if g_right is not None and p.right is not None:
            by_low = by_low - product(g_right, adjoint(p.right))
        if g_below is not None and p.below is not None:
            by_up = by_up - product(adjoint(p.below), g_below)
        inner = triangle(by_low, "lower", True) + triangle(by_up, "upper")
        left = Solve("upper")(adjoint(p.low), inner)
        whole = adjoint(Solve("upper")(p.up, adjoint(left)))
        if p.count is not None:
            assert g_right is not None and g_below is not None
            by_right = Solve("upper")(adjoint(p.low), g_right)
            by_below = adjoint(Solve("upper")(p.up, adjoint(g_below)))
            whole = _composed(whole, by_right, by_below)
        return [float_only(product(swapped(p.exchange), whole), node.inputs[0])]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        t = tangents[0]
        if t is None:
            return [None, None, None]
        p = self._parts(node)
        moved, right, below = _blocks(product(p.exchange, t), p.count)
        left = Solve("lower")(p.low, moved)
        inner = adjoint(Solve("lower")(adjoint(p.up), adjoint(left)))
        lower, upper = triangle(inner, "lower", strict=True), triangle(inner, "upper")
        found = product(p.low, lower) + product(upper, p.up)
        if p.count is not None:
            assert None not in (right, below, p.right, p.below)
            d_right = Solve("lower")(p.low, right) - product(lower, p.right)
            d_below = adjoint(Solve("lower")(adjoint(p.up), adjoint(below)))
            found = _composed(found, d_right, d_below - product(p.below, upper))
        return [found, None, None]


class _Triangles(NamedTuple):
    """The factors of matrices (m, n), with k the smaller of both: the square parts of L and U, (k,
    k), what U has to the right and L below (None of matrices known to be square), the permutation
    matrix, and k."""

    low: Variable
    up: Variable
    right: Any
    below: Any
    exchange: Variable
    count: Variable | None


def _blocks(x: Variable, count: Variable | None) -> tuple[Variable, Any, Any]:
    """Return the first rows and columns of matrices, what is to the right, and what is below."""
    if count is None:
        return x, None, None
    first, right = _split(x, count)
    square, below = (swapped(part) for part in _split(swapped(first), count))
    return square, swapped(_split(swapped(right), count)[0]), below


def _composed(square: Variable, right: Variable, below: Variable) -> Variable:
    """Return matrices of their blocks, of which at least one of the last two has no elements."""
    return _joined(swapped(_joined(swapped(square), swapped(below))), _below(right, below))


def _below(right: Variable, below: Variable) -> Variable:
    """Return what is to the right, with as many rows below as the other blocks have together."""
    rows = extent_of(below, below.type.ndim - 2)
    *batch, _, columns = extents_of(right)
    shape = [*batch, rows, columns]
    nothing = BroadcastTo(tuple(map(known_extent, shape)))(
        number(0, right.type.dtype, len(shape)), *shape
    )
    return swapped(_joined(swapped(right), swapped(nothing)))


class RowOrder(MatrixOp):
    """The permutations p that exchanging rows one after the other makes, (..., n): row i with row
    `pivots[i]` for each i, (..., k), where k is at most n. Inputs are the pivots, integers of at
    least 0 and less than n; and n, an int64 scalar."""

    def output_types(self, pivots: Variable, count: Variable) -> Sequence[TensorType]:
        if pivots.type.ndim == 0 or np.dtype(pivots.type.dtype).kind not in "iu":
            raise TypeError(f"exchanges of rows are vectors of integers, not {pivots}")
        return [TensorType("int64", (*pivots.type.shape[:-1], known_extent(count)))]

    def make_node(self, pivots: Variable, count: Variable) -> Apply:
        node = super().make_node(pivots, count)
        (key,) = keys_of_extents([count])
        set_keys(node.outputs[0], (*extent_keys(pivots)[:-1], key))
        return node

    def perform(self, node: Apply, pivots: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, ...]:
        order = np.empty((*pivots.shape[:-1], int(count)), "int64")
        order[...] = np.arange(int(count))
        for at in np.ndindex(*pivots.shape[:-1]):
            exchange_rows(order[at], pivots[at])
        return (order,)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        known = known_extent(node.inputs[1])
        return [(*shapes[0][:-1], node.inputs[1] if known is None else known)]

    def batch(self, node: Apply, context: BatchContext) -> list[Batched] | None:
        pivots, count = context.inputs
        if count.batched:
            return None
        return [Batched(self(pivots.variable, count.variable), True)]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return that nothing has a derivative."""
        return [[False], [False]]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        return [None, None]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        return [None]


def exchange_rows(order: np.ndarray, pivots: np.ndarray) -> None:
    """Exchange each element of a vector with that at its pivot, from the first on, in place."""
    for i, other in enumerate(pivots):
        order[[i, other]] = order[[other, i]]


def permutation_matrix(order: Variable, dtype: str) -> Variable:
    """Return the matrices P with P · a = a[order], on the last axis but one."""
    columns = scalar_functions["eq"](column(order), _counted_row(order))
    return scalar_functions["cast"](columns, dtype)


def _counted_row(order: Variable) -> Variable:
    ndim = order.type.ndim
    zero, one = constant(0, "int64"), constant(1, "int64")
    return DimShuffle((*["x"] * ndim, 0))(Arange("int64")(zero, extent_of(order, ndim - 1), one))
