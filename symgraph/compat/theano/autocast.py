"""The dtypes that Theano gives Python numbers: the smallest that hold them."""

from typing import Any

import numpy as np

from symgraph.graph import config

_INTEGERS = ("int8", "int16", "int32", "int64")
_FLOATS = ("float32", "float64")


def autocast_dtype(value: Any) -> str:
    """Return the dtype of a Python number as a constant.

    value: a bool, int, float or complex. A float takes floatX where that is not float64; otherwise
        float32 where it is exact in it.
    Returns the name of a dtype. Raises OverflowError for an int that fits none.

    >>> from symgraph.compat.theano.autocast import autocast_dtype
    >>> autocast_dtype(9), autocast_dtype(1000), autocast_dtype(0.5), autocast_dtype(0.1)
    ('int8', 'int16', 'float32', 'float64')
    """
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        for dtype in _INTEGERS:
            if np.iinfo(dtype).min <= value <= np.iinfo(dtype).max:
                return dtype
        if 0 <= value <= np.iinfo("uint64").max:
            return "uint64"
        raise OverflowError(f"the Python int {value} fits no dtype")
    if isinstance(value, complex):
        return "complex128"
    if config.floatX != "float64":
        return config.floatX
    with np.errstate(all="ignore"):
        exact = float(np.float32(value)) == value or value != value
    return _FLOATS[0] if exact else _FLOATS[1]
