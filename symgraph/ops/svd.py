"""Singular value decompositions of the matrices on the last two axes, and what is made of them.

Of equal singular values the singular vectors are not determined; factors 1 / (sⱼ² - sᵢ²) of equal
ones count as 0, so that derivatives are right for functions of the singular values alone, and of
all factors together where the function has one value whatever the choice. Sources: J. Townsend,
"Differentiating the singular value decomposition" (2016); G. H. Golub and V. Pereyra, "The
differentiation of pseudo-inverses and nonlinear least squares problems" (1973).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Apply, Extent, NotDifferentiable, TensorType, Variable
from symgraph.ops.constant import constant
from symgraph.ops.eigen import reciprocal_differences
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys
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
    on_diagonal,
    product,
    real_dtype,
    real_part,
    result_dtype,
    row,
    told,
)
from symgraph.ops.reduce import Reduce
from symgraph.ops.scalar import is_complex


def smaller(one: Extent, other: Extent) -> Extent:
    """Return the smaller of two extents."""
    if isinstance(one, int) and isinstance(other, int):
        return min(one, other)
    if one is other:
        return one
    smallest: Extent = scalar_functions["minimum"](one, other)
    return smallest


def smaller_key(one: Any, other: Any) -> Any:
    """Return the key of the smaller of two extents; None where it is not known."""
    if isinstance(one, int) and isinstance(other, int):
        return min(one, other)
    return one if one == other else None


def smaller_known(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else min(one, other)


class SVD(MatrixOp):
    """The decomposition a = U · diag(s) · Vh of matrices (m, n), with s descending, and k of them,
    the smaller of m and n: U is (m, k) and Vh (k, n), or with `full` (m, m) and (n, n)."""

    __props__ = ("full",)

    def __init__(self, full: bool = False) -> None:
        self.full = full

    def make_node(self, a: Variable) -> Apply:
        node = super().make_node(a)
        *batch, m, n = extent_keys(a)
        k = smaller_key(m, n)
        left, right = (m, n) if self.full else (k, k)
        for variable, keys in zip(node.outputs, ((m, left), (k,), (right, n)), strict=True):
            set_keys(variable, (*batch, *keys))
        return node

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_matrix("svd", a)
        dtype = result_dtype("svd", a)
        *batch, m, n = a.type.shape
        k = smaller_known(m, n)
        left, right = (m, n) if self.full else (k, k)
        return [
            TensorType(dtype, (*batch, m, left)),
            TensorType(real_dtype(dtype), (*batch, k)),
            TensorType(dtype, (*batch, right, n)),
        ]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtypes = [variable.type.dtype for variable in node.outputs]
        found = np.linalg.svd(matrix_value(a, dtypes[0]), self.full)
        u, s, vh = (x.astype(dtype, copy=False) for x, dtype in zip(found, dtypes, strict=True))
        return np.ascontiguousarray(u), s, np.ascontiguousarray(vh)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        *batch, m, n = shapes[0]
        k = smaller(m, n)
        left, right = (m, n) if self.full else (k, k)
        return [(*batch, m, left), (*batch, k), (*batch, right, n)]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        g_u, g_s, g_vh = cotangents
        if g_u is None and g_s is None and g_vh is None:
            return [None]
        (a,), (u, s, vh) = node.inputs, self._thin(node, g_u is not None or g_vh is not None)
        e = reciprocal_differences(s**2)
        inner: Variable | None = None
        if g_u is not None:
            turned = product(adjoint(u), g_u)
            inner = (turned - adjoint(turned)) * e * row(s)
            if is_complex(a):
                inner = inner + _imaginary_diagonal(turned, s)
        if g_vh is not None:
            turned = product(vh, adjoint(g_vh))
            inner = added(inner, column(s) * ((turned - adjoint(turned)) * e))
        if g_s is not None:
            inner = added(inner, on_diagonal(e, row(g_s), 0.0))
        assert inner is not None
        whole = product(product(u, inner), vh)
        for outer in (self._outside_u(u, g_u, s, vh), self._outside_v(u, s, vh, g_vh)):
            whole = whole if outer is None else whole + outer
        return [float_only(whole, a)]

    def _thin(self, node: Apply, vectors: bool) -> list[Variable]:
        """Return the factors without what lies in no column space; of `full` ones only the singular
        values have a derivative, or the factors of square matrices."""
        m, n = extent_keys(node.inputs[0])[-2:]
        if not self.full or m == n:
            return list(node.outputs)
        if vectors:
            raise NotDifferentiable(
                f"{self}: singular vectors of a full decomposition have a derivative only where the"
                " matrices are known to be square; use full_matrices=False, or specify_shape"
            )
        return list(SVD()(*node.inputs))

    def _outside_u(
        self, u: Variable, g: Variable | None, s: Variable, vh: Variable
    ) -> Variable | None:
        """Return (1 - U · Uᴴ) · g · S⁻¹ · Vᴴ."""
        if g is None:
            return None
        scaled = g * row(_reciprocal(s))
        return product(scaled - product(u, product(adjoint(u), scaled)), vh)

    def _outside_v(
        self, u: Variable, s: Variable, vh: Variable, g: Variable | None
    ) -> Variable | None:
        """Return U · S⁻¹ · g · (1 - V · Vᴴ)."""
        if g is None:
            return None
        scaled = g * column(_reciprocal(s))
        return product(u, scaled - product(product(scaled, adjoint(vh)), vh))

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        t = tangents[0]
        if t is None:
            return [None, None, None]
        m, n = extent_keys(node.inputs[0])[-2:]
        u, s, vh = self._thin(node, False)
        inner = product(product(adjoint(u), t), adjoint(vh))
        moved = real_part(diagonals(inner))
        if self.full and m != n:
            self._thin(node, True)
        e = reciprocal_differences(s**2)
        back = adjoint(inner)
        by_u = e * (inner * row(s) + column(s) * back)
        by_v = e * (column(s) * inner + back * row(s))
        if is_complex(node.inputs[0]):
            by_u = by_u + _imaginary_diagonal(inner, s)
        d_u, d_v = product(u, by_u), product(adjoint(vh), by_v)
        outside = product(t, adjoint(vh)) * row(_reciprocal(s))
        d_u = d_u + outside - product(u, product(adjoint(u), outside))
        outside = product(adjoint(t), u) * row(_reciprocal(s))
        d_v = d_v + outside - product(adjoint(vh), product(vh, outside))
        return [d_u, moved, adjoint(d_v)]


def _reciprocal(s: Variable) -> Variable:
    """Return 1 / s, and 0 for 0: of square matrices what it multiplies is 0."""
    switch, zero = scalar_functions["switch"], scalar_functions["eq"](s, 0)
    return switch(zero, 0, 1 / switch(zero, 1, s))


def _imaginary_diagonal(x: Variable, s: Variable) -> Variable:
    """Return the imaginary parts of the diagonals, divided by s, as diagonal matrices."""
    turns = scalar_functions["imag"](diagonals(x)) * _reciprocal(s)
    return on_diagonal(x, row(scalar_functions["complex"](0, turns)), constant(0, x.type.dtype))


class SingularValues(MatrixOp):
    """The singular values of matrices, descending: those of `SVD`."""

    def make_node(self, a: Variable) -> Apply:
        node = super().make_node(a)
        *batch, m, n = extent_keys(a)
        set_keys(node.outputs[0], (*batch, smaller_key(m, n)))
        return node

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_matrix("svd", a)
        *batch, m, n = a.type.shape
        dtype = real_dtype(result_dtype("svd", a))
        return [TensorType(dtype, (*batch, smaller_known(m, n)))]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        a = matrix_value(a, result_dtype("svd", node.inputs[0]))
        s = np.linalg.svd(a, compute_uv=False)
        return (s.astype(node.outputs[0].type.dtype, copy=False),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        *batch, m, n = shapes[0]
        return [(*batch, smaller(m, n))]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        other = SVD().make_node(*node.inputs)
        return other.op.vjp(other, [None, cotangents[0], None])

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        other = SVD().make_node(*node.inputs)
        return [other.op.jvp(other, tangents)[1]]


def check_limits(what: str, a: Variable, rcond: Sequence[Variable]) -> None:
    """Raise TypeError where limits of singular values are not a real number for each matrix."""
    for limits in rcond:
        if limits.type.ndim != a.type.ndim - 2 or np.dtype(limits.type.dtype).kind not in "fiu":
            raise TypeError(
                f"{what}: rcond is a real number, or one for each matrix of {a}, not {told(limits)}"
            )


class PseudoInverse(MatrixOp):
    """The Moore-Penrose inverses of matrices (m, n): (n, m). Singular values up to `rcond` times
    the largest count as zero; a second input has that number for each matrix instead. The
    derivative takes the rank to be constant."""

    __props__ = ("rcond",)

    def __init__(self, rcond: float | None = None) -> None:
        self.rcond = rcond

    def make_node(self, a: Variable, *rcond: Variable) -> Apply:
        node = super().make_node(a, *rcond)
        *batch, m, n = extent_keys(a)
        set_keys(node.outputs[0], (*batch, n, m))
        return node

    def output_types(self, a: Variable, *rcond: Variable) -> Sequence[TensorType]:
        check_matrix("pinv", a)
        check_limits("pinv", a, rcond)
        *batch, m, n = a.type.shape
        return [TensorType(result_dtype("pinv", a), (*batch, n, m))]

    def _tolerance(self, dtype: str) -> float:
        """Return NumPy's: 1e-15, or more where the dtype has fewer digits."""
        default = 1e-15 if real_dtype(dtype) == "float64" else 15 * float(np.finfo(dtype).eps)
        return default if self.rcond is None else self.rcond

    def perform(self, node: Apply, a: np.ndarray, *rcond: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        a = matrix_value(a, dtype)
        limits: Any = rcond[0] if rcond else self._tolerance(a.dtype.name)
        found = np.linalg.pinv(a, rcond=limits)
        return (np.ascontiguousarray(found).astype(dtype, copy=False),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        *batch, m, n = shapes[0]
        return [(*batch, n, m)]

    def expand(self, node: Apply) -> list[Variable]:
        """Return the inverse of the nonzero part of a decomposition."""
        a, *given = node.inputs
        u, s, vh = SVD()(a)
        # Of no numbers the largest is -inf.
        largest = Reduce("supremum", (s.type.ndim - 1,))(s)
        largest = scalar_functions["maximum"](largest, 0)
        factor = given[0] if given else self._tolerance(u.type.dtype)
        limit = scalar_functions["cast"](factor * largest, s.type.dtype)
        kept = s > column(limit)
        switch = scalar_functions["switch"]
        inverse = switch(kept, 1 / switch(kept, s, 1), 0)
        return [product(adjoint(vh) * row(inverse), adjoint(u))]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return that the result is piecewise constant in what counts as zero."""
        return [[True], *([False] for _ in node.inputs[1:])]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        g = cotangents[0]
        if g is None:
            return [None] * len(node.inputs)
        (a, *rest), (p,) = node.inputs, node.outputs
        return [float_only(pseudo_inverse_cotangent(a, p, g), a), *(None for _ in rest)]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        a, (p,), t = node.inputs[0], node.outputs, tangents[0]
        if t is None:
            return [None]
        turned, back = adjoint(t), adjoint(p)
        moved = -product(product(p, t), p)
        left = product(p, product(back, turned))
        right = product(product(turned, back), p)
        moved = moved + left - product(product(left, a), p)
        return [moved + right - product(p, product(a, right))]


def pseudo_inverse_cotangent(a: Variable, p: Variable, g: Variable) -> Variable:
    """Return the cotangent of a matrix from that of its pseudo-inverse p."""
    back, turned = adjoint(p), adjoint(g)
    first = -product(product(back, g), back)
    second = product(product(turned, p), back)
    third = product(back, product(p, turned))
    second = second - product(a, product(p, second))
    third = third - product(product(third, p), a)
    return first + second + third
