"""Linear equations, exact and in the least squares sense, and inverses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensor, as_tensors, constant
from symgraph.ops.least_squares import LeastSquares
from symgraph.ops.linalg import MatrixInverse, Solve
from symgraph.ops.matrices import (
    check_matrix,
    check_square,
    column,
    on_diagonal,
    product,
    swapped,
)
from symgraph.ops.qr import RowOrder
from symgraph.ops.rank_alignment import pad_left
from symgraph.ops.requirement import Require
from symgraph.ops.scalar_table import abs as absolute
from symgraph.ops.scalar_table import and_, eq, gt, sqr, switch
from symgraph.ops.shape import DimShuffle, extents_of
from symgraph.ops.svd import PseudoInverse
from symgraph.tensor.indexing import getitem
from symgraph.tensor.manipulation import dimshuffle, normal_axis
from symgraph.tensor.matrix_batches import of_one_batch, turned
from symgraph.tensor.reshaping import broadcast_to, product_of, reshape
from symgraph.tensor.selection import inverse_permutation, take_along_axis

# Theano's and SciPy's names for what is known of a matrix: the structure, and the part that counts,
# where it is not said by `lower`.
STRUCTURES: dict[str, tuple[str, str | None]] = {
    "general": ("zero", "all"),
    "gen": ("zero", "all"),
    "lower_triangular": ("zero", "lower"),
    "lower triangular": ("zero", "lower"),
    "upper_triangular": ("zero", "upper"),
    "upper triangular": ("zero", "upper"),
    "symmetric": ("symmetric", None),
    "sym": ("symmetric", None),
    "hermitian": ("hermitian", None),
    "her": ("hermitian", None),
    "positive definite": ("definite", None),
    "pos": ("definite", None),
}


def _solved(op: Solve, a: Variable, b: Variable) -> Variable:
    """The solutions, for a vector or for matrices b whose batches broadcast with those of a."""
    if b.type.ndim == 1 and a.type.ndim == 2:
        return op(a, b)
    if b.type.ndim != 1:
        check_square("solve", a)
        return op(*of_one_batch(a, b))
    x = op(*of_one_batch(a, column(b)))
    return DimShuffle(range(x.type.ndim - 1))(x)


def solve(
    a: TensorLike,
    b: TensorLike,
    A_structure: str = "general",
    lower: bool = False,
    transposed: bool = False,
    assume_a: str | None = None,
) -> Variable:
    """Solve the linear equations a · x = b.

    a: an array of square matrices, on its last two axes.
    b: a vector, or an array of matrices with right-hand sides as columns; its batch broadcasts with
        that of a.
    A_structure: what is known of a: "general"; "lower_triangular" or "upper_triangular";
        "symmetric", "hermitian" or "positive definite". Of a triangular matrix the other triangle
        is not read, nor is it of one that mirrors it, and it has no derivative.
    lower: which triangle of a symmetric, Hermitian or positive definite matrix is read.
    transposed: whether a.T · x = b is solved.
    assume_a: another name for A_structure, with SciPy's abbreviations "gen", "sym", "her", "pos".
    Returns x, floats or complex numbers. Raises TypeError for other ranks, ValueError for another
    structure, where shapes do not fit and, when the function runs, for a singular matrix
    (`numpy.linalg.LinAlgError`). Cost: O(n ** 3) for a general matrix, O(n ** 2) for each column
    of a triangular one. Derivatives: M. Giles (2008), 2.3.1.

    >>> T.slinalg.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0]).eval()
    array([1. , 0.5])
    """
    name = A_structure if assume_a is None else assume_a
    if name not in STRUCTURES:
        raise ValueError(f"solve: A_structure is one of {', '.join(STRUCTURES)}, not {name}")
    structure, part = STRUCTURES[name]
    a, b = as_tensors(a, b)
    part = part or ("lower" if lower else "upper")
    if transposed:
        check_square("solve", a)
        a = swapped(a)
        part = {"lower": "upper", "upper": "lower"}.get(part, part)
    return _solved(Solve(part, structure), a, b)


def solve_triangular(
    a: TensorLike,
    b: TensorLike,
    lower: bool = False,
    trans: int | str = 0,
    unit_diagonal: bool = False,
) -> Variable:
    """Solve the linear equations a · x = b with a triangular matrix.

    a: an array of square matrices, on its last two axes, of which one triangle is read.
    lower: whether that is the lower triangle; it is the upper one otherwise.
    trans: 0 or 'N' for a, 1 or 'T' for a.T, 2 or 'C' for the conjugate of a.T.
    unit_diagonal: whether the diagonal is not read, but taken to be 1.
    b: a vector, or an array of matrices with right-hand sides as columns; its batch broadcasts with
        that of a.
    Returns x, floats or complex numbers. Raises as `solve` does, and for another `trans`.

    >>> T.slinalg.solve_triangular([[2.0, 1.0], [0.0, 4.0]], [3.0, 4.0]).eval()
    array([1., 1.])
    """
    a, b = as_tensors(a, b)
    check_square("solve_triangular", a)
    if unit_diagonal:
        a = on_diagonal(a, constant(1, a.type.dtype), a)
    whole = turned(a, trans, "solve_triangular")
    part = "lower" if bool(lower) is (whole is a) else "upper"
    return _solved(Solve(part), whole, b)


def solve_lower_triangular(a: TensorLike, b: TensorLike) -> Variable:
    """Solve the linear equations a · x = b, where only the lower triangle of a counts.

    a: an array of square matrices, on its last two axes.
    b: a vector, or an array of matrices with right-hand sides as columns.
    Returns x, floats or complex numbers. Raises as `solve` does.

    >>> T.slinalg.solve_lower_triangular([[2.0, 0.0], [1.0, 4.0]], [2.0, 5.0]).eval()
    array([1., 1.])
    """
    return solve_triangular(a, b, lower=True)


def solve_upper_triangular(a: TensorLike, b: TensorLike) -> Variable:
    """Solve the linear equations a · x = b, where only the upper triangle of a counts.

    a: an array of square matrices, on its last two axes.
    b: a vector, or an array of matrices with right-hand sides as columns.
    Returns x, floats or complex numbers. Raises as `solve` does.

    >>> T.slinalg.solve_upper_triangular([[2.0, 1.0], [0.0, 4.0]], [3.0, 4.0]).eval()
    array([1., 1.])
    """
    return solve_triangular(a, b)


def solve_symmetric(a: TensorLike, b: TensorLike) -> Variable:
    """Solve the linear equations a · x = b with symmetric matrices.

    a: an array of square matrices, on its last two axes, of which the upper triangle is read.
    b: a vector, or an array of matrices with right-hand sides as columns.
    Returns x, floats or complex numbers. Raises as `solve` does.

    >>> T.slinalg.solve_symmetric([[2.0, 1.0], [0.0, 2.0]], [3.0, 3.0]).eval()
    array([1., 1.])
    """
    return solve(a, b, "symmetric")


def cho_solve(c_and_lower: tuple[TensorLike, bool], b: TensorLike) -> Variable:
    """Solve the linear equations a · x = b, given the Cholesky factor of a.

    c_and_lower: the factors, as `cholesky` returns them, and whether they are the lower ones.
    b: a vector, or an array of matrices with right-hand sides as columns.
    Returns x, floats or complex numbers. Raises as `solve_triangular` does.

    >>> T.slinalg.cho_solve((T.slinalg.cholesky([[4.0, 2.0], [2.0, 5.0]]), True), [6.0, 7.0]).eval()
    array([1., 1.])
    """
    given, lower = c_and_lower
    factor, b = as_tensors(given, b)
    first, second = (0, "C") if lower else ("C", 0)
    sides = column(b) if b.type.ndim == 1 else b
    half = solve_triangular(factor, sides, lower, first)
    x = solve_triangular(factor, half, lower, second)
    return DimShuffle(range(x.type.ndim - 1))(x) if b.type.ndim == 1 else x


def lu_solve(
    lu_and_piv: tuple[TensorLike, TensorLike], b: TensorLike, trans: int | str = 0
) -> Variable:
    """Solve the linear equations a · x = b, given the LU factors of a.

    lu_and_piv: the factors in one, and the exchanges of rows, as `lu_factor` returns them.
    b: a vector, or an array of matrices with right-hand sides as columns; its batch broadcasts with
        that of a.
    trans: 0 or 'N' for a, 1 or 'T' for a.T, 2 or 'C' for the conjugate of a.T.
    Returns x, floats or complex numbers. Raises as `solve_triangular` does, and ValueError, when
    the function runs, for exchanges with what is no row. Derivatives are those by the factors.

    >>> factors = T.slinalg.lu_factor([[1.0, 2.0], [2.0, 2.0]])
    >>> T.slinalg.lu_solve(factors, [3.0, 4.0]).eval()
    array([1., 1.])
    """
    lu, pivots, b = as_tensors(*lu_and_piv, b)
    check_square("lu_solve", lu)
    if pivots.type.ndim != lu.type.ndim - 1 or np.dtype(pivots.type.dtype).kind not in "iu":
        raise TypeError(f"lu_solve: the exchanges of rows are integers, one a row, not {pivots}")
    turned(lu, trans, "lu_solve")
    count = extents_of(lu)[-1]
    known = Require("lu_solve: a row that is exchanged", "within bounds")(pivots, pivots, count)
    order = RowOrder()(known, count)
    sides = column(b) if b.type.ndim == 1 else b
    if trans in (0, "N"):
        half = solve_triangular(lu, _rows(sides, order), lower=True, unit_diagonal=True)
        x = solve_triangular(lu, half)
    else:
        half = solve_triangular(lu, sides, trans=trans)
        x = solve_triangular(lu, half, True, trans, unit_diagonal=True)
        x = _rows(x, inverse_permutation(order))
    return getitem(x, (..., 0)) if b.type.ndim == 1 else x


def _rows(x: Variable, order: Variable) -> Variable:
    """The rows of matrices in another order; batches broadcast."""
    places, x = pad_left([column(order), x])
    return take_along_axis(x, places, -2)


def lstsq(
    a: TensorLike, b: TensorLike, rcond: TensorLike | None = None
) -> tuple[Variable, Variable, Variable, Variable]:
    """Compute the x that makes the length of a · x - b least, and of several the shortest.

    a: an array of matrices (m, n), on its last two axes.
    b: a vector of length m, or an array of matrices (m, k); its batch broadcasts with that of a.
    rcond: singular values of a up to this number times the largest count as zero, a number or one
        for each matrix; None is the unit in the last place times the larger of m and n.
    Returns x; the squares of the lengths for each column of b, or, of a single matrix, none where
    the rank is less than n or m <= n; the ranks, int64; and the singular values of a, descending.
    Raises TypeError for other ranks, ValueError where shapes do not fit. Derivatives, where the
    rank is the smaller of m and n: G. Golub and V. Pereyra (1973).

    >>> x, lengths, rank, s = T.nlinalg.lstsq([[1.0], [1.0]], [1.0, 3.0])
    >>> x.eval()
    array([2.])
    """
    a, b = as_tensors(a, b)
    check_matrix("lstsq", a)
    is_vector = b.type.ndim == 1
    if b.type.ndim == 0:
        raise TypeError(f"lstsq takes a vector or matrices, not {b} ({b.type})")
    a, sides = of_one_batch(a, column(b) if is_vector else b)
    if rcond is None or isinstance(rcond, float | int):
        x, rank, s = LeastSquares(rcond)(a, sides)
    else:
        x, rank, s = LeastSquares()(a, sides, _limits(rcond, a))
    squares = sqr(absolute(product(a, x) - sides)).sum(axis=-2)
    if a.type.ndim == 2:
        rows, columns = extents_of(a)
        told = and_(eq(rank, columns), gt(rows, columns))
        squares = getitem(squares, slice(switch(told, extents_of(sides)[1], 0)))
    elif is_vector:
        squares = getitem(squares, (..., 0))
    return getitem(x, (..., 0)) if is_vector else x, squares, rank, s


def _limits(rcond: TensorLike, a: Variable) -> Variable:
    """A limit of singular values for each matrix."""
    given = as_tensor(rcond)
    batch = extents_of(a)[:-2]
    return broadcast_to(given, batch) if batch else given


def matrix_inverse(a: TensorLike) -> Variable:
    """Compute the inverses of square matrices.

    a: an array of square matrices, on its last two axes.
    Returns floats or complex numbers of the shape of a. Raises TypeError for fewer than two axes,
    ValueError where they are not square or, when the function runs, singular
    (`numpy.linalg.LinAlgError`). Cost: O(n ** 3), by an LU factorisation. Derivatives: M. Giles
    (2008), 2.2.3.

    >>> T.nlinalg.matrix_inverse([[2.0, 0.0], [0.0, 4.0]]).eval()
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    return MatrixInverse()(as_tensor(a))


