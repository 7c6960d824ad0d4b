"""Determinants of the matrices on the last two axes, and their derivatives, also of singular ones.

The derivative of a determinant is the matrix of its cofactors, a polynomial of the elements. With
the singular value decomposition a = U S V' they are det(U) det(V) U C V', where C is diagonal and
holds the products of all singular values but one: nothing is divided (G. W. Stewart, "On the
adjugate matrix", 1998). The second derivative likewise has the products of all but two.
"""

from collections.abc import Callable, Sequence

import numpy as np

from symgraph.graph import Apply, TensorType, Variable
from symgraph.ops.constant import constant
from symgraph.ops.creation import Arange
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.linalg import MatrixInverse
from symgraph.ops.matrices import (
    Cotangents,
    Extents,
    MatrixOp,
    adjoint,
    check_square,
    diagonals,
    float_only,
    identity,
    on_diagonal,
    product,
    real_dtype,
    result_dtype,
    row,
    scale,
    square_value,
    swapped,
    total,
    trace_of_product,
    work_dtype,
)
from symgraph.ops.reduce import Reduce
from symgraph.ops.scalar import conjugate, is_complex
from symgraph.ops.scalar_table import cast
from symgraph.ops.shape import DimShuffle, extent_of
from symgraph.ops.svd import SVD


class Det(MatrixOp):
    """The determinants of square matrices; 1 for one without rows.

    Its derivatives exist for every matrix; from the third on they are computed with the inverse.
    """

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_square("det", a)
        return [TensorType(result_dtype("det", a), a.type.shape[:-2])]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        with np.errstate(all="ignore"):
            return (np.asarray(np.linalg.det(square_value("det", a, dtype)), dtype),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[0][:-2]]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        (a,), g = node.inputs, cotangents[0]
        return [None if g is None else float_only(scale(g) * conjugate(Cofactors()(a)), a)]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        (a,), t = node.inputs, tangents[0]
        return [None if t is None else total(Cofactors()(a) * t)]


