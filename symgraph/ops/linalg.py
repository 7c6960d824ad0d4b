"""Linear algebra of square matrices: inverse, solutions of equations, Cholesky factor.

Matrices are real; integers count as float64, float16 is computed in float32. A singular
matrix is a ValueError (`numpy.linalg.LinAlgError`) where the result would need its inverse.
Derivatives are written with these operations again, so they exist to any order. Sources of the
formulas: M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008); of the Cholesky factor's: I. Murray, arXiv:1602.07527.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Apply, Extent, Op, TensorType, Variable
from symgraph.ops.constant import constant
from symgraph.ops.creation import Arange
from symgraph.ops.dot import Dot
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.scalar import promote
from symgraph.ops.shape import DimShuffle, extent_of

Cotangents = Sequence[Variable | None]
Extents = Sequence[tuple[Extent, ...]]


def result_dtype(what: str, *operands: Variable) -> str:
    """Return the float dtype of a result. Raises TypeError for complex numbers."""
    dtype = promote([operand.type.dtype for operand in operands])
    kind = np.dtype(dtype).kind
    if kind == "c":
        raise TypeError(f"{what} takes real numbers, not {', '.join(map(told, operands))}")
    return dtype if kind == "f" else "float64"


def check_square(what: str, a: Variable) -> None:
    """Raise TypeError unless `a` is a matrix, ValueError if its extents are known to differ."""
    if a.type.ndim != 2:
        raise TypeError(f"{what} takes a matrix, not {told(a)}")
    rows, columns = a.type.shape
    if None not in (rows, columns) and rows != columns:
        raise ValueError(f"{what} takes a square matrix, not {told(a)}")


def told(variable: Variable) -> str:
    return f"{variable} ({variable.type})"


def square_value(what: str, a: np.ndarray, dtype: str) -> np.ndarray:
    if a.shape[0] != a.shape[1]:
        raise ValueError(f"{what} takes a square matrix, not one of shape {a.shape}")
    return a.astype(work_dtype(dtype), copy=False)


def work_dtype(dtype: str) -> str:
    return "float32" if dtype == "float16" else dtype


def transposed(x: Variable) -> Variable:
    return DimShuffle((1, 0))(x)


def float_only(cotangent: Variable | None, x: Variable) -> Variable | None:
    if cotangent is None or np.dtype(x.type.dtype).kind != "f":
        return None
    return scalar_functions["cast"](cotangent, x.type.dtype)


class MatrixInverse(Op):
    """The inverse of a square matrix."""

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
        g, back = cotangents[0], transposed(node.outputs[0])
        if g is None:
            return [None]
        return [float_only(-Dot()(Dot()(back, g), back), node.inputs[0])]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        t, inverse = tangents[0], node.outputs[0]
        return [None if t is None else -Dot()(Dot()(inverse, t), inverse)]


# The part of the matrix that is used.
TRIANGLES: dict[str, Any] = {"all": lambda a: a, "lower": np.tril, "upper": np.triu}


class Solve(Op):
    """The solution x of a · x = b: `a` is square, `b` a vector or a matrix.

    `part` is "all", or the triangle of `a` that is used ("lower", "upper"): the rest is taken to be
    zero, whatever its values.
    """

    __props__ = ("part",)

    def __init__(self, part: str = "all") -> None:
        if part not in TRIANGLES:
            raise ValueError(f"solve: {part!r} is none of {', '.join(map(repr, TRIANGLES))}")
        self.part = part

    def make_node(self, a: Variable, b: Variable) -> Apply:
        node = super().make_node(a, b)
        set_keys(node.outputs[0], extent_keys(b))
        return node

    def output_types(self, a: Variable, b: Variable) -> Sequence[TensorType]:
        check_square("solve", a)
        if b.type.ndim not in (1, 2):
            raise TypeError(f"solve: b is a vector or a matrix, not {told(b)}")
        known = {a.type.shape[0], a.type.shape[1], b.type.shape[0]} - {None}
        if len(known) > 1:
            raise ValueError(f"solve: shapes do not fit: {told(a)} and {told(b)}")
        return [TensorType(result_dtype("solve", a, b), b.type.shape)]

    def perform(self, node: Apply, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        a = TRIANGLES[self.part](square_value("solve", a, dtype))
        if len(a) != len(b):
            raise ValueError(f"solve: shapes do not fit: {a.shape} and {b.shape}")
        x = np.linalg.solve(a, b.astype(work_dtype(dtype), copy=False))
        return (x.astype(dtype, copy=False),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[1]]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        a, b = node.inputs
        g, x = cotangents[0], node.outputs[0]
        if g is None:
            return [None, None]
        turned = {"lower": "upper", "upper": "lower"}.get(self.part, "all")
        by_b = Solve(turned)(transposed(a), g)
        if b.type.ndim == 1:
            by_a = -DimShuffle((0, "x"))(by_b) * DimShuffle(("x", 0))(x)
        else:
            by_a = -Dot()(by_b, transposed(x))
        return [float_only(self._counting(by_a), a), float_only(by_b, b)]

    def _counting(self, derivative: Variable) -> Variable:
        return derivative if self.part == "all" else triangle(derivative, self.part)

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        (a, _), (d_a, d_b) = node.inputs, tangents
        moved = d_b
        if d_a is not None:
            change = Dot()(self._counting(d_a), node.outputs[0])
            moved = -change if d_b is None else d_b - change
        return [None if moved is None else self(a, moved)]


class Cholesky(Op):
    """The lower triangular L with L · L.T = a, for a symmetric positive definite matrix, of which
    only the lower triangle is read: the upper one has no derivative. A matrix that is not positive
    definite is a ValueError."""

    def make_node(self, a: Variable) -> Apply:
        node = super().make_node(a)
        set_keys(node.outputs[0], extent_keys(a))
        return node

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_square("cholesky", a)
        return [TensorType(result_dtype("cholesky", a), a.type.shape)]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        return (np.linalg.cholesky(square_value("cholesky", a, dtype)).astype(dtype, copy=False),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[0]]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        factor, g = node.outputs[0], cotangents[0]
        if g is None:
            return [None]
        back = transposed(factor)
        inner = _half_diagonal(Dot()(back, triangle(g, "lower")))
        # L⁻ᵀ · inner · L⁻¹
        left = Solve("upper")(back, inner)
        whole = transposed(Solve("upper")(back, transposed(left)))
        return [float_only(_half_diagonal(whole + transposed(whole)), node.inputs[0])]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        factor, t = node.outputs[0], tangents[0]
        if t is None:
            return [None]
        low = _half_diagonal(t)
        left = Solve("lower")(factor, low + transposed(low))
        inner = transposed(Solve("lower")(factor, transposed(left)))
        return [Dot()(factor, _half_diagonal(inner))]


def triangle(x: Variable, part: str) -> Variable:
    """Return the lower or upper triangle of a matrix, with its diagonal, and zeros elsewhere."""
    rows, columns = _numbers(x)
    compare = scalar_functions["ge" if part == "lower" else "le"]
    return scalar_functions["switch"](compare(rows, columns), x, 0)


def _half_diagonal(x: Variable) -> Variable:
    """Return the lower triangle with its diagonal halved."""
    rows, columns = _numbers(x)
    low = triangle(x, "lower")
    return scalar_functions["switch"](scalar_functions["eq"](rows, columns), low / 2, low)


def _numbers(x: Variable) -> tuple[Variable, Variable]:
    """Return the row numbers as a column, and the column numbers as a row."""
    zero, one = constant(0, "int64"), constant(1, "int64")
    rows, columns = (Arange("int64")(zero, extent_of(x, axis), one) for axis in range(2))
    return DimShuffle((0, "x"))(rows), DimShuffle(("x", 0))(columns)
