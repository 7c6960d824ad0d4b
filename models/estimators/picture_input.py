"""Classifiers of pictures, which take them as rows of pixels or in their own shape."""

import math
from typing import Any

import numpy as np
from scipy.sparse import issparse

from ..errors import ParameterError
from .classifier import Classifier

# (channels, rows, columns)
Shape = tuple[int, int, int]


class PictureClassifier(Classifier):
    """Tell pictures apart: the base class of classifiers of pictures. Samples are (n, rows,
    columns), (n, channels, rows, columns), or (n, pixels) of square pictures of one channel; of
    which kind says the first fit."""

    # Of pictures that were given in their shape.
    _picture: Shape | None = None

    def _as_table(self, X: Any, reset: bool) -> Any:
        # What is no array, and no lists of numbers, is left to scikit-learn's checks.
        ndim = np.ndim(X) if isinstance(X, (np.ndarray, list, tuple)) else getattr(X, "ndim", 2)
        if issparse(X) or ndim not in (3, 4):
            if reset:
                self._picture = None
            return X
        X = np.asarray(X)
        channels, rows, columns = (1, *X.shape[1:])[-3:]
        if reset:
            self._picture = (channels, rows, columns)
        elif (channels, rows, columns) != self._picture:
            told = f"pictures (channels, rows, columns) of {self._picture}"
            if self._picture is None:
                told = f"rows of {self.n_features_in_} pixels"
            raise ParameterError(
                f"pictures of shape {(channels, rows, columns)} are not what this model learned "
                f"from: {told}"
            )
        return X.reshape(len(X), -1)

    def _shape_of(self, n_features: int) -> Shape | None:
        """Return the shape of the pictures that so many features make, None where they make no
        square."""
        if self._picture is not None and math.prod(self._picture) == n_features:
            return self._picture
        side = math.isqrt(n_features)
        return (1, side, side) if side * side == n_features else None
