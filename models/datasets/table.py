"""Tables in text, packed or not: numbers and a label in each row, in whatever form it is found.

The form (see `dialect` and `columns`) is told in the data set's `assumed`.
"""

import csv
import dataclasses
import io
import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import numpy as np

from ..errors import DataError
from ..files import beginning, count_unpacked, faults_told, unpacked
from .columns import Columns, NumericTable, TableForm, chosen, missing, told
from .dialect import BEGINNING, COMMENT, Dialect, lines_of, rows_of, sniffed
from .pixels import as_samples
from .split import DataSet, Samples, stratified_cut, three_parts

# The same shares as the 5,000 digits: a fifth for the test, an eighth of the rest validates.
TEST_SHARE = 5
VALIDATION_SHARE = 8
FOLDER_FILES = ("train.csv", "validation.csv", "test.csv")
FOUND_OUT = TableForm()

# The number of each text of a column, by the column.
Codes = dict[int, dict[str, int]]


def read_table(path: str | Path, form: TableForm = FOUND_OUT) -> NumericTable:
    """Return all numbers of a table, and of columns of text the numbers of their texts.

    Raises `DataError` naming the line and column of a cell that is missing or no finite number,
    or the line of a row with another number of cells than the first.
    """
    path = Path(path)
    count_unpacked(path)
    head = beginning(path, BEGINNING)
    dialect = sniffed(path, head, form.separator, form.header, whole=len(head) < BEGINNING)
    try:
        return _read(path, dialect)
    except UnicodeDecodeError as error:
        if dialect.encoding != "utf-8":
            raise DataError(path, f"not a text file ({error.reason})") from None
    # What is no UTF-8 comes late in it.
    return _read(path, dataclasses.replace(dialect, encoding="latin-1"))


def _read(path: Path, dialect: Dialect) -> NumericTable:
    codes: Codes = {column: {} for column in dialect.texts}
    with _lines(path, dialect) as lines:
        values = _read_at_once(lines, dialect, codes)
    if values is None:
        codes = {column: {} for column in dialect.texts}
        with _lines(path, dialect) as lines:
            values = _read_by_line(path, lines, dialect, codes)
    return NumericTable(path, values, {column: list(of) for column, of in codes.items()}, dialect)


@contextmanager
def _lines(path: Path, dialect: Dialect) -> Iterator[Iterable[str]]:
    with faults_told(path), unpacked(path) as stream:
        text = io.TextIOWrapper(cast(IO[bytes], stream), dialect.encoding, newline="")
        try:
            yield lines_of(path, text)
        finally:
            text.detach()


