"""Weights, several targets, sparse samples and named columns, as scikit-learn has them."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.linear_model import LinearRegression as TheirLinear
from symgraph.models import (
    RBM,
    LinearRegression,
    LogisticRegression,
    LSTMClassifier,
    MLPClassifier,
    MLPRegressor,
    load,
)
from symgraph.models.errors import ParameterError

import symgraph as sg


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(0)
    X = rng.normal(3, [1, 10, 0.1], size=(60, 3))
    return X, (X - 3) @ [1, 0.1, 10] + rng.normal(size=60), rng.integers(0, 4, 60)


def test_weights_are_those_of_weighted_least_squares(samples):
    X, y, weight = samples
    model = LinearRegression(tol=1e-12).fit(X, y, sample_weight=weight)
    exact = TheirLinear().fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(model.coef_, exact.coef_, rtol=1e-4)
    np.testing.assert_allclose(model.intercept_, exact.intercept_, rtol=1e-4)
    assert model.score(X, y, sample_weight=weight) == pytest.approx(
        exact.score(X, y, sample_weight=weight)
    )


@pytest.mark.parametrize("Model", [LogisticRegression, MLPClassifier])
def test_balanced_classes_are_weighted_samples(samples, Model):
    X, y, _ = samples
    labels = np.where(y > 1.5, "rare", "frequent")
    share = np.mean(labels == "rare")
    by_hand = np.where(labels == "rare", 1 / (2 * share), 1 / (2 * (1 - share)))
    settings = {"random_state": 0, "max_iter": 40, "tol": 0}
    model = Model(class_weight="balanced", **settings).fit(X, labels)
    same = Model(**settings).fit(X, labels, sample_weight=by_hand)
    named = {"rare": 1 / (2 * share), "frequent": 1 / (2 * (1 - share))}
    also = Model(class_weight=named, **settings).fit(X, labels)
    np.testing.assert_allclose(same.predict_proba(X), model.predict_proba(X), rtol=1e-9)
    np.testing.assert_allclose(also.predict_proba(X), model.predict_proba(X), rtol=1e-9)
    plain = Model(**settings).fit(X, labels)
    assert model.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean()


def test_weights_count_in_validation_and_may_come_and_go(samples):
    X, y, weight = samples
    model = LinearRegression(max_iter=5, tol=0)
    model.fit(X, y, sample_weight=weight, validation=(X, y, weight))
    errors = model.history_.errors
    squares = np.average((model.predict(X) - y) ** 2, weights=weight)
    assert errors["validation"][-1] == pytest.approx(squares)
    model.resume(X, y, epochs=6)
    assert len(model.inputs) == 2
    x, target, w = model.resume(X, y, epochs=7, sample_weight=weight).inputs
    error = sg.function([x, target, w], model.error)(X, y, weight / weight.mean())
    assert error == pytest.approx(np.average((model.predict(X) - y) ** 2, weights=weight))


def test_class_weights_are_kept_in_files(tmp_path, samples):
    X, y, _ = samples
    model = LogisticRegression(class_weight={0: 2.5, 1: 1}, max_iter=3, tol=0).fit(X, y > 0)
    model.save(tmp_path / "model")
    assert load(tmp_path / "model").class_weight == {0: 2.5, 1: 1}


@pytest.mark.parametrize(
    ("settings", "weight", "message"),
    [
        ({}, np.ones(59), "inconsistent numbers of samples"),
        ({}, np.ones((60, 1)), r"sample_weight must be of shape \(n,\), not \(60, 1\)"),
        ({}, np.full(60, -1.0), "sample_weight must be from 0, not -1"),
        ({}, np.zeros(60), "weights of all samples are zero"),
        ({}, np.full(60, np.nan), "sample_weight contains NaN"),
        ({"class_weight": "even"}, None, "class_weight must be None, 'balanced' or a dict.*'even'"),
        ({"class_weight": {2: 1.0}}, None, "class_weight names the label 2; the classes are"),
    ],
)
def test_weights_that_cannot_be_are_told(samples, settings, weight, message):
    X, y, _ = samples
    with pytest.raises(ValueError, match=message):
        LogisticRegression(**settings).fit(X, y > 0, sample_weight=weight)


def test_balanced_classes_need_all_samples(samples):
    X, y, _ = samples
    with pytest.raises(ParameterError, match="'balanced' needs all samples at once"):
        LogisticRegression(class_weight="balanced").partial_fit(X, y > 0)


@pytest.mark.parametrize("Model", [LinearRegression, MLPRegressor])
@pytest.mark.parametrize("shape", [(60,), (60, 1), (60, 2)])
def test_predictions_have_the_shape_of_targets(tmp_path, samples, Model, shape):
    X, y, weight = samples
    targets = np.resize(np.stack([y, -y], axis=1), shape)
    model = Model(max_iter=3, tol=0, random_state=0).fit(X, targets, sample_weight=weight)
    assert model.predict(X).shape == shape
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.resume(X, targets, epochs=4).predict(X).shape == shape
    with pytest.raises(ParameterError, match=r"targets are of shape .*; this model learned"):
        model.partial_fit(X, np.zeros((60, 3)))


@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csc_matrix, sparse.coo_array])
@pytest.mark.parametrize("Model", [LogisticRegression, MLPClassifier, RBM])
def test_sparse_samples_are_those_samples(samples, form, Model):
    X = np.where(samples[0] > 3, samples[0], 0)
    y = samples[1] > 0
    model, same = (Model(max_iter=3, random_state=0) for _ in range(2))
    if Model is not RBM:
        model.set_params(tol=0)
        same.set_params(tol=0)
    answer = "transform" if Model is RBM else "predict_proba"
    expected = getattr(model.fit(X, y), answer)(X)
    np.testing.assert_allclose(getattr(same.fit(form(X), y), answer)(form(X)), expected, rtol=1e-9)


def test_sparse_samples_that_are_too_many_are_refused():
    X = sparse.csr_array((10**6, 10**6))
    with pytest.raises(ParameterError, match="8,000,000,000,000 bytes dense, more than the"):
        LinearRegression().fit(X, np.zeros(10**6))


@pytest.mark.parametrize("Model", [LinearRegression, LogisticRegression, RBM])
def test_names_of_features_are_kept_in_files(tmp_path, samples, Model):
    X = pd.DataFrame(samples[0], columns=["width", "height", "weight"])
    model = Model(max_iter=1).fit(X, samples[1] > 0)
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert again.feature_names_in_.tolist() == ["width", "height", "weight"]
    ask = again.transform if Model is RBM else again.predict
    ask(X)
    with pytest.raises(ValueError, match="feature names should match"):
        ask(X.rename(columns={"width": "breadth"}))


def test_transformers_give_the_tables_that_are_asked_for(samples):
    model = RBM(4, max_iter=1).set_output(transform="pandas")
    table = model.fit_transform(samples[0])
    assert table.columns.tolist() == ["rbm0", "rbm1", "rbm2", "rbm3"]


def test_samples_of_any_range_are_brought_to_probabilities(samples):
    X = samples[0]
    model = RBM(4, max_iter=2, random_state=0).fit(X)
    low, high = X.min(axis=0), X.max(axis=0)
    plain = RBM(4, max_iter=2, random_state=0).fit((X - low) / (high - low))
    np.testing.assert_allclose(
        model.transform(X), plain.transform((X - low) / (high - low)), rtol=1e-6
    )
    drawn = model.sample(X, n_steps=1, random_state=0)
    assert ((drawn >= low - 1e-6) & (drawn <= high + 1e-6)).all()


def test_other_classifiers_take_weights(samples):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 12)), rng.integers(0, 2, 30)
    weight = np.repeat([1.0, 0.0], 15)
    settings = {"n_hidden": 3, "max_iter": 3, "random_state": 0, "early_stopping": False}
    model = LSTMClassifier(4, **settings).fit(X, y, sample_weight=weight)
    same = LSTMClassifier(4, **settings).fit(X[:15], y[:15])
    np.testing.assert_allclose(model.predict_proba(X), same.predict_proba(X), rtol=1e-9)


def test_scales_cannot_be_taken_away(samples):
    X, y, _ = samples
    model = LinearRegression().fit(X, y)
    with pytest.raises(ParameterError, match=r"scale=False would give .* learned with scale=True"):
        model.set_params(scale=False).partial_fit(X, y)
