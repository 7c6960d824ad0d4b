"""Equations and factors of matrices: `T.slinalg`, as in Theano.

Matrices lie on the last two axes of arrays, whose other axes are those of a batch. They are real or
complex; integers count as float64.
"""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensors
from symgraph.ops.shape import DimShuffle, extent_of
from symgraph.tensor.decompositions import cholesky, eigvalsh, expm, lu, lu_factor
from symgraph.tensor.equations import (
    cho_solve,
    solve,
    solve_lower_triangular,
    solve_symmetric,
    solve_triangular,
    solve_upper_triangular,
)
from symgraph.tensor.reshaping import product_of, reshape

__all__ = [
    "cho_solve",
    "cholesky",
    "eigvalsh",
    "expm",
    "kron",
    "lu",
    "lu_factor",
    "solve",
    "solve_lower_triangular",
    "solve_symmetric",
    "solve_triangular",
    "solve_upper_triangular",
]


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
