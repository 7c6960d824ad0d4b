"""Settings changed between fits are honoured where the weights still fit, and refused elsewhere."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from support.book_procedures import PERCEPTRON
from symgraph.models import EarlyStopping, LinearRegression, LogisticRegression, MLPClassifier
from symgraph.models.errors import ParameterError

import symgraph as sg


@pytest.fixture(scope="module", autouse=True)
def reference():
    """These tests train tiny networks again and again: what compiles fastest serves best."""
    with sg.config.change_flags(mode="reference"):
        yield


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    return X, np.where(X[:, 0] + 0.3 * rng.normal(size=40) > 0, "yes", "no")


def perceptron(**settings):
    chosen = {"learning_rate": 0.1, "batch_size": 10, "max_iter": 2, "early_stopping": False}
    return MLPClassifier((4,), random_state=0, **(PERCEPTRON | chosen | settings))


def weights(model):
    return [p.get_value() for p in model.parameters]


def steps_of(model, X, y, n_steps):
    """The weights after more steps on all samples at once, by a function of the public parts."""
    step = sg.function(model.inputs, [], updates=model.updates)
    target = np.searchsorted(model.classes_, y)
    for _ in range(n_steps):
        step(X, target)
    return weights(model)


@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 0.03},
        {"l2": 0.1},
        {"l1": 0.1},
        {"activation": "relu"},
        {"optimizer": "momentum"},
    ],
    ids=str,
)
@pytest.mark.parametrize("way", ["warm_start", "partial_fit", "resume"])
def test_a_changed_setting_takes_effect(samples, change, way):
    """One epoch of one batch with the new setting, from the weights there were."""
    X, y = samples
    model = perceptron(batch_size=40).fit(X, y)
    start = weights(model)
    model.set_params(**change, warm_start=way == "warm_start", max_iter=1)
    if way == "warm_start":
        model.fit(X, y)
    elif way == "partial_fit":
        model.partial_fit(X, y)
    else:
        model.resume(X, y, epochs=3)
    expected = perceptron(**change).build(3, model.classes_)
    for parameter, value in zip(expected.parameters, start, strict=True):
        parameter.set_value(value)
    for found, wanted in zip(weights(model), steps_of(expected, X, y, 1), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_the_optimisers_state_is_kept_when_its_rate_changes(samples):
    X, y = samples
    model = perceptron(batch_size=40, optimizer="momentum", max_iter=3).fit(X, y)
    expected = perceptron(optimizer="momentum").build(3, model.classes_)
    steps_of(expected, X, y, 3)
    velocities = {v.name: v.get_value() for v, _ in expected.updates}
    faster = perceptron(optimizer="momentum", learning_rate=0.2).build(3, model.classes_)
    for variable, _ in faster.updates:
        variable.set_value(velocities[variable.name])
    model.set_params(learning_rate=0.2).resume(X, y, epochs=4)
    for found, wanted in zip(weights(model), steps_of(faster, X, y, 1), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"hidden_layer_sizes": (5,)},
            r"hidden_layer_sizes changed since the model was built, and its weights do not fit "
            r"\(there are no weights hidden0\.W of shape \(3, 5\)\); fit it anew",
        ),
        ({"hidden_layer_sizes": ()}, r"no weights output\.W of shape \(3, 2\)"),
        ({"hidden_layer_sizes": (4, 4)}, r"no weights hidden1\.W of shape \(4, 4\)"),
    ],
)
def test_weights_that_no_longer_fit_are_refused(samples, change, message):
    X, y = samples
    model = perceptron(warm_start=True).fit(X, y)
    before = model.predict_proba(X)
    model.set_params(**change)
    for go_on in (model.fit, model.partial_fit, lambda X, y: model.resume(X, y, epochs=9)):
        with pytest.raises(ParameterError, match=message):
            go_on(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), before)
    assert model.set_params(warm_start=False).fit(X, y).predict_proba(X).shape == (40, 2)


def test_layers_that_lost_their_place_are_refused(samples):
    X, y = samples
    model = MLPClassifier((3, 3), max_iter=1, random_state=0, early_stopping=False).fit(X, y)
    model.set_params(hidden_layer_sizes=(3,))
    with pytest.raises(ParameterError, match="some of the weights have no place any more"):
        model.partial_fit(X, y)


def test_the_dtype_may_change_on_the_way(samples):
    X, y = samples
    model = perceptron(dtype="float64").fit(X, y)
    exact = model.predict_proba(X)
    model.set_params(dtype="float32").partial_fit(X, y)
    assert model.predict_proba(X).dtype == "float32"
    assert all(w.dtype == np.float32 for w in weights(model))
    assert model.history_.epochs == 3
    np.testing.assert_allclose(model.predict_proba(X), exact, atol=0.1)


def test_the_back_end_may_change_at_any_time(samples):
    X, y = samples
    model = perceptron(dtype="float64").fit(X, y)
    before = model.predict_proba(X)
    native = model.set_params(mode="llvm").predict_proba(X)
    np.testing.assert_allclose(native, before, rtol=1e-12)
    other = perceptron(dtype="float64").fit(X, y).resume(X, y, epochs=4)
    model.resume(X, y, epochs=4)
    np.testing.assert_allclose(model.predict_proba(X), other.predict_proba(X), rtol=1e-10)


def test_rules_come_and_go(samples):
    X, y = samples
    model = perceptron(early_stopping=EarlyStopping(patience=8), max_iter=50).fit(X, y)
    assert model.history_.stopped_by == "patience"
    ended = model.history_.epochs
    assert model.resume(X, y, epochs=ended + 1).history_.epochs == ended
    model.set_params(early_stopping=False).resume(X, y, epochs=ended + 2)
    history = model.history_
    assert (history.stopped_by, history.epochs) == ("epochs", ended + 2)
    # What was not validated says so.
    assert np.isnan(history.errors["validation"][-2:]).all()
    assert len(history.errors["validation"]) == len(history.cost) == ended + 2


def test_partial_fit_goes_on_from_the_best_weights(samples):
    X, y = samples
    model = perceptron(max_iter=30, learning_rate=2.0, early_stopping=EarlyStopping(10**6))
    model.fit(X, y)
    assert model.history_.best_epoch < 30
    best = weights(model)
    model.set_params(learning_rate=0.0).partial_fit(X, y)
    for found, wanted in zip(weights(model), best, strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert model.n_iter_ == 31


def test_a_search_over_settings(samples):
    X, y = samples
    search = GridSearchCV(
        LogisticRegression(max_iter=5, random_state=0, dtype="float32"),
        {"learning_rate": np.logspace(-3, 0, 2), "l2": [0.0, np.float64(1.0)]},
        cv=2,
    ).fit(X, y)
    assert search.best_params_["learning_rate"] == 1.0
    assert search.best_estimator_.predict_proba(X).dtype == "float32"


def test_a_clone_has_the_settings_and_nothing_else(samples):
    X = samples[0]
    model = LinearRegression(l2=0.5, max_iter=1).fit(X, X[:, 0])
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "history_")


def test_samples_are_let_go_after_training(samples):
    X, y = samples
    model = perceptron().fit(X, y)
    held = [variable.get_value(borrow=True) for variable in model._built._samples]
    assert [value.shape for value in held] == [(0, 3), (0,)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, X, y: m.fit(X, y, validation=X), r"validation must be a pair \(X, y\), or"),
        (lambda m, X, y: m.fit(X, y, validation=(X[:, :2], y)), "X has 2 features, but MLP"),
        (lambda m, X, y: m.fit(X, y, validation=(X, y[:-1])), "inconsistent numbers of samples"),
        (lambda m, X, y: m.fit(X, y, validation=(X, ["cat"] * 40)), "no classes.*'cat'"),
        (lambda m, X, y: m.fit(X, y).resume(X, y, epochs=2.5), "epochs must be an integer"),
        (lambda m, X, y: m.fit(X, y).resume(X[:, :2], y, epochs=5), "X has 2 features"),
        (lambda m, X, y: m.fit(X, y).partial_fit(X, y, [0, 1]), r"classes .* are not those of"),
        (lambda m, X, y: m.fit(X[:2], ["a", "b"]), "n_samples=2 leaves none"),
        (lambda m, X, y: m.build("3", [0, 1]), "n_features must be an integer from 1"),
        (lambda m, X, y: m.build(3), r"must be told its classes: build\(n_features, classes\)"),
        (lambda m, X, y: m.build(3, [1]), "at least two classes; there is one class: np.int64"),
        (lambda m, X, y: m.build(3, []), "at least two classes, not none"),
        (lambda m, X, y: m.build(3, [0.0, np.nan]), "classes must be finite numbers or text"),
        (lambda m, X, y: LinearRegression().build(3, [0, 1]), "a regression has no classes"),
    ],
)
def test_what_cannot_be_is_told(samples, call, message):
    with pytest.raises(ValueError, match=message):
        call(perceptron(early_stopping=True), *samples)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"early_stopping": "yes"}, r"early_stopping must be True, False, EarlyStopping\(...\)"),
        ({"validation_fraction": "x"}, "validation_fraction must lie between 0 and 1, not 'x'"),
        ({"hidden_layer_sizes": "abc"}, "hidden_layer_sizes must be integers.*not 'abc'"),
        ({"hidden_layer_sizes": None}, "hidden_layer_sizes must be integers.*not None"),
        ({"max_iter": True}, "max_iter must be an integer from 1, not True"),
        ({"dtype": "double trouble"}, "dtype must be float32 or float64, not 'double trouble'"),
        ({"mode": "nope"}, "there is no back end 'nope'"),
    ],
)
def test_settings_of_the_wrong_kind_are_named(samples, settings, message):
    with pytest.raises(ValueError, match=message):
        perceptron().set_params(**settings).fit(*samples)
