"""Least squares solutions of the equations with the matrices on the last two axes."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply, TensorType, Variable
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.matrices import (
    Cotangents,
    Extents,
    MatrixOp,
    added,
    adjoint,
    check_matrix,
    float_only,
    matrix_value,
    product,
    real_dtype,
    result_dtype,
    told,
    work_dtype,
)
from symgraph.ops.svd import (
    PseudoInverse,
    SingularValues,
    check_limits,
    pseudo_inverse_cotangent,
    smaller,
    smaller_key,
    smaller_known,
)


class LeastSquares(MatrixOp):
    """The shortest x with the smallest ‖a · x - b‖, for matrices `a` (m, n) and `b` (m, k); also
    the ranks, int64, and the singular values of `a`. Those up to `rcond` times the largest count as
    zero: by default the unit in the last place times the larger of m and n; a third input has that
    number for each matrix instead. The derivative takes the rank to be constant."""

    __props__ = ("rcond",)

    def __init__(self, rcond: float | None = None) -> None:
        self.rcond = rcond

    def make_node(self, a: Variable, b: Variable, *rcond: Variable) -> Apply:
        node = super().make_node(a, b, *rcond)
        *batch, m, n = extent_keys(a)
        set_keys(node.outputs[0], (*batch, n, extent_keys(b)[-1]))
        set_keys(node.outputs[1], batch)
        set_keys(node.outputs[2], (*batch, smaller_key(m, n)))
        return node

    def output_types(self, a: Variable, b: Variable, *rcond: Variable) -> Sequence[TensorType]:
        check_matrix("lstsq", a)
        check_limits("lstsq", a, rcond)
        if a.type.ndim != b.type.ndim:
            raise TypeError(f"lstsq takes matrices, not {told(a)} and {told(b)}")
        pairs = zip(a.type.shape[:-1], b.type.shape[:-1], strict=True)
        if any(None not in pair and pair[0] != pair[1] for pair in pairs):
            raise ValueError(f"lstsq: shapes do not fit: {told(a)} and {told(b)}")
        *batch, m, n = a.type.shape
        dtype = result_dtype("lstsq", a, b)
        return [
            TensorType(dtype, (*batch, n, b.type.shape[-1])),
            TensorType("int64", batch),
            TensorType(real_dtype(dtype), (*batch, smaller_known(m, n))),
        ]

    def perform(
        self, node: Apply, a: np.ndarray, b: np.ndarray, *limits: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        dtype, _, real = (variable.type.dtype for variable in node.outputs)
        if a.shape[:-1] != b.shape[:-1]:
            raise ValueError(f"lstsq: shapes do not fit: {a.shape} and {b.shape}")
        a, b = matrix_value(a, dtype), matrix_value(b, dtype)
        *batch, m, n = a.shape
        x = np.empty((*batch, n, b.shape[-1]), dtype)
        rank = np.empty(batch, "int64")
        s = np.empty((*batch, min(m, n)), real)
        rcond = self.tolerance(dtype, max(m, n))
        for at in np.ndindex(*batch):
            if limits:
                rcond = float(limits[0][at])
            x[at], _, rank[at], s[at] = np.linalg.lstsq(a[at], b[at], rcond=rcond)
        return x, rank, s

    def tolerance(self, dtype: str, larger: int) -> float:
        """Return the factor of the largest singular value up to which others count as zero."""
        if self.rcond is not None:
            return self.rcond
        return float(np.finfo(work_dtype(dtype)).eps) * larger

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        *batch, m, n = shapes[0]
        return [(*batch, n, shapes[1][-1]), tuple(batch), (*batch, smaller(m, n))]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return that the ranks are piecewise constant, and that b has no singular values."""
        rest = ([False] * 3 for _ in node.inputs[2:])
        return [[True, False, True], [True, False, False], *rest]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        (a, b, *rest), (g, _, g_s) = node.inputs, cotangents
        by_a, by_b = None, None
        if g is not None:
            inverse = PseudoInverse(self.rcond)(a, *rest)
            by_b = product(adjoint(inverse), g)
            by_a = pseudo_inverse_cotangent(a, inverse, product(g, adjoint(b)))
        if g_s is not None:
            values = SingularValues().make_node(a)
            by_a = added(by_a, *values.op.vjp(values, [g_s]))
        return [float_only(by_a, a), float_only(by_b, b), *(None for _ in rest)]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        (a, b, *rest), (d_a, d_b, *_) = node.inputs, tangents
        inverse = PseudoInverse(self.rcond).make_node(a, *rest)
        (moved,) = inverse.op.jvp(inverse, [d_a, *(None for _ in rest)])
        by_a = None if moved is None else product(moved, b)
        by_b = None if d_b is None else product(inverse.outputs[0], d_b)
        values = SingularValues().make_node(a)
        return [added(by_a, by_b), None, values.op.jvp(values, [d_a])[0]]
