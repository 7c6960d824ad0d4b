"""Finds out what kind of data a path holds, and reads it."""

from pathlib import Path

from ..errors import DataError
from .archive import load_archive
from .digits import load_digits
from .idx import find_idx, load_idx_folder
from .pickled import load_pickled
from .split import DataSet
from .table import FOLDER_FILES, load_class_table, load_table_folder

_PICKLE_NAMES = ("mnist.pkl.gz", "mnist.pkl")
_READERS = {
    (".csv",): load_class_table,
    (".csv", ".gz"): load_class_table,
    (".npz",): load_archive,
    (".pkl",): lambda path, seed, dtype: load_pickled(path, dtype),
    (".pkl", ".gz"): lambda path, seed, dtype: load_pickled(path, dtype),
}


def load_data(source: str | Path | None = None, seed: int = 0, dtype: str = "float32") -> DataSet:
    """Labelled data for a classifier; None: the 5,000 digits.

    `source` may be a folder (the four MNIST IDX files, plain or `.gz`; `mnist.pkl.gz`;
    `train.csv` and `test.csv`) or a file (`.pkl`, `.pkl.gz`, `.csv`, `.csv.gz`, `.npz`).
    `seed` decides how parts are cut where the source does not say. Raises `DataError`.
    """
    if source is None:
        return load_digits(seed, dtype)
    path = Path(source)
    if path.is_dir():
        return _load_folder(path, seed, dtype)
    if not path.exists():
        raise DataError(path, "no such file or folder")
    for length in (2, 1):
        reader = _READERS.get(tuple(s.lower() for s in path.suffixes[-length:]))
        if reader is not None:
            return reader(path, seed, dtype)
    if path.name.split(".")[0].endswith("ubyte") or "idx" in path.name:
        raise DataError(path, "one MNIST file of four: name the folder that holds them")
    endings = ", ".join("".join(suffixes) for suffixes in _READERS)
    raise DataError(path, f"unknown kind of data file; known endings are {endings}")


def _load_folder(folder: Path, seed: int, dtype: str) -> DataSet:
    if find_idx(folder):
        return load_idx_folder(folder, seed, dtype)
    for name in _PICKLE_NAMES:
        if (folder / name).is_file():
            return load_pickled(folder / name, dtype)
    if (folder / FOLDER_FILES[0]).is_file():
        return load_table_folder(folder, seed, dtype)
    raise DataError(
        folder,
        "holds no data: expected the four MNIST files (train-images-idx3-ubyte ...), "
        f"{_PICKLE_NAMES[0]}, or {FOLDER_FILES[0]} and {FOLDER_FILES[2]}",
    )
