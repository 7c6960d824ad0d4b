"""Which column of a table is the label or target, and which are features."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import DataError
from ..limits import MAX_CLASSES
from .dialect import MISSING, NAMES, Dialect

# Names of labels and targets, in any case; the first of these that a header has.
LABEL_NAMES = (
    *("label", "labels", "class", "classes", "target", "targets", "y", "species"),
    *("category", "digit", "outcome", "output"),
)
# Names of columns that count the rows; pandas and R write none.
_INDEX_NAMES = frozenset({"", "id", "index", "unnamed: 0", "rownames", "row"})
# How much more the last column must look like labels than the first to put that in doubt.
_DOUBT = 0.1
_MOST_NAMED = 10
_SPARSE = re.compile(r"[0-9]+:[0-9.eE+-]+")
_REMEDY = "--label-column NAME, or its number from 1, says which column it is"


@dataclass(frozen=True)
class TableForm:
    """Say what a table is, where it is not found out (None).

    separator: one character; "" is white space. header: whether the first line names the columns.
    label_column: a name, a number from 1, "first" or "last".

    >>> TableForm(separator=";", label_column="last")
    TableForm(separator=';', header=None, label_column='last')
    """

    separator: str | None = None
    header: bool | None = None
    label_column: str | None = None


@dataclass(frozen=True)
class NumericTable:
    """Hold numbers (rows, columns), float64. A column of text holds its texts' numbers in
    `texts`."""

    path: Path
    values: np.ndarray
    texts: dict[int, list[str]]
    dialect: Dialect

    def named(self, column: int) -> str:
        """Return a text such as `column 3 ('price')`."""
        names = self.dialect.names
        name = f" ({names[column]!r})" if names and names[column] else ""
        return f"column {column + 1}{name}"

    def name(self, column: int) -> str:
        """Return the name in lower case; empty where there is none."""
        names = self.dialect.names
        return names[column].lower() if names else ""

    def labels(self, column: int) -> np.ndarray:
        """Return the column's numbers, or its texts."""
        if column not in self.texts:
            return self.values[:, column]
        return np.array(self.texts[column])[self.values[:, column].astype(np.int64)]


@dataclass(frozen=True)
class Columns:
    """Tell the label's place, those of the features, and those that only count the rows."""

    label: int
    features: list[int]
    counting: list[int]


def chosen(table: NumericTable, wanted: str | None, classes: bool) -> Columns:
    """Return the label as it is wanted, named, or else found: for classes the only column of text,
    or the first or last of integers; for real targets the first."""
    width = table.values.shape[1]
    for j, texts in table.texts.items():
        if _SPARSE.fullmatch(texts[0]):
            raise DataError(
                table.path,
                f"{table.named(j)} holds {texts[0]!r}: sparse tables (libsvm) are not read; "
                "sklearn.datasets.load_svmlight_file reads them, and np.savez makes an archive of "
                "x and y",
            )
    label = None if wanted is None else _wanted(table, wanted)
    if label is None:
        label = next(
            (j for name in LABEL_NAMES for j in range(width) if table.name(j) == name), None
        )
    counting = [j for j in range(width) if j != label and _counts_rows(table, j, classes)]
    rest = [j for j in range(width) if j not in counting]
    if len(rest) < 2:
        raise DataError(table.path, "needs a label and at least one feature in each row")
    if label is None:
        label = _found(table, rest) if classes else rest[0]
    if classes and (doubt := _doubt(table.values[:, label])):
        raise DataError(
            table.path, f"{table.named(label)}, {doubt}, is no label of classes; {_REMEDY}"
        )
    for j in rest:
        if j != label and j in table.texts:
            raise DataError(
                table.path,
                f"{table.named(j)} holds text ({table.texts[j][0]!r}), which only the label may "
                f"be, and that is {table.named(label)}; {_REMEDY}",
            )
    return Columns(label, [j for j in rest if j != label], counting)


def _wanted(table: NumericTable, wanted: str) -> int:
    width, names = table.values.shape[1], table.dialect.names or ()
    for same in (lambda name: name == wanted, lambda name: name.lower() == wanted.lower()):
        if found := [j for j, name in enumerate(names) if same(name)]:
            return found[0]
    if wanted in ("first", "last"):
        return 0 if wanted == "first" else width - 1
    if re.fullmatch(r"[0-9]{1,9}", wanted) and 1 <= int(wanted) <= width:
        return int(wanted) - 1
    known = f"named {', '.join(map(repr, names[:_MOST_NAMED]))}" if names else "without names"
    raise DataError(table.path, f"has no column {wanted!r}: there are {width}, {known}")


