"""Linear algebra with NumPy's meaning: `T.nlinalg`, as in Theano.

Matrices lie on the last two axes of arrays, whose other axes are those of a batch. They are real or
complex; integers count as float64.
"""

from __future__ import annotations

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensor, as_tensors
from symgraph.ops.determinant import Det, SlogDet
from symgraph.ops.linalg import MatrixInverse
from symgraph.ops.matrices import check_square, column, identity, product, told
from symgraph.ops.reduce import Reduce, normal_axes
from symgraph.ops.scalar_table import abs as absolute
from symgraph.ops.scalar_table import cast, maximum, true_div
from symgraph.ops.shape import DimShuffle, extents_of
from symgraph.ops.svd import SingularValues
from symgraph.tensor import reduction
from symgraph.tensor.decompositions import eig, eigh, qr, svd
from symgraph.tensor.diagonals import diag, trace
from symgraph.tensor.equations import (
    inv,
    lstsq,
    matrix_inverse,
    pinv,
    tensorinv,
    tensorsolve,
)

__all__ = [
    "cond",
    "det",
    "diag",
    "eig",
    "eigh",
    "inv",
    "lstsq",
    "matrix_dot",
    "matrix_inverse",
    "matrix_power",
    "matrix_rank",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "svd",
    "tensorinv",
    "tensorsolve",
    "trace",
]


def det(a: TensorLike) -> Variable:
    """Compute the determinants of square matrices.

    a: an array of square matrices, on its last two axes.
    Returns a number for each. Its first and second derivatives, by way of the cofactors, exist for
    singular matrices too; a third one needs the inverse. Its logarithm is computed without
    overflow, as by `slogdet`. Raises TypeError for fewer than two axes, ValueError where the
    matrices are not square.

    >>> T.nlinalg.det([[2.0, 1.0], [1.0, 3.0]]).eval()
    array(5.)
    """
    return Det()(as_tensor(a))


def slogdet(a: TensorLike) -> tuple[Variable, Variable]:
    """Compute the signs of determinants, and the logarithms of their absolute values.

    a: an array of square matrices, on its last two axes.
    Returns both, numbers for each matrix; the sign of a complex determinant has magnitude 1, or is
    0. The derivative is the inverse: computing it raises ValueError for a singular matrix, where
    the logarithm is -inf. Raises TypeError for fewer than two axes.

    >>> sign, logarithm = T.nlinalg.slogdet([[2.0, 0.0], [0.0, -0.5]])
    >>> sign.eval()
    array(-1.)
    """
    sign, logarithm = SlogDet()(as_tensor(a))
    return sign, logarithm


def matrix_dot(*matrices: TensorLike) -> Variable:
    """Compute the product of two or more matrices, from left to right.

    matrices: the matrices, as separate arguments.
    Returns the common dtype. Raises TypeError for fewer than two, ValueError where shapes do not
    fit.

    >>> T.nlinalg.matrix_dot([[1, 2]], [[0, 1], [1, 0]], [[1], [1]]).eval()
    array([[3]])
    """
    if len(matrices) < 2:
        raise TypeError(f"matrix_dot takes two matrices or more, not {len(matrices)}")
    first, *rest = as_tensors(*matrices)
    for matrix in rest:
        first = first @ matrix
    return first


def matrix_power(a: TensorLike, n: int) -> Variable:
    """Compute the n-th powers of square matrices, by repeated squaring.

    a: an array of square matrices, on its last two axes.
    n: an int; of a negative one the powers of the inverse, of 0 the identity, whose derivative
        is 0.
    Returns the shape of a. Raises TypeError for a power that is no int, ValueError where matrices
    are not square or have no inverse that is needed.

    >>> T.nlinalg.matrix_power([[1, 1], [0, 1]], 3).eval()
    array([[1, 3],
           [0, 1]])
    """
    a = as_tensor(a)
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise TypeError(f"matrix_power: the power is an integer, not {n!r}")
    check_square("matrix_power", a)
    square = MatrixInverse()(a) if n < 0 else a
    result: Variable | None = None
    count = abs(int(n))
    while count:
        if count % 2:
            result = square if result is None else product(result, square)
        count //= 2
        if count:
            square = product(square, square)
    return identity(a) if result is None else result


