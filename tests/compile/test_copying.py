"""Copies of functions: on other shared variables, without updates, pickled, deep."""

import copy
import pickle

import numpy as np
import pytest

import symgraph.tensor as T
from symgraph import In, function, shared


@pytest.fixture
def accumulator(mode):
    state, inc = shared(0.0, "state"), T.dscalar("inc")
    f = function([inc], [state, state * 2], updates=[(state, state + inc)], name="accumulate")
    return f, state


def test_a_copy_uses_the_same_shared_variables_and_code(accumulator):
    f, state = accumulator
    g = f.copy()
    f(1), g(2)
    assert state.get_value() == 3
    assert g.executable is f.executable
    assert (f.name, g.name, f.copy(name="other").name) == (
        "accumulate",
        "accumulate copy",
        "other",
    )
    assert copy.copy(f).name == "accumulate"


def test_a_copy_on_other_shared_variables(accumulator):
    f, state = accumulator
    other = shared(10.0)
    g = f.copy(swap={state: other})
    assert g(5) == [10, 20]
    assert (other.get_value(), state.get_value()) == (15, 0)
    assert g.get_shared() == [other]
    # And once more, from the copy.
    third = shared(100.0)
    h = g.copy(swap={other: third})
    assert h(1) == [100, 200]
    assert (third.get_value(), other.get_value(), state.get_value()) == (101, 15, 0)


def test_two_shared_variables_may_change_places(mode):
    a, b, x = shared(1.0, "a"), shared(2.0, "b"), T.dscalar("x")
    f = function([x], [a, b], updates={a: a + x})
    g = f.copy(swap={a: b, b: a})
    assert g(10) == [2, 1]
    assert (a.get_value(), b.get_value()) == (1, 12)


def test_a_copy_without_updates(accumulator):
    f, state = accumulator
    f(7)
    g = f.copy(delete_updates=True)
    assert g(5) == [7, 14]
    assert state.get_value() == 7
    other = shared(1.0)
    h = f.copy(swap={state: other}, delete_updates=True)
    assert h(5) == [1, 2]
    assert other.get_value() == 1
    assert f.copy(swap={state: other}).copy(delete_updates=True)(5) == [1, 2]


def test_the_default_update_of_a_swapped_in_variable_is_not_added():
    state, other = shared(0.0), shared(0.0)
    other.default_update = other + 1
    f = function([], state, mode="reference")
    f.copy(swap={state: other})()
    assert other.get_value() == 0


def test_swaps_that_are_none(accumulator):
    f, state = accumulator
    with pytest.raises(ValueError, match="copy: other is no shared variable of accumulate"):
        f.copy(swap={shared(1.0, "other"): shared(1.0)})
    with pytest.raises(TypeError, match=r"copy: state \(float64 scalar\) cannot be swapped for"):
        f.copy(swap={state: shared(1)})
    with pytest.raises(TypeError, match="cannot be swapped for 3.0"):
        f.copy(swap={state: 3.0})


def test_a_swap_must_not_merge_two_shared_variables():
    a, b = shared(1.0, "a"), shared(2.0, "b")
    f = function([], updates={a: a + b, b: a - b})
    with pytest.raises(ValueError, match="after the swap, b would stand for two shared variables"):
        f.copy(swap={a: b})


def test_copies_have_defaults_of_their_own(mode):
    x = T.dscalar("x")
    f = function([In(x, value=1.0, update=x * 2)], x * 1)
    f()
    g = copy.copy(f)
    assert [f(), f(), g(), g()] == [2, 4, 2, 4]


def test_settings_go_with_a_copy():
    x = T.dscalar("x")
    f = function([x], x * 2, profile=True)
    f.trust_input = True
    for g in (f.copy(), copy.copy(f), copy.deepcopy(f), pickle.loads(pickle.dumps(f))):
        assert g.trust_input
        assert g.profile is not f.profile
        assert g.profile.calls == 0
    assert f.copy(profile=False).profile is None


def test_a_deep_copy_has_shared_variables_of_its_own(accumulator):
    f, state = accumulator
    f(3)
    g = copy.deepcopy(f)
    assert g(1) == [3, 6]
    assert state.get_value() == 3
    assert g.get_shared()[0].get_value() == 4
    assert g.get_shared()[0].name == "state"


