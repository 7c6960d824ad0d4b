"""Equations and factors of matrices: `T.slinalg`, as in Theano.

Matrices are real and have two axes; see `symgraph.ops.linalg` for dtypes, errors and derivatives.
"""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensor, as_tensors
from symgraph.ops.linalg import Cholesky, Solve
from symgraph.ops.shape import DimShuffle, extent_of
from symgraph.tensor.reshaping import product_of, reshape

__all__ = [
    "cholesky",
    "kron",
    "solve",
    "solve_lower_triangular",
    "solve_triangular",
    "solve_upper_triangular",
]

# Theano's names for what is known of a matrix, and the part of it that then counts.
STRUCTURES = {
    "general": "all",
    "gen": "all",
    "lower_triangular": "lower",
    "upper_triangular": "upper",
}


def solve(a: TensorLike, b: TensorLike, A_structure: str = "general") -> Variable:
    """Solve the linear equations a · x = b.

    a: a real square matrix.
    b: a vector, or a matrix with right-hand sides as columns.
    A_structure: "general", "lower_triangular" or "upper_triangular"; of a triangular matrix the
        other triangle is not read.
    Returns x, floats of the shape of b. Raises TypeError for other ranks, ValueError for another
    structure, where shapes do not fit and, when the function runs, for a singular matrix.
    Cost: O(n ** 3) for a general matrix, O(n ** 2) for each column otherwise.

    >>> T.slinalg.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0]).eval()
    array([1. , 0.5])
    """
    if A_structure not in STRUCTURES:
        raise ValueError(f"solve: A_structure is one of {', '.join(STRUCTURES)}, not {A_structure}")
    return Solve(STRUCTURES[A_structure])(*as_tensors(a, b))


def solve_triangular(a: TensorLike, b: TensorLike, lower: bool = False) -> Variable:
    """Solve the linear equations a · x = b with a triangular matrix.

    a: a real square matrix, of which one triangle is read.
    lower: whether that is the lower triangle; it is the upper one otherwise.
    b: a vector, or a matrix with right-hand sides as columns.
    Returns x, floats of the shape of b. Raises as `solve` does.

    >>> T.slinalg.solve_triangular([[2.0, 1.0], [0.0, 4.0]], [3.0, 4.0]).eval()
    array([1., 1.])
    """
    return Solve("lower" if lower else "upper")(*as_tensors(a, b))


def solve_lower_triangular(a: TensorLike, b: TensorLike) -> Variable:
    """Solve the linear equations a · x = b, where only the lower triangle of a counts.

    a: a real square matrix.
    b: a vector, or a matrix with right-hand sides as columns.
    Returns x, floats of the shape of b. Raises as `solve` does.

    >>> T.slinalg.solve_lower_triangular([[2.0, 0.0], [1.0, 4.0]], [2.0, 5.0]).eval()
    array([1., 1.])
    """
    return solve_triangular(a, b, lower=True)


def solve_upper_triangular(a: TensorLike, b: TensorLike) -> Variable:
    """Solve the linear equations a · x = b, where only the upper triangle of a counts.

    a: a real square matrix.
    b: a vector, or a matrix with right-hand sides as columns.
    Returns x, floats of the shape of b. Raises as `solve` does.

    >>> T.slinalg.solve_upper_triangular([[2.0, 1.0], [0.0, 4.0]], [3.0, 4.0]).eval()
    array([1., 1.])
    """
    return solve_triangular(a, b)


def cholesky(a: TensorLike, lower: bool = True) -> Variable:
    """Compute the Cholesky factor of a symmetric positive definite matrix.

    a: a real square matrix, of which the lower triangle is read.
    lower: whether the lower triangular L with L · L.T = a is returned, or its transpose.
    Returns floats of the shape of a. Raises TypeError for other ranks and, when the function runs,
    ValueError for a matrix that is not positive definite. Cost: O(n ** 3).

    >>> T.slinalg.cholesky([[4.0, 2.0], [2.0, 5.0]]).eval()
    array([[2., 0.],
           [1., 2.]])
    """
    factor = Cholesky()(as_tensor(a))
    return factor if lower else DimShuffle((1, 0))(factor)


def kron(a: TensorLike, b: TensorLike) -> Variable:
    """Compute the Kronecker product of two matrices: blocks a[i, j] · b.

    a, b: matrices.
    Returns a matrix whose extents are the products of theirs, in the common dtype. Raises TypeError
    for other ranks.

    >>> T.slinalg.kron([[1, 2]], [[1], [3]]).eval()
    array([[1, 2],
           [3, 6]])
    """
    a, b = as_tensors(a, b)
    for operand in (a, b):
        if operand.type.ndim != 2:
            raise TypeError(f"kron takes matrices, not {operand} ({operand.type})")
    products = DimShuffle((0, "x", 1, "x"))(a) * DimShuffle(("x", 0, "x", 1))(b)
    sides = [product_of([extent_of(a, axis), extent_of(b, axis)]) for axis in range(2)]
    return reshape(products, sides)
