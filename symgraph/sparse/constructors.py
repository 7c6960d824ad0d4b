"""Sparse variables, and sparse matrices from their parts."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import numpy as np

import symgraph.tensor as T
from symgraph.graph import Container, LazyModule, SharedVariable, Variable
from symgraph.ops.constant import TensorLike

from .operations.base import as_variable
from .operations.structure import CSM, CSMProperties
from .type import SparseConstant, SparseSharedVariable, SparseType, type_of

_scipy = LazyModule("scipy.sparse")


def matrix(format: str, name: str | None = None, dtype: Any = None) -> Variable:
    """Return a sparse variable.

    format: 'csr' or 'csc'.
    name: what it is called. dtype: of its entries, floatX unless given.
    Returns a SparseVariable. Raises ValueError for another format, TypeError for no dtype.

    >>> sg.sparse.matrix("csr", "x").type
    SparseType(format='csr', dtype='float64')
    """
    return SparseType(format, "floatX" if dtype is None else dtype)(name)


def csr_matrix(name: str | None = None, dtype: Any = None) -> Variable:
    """Return a sparse variable whose rows are compressed.

    name: what it is called. dtype: of its entries, floatX unless given.
    Returns a SparseVariable. Raises TypeError for no dtype.

    >>> sg.sparse.csr_matrix("x", "float32").type.dtype
    'float32'
    """
    return matrix("csr", name, dtype)


def csc_matrix(name: str | None = None, dtype: Any = None) -> Variable:
    """Return a sparse variable whose columns are compressed.

    name: what it is called. dtype: of its entries, floatX unless given.
    Returns a SparseVariable. Raises TypeError for no dtype.

    >>> sg.sparse.csc_matrix("x").type.format
    'csc'
    """
    return matrix("csc", name, dtype)


def _constructor(format: str, letter: str, dtype: str) -> Callable[..., Variable]:
    """Return the constructor of variables of a format and dtype, such as `csr_fmatrix`."""

    def function(name: str | None = None) -> Variable:
        return matrix(format, name, dtype)

    called = f"{format}_{letter}matrix"
    function.__name__ = function.__qualname__ = called
    function.__doc__ = f"""Return a {format} variable of {dtype}.

    name: what it is called.

    >>> sg.sparse.{called}("x").dtype
    '{dtype}'
    """
    return function


csr_fmatrix = _constructor("csr", "f", "float32")
csr_dmatrix = _constructor("csr", "d", "float64")
csc_fmatrix = _constructor("csc", "f", "float32")
csc_dmatrix = _constructor("csc", "d", "float64")


def as_csr(value: Any) -> Any:
    """Convert an array to a matrix of SciPy, without a symbolic variable.

    value: a matrix, dense or sparse.
    Returns a scipy.sparse.csr_matrix.

    >>> sg.sparse.as_csr([[0.0, 2.0]]).nnz
    1
    """
    return _scipy.csr_matrix(value)


def as_sparse_variable(x: Any, name: str | None = None) -> Variable:
    """Convert a value to a sparse variable.

    x: a sparse variable, which is returned itself, or a csr or csc matrix of SciPy.
    name: what a constant is called.
    Returns a sparse variable. Raises TypeError for what is not sparse.

    >>> sg.sparse.as_sparse_variable(sg.sparse.as_csr([[0.0, 2.0]])).type.format
    'csr'
    """
    if isinstance(x, Variable):
        if isinstance(x.type, SparseType):
            return x
        raise TypeError(f"{x} ({x.type}) is not sparse; sparse.csr_from_dense(x) makes it so")
    return constant(x, name)


def as_sparse_or_tensor_variable(x: Any, name: str | None = None) -> Variable:
    """Convert a value to a sparse variable if it is sparse, else to a tensor.

    x: a variable, a csr or csc matrix of SciPy, or an array.
    name: what a constant is called.
    Returns a variable. Raises TypeError for what is neither.

    >>> sg.sparse.as_sparse_or_tensor_variable([1.0, 2.0]).type.ndim
    1
    """
    found = as_variable(x)
    if name is not None and not isinstance(x, Variable):
        found.name = name
    return found


def constant(x: Any, name: str | None = None) -> SparseConstant:
    """Return a matrix as a constant.

    x: a csr or csc matrix of SciPy, which is copied. name: what it is called.
    Returns a SparseConstant. Raises TypeError for other values.

    >>> sg.sparse.constant(sg.sparse.as_csr([[0.0, 2.0]])).data.nnz
    1
    """
    type = type_of(x)
    if type is None:
        raise TypeError(f"a csr or csc matrix of scipy.sparse is needed, not {x!r}")
    found: SparseConstant = type.filter_variable(x)
    found.name = name
    return found


def shared(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    borrow: bool = False,
    format: str | None = None,
) -> SharedVariable:
    """Return a variable that holds a sparse matrix between calls, as `symgraph.shared` does.

    value: a csr or csc matrix of SciPy.
    name, strict, allow_downcast, borrow: see `symgraph.shared`.
    format: into which the matrix is converted, its own unless given.
    Returns a SparseSharedVariable. Raises TypeError for other values.

    >>> w = sg.sparse.shared(sg.sparse.as_csr([[0.0, 2.0]]), format="csc")
    >>> w.get_value().format
    'csc'
    """
    type = type_of(value)
    if type is None:
        raise TypeError(f"a csr or csc matrix of scipy.sparse is needed, not {value!r}")
    type = type.clone(format=format)
    filtered = type.filter(value)
    held = filtered if borrow else type.own_value(filtered, value)
    return SparseSharedVariable(type, Container(held), name, strict, allow_downcast)


def CSR(data: TensorLike, indices: TensorLike, indptr: TensorLike, shape: Any) -> Variable:
    """Build a csr matrix of its parts.

    data: the entries, a vector. indices: the column of each. indptr: where each row begins, and
    where the last ends. shape: two integers, or a vector of them.
    Returns a sparse variable. Derivative by the data: the elements of the cotangent at the places
    of the entries. Of several entries at one place each has the same. Raises TypeError for other
    types; when it runs ValueError and IndexError for parts that do not fit.

    >>> x = sg.sparse.CSR([3.0, 4.0], [1, 0], [0, 1, 2], (2, 2))
    >>> sg.sparse.dense_from_sparse(x).eval()
    array([[0., 3.],
           [4., 0.]])
    """
    found: Variable = CSM("csr")(data, indices, indptr, shape)
    return found


def CSC(data: TensorLike, indices: TensorLike, indptr: TensorLike, shape: Any) -> Variable:
    """Build a csc matrix of its parts.

    data: the entries, a vector. indices: the row of each. indptr: where each column begins, and
    where the last ends. shape: two integers, or a vector of them.
    Returns a sparse variable. Derivative and errors: as for `CSR`.

    >>> x = sg.sparse.CSC([3.0, 4.0], [1, 0], [0, 1, 2], (2, 2))
    >>> sg.sparse.dense_from_sparse(x).eval()
    array([[0., 4.],
           [3., 0.]])
    """
    found: Variable = CSM("csc")(data, indices, indptr, shape)
    return found


def csm_properties(x: Any) -> list[Variable]:
    """Return the parts of a sparse matrix: data, indices, indptr and shape.

    x: a sparse matrix.
    Returns four vectors; indices and indptr are int32. The derivative of the data is structured: it
    has entries where x has. Raises TypeError for what is not sparse.

    >>> data, indices, indptr, shape = sg.sparse.csm_properties(sg.sparse.as_csr([[0.0, 2.0]]))
    >>> indices.eval()
    array([1], dtype=int32)
    """
    return list(CSMProperties()(as_sparse_variable(x)))


def csm_data(csm: Any) -> Variable:
    """Return the entries of a sparse matrix, in the order in which they are stored.

    csm: a sparse matrix.
    Returns a vector. Derivative: structured. Raises TypeError for what is not sparse.

    >>> sg.sparse.csm_data(sg.sparse.as_csr([[0.0, 2.0]])).eval()
    array([2.])
    """
    return csm_properties(csm)[0]


def csm_indices(csm: Any) -> Variable:
    """Return for each entry its column in a csr, or its row in a csc matrix.

    csm: a sparse matrix.
    Returns an int32 vector. Raises TypeError for what is not sparse.

    >>> sg.sparse.csm_indices(sg.sparse.as_csr([[0.0, 2.0]])).eval()
    array([1], dtype=int32)
    """
    return csm_properties(csm)[1]


def csm_indptr(csm: Any) -> Variable:
    """Return where each row of a csr, or column of a csc matrix begins among the entries.

    csm: a sparse matrix.
    Returns an int32 vector, whose last element is the number of entries. Raises TypeError for what
    is not sparse.

    >>> sg.sparse.csm_indptr(sg.sparse.as_csr([[0.0, 2.0]])).eval()
    array([0, 1], dtype=int32)
    """
    return csm_properties(csm)[2]


def csm_shape(csm: Any) -> Variable:
    """Return the shape of a sparse matrix as a vector.

    csm: a sparse matrix.
    Returns an int64 vector of two. Raises TypeError for what is not sparse.

    >>> sg.sparse.csm_shape(sg.sparse.as_csr([[0.0, 2.0]])).eval()
    array([1, 2])
    """
    return csm_properties(csm)[3]


def sp_ones_like(x: Any) -> Variable:
    """Return a sparse matrix with entries of 1 where x has entries.

    x: a sparse matrix.
    Returns one of the same format and dtype. Derivative: zero. Raises TypeError for what is not
    sparse.

    >>> sg.sparse.sp_ones_like(sg.sparse.as_csr([[0.0, 2.0]])).eval().toarray()
    array([[0., 1.]])
    """
    x = as_sparse_variable(x)
    data, *structure = CSMProperties()(x)
    found: Variable = CSM(x.type.format)(T.ones_like(data), *structure)
    return found


def sp_zeros_like(x: Any) -> Variable:
    """Return a sparse matrix of the shape of x without entries.

    x: a sparse matrix.
    Returns one of the same format and dtype. Derivative: zero. Raises TypeError for what is not
    sparse.

    >>> sg.sparse.sp_zeros_like(sg.sparse.as_csr([[0.0, 2.0]])).eval().nnz
    0
    """
    x = as_sparse_variable(x)
    found: Variable = x.type.zeros_like(x, x.type.dtype)
    return found


def hash_from_sparse(data: Any) -> str:
    """Return a name that is equal for matrices of equal format, shape, dtype and parts.

    data: a csr or csc matrix of SciPy.
    Returns a str of hexadecimal digits.

    >>> x = sg.sparse.as_csr([[0.0, 2.0]])
    >>> sg.sparse.hash_from_sparse(x) == sg.sparse.hash_from_sparse(x.copy())
    True
    """
    found = sha256(repr((data.format, data.shape, data.dtype.str)).encode())
    for part in (data.data, data.indices, data.indptr):
        found.update(repr((part.dtype.str, part.shape)).encode())
        found.update(np.ascontiguousarray(part).tobytes())
    return found.hexdigest()


__all__ = [
    "CSC",
    "CSR",
    "as_csr",
    "as_sparse_or_tensor_variable",
    "as_sparse_variable",
    "constant",
    "csc_dmatrix",
    "csc_fmatrix",
    "csc_matrix",
    "csm_data",
    "csm_indices",
    "csm_indptr",
    "csm_properties",
    "csm_shape",
    "csr_dmatrix",
    "csr_fmatrix",
    "csr_matrix",
    "hash_from_sparse",
    "matrix",
    "shared",
    "sp_ones_like",
    "sp_zeros_like",
]
