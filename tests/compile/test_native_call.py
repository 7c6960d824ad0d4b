"""Calls that the LLVM back end makes past the interpreter: which they are, and that they give
what calls by way of Python give."""

import functools

import numpy as np
import pytest
from support.native_calls import assert_same_as_by_python, by_python, is_native, misaligned

import symgraph as sg
import symgraph.tensor as T
from symgraph import In, Out, function, shared
from symgraph.compile.compiled import Function

VALUES = np.arange(6.0)


@pytest.fixture(autouse=True)
def llvm():
    with sg.config.change_flags(mode="llvm", floatX="float64"):
        yield


@pytest.fixture
def vector():
    """x -> 2 x, which knows vectors of 6 already."""
    x = T.dvector("x")
    f = function([x], 2 * x, name="twice")
    f(VALUES)
    return f


@pytest.fixture
def matrix():
    x = T.dmatrix("x")
    f = function([x], 2 * x, name="twice")
    f(VALUES.reshape(2, 3))
    return f


# --- arrays ---


def test_calls_are_native_from_the_second_on():
    x = T.dvector("x")
    f = function([x], 2 * x)
    assert not is_native(f, VALUES)
    assert is_native(f, VALUES)
    np.testing.assert_array_equal(f(VALUES), 2 * VALUES)


def test_results_are_new_arrays_of_the_callers_own(vector):
    first, second = vector(VALUES), vector(VALUES)
    assert type(first) is np.ndarray
    assert first.base is None and first.flags.owndata and first.flags.writeable
    assert not np.shares_memory(first, second)
    first[:] = 0
    np.testing.assert_array_equal(second, 2 * VALUES)


def test_arrays_that_are_native():
    x = T.dmatrix("x")
    f = function([x], 2 * x)
    frozen = np.ones((2, 3))
    frozen.flags.writeable = False
    rows = np.ones((6, 3))[2:4]
    for array in (np.ones((2, 3)), frozen, rows, np.asarray(VALUES).reshape(2, 3)):
        f(array)
        assert is_native(f, array)
        np.testing.assert_array_equal(f(array), 2 * array)


@pytest.mark.parametrize(
    "value",
    [
        VALUES.reshape(2, 3).astype(">f8"),
        np.asfortranarray(VALUES.reshape(2, 3)),
        np.ones((4, 3))[::2],
        np.ones((2, 3))[:, ::-1],
        misaligned(VALUES.reshape(2, 3)),
        VALUES.reshape(2, 3).astype("float32"),
        VALUES.reshape(2, 3).astype("int8"),
        VALUES.reshape(2, 3).view(np.recarray),
        VALUES.reshape(2, 3).tolist(),
    ],
    ids=str,
)
def test_arrays_that_go_by_way_of_python(matrix, value):
    assert not is_native(matrix, value)
    assert_same_as_by_python(matrix, value)
    assert is_native(matrix, VALUES.reshape(2, 3))


@pytest.mark.parametrize(
    "value",
    [
        VALUES,
        np.ones((1, 2, 3)),
        1.0,
        np.float64(1.0),
        VALUES.reshape(2, 3).astype(complex),
        np.ma.ones((2, 3)),
        np.ones((2, 3), object),
        "text",
        None,
        [[1.0], [1.0, 2.0]],
        np.datetime64("2020"),
    ],
    ids=str,
)
def test_values_that_will_not_do_raise_what_they_raise_by_way_of_python(matrix, value):
    with pytest.raises(TypeError, match=r"twice: input 0 \(x\): "):
        matrix(value)
    assert_same_as_by_python(matrix, value)


def test_dtypes_of_one_name_and_two_kinds(vector):
    # Where long and long long both have 64 bits, they are two dtypes of one name.
    x = T.lvector("x")
    f = function([x], x + 1)
    for kind in (np.int64, np.longlong, np.dtype("long")):
        assert_same_as_by_python(f, np.arange(3).astype(kind))


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0, 3), (1,), (1, 1), (), (2, 3, 4, 5)])
@pytest.mark.parametrize("dtype", ["float64", "float32", "int8", "bool", "uint16"])
def test_shapes_and_dtypes(shape, dtype):
    x = T.TensorType(dtype, (None,) * len(shape))("x")
    f = function([x], [T.neq(x, 0), x.sum(), x])
    value = np.ones(shape, dtype)
    assert_same_as_by_python(f, value)
    assert is_native(f, value)


def test_each_combination_of_extents_is_learnt_once(vector):
    sizes = [6, 3, 0, 1, 7]
    for size in sizes[1:]:
        assert not is_native(vector, np.ones(size))
    for size in sizes:
        assert is_native(vector, np.ones(size))
        np.testing.assert_array_equal(vector(np.ones(size)), np.full(size, 2.0))


