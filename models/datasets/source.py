"""Finds out what kind of data a path holds, by its content, and reads it."""

import os
from pathlib import Path

from ..errors import DataError
from ..files import beginning
from .archive import load_archive
from .columns import TableForm
from .digits import load_digits
from .idx import MAGICS, find_idx, load_idx_folder
from .pickled import load_pickled
from .split import DataSet
from .table import FOLDER_FILES, FOUND_OUT, load_class_table, load_table_folder

_PICKLE_NAMES = ("mnist.pkl.gz", "mnist.pkl")
_KNOWN = "a table in text, a NumPy archive (.npz) or a pickle (mnist.pkl.gz)"
# What begins so, and what to do about it.
_FOREIGN = (
    (b"\x93NUMPY", "a single array; np.savez makes an archive of x and y"),
    (b"PAR1", "a Parquet file; pandas.read_parquet(...).to_csv makes a table of it"),
    (b"\x89HDF", "an HDF5 file; np.savez makes an archive of its arrays"),
    (b"BZh", "packed by bzip2; unpack it, or pack it by gzip"),
    (b"\xfd7zXZ", "packed by xz; unpack it, or pack it by gzip"),
    (b"7z\xbc\xaf", "packed by 7-Zip; unpack it"),
    (b"\x28\xb5\x2f\xfd", "packed by zstd; unpack it, or pack it by gzip"),
    (b"\x1f\x8b", "packed twice; unpack it"),
    (b"\x89PNG", "a picture; symgraph predict reads pictures"),
    (b"\xff\xd8\xff", "a picture; symgraph predict reads pictures"),
    (b"%PDF", "a PDF file"),
    (b"\xd0\xcf\x11\xe0", "a file of an office program; save it as CSV"),
    (b"SQLite format 3", "a data base; export a table of it as CSV"),
)


def load_data(
    source: str | Path | None = None,
    seed: int = 0,
    dtype: str = "float32",
    form: TableForm = FOUND_OUT,
) -> DataSet:
    """Return labelled data for a classifier; None: the 5,000 digits.

    `source` may be a folder (the four MNIST IDX files; `mnist.pkl.gz`; `train.csv` and `test.csv`)
    or a file (the pickle, a table in text, `.npz`); anything but an archive may be packed by gzip.
    `seed` decides how parts are cut where the source does not say, `form` what a table is taken
    for. x is of the dtype. Raises `DataError`.

    >>> import tempfile
    >>> from pathlib import Path
    >>> rows = "\\n".join(f"{k % 2},{k},{-k}" for k in range(40))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "table.csv")
    ...     _ = path.write_text(rows)
    ...     load_data(path).describe()
    'table.csv: 28 / 4 / 8 samples (train / validation / test), 2 features'
    """
    if source is None:
        return load_digits(seed, dtype)
    path = Path(source)
    if path.is_dir():
        return _load_folder(path, seed, dtype, form)
    if not os.path.lexists(path):
        raise DataError(path, "no such file or folder")
    head = beginning(path, 512)
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            raise DataError(path, f"{what}. What is read is {_KNOWN}")
    endings = {suffix.lower() for suffix in path.suffixes}
    if head.startswith(b"PK") or ".npz" in endings:
        return load_archive(path, seed, dtype)
    if head.startswith(b"\x80") or {".pkl", ".pickle"} & endings:
        return load_pickled(path, dtype)
    if head[:4] in MAGICS:
        raise DataError(path, "one MNIST file of four: name the folder that holds them")
    return load_class_table(path, seed, dtype, form)


def _load_folder(folder: Path, seed: int, dtype: str, form: TableForm) -> DataSet:
    if find_idx(folder):
        return load_idx_folder(folder, seed, dtype)
    for name in _PICKLE_NAMES:
        if (folder / name).is_file():
            return load_pickled(folder / name, dtype)
    if (folder / FOLDER_FILES[0]).is_file():
        return load_table_folder(folder, seed, dtype, form)
    raise DataError(
        folder,
        "holds no data: expected the four MNIST files (train-images-idx3-ubyte ...), "
        f"{_PICKLE_NAMES[0]}, or {FOLDER_FILES[0]} and {FOLDER_FILES[2]}",
    )
