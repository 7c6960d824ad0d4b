"""Shared variables: whose memory the value is, what it may become, who sees it."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph import function, shared
from symgraph.graph import Container, SharedVariable


@pytest.mark.parametrize(
    "value, dtype, ndim",
    [
        (1, "int64", 0),
        (1.5, "float64", 0),
        (True, "bool", 0),
        (1j, "complex128", 0),
        (np.float32(1), "float32", 0),
        (np.zeros((2, 3), "int8"), "int8", 2),
        ([[1.0, 2.0]], "float64", 2),
        (np.zeros(3, ">f4"), "float32", 1),
    ],
)
def test_the_type_is_that_of_the_value(value, dtype, ndim):
    s = shared(value, "s")
    assert isinstance(s, SharedVariable)
    assert (s.dtype, s.ndim, s.name) == (dtype, ndim, "s")
    assert s.type.shape == (None,) * ndim
    assert s.get_value().dtype == dtype
    np.testing.assert_array_equal(s.get_value(), value)


def test_extents_are_known_only_if_said():
    assert shared(np.zeros((1, 3)), shape=(1, None)).type.shape == (1, None)
    assert shared(np.zeros((1, 3)), broadcastable=(True, False)).broadcastable == (True, False)
    with pytest.raises(ValueError, match=r"shared\(\): expected extent 2 on axis 0"):
        shared(np.zeros(3), shape=(2,))
    with pytest.raises(TypeError, match=r"shared\(\): expected 2 dimensions"):
        shared(np.zeros(3), shape=(None, None))


def test_the_value_is_copied_on_the_way_in_and_out():
    given = np.zeros(2)
    s = shared(given)
    given[0] = 1
    s.get_value()[1] = 1
    np.testing.assert_array_equal(s.get_value(), 0)
    s.set_value(given)
    given[0] = 5
    np.testing.assert_array_equal(s.get_value(), [1, 0])


def test_borrowing_shares_memory(mode):
    given = np.zeros(2)
    s = shared(given, borrow=True)
    f = function([], s * 1)
    given[0] = 1
    np.testing.assert_array_equal(f(), [1, 0])
    assert s.get_value(borrow=True) is given
    assert s.get_value(borrow=True, return_internal_type=True) is given
    s.get_value(borrow=True)[1] = 2
    np.testing.assert_array_equal(f(), [1, 2])
    other = np.ones(2)
    s.set_value(other, borrow=True)
    other[0] = 9
    np.testing.assert_array_equal(f(), [9, 1])


def test_views_and_buffers_are_copied_too():
    memory = bytearray(np.zeros(2).tobytes())
    base = np.zeros(4)
    s = shared(base[:2])
    base[:] = 1
    np.testing.assert_array_equal(s.get_value(), 0)
    s.set_value(base[::2])
    base[:] = 2
    np.testing.assert_array_equal(s.get_value(), 1)
    s.set_value(np.frombuffer(memory))
    memory[:] = np.ones(2).tobytes()
    np.testing.assert_array_equal(s.get_value(), 0)


def test_an_update_leaves_a_borrowed_array_alone(mode):
    given = np.zeros(2)
    s = shared(given, borrow=True)
    function([], updates={s: s + 1})()
    np.testing.assert_array_equal(given, 0)
    np.testing.assert_array_equal(s.get_value(), 1)


def test_values_of_any_extents_of_the_same_rank_may_be_set():
    s = shared(np.zeros((2, 2)))
    s.set_value(np.ones((3, 0)))
    assert s.get_value().shape == (3, 0)


@pytest.mark.parametrize(
    "value, message",
    [
        ([1.0, 2.0], "expected 2 dimensions .* got 1"),
        (np.zeros((2, 2)), "expected dtype float32, got ndarray of dtype float64"),
        ("text", "which holds no numbers"),
        (None, "which holds no numbers"),
        ([[1], [1, 2]], "got a ragged sequence"),
        (np.ma.zeros((2, 2)), "got a masked array, whose mask would be lost"),
        (T.fmatrix("m"), "got the symbolic variable m"),
    ],
)
def test_values_that_are_refused_change_nothing(value, message):
    s = shared(np.ones((1, 1), "float32"))
    with pytest.raises(TypeError, match=message):
        s.set_value(value)
    np.testing.assert_array_equal(s.get_value(), [[1]])


def test_what_set_value_casts():
    s = shared(np.float32(0))
    s.set_value(3)
    assert s.get_value() == np.float32(3)
    loose = shared(np.float32(0), allow_downcast=True)
    loose.set_value(np.float64(0.1))
    assert loose.get_value() == np.float32(0.1)
    strict = shared(np.float32(0), strict=True)
    with pytest.raises(TypeError, match="strict: expected a numpy.ndarray of dtype float32"):
        strict.set_value(3)


def test_zero_keeps_shape_dtype_and_what_was_borrowed():
    given = np.ones((2, 3), "int8")
    s = shared(given, borrow=True)
    s.zero()
    assert s.get_value().tolist() == [[0] * 3] * 2
    assert s.get_value().dtype == "int8"
    assert given.sum() == 6


def test_a_clone_shares_the_value():
    s = shared(1.0, "s")
    s.default_update = s + 1
    other = s.clone()
    assert other is not s
    assert other.container is s.container
    assert (other.name, other.type, other.default_update) == ("s", s.type, None)
    other.set_value(5)
    assert s.get_value() == 5


@pytest.mark.parametrize(
    "value, error, message",
    [
        (T.dscalar("x"), TypeError, "shared.* takes a value, not the symbolic variable x"),
        ("text", TypeError, "shared.* takes numbers, not 'text'"),
        (None, TypeError, "shared.* takes numbers, not None"),
        ([[1], [1, 2]], TypeError, "shared.* got a ragged sequence"),
        (np.array([object()]), TypeError, "shared.* takes numbers"),
        (np.longdouble(1), TypeError, "shared.* takes numbers"),
        (np.ma.zeros(2), TypeError, "shared.* got a masked array"),
        ({}, TypeError, "shared.* takes numbers, not {}"),
    ],
)
def test_values_that_cannot_be_shared(value, error, message):
    with pytest.raises(error, match=message):
        shared(value)


def test_shared_values_are_in_main_memory():
    assert shared(1.0, target="cpu").get_value() == 1
    with pytest.raises(ValueError, match="in main memory .'cpu'., not on 'gpu'"):
        shared(1.0, target="gpu")


def test_the_name_is_a_string():
    with pytest.raises(TypeError, match="the name of a variable must be a str, not 3"):
        shared(1.0, 3)


def test_a_shared_variable_evaluates_to_its_value():
    s = shared(3.0)
    assert s.eval() == 3
    s.set_value(4)
    assert s.eval() == 4


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_copies_of_shared_variables(copied):
    s = shared(np.zeros(2), "s", strict=True, allow_downcast=False)
    s.default_update = s + 1
    other = copied(s)
    assert (other.name, other.type, other.strict, other.allow_downcast, other.location) == (
        "s",
        s.type,
        True,
        False,
        s.location,
    )
    # The copied default update mentions the copy, not the original.
    assert other.default_update.owner.inputs[0] is other
    function([], other, mode="reference")()
    np.testing.assert_array_equal(other.get_value(), 1)
    np.testing.assert_array_equal(s.get_value(), 0)
    # What shared a value before does so after.
    one, two = copied((s, s.clone()))
    one.set_value(np.ones(1))
    np.testing.assert_array_equal(two.get_value(), 1)


def test_containers_copy_with_a_lock_of_their_own():
    container = Container(np.zeros(1))
    for other in (copy.deepcopy(container), pickle.loads(pickle.dumps(container))):
        assert other.lock is not container.lock
        np.testing.assert_array_equal(other.value, 0)


def test_values_are_freed_with_their_variables():
    class Array(np.ndarray):
        """An array that can be watched."""

    value = np.zeros(3).view(Array)
    s = shared(value.view(np.ndarray), borrow=True)
    watched = weakref.ref(s.get_value(borrow=True))
    function([], (s * 2).sum(), mode="reference")()
    s.eval()
    del s, value
    gc.collect()
    assert watched() is None


def test_eval_does_not_keep_its_variable_alive():
    x = T.dscalar("x")
    y = x + 1
    y.eval({x: 1})
    watched = weakref.ref(y)
    del y
    gc.collect()
    assert watched() is None


def test_shared_variables_are_no_inputs():
    s = shared(1.0, "s")
    with pytest.raises(TypeError, match="the shared variable s cannot be an input"):
        function([s], s)
    with pytest.raises(TypeError, match="the shared variable s cannot be an input"):
        sg.function([sg.In(s)], s)