def norm(
    x: TensorLike,
    ord: float | str | None = None,
    axis: int | tuple[int, ...] | None = None,
    keepdims: bool = False,
) -> Variable:
    """Compute norms of vectors or of matrices, as `numpy.linalg.norm` does.

    x: real or complex numbers of any shape.
    ord: of vectors the order of `T.norm`, 2 unless given; of matrices 'fro', the root of the sum of
        squares, unless given; 'nuc', the sum of the singular values; 2 and -2, the largest and the
        smallest of them; 1, -1, inf and -inf, the largest and the smallest sum of magnitudes in a
        column and in a row.
    axis: the axis of vectors, or the two axes of matrices. None: x is a vector or a matrix, or with
        `ord` None an array of any rank that counts as a vector.
    keepdims: whether the axes stay, with extent 1.
    Returns real floats. Raises ValueError for another order and for other axes. Derivatives exist
    where the largest or smallest is the only one; at 0 see `T.norm`.

    >>> T.nlinalg.norm([[1.0, 2.0], [3.0, 4.0]], 1).eval()
    array(6.)
    """
    x = as_tensor(x)
    every = tuple(range(x.type.ndim))
    if axis is None and ord is not None and len(every) not in (1, 2):
        raise ValueError(f"norm: say by axis what are the vectors or matrices of {told(x)}")
    axes = every if axis is None else normal_axes(axis, x, "norm")
    if (axis is None and ord is None) or len(axes) == 1:
        if isinstance(ord, str):
            raise ValueError(f"norm: the order of vectors is a number, not {ord!r}")
        return reduction.norm(x, ord, axes, keepdims)
    if len(axes) != 2 or axes[0] == axes[1]:
        raise ValueError(f"norm: matrices lie on two axes, not on {axes}, of {told(x)}")
    given = axis if isinstance(axis, tuple | list) else axes
    rows, columns = (a % x.type.ndim for a in given)
    result = _matrix_norm(x, ord, rows, columns)
    if not keepdims:
        return result
    kept = iter(range(result.type.ndim))
    return DimShuffle(["x" if a in axes else next(kept) for a in every])(result)


def _matrix_norm(x: Variable, ord: float | str | None, rows: int, columns: int) -> Variable:
    """The norms of matrices on two axes, which are dropped."""
    if ord in (None, "fro"):
        return reduction.norm(x, None, (rows, columns))
    if ord in ("nuc", 2, -2):
        batch = [a for a in range(x.type.ndim) if a not in (rows, columns)]
        values = SingularValues()(DimShuffle([*batch, rows, columns])(x))
        last = values.type.ndim - 1
        if ord == "nuc":
            return reduction.sum(values, last)
        return (reduction.max if ord == 2 else reduction.min)(values, last)
    if ord not in (1, -1, np.inf, -np.inf):
        raise ValueError(
            f"norm: the order of matrices is 'fro', 'nuc', 1, 2, inf or one of these negative, not"
            f" {ord!r}"
        )
    along, across = (rows, columns) if ord in (1, -1) else (columns, rows)
    sums = reduction.sum(absolute(x), along)
    over = across - 1 if across > along else across
    return (reduction.max if ord in (1, np.inf) else reduction.min)(sums, over)


def cond(x: TensorLike, p: float | str | None = None) -> Variable:
    """Compute the condition numbers of matrices: the norm times that of the inverse.

    x: an array of matrices, on its last two axes; square ones, unless p is None, 2 or -2.
    p: the order of the norm, as of `norm`; None is 2, the ratio of the largest and the smallest
        singular value, and -2 its reciprocal.
    Returns real floats. Raises TypeError for fewer than two axes, ValueError for another order and,
    but for the singular values, where a matrix has no inverse.

    >>> T.nlinalg.cond([[1.0, 0.0], [0.0, 4.0]]).eval()
    array(4.)
    """
    x = as_tensor(x)
    if p in (None, 2, -2):
        values = SingularValues()(x)
        last = values.type.ndim - 1
        ratio = true_div(reduction.max(values, last), reduction.min(values, last))
        return true_div(1, ratio) if p == -2 else ratio
    check_square("cond", x)
    return norm(x, p, (-2, -1)) * norm(MatrixInverse()(x), p, (-2, -1))


def matrix_rank(a: TensorLike, tol: float | None = None) -> Variable:
    """Compute the ranks of matrices: how many singular values are not about zero.

    a: an array of matrices (m, n), on its last two axes.
    tol: singular values up to this count as zero; None is the largest one times the larger of m and
        n times the unit in the last place.
    Returns int64. Raises TypeError for fewer than two axes. It has no derivative.

    >>> T.nlinalg.matrix_rank([[1.0, 1.0], [1.0, 1.0]]).eval()
    array(1)
    """
    a = as_tensor(a)
    values = SingularValues()(a)
    last = values.type.ndim - 1
    if tol is not None:
        return reduction.sum(values > tol, last)
    rows, columns = extents_of(a)[-2:]
    dtype = values.type.dtype
    units = cast(maximum(rows, columns), dtype) * float(np.finfo(dtype).eps)
    # Unlike a maximum, it exists for no numbers.
    largest = Reduce("supremum", (last,))(values)
    return reduction.sum(values > column(largest * units), last)
