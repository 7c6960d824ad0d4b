"""Eigenvalues and eigenvectors of the matrices on the last two axes.

Of equal eigenvalues the eigenvectors are not determined. Derivatives of a function of all that has
one value whatever the choice (of a sum over equal eigenvalues, of V · f(w) · V.H) are right where
the eigenvalues' own derivatives suffice: factors 1 / (wⱼ - wᵢ) of equal eigenvalues count as 0.
Source: M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008), 3.1.
"""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply, TensorType, Variable
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.linalg import Solve
from symgraph.ops.matrices import (
    Cotangents,
    Extents,
    MatrixOp,
    added,
    adjoint,
    check_square,
    column,
    diagonals,
    float_only,
    folded,
    mirrored,
    on_diagonal,
    product,
    real_dtype,
    real_part,
    result_dtype,
    row,
    square_value,
)
from symgraph.ops.scalar import complex_of


def reciprocal_differences(values: Variable) -> Variable:
    """Return the matrices of 1 / (wⱼ - wᵢ), with 0 where the two are equal."""
    difference = row(values) - column(values)
    equal = scalar_functions["eq"](difference, 0)
    switch = scalar_functions["switch"]
    return switch(equal, 0, 1 / switch(equal, 1, difference))


class Eigh(MatrixOp):
    """The eigenvalues w of Hermitian matrices, in ascending order, and the eigenvectors, as the
    columns of V: a · V = V · diag(w). Only the `part` of a matrix is read, "lower" or "upper"."""

    __props__ = ("part",)

    def __init__(self, part: str = "lower") -> None:
        self.part = part

    def make_node(self, a: Variable) -> Apply:
        node = super().make_node(a)
        set_keys(node.outputs[0], extent_keys(a)[:-1])
        set_keys(node.outputs[1], extent_keys(a))
        return node

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_square("eigh", a)
        dtype = result_dtype("eigh", a)
        return [TensorType(real_dtype(dtype), a.type.shape[:-1]), TensorType(dtype, a.type.shape)]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[1].type.dtype
        found = np.linalg.eigh(square_value("eigh", a, dtype), self.part[0].upper())
        dtypes = [variable.type.dtype for variable in node.outputs]
        w, v = (x.astype(t, copy=False) for x, t in zip(found, dtypes, strict=True))
        return w, np.ascontiguousarray(v)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[0][:-1], shapes[0]]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        (w, v), (g_w, g_v) = node.outputs, cotangents
        if g_w is None and g_v is None:
            return [None]
        inner = None
        if g_v is not None:
            inner = product(adjoint(v), g_v) * reciprocal_differences(w)
        if g_w is not None:
            zeros = constant(0, v.type.dtype)
            inner = added(inner, on_diagonal(v, row(g_w), zeros))
        assert inner is not None
        whole = product(product(v, inner), adjoint(v))
        return [float_only(folded(whole, self.part, True), node.inputs[0])]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        (w, v), t = node.outputs, tangents[0]
        if t is None:
            return [None, None]
        inner = product(product(adjoint(v), mirrored(t, self.part, True)), v)
        moved = product(v, inner * reciprocal_differences(w))
        return [real_part(diagonals(inner)), moved]


class EigvalsH(MatrixOp):
    """The eigenvalues of Hermitian matrices, in ascending order: those of `Eigh`."""

    __props__ = ("part",)

    def __init__(self, part: str = "lower") -> None:
        self.part = part

    def make_node(self, a: Variable) -> Apply:
        node = super().make_node(a)
        set_keys(node.outputs[0], extent_keys(a)[:-1])
        return node

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_square("eigvalsh", a)
        return [TensorType(real_dtype(result_dtype("eigvalsh", a)), a.type.shape[:-1])]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        (variable,) = node.inputs
        a = square_value("eigvalsh", a, result_dtype("eigvalsh", variable))
        w = np.linalg.eigvalsh(a, self.part[0].upper())
        return (w.astype(node.outputs[0].type.dtype, copy=False),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[0][:-1]]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        other = Eigh(self.part).make_node(*node.inputs)
        return other.op.vjp(other, [cotangents[0], None])

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        other = Eigh(self.part).make_node(*node.inputs)
        return other.op.jvp(other, tangents)[:1]


class Eig(MatrixOp):
    """The eigenvalues w of square matrices, in no order, and the eigenvectors of length 1, as the
    columns of V, both as complex numbers: a · V = V · diag(w)."""

    def make_node(self, a: Variable) -> Apply:
        node = super().make_node(a)
        set_keys(node.outputs[0], extent_keys(a)[:-1])
        set_keys(node.outputs[1], extent_keys(a))
        return node

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_square("eig", a)
        dtype = result_dtype("eig", a)
        dtype = dtype if np.dtype(dtype).kind == "c" else complex_of([dtype])
        return [TensorType(dtype, a.type.shape[:-1]), TensorType(dtype, a.type.shape)]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        found = np.linalg.eig(square_value("eig", a, result_dtype("eig", node.inputs[0])))
        w, v = (np.ascontiguousarray(x).astype(dtype, copy=False) for x in found)
        return w, v

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[0][:-1], shapes[0]]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        """Return V⁻ᴴ · (diag(g_w) + (Vᴴ · g_v - Vᴴ · V · diag(re(Vᴴ · g_v))) ∘ conj(E)) · Vᴴ, where
        E holds 1 / (wⱼ - wᵢ) (C. Boeddeker et al., arXiv:1701.00392, 4.77)."""
        (w, v), (g_w, g_v) = node.outputs, cotangents
        if g_w is None and g_v is None:
            return [None]
        inner, back = None, adjoint(v)
        if g_v is not None:
            turned = product(back, g_v)
            along = scalar_functions["real"](diagonals(turned))
            across = turned - product(back, v) * row(along)
            inner = across * scalar_functions["conj"](reciprocal_differences(w))
        if g_w is not None:
            inner = added(inner, on_diagonal(v, row(g_w), constant(0, v.type.dtype)))
        assert inner is not None
        return [float_only(Solve()(back, product(inner, back)), node.inputs[0])]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        (w, v), t = node.outputs, tangents[0]
        if t is None:
            return [None, None]
        inner = Solve()(v, product(scalar_functions["cast"](t, v.type.dtype), v))
        turned = inner * reciprocal_differences(w)
        moved = product(v, turned)
        # Vectors keep their length: what moves them along themselves is taken away.
        along = scalar_functions["real"](diagonals(product(adjoint(v), moved)))
        return [diagonals(inner), moved - v * row(along)]
