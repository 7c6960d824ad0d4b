"""`theano.misc.may_share_memory`: whether values may share memory."""

from typing import Any

import numpy as np

from symgraph.compat.theano.lookup import resolver
from symgraph.graph import LazyModule

__getattr__, __dir__ = resolver(__name__)
_scipy = LazyModule("scipy.sparse")


def may_share_memory(a: Any, b: Any, raise_other_type: bool = True) -> bool:
    """Return whether two arrays or sparse matrices may share memory.

    a, b: arrays, or matrices of scipy.sparse.
    raise_other_type: whether other values are a TypeError; otherwise they share none.

    >>> from symgraph.compat.theano.misc.may_share_memory import may_share_memory
    >>> x = np.zeros(4)
    >>> may_share_memory(x, x[1:]), may_share_memory(x, x.copy())
    (True, False)
    """
    parts = [_arrays(value) for value in (a, b)]
    if None in parts:
        if raise_other_type:
            raise TypeError(f"arrays and sparse matrices share memory, not {a!r} and {b!r}")
        return False
    first, second = parts
    return any(np.may_share_memory(x, y) for x in first or () for y in second or ())


def _arrays(value: Any) -> tuple[np.ndarray, ...] | None:
    if isinstance(value, np.ndarray):
        return (value,)
    if type(value).__module__.startswith("scipy.sparse") and _scipy.issparse(value):
        return value.data, value.indices, value.indptr
    return None
