"""What a table in text is taken for: separator, header, label; and what is refused."""

import gzip

import numpy as np
import pytest
from symgraph.models.datasets import TableForm, load_data, load_target_table
from symgraph.models.datasets.dialect import SEPARATORS
from symgraph.models.errors import DataError

N = 60
_RNG = np.random.default_rng(0)
# Features with a decimal point, labels, and names for them.
X = np.round(_RNG.uniform(0.1, 8, (N, 4)), 2)
Y = np.arange(N) % 3
SPECIES = np.array(["setosa", "versicolor", "virginica"])[Y]
FEATURES = ["a", "b", "c", "d"]


def table(columns, separator=",", header=None, comma=False):
    rows = [[str(cell) for cell in row] for row in zip(*columns, strict=True)]
    if comma:
        rows = [[cell.replace(".", ",") for cell in row] for row in rows]
    return "".join(separator.join(row) + "\n" for row in ([header] if header else []) + rows)


def loaded(tmp_path, text, encoding="utf-8", **form):
    path = tmp_path / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return load_data(path, dtype="float64", form=TableForm(**form))


def holds(data, features=X, labels=Y):
    """Whether the data are these samples, in any order."""
    parts = (data.train, data.validation, data.test)
    rows = [(tuple(x), y) for part in parts for x, y in zip(part.x, part.y.tolist(), strict=True)]
    wanted = list(zip(map(tuple, np.asarray(features, float)), labels.tolist(), strict=True))
    return sorted(rows) == sorted(wanted)


FIRST, LAST = [Y, *X.T], [*X.T, Y]
NUMBERED = [np.arange(N), *X.T, Y]


@pytest.mark.parametrize("separator", [mark or "  " for mark in SEPARATORS])
@pytest.mark.parametrize("header", [None, ["label", *FEATURES]])
@pytest.mark.parametrize("comma", [False, True])
def test_separators_headers_and_decimal_commas(tmp_path, separator, header, comma):
    if comma and separator == ",":
        return
    data = loaded(tmp_path, table(FIRST, separator, header, comma))
    assert holds(data)
    assert ("no header" in data.assumed) is (header is None)
    assert ("decimal commas" in data.assumed) is comma
    assert "3 classes (0, 1, 2)" in data.assumed


@pytest.mark.parametrize(
    ("columns", "header", "place"),
    [
        (LAST, None, "column 5 of 5"),
        (FIRST, list("01234"), r"column 1 ('0') of 5"),
        (NUMBERED, ["", *"01234"], r"column 6 ('4') of 6"),
        (NUMBERED, ["", *FEATURES, "target"], r"column 6 ('target') of 6"),
        (NUMBERED, None, "column 6 of 6"),
        ([np.arange(1, N + 1), *FIRST], None, "column 2 of 6"),
        ([_RNG.permutation(N) + 100, *FIRST], ["Id", "digit", *FEATURES], "column 2 ('digit')"),
        ([X[:, 0], Y, *X.T[1:]], ["a", "Class", "b", "c", "d"], r"column 2 ('Class') of 5"),
        ([Y.astype(float), *X.T], None, "column 1 of 5"),
    ],
)
def test_the_label_is_found_and_what_counts_rows_is_left_out(tmp_path, columns, header, place):
    data = loaded(tmp_path, table(columns, header=header))
    assert holds(data)
    assert f"label in {place}" in data.assumed
    assert ("counts the rows" in data.assumed) is (len(columns) == 6)


@pytest.mark.parametrize("columns", [[SPECIES, *X.T], [*X.T, SPECIES]])
@pytest.mark.parametrize("header", [False, True])
def test_labels_may_be_text(tmp_path, columns, header):
    names = [f"n{k}" for k in range(5)] if header else None
    data = loaded(tmp_path, table(columns, header=names))
    assert holds(data, labels=SPECIES)
    assert "3 classes (setosa, versicolor, virginica)" in data.assumed


def test_what_r_writes(tmp_path):
    rows = [np.array([f'"{k}"' for k in range(1, N + 1)]), *X.T, [f'"{s}"' for s in SPECIES]]
    header = [f'"{name}"' for name in [*FEATURES, "Species"]]
    assert holds(loaded(tmp_path, table(rows, " ", header)), labels=SPECIES)


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"]
)
def test_encodings(tmp_path, encoding):
    names = np.array(["ä", "é", "ü"])[Y]
    assert holds(loaded(tmp_path, table([names, *X.T]), encoding), labels=names)