def _counts_rows(table: NumericTable, column: int, classes: bool) -> bool:
    """Return whether the column only numbers or names the rows."""
    values = table.values[:, column]
    named = table.dialect.names is not None and table.name(column) in _INDEX_NAMES
    if named:
        return len(np.unique(values)) == len(values) and bool((values == np.floor(values)).all())
    if table.dialect.names is not None or column or not classes or len(table.values[0]) < 3:
        return False
    return len(values) > 2 and values[0] in (0, 1) and bool((np.diff(values) == 1).all())


def _found(table: NumericTable, columns: list[int]) -> int:
    """Return the column that holds the labels of classes, where nothing says which."""
    if texts := [j for j in columns if j in table.texts]:
        return texts[-1] if len(texts) > 1 and columns[-1] in texts else texts[0]
    first, last = columns[0], columns[-1]
    doubts = {j: _doubt(table.values[:, j]) for j in (first, last)}
    if doubts[first] and doubts[last]:
        raise DataError(
            table.path,
            f"neither {table.named(first)}, {doubts[first]}, nor {table.named(last)}, "
            f"{doubts[last]}, looks like the labels of classes; {_REMEDY}",
        )
    if doubts[first] or doubts[last]:
        return last if doubts[first] else first
    if _rivals(table.values[:, first], table.values[:, last]):
        raise DataError(
            table.path,
            f"both {table.named(first)} and {table.named(last)} may be labels; "
            "--label-column first or --label-column last says which",
        )
    return first


def _doubt(values: np.ndarray) -> str:
    """Return why these cannot be labels of at least two classes; empty if they can."""
    if not (values == np.floor(values)).all():
        return f"which holds {values[values != np.floor(values)][0]:g}"
    n_classes = len(np.unique(values))
    if n_classes == 1:
        return f"which holds nothing but {values[0]:g} where at least two classes are needed"
    if n_classes > min(MAX_CLASSES, max(2, len(values) // 2)):
        return f"with {n_classes:,} different numbers in {len(values):,} rows"
    return ""


def _rivals(first: np.ndarray, last: np.ndarray) -> bool:
    """Return whether the last column looks as much like labels as the first, which has them by
    custom: more so, or about so and of far fewer classes."""
    lead = _likeness(last) - _likeness(first)
    fewer = 2 * len(np.unique(last)) <= len(np.unique(first))
    return lead > _DOUBT or (fewer and lead > -_DOUBT)


def _likeness(values: np.ndarray) -> float:
    """Return how much integers look like labels: 0, 1, 2 ... or 1, 2, 3 ..., evenly dealt."""
    found, counts = np.unique(values, return_counts=True)
    shares = counts / counts.sum()
    evenness = -(shares * np.log(shares)).sum() / np.log(len(found))
    return float(evenness + (found[0] in (0, 1) and found[-1] - found[0] == len(found) - 1))


def told(table: NumericTable, columns: Columns, classes: np.ndarray | None) -> str:
    """Return what was taken for what, in a line."""
    dialect = table.dialect
    parts = [f"separated by {NAMES.get(dialect.separator, repr(dialect.separator))}"]
    if dialect.decimal_comma:
        parts.append("decimal commas")
    if dialect.encoding not in ("utf-8", "utf-8-sig"):
        parts.append(dialect.encoding.upper())
    parts.append("no header" if dialect.names is None else "a header")
    kind = "target" if classes is None else "label"
    parts.append(f"{kind} in {table.named(columns.label)} of {table.values.shape[1]}")
    if classes is not None:
        named = ", ".join(str(label) for label in classes[:_MOST_NAMED])
        more = ", ..." if len(classes) > _MOST_NAMED else ""
        parts.append(f"{len(classes)} classes ({named}{more})")
    parts += [f"{table.named(j)} left out, as it counts the rows" for j in columns.counting]
    return f"taken as: {'; '.join(parts)}"


def missing(cell: str) -> bool:
    """Return whether a cell stands for no value."""
    return cell.strip().lower() in MISSING