def test_more_combinations_of_extents_than_are_kept(vector):
    for _ in range(3):
        for size in range(100):
            np.testing.assert_array_equal(vector(np.ones(size)), np.full(size, 2.0))
    # What comes again and again is learnt, whatever came before.
    for _ in range(3):
        vector(np.ones(200))
    assert is_native(vector, np.ones(200))
    with by_python() as calls:
        for size in range(100):
            vector(np.ones(size))
    assert len(calls) >= 100 - 64


def test_extents_that_the_type_tells_are_checked():
    x = T.TensorType("float64", (None, 3))("x")
    f = function([x], x * 2)
    f(np.ones((2, 3)))
    assert is_native(f, np.ones((2, 3)))
    for _ in range(2):
        with pytest.raises(ValueError, match="expected extent 3 on axis 1"):
            f(np.ones((2, 4)))


def test_extents_that_types_tell_are_looked_at_in_trusting_calls_too():
    x = T.TensorType("float64", (3,))("x")
    f = function([x], x * 2, trust_input=True)
    for _ in range(3):
        with pytest.raises(ValueError, match="expected extent 3 on axis 0"):
            f(np.ones(4))


def test_extents_of_several_arguments_that_do_not_fit():
    x, y = T.dvectors("x", "y")
    f = function([x, y], x + y)
    f(np.ones(3), np.ones(3))
    assert is_native(f, np.ones(3), np.ones(3))
    for _ in range(2):
        with pytest.raises(ValueError, match="could not be broadcast together"):
            f(np.ones(3), np.ones(4))
    assert is_native(f, np.ones(3), np.ones(3))


# --- how calls are made ---


def test_other_ways_to_call(vector):
    nothing = {}
    assert is_native(lambda: list(map(vector, [VALUES, VALUES])))
    assert is_native(functools.partial(vector, VALUES))
    assert is_native(lambda: vector(*[VALUES]))
    assert is_native(lambda: vector.__call__(VALUES))
    assert is_native(lambda: vector(*[VALUES], **nothing))
    assert not is_native(lambda: vector(x=VALUES))
    assert not is_native(lambda: vector({"x": VALUES}))
    assert not is_native(lambda: functools.partial(vector, x=VALUES)())
    assert not is_native(lambda: vector(VALUES, output_subset=[0]))
    for call in (lambda: vector(x=VALUES), lambda: functools.partial(vector, x=VALUES)()):
        np.testing.assert_array_equal(call(), 2 * VALUES)


@pytest.mark.parametrize("args", [(), (VALUES, VALUES), (VALUES,) * 20])
def test_too_many_and_too_few_arguments(vector, args):
    with pytest.raises(TypeError, match="takes 1 argument|missing argument x"):
        vector(*args)
    assert_same_as_by_python(vector, *args)


def test_keywords_that_are_not_known(vector):
    with pytest.raises(TypeError, match="twice has no input 'y'"):
        vector(VALUES, y=1)
    with pytest.raises(TypeError, match=r"input x is given twice"):
        vector(VALUES, x=1)


def test_the_arguments_of_the_caller_are_left_alone(vector):
    args = [VALUES]
    vector(*args)
    assert args[0] is VALUES
    names = ("x",)
    given = dict.fromkeys(names, VALUES)
    vector(**given)
    assert given["x"] is VALUES


def test_forms_of_results():
    x = T.dvector("x")
    one, two = function([x], x + 1), function([x], [x + 1, x * 2])
    single, none = function([x], [x + 1]), function([x], [], on_unused_input="ignore")
    named = function([x], {"b": x + 1, "a": x * 2})
    for f in (one, two, single, none, named):
        f(VALUES)
        assert is_native(f, VALUES)
    np.testing.assert_array_equal(one(VALUES), VALUES + 1)
    np.testing.assert_array_equal(two(VALUES), [VALUES + 1, VALUES * 2])
    assert type(two(VALUES)) is type(single(VALUES)) is list
    assert (len(single(VALUES)), none(VALUES)) == (1, [])
    assert {key: list(value) for key, value in named(VALUES).items()} == {
        "a": list(VALUES * 2),
        "b": list(VALUES + 1),
    }
    assert list(named(VALUES)) == list(Function.__call__(named, VALUES))


def test_functions_of_nothing():
    f = function([], T.arange(3) * 2)
    f()
    assert is_native(f)
    np.testing.assert_array_equal(f(), [0, 2, 4])
    with pytest.raises(TypeError, match="takes 0 arguments, got 1"):
        f(1)


def test_many_arguments():
    xs = T.dvectors(300)
    f = function(xs, sum(xs[1:], xs[0]))
    values = [np.full(3, float(n)) for n in range(300)]
    assert_same_as_by_python(f, *values)
    assert is_native(f, *values)


