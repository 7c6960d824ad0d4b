"""Streams: their seeds, states, updates; independence, threads, pickling."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats
from support.random_numbers import MODES, RARE

import symgraph as sg
import symgraph.tensor as T


@pytest.mark.parametrize("mode", MODES)
def test_each_call_draws_anew_and_the_seed_tells_what(mode):
    def three_calls(seed):
        f = sg.function([], sg.RandomStreams(seed).uniform((4,)), mode=mode)
        return np.array([f() for _ in range(3)])

    first = three_calls(5)
    assert len(np.unique(first)) == 12
    np.testing.assert_array_equal(first, three_calls(5))
    assert not (first == three_calls(6)).any()


def test_without_a_seed_each_object_has_another():
    x, y = (sg.function([], sg.RandomStreams().uniform((4,)))() for _ in range(2))
    assert not (x == y).any()


@pytest.mark.parametrize("mode", MODES)
def test_no_default_updates(mode):
    streams = sg.RandomStreams(1)
    x = streams.normal((3,))
    still = sg.function([], x, no_default_updates=True, mode=mode)
    moving = sg.function([], x, mode=mode)
    np.testing.assert_array_equal(still(), still())
    np.testing.assert_array_equal(still(), moving())
    last = moving()
    assert not (still() == last).any()
    np.testing.assert_array_equal(still(), still())


def test_updates_given_by_hand_are_the_default_ones():
    streams = sg.RandomStreams(1)
    x = streams.uniform((2,))
    f = sg.function([], x, updates=streams.updates(), no_default_updates=True)
    found = [f(), f()]
    streams.seed()
    g = sg.function([], x)
    np.testing.assert_array_equal(found, [g(), g()])


@pytest.mark.parametrize("mode", MODES)
def test_two_functions_share_a_stream(mode):
    streams = sg.RandomStreams(2)
    x = streams.uniform((3,))
    f, g = sg.function([], x, mode=mode), sg.function([], x * 2, mode=mode)
    alternating = [f(), g() / 2, f(), g() / 2]
    streams.seed(2)
    np.testing.assert_array_equal(alternating, [f() for _ in range(4)])


@pytest.mark.parametrize("mode", MODES)
def test_one_variable_is_drawn_once_a_call(mode):
    x = sg.RandomStreams(3).normal((5,))
    both = sg.function([], [x, x + 1, x.sum()], mode=mode)()
    np.testing.assert_array_equal(both[0] + 1, both[1])
    assert both[2] == pytest.approx(both[0].sum())


def test_seeding_anew_is_like_new():
    def draws(streams):
        f = sg.function([], [streams.uniform((2,)), streams.poisson((2,), 20.0)])
        return streams, f, f()

    old, f, _ = draws(sg.RandomStreams(4))
    _, _, expected = draws(sg.RandomStreams(9))
    old.seed(9)
    for found, wanted in zip(f(), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)
    old.seed()
    _, _, expected = draws(sg.RandomStreams(4))
    np.testing.assert_array_equal(f()[0], expected[0])
    # Variables made after a new seed have streams of that seed.
    old.seed(9)
    third = sg.function([], old.uniform((2,)))()
    new = sg.RandomStreams(9)
    assert [new.uniform(()) for _ in range(2)]
    np.testing.assert_array_equal(third, sg.function([], new.uniform((2,)))())


def test_the_state_is_read_and_set():
    streams = sg.RandomStreams(5)
    x, y = streams.uniform((3,)), streams.gamma((3,), 2.0)
    f = sg.function([], [x, y])
    f()
    before, one = streams.get_state(), x.rng.get_value()
    later = [f(), f()]
    streams.set_state(before)
    np.testing.assert_array_equal(later, [f(), f()])
    x.rng.set_value(one)
    np.testing.assert_array_equal(f()[0], later[0][0])
    assert x.update == streams.state_updates[0]
    with pytest.raises(ValueError, match="set_state: 2 states for 1 streams"):
        other = sg.RandomStreams(1)
        other.uniform(())
        other.set_state(before)


def test_the_counter_moves_by_the_size():
    x = sg.RandomStreams(6).uniform((3, 5))
    f = sg.function([], x)
    key, counter = x.rng.get_value()
    f(), f()
    assert x.rng.get_value().tolist() == [key, counter + 30]


def test_the_state_of_what_is_drawn_from_none_or_several():
    streams = sg.RandomStreams(1)
    with pytest.raises(AttributeError, match="x is drawn from 0 random streams, not one"):
        _ = T.vector("x").rng
    with pytest.raises(AttributeError, match="drawn from 2 random streams, not one"):
        _ = (streams.uniform((2,)) + streams.uniform((2,))).rng


@pytest.mark.parametrize("mode", MODES)
def test_pickling(mode):
    streams = sg.RandomStreams(7)
    x = streams.normal((2, 2))
    f = sg.function([], x, mode=mode)
    f()
    copy, y = pickle.loads(pickle.dumps((streams, x)))
    g = sg.function([], y, mode=mode)
    expected = [f(), f()]
    np.testing.assert_array_equal(expected, [g(), g()])
    # Both go on with new variables in the same way.
    news = [sg.function([], s.uniform((3,)), mode=mode)() for s in (streams, copy)]
    np.testing.assert_array_equal(*news)


def test_streams_are_independent():
    """Neither do streams of one seed go together, nor calls, nor neighbours, nor near seeds."""
    count = 20_000
    streams = sg.RandomStreams(8)
    f = sg.function([], [streams.uniform((count,)), streams.uniform((count,))])
    (a, b), (c, _) = f(), f()
    (d,) = sg.function([], [sg.RandomStreams(9).uniform((count,))])()
    for x, y in [(a, b), (a, c), (a, d), (b, c), (a[:-1], a[1:]), (a[:-2], a[2:])]:
        assert stats.pearsonr(x, y).pvalue > RARE
        table = np.histogram2d(x, y, bins=8, range=[[0, 1], [0, 1]])[0]
        assert stats.chisquare(table.ravel()).pvalue > RARE
    assert len(np.unique(np.concatenate([a, b, c, d]))) == 4 * count


def test_numbers_are_the_same_on_any_number_of_threads():
    """And in whatever shape, and however many are drawn at once."""
    script = """
