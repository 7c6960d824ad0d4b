"""The command line trains, saves, draws, predicts and resumes; mistakes take one line."""

import re
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from support.pictures import pictures
from symgraph.models import load
from symgraph.models.cli import info, main, readers, train
from symgraph.models.cli.options import options_of_settings
from symgraph.models.datasets import digits_samples, load_digits

import symgraph

QUICK_MLP = ("train", "mlp", "--hidden", "12", "--epochs", "2", "--learning-rate", "0.1")


pytestmark = pytest.mark.usefixtures("folder")


def weights(path):
    return [parameter.get_value() for parameter in load(path).parameters]


class TestTrain:
    def test_linear_regression_finds_the_books_line(self, run, folder):
        output = run("train", "linear")
        assert "startup valuation: 10 / 5 / 5 samples" in output
        assert "all epochs done, after 100 epochs" in output
        theta0, theta1 = map(float, re.search(r"y = (\S+) \+ (\S+) x1", output).groups())
        assert theta0 == pytest.approx(13, abs=0.05)
        assert theta1 == pytest.approx(20, abs=0.2)
        assert pictures(folder / "symgraph-linear") == {"learning-curve.png", "line.png"}

    def test_a_perceptron_leaves_its_weights_and_pictures(self, run, folder):
        output = run(*QUICK_MLP)
        assert "5,000 MNIST digits: 3,500 / 500 / 1,000 samples" in output
        assert re.search(r"^compiled in \d+\.\d\d s$", output, re.M)
        assert re.search(
            r"^epoch    1  cost .* errors: training .* %, validation .* %$", output, re.M
        )
        error = float(re.search(r"^test error: (\S+) % \(\d+ of 1,000\)$", output, re.M)[1])
        made = folder / "symgraph-mlp"
        data, model = load_digits(train.DEFAULT_SEED), load(made / "model.safetensors")
        assert error == pytest.approx(100 * (1 - model.score(data.test.x, data.test.y)), abs=0.005)
        assert error < 20
        assert len(pictures(made)) == 4
        assert {"learning-curve.png", "misclassified.png", "weights.png"} < pictures(made)

    def test_the_command_it_names_next_reads_its_sample(self, run, fails):
        output = run("train", "logistic", "--epochs", "5")
        command = re.search(r"^Next.*: \S+ (predict .*)$", output, re.M)[1].split()
        label = re.search(r"digit-(\d)\.png", command[-1])[1]
        assert run(*command).startswith(f"{command[-1]}: {label} (")

    def test_data_settings_and_places_of_the_users_own(self, run, folder):
        random = np.random.RandomState(0)
        points = random.rand(400, 2)
        table = np.column_stack([points.sum(axis=1) > 1, points])
        np.savetxt(folder / "points.csv", table, delimiter=",", header="label,x1,x2", comments="")
        output = run(
            *("train", "logistic", "--data", "points.csv", "--epochs", "80", "--l2", "0"),
            *("--batch-size", "20", "--learning-rate", "1", "--optimizer", "momentum"),
            *("--save", "models/points.safetensors", "--plots", "drawn", "--seed", "7"),
        )
        assert "points.csv: 280 / 40 / 80 samples" in output
        assert "batches of 20, momentum at 1\n" in output
        assert float(re.search(r"test error: (\S+) %", output)[1]) < 5
        assert pictures(folder / "drawn") == {"learning-curve.png", "decision-line.png"}
        model = load(folder / "models/points.safetensors")
        assert model.get_params()["random_state"] == 7
        assert not (folder / "symgraph-logistic").exists()

    def test_the_seed_decides_everything(self, run, folder):
        for name, seed in (("a", 1), ("b", 1), ("c", 2)):
            run(*QUICK_MLP, "--seed", seed, "--save", f"{name}.st", "--plots", "drawn")
        a, b, c = (weights(folder / f"{name}.st") for name in "abc")
        assert all(np.array_equal(one, other) for one, other in zip(a, b, strict=True))
        assert not np.array_equal(a[0], c[0])

    def test_both_back_ends_train_alike(self, run, folder):
        for name in ("llvm", "reference"):
            run(*QUICK_MLP, "--backend", name, "--save", f"{name}.st")
        for one, other in zip(weights("llvm.st"), weights("reference.st"), strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)
        assert load("reference.st").get_params()["mode"] == "reference"

    def test_resuming_goes_on_as_if_never_stopped(self, run):
        run(*QUICK_MLP, "--save", "two.st")
        run("train", "mlp", "--resume", "two.st", "--epochs", "4", "--save", "two-and-two.st")
        run(*QUICK_MLP[:-4], "--epochs", "4", *QUICK_MLP[-2:], "--save", "four.st")
        resumed, whole = load("two-and-two.st"), load("four.st")
        assert resumed.history_.cost == whole.history_.cost
        for one, other in zip(weights("two-and-two.st"), weights("four.st"), strict=True):
            np.testing.assert_array_equal(one, other)

    def test_there_may_be_nothing_left_to_resume(self, run):
        run(*QUICK_MLP, "--save", "two.st")
        output = run("train", "mlp", "--resume", "two.st", "--epochs", "1")
        assert "all epochs done, after 2 epochs" in output


