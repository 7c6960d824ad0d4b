"""Draws inside loops: each step draws anew, and derivatives pass through the steps."""

import tracemalloc

import numpy as np
import pytest
from support.random_numbers import MODES

import symgraph as sg
import symgraph.tensor as T


@pytest.mark.parametrize("mode", MODES)
def test_each_step_draws_what_each_call_would(mode):
    n = T.lscalar()
    streams = sg.RandomStreams(3)
    steps, updates = sg.scan(lambda: streams.normal((3,)), n_steps=n)
    f = sg.function([n], steps, updates=updates, mode=mode)
    y = sg.RandomStreams(3).normal((3,))
    once = sg.function([], y, mode=mode)
    expected = np.array([once() for _ in range(7)])
    np.testing.assert_array_equal(np.concatenate([f(4), f(1), f(2)]), expected)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("nested", [False, True])
def test_updates_that_are_not_handed_on_are_made_all_the_same(mode, nested):
    """The streams of a loop move on by all its draws, so that no call draws again what the one
    before drew; also where derivatives make other loops of it."""

    def numbers():
        a, n = T.dscalar("a"), T.lscalar("n")
        streams = sg.RandomStreams(3)

        def draw():
            return streams.normal((2,)) * a

        def step():
            return sg.scan(draw, n_steps=2) if nested else draw()

        steps, updates = sg.scan(step, n_steps=n)
        return [a, n], [steps, sg.grad(steps.sum(), a)], updates

    inputs, outputs, updates = numbers()
    explicit = sg.function(inputs, outputs, updates=updates, mode=mode)
    expected = [explicit(2.0, n) for n in (3, 0, 1, 4)]
    inputs, outputs, _ = numbers()
    implicit = sg.function(inputs, outputs, mode=mode)
    for n, (steps, slope) in zip((3, 0, 1, 4), expected, strict=True):
        found = implicit(2.0, n)
        np.testing.assert_allclose(found[0], steps)
        np.testing.assert_allclose(found[1], slope)
    inputs, outputs, _ = numbers()
    still = sg.function(inputs, outputs[0], no_default_updates=True, mode=mode)
    np.testing.assert_array_equal(still(2.0, 2), still(2.0, 2))


@pytest.mark.parametrize("mode", MODES)
def test_no_step_draws_again_what_an_inner_loop_drew_before(mode):
    """Also where the step hands on no updates of its inner loop, and what is drawn has the shape of
    an entry."""
    x = T.dtensor3("x")
    streams = sg.RandomStreams(3)

    def step(rows):
        return sg.map(lambda row: streams.uniform(row.shape), rows)[0]

    steps, updates = sg.map(step, x)
    assert len(updates) == 1
    for handed in (updates, None):
        f = sg.function([x], steps, updates=handed, mode=mode)
        numbers = np.concatenate([f(np.zeros((3, 2, 4))), f(np.zeros((3, 2, 4)))])
        assert len(np.unique(numbers)) == numbers.size


@pytest.mark.parametrize("mode", MODES)
def test_derivatives_through_a_random_walk(mode):
    """The end of a walk of n steps of mean a and deviation b is n a + b z."""
    a, b = T.scalars("a", "b")
    streams = sg.RandomStreams(4)

    def step(position, a, b):
        return position + streams.normal((), a, b)

    walk, updates = sg.scan(step, outputs_info=[T.constant(0.0)], non_sequences=[a, b], n_steps=6)
    outs = [walk[-1], *sg.grad(walk[-1], [a, b])]
    f = sg.function([a, b], outs, updates=updates, mode=mode)
    for _ in range(2):
        end, by_a, by_b = f(0.5, 2.0)
        assert by_a == pytest.approx(6)
        assert by_b == pytest.approx((end - 3) / 2)


@pytest.mark.parametrize("mode", MODES)
def test_a_gibbs_chain(mode):
    """Of two binary units that prefer to be alike, long chains are alike as often as they should
    be."""
    coupling = 2.0
    streams = sg.RandomStreams(5)

    def step(v):
        h = streams.binomial(v.shape, 1, T.nnet.sigmoid(coupling * (v - 0.5)), dtype="float64")
        return streams.binomial(v.shape, 1, T.nnet.sigmoid(coupling * (h - 0.5)), dtype="float64")

    start = T.constant(np.zeros(4000))
    chain, updates = sg.scan(step, outputs_info=[start], n_steps=20)
    (v, before) = sg.function([], [chain[-1], chain[-2]], updates=updates, mode=mode)()
    assert v.mean() == pytest.approx(0.5, abs=0.035)
    stay = 1 / (1 + np.exp(-coupling / 2))
    assert (v == before).mean() == pytest.approx(stay**2 + (1 - stay) ** 2, abs=0.035)


def test_a_thousand_gibbs_steps_take_the_memory_of_one():
    """Of a Boltzmann machine whose last state alone is asked for: no step's values are kept."""
    n, v0 = T.lscalar("n"), T.TensorType("float32", (20, 300))("v0")
    w = T.constant(np.random.default_rng(0).normal(0, 0.1, (300, 100)).astype("float32"))
    streams = sg.RandomStreams(6)

    def step(v):
        h = streams.binomial((20, 100), 1, T.nnet.sigmoid(T.dot(v, w)), dtype="float32")
        return streams.binomial((20, 300), 1, T.nnet.sigmoid(T.dot(h, w.T)), dtype="float32")

    chain, updates = sg.scan(step, outputs_info=v0, n_steps=n)
    f = sg.function([v0, n], chain[-1], updates=updates)
    start = np.zeros((20, 300), "float32")
    few, many = (f.memory(start, steps) for steps in (1, 1000))
    assert many.complete
    assert many.peak == few.peak < 3 * (start.nbytes + w.data.nbytes)
    assert not f.fallbacks()
    tracemalloc.start()
    f(start, 1000)
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    last = f(start, 1000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most - before < 4 * last.nbytes
    assert 0.3 < last.mean() < 0.7
