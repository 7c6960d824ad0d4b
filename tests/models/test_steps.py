"""The networks' training steps beside the same steps in plain NumPy."""

import numpy as np
import pytest
from support.book_procedures import LINEAR, LOGISTIC, PERCEPTRON
from symgraph.models import LinearRegression, LogisticRegression, MLPClassifier
from symgraph.models.datasets import digits_samples

from symgraph import Function, function

STEPS = 100
# Sums of a few hundred products in another order, 100 steps long.
TIGHT = {"rtol": 1e-10, "atol": 1e-12}


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class NumPyPerceptron:
    """tanh layers and a softmax, mean negative log-likelihood + l2 ΣW², gradient descent."""

    def __init__(self, parameters, l2, learning_rate):
        self.weights, self.biases = parameters[::2], parameters[1::2]
        self.l2 = l2
        self.learning_rate = learning_rate

    def step(self, x, y):
        """One step; the cost before it."""
        signals = [x]
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            signals.append(np.tanh(signals[-1] @ W + b))
        p = softmax(signals[-1] @ self.weights[-1] + self.biases[-1])
        rows = np.arange(len(y))
        cost = -np.log(p[rows, y]).mean() + self.l2 * sum((W**2).sum() for W in self.weights)
        delta = p.copy()
        delta[rows, y] -= 1
        delta /= len(y)
        for layer in reversed(range(len(self.weights))):
            W, signal = self.weights[layer], signals[layer]
            gradient_W, gradient_b = signal.T @ delta + 2 * self.l2 * W, delta.sum(axis=0)
            if layer:
                delta = (delta @ W.T) * (1 - signal**2)
            self.weights[layer] = W - self.learning_rate * gradient_W
            self.biases[layer] = self.biases[layer] - self.learning_rate * gradient_b
        return cost


def batches(n_features, n_classes, size, seed=3):
    rng = np.random.default_rng(seed)
    for _ in range(STEPS):
        yield rng.random((size, n_features)), rng.integers(0, n_classes, size)


def compiled_step(model, mode):
    return function(model.inputs, model.cost, updates=model.updates, mode=mode)


@pytest.mark.parametrize("mode", ["reference", "llvm"])
@pytest.mark.parametrize("sizes", [(), (30,), (20, 15)], ids=["logistic", "one", "two"])
def test_classifiers_take_the_steps_of_numpy(mode, sizes):
    settings = {"dtype": "float64", "random_state": 1, "learning_rate": 0.1, "l2": 0.01}
    if sizes:
        model = MLPClassifier(hidden_layer_sizes=sizes, **(PERCEPTRON | settings))
    else:
        model = LogisticRegression(**(LOGISTIC | settings))
    model.build(40, range(7))
    by_hand = NumPyPerceptron([p.get_value() for p in model.parameters], 0.01, 0.1)
    step = compiled_step(model, mode)
    for x, y in batches(40, 7, 25):
        np.testing.assert_allclose(step(x, y), by_hand.step(x, y), **TIGHT)
    for p, W, b in zip(
        zip(model.parameters[::2], model.parameters[1::2], strict=True),
        by_hand.weights,
        by_hand.biases,
        strict=True,
    ):
        np.testing.assert_allclose(p[0].get_value(), W, **TIGHT)
        np.testing.assert_allclose(p[1].get_value(), b, **TIGHT)


@pytest.mark.parametrize("mode", ["reference", "llvm"])
@pytest.mark.parametrize(
    ("model", "settings", "batch", "shapes"),
    [
        (LogisticRegression, LOGISTIC, 600, [(784, 10), (10,)]),
        (MLPClassifier, PERCEPTRON, 20, [(784, 500), (500,), (500, 10), (10,)]),
    ],
)
def test_the_networks_of_the_book_at_their_true_sizes(model, settings, batch, shapes, mode):
    model = model(**settings, dtype="float64", random_state=1).build(784, range(10))
    first = [p.get_value() for p in model.parameters]
    assert [value.shape for value in first] == shapes
    by_hand = NumPyPerceptron(first, model.l2, model.learning_rate)
    step = compiled_step(model, mode)
    digits = digits_samples("float64")
    rng = np.random.default_rng(0)
    for _ in range(STEPS):
        rows = rng.integers(0, len(digits), batch)
        x, y = digits.x[rows], digits.y[rows]
        np.testing.assert_allclose(step(x, y), by_hand.step(x, y), **TIGHT)
    found = [p.get_value() for p in model.parameters]
    for value, wanted in zip(
        found[::2] + found[1::2], by_hand.weights + by_hand.biases, strict=True
    ):
        np.testing.assert_allclose(value, wanted, **TIGHT)


@pytest.mark.parametrize("mode", ["reference", "llvm"])
def test_linear_regression_takes_the_steps_of_numpy(mode):
    model = LinearRegression(**LINEAR, dtype="float64").build(3)
    theta, theta0 = np.zeros(3), 0.0
    step = compiled_step(model, mode)
    rng = np.random.default_rng(0)
    for _ in range(STEPS):
        x, y = rng.normal(size=(4, 3)), rng.normal(size=4)
        difference = theta0 + x @ theta - y
        np.testing.assert_allclose(step(x, y), (difference**2).mean() / 2, **TIGHT)
        theta, theta0 = theta - 0.1 * difference @ x / 4, theta0 - 0.1 * difference.mean()
    np.testing.assert_allclose(model.coef_, theta, **TIGHT)
    np.testing.assert_allclose(model.intercept_, theta0, **TIGHT)


def test_fit_makes_the_steps_of_its_mini_batches():
    """What `fit` does with rows of shared samples is what the step does with the batches."""
    rng = np.random.default_rng(5)
    X, y = rng.random((50, 12)), rng.integers(0, 3, 50)
    settings = {"shuffle": False, "early_stopping": False, "batch_size": 20, "max_iter": 4}
    model = MLPClassifier((9,), random_state=2, dtype="float64", **(PERCEPTRON | settings)).build(
        12, range(3)
    )
    by_hand = NumPyPerceptron([p.get_value() for p in model.parameters], 1e-4, 0.01)
    costs = []
    for _ in range(4):
        rows = [slice(0, 20), slice(20, 40), slice(40, 50)]
        costs.append(sum(by_hand.step(X[r], y[r]) * len(y[r]) for r in rows) / 50)
    model.fit(X, y)
    np.testing.assert_allclose(model.history_.cost, costs, rtol=1e-10)
    np.testing.assert_allclose(model.parameters[0].get_value(), by_hand.weights[0], **TIGHT)


def test_a_mini_batch_is_one_native_call(monkeypatch):
    """Nothing is computed between the calls, and no operation in them is left to NumPy."""
    called = []
    run = Function.__call__

    def counting(self, *args, **kwargs):
        called.append(self)
        return run(self, *args, **kwargs)

    monkeypatch.setattr(Function, "__call__", counting)
    rng = np.random.default_rng(5)
    X, y = rng.random((50, 12)), rng.integers(0, 3, 50)
    for optimizer in ("sgd", "adam"):
        called.clear()
        settings = PERCEPTRON | {"optimizer": optimizer, "early_stopping": False}
        model = MLPClassifier((9,), **settings, max_iter=2, mode="llvm", random_state=0)
        model.fit(X, y, validation=(X, y))
        train, error = called[0], called[3]
        assert called == [train, train, train, error] * 2
        assert train is not error
        assert train.fallbacks() == error.fallbacks() == []
