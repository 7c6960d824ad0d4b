"""Loops over the same steps become one, and mean what they meant apart."""

import numpy as np
import pytest
from rewrite.test_loops import h0, products, recurrent, same, scans, u, w, x

import symgraph as sg
import symgraph.tensor as T
from symgraph.ops.scan import Scan

INPUTS = [x, w, u, h0]


def other(entry=x, back=False):
    """Another loop over the entries of x."""
    ys, _ = sg.scan(
        lambda e, s, w: s * T.nnet.sigmoid(T.dot(e, w)), entry, h0, w, go_backwards=back
    )
    return ys


@pytest.mark.parametrize("back", [False, True])
def test_two_readings_of_one_sequence(back):
    outputs = [recurrent().sum(), other(back=back)]
    assert len(scans(INPUTS, outputs)) == 1
    same(INPUTS, outputs)


def test_derivatives_of_two_loops_are_one_loop_too():
    cost = (recurrent()[-1] * other(back=True)[-1]).sum()
    outputs = [cost, *sg.grad(cost, INPUTS)]
    assert len(scans(INPUTS, outputs)) == 2
    same(INPUTS, outputs)


def test_what_both_compute_is_computed_once():
    first, _ = sg.scan(lambda e, u: T.exp(T.dot(e.T, e)).sum() * u, x, None, u)
    second, _ = sg.scan(lambda e, u: T.exp(T.dot(e.T, e)).sum() - u, x, None, u)
    (loop,) = scans([x, u], [first, second])
    assert len(products(loop)) == 1
    same([x, u], [first, second])


def test_equal_steps_over_different_sequences():
    """Both bodies are one object."""
    doubled, halved = other(x * 2), other(x / 2)
    (loop,) = scans(INPUTS, [doubled, halved])
    assert len(loop.states) == 2
    same(INPUTS, [doubled, halved])


def test_a_loop_that_needs_another_stays_behind_it():
    first = recurrent()
    second, _ = sg.scan(lambda h, s: T.tanh(s + T.dot(h, u)), first, h0)
    third = other()
    outputs = [second[-1], third]
    assert len(scans(INPUTS, outputs)) == 2
    same(INPUTS, outputs)


def test_other_steps_and_ends_that_only_running_tells_stay_apart():
    shorter, _ = sg.scan(lambda e, s: s + e.sum(), x[1:], h0)
    ends, _ = sg.scan(lambda e, s: (s + e.sum(), sg.until(e.sum() > 1)), x, h0)
    assert len(scans([x, h0], [other_sum(), shorter, ends])) == 3


def other_sum():
    ys, _ = sg.scan(lambda e, s: s * e.sum(), x, h0)
    return ys


def test_draws_of_two_loops_stay_their_own():
    streams = sg.RandomStreams(3)
    found, changes = [], {}
    for _ in range(2):
        ys, updates = sg.scan(lambda s: s + streams.normal((2,)), None, T.zeros(2), n_steps=4)
        found.append(ys)
        changes |= dict(updates)
    values = []
    for excluded in ("", "merge_beside"):
        streams.seed(3)
        with sg.config.change_flags(optimizer_excluding=excluded):
            f = sg.function([], found, updates=changes)
        loops = [n for n in f.maker.fgraph.toposort() if isinstance(n.op, Scan)]
        assert len(loops) == (2 if excluded else 1)
        values.append([*f(), *f()])
    for one, apart in zip(*values, strict=True):
        np.testing.assert_array_equal(one, apart)
    assert not np.array_equal(values[0][0], values[0][1])
