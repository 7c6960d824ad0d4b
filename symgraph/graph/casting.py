"""Arrays in another dtype, the same on every processor."""

import numpy as np


class PrecisionLoss(TypeError):
    """A value is refused since a cast to the type's dtype would change it. Whoever asked for the
    value adds how such casts are allowed there."""


def convert(array: np.ndarray, dtype: str) -> np.ndarray:
    """As `numpy.ndarray.astype`, which leaves open what integers are made of floats that do not
    fit: numbers beyond the integers' range give its nearest end, infinite ones too, and nan 0."""
    array, new = np.asarray(array), np.dtype(dtype)
    with np.errstate(all="ignore"):
        if array.dtype.kind != "f" or new.kind not in "iu":
            return array.astype(new, copy=False)
        bounds = np.iinfo(new)
        # Powers of two, and so exact, whatever the largest integer is in floats.
        low, end = np.float64(bounds.min), np.float64(2.0 ** (bounds.bits - (new.kind == "i")))
        below, above = array < low, array >= end
        inside = ~(below | above | np.isnan(array))
        result = np.where(inside, array, 0).astype(new)
        result[below], result[above] = bounds.min, bounds.max
        return result
