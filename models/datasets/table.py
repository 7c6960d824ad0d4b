"""CSV tables: the label or target in the first column, the features after it.

The book's point sets (`label,x1,x2`) and the usual CSV forms of MNIST are such tables. A first
line without any number is a header.
"""

import csv
import gzip
import math
import zlib
from pathlib import Path

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
    opener = gzip.open if path.suffix == ".gz" else open
    rows: list[list[float]] = []
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                if not rows and reader.line_num == 1 and _is_header(cells):
                    continue
                rows.append(_numbers(path, reader.line_num, cells))
                if len(rows[-1]) != len(rows[0]):
                    raise DataError(
                        path,
                        f"line {reader.line_num} has {len(rows[-1])} cells, "
                        f"the lines before have {len(rows[0])}",
                    )
    except EOFError:
        raise DataError(path, "the gzip data is truncated") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(path, f"not a sound gzip file ({error})") from None
    except OSError as error:
        raise DataError(path, error.strerror or str(error)) from None
    except UnicodeDecodeError as error:
        raise DataError(path, f"not a text file ({error.reason})") from None
    except csv.Error as error:
        raise DataError(path, f"not a CSV file ({error})") from None
    if not rows:
        raise DataError(path, "holds no rows of numbers")
    if len(rows[0]) < 2:
        raise DataError(path, "needs a label and at least one feature in each row")
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
    table = read_table(path).astype(dtype)
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
    return not any(_is_number(cell) for cell in cells)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(path: Path, line: int, cells: list[str]) -> list[float]:
    numbers = []
    for column, cell in enumerate(cells, 1):
        if not _is_number(cell):
            raise DataError(path, f"line {line}, column {column}: {cell!r} is not a number")
        numbers.append(float(cell))
        if not math.isfinite(numbers[-1]):
            raise DataError(path, f"line {line}, column {column}: {cell!r} is not finite")
    return numbers
