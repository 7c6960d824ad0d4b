"""Limits on the size of an array."""

from collections.abc import Sequence

import numpy as np

# The largest int64. Every extent, and every size of an array in bytes, must be below it, so this
# value as an extent means that the extent is too large.
LARGEST = 2**63 - 1
# The largest number of axes of NumPy's arrays.
MOST_AXES = 64
# The widest dtype, in bytes.
_WIDEST = 16


def check_size(shape: Sequence[int | None], dtype: str) -> None:
    """Raise MemoryError where no machine can hold an array of this dtype and shape, and ValueError
    where it has more axes than arrays have.

    Unknown extents are None. As in NumPy, an extent of 0 does not excuse the other extents.
    """
    if len(shape) > MOST_AXES:
        raise ValueError(
            f"a tensor has at most {MOST_AXES} axes, as NumPy's arrays, not {len(shape)}"
        )
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
