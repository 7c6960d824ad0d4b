"""`theano.tensor.io`: arrays read from files."""

from typing import Any

import numpy as np

from symgraph import tensor
from symgraph.compat.theano.lookup import resolver
from symgraph.graph import Variable

__getattr__, __dir__ = resolver(__name__, ".gof.node_classes")


def load(path: Any, dtype: Any, broadcastable: Any, mmap_mode: str | None = None) -> Variable:
    """Read an array from a file in each call: see `symgraph.tensor.load`.

    path: of a file of NumPy's format, or a variable of the type Generic.
    dtype, broadcastable: of the array. mmap_mode: None or 'c'.
    Raises ValueError for another mode.

    >>> from symgraph.compat.theano.tensor.io import load
    >>> load("weights.npy", "float64", (False, True)).type.shape
    (None, 1)
    """
    if mmap_mode not in (None, "c"):
        raise ValueError(
            f"The only supported values for mmap_mode are None and 'c', got {mmap_mode}"
        )
    shape = [1 if flag else None for flag in broadcastable]
    return tensor.load(path, np.dtype(dtype).name, shape, mmap_mode)
