"""The LSTM as a classifier: what it computes, its protocol, its file, the digits."""

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks
from symgraph.models import LSTM, LSTMClassifier, load
from symgraph.models.datasets import load_digits
from symgraph.models.errors import ParameterError


@parametrize_with_checks(
    [
        LSTMClassifier(
            1, 8, learning_rate=0.1, max_iter=8, early_stopping=False, random_state=0
        ).set_params(mode="reference")
    ]
)
def test_protocol(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def orders():
    """Sequences of six steps of two numbers; the class is where the larger bump came first."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    X = rng.normal(0, 0.1, (200, 6, 2))
    for sample, first in zip(X, y, strict=True):
        sample[1, first] += 1
        sample[4, 1 - first] += 1
    return X.reshape(200, 12), np.where(y == 0, "left", "right")


@pytest.mark.parametrize("mode", ["reference", "llvm"])
def test_it_learns_an_order(orders, mode):
    X, y = orders
    model = LSTMClassifier(6, 8, learning_rate=0.03, max_iter=15, mode=mode, random_state=1)
    model.set_params(early_stopping=False, peepholes=True, dtype="float32")
    model.fit(X, y)
    assert model.score(X, y) > 0.95
    assert model.predict_proba(X[:3]).dtype == np.float32
    assert model.predict(X[:1]).tolist() == [y[0]]


def test_it_is_a_softmax_of_the_last_output(orders):
    X, _ = orders
    model = LSTMClassifier(6, 5, random_state=0, dtype="float64").build(12, ["a", "b", "c"])
    W, U, b, V, d = (p.get_value() for p in model.parameters)
    np.testing.assert_array_equal(b, np.repeat([0.0, 1.0, 0.0, 0.0], 5))
    h = c = np.zeros((200, 5))
    for t in range(6):
        i, f, o, g = np.split(X[:, 2 * t : 2 * t + 2] @ W + h @ U + b, 4, axis=1)
        i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
    scores = np.exp(h @ V + d)
    expected = scores / scores.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(X), expected, rtol=1e-9)


def test_what_it_believes_behind_each_step_ends_in_its_answer(orders):
    X, _ = orders
    model = LSTMClassifier(6, 5, random_state=0, dtype="float64").build(12, ["a", "b", "c"])
    so_far = model.predict_proba_so_far(X[:7])
    assert so_far.shape == (7, 6, 3)
    np.testing.assert_allclose(so_far.sum(axis=2), 1, rtol=1e-12)
    np.testing.assert_allclose(so_far[:, -1], model.predict_proba(X[:7]), rtol=1e-12)


def test_a_saved_model_goes_on_as_if_it_had_never_stopped(orders, tmp_path):
    X, y = orders
    settings = {"early_stopping": False, "random_state": 2, "dtype": "float32", "decay": 0.1}
    settings["dropout"] = 0.2
    whole = LSTMClassifier(6, 4, max_iter=3, **settings).fit(X, y)
    LSTMClassifier(6, 4, max_iter=1, **settings).fit(X, y).save(tmp_path / "lstm.safetensors")
    resumed = load(tmp_path / "lstm.safetensors")
    assert isinstance(resumed, LSTMClassifier)
    resumed.resume(X, y, 3)
    for p, q in zip(whole.parameters, resumed.parameters, strict=True):
        np.testing.assert_array_equal(p.get_value(), q.get_value())


def test_settings_that_do_not_fit_are_named():
    with pytest.raises(ParameterError, match="n_steps=5 does not divide the 12 features"):
        LSTMClassifier(5).build(12, [0, 1])
    with pytest.raises(ParameterError, match="n_steps must be an integer from 1, not 2.5"):
        LSTMClassifier(2.5).build(12, [0, 1])
    with pytest.raises(ParameterError, match="n_hidden must be an integer from 1, not 0"):
        LSTMClassifier(2, 0).build(12, [0, 1])
    with pytest.raises(ParameterError, match="dropout must be below 1, not 1"):
        LSTMClassifier(2, dropout=1).build(12, [0, 1])
    with pytest.raises(ParameterError, match="forget_bias must be a finite number"):
        LSTMClassifier(2, 3, np.nan).build(12, [0, 1])


def test_weights_are_those_of_the_layers():
    model = LSTMClassifier(28, 16, peepholes=True, random_state=0).build(784, range(10))
    names = [f"lstm.{p.name.split('.')[1]}" for p in LSTM(1, 1, **_made(), peepholes=True).params]
    assert [p.name for p in model.parameters] == [*names, "output.W", "output.b"]
    assert model.parameters[0].get_value().shape == (28, 64)


def _made():
    return {"rng": np.random.default_rng(0)}


def test_it_reads_the_rows_of_digits():
    """Four epochs of 1,000 digits; the whole run is `examples/lstm.py`."""
    data = load_digits()
    model = LSTMClassifier(28, 32, learning_rate=0.01, max_iter=4, early_stopping=False)
    model.set_params(random_state=0, dtype="float32", batch_size=20)
    model.fit(data.train.x[:1000], data.train.y[:1000])
    assert model.score(data.test.x, data.test.y) > 0.7
