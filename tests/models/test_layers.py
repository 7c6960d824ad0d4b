"""Layers, first weights and activations by their formulas."""

import numpy as np
import pytest
from symgraph.models import Dense, initializers
from symgraph.models.errors import ParameterError
from symgraph.models.parts.activations import ACTIVATIONS, activation_named

import symgraph as sg
import symgraph.tensor as T


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_a_dense_layer_is_its_formula(rng):
    layer = Dense(4, 3, "tanh", rng=rng, dtype="float64", name="first")
    layer.b.set_value(np.array([1.0, 2.0, 3.0]))
    x = T.dmatrix("x")
    value = rng.normal(size=(5, 4))
    expected = np.tanh(value @ layer.W.get_value() + [1, 2, 3])
    np.testing.assert_allclose(layer(x).eval({x: value}), expected, rtol=1e-12)
    assert [p.name for p in layer.params] == ["first.W", "first.b"]


def test_weights_follow_floatx(rng):
    with sg.config.change_flags(floatX="float32"):
        assert Dense(2, 2, rng=rng).W.type.dtype == "float32"


def test_glorot_has_the_bounds_of_the_paper_and_four_times_those_for_sigmoid(rng):
    limit = np.sqrt(6 / (300 + 200))
    for name, gain in (("tanh", 1), ("relu", 1), ("sigmoid", 4)):
        W = Dense(300, 200, name, rng=rng, dtype="float64").W.get_value()
        assert 0.99 * gain * limit < np.abs(W).max() <= gain * limit
        np.testing.assert_allclose(W.std(), gain * limit / np.sqrt(3), rtol=0.02)


def test_other_first_weights(rng):
    shape = (200, 200)
    assert not initializers.zeros(rng, shape).any()
    drawn = initializers.uniform(-0.2, 0.1)(rng, shape)
    assert -0.2 <= drawn.min() < -0.19
    assert 0.09 < drawn.max() < 0.1
    np.testing.assert_allclose(initializers.normal(0.1)(rng, shape).std(), 0.1, rtol=0.02)
    truncated = initializers.truncated_normal(0.1)(rng, shape)
    assert 0.19 < np.abs(truncated).max() <= 0.2
    # The standard deviation of a normal cut at two of its own.
    np.testing.assert_allclose(truncated.std(), 0.0880, rtol=0.02)


def test_activations_by_name():
    x = T.dmatrix("x")
    value = np.array([[-1.0, 0.0, 2.0]])
    expected = {
        "identity": value,
        "tanh": np.tanh(value),
        "sigmoid": 1 / (1 + np.exp(-value)),
        "relu": np.maximum(value, 0),
        "softplus": np.log1p(np.exp(value)),
        "softmax": np.exp(value) / np.exp(value).sum(),
    }
    assert set(expected) == set(ACTIVATIONS)
    for name, wanted in expected.items():
        found = activation_named(name)(x).eval({x: value})
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
    with pytest.raises(ParameterError, match="no activation is called 'swish'; there are identity"):
        activation_named("swish")