def test_text_that_is_no_utf8_far_down(tmp_path):
    labels = np.array(["a", "b"] * 9000 + ["ä"] * 9000)
    text = table([labels, np.full(27000, 1.25)])
    assert holds(loaded(tmp_path, text, "latin-1"), np.full((27000, 1), 1.25), labels)


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends(tmp_path, end):
    assert holds(loaded(tmp_path, table(FIRST).replace("\n", end)))


def test_comments_and_the_header_numpy_writes(tmp_path):
    text = "# made by hand\n# label a b c d\n" + table(FIRST, " ")
    data = loaded(tmp_path, text)
    assert holds(data)
    assert "label in column 1 ('label') of 5" in data.assumed


def test_packed_by_content_whatever_the_name(tmp_path):
    text = table(FIRST)
    assert holds(loaded(tmp_path, gzip.compress(text.encode())))
    (tmp_path / "table.data").write_text(text)
    assert holds(load_data(tmp_path / "table.data", dtype="float64"))


def test_options_say_what_is_not_found_out(tmp_path):
    whole = [(2 * X[:, 0]).astype(int), X[:, 1].astype(int), Y]
    with pytest.raises(DataError, match="both column 1 and column 3 may be labels; --label-column"):
        loaded(tmp_path, table(whole))
    features = np.column_stack(whole[:2])
    assert holds(loaded(tmp_path, table(whole), label_column="last"), features)
    assert holds(loaded(tmp_path, table(whole), label_column="3"), features)
    middle, names = [X[:, 0], Y, X[:, 1]], ["u", "v", "w"]
    assert holds(loaded(tmp_path, table(middle, header=names), label_column="V"), X[:, :2])
    with pytest.raises(DataError, match="has no column 'z': there are 3, named 'u', 'v', 'w'"):
        loaded(tmp_path, table(middle, header=names), label_column="z")
    assert not holds(loaded(tmp_path, table(FIRST, header=list("01234")), header=False))
    assert holds(loaded(tmp_path, table(FIRST, "|"), separator="|"))


def changed(line, text):
    lines = table(FIRST, header=["label", *FEATURES]).splitlines()
    lines[line - 1] = text
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (changed(8, "1,,2,3,4"), r"line 8, column 2 \('a'\): a value is missing"),
        (changed(8, "1,2,NA,3,4"), r"line 8, column 3 \('b'\): a value is missing \('NA'\)"),
        (changed(8, "1,2,x,3,4"), r"line 8, column 3 \('b'\): 'x' is not a number"),
        (changed(8, "1,2,3"), "line 8 has 3 cells, the lines before have 5"),
        (changed(8, '1,2,3,4,"5'), "not CSV|not a number|cells"),
        (table([*X.T]), "neither column 1, which holds .*, nor column 4, .* --label-column NAME"),
        (table([Y * 0 + 1, *X.T]), "nothing but 1 where at least two classes are needed"),
        (
            table([np.arange(7, 7 + N), *X.T], header=["label", *FEATURES]),
            r"column 1 \('label'\), with 60 different numbers in 60 rows, is no label of classes",
        ),
        (table([SPECIES, *X.T, SPECIES]), "column 1 holds text .'setosa'., which only the label"),
        (b"1,2\n\x00\x01\n", "not a text file: it holds a zero, at byte 4"),
        ("", "holds no rows"),
        ("\n \n", "holds no rows"),
        ("7", "needs a label and at least one feature"),
    ],
)
def test_what_is_refused(tmp_path, text, reason):
    with pytest.raises(DataError, match=reason):
        loaded(tmp_path, text)


def test_a_long_line_is_quoted_in_short(tmp_path):
    with pytest.raises(DataError) as caught:
        loaded(tmp_path, "label,x\n" + "1,2\n" * 9 + "1," + "\x1b[2J" + "9a" * 100_000 + "\n")
    assert len(str(caught.value)) < 700
    assert str(caught.value).isprintable()


def test_real_targets_may_count_up(tmp_path):
    path = tmp_path / "line.csv"
    path.write_text(table([np.arange(1, 41), np.arange(40) / 8]))
    data = load_target_table(path, dtype="float64")
    assert data.train.x.shape == (28, 1)
    np.testing.assert_array_equal(data.train.y, 8 * data.train.x[:, 0] + 1)
    assert "target in column 1 of 2" in data.assumed
