"""How large an array may be."""

from collections.abc import Sequence

import numpy as np

# Of int64. Extents, and the bytes of arrays, are less: so this says that an extent is too large.
LARGEST = 2**63 - 1
# The widest dtype, in bytes.
_WIDEST = 16


def check_size(shape: Sequence[int | None], dtype: str) -> None:
    """Raise MemoryError where no machine holds an array of this dtype and shape, whose extents are
    None where they are not known. As in NumPy an extent of 0 makes no array smaller."""
    size = 1
    for extent in shape:
        if extent:
            size *= extent
    if size > LARGEST // _WIDEST and size * np.dtype(dtype).itemsize >= LARGEST:
        raise MemoryError(
            f"no machine holds an array of {dtype} and the shape {told(shape)}: it would have"
            f" {size * np.dtype(dtype).itemsize:,} bytes"
        )


def told(shape: Sequence[int | None]) -> str:
    """Return a shape as messages show it."""
    return "(" + ", ".join("?" if extent is None else str(extent) for extent in shape) + ")"
