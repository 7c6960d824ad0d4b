"""Each optimiser makes the steps of its paper, in plain NumPy, on a bowl that is not round."""

import numpy as np
import pytest
from symgraph.models.errors import ParameterError
from symgraph.models.parts.optimizers import OPTIMIZERS, decaying, optimizer_named

import symgraph as sg
import symgraph.tensor as T

SCALES = np.array([1.0, 10.0, 0.1])


def sgd(w, g, s, t):
    return w - 0.05 * g


def momentum(w, g, s, t):
    s["v"] = 0.9 * s.get("v", 0.0) - 0.05 * g
    return w + s["v"]


def adagrad(w, g, s, t):
    s["s"] = s.get("s", 0.0) + g**2
    return w - 0.05 * g / np.sqrt(s["s"] + 1e-8)


def rmsprop(w, g, s, t):
    s["s"] = 0.9 * s.get("s", 0.0) + 0.1 * g**2
    return w - 0.05 * g / np.sqrt(s["s"] + 1e-6)


def adam(w, g, s, t):
    s["m"] = 0.9 * s.get("m", 0.0) + 0.1 * g
    s["v"] = 0.999 * s.get("v", 0.0) + 0.001 * g**2
    m, v = s["m"] / (1 - 0.9**t), s["v"] / (1 - 0.999**t)
    return w - 0.05 * m / (np.sqrt(v) + 1e-8)


def gradient(w):
    return 2 * SCALES * (w - 1)


def ours(name, dtype, steps, **settings):
    w = sg.shared(np.array([2.0, -1.0, 0.5], dtype), name="w")
    cost = (SCALES.astype(dtype) * T.sqr(w - 1)).sum()
    step = sg.function([], cost, updates=optimizer_named(name)(cost, [w], 0.05, **settings))
    for _ in range(steps):
        step()
    return w.get_value()


@pytest.mark.parametrize("by_hand", [sgd, momentum, adagrad, rmsprop, adam])
def test_steps_of_the_paper(by_hand):
    w, state = np.array([2.0, -1.0, 0.5]), {}
    for t in range(1, 51):
        w = by_hand(w, gradient(w), state, t)
    np.testing.assert_allclose(ours(by_hand.__name__, "float64", 50), w, rtol=1e-10)
    np.testing.assert_allclose(ours(by_hand.__name__, "float32", 50), w, rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("by_hand", [sgd, momentum, adagrad, rmsprop, adam])
def test_gradients_are_brought_into_bounds(by_hand):
    w, state = np.array([2.0, -1.0, 0.5]), {}
    for t in range(1, 21):
        w = by_hand(w, np.clip(gradient(w), -0.3, 0.3), state, t)
    np.testing.assert_allclose(ours(by_hand.__name__, "float64", 20, clip=0.3), w, atol=1e-12)


def test_a_rate_decays_with_the_steps():
    w = sg.shared(2.0, name="w")
    rate, counted = decaying(0.1, 0.5, "float64")
    step = sg.function([], updates=optimizer_named("sgd")(3 * w, [w], rate) + counted)
    expected = 2.0
    for t in range(4):
        step()
        expected -= 0.3 / (1 + 0.5 * t)
        assert w.get_value() == pytest.approx(expected, rel=1e-12)


def test_nesterov_looks_ahead():
    w, v = np.array([2.0, -1.0, 0.5]), 0.0
    for _ in range(20):
        g = gradient(w)
        v = 0.9 * v - 0.05 * g
        w = w + 0.9 * v - 0.05 * g
    np.testing.assert_allclose(ours("momentum", "float64", 20, nesterov=True), w, rtol=1e-10)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_rate_may_be_a_variable_that_is_set_between_steps(name, dtype):
    def walk(rate, between):
        w = sg.shared(np.array([2.0, -1.0, 0.5], dtype), name="w")
        step = sg.function([], updates=optimizer_named(name)(T.sqr(w).sum(), [w], rate))
        step()
        between()
        step()
        return w.get_value()

    rate = sg.shared(np.array(0.05, dtype), name="rate")
    fixed = walk(0.05, lambda: None)
    np.testing.assert_allclose(walk(rate, lambda: None), fixed, rtol=1e-6)
    rate.set_value(np.array(0.05, dtype))
    assert (walk(rate, lambda: rate.set_value(np.array(0.5, dtype))) != fixed).all()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_rate_of_numpys_does_not_widen_the_weights(name):
    w = sg.shared(np.ones(2, "float32"), name="w")
    updates = OPTIMIZERS[name](T.sqr(w).sum(), [w], np.float64(0.1))
    assert updates[0][1].type.dtype == "float32"


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_keeps_dtypes_and_names_its_state(name):
    w = sg.shared(np.ones(2, "float32"), name="w")
    updates = OPTIMIZERS[name](T.sqr(w).sum(), [w], 0.1)
    assert updates[0][0] is w
    names = [variable.name for variable, _ in updates]
    assert len(set(names)) == len(names)
    for variable, after in updates:
        assert after.type.dtype == variable.type.dtype


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(ParameterError, match="no optimizer is called 'sgdd'; there are sgd, mom"):
        optimizer_named("sgdd")
