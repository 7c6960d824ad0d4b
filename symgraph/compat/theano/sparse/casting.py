"""Theano's cast of sparse matrices, which drops the imaginary parts of complex numbers."""

from typing import Any

import numpy as np

from symgraph import sparse, tensor
from symgraph.graph import Variable, canonical_dtype
from symgraph.sparse.operations.elementwise import on_entries


def cast(variable: Any, dtype: Any) -> Variable:
    """Convert the entries of a sparse matrix to another dtype, of complex numbers the real parts.

    variable: a sparse matrix. dtype: the name of one.
    Raises as `symgraph.sparse.cast` does.

    >>> from symgraph.compat.theano.sparse.casting import cast
    >>> cast(sg.sparse.csr_matrix("x", "complex64"), "int8").dtype
    'int8'
    """
    x = sparse.as_sparse_variable(variable)
    if np.dtype(x.dtype).kind == "c" and np.dtype(canonical_dtype(dtype)).kind != "c":
        x = on_entries(tensor.real, x)
    return sparse.cast(x, dtype)
