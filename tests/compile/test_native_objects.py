"""Functions whose calls are native are objects like others: attributes, copies, subclasses,
references and memory."""

import copy
import gc
import inspect
import pickle
import sys
import tracemalloc
import weakref

import numpy as np
import pytest
from support.native_calls import by_python, is_native
from symgraph.backends.llvm import table_layouts

import symgraph as sg
import symgraph.tensor as T
from symgraph import In, function, shared
from symgraph.compile.compiled import Function
from symgraph.graph import Container

VALUES = np.arange(6.0)


@pytest.fixture(autouse=True)
def llvm():
    with sg.config.change_flags(mode="llvm", floatX="float64"):
        yield


@pytest.fixture
def vector():
    x = T.dvector("x")
    f = function([x], 2 * x, name="twice")
    f(VALUES)
    return f


# --- objects ---


def test_what_a_function_tells_of_itself(vector):
    assert isinstance(vector, Function)
    assert type(vector).__name__ == "Function"
    assert type(vector).__module__ == Function.__module__
    assert inspect.getdoc(type(vector)) == inspect.getdoc(Function)
    assert repr(vector) == "<twice(x)>"
    assert callable(vector)
    assert inspect.signature(vector) == inspect.signature(Function.__call__.__get__(vector))
    assert vector.name == "twice"
    assert vector == vector and hash(vector) == hash(vector)


def test_attributes_are_set_and_deleted(vector):
    vector.note = "mine"
    assert vars(vector)["note"] == "mine"
    del vector.note
    assert not hasattr(vector, "note")
    vector.name = "other"
    assert repr(vector) == "<other(x)>"
    assert is_native(vector, VALUES)


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f)), lambda f: f.copy()],
    ids=["copy", "deepcopy", "pickle", "f.copy"],
)
def test_copies_are_native_too(copied):
    x, s = T.dvector("x"), shared(np.ones(6), "s")
    f = function([x], x * s, updates={s: s + 1}, name="f")
    f(VALUES)
    other = copied(f)
    assert type(other) is type(f)
    for turn in range(1, 4):
        np.testing.assert_array_equal(other(VALUES), VALUES * (1 + turn))
    assert is_native(other, VALUES)
    del f
    gc.collect()
    np.testing.assert_array_equal(other(VALUES), VALUES * 6)


def test_a_copy_with_other_shared_variables_reads_and_updates_those():
    x, s = T.dvector("x"), shared(np.ones(6), "s")
    t = shared(np.zeros(6), "t")
    f = function([x], x * s, updates={s: s + 1}, name="f")
    f(VALUES)
    other = f.copy(swap={s: t})
    assert is_native(other, VALUES) and is_native(other, VALUES)
    np.testing.assert_array_equal(t.get_value(), 2)
    np.testing.assert_array_equal(s.get_value(), 2)


def parts(f):
    """What another function of the same code is made from."""
    return f.specification, f.maker.fgraph, f.executable, f.maker.mode


def test_subclasses_of_functions(vector):
    class Named(Function):
        def tell(self):
            return "named"

    made = Named(*parts(vector))
    assert isinstance(made, Named) and made.tell() == "named"
    assert is_native(made, VALUES)

    class Counting(Function):
        calls = 0

        def __call__(self, *args, **kwargs):
            self.calls += 1
            return super().__call__(*args, **kwargs)

    counting = Counting(*parts(vector))
    for _ in range(3):
        np.testing.assert_array_equal(counting(VALUES), 2 * VALUES)
    assert counting.calls == 3


def test_subclasses_of_the_class_of_native_functions(vector):
    class Slotted(type(vector)):
        __slots__ = ("more",)

    made = Slotted(*parts(vector))
    made.more = [made]
    assert is_native(made, VALUES)

    class Counting(type(vector)):
        calls = 0

        def __call__(self, *args, **kwargs):
            self.calls += 1
            return super().__call__(*args, **kwargs)

    counting = Counting(*parts(vector))
    for _ in range(3):
        np.testing.assert_array_equal(counting(VALUES), 2 * VALUES)
    assert counting.calls == 3


def test_whoever_replaces_the_call_gets_all_calls(vector, monkeypatch):
    called = []
    original = Function.__call__
    monkeypatch.setattr(
        Function, "__call__", lambda self, *args: called.append(args) or original(self, *args)
    )
    x = T.dvector("x")
    f = function([x], 2 * x)
    for _ in range(3):
        np.testing.assert_array_equal(f(VALUES), 2 * VALUES)
    assert len(called) == 3


# --- references and memory ---


def test_functions_are_freed():
    x = T.dvector("x")
    f = function([x], 2 * x)
    f(VALUES), f(VALUES)
    f.itself = f
    watched = weakref.ref(f), weakref.ref(f.executable)
    del f
    gc.collect()
    assert [w() for w in watched] == [None, None]


def mixed():
    """A function of five inputs and three updates, and values for it."""
    x, y = T.dvectors("x", "y")
    i, a, w = T.lscalar("i"), T.dscalar("a"), T.dmatrix("w")
    state = [shared(np.ones(6)), shared(np.zeros((6, 6))), shared(0)]
    read = shared(np.ones(6))
    f = function(
        [x, y, i, a, w],
        [x * y + read, (w * a).sum(), x[i]],
        updates=[(state[0], state[0] + x), (state[1], state[1] + w), (state[2], state[2] + i)],
    )
    return f, state, [VALUES, VALUES + 1, 3, 0.25, np.ones((6, 6))]


