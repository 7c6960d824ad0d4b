"""Between sparse and dense, between dtypes, and the arrangement of entries."""

from typing import Any

import symgraph.tensor as T
from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike

from .constructors import as_sparse_variable
from .operations.structure import (
    Cast,
    DenseFromSparse,
    EnsureSortedIndices,
    Remove0,
    SparseFromDense,
    ToFormat,
    Transpose,
)


def dense_from_sparse(x: Any, structured: bool = True) -> Variable:
    """Convert a sparse matrix to a dense one.

    x: a sparse matrix; several entries at one place are added up.
    structured: whether the derivative has entries only where x has; otherwise everywhere.
    Returns a dense matrix of the same dtype. Derivative: 1. Raises TypeError for what is not
    sparse.

    >>> sg.sparse.dense_from_sparse(sg.sparse.as_csr([[0.0, 2.0]])).eval()
    array([[0., 2.]])
    """
    found: Variable = DenseFromSparse(structured)(as_sparse_variable(x))
    return found


def csr_from_dense(x: TensorLike) -> Variable:
    """Convert a dense matrix to a csr matrix of its elements that are not zero.

    x: a matrix.
    Returns a sparse matrix of the same dtype. Derivative: 1, also by elements that are zero. Raises
    TypeError for other ranks.

    >>> sg.sparse.csr_from_dense([[0.0, 2.0]]).eval().nnz
    1
    """
    found: Variable = SparseFromDense("csr")(T.as_tensor_variable(x))
    return found


def csc_from_dense(x: TensorLike) -> Variable:
    """Convert a dense matrix to a csc matrix of its elements that are not zero.

    x: a matrix.
    Returns a sparse matrix of the same dtype. Derivative: 1, also by elements that are zero. Raises
    TypeError for other ranks.

    >>> sg.sparse.csc_from_dense([[0.0, 2.0]]).eval().format
    'csc'
    """
    found: Variable = SparseFromDense("csc")(T.as_tensor_variable(x))
    return found


def to_format(x: Any, format: str) -> Variable:
    """Convert a sparse matrix to another format.

    x: a sparse matrix. format: 'csr' or 'csc'.
    Returns a sparse matrix with sorted indices, or x itself. Derivative: 1, regular. Raises
    TypeError for what is not sparse, ValueError for another format.

    >>> sg.sparse.to_format(sg.sparse.as_csr([[0.0, 2.0]]), "csc").eval().format
    'csc'
    """
    x = as_sparse_variable(x)
    found: Variable = x if x.type.format == format else ToFormat(format)(x)
    return found


def cast(variable: Any, dtype: Any) -> Variable:
    """Convert the entries of a sparse matrix to another dtype.

    variable: a sparse matrix. dtype: the name of one.
    Returns a sparse matrix. Derivative: 1, and zero where either dtype is one of integers. Raises
    TypeError for what is not sparse or no dtype.

    >>> sg.sparse.cast(sg.sparse.as_csr([[0.0, 2.0]]), "int8").eval().dtype
    dtype('int8')
    """
    found: Variable = Cast(dtype)(as_sparse_variable(variable))
    return found


def transpose(x: Any) -> Variable:
    """Exchange rows and columns: a csr matrix becomes a csc matrix, and no entry is moved.

    x: a sparse matrix.
    Returns a sparse matrix in the other format. Derivative: the transpose, regular. Raises
    TypeError for what is not sparse.

    >>> sg.sparse.transpose(sg.sparse.as_csr([[0.0, 2.0]])).eval().shape
    (2, 1)
    """
    found: Variable = Transpose()(as_sparse_variable(x))
    return found


def ensure_sorted_indices(x: Any) -> Variable:
    """Sort the entries of each row of a csr, or column of a csc matrix.

    x: a sparse matrix.
    Returns an equal matrix; several entries at one place remain. Derivative: 1, regular. Raises
    TypeError for what is not sparse.

    >>> sg.sparse.ensure_sorted_indices(sg.sparse.as_csr([[0.0, 2.0]])).eval().nnz
    1
    """
    found: Variable = EnsureSortedIndices()(as_sparse_variable(x))
    return found


def remove0(x: Any) -> Variable:
    """Drop the entries of a sparse matrix that are zero.

    x: a sparse matrix.
    Returns an equal matrix. Derivative: 1, regular. Raises TypeError for what is not sparse.

    >>> sg.sparse.remove0(sg.sparse.CSR([0.0, 2.0], [0, 1], [0, 2], (1, 2))).eval().nnz
    1
    """
    found: Variable = Remove0()(as_sparse_variable(x))
    return found


def clean(x: Any) -> Variable:
    """Drop the entries of a sparse matrix that are zero, and sort the others.

    x: a sparse matrix.
    Returns an equal matrix. Derivative: 1, regular. Raises TypeError for what is not sparse.

    >>> sg.sparse.clean(sg.sparse.CSR([2.0, 0.0], [1, 0], [0, 2], (1, 2))).eval().indices
    array([1], dtype=int32)
    """
    return ensure_sorted_indices(remove0(x))


__all__ = [
    "cast",
    "clean",
    "csc_from_dense",
    "csr_from_dense",
    "dense_from_sparse",
    "ensure_sorted_indices",
    "remove0",
    "to_format",
    "transpose",
]
