"""Sparse matrices of every kind that SciPy has, drawn by Hypothesis."""

import numpy as np
import scipy.sparse
from hypothesis import strategies as st

FORMATS = ("csr", "csc")
MATRIX = {"csr": scipy.sparse.csr_matrix, "csc": scipy.sparse.csc_matrix}
DTYPES = ("int8", "int32", "int64", "uint8", "float32", "float64", "complex64", "complex128")


@st.composite
def matrices(draw, shape=None, dtype="float64", format=None, duplicates=True, index=None):
    """A matrix whose entries are in any order, some of them zero and some at one place."""
    extents = st.integers(0, 4)
    rows, columns = (draw(extents), draw(extents)) if shape is None else shape
    format = draw(st.sampled_from(FORMATS)) if format is None else format
    index = draw(st.sampled_from(["int32", "int64"])) if index is None else index
    major, minor = (rows, columns) if format == "csr" else (columns, rows)
    places: list[int] = []
    indptr = [0]
    for _ in range(major):
        kept = st.lists(st.integers(0, minor - 1), max_size=4, unique=not duplicates)
        places += draw(kept) if minor else []
        indptr.append(len(places))
    numbers = st.integers(0 if dtype.startswith("u") else -3, 3)
    data = np.array([draw(numbers) for _ in places], dtype)
    if np.dtype(dtype).kind == "c":
        data = data * np.array(1 + 0.5j, dtype)
    return MATRIX[format](
        (data, np.array(places, index), np.array(indptr, index)), shape=(rows, columns)
    )


def dense(value):
    return value.toarray() if scipy.sparse.issparse(value) else np.asarray(value)