inv = matrix_inverse


def pinv(a: TensorLike, rcond: TensorLike | None = None) -> Variable:
    """Compute the Moore-Penrose inverses of matrices.

    a: an array of matrices (m, n), on its last two axes.
    rcond: singular values up to this number times the largest count as zero, a number or one for
        each matrix; 1e-15 for float64 unless given.
    Returns matrices (n, m). Raises TypeError for fewer than two axes. The derivative takes the rank
    to be constant: G. Golub and V. Pereyra (1973).

    >>> T.nlinalg.pinv([[1.0], [1.0]]).eval()
    array([[0.5, 0.5]])
    """
    a = as_tensor(a)
    if rcond is None or isinstance(rcond, float | int):
        return PseudoInverse(rcond)(a)
    check_matrix("pinv", a)
    return PseudoInverse()(a, _limits(rcond, a))


def tensorinv(a: TensorLike, ind: int = 2) -> Variable:
    """Compute the inverse of an array as of a map: b with tensordot(b, a, ind) the identity.

    a: an array whose first `ind` extents have the product that the others have.
    ind: the number of first axes that belong to the result of the map, at least 1.
    Returns an array whose extents are the others and then those first ones. Raises ValueError for
    another `ind`, where the products differ and for a map that has no inverse.

    >>> T.nlinalg.tensorinv(T.eye(4).reshape((4, 2, 2)), ind=1).type.ndim
    3
    """
    a = as_tensor(a)
    if not 0 < ind < a.type.ndim:
        raise ValueError(f"tensorinv: ind is from 1 to {a.type.ndim - 1}, not {ind}, for {a}")
    extents = extents_of(a)
    matrix = reshape(a, [product_of(extents[:ind]), product_of(extents[ind:])])
    return reshape(matrix_inverse(matrix), [*extents[ind:], *extents[:ind]])


