"""Matrices on the last two axes of arrays: checks, dtypes, products, triangles and diagonals.

Operations of linear algebra take arrays of any rank from 2 on, of which the axes before the last
two are those of a batch, as in `numpy.linalg`. Integers count as float64; float16 is computed in
float32.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import (
    Apply,
    BatchContext,
    Batched,
    Extent,
    Op,
    ShapeProxy,
    ShapeProxyContext,
    Variable,
)
from symgraph.ops.broadcast import count_of
from symgraph.ops.constant import constant
from symgraph.ops.creation import Arange
from symgraph.ops.dot import BatchedDot, Dot
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.reduce import Reduce
from symgraph.ops.reshape import reshaped
from symgraph.ops.scalar import as_derivative_of, conjugate, is_complex, promote
from symgraph.ops.shape import DimShuffle, extent_of, extents_of

Cotangents = Sequence[Variable | None]
Extents = Sequence[tuple[Extent, ...]]


def told(variable: Variable) -> str:
    return f"{variable} ({variable.type})"


def result_dtype(what: str, *operands: Variable) -> str:
    """Return the dtype of a result: floats and complex numbers keep theirs, others are float64."""
    dtype = promote([operand.type.dtype for operand in operands])
    return dtype if np.dtype(dtype).kind in "fc" else "float64"


def real_dtype(dtype: str) -> str:
    """Return the dtype of the real part of numbers of a dtype."""
    return np.zeros(0, dtype).real.dtype.name


def check_matrix(what: str, a: Variable) -> None:
    """Raise TypeError for arrays with fewer than two axes."""
    if a.type.ndim < 2:
        raise TypeError(f"{what} takes a matrix, not {told(a)}")


def check_square(what: str, a: Variable) -> None:
    """Raise TypeError unless `a` has two axes or more, ValueError if the extents of the last two
    are known to differ."""
    check_matrix(what, a)
    rows, columns = a.type.shape[-2:]
    if None not in (rows, columns) and rows != columns:
        raise ValueError(f"{what} takes a square matrix, not {told(a)}")


def work_dtype(dtype: str) -> str:
    """Return the dtype in which matrices of a dtype are computed."""
    return "float32" if dtype == "float16" else dtype


def matrix_value(a: np.ndarray, dtype: str) -> np.ndarray:
    """Return a matrix in the dtype in which it is computed."""
    return a.astype(work_dtype(dtype), copy=False)


def square_value(what: str, a: np.ndarray, dtype: str) -> np.ndarray:
    if a.shape[-2] != a.shape[-1]:
        shape = a.shape[-2:]
        raise ValueError(f"{what} takes a square matrix, not one of shape {shape}")
    return matrix_value(a, dtype)


def swapped(x: Variable) -> Variable:
    """Return the transposed matrices."""
    axes = list(range(x.type.ndim))
    return DimShuffle((*axes[:-2], axes[-1], axes[-2]))(x)


def adjoint(x: Variable) -> Variable:
    """Return the conjugate transposed matrices."""
    return swapped(conjugate(x))


def real_part(x: Variable) -> Variable:
    return scalar_functions["real"](x) if is_complex(x) else x


def column(x: Variable) -> Variable:
    """Return vectors on the last axis as matrices of one column."""
    return DimShuffle((*range(x.type.ndim), "x"))(x)


def row(x: Variable) -> Variable:
    """Return vectors on the last axis as matrices of one row."""
    axes = list(range(x.type.ndim))
    return DimShuffle((*axes[:-1], "x", axes[-1]))(x)


def scale(x: Variable) -> Variable:
    """Return one number for each matrix, with two axes of extent 1 for its rows and columns."""
    return DimShuffle((*range(x.type.ndim), "x", "x"))(x)


def product(a: Variable, b: Variable) -> Variable:
    """Return the products of matrices, whose batches have equal extents."""
    if a.type.ndim == 2:
        return Dot()(a, b)
    if not {a.type.dtype, b.type.dtype} <= {"float32", "float64"}:
        ndim = a.type.ndim
        return Reduce("sum", (ndim - 1,))(column(a) * scale_rows(b))
    if a.type.ndim == 3:
        return BatchedDot()(a, b)
    batch = extents_of(a)[:-2]
    # Not -1, which is not known of arrays without elements.
    count = count_of(batch)
    flat = [reshaped(x, [count, *extents_of(x)[-2:]]) for x in (a, b)]
    return reshaped(BatchedDot()(*flat), [*batch, extents_of(a)[-2], extents_of(b)[-1]])


def scale_rows(b: Variable) -> Variable:
    """Return matrices with an axis of extent 1 before their rows."""
    axes = list(range(b.type.ndim))
    return DimShuffle((*axes[:-2], "x", *axes[-2:]))(b)


def total(x: Variable) -> Variable:
    """Return the sum of all elements of each matrix."""
    return Reduce("sum", (x.type.ndim - 2, x.type.ndim - 1))(x)


def trace_of_product(a: Variable, b: Variable) -> Variable:
    """Return the trace of a · b."""
    return total(a * swapped(b))


def positions(x: Variable) -> tuple[Variable, Variable]:
    """Return the row numbers as a column, and the column numbers as a row, with the rank of `x`."""
    zero, one = constant(0, "int64"), constant(1, "int64")
    ndim = x.type.ndim
    rows, columns = (Arange("int64")(zero, extent_of(x, ndim + a), one) for a in (-2, -1))
    front = ["x"] * (ndim - 2)
    return DimShuffle((*front, 0, "x"))(rows), DimShuffle((*front, "x", 0))(columns)


def triangle(x: Variable, part: str, strict: bool = False) -> Variable:
    """Return the lower or upper triangles of matrices, with their diagonals unless `strict`, and
    zeros elsewhere."""
    rows, columns = positions(x)
    name = {("lower", False): "ge", ("lower", True): "gt", ("upper", False): "le"}
    compare = scalar_functions[name.get((part, strict), "lt")]
    return scalar_functions["switch"](compare(rows, columns), x, 0)


def half_diagonal(x: Variable) -> Variable:
    """Return the lower triangles with their diagonals halved."""
    rows, columns = positions(x)
    low = triangle(x, "lower")
    return scalar_functions["switch"](scalar_functions["eq"](rows, columns), low / 2, low)


def on_diagonal(x: Variable, then: Any, otherwise: Any) -> Variable:
    """Return, with the shape of `x`, one thing on the diagonals and another elsewhere."""
    rows, columns = positions(x)
    return scalar_functions["switch"](scalar_functions["eq"](rows, columns), then, otherwise)


def diagonals(x: Variable) -> Variable:
    """Return the diagonals of square matrices, as the last axis."""
    return Reduce("sum", (x.type.ndim - 1,))(on_diagonal(x, x, 0))


def mirrored(x: Variable, part: str, hermitian: bool = False) -> Variable:
    """Return the symmetric (Hermitian) matrices of which a triangle is that of `x`."""
    turned = adjoint if hermitian else swapped
    whole = triangle(x, part) + turned(triangle(x, part, strict=True))
    return on_diagonal(x, real_part(whole), whole) if hermitian and is_complex(x) else whole


def folded(g: Variable, part: str, hermitian: bool = False) -> Variable:
    """Return the cotangent of a triangle from that of the `mirrored` matrices: what belongs to the
    other triangle is added to it."""
    turned = adjoint if hermitian else swapped
    other = triangle(g, "upper" if part == "lower" else "lower", strict=True)
    whole = triangle(g, part) + turned(other)
    return on_diagonal(g, real_part(whole), whole) if hermitian and is_complex(g) else whole


def identity(x: Variable) -> Variable:
    """Return identity matrices of the shape and the dtype of square matrices `x`, whatever the
    elements of `x` are."""
    ones, zeros = (constant(np.asarray(n, x.type.dtype)) for n in (1, 0))
    return scalar_functions["second"](x, on_diagonal(x, ones, zeros))


def float_only(cotangent: Variable | None, x: Variable) -> Variable | None:
    """Return the cotangent in the dtype of the operand `x`; None where that is no float."""
    if cotangent is None or np.dtype(x.type.dtype).kind not in "fc":
        return None
    return as_derivative_of(x, cotangent)


def added(*terms: Variable | None) -> Variable | None:
    """Return the sum of those that are not None; None where there are none."""
    known = [term for term in terms if term is not None]
    if not known:
        return None
    result = known[0]
    for term in known[1:]:
        result = result + term
    return result


class MatrixOp(Op):
    """An operation on the matrices of batches, with a batch for a batch."""

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy | None:
        """Return the extents that inference finds, or else those of the shape rule, which may
        compute the smaller of two."""
        found = context.inferred()
        if found is not None:
            return found
        given = [tuple(context.known_extents(proxy)) for proxy in context.operands]
        shapes = self.infer_shape(node, given)
        assert shapes is not None
        return context.of(shapes[context.output.index or 0], context.operands)

    def batch(self, node: Apply, context: BatchContext) -> list[Batched] | None:
        made = self.make_node(*(context.repeated(x) for x in context.inputs))
        return [Batched(variable, True) for variable in made.outputs]
