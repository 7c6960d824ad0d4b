"""Updates in the memory of the old value: done where nobody can notice, and only there."""

import os
import pickle
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.native_calls import is_native
from symgraph.backends.llvm.cpython import forking
from symgraph.backends.llvm.table_layouts import Overwriting

import symgraph as sg
import symgraph.tensor as T
from symgraph import function, shared

# Vectors whose updates hold the interpreter's lock, and such whose updates give it away.
SIZES = {"short": 10, "long": 60_000}


@pytest.fixture(autouse=True)
def llvm():
    with sg.config.change_flags(mode="llvm", floatX="float64"):
        yield


@pytest.fixture(params=SIZES.values(), ids=SIZES.keys())
def size(request):
    return request.param


def step(s, count=1):
    """s becomes s + 1, at every call natively from now on."""
    f = function([], [], updates={s: s + 1})
    for _ in range(count + 1):
        f()
    assert is_native(f)
    return f


def address(s):
    return s.get_value(borrow=True).__array_interface__["data"][0]


def test_the_memory_stays(size):
    s = shared(np.zeros(size))
    f = step(s)
    before = address(s)
    for _ in range(5):
        f()
    assert address(s) == before
    np.testing.assert_array_equal(s.get_value(), 8)


def test_rows_are_changed_where_they_are():
    s, i, u = shared(np.zeros((1000, 8)), "s"), T.lvector("i"), T.dmatrix("u")
    f = function([i, u], [], updates={s: T.inc_subtensor(s[i], u)})
    assert f.executable.native.program.overwrites == {0: 2}
    rows, change = np.array([3, 7, 3]), np.ones((3, 8))
    f(rows, change)
    before = address(s)
    for _ in range(3):
        f(rows, change)
    assert address(s) == before
    np.testing.assert_array_equal(s.get_value()[[3, 7, 0], 0], [8, 4, 0])
    with pytest.raises(IndexError, match="index 1000 is out of bounds"):
        f(np.array([3, 7, 1000]), change)
    assert address(s) == before
    assert s.get_value().sum() == 12 * 8


@pytest.mark.parametrize(
    "hold",
    [
        lambda s: s.get_value(borrow=True),
        lambda s: s.get_value(borrow=True)[::2],
        lambda s: memoryview(s.get_value(borrow=True)),
        lambda s: s.container,
        lambda s: shared(s.get_value(borrow=True), borrow=True),
        lambda s: function([], s),
    ],
)
def test_what_others_hold_stays_as_it_is(hold, size):
    s = shared(np.zeros(size))
    f = step(s)
    held = hold(s)
    if isinstance(held, sg.graph.Container):
        held = held.value
    elif callable(held):
        held = held()
    elif hasattr(held, "get_value"):
        held = held.container.value
    assert is_native(f)
    assert is_native(f)
    np.testing.assert_array_equal(np.asarray(held), 3)
    np.testing.assert_array_equal(s.get_value(), 5)


def test_weak_references_count(size):
    s = shared(np.zeros(size))
    f = step(s)
    weak = weakref.ref(s.get_value(borrow=True))
    f()
    # The old array is no more: nobody could have come by it meanwhile.
    assert weak() is None
    before = address(s)
    f()
    assert address(s) == before


def test_memory_of_others_is_not_written():
    given = np.zeros(20)
    s = shared(given, borrow=True)
    f = step(s)
    np.testing.assert_array_equal(given, 0)
    given = np.zeros(40)
    s.set_value(given[:20], borrow=True)
    del f
    f = step(s)
    np.testing.assert_array_equal(given, 0)
    fixed = np.frombuffer(bytes(160))
    s.set_value(fixed, borrow=True)
    del fixed
    f()
    np.testing.assert_array_equal(s.get_value(), 1)


def test_one_container_under_two_names(size):
    s = shared(np.zeros(size))
    twin = s.clone()
    f = function([], twin - s, updates={s: s + twin + 1})
    for expected in (1, 3, 7):
        np.testing.assert_array_equal(f(), 0)
        np.testing.assert_array_equal(s.get_value(), expected)


def test_other_variables_see_old_values(size):
    s, t = shared(np.zeros(size)), shared(np.ones(size))
    f = function([], [s * 1, t.sum()], updates=[(s, t + 1), (t, s[::-1] + t)])
    expected = np.zeros(size), np.ones(size)
    for _ in range(4):
        first, total = f()
        np.testing.assert_array_equal(first, expected[0])
        assert total == expected[1].sum()
        expected = expected[1] + 1, expected[0][::-1] + expected[1]
    np.testing.assert_array_equal(t.get_value(), expected[1])


def test_copies_of_functions_update_their_own(size):
    s, t = shared(np.zeros(size)), shared(np.full(size, 5.0))
    f = step(s)
    g = f.copy(swap={s: t})
    g(), g(), f()
    np.testing.assert_array_equal(s.get_value(), 4)
    np.testing.assert_array_equal(t.get_value(), 7)


def test_memory_counts_once():
    s = shared(np.zeros(100_000))
    use = function([], [], updates={s: s + 1}).memory()
    assert use.inputs == use.peak == 800_000