class TestInterruption:
    def start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "symgraph.models", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def test_ctrl_c_keeps_the_best_weights_saves_tests_and_draws(self, folder):
        process = self.start("train", "mlp", "--hidden", "50")
        seen = ""
        while "epoch    1 " not in seen:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            seen += line
        process.send_signal(signal.SIGINT)
        output, error = process.communicate(timeout=60)
        assert error == ""
        assert process.returncode == 130
        epochs, kept = re.search(
            r"^interrupted, after (\d+) epochs.*\nkept: the weights of epoch (\d+),", output, re.M
        ).groups()
        assert 1 <= int(kept) <= int(epochs) < 1000
        model = load("symgraph-mlp/model.safetensors")
        assert model.history_.stopped_by == "interrupt"
        assert model.history_.epochs == int(epochs)
        data = load_digits(train.DEFAULT_SEED)
        wrong = np.count_nonzero(model.predict(data.test.x) != data.test.y)
        assert f"({wrong} of 1,000)" in output
        assert "weights.png" in pictures(folder / "symgraph-mlp")

    def test_ctrl_c_before_the_first_epoch_ends_without_a_traceback(self):
        process = self.start("train", "logistic", "--epochs", "100000")
        assert "samples" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
        assert process.returncode == 130
        assert error in ("", "symgraph: interrupted\n")

    @pytest.mark.parametrize("step", ["_model", "_report"])
    def test_ctrl_c_outside_training_says_so(self, capsys, monkeypatch, step):
        def interrupted(*arguments):
            raise KeyboardInterrupt

        monkeypatch.setattr(train, step, interrupted)
        assert main(["train", "linear", "--epochs", "1"]) == 130
        assert capsys.readouterr().err == "symgraph: interrupted\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The file of a small perceptron."""
    made = tmp_path_factory.mktemp("model")
    path = made / "mlp.safetensors"
    places = ("--save", str(path), "--plots", str(made))
    assert main([*QUICK_MLP, "--epochs", "10", *places]) == 0
    return path


