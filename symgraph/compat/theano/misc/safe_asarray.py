"""`theano.misc.safe_asarray`: arrays of a dtype."""

from typing import Any

import numpy as np

from symgraph.compat.theano.lookup import resolver
from symgraph.graph import canonical_dtype

__getattr__, __dir__ = resolver(__name__)


def _asarray(a: Any, dtype: Any, order: Any = None) -> np.ndarray:
    """Return an array of a dtype, which may be 'floatX'.

    a: what makes an array. dtype: its name. order: NumPy's.

    >>> from symgraph.compat.theano.misc.safe_asarray import _asarray
    >>> _asarray([1], "floatX")
    array([1.])
    """
    return np.asarray(a, dtype=canonical_dtype(dtype), order=order)
