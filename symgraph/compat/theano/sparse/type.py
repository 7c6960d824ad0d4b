"""`theano.sparse.type`: the type of sparse matrices."""

from importlib.util import find_spec
from typing import Any

import numpy as np

from symgraph.compat.theano.aliases import Alias
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.misc.may_share_memory import may_share_memory as _share
from symgraph.graph import LazyModule
from symgraph.sparse import SparseType as Native

__getattr__, __dir__ = resolver(__name__, "symgraph.sparse")
_scipy = LazyModule("scipy.sparse")
imported_scipy = find_spec("scipy") is not None
DTYPES = (
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64",
    "complex64", "complex128",
)  # fmt: skip


def _is_sparse(x: Any) -> bool:
    """Return whether a value is sparse. Raises NotImplementedError for what is no matrix."""
    if not (_scipy.issparse(x) or isinstance(x, np.ndarray | tuple | list)):
        raise NotImplementedError(f"a matrix of scipy.sparse or an array is needed, not {x!r}")
    return bool(_scipy.issparse(x))


class SparseType(metaclass=Alias):
    """The type of sparse matrices, csr or csc: see `symgraph.sparse.SparseType`."""

    native = Native
    dtype_set = frozenset(DTYPES)
    ndim = 2

    @staticmethod
    def may_share_memory(a: Any, b: Any) -> bool:
        """Return whether two values, of which one is sparse at least, may share memory."""
        return _share(a, b)