class TestPredict:
    def picture(self, index, name):
        pixels = digits_samples().x[index].reshape(28, 28)
        large = np.kron(255 - np.round(255 * pixels), np.ones((8, 8))).astype(np.uint8)
        Image.fromarray(large).save(name)

    def test_each_picture_is_answered_on_a_line(self, run, model):
        self.picture(3, "zero.png")
        self.picture(3510, "seven.jpg")
        lines = run("predict", model, "zero.png", "seven.jpg").splitlines()
        assert re.match(r"zero\.png: 0 \(\d+\.\d %\)", lines[0])
        assert re.match(r"seven\.jpg: 7 \(\d+\.\d %\)", lines[1])

    def test_the_answer_can_be_drawn(self, run, folder, model):
        self.picture(3, "zero.png")
        output = run("predict", model, "zero.png", "--plots", "drawn")
        assert "drawn in drawn/zero-prediction.png" in output
        assert pictures(folder / "drawn") == {"zero-prediction.png"}

    def test_one_bad_picture_does_not_keep_the_others_from_being_read(self, capsys, model):
        self.picture(3, "zero.png")
        assert main(["predict", str(model), "absent.png", "zero.png"]) == 1
        output = capsys.readouterr()
        assert output.err == "symgraph: absent.png: no such file\n"
        assert output.out.startswith("zero.png: 0 (")

    def test_what_is_no_model_for_pictures_is_refused(self, run, fails, model):
        self.picture(3, "zero.png")
        assert "absent.st: no such file" in fails("predict", "absent.st", "zero.png")
        assert "zero.png: damaged, truncated, or no" in fails("predict", "zero.png", "zero.png")
        run("train", "linear", "--epochs", "1", "--save", "line.st")
        message = "line.st: a LinearRegression does not read pictures"
        assert message in fails("predict", "line.st", "zero.png")
        content = model.read_bytes()
        with open("cut.st", "wb") as stream:
            stream.write(content[: len(content) // 2])
        assert "cut.st: damaged, truncated" in fails("predict", "cut.st", "zero.png")


class TestMistakes:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((), "COMMAND"),
            (("dance",), "invalid choice: 'dance'"),
            (("train",), "network"),
            (("train", "dbn"), "invalid choice: 'dbn'"),
            (("train", "mlp", "--epochs", "0"), "--epochs: '0' is no integer from 1"),
            (("train", "mlp", "--epochs", "many"), "'many' is no integer from 1"),
            (("train", "mlp", "--seed", "-1"), "'-1' is no integer from 0"),
            (("train", "mlp", "--learning-rate", "0"), "'0' is no number above 0"),
            (("train", "mlp", "--learning-rate", "nan"), "'nan' is no number above 0"),
            (("train", "mlp", "--l2", "inf"), "'inf' is no number from 0"),
            (("train", "mlp", "--hidden", "50,"), "'' is no integer from 1"),
            (("train", "mlp", "--backend", "cuda"), "there is no back end 'cuda'"),
            (("train", "linear", "--hidden", "5"), "--hidden is no option of linear"),
            (("train", "rbm", "--l2", "1"), "--l2 is no option of rbm"),
            (("train", "rbm", "--hidden", "5,5"), "--hidden: rbm has one hidden layer, not 2"),
            (("train", "mlp", "--cell", "gru"), "--cell is no option of mlp"),
            (("train", "char-rnn", "--cell", "elman"), "invalid choice: 'elman'"),
            (("train", "char-rnn", "--embedding", "-1"), "'-1' is no integer from 0"),
            (("train", "char-rnn", "--data", "x"), "--data is no option of char-rnn; it takes"),
            (("train", "mlp", "--text", "x"), "--text is no option of mlp; it takes --data"),
            (("sample",), "FILE"),
            (("sample", "f", "--temperature", "-1"), "'-1' is no number from 0"),
            (
                ("train", "mlp", "--resume", "f", "--l2", "1"),
                "--l2 cannot be changed with --resume",
            ),
            (("predict", "model.st"), "IMAGE"),
            (("list", "mlp"), "unrecognized arguments: mlp"),
        ],
    )
    def test_misuse_is_told_in_one_line_with_code_2(self, fails, arguments, message):
        error = fails(*arguments, code=2)
        assert message in error
        assert error.startswith("symgraph")
        assert "--help shows how" in error

    @pytest.mark.parametrize("wanted", ["opencl", "opencl:gpu", "opencl:0:1"])
    def test_a_device_that_is_not_there_is_told_in_one_line(self, fails, monkeypatch, wanted):
        def missing(name):
            raise RuntimeError(f"there is no device {name}:\n  for this reason")

        monkeypatch.setattr(readers, "get_backend", missing)
        error = fails("train", "mlp", "--backend", wanted, code=2)
        assert f"--backend: there is no device {wanted}: for this reason (" in error

    def test_bad_data_is_told_with_code_1(self, fails, folder):
        (folder / "bad.csv").write_text("label,x\n1,2\n0,two\n")
        message = "symgraph: bad.csv: line 3, column 2 ('x'): 'two' is not a number\n"
        assert fails("train", "mlp", "--data", "bad.csv") == message
        assert "absent: no such file or folder" in fails("train", "mlp", "--data", "absent")
        assert "absent.csv: no such file" in fails("train", "linear", "--data", "absent.csv")
        (folder / "one.csv").write_text("1,2\n" * 40)
        assert "at least two classes" in fails("train", "logistic", "--data", "one.csv")

    def test_divergence_is_told_with_the_learning_rate(self, fails):
        error = fails("train", "linear", "--learning-rate", "100")
        assert "the cost became" in error
        assert "learning rate 100" in error

    def test_places_that_cannot_be_written_are_told_before_training(self, fails, folder):
        (folder / "file").write_text("")
        expected = "symgraph: file: is a file, not a folder\n"
        assert fails("train", "linear", "--plots", "file") == expected
        assert fails("train", "linear", "--save", "file/model.st") == expected
        (folder / "there").mkdir()
        assert "there: a folder, not an ordinary file" in fails(
            "train", "linear", "--save", "there"
        )

    def test_a_model_of_another_kind_is_not_resumed(self, run, fails):
        run("train", "linear", "--epochs", "1", "--save", "line.st")
        error = fails("train", "mlp", "--resume", "line.st")
        assert "line.st: holds a LinearRegression, mlp is a MLPClassifier" in error
        assert "absent.st: no such file" in fails("train", "mlp", "--resume", "absent.st")

    def test_a_reader_that_leaves_early_is_no_error(self):
        program = f"{sys.executable} -m symgraph.models info | head -c 1; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", program], capture_output=True, text=True)
        assert done.stderr == ""


