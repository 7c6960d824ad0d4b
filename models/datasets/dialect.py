"""How a table in text is written: its encoding, separator, decimal mark and header.

Found out from the beginning of the file; what is found can be told, and set instead.
"""

import codecs
import csv
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ..errors import DataError
from ..limits import MAX_LINE

BEGINNING = 1 << 18
_LINES = 200
# None: any white space. The first of several that do as well is taken.
SEPARATORS = (",", ";", "\t", "|", None)
NAMES = {",": "','", ";": "';'", "\t": "tabs", "|": "'|'", None: "white space"}
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-", "."})
COMMENT = "#"
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Dialect:
    """Describe how a table is written. `names` are those of the header, None where there is none,
    or of a comment that stands for one; `texts` the columns that hold text. A `separator` of None
    is white space."""

    encoding: str
    separator: str | None
    decimal_comma: bool
    names: tuple[str, ...] | None
    has_header: bool
    texts: tuple[int, ...]

    def number(self, cell: str) -> float | None:
        """Return the cell's value, None where it is no number."""
        cell = cell.strip()
        if self.decimal_comma and _DECIMAL_COMMA.fullmatch(cell):
            cell = cell.replace(",", ".")
        return number(cell)


def number(cell: str) -> float | None:
    """Return the value of a number in decimal digits, "inf" and "nan" included; None for anything
    else, such as the digit groups (1_000) of Python alone."""
    try:
        return float(cell) if cell.isascii() and "_" not in cell else None
    except ValueError:
        return None


def encoding_of(path: Path, beginning: bytes) -> str:
    """Return UTF-8, UTF-16 or UTF-32, also without a mark, or Latin-1. `DataError` for no text."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if beginning.startswith(mark):
            return encoding
    if b"\0" in beginning:
        # Text in UTF-16 that is mostly ASCII has a zero in every other place.
        for encoding, zeros in (("utf-16-le", beginning[1::2]), ("utf-16-be", beginning[::2])):
            if zeros.count(0) > 0.9 * len(zeros) and beginning.count(0) < 0.6 * len(beginning):
                return encoding
        raise DataError(path, f"not a text file: it holds a zero, at byte {beginning.index(0):,}")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def lines_of(path: Path, stream: TextIO) -> Iterator[str]:
    """Return the lines of a text stream, none longer than a table's may be."""
    while line := stream.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise DataError(path, f"a line has more than {MAX_LINE:,} characters")
        yield line


def rows_of(lines: Iterable[str], separator: str | None) -> Iterator[tuple[int, list[str]]]:
    """Return the rows with the number of the line that each ends in; blank lines and comments are
    left out, and so is a separator behind the last cell of every line of white space."""
    if separator is None:
        for count, line in enumerate(lines, 1):
            if cells := [] if line.lstrip().startswith(COMMENT) else line.split():
                yield count, [cell.strip('"') for cell in cells]
        return
    reader = csv.reader(
        _without_comments(lines), delimiter=separator, strict=True, skipinitialspace=True
    )
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def _without_comments(lines: Iterable[str]) -> Iterator[str]:
    """Return the lines, comments being made blank so that lines keep their numbers."""
    return ("\n" if line.startswith(COMMENT) else line for line in lines)


def sniffed(
    path: Path, beginning: bytes, separator: str | None, header: bool | None, whole: bool
) -> Dialect:
    """Return the dialect of the table that begins so. `separator` ("" for white space) and `header`
    are taken where they are given. `whole` says that there is nothing behind the beginning."""
    encoding = encoding_of(path, beginning)
    text = codecs.getincrementaldecoder(encoding)().decode(beginning)
    lines = list(itertools.islice(text.splitlines(keepends=True), 10 * _LINES))
    if len(lines) > 1 and not whole:
        del lines[-1]
    candidates = SEPARATORS if separator is None else (separator.strip(" ") or None,)
    found = [(mark, _head(lines, mark)) for mark in candidates]
    # Rows of one width; then numbers; then more columns rather than fewer.
    best, rows = max(found, key=lambda one: _score(*one))
    if not _score(best, rows)[0]:
        best, rows = found[0]  # nothing separates anything
    if not rows:  # the reader tells why
        return Dialect(encoding, best, False, None, False, ())
    comma = best != "," and any(_DECIMAL_COMMA.fullmatch(c.strip()) for row in rows for c in row)
    names = _names(rows, comma) if header is None else (rows[0] if header else None)
    has_header = names is not None
    body = rows[has_header:]
    width = len((body or rows)[0])
    if names is None and header is None:
        names = _commented_names(lines, best, width)
    if names is not None and len(names) == width - 1:
        names = ["", *names]  # R writes no name above the names of the rows
    told = None if names is None else tuple(name.strip() for name in names)
    if told is not None and len(told) != width:
        raise DataError(path, f"the header has {len(told)} cells, the row below it has {width}")
    return Dialect(encoding, best, comma, told, has_header, _texts(body, width, comma))


