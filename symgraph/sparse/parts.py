"""The parts of a sparse matrix, as variables."""

from typing import NamedTuple

from symgraph.graph import Variable


class SparseParts(NamedTuple):
    """A compressed matrix: the entries from `indptr[i]` to `indptr[i + 1]` of `data` lie in row i
    of a csr matrix, or in column i of a csc matrix; `indices` are their places in it. `shape` is an
    int64 vector."""

    data: Variable
    indices: Variable
    indptr: Variable
    shape: Variable
