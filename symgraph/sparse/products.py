"""Products of sparse matrices with sparse and dense ones."""

from typing import Any

import symgraph.tensor as T
from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike

from .constructors import as_sparse_variable
from .operations.base import as_variable, check_tensor, is_sparse, operands
from .operations.products import (
    DotSD,
    DotSS,
    sampled,
    structured_dot_sd,
    transposed,
)
from .operations.structure import DenseFromSparse, SparseFromDense, data_of


def dot(x: Any, y: Any) -> Variable:
    """Multiply two matrices, of which one is sparse at least.

    x, y: matrices; a dense operand may be a vector.
    Returns a dense matrix or vector; if both are sparse a canonical sparse matrix in the format of
    x. Products with dense operands run in native code, along the rows of a csr matrix and the
    columns of a csc matrix. Derivative: regular, so that by a sparse operand it is as large as a
    dense matrix; `structured_dot` has entries only where the operand has. Raises TypeError where
    none is sparse; ValueError or IndexError for shapes that do not fit.

    >>> sg.sparse.dot(sg.sparse.as_csr([[0.0, 2.0]]), [[1.0], [5.0]]).eval()
    array([[10.]])
    """
    a, b = operands("dot", x, y)
    return _product(a, b)


def _product(a: Variable, b: Variable) -> Variable:
    found: Variable
    if is_sparse(a) and is_sparse(b):
        found = DotSS()(a, b)
    elif is_sparse(a):
        found = DotSD()(a, b)
    else:
        found = _of_dense(DotSD(), a, b)
    return found


def _of_dense(product: Any, a: Variable, b: Variable) -> Variable:
    """Return a dense times a sparse matrix, by a product of sparse and dense."""
    turned: Variable = product(transposed(b), a.T if a.type.ndim == 2 else a)
    return turned.T if a.type.ndim == 2 else turned


def structured_dot(x: Any, y: Any) -> Variable:
    """Multiply two matrices, of which one is sparse at least, with a structured derivative.

    x, y: matrices; a dense operand may be a vector.
    Returns what `dot` returns. Derivative: by a sparse operand it has entries only where this has
    entries, which costs no more than the product itself (if the other is sparse too, it is
    regular). Raises as `dot` does.

    >>> x = sg.sparse.csr_matrix("x")
    >>> slope = sg.grad(sg.sparse.structured_dot(x, T.ones((2, 1))).sum(), x)
    >>> slope.eval({x: sg.sparse.as_csr([[0.0, 2.0]])}).nnz
    1
    """
    a, b = operands("structured_dot", x, y)
    if is_sparse(a) and is_sparse(b):
        return _product(a, b)
    if is_sparse(a):
        check_tensor("structured_dot", b, 1, 2)
        return structured_dot_sd(a, b)
    check_tensor("structured_dot", a, 1, 2)
    return _of_dense(structured_dot_sd, a, b)


def true_dot(x: Any, y: Any, grad_preserves_dense: bool = True) -> Variable:
    """Multiply two matrices, of which one is sparse at least, to a sparse matrix.

    x, y: matrices.
    grad_preserves_dense: Theano's; the derivative by a dense operand is dense here in any case.
    Returns a sparse matrix in the format of the first that is sparse. Derivative: regular. Raises
    as `dot` does.

    >>> sg.sparse.true_dot(sg.sparse.as_csr([[0.0, 2.0]]), [[1.0], [5.0]]).eval().toarray()
    array([[10.]])
    """
    a, b = operands("true_dot", x, y)
    found = _product(a, b)
    if is_sparse(found):
        return found
    format = (a if is_sparse(a) else b).type.format
    converted: Variable = SparseFromDense(format)(found)
    return converted


def sampling_dot(x: TensorLike, y: TensorLike, p: Any) -> Variable:
    """Multiply x by the transpose of y, only where p has entries.

    x, y: dense matrices with rows of equal length. p: a sparse matrix, of as many rows as x has
    and as many columns as y has rows.
    Returns a sparse matrix: p times the product, element by element. Derivative: structured. Raises
    TypeError for other types, ValueError for shapes that do not fit.

    >>> p = sg.sparse.as_csr([[0.0, 1.0]])
    >>> sg.sparse.sampling_dot([[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]], p).eval().toarray()
    array([[ 0., 17.]])
    """
    a, b = T.as_tensor_variable(x), T.as_tensor_variable(y)
    check_tensor("sampling_dot", a, 2)
    check_tensor("sampling_dot", b, 2)
    pattern = as_sparse_variable(p)
    return sampled(pattern, a, b, data_of(pattern))


def structured_dot_grad(sparse_A: Any, dense_B: TensorLike, ga: TensorLike) -> Variable:
    """Compute the derivative of a structured product by the entries of its sparse operand.

    sparse_A: the sparse operand. dense_B: the dense matrix. ga: the derivative by the product.
    Returns a vector, with a number for each entry of `sparse_A`. Raises TypeError for other types,
    ValueError for shapes that do not fit.

    >>> a = sg.sparse.as_csr([[0.0, 1.0]])
    >>> sg.sparse.structured_dot_grad(a, [[1.0], [5.0]], [[2.0]]).eval()
    array([10.])
    """
    b, g = T.as_tensor_variable(dense_B), T.as_tensor_variable(ga)
    return data_of(sampled(as_sparse_variable(sparse_A), g, b))


def usmm(alpha: TensorLike, x: Any, y: Any, z: Any) -> Variable:
    """Compute alpha * dot(x, y) + z.

    alpha: a scalar. x, y: matrices, of which one is sparse at least. z: a dense or sparse matrix of
    the product's shape.
    Returns a dense matrix. Derivative: that of `dot`. Raises as `dot` does.

    >>> sg.sparse.usmm(3.0, sg.sparse.as_csr([[0.0, 2.0]]), [[1.0], [5.0]], [[4.0]]).eval()
    array([[34.]])
    """
    product, added = (
        DenseFromSparse(False)(v) if is_sparse(v) else v for v in (dot(x, y), as_variable(z))
    )
    found: Variable = T.as_tensor_variable(alpha) * product + added
    return found


__all__ = [
    "dot",
    "sampling_dot",
    "structured_dot",
    "structured_dot_grad",
    "true_dot",
    "usmm",
]
