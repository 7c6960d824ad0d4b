"""The dtypes that Theano gives Python numbers: the smallest that hold them."""

from functools import lru_cache
from typing import Any

import numpy as np

from symgraph.graph import TensorType, Variable, config
from symgraph.ops.constant import constant, weak_dtype

_INTEGERS = ("int8", "int16", "int32", "int64")
_FLOATS = ("float32", "float64")


class AutocastFloat:
    """Make NumPy's number of a float, of the dtype that the float has as a constant.

    dtypes: of these, the first that holds a float exactly is its dtype, else the last.

    >>> from symgraph.compat.theano.autocast import autocast_float
    >>> autocast_float(0.5).dtype
    dtype('float32')
    """

    # Theano has float16 among them, and never takes it.
    dtypes: tuple[str, ...] = ("float16", *_FLOATS)

    def __call__(self, value: float) -> Any:
        return np.dtype(autocast_dtype(value)).type(value)


autocast_float = AutocastFloat()


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
    dtypes = [dtype for dtype in autocast_float.dtypes if dtype in _FLOATS] or [config.floatX]
    if config.floatX != "float64" and autocast_float.dtypes == AutocastFloat.dtypes:
        return config.floatX
    with np.errstate(all="ignore"):
        kinds = [np.dtype(dtype).type for dtype in dtypes]
        exact = (float(kind(value)) == value or value != value for kind in kinds)
        return next((d for d, holds in zip(dtypes, exact, strict=True) if holds), dtypes[-1])


def number_beside(variable: Variable, value: Any) -> Any:
    """Return the operand that a Python number is beside a variable in Theano.

    variable, value: the variable and the number.
    Returns the number itself where symgraph's own rule gives the same dtype, else a constant.

    >>> from symgraph.compat.theano.autocast import number_beside
    >>> number_beside(T.fscalar("x"), 0.1).dtype, number_beside(T.fscalar("x"), 0.5)
    ('float64', 0.5)
    """
    if not isinstance(variable.type, TensorType):
        return value
    kind = type(value).__name__
    known = (config.floatX, autocast_float.dtypes)
    dtype = _dtype_beside(variable.type.dtype, kind, repr(value), known)
    return value if dtype is None else constant(value, dtype)


@lru_cache(maxsize=4096)
def _dtype_beside(strong: str, kind: str, text: str, known: tuple[Any, ...]) -> str | None:
    """Return the dtype that Theano gives a number, or None where it makes no difference beside a
    tensor of the dtype `strong`. The number is given as text because equal numbers may differ;
    `known` is what else the result depends on."""
    value = _value(kind, text)
    own = autocast_dtype(value)
    try:
        weak = weak_dtype(value, strong)
    except OverflowError:
        return own
    same = np.promote_types(strong, own) == np.promote_types(strong, weak)
    return None if same else own


def _value(kind: str, text: str) -> Any:
    if kind == "bool":
        return text == "True"
    return {"int": int, "float": float, "complex": complex}[kind](text)
