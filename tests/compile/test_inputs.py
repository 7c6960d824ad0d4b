"""Inputs of a function: which value of a call goes where, and what becomes of it."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph import In, function, shared
from symgraph.graph import Container


@pytest.fixture
def weighted(mode):
    """(x + y) * w, with defaults for y and w."""
    x, y, w = T.dscalars("x", "y", "w")
    return function([x, In(y, value=1), In(w, value=2, name="weight")], (x + y) * w)


def test_a_call_by_position_and_by_name(weighted):
    assert weighted(33) == 68
    assert weighted(33, 2) == 70
    assert weighted(33, 0, 1) == 33
    assert weighted(33, weight=1) == 34
    assert weighted(33, weight=1, y=0) == 33
    assert weighted(x=1, y=2, weight=3) == 9


def test_a_call_by_variable():
    x, y = T.dscalars("x", "y")
    f = function([x, In(y, value=1)], x - y)
    assert f({x: 5}) == 4
    assert f({x: 5, y: 3}) == 2
    assert f({x: 5, "y": 2}) == 3
    assert f({x: 5}, y=1) == 4


def test_a_dict_reaches_a_function_of_one_input():
    x = T.dscalar()
    assert function([x], x * 2)({x: 3}) == 6


def test_an_input_of_another_name_is_not_found_by_its_variables(weighted):
    with pytest.raises(TypeError, match="has no input 'w'; its inputs are x, y, weight"):
        weighted(33, w=1)


def test_autoname_false_leaves_the_input_without_a_name():
    x = T.dscalar("x")
    f = function([In(x, autoname=False)], x)
    assert f(3) == 3
    with pytest.raises(TypeError, match="has no input 'x'; its inputs are without names"):
        f(x=3)


def test_defaults_are_the_same_after_any_call(weighted):
    assert weighted(1, 5, 7) == 42
    assert weighted(1) == 4


def test_zero_and_empty_values_are_values():
    x, y = T.dscalar("x"), T.dvector("y")
    f = function([In(x, value=0.0), In(y, value=[])], y + x)
    assert f().shape == (0,)
    assert f(y=[1.0]) == [1.0]


def test_a_default_is_copied_unless_it_may_be_borrowed():
    x = T.dvector("x")
    given = np.zeros(2)
    copied = function([In(x, value=given)], x * 1)
    borrowed = function([In(x, value=given, borrow=True)], x * 1)
    given[:] = 7
    np.testing.assert_array_equal(copied(), [0, 0])
    np.testing.assert_array_equal(borrowed(), [7, 7])


def test_an_update_makes_the_default_stay(mode):
    step, state = T.dscalar("step"), T.dscalar("state")
    count = function([step, In(state, value=10.0, update=state + step)], state * 1)
    assert [count(1), count(2), count(0)] == [10, 11, 13]
    assert count["state"] == 13
    # A given value is updated as the default is.
    assert count(5, 100) == 100
    assert count[state] == 105


def test_updates_of_inputs_read_the_old_values_of_each_other(mode):
    a, b = T.dscalars("a", "b")
    swap = function([In(a, value=1.0, update=b * 1), In(b, value=2.0, update=a * 1)], [a * 1, b])
    assert swap() == [1, 2]
    assert swap() == [2, 1]


def test_an_update_without_a_value_needs_the_value_once():
    x = T.dscalar("x")
    f = function([In(x, update=x + 1)], x * 1)
    with pytest.raises(TypeError, match="missing argument x"):
        f()
    assert f(3) == 3
    assert f() == 4


def test_an_implicit_input_is_set_by_assignment_alone():
    x, y = T.dscalars("x", "y")
    f = function([x, In(y, value=2, implicit=True)], x * y)
    assert f(3) == 6
    with pytest.raises(TypeError, match=r"takes 1 argument \(x\), got 2"):
        f(3, 4)
    with pytest.raises(TypeError, match="the input y is implicit"):
        f(3, y=4)
    f[y] = 5
    assert f(3) == 15


def test_functions_with_one_container_have_a_default_in_common():
    x, state = T.dscalars("x", "state")
    place = Container(np.array(1.0))
    up = function([x, In(state, value=place, update=state + x)], state * 1)
    down = function([x, In(state, value=place, update=state - x)], state * 1)
    assert [up(5), down(2), up(0)] == [1, 6, 4]
    assert place.value == 4


def test_a_shared_variable_as_default_is_read_at_each_call():
    x, y = T.dscalars("x", "y")
    s = shared(3.0)
    f = function([x, In(y, value=s, shared=True)], x + y)
    assert f(1) == 4
    s.set_value(10)
    assert f(1) == 11


def test_what_the_dtype_loses_is_refused_unless_downcasting_is_allowed():
    x = T.fvector("x")
    value = np.array([0.1])
    refusing = function([x], x * 1)
    with pytest.raises(TypeError, match="casting would lose precision"):
        refusing(value)
    for allowing in (
        function([x], x * 1, allow_input_downcast=True),
        function([In(x, allow_downcast=True)], x * 1, allow_input_downcast=False),
    ):
        np.testing.assert_array_equal(allowing(value), value.astype("float32"))


def test_python_floats_are_rounded_to_floatX_unless_downcasting_is_forbidden():
    with sg.config.change_flags(floatX="float32"):
        x = T.scalar("x")
        assert function([x], x * 1)(0.1) == np.float32(0.1)
        with pytest.raises(TypeError, match="casting would lose precision"):
            function([x], x * 1, allow_input_downcast=False)(0.1)
        assert function([x], x * 1, allow_input_downcast=False)(0.5) == 0.5


def test_strict_inputs_take_arrays_of_the_very_dtype():
    x = T.dvector("x")
    f = function([In(x, strict=True)], x * 1)
    assert f(np.ones(1)) == [1]
    with pytest.raises(TypeError, match="strict: expected a numpy.ndarray of dtype float64"):
        f([1.0])
    with pytest.raises(TypeError, match="strict: .* got ndarray of dtype int64"):
        f(np.ones(1, "int64"))


def test_arguments_stay_as_they_are_mutable_or_not(mode):
    x, y = T.dvectors("x", "y")
    new = T.set_subtensor(x[:2], y[1:])
    f = function([In(x, mutable=True), In(y, mutable=True)], [new, new * 2])
    a = np.arange(3.0)
    np.testing.assert_array_equal(f(a, a)[0], [1, 2, 2])
    overlapping = np.arange(4.0)
    np.testing.assert_array_equal(f(overlapping[:3], overlapping[1:])[0], [2, 3, 2])
    np.testing.assert_array_equal(a, [0, 1, 2])
    np.testing.assert_array_equal(overlapping, [0, 1, 2, 3])


LAYOUTS = {
    "strided": np.arange(6.0)[::2],
    "reversed": np.arange(6.0)[::-1][3:],
    "other byte order": np.arange(3.0).astype(">f8"),
    "stride 0": np.broadcast_to(np.array(2.0), (3,)),
    "read-only": np.frombuffer(np.arange(3.0).tobytes()),
    "integers": np.arange(3),
    "list": [0, 1.5, 2],
    "tuple of bools": (True, False, True),
    "subclass": np.arange(3.0).view(np.memmap),
}


@pytest.mark.parametrize("value", LAYOUTS.values(), ids=LAYOUTS)
def test_values_of_every_form_and_layout(value, mode):
    x = T.dvector("x")
    np.testing.assert_array_equal(function([x], 2 * x)(value), 2 * np.asarray(value))


def test_trusted_arrays_are_not_cast(mode):
    x, y = T.dvector("x"), T.dscalar("y")
    f = function([x, In(y, value=2.0)], x * y, mode=mode, trust_input=True)
    assert f.trust_input
    single = np.ones(2, "float32")
    for _ in range(3):
        np.testing.assert_array_equal(f(np.ones(2)), [2, 2])
        np.testing.assert_array_equal(f(np.ones(2), 3), [3, 3])
        with pytest.raises(TypeError, match=r"input 0 \(x\): strict: expected a numpy.ndarray of"):
            f(single)
        with pytest.raises(TypeError, match="expected 1 dimension"):
            f(np.ones((2, 2)))
    f.trust_input = False
    np.testing.assert_array_equal(f(single), [2, 2])


def test_the_given_in_is_left_alone():
    x = T.dscalar("x")
    entry = In(x, value=1, update=x + 1)
    before = dict(vars(entry))
    f = function([entry], x * 2, allow_input_downcast=True)
    f()
    assert vars(entry) == before
    assert repr(entry) == "In(x)"