def test_references_are_balanced():
    f, state, args = mixed()
    f(*args)
    named = {f"argument {n}": arg for n, arg in enumerate(args)}
    named |= {f"container {n}": s.container for n, s in enumerate(state)}
    named |= {str(d): np.dtype(d) for d in ("float64", "int64")}
    named |= {"None": None, "function": f, "list": list, "array": np.ndarray}
    named |= {
        "call": Function.__call__,
        "table": next(iter(f.executable._variants._tables.values())),
    }
    before = {name: sys.getrefcount(thing) for name, thing in named.items()}
    for _ in range(1000):
        f(*args)
        f(*args[:2], i=3, a=0.25, w=args[4])
        with pytest.raises(TypeError):
            f(*args, 1)
        with pytest.raises(IndexError):
            f(*args[:2], 6, *args[3:])
    after = {name: sys.getrefcount(thing) for name, thing in named.items()}
    assert {n: after[n] - before[n] for n in named if abs(after[n] - before[n]) > 200} == {}


def test_the_values_replaced_by_updates_are_freed():
    f, state, args = mixed()
    f(*args)
    watched = [weakref.ref(s.get_value(borrow=True)) for s in state]
    assert is_native(f, *args)
    assert [w() for w in watched] == [None] * 3


def test_results_belong_to_the_caller_alone():
    f, state, args = mixed()
    f(*args)
    results = f(*args)
    # The variable, the list, and the argument of getrefcount.
    result = results[0]
    assert sys.getrefcount(result) == 3
    assert sys.getrefcount(results) == 2
    value = state[0].container.value
    assert sys.getrefcount(value) == 3


@pytest.mark.parametrize("size", [6, 100_000])
def test_calls_leave_no_memory_behind(size):
    x, s = T.dvector("x"), shared(np.ones(size))
    f = function([x], [T.tanh(x + s), x.sum()], updates={s: T.tanh(s) + x})
    value = np.ones(size)

    def calls(number):
        for _ in range(number):
            f(value)
            with pytest.raises(TypeError):
                f(None)

    calls(20)
    gc.collect()
    tracemalloc.start()
    try:
        calls(20)
        gc.collect()
        first, _ = tracemalloc.get_traced_memory()
        calls(200)
        gc.collect()
        second, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert abs(second - first) < 20_000


def test_no_code_of_others_runs_between_reading_and_updating():
    """What replacing a value frees may call the function: it finds all updates made."""
    s, t = shared(np.zeros(3)), shared(np.zeros(3))
    f = function([], [], updates=[(s, s + 1), (t, t + 1)])
    f(), f()
    seen = []

    class Watched(np.ndarray):
        """An array whose end is noticed."""

        def __del__(self):
            seen.append((s.get_value()[0], t.get_value()[0]))
            f()

    owner = Watched(3)
    owner.fill(0)
    s.set_value(np.asarray(owner), borrow=True)
    t.set_value(np.zeros(3))
    del owner
    assert is_native(f)
    gc.collect()
    assert seen == [(1, 1)]
    assert (s.get_value()[0], t.get_value()[0]) == (2, 2)


# --- what native code relies on ---


def test_objects_lie_as_native_code_expects():
    assert table_layouts.verified()


def test_other_layouts_are_noticed(monkeypatch):
    for name in ("ARRAY_DATA", "ARRAY_DIMS", "ARRAY_NDIM", "ARRAY_DESCR", "ARRAY_FLAGS", "NUMBER"):
        with monkeypatch.context() as patched:
            patched.setattr(table_layouts, name, getattr(table_layouts, name) + 8)
            assert not table_layouts.verified.__wrapped__(), name


def test_free_threads_are_noticed(monkeypatch):
    monkeypatch.setattr(table_layouts, "has_interpreter_lock", lambda: False)
    assert not table_layouts.verified.__wrapped__()


def test_where_containers_keep_things():
    container = Container("kept")
    offset = table_layouts.slot_offset("present")
    assert table_layouts.peek(id(container), offset) == id(container.value)
    container.held = marked = object()
    assert table_layouts.peek(id(container), table_layouts.slot_offset("held")) == id(marked)
    assert table_layouts.peek(id(container), table_layouts.slot_offset("waiting")) == id(0)


def test_tables_begin_at_their_beginning():
    for table in (
        table_layouts.Argument,
        table_layouts.FunctionTable,
        table_layouts.Variant,
        table_layouts.ProgramMemory,
        table_layouts.Result,
    ):
        assert [int(entry) for entry in table] == list(range(len(table)))


def test_strict_inputs_take_no_numbers_natively():
    x = T.dscalar("x")
    f = function([In(x, strict=True)], x + 1)
    f(np.array(1.0))
    assert is_native(f, np.array(1.0))
    with by_python() as calls, pytest.raises(TypeError, match="strict"):
        f(1.0)
    assert len(calls) == 1
