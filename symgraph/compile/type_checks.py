"""Whether a value may be handed to compiled code as it is."""

from typing import Any

import numpy as np

from symgraph.graph import TensorType, Type


class TypeCheck:
    """Of a type: whether a value is an array of the very dtype and rank, where the type tells no
    extents. Others may be of the type, too, or become so."""

    __slots__ = ("_dtype", "_fixed", "_ndim")

    def __init__(self, type: Type) -> None:
        assert isinstance(type, TensorType)
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