def _head(lines: list[str], separator: str | None) -> list[list[str]]:
    """Return the first rows; what the csv module does not take as a row ends them."""
    rows: list[list[str]] = []
    try:
        for _, cells in itertools.islice(rows_of(lines, separator), _LINES):
            rows.append(cells)
    except csv.Error:
        pass
    return rows


def _texts(rows: list[list[str]], width: int, comma: bool) -> tuple[int, ...]:
    """Return the columns more of whose values are text than numbers."""
    found = []
    for column in range(width):
        cells = [row[column].strip() for row in rows if column < len(row)]
        cells = [cell for cell in cells if cell.lower() not in MISSING]
        texts = sum(number(cell) is None and not _is_numeric(cell, comma) for cell in cells)
        if texts > len(cells) / 2:
            found.append(column)
    return tuple(found)


def _score(separator: str | None, rows: list[list[str]]) -> tuple[bool, float, float]:
    if not rows:
        return False, 0.0, 0.0
    widths = [len(row) for row in rows]
    usual = max(set(widths), key=widths.count)
    cells = [cell.strip() for row in rows for cell in row]
    numeric = sum(_is_numeric(cell, separator != ",") for cell in cells) / len(cells)
    return usual > 1, numeric, widths.count(usual) / len(widths)


def _is_numeric(cell: str, comma: bool) -> bool:
    return bool(_NUMBER.fullmatch(cell) or (comma and _DECIMAL_COMMA.fullmatch(cell)))


def _names(rows: list[list[str]], comma: bool) -> list[str] | None:
    """Return the first row if it is a header: text above numbers, or the numbers of the columns."""
    first, body = [cell.strip() for cell in rows[0]], rows[1:]
    numbers = [cell for cell in first if _is_numeric(cell, comma)]
    if not numbers and not body:
        return rows[0]
    below = [row[-len(first) :] for row in body if len(row) in (len(first), len(first) + 1)]
    of_numbers = [
        bool(below) and all(_is_numeric(row[place].strip(), comma) for row in below)
        for place in range(len(first))
    ]
    texts = [
        is_numeric
        for cell, is_numeric in zip(first, of_numbers, strict=True)
        if cell.lower() not in MISSING and not _is_numeric(cell, comma) and number(cell) is None
    ]
    if not numbers:
        return rows[0] if any(texts) or (texts and not any(of_numbers)) or not texts else None
    counted = _count_up(numbers)
    if counted and (any(texts) or (not first[0] and len(numbers) == len(first) - 1)):
        return rows[0]
    if numbers[0] != "0" or not counted or len(numbers) < max(2, len(first) - 1):
        return None
    # Columns that pandas numbered: 0, 1, 2 ... above numbers that are written otherwise, or of
    # so many columns that no sample counts them.
    fractions = any(
        all("." in row[place] or "," in row[place] for row in below)
        for place in range(len(first))
        if below
    )
    return rows[0] if fractions or len(numbers) > 3 else None


def _count_up(numbers: list[str]) -> bool:
    """Return whether these are integers, each one more than that before."""
    if not all(cell.isascii() and cell.isdecimal() for cell in numbers):
        return False
    start = int(numbers[0][:9])
    return numbers == [str(start + place) for place in range(len(numbers))]


def _commented_names(lines: list[str], separator: str | None, width: int) -> list[str] | None:
    """Return names in a comment before the first row, as NumPy writes them."""
    for line in itertools.takewhile(lambda line: line.startswith(COMMENT), lines):
        rows = _head([line.lstrip(COMMENT).strip()], separator)
        if rows and len(rows[0]) == width and not any(_is_numeric(c, False) for c in rows[0]):
            return rows[0]
    return None
