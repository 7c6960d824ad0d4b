"""Determinants of square matrices, and their derivatives, also for singular matrices.

The derivative of a determinant is the matrix of its cofactors, a polynomial of the elements. With
the singular value decomposition a = U S V' they are det(U) det(V) U C V', where C is diagonal and
holds the products of all singular values but one: nothing is divided (G. W. Stewart, "On the
adjugate matrix", 1998). The second derivative likewise has the products of all but two. Dtypes and
errors are those of `symgraph.ops.linalg`.
"""

from collections.abc import Callable, Sequence

import numpy as np

from symgraph.graph import Apply, Extent, Op, TensorType, Variable
from symgraph.ops.dot import Dot
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.linalg import (
    MatrixInverse,
    check_square,
    float_only,
    result_dtype,
    square_value,
    transposed,
)
from symgraph.ops.reduce import Reduce
from symgraph.ops.shape import DimShuffle

Cotangents = Sequence[Variable | None]
Extents = Sequence[tuple[Extent, ...]]


def _times(scalar: Variable, matrix: Variable) -> Variable:
    return DimShuffle(("x", "x"))(scalar) * matrix


def _total(matrix: Variable) -> Variable:
    return Reduce("sum", (0, 1))(matrix)


def _trace_of_product(a: Variable, b: Variable) -> Variable:
    """Return the trace of a · b."""
    return _total(a * transposed(b))