@given(st.data())
def test_updates_mean_the_same_whoever_looks(data):
    """Random steps by random updates, beside plain NumPy; values kept on the way do not change."""
    s, t, x = shared(np.arange(4.0)), shared(np.ones(4)), T.dvector("x")
    steps = [
        (function([x], [], updates={s: s * 2 + x}), lambda s, t, x: (s * 2 + x, t)),
        (function([x], [], updates=[(s, t), (t, s * x)]), lambda s, t, x: (t, s * x)),
        (function([x], [], updates=[(s, s + t), (t, t * x)]), lambda s, t, x: (s + t, t * x)),
        (
            function([x], [], updates={t: T.set_subtensor(t[1:3], s[::2] + x[0])}),
            lambda s, t, x: (s, np.concatenate([t[:1], s[::2] + x[0], t[3:]])),
        ),
    ]
    expected, kept = (np.arange(4.0), np.ones(4)), []
    for _ in range(data.draw(st.integers(1, 12))):
        run, meaning = data.draw(st.sampled_from(steps))
        value = np.array(data.draw(st.lists(st.integers(-2, 2), min_size=4, max_size=4)), float)
        if data.draw(st.booleans()):
            held = data.draw(st.sampled_from([s, t])).get_value(borrow=True)
            kept.append((held, held.copy()))
        if data.draw(st.booleans()):
            kept = kept[1:]
        run(value)
        expected = meaning(*expected, value)
        np.testing.assert_array_equal(s.get_value(), expected[0])
        np.testing.assert_array_equal(t.get_value(), expected[1])
        for held, copy in kept:
            np.testing.assert_array_equal(held, copy)


# --- several threads ---


@pytest.fixture
def running():
    """An s that is updated in place, over and over, by another thread."""
    s = shared(np.zeros(SIZES["long"]), "s")
    f, stop = step(s), threading.Event()

    def run():
        while not stop.is_set():
            f()

    with ThreadPoolExecutor(1) as pool:
        updating = pool.submit(run)
        yield s
        stop.set()
        updating.result(60)
    assert forking.words[Overwriting.RUNNING] == 0
    assert s.container.waiting == 0


def assert_whole(value):
    assert value[0] == value[-1]
    assert value.min() == value.max()


def test_nobody_sees_half_a_value(running):
    s = running
    x = T.dvector("x")
    negative = function([x], x - s)
    readers = [
        s.get_value,
        lambda: s.get_value(borrow=True),
        function([], s),
        function([], s * 1),
        function([], s + 0, mode="reference"),
        lambda: -negative(x=np.zeros(SIZES["long"])),
        lambda: pickle.loads(pickle.dumps(s)).get_value(),
    ]
    seen = 0.0
    for _ in range(30):
        for read in readers:
            value = read()
            assert_whole(value)
            # Time does not go back.
            assert value[0] >= seen
            seen = value[0]


def test_what_was_borrowed_does_not_change(running):
    for _ in range(50):
        value = running.get_value(borrow=True)
        copy = value.copy()
        for _ in range(3):
            np.testing.assert_array_equal(value, copy)


def test_values_of_one_moment(running):
    """Two variables of which one is overwritten, as nobody else has it, and one is not."""
    s, t = shared(np.zeros(SIZES["long"])), shared(np.zeros(SIZES["long"]))
    both = function([], [], updates=[(s, s + 1), (t, t + 1)])
    difference = function([], abs(s - t).max())
    slowly = function([], abs(s - t).max(), mode="reference")
    both(), difference(), slowly()
    stop = threading.Event()

    def run():
        while not stop.is_set():
            both()

    with ThreadPoolExecutor(1) as pool:
        updating = pool.submit(run)
        for _ in range(100):
            held = t.get_value(borrow=True)
            assert difference() == 0
            assert slowly() == 0
            del held
        stop.set()
        updating.result(60)


def test_functions_that_read_what_others_overwrite():
    """Each of two functions reads what the other one updates: nobody waits for ever."""
    s, t = shared(np.ones(SIZES["long"])), shared(np.ones(SIZES["long"]))
    one = function([], [], updates={s: T.tanh(s + t)})
    other = function([], [], updates={t: T.tanh(s - t)})
    both = function([], [], updates=[(s, s * 0.5), (t, t * 0.5)])
    total = function([], (s + t).sum())

    def run(f):
        for _ in range(150):
            f()

    with ThreadPoolExecutor(8) as pool:
        tasks = [pool.submit(run, f) for f in (one, other, both, total) for _ in range(2)]
        for task in tasks:
            task.result(120)
    assert s.container.held == t.container.held == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not copied here")
@pytest.mark.filterwarnings("ignore:This process")
def test_child_processes_find_whole_values(running):
    for _ in range(20):
        child = os.fork()
        if child == 0:
            value = running.container.present
            os._exit(int(value.min() != value.max()))
        assert os.waitpid(child, 0)[1] == 0
    assert forking.words[Overwriting.PAUSED] == 0
