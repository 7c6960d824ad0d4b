"""Equations and factors of matrices: `T.slinalg`, as in Theano.

Matrices lie on the last two axes of arrays, whose other axes are those of a batch. They are real or
complex; integers count as float64.
"""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensor, as_tensors
from symgraph.ops.rank_alignment import pad_left
from symgraph.ops.scalar import promote
from symgraph.ops.scalar_table import cast
from symgraph.ops.shape import DimShuffle, extent_of
from symgraph.tensor.creation import zeros
from symgraph.tensor.decompositions import cholesky, eigvalsh, expm, lu, lu_factor
from symgraph.tensor.equations import (
    cho_solve,
    lu_solve,
    solve,
    solve_lower_triangular,
    solve_symmetric,
    solve_triangular,
    solve_upper_triangular,
)
from symgraph.tensor.manipulation import concatenate
from symgraph.tensor.reshaping import product_of, reshape

__all__ = [
    "block_diag",
    "cho_solve",
    "cholesky",
    "eigvalsh",
    "expm",
    "kron",
    "lu",
    "lu_factor",
    "lu_solve",
    "solve",
    "solve_lower_triangular",
    "solve_symmetric",
    "solve_triangular",
    "solve_upper_triangular",
]


def kron(a: TensorLike, b: TensorLike) -> Variable:
    """Compute the Kronecker product of two arrays: of matrices, blocks a[i, j] · b.

    a, b: matrices, or arrays of any rank, as for `numpy.kron`; axes of extent 1 are put before
        those of the one with fewer.
    Returns an array whose extents are the products of theirs, in the common dtype.

    >>> T.slinalg.kron([[1, 2]], [[1], [3]]).eval()
    array([[1, 2],
           [3, 6]])
    """
    a, b = pad_left(list(as_tensors(a, b)))
    ndim = a.type.ndim
    left = DimShuffle([place for axis in range(ndim) for place in (axis, "x")])(a)
    right = DimShuffle([place for axis in range(ndim) for place in ("x", axis)])(b)
    sides = [product_of([extent_of(a, axis), extent_of(b, axis)]) for axis in range(ndim)]
    return reshape(left * right, sides)


def block_diag(*matrices: TensorLike) -> Variable:
    """Build a matrix with matrices along its diagonal, and zeros elsewhere.

    matrices: matrices as separate arguments; a vector is a row, a scalar a matrix of one element.
    Returns a matrix whose extents are the sums of theirs, in the common dtype. Raises TypeError for
    none, and for other ranks.

    >>> T.slinalg.block_diag([[1, 2]], 3).eval()
    array([[1, 2, 0],
           [0, 0, 3]])
    """
    if not matrices:
        raise TypeError("block_diag takes one matrix or more")
    blocks = []
    for given in matrices:
        block = as_tensor(given)
        if block.type.ndim > 2:
            raise TypeError(f"block_diag takes matrices, not {block} ({block.type})")
        missing: list[int | str] = ["x"] * (2 - block.type.ndim)
        blocks.append(DimShuffle([*missing, *range(block.type.ndim)])(block))
    dtype = promote([block.type.dtype for block in blocks])
    columns = [extent_of(block, 1) for block in blocks]
    rows = []
    for place, block in enumerate(blocks):
        sides = [columns[:place], columns[place + 1 :]]
        before, behind = ([zeros((extent_of(block, 0), n), dtype) for n in side] for side in sides)
        rows.append(concatenate([*before, cast(block, dtype), *behind], axis=1))
    return concatenate(rows, axis=0)
