"""`loop`: a carry, entries, outputs."""

from typing import NamedTuple

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T


class Cell(NamedTuple):
    h: T.TensorVariable
    c: T.TensorVariable


@pytest.fixture(params=["reference", "llvm"], autouse=True)
def mode(request):
    with sg.config.change_flags(mode=request.param):
        yield request.param


def test_the_last_carry_and_the_outputs():
    x = T.dvector("x")
    total, before = sg.loop(lambda s, v: (s + v, s), T.constant(0.0), x)
    f = sg.function([x], [total, before, sg.grad(total**2 + before.sum(), x)])
    assert [v.tolist() for v in f([1, 2, 3])] == [6, [0, 1, 3], [14, 13, 12]]
    assert [v.tolist() for v in f([])] == [0, [], []]


def test_carries_and_entries_are_trees():
    x, y = T.dvector("x"), T.dvector("y")

    def step(carry, entry):
        cell, count = carry["cell"], carry["count"]
        h = cell.h * entry["x"] + entry["y"][0]
        return {"cell": Cell(h, cell.c + h), "count": count + 1}, (h, None)

    start = {"cell": Cell(T.constant(1.0), T.constant(0.0)), "count": T.constant(0)}
    last, (hs, nothing) = sg.loop(step, start, {"x": x, "y": [y]})
    assert isinstance(last["cell"], Cell)
    assert nothing is None
    f = sg.function([x, y], [last["cell"].h, last["cell"].c, last["count"], hs])
    assert [v.tolist() for v in f([2, 3], [1, 1])] == [10, 13, 2, [3, 10]]


def test_a_length_in_place_of_entries_and_an_end_before():
    n = T.iscalar()
    power, _ = sg.loop(lambda p, _: (p * 2, None), T.constant(1), length=n)
    assert power.eval({n: 10}) == 1024
    power, seen = sg.loop(lambda p, _: (p * 2, p, sg.until(p > 100)), T.constant(1), length=n)
    assert (power.eval({n: 50}), seen.eval({n: 50})[-1]) == (256, 128)


def test_derivatives_of_the_last_carry_to_second_order():
    x, w = T.dvector("x"), T.dscalar("w")
    last, _ = sg.loop(lambda s, v: (T.sin(w * s + v), None), w, x)
    written = w
    for position in range(3):
        written = T.sin(w * written + x[position])
    both = []
    for value in (last, written):
        slopes = sg.grad(value, [x, w])
        both.append([*slopes, *sg.grad((slopes[0] ** 2).sum() * slopes[1], [x, w])])
    f = sg.function([x, w], [*both[0], *both[1]])
    found = f([0.1, -0.4, 0.7], 0.9)
    for mine, theirs in zip(found[:4], found[4:], strict=True):
        np.testing.assert_allclose(mine, theirs)


def test_updates_of_shared_variables_are_returned_behind():
    s, t = sg.shared(0.0, "state"), sg.shared(5.0, "t")
    s.default_update = s + 1
    x = T.dvector("x")
    last, seen, updates = sg.loop(
        lambda c, v: (c + s * v, s, {t: t * 2}, sg.until(c + s * v > 10)), T.constant(0.0), x
    )
    assert set(updates) == {s, t}
    f = sg.function([x], [last, seen], updates=updates)
    assert [v.tolist() for v in f([1, 1, 1])] == [3, [0, 1, 2]]
    assert (s.get_value(), t.get_value()) == (3, 40)
    assert [v.tolist() for v in f([1, 2, 1])] == [11, [3, 4]]
    assert (s.get_value(), t.get_value()) == (5, 160)


def test_draws_within_a_step_go_on():
    streams = sg.RandomStreams(3)
    total, drawn, updates = sg.loop(
        lambda c, _: (c + (u := streams.uniform(())), u), T.constant(0.0, "float64"), length=4
    )
    f = sg.function([], [total, drawn], updates=updates)
    (one, first), (_, second) = f(), f()
    assert one == pytest.approx(first.sum())
    assert len({*first, *second}) == 8


def test_updates_that_are_none_are_refused():
    with pytest.raises(TypeError, match="perhaps updates and an until"):
        sg.loop(lambda c, v: (c, None, 3.0), T.constant(0.0), length=3)


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
def test_the_last_values_two_steps_back_have_the_derivatives_of_the_steps_written_out(steps):
    x, s, w = T.dvector("x"), T.dmatrix("s"), T.dscalar("w")

    def step(v, before, last):
        return T.tanh(w * last + before[::-1] + v)

    last, _ = sg.reduce(step, x, {"initial": s, "taps": [-2, -1]})
    written = [s[0], s[1]]
    for position in range(steps):
        written.append(step(x[position], *written[-2:]))
    results = []
    for value in (last, written[-1]):
        slopes = sg.grad((value**2).sum(), [x, s, w], disconnected_inputs="ignore")
        cost = sum((slope**2).sum() for slope in slopes)
        results.append([value, *slopes, *sg.grad(cost, [x, s, w], disconnected_inputs="ignore")])
    rng = np.random.default_rng(0)
    values = [rng.normal(size=steps), rng.normal(size=(2, 2)), 0.7]
    mine, theirs = (sg.function([x, s, w], r, on_unused_input="ignore")(*values) for r in results)
    for found, expected in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_loop_whose_last_carry_is_differentiated_runs_once_forwards():
    x, h0, w = T.dmatrix("x"), T.dvector("h0"), T.dmatrix("w")
    last, _ = sg.loop(lambda h, v: (T.tanh(T.dot(h, w) + v), None), h0, x)
    cost = (last**2).sum()
    f = sg.function([x, h0, w], [cost, *sg.grad(cost, [x, h0, w])])
    loops = [node.op for node in f.maker.fgraph.toposort() if "Scan" in str(node.op)]
    assert sorted(map(str, loops)) == ["Scan{gradient of loop}", "Scan{loop}"]