def tensorsolve(a: TensorLike, b: TensorLike, axes: Sequence[int] | None = None) -> Variable:
    """Solve the linear equations tensordot(a, x, x.ndim) = b for an array x.

    a: an array whose first extents are those of b, and whose others have the same product.
    b: an array.
    axes: axes of a to be moved to the end before, in this order.
    Returns x, whose extents are the last ones of a. Raises ValueError where shapes do not fit.

    >>> T.nlinalg.tensorsolve(2 * T.eye(4).reshape((2, 2, 4)), [[2.0, 4.0], [6.0, 8.0]]).eval()
    array([1., 2., 3., 4.])
    """
    a, b = as_tensors(a, b)
    if axes is not None:
        last = [normal_axis(axis, a, "tensorsolve") for axis in axes]
        a = dimshuffle(a, [axis for axis in range(a.type.ndim) if axis not in last] + last)
    if b.type.ndim > a.type.ndim:
        raise ValueError(f"tensorsolve: {b} ({b.type}) has more axes than {a} ({a.type})")
    extents = extents_of(a)[b.type.ndim :]
    matrix = reshape(a, [product_of(extents_of(b)), product_of(extents)])
    return reshape(Solve()(matrix, reshape(b, [product_of(extents_of(b))])), extents)


__all__ = [
    "cho_solve",
    "inv",
    "lstsq",
    "lu_solve",
    "matrix_inverse",
    "pinv",
    "solve",
    "solve_lower_triangular",
    "solve_symmetric",
    "solve_triangular",
    "solve_upper_triangular",
    "tensorinv",
    "tensorsolve",
]
