"""The books' first networks reach the results of the books, or of those who solve them exactly."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression as ExactLogisticRegression
from sklearn.neural_network import MLPClassifier as TheirPerceptron
from support.book_procedures import LINEAR, LOGISTIC, PERCEPTRON
from symgraph.models import LinearRegression, LogisticRegression, MLPClassifier, NoImprovement
from symgraph.models.datasets import load_digits, valuation_samples


@pytest.fixture(scope="module")
def digits():
    """The customary cut: 4,000 digits to learn from, 1,000 to test with."""
    data = load_digits(seed=0)
    return data.train_and_validation, data.test


@pytest.mark.parametrize("mode", ["reference", "llvm"])
def test_the_valuation_example(mode):
    """§2.5: ten startups, one at a time, learning rate 0.1; the truth is 13 and 20."""
    samples = valuation_samples(10)
    model = LinearRegression(**LINEAR, max_iter=1000, dtype="float64", mode=mode)
    model.fit(samples.x, samples.y)
    assert model.intercept_ == pytest.approx(13, abs=0.1)
    assert model.coef_[0] == pytest.approx(20, abs=0.3)
    # "80 points: 16.1 million": theta0 + 0.3 theta.
    assert model.predict([[0.3]])[0] == pytest.approx(19, abs=0.2)


def test_linear_regression_finds_the_solution_of_the_normal_equation():
    """§2.5.4: theta = (XᵀX)⁻¹Xᵀy, by descent with all samples at once."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3))
    y = X @ [1.0, -2.0, 0.5] + 4.0 + 0.1 * rng.normal(size=50)
    ones = np.column_stack([np.ones(50), X])
    theta = np.linalg.solve(ones.T @ ones, ones.T @ y)
    settings = LINEAR | {"batch_size": 50, "learning_rate": 0.3}
    model = LinearRegression(**settings, max_iter=400, dtype="float64", mode="reference").fit(X, y)
    np.testing.assert_allclose([model.intercept_, *model.coef_], theta, rtol=1e-10)


def test_logistic_regression_finds_the_minimum_of_its_convex_cost():
    """scikit-learn's ½ΣW² + C Σ loss is n·C times our mean loss + l2 ΣW² for C = 1 / (2 l2 n)."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(90, 4))
    y = np.argmax(X[:, :3] + rng.normal(size=(90, 3)), axis=1)
    settings = LOGISTIC | {"l2": 0.01, "learning_rate": 1.0, "batch_size": 90}
    model = LogisticRegression(**settings, max_iter=3000, dtype="float64")
    model.fit(X, y)
    exact = ExactLogisticRegression(C=1 / (2 * 0.01 * 90), tol=1e-12, max_iter=10000).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), exact.predict_proba(X), atol=1e-6)
    W = model.parameters[0].get_value()
    np.testing.assert_allclose(W, exact.coef_.T, atol=1e-5)


def weights_of(their_model):
    """Copies, in our order: W, b of each layer."""
    layers = zip(their_model.coefs_, their_model.intercepts_, strict=True)
    return [values.copy() for layer in layers for values in layer]


@pytest.mark.parametrize("mode", ["reference", "llvm"])
@pytest.mark.parametrize(
    ("optimizer", "theirs"),
    [
        ("sgd", {"momentum": 0.0}),
        ("momentum", {"momentum": 0.9, "nesterovs_momentum": False}),
    ],
)
def test_the_perceptron_takes_the_steps_of_scikit_learns(mode, optimizer, theirs):
    """From its weights, on the same mini-batches, alpha being 2 · l2 · batch."""
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(60, 5)), rng.integers(0, 3, 60)
    settings = {"batch_size": 20, "shuffle": False, "random_state": 0}
    their_model = TheirPerceptron(
        (7, 6), "tanh", solver="sgd", learning_rate_init=0.1, alpha=2 * 1e-3 * 20,
        max_iter=1, **settings, **theirs,
    )  # fmt: skip
    model = MLPClassifier(
        (7, 6), "tanh", l2=1e-3, learning_rate=0.1, optimizer=optimizer, scale=False,
        dtype="float64", mode=mode, **settings,
    ).build(5, range(3))  # fmt: skip
    # An epoch at no rate to speak of shows their first weights.
    their_model.set_params(learning_rate_init=1e-300).partial_fit(X, y, classes=[0, 1, 2])
    their_model._optimizer.learning_rate_init = their_model._optimizer.learning_rate = 0.1
    for parameter, value in zip(model.parameters, weights_of(their_model), strict=True):
        parameter.set_value(value)
    for _ in range(10):
        their_model.partial_fit(X, y)
        model.partial_fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), their_model.predict_proba(X), rtol=1e-9)
    for parameter, value in zip(model.parameters, weights_of(their_model), strict=True):
        np.testing.assert_allclose(parameter.get_value(), value, rtol=1e-9, atol=1e-12)


def test_logistic_regression_on_the_digits(digits):
    """§3.4: batches of 100, rate 0.5, λ = 0.001, ten epochs; 91 % with 55,000 samples."""
    train, test = digits
    model = LogisticRegression(
        **LOGISTIC, max_iter=10, early_stopping=NoImprovement(), random_state=0, dtype="float32"
    ).fit(train.x, train.y)
    assert model.history_.epochs == 10
    assert model.score(test.x, test.y) > 0.87


def test_the_perceptron_on_the_digits(digits):
    """§15.1.3 at a rate with which a few epochs suffice."""
    train, test = digits
    settings = PERCEPTRON | {"learning_rate": 0.1, "early_stopping": False}
    model = MLPClassifier(**settings, max_iter=8, random_state=0, dtype="float32")
    model.fit(train.x, train.y)
    errors = model.history_.errors["training"]
    assert errors[-1] < errors[0] / 3
    assert model.score(test.x, test.y) > 0.9


def test_the_relu_network_of_the_book_on_the_digits(digits):
    """§4.5: 784-512-10, ReLU, Adam at 0.001, batches of 100, λ = 0.001."""
    train, test = digits
    model = MLPClassifier(
        (512,), "relu", l2=0.001, learning_rate=0.001, optimizer="adam", batch_size=100,
        max_iter=8, scale=False, tol=0, random_state=0, dtype="float32",
    ).fit(train.x, train.y)  # fmt: skip
    assert model.score(test.x, test.y) > 0.9


def test_the_comparison_with_scikit_learn_runs(monkeypatch, capsys):
    """After two epochs of the same training both make about the same errors: within 3 in 100."""
    example = Path(__file__).parents[2] / "examples" / "compare_with_sklearn.py"
    monkeypatch.setattr("sys.argv", [str(example), "--epochs", "2", "--seeds", "2"])
    runpy.run_path(str(example), run_name="__main__")
    summary = capsys.readouterr().out.splitlines()[-2:]
    found = [
        re.match(r"(symgraph|scikit-learn) +test error ([\d.]+) ± [\d.]+ %", line)
        for line in summary
    ]
    assert [match[1] for match in found] == ["symgraph", "scikit-learn"]
    ours, theirs = (float(match[2]) for match in found)
    assert 0 < ours < 20
    assert abs(ours - theirs) < 3
