"""CSV tables: the label or target in the first column, the features after it.

The book's point sets (`label,x1,x2`) and the usual CSV forms of MNIST are such tables. A first
line without any number is a header.
"""

import csv
import gzip
import itertools
import math
import warnings
import zlib
from pathlib import Path
from typing import TextIO, cast

import numpy as np

from ..errors import DataError
from .pixels import as_samples
from .split import DataSet, Samples, stratified_cut, three_parts

# The same shares as the 5,000 digits: a fifth for the test, an eighth of the rest validates.
TEST_SHARE = 5
VALIDATION_SHARE = 8
FOLDER_FILES = ("train.csv", "validation.csv", "test.csv")


def read_table(path: str | Path) -> np.ndarray:
    """All numbers of a CSV file (plain or `.gz`), float64, shape (rows, columns).

    Raises `DataError` naming the line of a cell that is no finite number, or of a row with
    another number of cells than the first.
    """
    path = Path(path)
    try:
        with _open_text(path) as stream:
            table = _read_at_once(stream)
        if table is None:
            with _open_text(path) as stream:
                table = _read_by_line(path, stream)
    except EOFError:
        raise DataError(path, "the gzip data is truncated") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(path, f"not a sound gzip file ({error})") from None
    except OSError as error:
        raise DataError(path, error.strerror or str(error)) from None
    except UnicodeDecodeError as error:
        raise DataError(path, f"not a text file ({error.reason})") from None
    if table.shape[1] < 2:
        raise DataError(path, "needs a label and at least one feature in each row")
    return table


def _open_text(path: Path) -> TextIO:
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    return cast(TextIO, opener(path, "rt", encoding="utf-8-sig", newline=""))


def _read_at_once(stream: TextIO) -> np.ndarray | None:
    """The table by NumPy's own reader; None for one that needs, or deserves, a closer look."""
    first = stream.readline()
    lines = stream if _is_header(first.split(",")) else itertools.chain([first], stream)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # such as of a file without rows
            table = np.loadtxt(lines, delimiter=",", comments=None, ndmin=2)
    except UnicodeDecodeError:
        raise
    except (ValueError, UserWarning):
        return None
    return table if np.isfinite(table).all() else None


def _read_by_line(path: Path, stream: TextIO) -> np.ndarray:
    """The table cell by cell, so that the place of a fault is known."""
    rows: list[np.ndarray] = []
    header_may_come = True
    reader = csv.reader(stream, strict=True)
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            is_header, header_may_come = header_may_come and _is_header(cells), False
            if is_header:
                continue
            rows.append(_numbers(path, reader.line_num, cells))
            if len(rows[-1]) != len(rows[0]):
                raise DataError(
                    path,
                    f"line {reader.line_num} has {len(rows[-1])} cells, "
                    f"the lines before have {len(rows[0])}",
                )
    except csv.Error as error:
        raise DataError(path, f"line {reader.line_num}: not CSV ({error})") from None
    if not rows:
        raise DataError(path, "holds no rows of numbers")
    return np.array(rows)


def read_class_table(path: str | Path, dtype: str = "float32") -> Samples:
    """Labelled samples; the labels must be whole numbers from 0."""
    table = read_table(path)
    return as_samples(path, table[:, 1:], table[:, 0], dtype)


def load_class_table(path: str | Path, seed: int = 0, dtype: str = "float32") -> DataSet:
    """One CSV file of labelled samples, cut into three parts in the shares of the digits."""
    return cut_in_shares(Path(path).name, path, read_class_table(path, dtype), seed)


def load_target_table(path: str | Path, seed: int = 0, dtype: str = "float32") -> DataSet:
    """One CSV file of real targets with their features, cut into three parts."""
    with np.errstate(over="ignore"):  # what overflows is reported just below
        table = read_table(path).astype(dtype)
    bad = np.flatnonzero(~np.isfinite(table).all(axis=1))
    if len(bad):
        raise DataError(path, f"sample {bad[0]} holds a value that is not finite in {dtype}")
    samples = Samples(np.ascontiguousarray(table[:, 1:]), np.ascontiguousarray(table[:, 0]))
    return cut_in_shares(Path(path).name, path, samples, seed)


def load_table_folder(folder: str | Path, seed: int = 0, dtype: str = "float32") -> DataSet:
    """A folder with `train.csv` and `test.csv`; without `validation.csv` an eighth validates."""
    folder = Path(folder)
    train_path, validation_path, test_path = (folder / name for name in FOLDER_FILES)
    train, test = read_class_table(train_path, dtype), read_class_table(test_path, dtype)
    if validation_path.exists():
        validation = read_class_table(validation_path, dtype)
    else:
        train, validation = stratified_cut(
            train, len(train) // VALIDATION_SHARE, np.random.RandomState(seed)
        )
    for path, part in ((validation_path, validation), (test_path, test)):
        if part.x.shape[1] != train.x.shape[1]:
            raise DataError(
                path, f"{part.x.shape[1]} features, {train_path.name} has {train.x.shape[1]}"
            )
    return DataSet(f"tables in {folder}", train, validation, test)


def cut_in_shares(name: str, path: str | Path, samples: Samples, seed: int) -> DataSet:
    """`samples` cut as the digits are; `DataError` when a part would be empty."""
    n_test = len(samples) // TEST_SHARE
    n_validation = (len(samples) - n_test) // VALIDATION_SHARE
    if not n_test or not n_validation:
        raise DataError(
            path, f"{len(samples)} samples are too few for training, validation and test parts"
        )
    return three_parts(name, samples, seed, n_test=n_test, n_validation=n_validation)


def _is_header(cells: list[str]) -> bool:
    return all(_number(cell.strip().strip('"')) is None for cell in cells)


def _number(cell: str) -> float | None:
    """The cell's value; None for text, and for the digit groups (1_000) of Python alone."""
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def _numbers(path: Path, line: int, cells: list[str]) -> np.ndarray:
    numbers = np.empty(len(cells))
    for column, cell in enumerate(cells, 1):
        value = _number(cell)
        if value is None:
            raise DataError(path, f"line {line}, column {column}: {cell!r} is not a number")
        if not math.isfinite(value):
            raise DataError(path, f"line {line}, column {column}: {cell!r} is not finite")
        numbers[column - 1] = value
    return numbers
