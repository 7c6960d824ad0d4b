"""Updates: all new values from the old ones, stored together or not at all."""

import numpy as np
import pytest

import symgraph.tensor as T
from symgraph import OrderedUpdates, function, shared


@pytest.fixture(params=[dict, list, tuple, OrderedUpdates])
def form(request):
    """The forms in which updates are given."""
    return request.param


def test_updates_read_the_old_values(mode, form):
    a, b = shared(1.0, "a"), shared(2.0, "b")
    swap = function([], [a, b], updates=form([(a, b), (b, a + b)]))
    assert swap() == [1, 2]
    assert (a.get_value(), b.get_value()) == (2, 3)
    assert swap() == [2, 3]
    assert (a.get_value(), b.get_value()) == (3, 5)


def test_outputs_are_computed_from_the_old_values(mode):
    s = shared(np.zeros(2))
    f = function([], s * 1, updates=[[s, s + 1]])
    np.testing.assert_array_equal(f(), 0)
    np.testing.assert_array_equal(f(), 1)


def test_an_update_only_target_needs_no_old_value():
    x, s = T.dvector("x"), shared(np.zeros(0))
    f = function([x], updates={s: x * 2})
    assert f([1.0, 2.0]) == []
    np.testing.assert_array_equal(s.get_value(), [2, 4])
    assert f.get_shared() == [s]


def test_each_function_sees_the_updates_of_others(mode):
    s = shared(0)
    up, down = function([], s, updates={s: s + 3}), function([], s, updates={s: s - 1})
    read = function([], s)
    up(), up(), down()
    assert read() == 5
    s.set_value(100)
    assert down() == 100
    assert read() == 99


def test_an_updated_value_is_no_argument_and_no_other_value(mode):
    x = T.dvector("x")
    a, b = shared(np.zeros(2)), shared(np.zeros(2))
    f = function([x], x, updates=[(a, x), (b, x)])
    argument = np.ones(2)
    result = f(argument)
    argument += 1
    result += 5
    a.get_value(borrow=True)[...] += 10
    np.testing.assert_array_equal(a.get_value(), 11)
    np.testing.assert_array_equal(b.get_value(), 1)


def test_plain_values_take_the_type_of_what_they_update():
    count, mean = shared(np.int32(5)), shared(np.zeros(2, "float32"))
    reset = function([], updates={count: 0, mean: [0.5, 0.25]})
    reset()
    assert count.get_value().dtype == "int32"
    assert count.get_value() == 0
    np.testing.assert_array_equal(mean.get_value(), np.float32([0.5, 0.25]))


def test_narrower_dtypes_are_cast_to_that_of_the_variable():
    x, s = T.fscalar("x"), shared(0.0)
    function([x], updates={s: x})(np.float32(0.1))
    assert s.get_value() == np.float64(np.float32(0.1))
    assert s.get_value().dtype == "float64"


def test_a_variable_that_allows_downcasting_takes_wider_updates():
    x, s = T.dscalar("x"), shared(np.float32(0), allow_downcast=True)
    function([x], updates={s: x})(0.1)
    assert s.get_value() == np.float32(0.1)


def test_a_new_value_may_have_other_extents(mode):
    s = shared(np.zeros(1))
    grow = function([], updates={s: T.concatenate([s, s + 1])})
    grow(), grow()
    np.testing.assert_array_equal(s.get_value(), [0, 1, 1, 2])


def test_default_updates_take_place_unless_told_otherwise(mode):
    s = shared(1.0, "s")
    s.default_update = s * 2
    with_it = function([], s)
    without = function([], s, no_default_updates=True)
    named = function([], s, no_default_updates=[s])
    replaced = function([], s, updates={s: s + 10})
    assert [with_it(), with_it(), without(), named()] == [1, 2, 4, 4]
    assert replaced() == 4
    assert s.get_value() == 14


def test_default_updates_bring_in_those_of_what_they_use():
    seed, state, noise = shared(1.0, "seed"), shared(10.0, "state"), shared(100.0, "noise")
    seed.default_update = seed + 1
    state.default_update = state + seed
    noise.default_update = noise + state
    f = function([], noise)
    f(), f()
    assert [v.get_value() for v in (noise, state, seed)] == [121, 13, 3]
    part = function([], noise, no_default_updates=[state])
    part()
    # What the state would have used is not used: the seed stays.
    assert [v.get_value() for v in (noise, state, seed)] == [134, 13, 3]


def test_default_updates_come_with_what_an_update_uses():
    step, s = shared(1.0), shared(0.0)
    step.default_update = step / 2
    f = function([], updates={s: s + step})
    f(), f()
    assert (s.get_value(), step.get_value()) == (1.5, 0.25)


def test_default_updates_that_are_plain_values():
    s = shared(5.0)
    s.default_update = 1
    assert function([], s)() == 5
    assert s.get_value() == 1


def test_givens_reach_default_updates():
    s, rate, other = shared(1.0), T.dscalar("rate"), T.dscalar("other")
    s.default_update = s + rate
    f = function([other], s, givens={rate: other * 10})
    assert f(2) == 1
    assert s.get_value() == 21


def test_a_variable_that_is_given_is_not_updated():
    s, x = shared(1.0), T.dscalar("x")
    s.default_update = s + 1
    assert function([x], s * 1, givens={s: x})(5) == 5
    assert s.get_value() == 1


def test_ordered_updates_join_what_does_not_contradict():
    a, b = shared(1.0, "a"), shared(2.0, "b")
    new = a + 1
    joined = OrderedUpdates([(a, new)]) + {b: b * 2}
    assert list(joined) == [a, b]
    assert joined + OrderedUpdates({a: new}) == joined
    assert {b: joined[b]} + OrderedUpdates({a: new}) == joined
    with pytest.raises(KeyError, match="a already has an update"):
        joined + {a: a + 2}
    with pytest.raises(TypeError, match="only shared variables are updated, not 'a'"):
        joined["a"] = new


def test_default_updates_are_taken_back():
    s = shared(1.0)
    s.default_update = s + 1
    del s.default_update
    assert s.default_update is None
    f = function([], s)
    f()
    assert f() == 1.0
