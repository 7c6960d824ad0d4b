"""What every reader of image data checks and converts alike."""

from pathlib import Path

import numpy as np

from ..errors import DataError
from .split import Samples

IMAGE_PIXELS = 28 * 28
N_DIGITS = 10
# More classes than this in a table without images are a misread column, not labels.
MOST_CLASSES = 10_000


def as_samples(path: str | Path, x: np.ndarray, y: np.ndarray, dtype: str) -> Samples:
    """Images of any rank as rows in [0, 1] with checked labels.

    Images of 28x28 in whole numbers from 0 to 255 with some above 1 are taken for 8-bit pixels
    and divided by 255. Raises `DataError` for counts that differ, values that are not finite in
    `dtype`, and bad labels.
    """
    if x.ndim < 2 or y.ndim != 1:
        raise DataError(
            path,
            f"expected samples of rank 2 or more and rank-1 labels, found {x.shape}, {y.shape}",
        )
    if len(x) != len(y):
        raise DataError(path, f"{len(x)} samples but {len(y)} labels")
    if len(x) == 0:
        raise DataError(path, "holds no samples")
    rows = x.reshape(len(x), -1)
    if rows.dtype.kind not in "biuf":
        raise DataError(path, f"samples must be numbers, found dtype {rows.dtype}")
    is_image = rows.shape[1] == IMAGE_PIXELS
    labels = checked_labels(path, y, N_DIGITS if is_image else None)
    scale = 255.0 if is_image and _is_eight_bit(rows) else 1.0
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is reported just below
        values = np.divide(rows, scale, dtype=dtype, casting="same_kind")
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        raise DataError(path, f"sample {bad[0]} holds a value that is not finite in {dtype}")
    return Samples(values, labels)


def checked_labels(path: str | Path, y: np.ndarray, n_classes: int | None) -> np.ndarray:
    """Labels as int64; `DataError` unless whole numbers in 0 .. n_classes - 1.

    None stands for a number of classes that only the data knows: at most `MOST_CLASSES`.
    """
    n_classes = MOST_CLASSES if n_classes is None else n_classes
    if y.dtype.kind not in "iuf":
        raise DataError(path, f"labels must be numbers, found dtype {y.dtype}")
    if y.dtype.kind == "f":
        whole = np.isfinite(y) & (y == np.floor(y))
        if not whole.all():
            row = int(np.flatnonzero(~whole)[0])
            raise DataError(path, f"label {y[row]} of sample {row} is not a whole number")
    outside = np.flatnonzero((y < 0) | (y >= n_classes))
    if len(outside):
        row = int(outside[0])
        raise DataError(
            path, f"label {y[row]:g} of sample {row} is out of range: 0 to {n_classes - 1}"
        )
    return y.astype(np.int64)


def _is_eight_bit(rows: np.ndarray) -> bool:
    lowest, highest = rows.min(), rows.max()
    if not (1 < highest <= 255 and lowest >= 0):
        return False
    return rows.dtype.kind in "iu" or np.array_equal(rows, np.floor(rows))
