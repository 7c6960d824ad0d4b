"""Samples in sparse matrices of SciPy, which the networks see dense."""

from typing import Any

import numpy as np
from scipy.sparse import issparse

from ..errors import ParameterError
from ..limits import max_bytes


def dense(X: Any) -> np.ndarray:
    """Return the same samples as an array."""
    return X.toarray() if issparse(X) else X


def check_fits_dense(X: Any) -> None:
    """Raise `ParameterError` where sparse samples would take too much memory while training."""
    if not issparse(X):
        return
    size = X.shape[0] * X.shape[1] * X.dtype.itemsize
    if size > max_bytes():
        raise ParameterError(
            f"sparse samples of shape {X.shape} take {size:,} bytes dense, more than the "
            f"{max_bytes():,} allowed (flag max_file_bytes): train part by part with partial_fit"
        )
