"""The examples run, and show what they say."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image
from support.op_checks import derivatives_agree
from support.pictures import pictures

import symgraph as sg
import symgraph.tensor as T

EXAMPLES = Path(__file__).parents[2] / "examples"
MOST_LINES = 80


def example(name: str) -> ModuleType:
    """An example as a module, imported without being run."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_examples_are_short_and_say_what_they_show(path):
    text = path.read_text()
    assert text.startswith('"""')
    assert len(text.splitlines()) <= MOST_LINES


def test_linear_regression_finds_the_line(tmp_path, capsys):
    intercept, slope = example("linear_regression").main(tmp_path)
    assert intercept == pytest.approx(13, abs=0.05)
    assert slope == pytest.approx(20, abs=0.1)
    assert "after 100 passes" in capsys.readouterr().out
    assert pictures(tmp_path) == {"linear-regression.png"}


def test_logistic_regression_separates_points(tmp_path, capsys):
    assert example("logistic_regression").separate_points(tmp_path) == 0
    assert "(0.27, 0.02) is of class 0 with probability 0.9" in capsys.readouterr().out
    assert pictures(tmp_path) == {"points.png"}


def test_logistic_regression_reads_digits(tmp_path, capsys):
    error = example("logistic_regression").read_digits(tmp_path)
    assert 0.05 < error < 0.12  # the book: 9.0 % with all 60,000 digits
    assert f"test error {100 * error:.1f} %" in capsys.readouterr().out
    assert pictures(tmp_path) == {"digit-weights.png"}


def test_the_perceptron_learns_digits(tmp_path, capsys):
    error = example("mlp").main(tmp_path, epochs=3)
    assert error < 0.2
    output = capsys.readouterr().out
    assert "epoch   1: cost" in output
    assert "trained for 3 epochs" in output
    assert pictures(tmp_path) == {"mlp-learning-curve.png"}


def test_the_lstm_learns_digits(tmp_path, capsys):
    error = example("lstm").main(tmp_path, epochs=2)
    assert error < 0.3
    output = capsys.readouterr().out
    assert "epoch   1: cost" in output
    assert "trained for 2 epochs" in output
    assert pictures(tmp_path) == {"lstm-learning-curve.png"}


def test_lenet_learns_digits(tmp_path, capsys):
    assert example("lenet").main(tmp_path, epochs=1) < 0.15
    assert "epoch  1: cost" in capsys.readouterr().out
    assert pictures(tmp_path) == {"feature-maps.png"}


def test_windows_find_the_edges_of_a_picture(tmp_path):
    half = np.zeros((60, 80, 3), "uint8")
    half[:, 40:] = 255
    Image.fromarray(half).save(tmp_path / "half.png")
    edges = example("convolution").main(tmp_path / "drawn", str(tmp_path / "half.png"))
    assert edges.shape == (60, 80)
    # White ends in black at the frame too, as a border of zeros is around the picture.
    columns = np.flatnonzero(edges[1:-1].max(axis=0) > 1e-5)
    assert columns.tolist() == [39, 40, 79]
    assert example("convolution").main(tmp_path / "drawn").shape == (171, 256)
    assert pictures(tmp_path / "drawn") == {"convolution.png"}


def test_the_networks_of_textbooks_have_their_sizes_and_learn(capsys):
    networks = example("textbook_networks")
    assert networks.dense(3) < 0.3
    assert networks.convolutional(1) < 0.6
    output = capsys.readouterr().out
    assert "784-512-10: 407,050 weights" in output
    assert "two layers of windows: 17,802 weights" in output


@pytest.mark.parametrize("name", ["stack", "residual"])
def test_networks_are_put_together_from_layers(name):
    networks = example("composition")
    assert networks.learn(getattr(networks, name), 1) < 0.25


def test_the_boltzmann_machine_learns_digits(tmp_path, capsys):
    assert example("rbm").main(tmp_path, epochs=2) > -200
    assert "epoch  2: pseudo-likelihood -" in capsys.readouterr().out
    assert pictures(tmp_path) == {"rbm-filters.png", "rbm-samples.png"}


