"""Whatever way a value comes to compiled code, it is of the type that the code is made for."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T
from symgraph import In, function, shared
from symgraph.graph import Apply, Constant, Op, TensorType

GOOD = np.arange(3.0)


@pytest.fixture(autouse=True, params=["llvm", "reference"], scope="module")
def mode(request):
    with sg.config.change_flags(mode=request.param, floatX="float64"):
        yield request.param


class Own(np.ndarray):
    """A class without anything of its own."""


def unaligned():
    memory = np.zeros(3 * 8 + 1, np.uint8)
    array = memory[1:].view("float64")
    array[...] = GOOD
    return array


# Values of other dtypes, ranks or kinds than a vector of float64 with three elements, and such of
# that type in any layout.
VALUES = {
    "float32": GOOD.astype("float32"),
    "float16": GOOD.astype("float16"),
    "int8": GOOD.astype("int8"),
    "bool": GOOD > 0,
    "complex": GOOD.astype("complex128"),
    "objects": GOOD.astype(object),
    "text": np.array(["a", "b", "c"]),
    "masked": np.ma.masked_array(GOOD, [True, False, False]),
    "matrix": GOOD[:, None],
    "scalar": np.float64(1.0),
    "number": 1.0,
    "None": None,
    "list": [0.0, 1.0, 2.0],
    "other byte order": GOOD.astype(GOOD.dtype.newbyteorder()),
    "unaligned": unaligned(),
    "strided": np.arange(6.0).repeat(2)[::4],
    "reversed": GOOD[::-1].copy()[::-1],
    "broadcast": np.broadcast_to(1.0, (3,)),
    "read only": np.frombuffer(GOOD.tobytes()),
    "class of its own": GOOD.view(Own),
    "empty": np.zeros(0),
    "plain": GOOD,
}


def by_container(f, s, value):
    f.container[s].value = value


def by_value(f, s, value):
    f.value[s] = value


def by_item(f, s, value):
    f[s] = value


def by_set_value(f, s, value):
    s.set_value(value)


def by_borrowing(f, s, value):
    s.set_value(value, borrow=True)


def by_nothing_but_the_container(f, s, value):
    # As an unpickled or a careless program may have it.
    s.container.present = value


WAYS = [
    by_container, by_value, by_item, by_set_value, by_borrowing, by_nothing_but_the_container,
]  # fmt: skip


@given(st.sampled_from(WAYS), st.sampled_from(sorted(VALUES)), st.booleans(), st.integers(0, 3))
def test_shared_values_are_of_their_type_or_refused(mode, way, kind, updated, calls):
    value = VALUES[kind]
    s, x = shared(np.ones(3), "s"), T.dvector("x")
    f = function([x], x + s, updates={s: s + 1} if updated else {})
    for _ in range(calls):
        f(GOOD)
    before = s.get_value()
    try:
        way(f, s, value)
    except (TypeError, ValueError) as error:
        assert "the value of s" in str(error)
        np.testing.assert_array_equal(s.get_value(), before)
        return
    for _ in range(3):
        held = s.container.value
        fits = np.shape(held) == (3,) and np.asarray(held).dtype.kind in "biuf"
        expected = GOOD + held if fits else None
        try:
            result = f(GOOD)
        except (TypeError, ValueError) as error:
            assert "s" in str(error) and ("expected" in str(error) or "broadcast" in str(error))
            assert s.container.value is held
        else:
            assert result.dtype == "float64"
            np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: setattr(a, "shape", (3, 1)), r"expected 1 dimension .* got 2: shape \(3, 1\)"),
        (lambda a: setattr(a, "dtype", "int64"), "of dtype float64, got ndarray of dtype int64"),
        (lambda a: setattr(a, "dtype", "float32"), "of dtype float64, got ndarray of dtype float"),
    ],
)
def test_arrays_that_their_owners_change_in_place(change, message):
    a = np.arange(3.0)
    s = shared(a, "s", borrow=True)
    f = function([], s * 2)
    for _ in range(4):
        f()
    change(a)
    told = rf"the shared variable s holds another value than its type says: .*{message}"
    for call in (f, lambda: function([], s * 2), f):
        with pytest.raises(TypeError, match=told):
            call()
    a.dtype, a.shape = "float64", (3,)
    np.testing.assert_array_equal(f(), [0, 2, 4])


def test_arrays_that_get_other_extents_in_place():
    a = np.arange(3.0)
    s = shared(a, "s", borrow=True)
    f = function([], s.sum())
    for _ in range(4):
        assert f() == 3
    a.resize(200_000, refcheck=False)
    a[...] = 1
    for _ in range(4):
        assert f() == 200_000


def test_extents_that_a_type_tells():
    a = np.ones((2, 3))
    s = shared(a, "s", borrow=True, shape=(2, None))
    f = function([], s.sum(axis=0))
    for _ in range(4):
        f()
    a.shape = (3, 2)
    with pytest.raises(ValueError, match=r"s holds another .* expected extent 2 on axis 0"):
        f()


@given(st.sampled_from(sorted(VALUES)), st.booleans(), st.integers(0, 3))
def test_defaults_and_arguments_are_of_their_type_or_refused(mode, kind, trusting, calls):
    value = VALUES[kind]
    x = T.dvector("x")
    f = function([In(x, value=GOOD)], x * 2, trust_input=trusting)
    for _ in range(calls):
        f(GOOD)

    def kept():
        f.container[x].value = value
        return f()

    for call in (lambda: f(value), kept, lambda: pickle.loads(pickle.dumps(f))()):
        try:
            result = call()
        except (TypeError, ValueError) as error:
            assert "x" in str(error)
        else:
            assert result.dtype == "float64"
            np.testing.assert_array_equal(result, 2 * np.asarray(value, "float64"))


def test_constants_are_of_their_type():
    with pytest.raises(TypeError, match="of dtype float64, got ndarray of dtype float32"):
        Constant(TensorType("float64", (3,)), np.ones(3, "float32"))
    with pytest.raises(ValueError, match="expected extent 3 on axis 0"):
        Constant(TensorType("float64", (3,)), np.ones(2))


class Gives(Op):
    """Whatever it was made with, as a vector of float64."""

    __props__ = ("kind",)

    def __init__(self, kind):
        self.kind = kind

    def make_node(self, x):
        return Apply(self, [x], [T.dvector().type])

    def perform(self, node, x):
        return (VALUES[self.kind],)


@given(st.sampled_from(sorted(VALUES)))
def test_results_of_performed_operations_are_of_their_type(mode, kind):
    x, s = T.dvector("x"), shared(np.zeros(3), "s")
    given_x = Gives(kind)(x)
    f = function([x], given_x * 2, updates={s: s + given_x.sum()})
    value = np.asarray(VALUES[kind])
    for _ in range(2):
        before = s.get_value()
        if value.dtype == "float64" and value.ndim == 1:
            np.testing.assert_array_equal(f(GOOD), 2 * value)
        else:
            with pytest.raises(TypeError, match="perform gave another result 0 than its output's"):
                f(GOOD)
            np.testing.assert_array_equal(s.get_value(), before)


def test_an_operation_that_gives_too_few_results():
    class Nothing(Op):
        def output_types(self, x):
            return [x.type]

        def perform(self, node, x):
            return ()

    x = T.dvector("x")
    with pytest.raises(ValueError, match="gave 0 results, and declares 1"):
        function([x], Nothing()(x))(GOOD)
