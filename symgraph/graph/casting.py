"""Casts of arrays to another dtype, with the same result on every processor."""

import numpy as np


class PrecisionLoss(TypeError):
    """Raised for a value that a cast to the type's dtype would change. The caller adds to the
    message how such casts are allowed in its case."""


def convert(array: np.ndarray, dtype: str) -> np.ndarray:
    """Return the array in another dtype, as `numpy.ndarray.astype`, but defined for all floats.

    NumPy leaves open which integers result from floats that do not fit: here numbers beyond the
    integers' range, including infinities, give the nearest end of the range, and nan gives 0.
    """
    array, new = np.asarray(array), np.dtype(dtype)
    with np.errstate(all="ignore"):
        if array.dtype.kind != "f" or new.kind not in "iu":
            return array.astype(new, copy=False)
        bounds = np.iinfo(new)
        # Powers of two are exact in floats; the largest integer of the dtype may not be.
        low, end = np.float64(bounds.min), np.float64(2.0 ** (bounds.bits - (new.kind == "i")))
        below, above = array < low, array >= end
        inside = ~(below | above | np.isnan(array))
        result = np.where(inside, array, 0).astype(new)
        result[below], result[above] = bounds.min, bounds.max
        return result
