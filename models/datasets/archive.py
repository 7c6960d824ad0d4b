"""NumPy archives (`.npz`): `x` and `y`, or `x_train`, `y_train`, `x_test`, `y_test` as in Keras."""

import contextlib
import pickle
import zipfile
import zlib
from pathlib import Path

import numpy as np

from ..errors import DataError
from .pixels import as_samples
from .split import DataSet, Samples, stratified_cut
from .table import VALIDATION_SHARE, cut_in_shares

# What a damaged, encrypted or foreign zip file, or a pickled object in it, ends in.
_DAMAGES = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    zlib.error,
)
_PARTS = ("train", "validation", "test")


def load_archive(path: str | Path, seed: int = 0, dtype: str = "float32") -> DataSet:
    """One `.npz` file; without a validation part, an eighth of the training part becomes one."""
    path = Path(path)
    arrays = read_archive(path)
    if {"x", "y"} <= arrays.keys():
        samples = as_samples(path, arrays["x"], arrays["y"], dtype)
        return cut_in_shares(path.name, path, samples, seed)
    parts = {
        part: as_samples(path, arrays[f"x_{part}"], arrays[f"y_{part}"], dtype)
        for part in _PARTS
        if {f"x_{part}", f"y_{part}"} <= arrays.keys()
    }
    if "train" not in parts or "test" not in parts:
        raise DataError(
            path,
            "needs the arrays x and y, or x_train, y_train, x_test and y_test; "
            f"it holds {', '.join(sorted(arrays)) or 'no named arrays'}",
        )
    _check_widths(path, parts)
    train = parts["train"]
    if "validation" in parts:
        validation = parts["validation"]
    else:
        random = np.random.RandomState(seed)
        train, validation = stratified_cut(train, len(train) // VALIDATION_SHARE, random)
    return DataSet(path.name, train, validation, parts["test"])


def read_archive(path: Path) -> dict[str, np.ndarray]:
    """All arrays of the archive, none of a single array; pickled objects inside are refused."""
    try:
        with contextlib.ExitStack() as stack:
            archive = np.load(path, allow_pickle=False)
            if isinstance(archive, np.ndarray):
                return {}
            stack.enter_context(archive)
            return {name: archive[name] for name in archive.files}
    except _DAMAGES as error:
        reason = getattr(error, "strerror", None) or f"not a sound NumPy archive ({error})"
        raise DataError(path, reason) from None


def _check_widths(path: Path, parts: dict[str, Samples]) -> None:
    widths = {name: part.x.shape[1] for name, part in parts.items()}
    if len(set(widths.values())) != 1:
        raise DataError(path, f"the parts have different numbers of features: {widths}")
