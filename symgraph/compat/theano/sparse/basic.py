"""`theano.sparse.basic`: what takes sparse matrices, with Theano's forms of arguments."""

from typing import Any

import numpy as np

from symgraph import sparse
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.sparse.casting import cast as cast
from symgraph.compat.theano.sparse.type import DTYPES
from symgraph.compat.theano.sparse.type import _is_sparse as _is_sparse
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.compat.theano.tensor.ties import larger
from symgraph.graph import LazyModule, TensorType, Variable
from symgraph.sparse.operations.elementwise import on_entries

_find, __dir__ = resolver(
    __name__,
    ".sparse.operations",
    ".sparse.type",
    ".sparse.sharedvar",
    ".gradient",
    "symgraph.sparse",
)
sparse_formats = ["csc", "csr"]
all_dtypes = frozenset(DTYPES)
complex_dtypes = [name for name in DTYPES if name.startswith("complex")]
float_dtypes = [name for name in DTYPES if name.startswith("float")]
int_dtypes = [name for name in DTYPES if name.startswith("int")]
uint_dtypes = [name for name in DTYPES if name.startswith("uint")]
integer_dtypes = discrete_dtypes = int_dtypes + uint_dtypes
continuous_dtypes = complex_dtypes + float_dtypes
as_sparse = sparse.as_sparse_variable
_scipy = LazyModule("scipy.sparse")


def _is_sparse_variable(x: Any) -> bool:
    """Return whether a variable is sparse. Raises NotImplementedError for what is no variable."""
    return isinstance(_type(x), sparse.SparseType)


def _is_dense_variable(x: Any) -> bool:
    """Return whether a variable is a tensor. Raises NotImplementedError for what is no variable."""
    return isinstance(_type(x), TensorType)


def _is_dense(x: Any) -> bool:
    """Return whether a value is an array. Raises NotImplementedError for what is no matrix."""
    return not _is_sparse(x) and isinstance(x, np.ndarray)


def structured_minimum(x: Any, y: Any) -> Variable:
    """Return the smaller of each entry and a number, complex ones in the order of their parts.

    x: a sparse matrix. y: a number.

    >>> from symgraph.compat.theano.sparse.basic import structured_minimum
    >>> structured_minimum(sparse.csc_matrix("x"), 2.0).type.format
    'csc'
    """
    return _structured("minimum", x, y)


def structured_maximum(x: Any, y: Any) -> Variable:
    """Return the larger of each entry and a number, complex ones in the order of their parts.

    x: a sparse matrix. y: a number.

    >>> from symgraph.compat.theano.sparse.basic import structured_maximum
    >>> structured_maximum(sparse.csc_matrix("x"), 2.0).type.format
    'csc'
    """
    return _structured("maximum", x, y)


def _structured(kind: str, x: Any, y: Any) -> Variable:
    def chosen(entries: Variable, number: Any) -> Variable:
        return larger(kind, entries, as_tensor_variable(number))

    found: Variable = on_entries(chosen, as_sparse(x), y)
    return found


def _type(x: Any) -> Any:
    if not isinstance(x, Variable):
        raise NotImplementedError(f"a variable is needed, not {x!r}")
    return x.type


def __getattr__(name: str) -> Any:
    if name == "_mtypes":
        return [_scipy.csc_matrix, _scipy.csr_matrix]
    if name == "_mtype_to_str":
        return {_scipy.csc_matrix: "csc", _scipy.csr_matrix: "csr"}
    return _find(name)