def test_what_is_copied_together_stays_together(accumulator):
    f, state = accumulator
    g, new_state = copy.deepcopy((f, state))
    g(5)
    assert (new_state.get_value(), state.get_value()) == (5, 0)
    h, pickled_state = pickle.loads(pickle.dumps((f, state)))
    h(7)
    assert (pickled_state.get_value(), state.get_value()) == (7, 0)


def test_a_deep_copy_of_defaults(mode):
    x = T.dvector("x")
    f = function([In(x, value=[1.0], update=x + 1)], x * 1)
    g = copy.deepcopy(f)
    f()
    assert (f(), g()) == ([2], [1])


def test_a_pickled_function_is_complete(accumulator):
    f, state = accumulator
    f(3)
    g = pickle.loads(pickle.dumps(f))
    assert g(1) == [3, 6]
    assert g(1) == [4, 8]
    assert state.get_value() == 3
    assert (g.name, repr(g)) == (f.name, repr(f))
    assert pickle.loads(pickle.dumps(g))(0) == [5, 10]


def test_a_pickled_function_keeps_its_forms_and_defaults(mode):
    x, y = T.dscalars("x", "y")
    f = function([x, In(y, value=2, name="why")], {"sum": x + y}, allow_input_downcast=True)
    f[y] = 5
    g = pickle.loads(pickle.dumps(f))
    assert g(1) == {"sum": 6}
    assert g(x=1, why=1) == {"sum": 2}
    assert g(np.float64(1)) == {"sum": 6}


def test_copies_on_other_variables_pickle(mode):
    state, other, x = shared(1.0, "state"), shared(10.0, "other"), T.dscalar("x")
    f = function(
        [x, In(T.dscalar("y"), value=0.0, update=state * 1)],
        [x * state],
        updates={state: state + x},
    )
    g = pickle.loads(pickle.dumps(f.copy(swap={state: other})))
    assert g(2) == [20]
    assert g(2) == [24]
    assert g["y"] == 12
    assert (state.get_value(), other.get_value()) == (1, 10)
    silent = pickle.loads(pickle.dumps(f.copy(swap={state: other}, delete_updates=True)))
    assert [silent(2), silent(2)] == [[20], [20]]


def test_a_pickled_function_keeps_its_mode():
    x = T.dscalar("x")
    f = pickle.loads(pickle.dumps(function([x], x * 2, mode="reference")))
    assert f.maker.mode.name == "reference"
    by_object = function([x], x * 2, mode=f.maker.mode)
    assert pickle.loads(pickle.dumps(by_object)).maker.mode is f.maker.mode


def test_a_default_that_one_function_owns_and_another_takes_stays_common():
    x, state = T.dscalars("x", "state")
    f = function([x, In(state, value=1.0, update=state * 2)], state * x, mode="reference")
    g = function([x, In(state, value=f.container[state], update=state * 3)], state * x)
    for order in (slice(None), slice(None, None, -1)):
        for copied in (copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))):
            (f2, g2), variables = copied(((f, g)[order], [x, state]))
            f2, g2 = (f2, g2)[order]
            assert [f2(1), g2(1), f2(1)] == [1, 2, 6]
            # The copies are of the variables that were copied with them.
            assert all(v in f2 and v in g2 for v in variables)
            assert state not in f2
            assert f2.container[variables[1]] is g2.container[variables[1]]
            assert f2({variables[0]: 1.0}) == 12
            assert f2.copy().container[variables[1]] is not f2.container[variables[1]]
            assert pickle.loads(pickle.dumps(f2))(1) == 24
    assert f(1) == 1


def test_defaults_in_common_stay_so():
    x, state = T.dscalars("x", "state")
    s = shared(1.0)
    f, g = (
        function([x, In(state, value=s, update=state * k)], state * x, mode="reference")
        for k in (2, 3)
    )
    f2, g2 = pickle.loads(pickle.dumps((f, g)))
    assert [f2(1), g2(1), f2(1)] == [1, 2, 6]
    f3, g3 = copy.deepcopy((f, g))
    assert [f3(1), g3(1), f3(1)] == [1, 2, 6]
    assert copy.copy(f)(1) == 1
    assert s.get_value() == 2
