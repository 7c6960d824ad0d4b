"""Inverses, solutions of linear equations, Cholesky factors of the matrices on the last two axes.

A singular matrix is a ValueError (`numpy.linalg.LinAlgError`) where the result would need its
inverse. Derivatives are written with these operations again, so they exist to any order. Sources of
the formulas: M. Giles, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008); of the Cholesky factor's: I. Murray, arXiv:1602.07527.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Apply, TensorType, Variable
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.matrices import (
    Cotangents,
    Extents,
    MatrixOp,
    added,
    adjoint,
    check_square,
    column,
    float_only,
    folded,
    half_diagonal,
    matrix_value,
    mirrored,
    product,
    result_dtype,
    row,
    square_value,
    told,
    triangle,
)
from symgraph.ops.scalar import conjugate
from symgraph.ops.shape import DimShuffle


class MatrixInverse(MatrixOp):
    """The inverses of square matrices."""

    def make_node(self, a: Variable) -> Apply:
        node = super().make_node(a)
        set_keys(node.outputs[0], extent_keys(a))
        return node

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_square("inv", a)
        return [TensorType(result_dtype("inv", a), a.type.shape)]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        return (np.linalg.inv(square_value("inv", a, dtype)).astype(dtype, copy=False),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[0]]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        g, back = cotangents[0], adjoint(node.outputs[0])
        if g is None:
            return [None]
        return [float_only(-product(product(back, g), back), node.inputs[0])]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        t, inverse = tangents[0], node.outputs[0]
        return [None if t is None else -product(product(inverse, t), inverse)]


# The part of the matrix that is used.
TRIANGLES: dict[str, Any] = {"all": lambda a: a, "lower": np.tril, "upper": np.triu}
# What is known of a matrix of which only a triangle is used: that the rest is zero, or mirrors it;
# "definite" is Hermitian with positive eigenvalues.
STRUCTURES = ("zero", "symmetric", "hermitian", "definite")


class Solve(MatrixOp):
    """The solutions x of a · x = b: `a` holds square matrices, `b` vectors or matrices.

    `part` is "all", or the triangle of `a` that is used ("lower", "upper"): the rest is taken to be
    zero, or to mirror that part, as `structure` says. The batches of `a` and `b` have equal
    extents; `b` holds vectors where it has an axis less than `a`.
    """

    __props__ = ("part", "structure")

    def __init__(self, part: str = "all", structure: str = "zero") -> None:
        for given, known in ((part, tuple(TRIANGLES)), (structure, STRUCTURES)):
            if given not in known:
                raise ValueError(f"solve: {given!r} is none of {', '.join(map(repr, known))}")
        if part == "all" and structure != "zero":
            raise ValueError(f"solve: of a {structure} matrix the lower or upper triangle is used")
        self.part = part
        self.structure = structure

    def make_node(self, a: Variable, b: Variable) -> Apply:
        node = super().make_node(a, b)
        set_keys(node.outputs[0], extent_keys(b))
        return node

    def output_types(self, a: Variable, b: Variable) -> Sequence[TensorType]:
        check_square("solve", a)
        if b.type.ndim not in (a.type.ndim - 1, a.type.ndim):
            raise TypeError(f"solve: b is a vector or a matrix, not {told(b)}")
        lead = a.type.ndim - 2
        known = {*a.type.shape[lead:], b.type.shape[lead]} - {None}
        pairs = zip(a.type.shape[:lead], b.type.shape[:lead], strict=True)
        if len(known) > 1 or any(None not in pair and pair[0] != pair[1] for pair in pairs):
            raise ValueError(f"solve: shapes do not fit: {told(a)} and {told(b)}")
        return [TensorType(result_dtype("solve", a, b), b.type.shape)]

    def perform(self, node: Apply, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        a = self._whole(square_value("solve", a, dtype))
        lead = a.ndim - 2
        if a.shape[:-1] != b.shape[: lead + 1]:
            raise ValueError(f"solve: shapes do not fit: {a.shape} and {b.shape}")
        if self.structure == "definite":
            np.linalg.cholesky(a)
        b = matrix_value(b, dtype)
        x = np.linalg.solve(a, b[..., None] if b.ndim < a.ndim else b)
        return (x.reshape(b.shape).astype(dtype, copy=False),)

    def _whole(self, a: np.ndarray) -> np.ndarray:
        """Return the matrices that are meant by their parts."""
        used: np.ndarray = TRIANGLES[self.part](a)
        if self.structure == "zero":
            return used
        turned = np.swapaxes(TRIANGLES[self.part](a, -1 if self.part == "lower" else 1), -1, -2)
        if self.structure == "symmetric" or a.dtype.kind != "c":
            return used + turned
        whole = used + turned.conj()
        n = np.arange(a.shape[-1])
        whole[..., n, n] = whole[..., n, n].real
        return whole

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[1]]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        a, b = node.inputs
        g, x = cotangents[0], node.outputs[0]
        if g is None:
            return [None, None]
        by_b = self._adjoint(a, g)
        if b.type.ndim < a.type.ndim:
            by_a = -column(by_b) * row(conjugate(x))
        else:
            by_a = -product(by_b, adjoint(x))
        return [float_only(self._of_part(by_a), a), float_only(by_b, b)]

    def _adjoint(self, a: Variable, g: Variable) -> Variable:
        """Return the solutions of equations with the conjugate transposed matrices."""
        if self.structure == "zero":
            turned = {"lower": "upper", "upper": "lower"}.get(self.part, "all")
            return Solve(turned)(adjoint(a), g)
        # Symmetric matrices are their own transposed, Hermitian ones their own adjoint.
        return self(conjugate(a) if self.structure == "symmetric" else a, g)

    def _of_part(self, by_a: Variable) -> Variable:
        """Return the cotangent of the used part of a matrix from that of the whole."""
        if self.structure != "zero":
            return folded(by_a, self.part, self.structure != "symmetric")
        return by_a if self.part == "all" else triangle(by_a, self.part)

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        (a, b), (d_a, d_b) = node.inputs, tangents
        moved = d_b
        if d_a is not None:
            if self.structure != "zero":
                d_a = mirrored(d_a, self.part, self.structure != "symmetric")
            elif self.part != "all":
                d_a = triangle(d_a, self.part)
            x = node.outputs[0]
            if b.type.ndim < a.type.ndim:
                change = product(d_a, column(x))
                change = DimShuffle(range(b.type.ndim))(change)
            else:
                change = product(d_a, x)
            moved = added(d_b, -change)
        return [None if moved is None else self(a, moved)]


class Cholesky(MatrixOp):
    """The lower triangular L with L · L.H = a, or the upper triangular U with U.H · U = a, for
    Hermitian positive definite matrices, of which only that triangle is read: the other one has no
    derivative. A matrix that is not positive definite is a ValueError, or where `on_error` is "nan"
    has a factor of nan."""

    __props__ = ("lower", "on_error")

    def __init__(self, lower: bool = True, on_error: str = "raise") -> None:
        if on_error not in ("raise", "nan"):
            raise ValueError(f"cholesky: on_error is 'raise' or 'nan', not {on_error!r}")
        self.lower = lower
        self.on_error = on_error

    @property
    def part(self) -> str:
        """Return the triangle that is read, which is that of the factor."""
        return "lower" if self.lower else "upper"

    def make_node(self, a: Variable) -> Apply:
        node = super().make_node(a)
        set_keys(node.outputs[0], extent_keys(a))
        return node

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_square("cholesky", a)
        return [TensorType(result_dtype("cholesky", a), a.type.shape)]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        a = square_value("cholesky", a, dtype)
        low = a if self.lower else np.swapaxes(a, -1, -2).conj()
        if self.on_error == "raise":
            factor = np.linalg.cholesky(low)
        else:
            factor = np.empty_like(low)
            for at in np.ndindex(low.shape[:-2]):
                try:
                    factor[at] = np.linalg.cholesky(low[at])
                except np.linalg.LinAlgError:
                    factor[at] = np.nan
        if not self.lower:
            factor = np.swapaxes(factor, -1, -2).conj().copy()
        return (factor.astype(dtype, copy=False),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[0]]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        g = cotangents[0]
        if g is None:
            return [None]
        factor = node.outputs[0] if self.lower else adjoint(node.outputs[0])
        g = g if self.lower else adjoint(g)
        back = adjoint(factor)
        inner = half_diagonal(product(back, triangle(g, "lower")))
        # L⁻ᴴ · inner · L⁻¹
        left = Solve("upper")(back, inner)
        whole = adjoint(Solve("upper")(back, adjoint(left)))
        low = half_diagonal(whole + adjoint(whole))
        return [float_only(low if self.lower else adjoint(low), node.inputs[0])]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        t = tangents[0]
        if t is None:
            return [None]
        factor = node.outputs[0] if self.lower else adjoint(node.outputs[0])
        low = half_diagonal(t if self.lower else adjoint(t))
        left = Solve("lower")(factor, low + adjoint(low))
        inner = adjoint(Solve("lower")(factor, adjoint(left)))
        moved = product(factor, half_diagonal(inner))
        return [moved if self.lower else adjoint(moved)]