def _read_at_once(lines: Iterable[str], dialect: Dialect, codes: Codes) -> np.ndarray | None:
    """Return the table by NumPy's own reader; None for one that needs, or deserves, a closer
    look."""
    if dialect.decimal_comma and codes:
        return None
    convert: dict[int | str, Callable[[str], float]] = {c: _coder(of) for c, of in codes.items()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # such as of a file without rows
            table = np.loadtxt(
                _body(lines, dialect),
                delimiter=dialect.separator,
                comments=None,
                quotechar='"',
                converters=convert,
                ndmin=2,
            )
    except UnicodeDecodeError:
        raise
    except DataError:
        raise
    except (ValueError, UserWarning):
        return None
    is_whole = np.isfinite(table).all() and not any(
        missing(text) for of in codes.values() for text in of
    )
    return table if is_whole else None


def _coder(codes: dict[str, int]) -> Callable[[str], float]:
    """Return what numbers texts as they come."""
    return lambda cell: codes.setdefault(cell.strip(), len(codes))


def _body(lines: Iterable[str], dialect: Dialect) -> Iterator[str]:
    """Return the lines without comments and header, with decimal points."""
    header_may_come = dialect.has_header
    quotes = 0
    for line in lines:
        if line.startswith(COMMENT):
            continue
        quotes += line.count('"')
        if header_may_come and line.strip():
            header_may_come = False
            continue
        yield line.replace(",", ".") if dialect.decimal_comma else line
    if quotes % 2:
        raise ValueError("a quotation ends nowhere")


def _read_by_line(path: Path, lines: Iterable[str], dialect: Dialect, codes: Codes) -> np.ndarray:
    """Return the table cell by cell, so that the place of a fault is known."""
    rows: list[np.ndarray] = []
    header_may_come = dialect.has_header
    last = 0
    try:
        for last, cells in rows_of(lines, dialect.separator):
            if header_may_come:
                header_may_come = False
                continue
            if rows and len(cells) != len(rows[0]):
                raise DataError(
                    path,
                    f"line {last} has {len(cells)} cells, the lines before have {len(rows[0])}",
                )
            rows.append(_numbers(path, last, cells, dialect, codes))
    except csv.Error as error:
        raise DataError(path, f"behind line {last}: not CSV ({error})") from None
    if not rows:
        raise DataError(path, "holds no rows of numbers")
    return np.array(rows)


def _numbers(path: Path, line: int, cells: list[str], dialect: Dialect, codes: Codes) -> np.ndarray:
    numbers = np.empty(len(cells))
    for column, cell in enumerate(cells):
        value = dialect.number(cell)
        if column in codes and not missing(cell):
            value = codes[column].setdefault(cell.strip(), len(codes[column]))
        if value is None or not math.isfinite(value):
            if missing(cell):
                reason = f"a value is missing ({cell!r}): fill it, or leave the row out"
            elif value is None:
                reason = f"{cell!r} is not a number"
            else:
                reason = f"{cell!r} is not finite"
            names = dialect.names
            name = f" ({names[column]!r})" if names and column < len(names) else ""
            raise DataError(path, f"line {line}, column {column + 1}{name}: {reason}")
        numbers[column] = value
    return numbers


def _class_samples(table: NumericTable, columns: Columns, dtype: str) -> Samples:
    labels = table.labels(columns.label)
    return as_samples(table.path, table.values[:, columns.features], labels, dtype)


def load_class_table(
    path: str | Path, seed: int = 0, dtype: str = "float32", form: TableForm = FOUND_OUT
) -> DataSet:
    """Return one table of labelled samples, cut into three parts in the shares of the digits."""
    table = read_table(path, form)
    columns = chosen(table, form.label_column, classes=True)
    samples = _class_samples(table, columns, dtype)
    data = cut_in_shares(Path(path).name, path, samples, seed)
    return dataclasses.replace(data, assumed=told(table, columns, np.unique(samples.y)))


def load_target_table(
    path: str | Path, seed: int = 0, dtype: str = "float32", form: TableForm = FOUND_OUT
) -> DataSet:
    """Return one table of real targets with their features, cut into three parts.

    x and y are of the dtype; `seed` decides the cut, `form` what the table is taken for. Raises
    `DataError`.

    >>> import tempfile
    >>> from pathlib import Path
    >>> rows = "\\n".join(f"{k % 2},{k},{-k}" for k in range(40))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "table.csv")
    ...     _ = path.write_text(rows)
    ...     load_target_table(path).train.x.shape
    (28, 2)
    """
    table = read_table(path, form)
    columns = chosen(table, form.label_column, classes=False)
    if columns.label in table.texts:
        raise DataError(path, f"{table.named(columns.label)} holds text, and no numbers to predict")
    with np.errstate(over="ignore"):  # what overflows is reported just below
        values = table.values.astype(dtype)
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        raise DataError(path, f"sample {bad[0]} holds a value that is not finite in {dtype}")
    samples = Samples(values[:, columns.features], np.ascontiguousarray(values[:, columns.label]))
    data = cut_in_shares(Path(path).name, path, samples, seed)
    return dataclasses.replace(data, assumed=told(table, columns, None))


def load_table_folder(
    folder: str | Path, seed: int = 0, dtype: str = "float32", form: TableForm = FOUND_OUT
) -> DataSet:
    """Return the data of a folder with `train.csv` and `test.csv`; without `validation.csv` an
    eighth validates.

    Columns are what they are found to be in the first.
    """
    folder = Path(folder)
    train_path, validation_path, test_path = (folder / name for name in FOLDER_FILES)
    first = read_table(train_path, form)
    columns = chosen(first, form.label_column, classes=True)
    train = _class_samples(first, columns, dtype)

    def part(path: Path) -> Samples:
        table = read_table(path, form)
        width, wanted = table.values.shape[1], first.values.shape[1]
        if width != wanted:
            raise DataError(path, f"{width} columns, {train_path.name} has {wanted}")
        return _class_samples(table, columns, dtype)

    test = part(test_path)
    if validation_path.exists():
        validation = part(validation_path)
    else:
        train, validation = stratified_cut(
            train, len(train) // VALIDATION_SHARE, np.random.RandomState(seed)
        )
    assumed = told(first, columns, np.unique(train.y))
    return DataSet(f"tables in {folder}", train, validation, test, assumed=assumed)


def cut_in_shares(name: str, path: str | Path, samples: Samples, seed: int) -> DataSet:
    """Return `samples` cut as the digits are; `DataError` when a part would be empty."""
    n_test = len(samples) // TEST_SHARE
    n_validation = (len(samples) - n_test) // VALIDATION_SHARE
    if not n_test or not n_validation:
        raise DataError(
            path, f"{len(samples)} samples are too few for training, validation and test parts"
        )
    return three_parts(name, samples, seed, n_test=n_test, n_validation=n_validation)
