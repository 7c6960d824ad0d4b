"""A fast check whether a value may be passed to compiled code without conversion."""

from typing import Any

import numpy as np

from symgraph.graph import TensorType, Type


class TypeCheck:
    """A check for a type: whether a value is an array of exactly the dtype and rank, where the type
    is a tensor's and tells no extents. Other values may be of the type, too, or be convertible to
    it."""

    __slots__ = ("_dtype", "_fixed", "_ndim")
    _dtype: np.dtype | None

    def __init__(self, type: Type) -> None:
        # No array has the dtype None.
        self._dtype, self._ndim, self._fixed = None, 0, True
        if isinstance(type, TensorType):
            self._dtype = np.dtype(type.dtype)
            self._ndim = type.ndim
            self._fixed = any(extent is not None for extent in type.shape)

    def __call__(self, value: Any) -> bool:
        return (
            type(value) is np.ndarray
            and value.dtype is self._dtype
            and value.ndim == self._ndim
            and not self._fixed
        )