class TestListAndInfo:
    def test_every_network_is_listed_with_its_source(self, run):
        output = run("list")
        for name in ("mlp ", "logistic ", "linear ", "lstm ", "char-rnn ", "rbm "):
            assert re.search(rf"^{name} .*\n +sections? \d", output, re.M)

    def test_info_names_versions_processor_back_ends_and_kernels(self, run):
        output = run("info")
        assert re.search(rf"^symgraph +{re.escape(symgraph.__version__)}$", output, re.M)
        assert f"numpy {np.__version__}" in output
        assert re.search(r"^processor +\S.*, \d+ cores? to use$", output, re.M)
        assert re.search(r"^\* llvm +llvmlite: ", output, re.M)
        assert re.search(r"kernels: \w+", output)
        assert re.search(r"^  reference +numpy: ", output, re.M)

    def test_kept_code_is_shown_and_cleared(self, run, folder):
        x = symgraph.tensor.dvector("x")
        # What any function needs is compiled once in a process.
        symgraph.function([x], x - 1)
        with symgraph.config.change_flags(cache="True", compiledir=str(folder)):
            assert run("cache") == f"{folder}/objects: 0 functions, 0.0 MB\n"
            symgraph.function([x], x + 1)
            assert run("cache") == f"{folder}/objects: 1 functions, 0.0 MB\n"
            cleared = "removed 1 functions, 0.0 MB\n" + f"{folder}/objects: 0 functions, 0.0 MB\n"
            assert run("cache", "--clear") == cleared
        with symgraph.config.change_flags(cache="False"):
            assert run("cache", "--clear") == "none (the flag 'cache' is False)\n"

    def test_a_back_end_that_fails_and_a_missing_package_are_told(self, run, monkeypatch):
        def broken(name):
            raise RuntimeError("no device\nhere")

        monkeypatch.setattr(info, "get_backend", broken)
        monkeypatch.setattr(info, "_EXTRAS", ("no-such-package",))
        output = run("info")
        assert "cannot be used here: no device here" in output
        assert "no-such-package not installed" in output

    def test_help_and_version(self, capsys):
        for arguments, expected in (
            (["--help"], "Start with: symgraph train mlp"),
            (["train", "--help"], "--resume FILE"),
            (["--version"], f"symgraph {symgraph.__version__}"),
        ):
            with pytest.raises(SystemExit) as end:
                main(arguments)
            assert end.value.code == 0
            assert expected in capsys.readouterr().out


def test_help_shows_the_default_of_each_setting(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "passes over the data, at most (default: mlp 1000; logistic 157; linear 100" in told
    assert "Gibbs steps of learning (rbm) (default: 15)" in told
    options = told.split(" options: ")[1]
    for flag in options_of_settings():
        assert "(default: " in options.split(f" {flag} ")[1].split(" --")[0], flag


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["train", "mpl"], "mlp"),
        (["train", "mlp", "--epocs", "3"], "--epochs"),
        (["train", "mlp", "--epocs=3"], "--epochs"),
        (["train", "mlp", "--optimizer", "adm"], "adam"),
        (["trian", "mlp"], "train"),
    ],
)
def test_what_was_mistyped_is_guessed(fails, typed, meant):
    assert f"did you mean {meant!r}?" in fails(*typed, code=2)


def test_a_batch_of_more_than_there_is_says_what_it_becomes(run):
    told = run("train", "logistic", "--batch-size", "5000", "--epochs", "2")
    assert "a batch of 5,000 is more than the 3,500 samples to learn from" in told
    assert re.search(r"epoch +2  cost", told)
