"""Products of arrays, and with them all of linear algebra: `T.linalg`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensors
from symgraph.ops.dot import Dot
from symgraph.ops.extent_equality import own_keys
from symgraph.ops.reduce import normal_axes
from symgraph.ops.scalar import promote
from symgraph.ops.scalar_table import cast
from symgraph.ops.shape import extent_of, extents_of
from symgraph.tensor.manipulation import dimshuffle
from symgraph.tensor.nlinalg import (
    cond,
    det,
    eig,
    eigh,
    inv,
    lstsq,
    matrix_dot,
    matrix_inverse,
    matrix_power,
    matrix_rank,
    norm,
    pinv,
    qr,
    slogdet,
    svd,
    tensorinv,
    tensorsolve,
)
from symgraph.tensor.reshaping import product_of, reshape, specify_shape
from symgraph.tensor.slinalg import (
    block_diag,
    cho_solve,
    cholesky,
    eigvalsh,
    expm,
    kron,
    lu,
    lu_factor,
    lu_solve,
    solve,
    solve_lower_triangular,
    solve_symmetric,
    solve_triangular,
    solve_upper_triangular,
)

__all__ = [
    "batched_dot",
    "block_diag",
    "cho_solve",
    "cholesky",
    "cond",
    "det",
    "dot",
    "eig",
    "eigh",
    "eigvalsh",
    "expm",
    "inv",
    "kron",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_solve",
    "matmul",
    "matrix_dot",
    "matrix_inverse",
    "matrix_power",
    "matrix_rank",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_lower_triangular",
    "solve_symmetric",
    "solve_triangular",
    "solve_upper_triangular",
    "svd",
    "tensordot",
    "tensorinv",
    "tensorsolve",
]


def dot(a: TensorLike, b: TensorLike) -> Variable:
    """Compute the product of two arrays of any rank, as `numpy.dot` does.

    a, b: arrays; the last axis of a and the second-to-last, or only, axis of b are summed over. A
        scalar multiplies.
    Returns the common dtype. Raises ValueError where the extents differ, here or when the function
    runs. Cost: a BLAS call for float32 and float64 matrices.

    >>> T.dot([[1, 2], [3, 4]], [1, 1]).eval()
    array([3, 7])
    """
    a, b = as_tensors(a, b)
    if a.type.ndim == 0 or b.type.ndim == 0:
        return a * b
    if a.type.ndim <= 2 and b.type.ndim <= 2:
        return Dot()(a, b)
    inner = 0 if b.type.ndim == 1 else b.type.ndim - 2
    return tensordot(a, b, ([a.type.ndim - 1], [inner]))


def outer(a: TensorLike, b: TensorLike) -> Variable:
    """Compute the products of every element of a with every element of b.

    a, b: arrays, which are flattened.
    Returns a matrix of the common dtype: result[i, j] is a[i] * b[j].

    >>> T.outer([1, 2], [3, 4]).eval()
    array([[3, 4],
           [6, 8]])
    """
    a, b = as_tensors(a, b)
    return dimshuffle(a.flatten(), 0, "x") * dimshuffle(b.flatten(), "x", 0)


def tensordot(a: TensorLike, b: TensorLike, axes: int | Sequence[Any] = 2) -> Variable:
    """Compute the sum of products of two arrays over several axes, as `numpy.tensordot` does.

    a, b: arrays of any rank.
    axes: how many last axes of a and first axes of b are summed over, or the axes of a and those of
        b, as two ints or two sequences of ints.
    Returns the other axes of a and then those of b, in the common dtype. Raises ValueError for axes
    that are not there and where extents differ, here or when the function runs. Cost: one matrix
    product of reshaped operands.

    >>> T.tensordot([[1, 2], [3, 4]], [[1, 0], [0, 1]], axes=2).eval()
    array(5)
    """
    a, b = as_tensors(a, b)
    if isinstance(axes, int):
        if axes > min(a.type.ndim, b.type.ndim):
            raise ValueError(f"tensordot over {axes} axes of {a} ({a.type}) and {b} ({b.type})")
        over_a = list(range(a.type.ndim - axes, a.type.ndim))
        over_b = list(range(axes))
    else:
        over_a, over_b = ([e] if isinstance(e, int) else list(e) for e in axes)
        for listed, x in ((over_a, a), (over_b, b)):
            normal_axes(listed, x, "tensordot")
        over_a = [axis % a.type.ndim for axis in over_a]
        over_b = [axis % b.type.ndim for axis in over_b]
    if len(over_a) != len(over_b):
        raise ValueError(f"tensordot: {len(over_a)} axes of {a}, but {len(over_b)} of {b}")
    b = _fitting("tensordot", a, over_a, b, over_b)
    free_a = [axis for axis in range(a.type.ndim) if axis not in over_a]
    free_b = [axis for axis in range(b.type.ndim) if axis not in over_b]
    left = _as_matrix(a, free_a, over_a)
    right = _as_matrix(b, over_b, free_b)
    extents_a, extents_b = extents_of(a), extents_of(b)
    result = [extents_a[axis] for axis in free_a] + [extents_b[axis] for axis in free_b]
    return reshape(Dot()(left, right), result)


def _same_extents(a: Variable, axes_a: list[int], b: Variable, axes_b: list[int]) -> Variable:
    """`b`, whose extents on `axes_b` must be those of `a` on `axes_a`; checked when the function
    runs, where it is not known."""
    keys_a, keys_b = own_keys(a), own_keys(b)
    pairs = list(zip(axes_a, axes_b, strict=True))
    if all(keys_a[axis_a] == keys_b[axis_b] for axis_a, axis_b in pairs):
        return b
    wanted: list[Any] = [None] * b.type.ndim
    for axis_a, axis_b in pairs:
        wanted[axis_b] = extent_of(a, axis_a)
    return specify_shape(b, wanted)


def _as_matrix(x: Variable, rows: list[int], columns: list[int]) -> Variable:
    """The axes in `rows` joined to one, and those in `columns`."""
    extents = extents_of(x)
    sides = [product_of([extents[axis] for axis in axes]) for axes in (rows, columns)]
    return reshape(dimshuffle(x, rows + columns), sides)


def matmul(a: TensorLike, b: TensorLike) -> Variable:
    """Compute the product of the matrices on the last two axes, as `a @ b` does.

    a, b: arrays of at least one dimension; a vector counts as a row on the left and as a column on
        the right, and the axes before the last two broadcast.
    Returns the common dtype. Raises TypeError for scalars, ValueError where shapes do not fit, here
    or when the function runs.

    >>> T.matmul([[1, 2], [3, 4]], [[0, 1], [1, 0]]).eval()
    array([[2, 1],
           [4, 3]])
    """
    a, b = as_tensors(a, b)
    for operand in (a, b):
        if operand.type.ndim == 0:
            raise TypeError(f"matmul takes no scalar such as {operand}; use *")
    if a.type.ndim <= 2 and b.type.ndim <= 2:
        return Dot()(a, b)
    left = dimshuffle(a, "x", 0) if a.type.ndim == 1 else a
    right = dimshuffle(b, 0, "x") if b.type.ndim == 1 else b
    product = _matrix_products(left, right)
    ndim = product.type.ndim
    dropped = {ndim - 2} if a.type.ndim == 1 else {ndim - 1} if b.type.ndim == 1 else set()
    return dimshuffle(product, [axis for axis in range(ndim) if axis not in dropped])


def batched_dot(a: TensorLike, b: TensorLike) -> Variable:
    """Compute for each i the product of a[i] and b[i].

    a, b: arrays of 1 to 3 dimensions: a number, a vector or a matrix for each i.
    Returns the products along the first axis, in the common dtype. Raises TypeError for other
    ranks, ValueError where shapes do not fit, here or when the function runs.

    >>> T.batched_dot([[1, 2], [3, 4]], [[1, 1], [2, 2]]).eval()
    array([ 3, 14])
    """
    a, b = as_tensors(a, b)
    for operand in (a, b):
        if operand.type.ndim not in (1, 2, 3):
            raise TypeError(f"batched_dot takes 1 to 3 dimensions, not {operand} ({operand.type})")
    b = _fitting("batched_dot", a, [0], b, [0])
    if 1 in (a.type.ndim, b.type.ndim):
        # The product with a number has no sum.
        rank = max(a.type.ndim, b.type.ndim)
        a, b = (dimshuffle(v, [*range(v.type.ndim), *"x" * (rank - v.type.ndim)]) for v in (a, b))
        return a * b
    left = dimshuffle(a, 0, "x", 1) if a.type.ndim == 2 else a
    right = dimshuffle(b, 0, 1, "x") if b.type.ndim == 2 else b
    kept = [0, *([1] if a.type.ndim == 3 else []), *([2] if b.type.ndim == 3 else [])]
    return dimshuffle(_matrix_products(left, right), kept)


def _matrix_products(left: Variable, right: Variable) -> Variable:
    """Products over the last two axes, written as one sum: fused, it needs no array between.
    float16 is multiplied and summed in float32, as by `Dot`."""
    last, inner = left.type.ndim - 1, right.type.ndim - 2
    right = _fitting("matmul", left, [last], right, [inner])
    ndim = max(left.type.ndim, right.type.ndim) + 1
    dtype = promote([left.type.dtype, right.type.dtype])
    wide_left = dimshuffle(left, [*range(left.type.ndim), "x"])
    wide_right = dimshuffle(
        right, [*range(right.type.ndim - 2), "x", right.type.ndim - 2, right.type.ndim - 1]
    )
    work = "float32" if dtype == "float16" else dtype
    products = cast(wide_left, work) * cast(wide_right, work)
    return cast(products.sum(axis=ndim - 2, dtype=work), dtype)


def _fitting(what: str, a: Variable, axes_a: list[int], b: Variable, axes_b: list[int]) -> Variable:
    """As `_same_extents`; raises ValueError where the extents are known to differ."""
    for axis_a, axis_b in zip(axes_a, axes_b, strict=True):
        pair = (a.type.shape[axis_a], b.type.shape[axis_b])
        if None not in pair and pair[0] != pair[1]:
            raise ValueError(
                f"{what}: shapes do not fit: {a} ({a.type}) and {b} ({b.type}) have the extents"
                f" {pair[0]} and {pair[1]}"
            )
    return _same_extents(a, axes_a, b, axes_b)