def test_the_language_model_learns_a_text_of_ones_own(tmp_path, capsys):
    (tmp_path / "fox.txt").write_text("the quick brown fox jumps over the lazy dog.\n" * 300)
    model = example("char_rnn").main(tmp_path / "fox.txt", epochs=12)
    output = capsys.readouterr().out
    assert output.startswith("fox.txt: 12,150 / 1,350 characters")
    assert "epoch 12: " in output
    assert output.index("At temperature 0.2:") < output.index("At temperature 1.0:")
    assert model.history_.errors["validation"][-1] < 2.5


def test_the_theano_chapter_prints_the_books_results(capsys):
    example("theano_chapter").main()
    output = capsys.readouterr().out
    assert "default values: 68.0 70.0 33.0 34.0" in output
    assert "with 5 for the state: 11 - it still is 10" in output
    assert "the copy's state was 0 and is 100" in output
    assert "d(x²)/dx at 2: 4.0" in output
    assert output.rstrip().endswith("True")


def test_an_operation_in_numpy_finds_an_echo(capsys):
    module = example("op_in_numpy")
    np.testing.assert_allclose(module.main(), [1, 0, 0.5, -0.25], atol=1e-3)
    assert "in Python: Convolution{mode='full'}, Convolution" in capsys.readouterr().out


@pytest.mark.parametrize("mode", ["full", "valid"])
def test_the_convolution_has_both_derivatives(mode):
    op = example("op_in_numpy").Convolution(mode)
    derivatives_agree(lambda x, w: op(x, w) ** 2, np.array([0.5, -1.0, 2.0, 0.3]), np.ones(2))
    x, w = T.dvectors("x", "w")
    f = sg.function([x, w], op(x, w).shape)
    assert f(np.ones(5), np.ones(3)) == len(np.convolve(np.ones(5), np.ones(3), mode))
    with pytest.raises(ValueError, match="3 weights do not fit into 2 values"):
        sg.function([x, w], example("op_in_numpy").Convolution("valid")(x, w))([1, 2], [1, 2, 3])


def test_an_operation_with_loops_is_faster(capsys):
    module = example("op_with_loops")
    assert module.main(50, 20) > 0
    first, second = (line.split(":")[1] for line in capsys.readouterr().out.splitlines())
    assert first == second
    op = module.LeakySum()
    derivatives_agree(lambda x, d: op(x, d) ** 2, np.array([[0.5, -1.0, 2.0]]), np.array(0.7))
    x = T.dmatrix("x")
    f = sg.function([x], op(x[:, ::-1], 0.5), mode="llvm")
    assert f.fallbacks() == []
    for shape in ((0, 3), (3, 0), (2, 3), (1, 1)):
        value = np.arange(float(np.prod(shape))).reshape(shape)
        wanted = op.perform(None, value[:, ::-1], np.array(0.5))[0]
        np.testing.assert_array_equal(f(value), wanted)


def test_an_operation_in_llvm_counts_bits(capsys):
    module = example("op_in_llvm")
    module.main(500)
    assert capsys.readouterr().out.count("100% found") == 2
    x, y = module.CODES("x"), module.CODES("y")
    distance = module.HammingDistance()
    f = sg.function([x, y], distance(x[::2], y[::-1]) + 1, mode="llvm")
    assert f.fallbacks() == []
    values = np.array([0, 1, 2**64 - 1, 2**63], "uint64")
    for left, right in ((values, values), (values[:0], values), (values, values[:0])):
        wanted = [[bin(int(a) ^ int(b)).count("1") + 1 for b in right[::-1]] for a in left[::2]]
        np.testing.assert_array_equal(f(left, right), np.reshape(wanted, f(left, right).shape))
    inside = sg.scan(lambda row: distance(row, y).sum(), sequences=[x.reshape((-1, 2))])[0]
    g = sg.function([x, y], inside, mode="llvm")
    assert g.fallbacks() == []
    np.testing.assert_array_equal(g(values, values[:1]), [1, 65])
