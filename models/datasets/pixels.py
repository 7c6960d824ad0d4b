"""What every reader of image data checks and converts alike."""

from pathlib import Path

import numpy as np

from ..errors import DataError
from ..limits import MAX_CLASSES
from .split import Samples

IMAGE_PIXELS = 28 * 28


def as_samples(path: str | Path, x: np.ndarray, y: np.ndarray, dtype: str) -> Samples:
    """Return images of any rank as rows in [0, 1] with checked labels.

    Images of 28x28 in integers from 0 to 255 with some above 1 are taken for 8-bit pixels
    and divided by 255. Labels may be a column, or columns of which each row marks one with 1.
    Raises `DataError` for counts that differ, values that are not finite in `dtype`, bad labels.
    """
    y = _flat(y)
    if x.ndim < 2 or y.ndim != 1:
        raise DataError(
            path,
            f"expected samples of rank 2 or more and rank-1 labels, found {x.shape}, {y.shape}",
        )
    if len(x) != len(y):
        raise DataError(path, f"{len(x)} samples but {len(y)} labels")
    if not x.size:
        raise DataError(path, f"holds no samples: it has the shape {x.shape}")
    rows = x.reshape(len(x), -1)
    if rows.dtype.kind not in "biuf":
        raise DataError(path, f"samples must be numbers, found dtype {rows.dtype}")
    labels = checked_labels(path, y)
    scale = 255.0 if rows.shape[1] == IMAGE_PIXELS and _is_eight_bit(rows) else 1.0
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is reported just below
        values = np.divide(rows, scale, dtype=dtype, casting="same_kind")
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        raise DataError(path, f"sample {bad[0]} holds a value that is not finite in {dtype}")
    return Samples(values, labels)


def _flat(y: np.ndarray) -> np.ndarray:
    """Return labels in a column, or one-hot, as a vector; others as they are."""
    if y.ndim != 2:
        return y
    if y.shape[1] == 1:
        return y[:, 0]
    if y.dtype.kind in "biuf" and ((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all():
        return y.argmax(axis=1)
    return y


def checked_labels(path: str | Path, y: np.ndarray) -> np.ndarray:
    """Return labels as int64, or as text. `DataError` unless they are integers or text, and of
    no more classes than labels can be of: every other sample of one that another is of too."""
    if y.dtype.kind not in "biufU":
        raise DataError(path, f"labels must be numbers or text, found dtype {y.dtype}")
    if y.dtype.kind == "f":
        whole = np.isfinite(y) & (y == np.floor(y)) & (np.abs(y) < 2**53)
        if not whole.all():
            row = int(np.flatnonzero(~whole)[0])
            raise DataError(path, f"label {y[row]} of sample {row} is not an integer")
    if y.dtype.kind == "u" and y.dtype.itemsize == 8 and y.max(initial=0) >= 2**63:
        raise DataError(path, f"label {y.max()} is too large")
    labels = y if y.dtype.kind == "U" else y.astype(np.int64)
    n_classes = len(np.unique(labels))
    if n_classes > MAX_CLASSES or n_classes > max(len(labels) // 2, 2):
        raise DataError(
            path,
            f"{n_classes:,} different labels of {len(labels):,} samples are no classes",
        )
    return labels


def _is_eight_bit(rows: np.ndarray) -> bool:
    lowest, highest = rows.min(), rows.max()
    if not (1 < highest <= 255 and lowest >= 0):
        return False
    return rows.dtype.kind in "iu" or np.array_equal(rows, np.floor(rows))