import hashlib, numpy as np, symgraph as sg
r = sg.RandomStreams(11)
n = (700, 301)
outs = [r.uniform(n, dtype="float32"), r.uniform(n), r.normal(n), r.normal(n, dtype="float32"),
        r.gamma((1000,), 0.5), r.binomial(n, 1, 0.3), r.poisson((1000,), 20.0),
        r.random_integers(n, 0, 9), r.gumbel(n), r.uniform(n).sum(axis=1)]
f = sg.function([], outs, mode="llvm")
f()
print([hashlib.sha256(np.ascontiguousarray(x).tobytes()).hexdigest()[:16] for x in f()])
"""
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"SYMGRAPH_FLAGS": f"threads={threads}"},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout
        for threads in (1, 2, 4)
    }
    assert len(found) == 1


def test_the_first_of_many_are_those_of_few():
    few, many = (
        sg.function([], sg.RandomStreams(3).normal(size, dtype="float32"))()
        for size in ((5,), (3, 100))
    )
    np.testing.assert_array_equal(few, many.ravel()[:5])


def test_changing_the_size_changes_no_earlier_call():
    n = T.lscalar()
    f = sg.function([n], sg.RandomStreams(3).uniform((n,)))
    parts = [f(2), f(0), f(3), f(1)]
    assert [len(part) for part in parts] == [2, 0, 3, 1]
    assert len(np.unique(np.concatenate(parts))) == 6


def test_states_are_items():
    streams = sg.RandomStreams(3)
    x, other = streams.uniform((2,)), sg.RandomStreams(4).uniform()
    f = sg.function([], x)
    before = streams[x.rng]
    first = f()
    assert (streams[x.rng] != before).any()
    streams[x.rng] = before
    assert (f() == first).all()
    with pytest.raises(KeyError, match="the state of none of the 1 streams"):
        streams[other.rng]


@pytest.mark.parametrize("mode", ["llvm", "reference"])
def test_elements_of_rows_are_shuffled_at_any_rank(mode):
    streams = sg.RandomStreams(3)
    v, t = T.lvector("v"), T.ltensor3("t")
    f = sg.function(
        [v, t], [streams.shuffle_row_elements(v), streams.shuffle_row_elements(t)], mode=mode
    )
    values = np.arange(24).reshape(2, 3, 4)
    one, many = f(np.arange(20), values)
    assert sorted(one) == list(range(20))
    assert list(one) != list(range(20))
    np.testing.assert_array_equal(np.sort(many, axis=-1), values)
    assert (many != values).any()
    with pytest.raises(TypeError, match="has no rows"):
        streams.shuffle_row_elements(T.dscalar())