def test_more_arguments_than_the_stack_should_hold(monkeypatch):
    from symgraph.backends.llvm.cpython import function_table

    monkeypatch.setattr(function_table, "MOST", 2)
    xs = T.dvectors(3)
    f = function(xs, sum(xs[1:], xs[0]))
    for _ in range(3):
        assert not is_native(f, VALUES, VALUES, VALUES)
    np.testing.assert_array_equal(f(VALUES, VALUES, VALUES), 3 * VALUES)


# --- defaults, containers, options ---


def test_defaults():
    x, y = T.dvector("x"), T.dscalar("y")
    f = function([x, In(y, value=3.0)], x * y)
    f(VALUES)
    assert not is_native(f, VALUES)
    assert is_native(f, VALUES, 2.0)
    np.testing.assert_array_equal(f(VALUES, 2.0), VALUES * 2)
    np.testing.assert_array_equal(f(VALUES), VALUES * 3)


def test_inputs_that_calls_cannot_give_are_read_where_they_are():
    x, rate = T.dvector("x"), T.dscalar("rate")
    f = function([x, In(rate, value=2.0, implicit=True)], x * rate)
    f(VALUES)
    assert is_native(f, VALUES)
    f[rate] = 5
    np.testing.assert_array_equal(f(VALUES), VALUES * 5)
    assert is_native(f, VALUES)
    f.container[rate].value = None
    with pytest.raises(TypeError, match="missing argument rate"):
        f(VALUES)


def test_inputs_that_keep_their_updates():
    x, state = T.dvector("x"), T.dscalar("state")
    update = state + x.sum()
    f = function([x, In(state, value=1.0, update=update, implicit=True)], state)
    assert [float(f(np.ones(2))) for _ in range(4)] == [1, 3, 5, 7]
    assert is_native(f, np.ones(2))
    assert f[state] == 11
    given = function([x, In(state, value=1.0, update=update)], state)
    given(np.ones(2), 1.0)
    assert is_native(given, np.ones(2), 4.0)
    assert given[state] == 6
    # Without the number, what was kept is taken.
    assert given(np.ones(2)) == 6


def test_values_of_containers_that_are_not_as_usual():
    x, w = T.dvector("x"), shared(np.ones(6), "w")
    f = function([x], x * w)
    f(VALUES)
    assert is_native(f, VALUES)
    w.set_value(np.ones(12)[::2], borrow=True)
    assert not is_native(f, VALUES)
    np.testing.assert_array_equal(f(VALUES), VALUES)
    w.set_value(np.ones(1))
    np.testing.assert_array_equal(f(VALUES[:1]), VALUES[:1])
    assert is_native(f, VALUES[:1])
    w.set_value(np.ones(6))
    assert is_native(f, VALUES)
    with pytest.raises(AttributeError):
        del w.container.value


def test_functions_that_count_their_calls():
    x = T.dvector("x")
    f = function([x], x + 1, profile=True)
    for _ in range(3):
        f(VALUES)
    profile = f.profile
    assert profile.calls == 3
    f.profile = None
    f(VALUES)
    assert is_native(f, VALUES)
    assert profile.calls == 3
    f.profile = profile
    f(VALUES)
    assert profile.calls == 4


def test_functions_that_keep_their_outputs():
    x = T.dvector("x")
    f = function([x], Out(x + 1, borrow=True))
    for _ in range(3):
        result = f(VALUES)
        assert f.output_storage[0].value is result


def test_memory_given_back_is_taken_anew(vector):
    vector.free()
    assert not is_native(vector, VALUES)
    assert is_native(vector, VALUES)
    np.testing.assert_array_equal(vector(VALUES), 2 * VALUES)


def test_operations_that_numpy_runs(vector):
    class Doubled(sg.graph.Op):
        def output_types(self, x):
            return [x.type]

        def perform(self, node, x):
            return (2 * x,)

        def infer_shape(self, node, shapes):
            return shapes

    x = T.dvector("x")
    f = function([x], Doubled()(x) + 1)
    for _ in range(3):
        assert not is_native(f, VALUES)
        np.testing.assert_array_equal(f(VALUES), 2 * VALUES + 1)


def test_results_whose_extents_values_tell():
    x = T.lscalar("x")
    f = function([x], T.arange(x) * 2)
    for stop in (3, 3, 5):
        assert not is_native(f, stop)
        np.testing.assert_array_equal(f(stop), 2 * np.arange(stop))


def test_other_back_ends_are_called_as_ever():
    x = T.dvector("x")
    f = function([x], 2 * x, mode="reference")
    assert type(f) is Function
    assert not is_native(f, VALUES)


def test_nothing_is_native_where_objects_lie_otherwise(monkeypatch):
    from symgraph.backends.llvm import runtime

    monkeypatch.setattr(runtime, "verified", lambda: False)
    x = T.dvector("x")
    f = function([x], 2 * x)
    assert type(f) is Function
    with by_python() as calls:
        for _ in range(3):
            np.testing.assert_array_equal(f(VALUES), 2 * VALUES)
    assert len(calls) == 3
