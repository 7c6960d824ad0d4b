"""Arrays read from files when a function runs."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Apply, Extent, PiecewiseConstant, TensorType, Variable


class LoadFromDisk(PiecewiseConstant):
    """The array in a file of NumPy's format `.npy`, of this dtype and with the known extents of
    `shape`, read anew in each call. `mmap_mode` as in `numpy.load`: the file is mapped, not read
    whole. Where `path` is None, the only input, a variable of any Python object, tells it."""

    __props__ = ("path", "dtype", "shape", "mmap_mode")

    def __init__(
        self,
        path: str | None,
        dtype: str,
        shape: Sequence[int | None],
        mmap_mode: str | None = None,
    ) -> None:
        self.path = path
        self.dtype = dtype
        self.shape = tuple(shape)
        self.mmap_mode = mmap_mode

    def output_types(self, *paths: Variable) -> Sequence[TensorType]:
        return [TensorType(self.dtype, self.shape)]

    def perform(self, node: Apply, *paths: Any) -> tuple[np.ndarray, ...]:
        (path,) = paths or (self.path,)
        array = np.load(path, mmap_mode=self.mmap_mode)  # type: ignore[arg-type]
        wanted = node.outputs[0].type
        pairs = zip(wanted.shape, array.shape, strict=False)
        if (
            array.dtype != wanted.dtype
            or array.ndim != wanted.ndim
            or any(want not in (None, have) for want, have in pairs)
        ):
            raise TypeError(
                f"load: {path} holds an array of {array.dtype} and the shape {array.shape},"
                f" where {wanted} was declared"
            )
        return (np.asarray(array),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]] | None:
        known = node.outputs[0].type.shape
        return None if None in known else [known]
