"""With their defaults the estimators of tables do as well as scikit-learn's, whatever the units."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression as TheirLinear
from sklearn.linear_model import LogisticRegression as TheirLogistic
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier as TheirPerceptron
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from symgraph.models import (
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    load,
)

CLASSES = {
    "iris": lambda: datasets.load_iris(return_X_y=True),
    "wine": lambda: datasets.load_wine(return_X_y=True),
    "breast cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
    "digits": lambda: datasets.load_digits(return_X_y=True),
    "two of 20": lambda: datasets.make_classification(500, 20, random_state=0),
    "four of 50": lambda: datasets.make_classification(
        1000, 50, n_informative=10, n_classes=4, random_state=1
    ),
    "wider than long": lambda: datasets.make_classification(
        200, 300, n_informative=20, random_state=2
    ),
}
CURVED = {
    "moons": lambda: datasets.make_moons(500, noise=0.2, random_state=0),
    "circles": lambda: datasets.make_circles(500, noise=0.1, factor=0.5, random_state=0),
}
NUMBERS = {
    "diabetes": lambda: datasets.load_diabetes(return_X_y=True),
    "linnerud, three targets": lambda: datasets.load_linnerud(return_X_y=True),
    "30 features": lambda: datasets.make_regression(300, 30, noise=10, random_state=0),
    "three targets": lambda: datasets.make_regression(
        300, 30, n_targets=3, noise=10, random_state=0
    ),
    "collinear": lambda: datasets.make_regression(300, 100, effective_rank=5, random_state=0),
    "friedman1": lambda: datasets.make_friedman1(500, noise=0.5, random_state=0),
    "friedman2": lambda: datasets.make_friedman2(500, random_state=0),
    "friedman3": lambda: datasets.make_friedman3(500, random_state=0),
}


def scores(ours, theirs, X, y, stratify=None):
    """Of both on 30 % that neither saw; ours must have converged."""
    train, test, y_train, y_test = train_test_split(
        X, y, test_size=0.3, random_state=0, stratify=stratify
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        ours.fit(train, y_train)
    assert ours.history_.stopped_by == "converged"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.fit(train, y_train)
    return ours.score(test, y_test), theirs.score(test, y_test), len(test)


@pytest.mark.parametrize("name", CLASSES)
def test_logistic_regression(name):
    X, y = CLASSES[name]()
    theirs = make_pipeline(StandardScaler(), TheirLogistic(max_iter=10_000))
    ours, theirs, n = scores(LogisticRegression(), theirs, X, y, y)
    # A point, or one sample where a point is less.
    assert ours >= theirs - max(0.01, 1.001 / n)


@pytest.mark.parametrize("name", NUMBERS)
def test_linear_regression(name):
    ours, theirs, _ = scores(LinearRegression(), TheirLinear(), *NUMBERS[name]())
    assert abs(ours - theirs) < 0.01


@pytest.mark.parametrize("name", ["wine", "two of 20", *CURVED])
def test_the_perceptron_of_classes(name):
    X, y = (CLASSES | CURVED)[name]()
    theirs = make_pipeline(StandardScaler(), TheirPerceptron(max_iter=1000, random_state=0))
    ours, theirs, n = scores(MLPClassifier(random_state=0), theirs, X, y, y)
    assert ours >= theirs - max(0.01, 1.001 / n)


@pytest.mark.parametrize("name", ["friedman1", "friedman3"])
def test_the_perceptron_of_numbers(name):
    theirs = make_pipeline(StandardScaler(), TheirRegressor(max_iter=1000, random_state=0))
    ours, theirs, _ = scores(MLPRegressor(random_state=0), theirs, *NUMBERS[name]())
    assert ours >= theirs - 0.01


@pytest.mark.parametrize("Model", [LinearRegression, LogisticRegression])
@settings(max_examples=5, deadline=None)
@given(
    powers=st.lists(st.integers(-6, 6), min_size=3, max_size=3),
    offsets=st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3),
)
def test_units_do_not_matter(Model, powers, offsets):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    y = X @ [1.0, -2.0, 0.5] + 0.5 * rng.normal(size=60)
    y = y > 0 if Model is LogisticRegression else y
    scale = 10.0 ** np.array(powers)
    plain, other = Model().fit(X, y), Model().fit((X + offsets) * scale, y)
    answer = "predict_proba" if Model is LogisticRegression else "predict"
    expected = getattr(plain, answer)(X)
    found = getattr(other, answer)((X + offsets) * scale)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(other.coef_ * scale, plain.coef_, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 7, None])
@pytest.mark.parametrize("width", [2, 80])
@pytest.mark.parametrize("optimizer", ["sgd", "accelerated", "momentum", "adam"])
def test_the_step_chosen_does_not_diverge(batch_size, width, optimizer):
    rng = np.random.default_rng(1)
    # All features nearly the same: the greatest eigenvalue is their number.
    X = rng.normal(size=(40, 1)) + 0.01 * rng.normal(size=(40, width))
    y = X.sum(axis=1)
    model = LinearRegression(
        batch_size=batch_size, optimizer=optimizer, max_iter=30, scale=False, tol=0,
        mode="reference",
    )  # fmt: skip
    cost = model.fit(X, y).history_.cost
    assert cost[-1] < 0.9 * cost[0]


def test_coefficients_are_in_the_units_of_the_samples():
    rng = np.random.default_rng(2)
    X = rng.normal(5, [1, 100, 0.01], size=(80, 3))
    y = np.stack([X @ [3.0, 0.02, 50.0] + 7, 1e5 * X[:, 0]], axis=1)
    both = LinearRegression(dtype="float64").fit(X, y)
    np.testing.assert_allclose(both.coef_, [[3, 0.02, 50], [1e5, 0, 0]], rtol=1e-2, atol=1e-2)
    np.testing.assert_allclose(both.predict(X), X @ both.coef_.T + both.intercept_, rtol=1e-9)
    one = LinearRegression(dtype="float64").fit(X, y[:, 0])
    assert one.coef_.shape == (3,)
    np.testing.assert_allclose(one.predict(X), X @ one.coef_ + one.intercept_, rtol=1e-9)
    two = LogisticRegression(dtype="float64").fit(X, X[:, 0] > 5)
    assert (two.coef_.shape, two.intercept_.shape) == ((1, 3), (1,))
    odds = np.exp(X @ two.coef_[0] + two.intercept_[0])
    np.testing.assert_allclose(two.predict_proba(X)[:, 1], odds / (1 + odds), rtol=1e-9)


def test_what_max_iter_ends_is_warned_of():
    X, y = datasets.load_iris(return_X_y=True)
    with pytest.warns(
        ConvergenceWarning, match=r"LogisticRegression: max_iter=5 epochs ended.*res"
    ):
        model = LogisticRegression(max_iter=5).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LogisticRegression(max_iter=5, tol=0).fit(X, y)
        # Who says how long to go on knows.
        model.resume(X, y, epochs=7)
        model.partial_fit(X, y)
    assert model.history_.epochs == 8


@pytest.mark.parametrize("Model", [LinearRegression, MLPRegressor])
def test_resumed_training_converges_in_the_same_epoch(Model):
    X, y = datasets.load_diabetes(return_X_y=True)
    whole = Model(random_state=0).fit(X[:60], y[:60])
    parts = Model(random_state=0, max_iter=15)
    with pytest.warns(ConvergenceWarning):
        parts.fit(X[:60], y[:60])
    parts.resume(X[:60], y[:60], epochs=1000)
    assert parts.history_.cost == whole.history_.cost
    assert parts.history_.stopped_by == "converged"
    assert parts.resume(X[:60], y[:60], epochs=2000).n_iter_ == whole.n_iter_


@pytest.mark.parametrize("Model", [LinearRegression, LogisticRegression, MLPRegressor])
def test_what_samples_are_standardised_by_is_kept_in_files(tmp_path, Model):
    X, y = datasets.load_wine(return_X_y=True)
    model = Model(random_state=0).fit(X, y)
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    answer = "predict_proba" if Model is LogisticRegression else "predict"
    np.testing.assert_array_equal(getattr(again, answer)(X), getattr(model, answer)(X))
    more = model.n_iter_ + 1
    model.set_params(tol=0).resume(X, y, epochs=more)
    again.set_params(tol=0).resume(X, y, epochs=more)
    np.testing.assert_array_equal(getattr(again, answer)(X), getattr(model, answer)(X))