class Det(Op):
    """The determinant of a square matrix, 0-d; 1 for one without rows.

    Its derivatives exist for every matrix; from the third on they are computed with the inverse.
    """

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_square("det", a)
        return [TensorType(result_dtype("det", a), ())]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        with np.errstate(all="ignore"):
            return (np.asarray(np.linalg.det(square_value("det", a, dtype)), dtype),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [()]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        (a,), g = node.inputs, cotangents[0]
        return [None if g is None else float_only(_times(g, Cofactors()(a)), a)]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        (a,), t = node.inputs, tangents[0]
        return [None if t is None else _total(Cofactors()(a) * t)]


class Cofactors(Op):
    """The cofactors of a square matrix: the derivative of the determinant by each element.

    The inverse is their transpose, divided by the determinant.
    """

    def make_node(self, a: Variable) -> Apply:
        node = super().make_node(a)
        # The keys of the transposed inverse, which may replace the cofactors: the extents are
        # equal.
        set_keys(node.outputs[0], extent_keys(a)[::-1])
        return node

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_square("cofactors", a)
        return [TensorType(result_dtype("cofactors", a), a.type.shape)]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype

        def inner(values: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
            return np.diag(_products_of_others(values))

        return (_between_singular_vectors("cofactors", a, dtype, inner),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[0]]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        (a,), g = node.inputs, cotangents[0]
        # The second derivative of the determinant is symmetric in its two directions.
        return [None if g is None else float_only(CofactorsChange()(a, g), a)]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        (a,), t = node.inputs, tangents[0]
        return [None if t is None else CofactorsChange()(a, t)]


class CofactorsChange(Op):
    """The derivative of the cofactors of `a` in the direction `x`, a matrix of its shape."""

    def make_node(self, a: Variable, x: Variable) -> Apply:
        node = super().make_node(a, x)
        set_keys(node.outputs[0], extent_keys(a))
        return node

    def output_types(self, a: Variable, x: Variable) -> Sequence[TensorType]:
        check_square("cofactors", a)
        check_square("cofactors", x)
        return [TensorType(result_dtype("cofactors", a, x), a.type.shape)]

    def perform(self, node: Apply, a: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype

        def inner(values: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
            moved = left.T @ x.astype(left.dtype, copy=False) @ right.T
            pairs = _products_of_all_but_two(values)
            return np.diag(pairs @ np.diag(moved)) - pairs * moved.T

        return (_between_singular_vectors("cofactors", a, dtype, inner),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[0]]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        (a, x), g = node.inputs, cotangents[0]
        if g is None:
            return [None, None]
        return [float_only(_third_derivative(a, x, g), a), float_only(self(a, g), x)]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        (a, x), (d_a, d_x) = node.inputs, tangents
        by_a = None if d_a is None else _third_derivative(a, x, d_a)
        by_x = None if d_x is None else self(a, d_x)
        if by_a is None or by_x is None:
            return [by_x if by_a is None else by_a]
        return [by_a + by_x]


def _third_derivative(a: Variable, x: Variable, y: Variable) -> Variable:
    """Return the third derivative of the determinant in the directions x and y, as a matrix: det(a)
    times the sum over the permutations of three of their signs times the traces of their cycles,
    with b = inv(a)."""
    dot = Dot()
    b = MatrixInverse()(a)
    bx, by = dot(b, x), dot(b, y)
    trace_x, trace_y = (_trace_of_product(b, direction) for direction in (x, y))
    identity = trace_x * trace_y - _trace_of_product(bx, by)
    inner = _times(trace_x, by) + _times(trace_y, bx) - dot(bx, by) - dot(by, bx)
    whole = _times(identity, b) - dot(inner, b)
    return _times(Det()(a), transposed(whole))


# A function of the singular values, and of the singular vectors on both sides.
_Inner = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def _between_singular_vectors(what: str, a: np.ndarray, dtype: str, inner: _Inner) -> np.ndarray:
    """Return det(U) det(V) U · inner · V' for the singular value decomposition of `a`; for a matrix
    with infinities or nan, nan everywhere."""
    a = square_value(what, a, dtype)
    if not np.isfinite(a).all():
        return np.full(a.shape, np.nan, dtype)
    left, values, right = np.linalg.svd(a)
    sign = np.sign(np.linalg.det(left) * np.linalg.det(right)).astype(a.dtype)
    with np.errstate(all="ignore"):
        result = sign * (left @ inner(values, left, right) @ right)
    return np.ascontiguousarray(result.astype(dtype, copy=False))


def _products_of_others(values: np.ndarray) -> np.ndarray:
    """Return for each of some non-negative numbers the product of all others. Mantissas around 1
    and exponents are multiplied apart: no intermediate result overflows or underflows."""
    mantissas, exponents = np.frexp(values)
    small = mantissas < np.sqrt(0.5)
    mantissas = np.where(small, 2 * mantissas, mantissas)
    exponents = exponents - small
    one = np.ones(1, values.dtype)
    before = np.cumprod(np.concatenate([one, mantissas[:-1]]))[: len(values)]
    after = np.cumprod(np.concatenate([one, mantissas[:0:-1]]))[: len(values)][::-1]
    return np.ldexp(before * after, exponents.sum() - exponents)


def _products_of_all_but_two(values: np.ndarray) -> np.ndarray:
    """Return for each pair of numbers the product of the rest; 0 for a number with itself."""
    count = len(values)
    result = np.zeros((count, count), values.dtype)
    for first in range(count):
        others = np.arange(count) != first
        result[first, others] = _products_of_others(values[others])
    return result


class SlogDet(Op):
    """The sign of the determinant (-1, 0 or 1), and the logarithm of its absolute value, which
    neither overflows nor underflows; -inf for a singular matrix. Both are 0-d."""

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_square("slogdet", a)
        dtype = result_dtype("slogdet", a)
        return [TensorType(dtype, ()), TensorType(dtype, ())]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        with np.errstate(all="ignore"):
            sign, logarithm = np.linalg.slogdet(square_value("slogdet", a, dtype))
        return np.asarray(sign, dtype), np.asarray(logarithm, dtype)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [(), ()]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        (a,), g = node.inputs, cotangents[1]
        # The derivative of the sign is zero.
        if g is None:
            return [None]
        return [float_only(_times(g, transposed(MatrixInverse()(a))), a)]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        (a,), t = node.inputs, tangents[0]
        return [None, None if t is None else _trace_of_product(MatrixInverse()(a), t)]