class Cofactors(MatrixOp):
    """The cofactors of square matrices: the derivative of the determinant by each element.

    The inverse is their transpose, divided by the determinant.
    """

    def make_node(self, a: Variable) -> Apply:
        node = super().make_node(a)
        # The keys of the transposed inverse, which may replace the cofactors: the extents are
        # equal.
        *batch, rows, columns = extent_keys(a)
        set_keys(node.outputs[0], (*batch, columns, rows))
        return node

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_square("cofactors", a)
        return [TensorType(result_dtype("cofactors", a), a.type.shape)]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype

        def inner(values: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
            return _diagonal(_products_of_others(values))

        return (_between_singular_vectors("cofactors", a, dtype, inner),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[0]]

    def expand(self, node: Apply) -> list[Variable]:
        def inner(s: Variable, u: Variable, vh: Variable) -> Variable:
            return on_diagonal(u, row(_all_but(s, 1)), constant(0, u.type.dtype))

        return [_between_factors(node, node.inputs[0], inner)]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        (a,), g = node.inputs, cotangents[0]
        if g is None:
            return [None]
        # The second derivative of the determinant is symmetric in its two directions.
        return [float_only(conjugate(CofactorsChange()(a, conjugate(g))), a)]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        (a,), t = node.inputs, tangents[0]
        return [None if t is None else CofactorsChange()(a, t)]


class CofactorsChange(MatrixOp):
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
            moved = _adjoint(left) @ x.astype(left.dtype, copy=False) @ _adjoint(right)
            pairs = _products_of_all_but_two(values)
            sums = pairs @ np.diagonal(moved, axis1=-2, axis2=-1)[..., None]
            return _diagonal(sums[..., 0]) - pairs * np.swapaxes(moved, -1, -2)

        return (_between_singular_vectors("cofactors", a, dtype, inner),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[0]]

    def expand(self, node: Apply) -> list[Variable]:
        a, x = node.inputs

        def inner(s: Variable, u: Variable, vh: Variable) -> Variable:
            moved = product(product(adjoint(u), cast(x, u.type.dtype)), adjoint(vh))
            pairs = on_diagonal(moved, constant(0, s.type.dtype), _all_but(s, 2))
            sums = Reduce("sum", (s.type.ndim,))(pairs * row(diagonals(moved)))
            turned = pairs * swapped(moved)
            return on_diagonal(turned, row(sums), 0) - turned

        return [_between_factors(node, a, inner)]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        (a, x), g = node.inputs, cotangents[0]
        if g is None:
            return [None, None]
        g = conjugate(g)
        by_a, by_x = (conjugate(v) for v in (_third_derivative(a, x, g), self(a, g)))
        return [float_only(by_a, a), float_only(by_x, x)]

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
    b = MatrixInverse()(a)
    bx, by = product(b, x), product(b, y)
    trace_x, trace_y = (trace_of_product(b, direction) for direction in (x, y))
    identity = trace_x * trace_y - trace_of_product(bx, by)
    inner = scale(trace_x) * by + scale(trace_y) * bx - product(bx, by) - product(by, bx)
    whole = scale(identity) * b - product(inner, b)
    return scale(Det()(a)) * swapped(whole)


def _between_factors(
    node: Apply, a: Variable, inner: Callable[[Variable, Variable, Variable], Variable]
) -> Variable:
    """Return what `_between_singular_vectors` does, as an expression."""
    switch, eq = scalar_functions["switch"], scalar_functions["eq"]
    dtype = node.outputs[0].type.dtype
    a = cast(a, work_dtype(dtype))
    # x - x is 0 for a finite number, and nan for others.
    finite = scale(Reduce("all", (a.type.ndim - 2, a.type.ndim - 1))(eq(a - a, 0)))
    u, s, vh = SVD()(switch(finite, a, identity(a)))
    turn = Det()(u) * Det()(vh)
    turn = scale(turn / scalar_functions["abs"](turn))
    whole = turn * product(product(conjugate(u), inner(s, u, vh)), conjugate(vh))
    return cast(switch(finite, whole, float("nan")), dtype)


def _all_but(s: Variable, left_out: int) -> Variable:
    """Return for each of some non-negative numbers the product of all others, or for each pair that
    of the rest, by sums of logarithms: no intermediate result overflows."""
    count = extent_of(s, s.type.ndim - 1)
    numbers = Arange("int64")(constant(0, "int64"), count, constant(1, "int64"))
    front = ["x"] * (s.type.ndim - 1)
    others = DimShuffle([*front, *["x"] * left_out, 0])(numbers)
    used = scalar_functions["neq"](others, DimShuffle([*front, 0, *["x"] * left_out])(numbers))
    if left_out == 2:
        second = scalar_functions["neq"](others, DimShuffle([*front, "x", 0, "x"])(numbers))
        used = scalar_functions["and_"](used, second)
    axes = list(range(s.type.ndim))
    logarithms = scalar_functions["log"](s)
    terms = DimShuffle([*axes[:-1], *["x"] * left_out, axes[-1]])(logarithms)
    chosen = scalar_functions["switch"](used, terms, 0)
    return scalar_functions["exp"](Reduce("sum", (chosen.type.ndim - 1,))(chosen))


# A function of the singular values, and of the singular vectors on both sides.
_Inner = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def _between_singular_vectors(what: str, a: np.ndarray, dtype: str, inner: _Inner) -> np.ndarray:
    """Return det(U) det(V') conj(U) · inner · conj(V') for the singular value decompositions of
    `a`; for a matrix with infinities or nan, nan everywhere."""
    a = square_value(what, a, dtype)
    finite = np.isfinite(a).all(axis=(-2, -1), keepdims=True)
    left, values, right = np.linalg.svd(np.where(finite, a, np.eye(a.shape[-1], dtype=a.dtype)))
    turn = np.linalg.det(left) * np.linalg.det(right)
    turn = np.asarray(turn / np.abs(turn), a.dtype)[..., None, None]
    with np.errstate(all="ignore"):
        result = turn * (left.conj() @ inner(values, left, right) @ right.conj())
    result = np.where(finite, result, np.nan)
    return np.ascontiguousarray(result.astype(dtype, copy=False))


def _adjoint(a: np.ndarray) -> np.ndarray:
    return np.swapaxes(a, -1, -2).conj()


def _diagonal(values: np.ndarray) -> np.ndarray:
    """Return diagonal matrices."""
    return values[..., None, :] * np.eye(values.shape[-1], dtype=values.dtype)


def _products_of_others(values: np.ndarray) -> np.ndarray:
    """Return for each of some non-negative numbers, on the last axis, the product of all others.
    Mantissas around 1 and exponents are multiplied apart: no intermediate result overflows or
    underflows."""
    mantissas, exponents = np.frexp(values)
    small = mantissas < np.sqrt(0.5)
    mantissas = np.where(small, 2 * mantissas, mantissas)
    exponents = exponents - small
    count = values.shape[-1]
    one = np.ones((*values.shape[:-1], 1), values.dtype)
    before = np.cumprod(np.concatenate([one, mantissas[..., :-1]], -1), -1)[..., :count]
    behind = np.concatenate([one, mantissas[..., :0:-1]], -1)
    after = np.cumprod(behind, -1)[..., :count][..., ::-1]
    return np.ldexp(before * after, exponents.sum(-1, keepdims=True) - exponents)


def _products_of_all_but_two(values: np.ndarray) -> np.ndarray:
    """Return for each pair of numbers the product of the rest; 0 for a number with itself."""
    count = values.shape[-1]
    result = np.zeros((*values.shape, count), values.dtype)
    for first in range(count):
        others = np.arange(count) != first
        result[..., first, others] = _products_of_others(values[..., others])
    return result


class SlogDet(MatrixOp):
    """The signs of determinants (-1, 0 or 1; of complex matrices numbers of magnitude 1, or 0), and
    the logarithms of their absolute values, which neither overflow nor underflow; -inf for a
    singular matrix."""

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_square("slogdet", a)
        dtype, batch = result_dtype("slogdet", a), a.type.shape[:-2]
        return [TensorType(dtype, batch), TensorType(real_dtype(dtype), batch)]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        with np.errstate(all="ignore"):
            sign, logarithm = np.linalg.slogdet(square_value("slogdet", a, dtype))
        return np.asarray(sign, dtype), np.asarray(logarithm, real_dtype(dtype))

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[0][:-2]] * 2

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        (a,), (by_sign, g) = node.inputs, cotangents
        turning = None
        if by_sign is not None and is_complex(a):
            # The sign turns with the imaginary part of the trace of inv(a) · da; the derivative
            # of a real one is zero.
            turned = scalar_functions["conj"](node.outputs[0]) * by_sign
            turning = scalar_functions["imag"](turned)
        if g is None and turning is None:
            return [None]
        real = 0 if g is None else g
        factor = real if turning is None else scalar_functions["complex"](real, turning)
        return [float_only(scale(factor) * adjoint(MatrixInverse()(a)), a)]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        (a,), t = node.inputs, tangents[0]
        if t is None:
            return [None, None]
        change = trace_of_product(MatrixInverse()(a), t)
        if not is_complex(a):
            return [None, change]
        real, imaginary = (scalar_functions[part](change) for part in ("real", "imag"))
        return [node.outputs[0] * scalar_functions["complex"](0, imaginary), real]
