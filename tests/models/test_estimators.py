"""The estimators keep scikit-learn's protocol and say what is wrong with their settings."""

import pickle

import numpy as np
import pytest
import symgraph.models as models
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from symgraph.models import LogisticRegression, MLPClassifier
from symgraph.models.errors import ParameterError

import symgraph as sg


@pytest.fixture(scope="module")
def blobs():
    """Three clouds of points in the plane, with names."""
    rng = np.random.default_rng(0)
    y = np.repeat(["ant", "bee", "cat"], 40)
    centres = {"ant": (0, 0), "bee": (2, 0), "cat": (0, 2)}
    return np.array([centres[name] for name in y]) + rng.normal(0, 0.3, (120, 2)), y


@pytest.mark.parametrize("mode", ["reference", "llvm"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_classifiers_learn_and_keep_their_labels(blobs, mode, dtype):
    X, y = blobs
    model = MLPClassifier((10,), learning_rate=0.3, max_iter=30, mode=mode, dtype=dtype)
    model.set_params(early_stopping=False, random_state=3)
    assert model.fit(X, y) is model
    assert model.classes_.tolist() == ["ant", "bee", "cat"]
    assert model.score(X, y) > 0.95
    probabilities = model.predict_proba(X[:5])
    assert probabilities.shape == (5, 3)
    assert probabilities.dtype == dtype
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert model.predict(X[:1]).tolist() == ["ant"]


def test_partial_fit_is_told_the_classes_first(blobs):
    X, y = blobs
    model = LogisticRegression(random_state=0, l2=0.0)
    ants = y == "ant"
    model.partial_fit(X[ants], y[ants], classes=["ant", "bee", "cat"])
    for _ in range(40):
        model.partial_fit(X, y)
    assert model.score(X, y) > 0.95
    with pytest.raises(ParameterError, match=r"labels that are no classes.*'dog'.*it knows"):
        model.partial_fit(X[:1], ["dog"])


def test_symbolic_parts_are_ordinary_expressions(blobs):
    X, y = blobs
    model = LogisticRegression(random_state=0, dtype="float64", early_stopping=False).fit(X, y)
    x, target = model.inputs
    hidden = sg.function([x], sg.tensor.log(model.outputs))
    np.testing.assert_allclose(np.exp(hidden(X)), model.predict_proba(X), rtol=1e-12)
    gradients = sg.grad(model.cost, model.parameters)
    slopes = sg.function([x, target], gradients)(X, np.searchsorted(model.classes_, y))
    assert [g.shape for g in slopes] == [(2, 3), (3,)]
    assert [p.name for p in model.parameters] == ["output.W", "output.b"]


def test_before_it_is_built_a_model_says_so():
    with pytest.raises(NotFittedError):
        MLPClassifier().predict([[1.0]])
    with pytest.raises(NotFittedError):
        _ = MLPClassifier().cost


def test_training_does_not_depend_on_anything_but_the_seed(blobs):
    X, y = blobs
    first = MLPClassifier((6,), max_iter=5, random_state=7).fit(X, y)
    again = clone(first).fit(X, y)
    other = clone(first).set_params(random_state=8).fit(X, y)
    np.testing.assert_array_equal(first.predict_proba(X), again.predict_proba(X))
    assert (first.predict_proba(X) != other.predict_proba(X)).any()


def test_a_pickled_model_predicts_and_goes_on(blobs):
    X, y = blobs
    model = MLPClassifier((6,), max_iter=3, random_state=0).fit(X, y)
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))
    model.resume(X, y, epochs=5)
    copy.resume(X, y, epochs=5)
    np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": -1}, "learning_rate must be a finite number from 0, not -1"),
        ({"learning_rate": float("nan")}, "learning_rate must be a finite number"),
        ({"batch_size": 0}, "batch_size must be an integer from 1, not 0"),
        ({"batch_size": 2.5}, "batch_size must be an integer from 1, not 2.5"),
        ({"max_iter": 0}, "max_iter must be an integer from 1, not 0"),
        ({"l2": "much"}, "l2 must be a finite number from 0, not 'much'"),
        ({"validation_fraction": 1}, "validation_fraction must lie between 0 and 1, not 1"),
        ({"dtype": "int32"}, "dtype must be float32 or float64, not 'int32'"),
        ({"activation": "tan"}, "no activation is called 'tan'; there are identity, tanh"),
        ({"optimizer": "sdg"}, "no optimizer is called 'sdg'; there are sgd, momentum"),
        ({"hidden_layer_sizes": (5, 0)}, r"hidden_layer_sizes must be integers.*not \(5, 0\)"),
    ],
)
def test_settings_out_of_range_are_named(blobs, settings, message):
    with pytest.raises(ParameterError, match=message):
        MLPClassifier(**settings).fit(*blobs)


def test_the_package_names_its_models_and_no_others():
    assert set(models.__all__) <= set(dir(models))
    for name in models.__all__:
        assert getattr(models, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Perceptron'"):
        _ = models.Perceptron
