"""Equations and factors of matrices: `T.slinalg`, as in Theano.

Matrices are real and have two axes; see `symgraph.ops.linalg` for dtypes, errors and derivatives.
"""

from typing import Any

from symgraph.graph import Variable
from symgraph.ops.constant import as_tensor, as_tensors
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


def solve(a: Any, b: Any, A_structure: str = "general") -> Variable:
    """x with a · x = b for a square matrix `a` and a vector or matrix `b`, of b's shape.

    A_structure: "general", "lower_triangular" or "upper_triangular". Running it raises ValueError
    for a singular matrix; ValueError for another structure.
    """
    if A_structure not in STRUCTURES:
        raise ValueError(f"solve: A_structure is one of {', '.join(STRUCTURES)}, not {A_structure}")
    return Solve(STRUCTURES[A_structure])(*as_tensors(a, b))


def solve_triangular(a: Any, b: Any, lower: bool = False) -> Variable:
    """x with a · x = b, where only the upper triangle of `a` counts, or the lower one."""
    return Solve("lower" if lower else "upper")(*as_tensors(a, b))


def solve_lower_triangular(a: Any, b: Any) -> Variable:
    """x with a · x = b, where only the lower triangle of `a` counts."""
    return solve_triangular(a, b, lower=True)


def solve_upper_triangular(a: Any, b: Any) -> Variable:
    """x with a · x = b, where only the upper triangle of `a` counts."""
    return solve_triangular(a, b)


def cholesky(a: Any, lower: bool = True) -> Variable:
    """The lower triangular L with L · L.T = a, for a symmetric positive definite `a`, of which the
    lower triangle is read; its transpose where `lower` is false. Running it raises ValueError for
    a matrix that is not positive definite."""
    factor = Cholesky()(as_tensor(a))
    return factor if lower else DimShuffle((1, 0))(factor)


def kron(a: Any, b: Any) -> Variable:
    """The Kronecker product of two matrices: blocks a[i, j] · b."""
    a, b = as_tensors(a, b)
    for operand in (a, b):
        if operand.type.ndim != 2:
            raise TypeError(f"kron takes matrices, not {operand} ({operand.type})")
    products = DimShuffle((0, "x", 1, "x"))(a) * DimShuffle(("x", 0, "x", 1))(b)
    sides = [product_of([extent_of(a, axis), extent_of(b, axis)]) for axis in range(2)]
    return reshape(products, sides)
