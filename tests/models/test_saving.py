"""What is written: ordinary files only, in one step, through links; and nobody else's run."""

import os
import stat
import subprocess
import sys

import numpy as np
import pytest
from symgraph.models import LogisticRegression, load
from symgraph.models.errors import DataError, ModelFileError
from symgraph.models.files import replace

LINE = ("train", "linear", "--epochs", "1")


@pytest.fixture
def model():
    return LogisticRegression().build(2, [0, 1])


class TestReplacing:
    def test_a_link_stays_a_link_to_what_is_written(self, tmp_path, model):
        (tmp_path / "runs").mkdir()
        for name, target in (("new", "runs/new"), ("old", "runs/old")):
            (tmp_path / name).symlink_to(target)
        (tmp_path / "runs" / "old").write_bytes(b"before")
        for name in ("new", "old"):
            model.save(tmp_path / name)
            assert (tmp_path / name).is_symlink()
            assert type(load(tmp_path / "runs" / name)) is LogisticRegression
        assert len(list((tmp_path / "runs").iterdir())) == 2

    @pytest.mark.parametrize("kind", ["folder", "pipe", "device", "circle", "gone/file"])
    def test_what_is_no_ordinary_file_stays(self, tmp_path, model, kind):
        path = tmp_path / kind
        if kind == "folder":
            path.mkdir()
        elif kind == "pipe":
            os.mkfifo(path)
        elif kind == "device":
            path.symlink_to("/dev/null")
        elif kind == "circle":
            path.symlink_to(path)
        before = os.lstat(path) if kind != "gone/file" else None
        with pytest.raises(ModelFileError, match="not an ordinary file|levels|there is no folder"):
            model.save(path)
        if before is not None:
            assert os.lstat(path) == before
            assert len(list(tmp_path.iterdir())) == 1

    @pytest.mark.parametrize("path", ["/dev/null", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
    def test_devices_and_streams(self, model, path):
        with pytest.raises(ModelFileError, match="not an ordinary file"):
            model.save(path)

    def test_permissions_are_kept_and_new_files_have_the_usual(self, tmp_path, model):
        path = tmp_path / "m.st"
        before = os.umask(0o027)
        try:
            model.save(path)
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        model.save(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o604

    def test_a_full_disk_leaves_what_was_there(self, tmp_path):
        path = tmp_path / "m.st"
        path.write_bytes(b"before")

        def full(stream):
            stream.write(b"half")
            raise OSError(28, "No space left on device")

        with pytest.raises(DataError, match=r"m.st: No space left on device$"):
            replace(path, full)
        assert path.read_bytes() == b"before"
        assert list(tmp_path.iterdir()) == [path]


class TestRuns:
    def test_a_second_run_takes_a_folder_of_its_own(self, run, folder):
        run(*LINE)
        first = (folder / "symgraph-linear/model.safetensors").read_bytes()
        output = run(*LINE, "--seed", "1")
        assert "symgraph-linear is of another run, so this one goes to symgraph-linear-2" in output
        assert "saved: symgraph-linear-2/model.safetensors" in output
        assert "drawn: symgraph-linear-2/" in output
        assert (folder / "symgraph-linear/model.safetensors").read_bytes() == first
        run(*LINE, "--seed", "1", "--overwrite")
        assert (folder / "symgraph-linear/model.safetensors").read_bytes() != first
        assert not (folder / "symgraph-linear-3").exists()

    def test_a_file_that_is_named_is_not_replaced_unasked(self, run, fails, folder):
        run(*LINE, "--save", "a.st", "--plots", "drawn")
        before = (folder / "a.st").read_bytes()
        for place in (("--save", "a.st"), ("--save", "./a.st", "--plots", "drawn")):
            error = fails(*LINE, "--seed", "1", *place)
            assert "a.st: is there already, from another run: add --overwrite to replace" in error
        assert (folder / "a.st").read_bytes() == before
        assert not (folder / "symgraph-linear").exists()
        run(*LINE, "--seed", "1", "--save", "a.st", "--plots", "drawn", "--overwrite")
        assert (folder / "a.st").read_bytes() != before

    def test_a_run_goes_on_in_its_own_folder(self, run, fails, folder):
        run(*LINE)
        file = "symgraph-linear/model.safetensors"
        output = run("train", "linear", "--resume", file, "--epochs", "3")
        assert f"saved: {file}" in output
        assert load(folder / file).history_.epochs == 3
        assert [path.name for path in folder.iterdir()] == ["symgraph-linear"]
        (folder / "other.st").write_bytes(b"")
        error = fails("train", "linear", "--resume", file, "--save", "other.st")
        assert "other.st: is there already" in error

    def test_a_run_that_fails_leaves_no_folder(self, fails, folder):
        fails("train", "linear", "--learning-rate", "100")
        fails("train", "mlp", "--data", "absent")
        assert not list(folder.iterdir())

    @pytest.mark.parametrize("place", ["pipe", "folder", "/dev/null"])
    def test_places_are_known_to_be_wrong_before_training(self, fails, folder, place):
        os.mkfifo(folder / "pipe")
        (folder / "folder").mkdir()
        assert "not an ordinary file" in fails("train", "linear", "--save", place)

    def test_data_of_another_width_or_other_classes_are_not_resumed(self, run, fails, folder):
        def points(name, width, labels):
            rows = np.random.default_rng(0).random((40, width))
            lines = (f"{labels[k % 2]},{','.join(map(str, row))}" for k, row in enumerate(rows))
            (folder / name).write_text("\n".join(lines))

        points("two.csv", 2, "01")
        points("three.csv", 3, "01")
        points("others.csv", 2, "05")
        points("names.csv", 2, "ab")
        run("train", "logistic", "--epochs", "1", "--data", "two.csv", "--save", "m.st")
        resume = ("train", "logistic", "--resume", "m.st", "--epochs", "2", "--data")
        error = fails(*resume, "three.csv")
        assert "three.csv: its samples have 3 features, the model in m.st reads 2" in error
        assert "others.csv: the label 5 is no class of the model" in fails(*resume, "others.csv")
        assert "names.csv: the label 'a' is no class of the model" in fails(*resume, "names.csv")

    def test_a_text_with_other_characters_is_not_resumed(self, run, fails, folder):
        (folder / "one.txt").write_text("abcab" * 60)
        (folder / "other.txt").write_text("abcaz" * 60)
        run("train", "char-rnn", "--text", "one.txt", "--epochs", "1", "--save", "m.st")
        error = fails("train", "char-rnn", "--text", "other.txt", "--resume", "m.st")
        assert "other.txt: its character 'z' is not known to the model in m.st" in error

    def test_options_of_tables(self, run, fails, folder):
        rows = "".join(f"{k % 7}|{k % 3}|{k % 2}\n" for k in range(90))
        (folder / "t.txt").write_text(rows)
        train = ("train", "logistic", "--epochs", "1", "--data", "t.txt")
        assert "--label-column" in fails(*train)
        output = run(*train, "--label-column", "2", "--separator", "|", "--no-header")
        assert "taken as: separated by '|'; no header; label in column 2 of 3; 3 classes" in output
        error = fails("train", "logistic", "--header", code=2)
        assert "--header is of a table, named with --data" in error
        assert "is no separator" in fails(*train, "--separator", "ab", code=2)

    def test_a_full_disk_behind_the_output_takes_one_line(self, folder):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "symgraph.models", "list"],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
            )
        assert done.returncode == 1
        assert done.stderr == "symgraph: [Errno 28] No space left on device\n"
