"""Native calls from several threads at once, calls within calls, and calls that fail."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from support.native_calls import by_python, is_native
from symgraph.backends.llvm.table_layouts import ProgramMemory

import symgraph as sg
import symgraph.tensor as T
from symgraph import function, shared
from symgraph.graph import Op
from symgraph.lower.analysis.duration import Duration
from symgraph.lower.target import Target

# Vectors whose functions hold the interpreter's lock, and such whose functions give it away.
SIZES = {"short": 10, "long": 60_000}
THREADS, CALLS = 4, 150


@pytest.fixture(autouse=True)
def llvm():
    with sg.config.change_flags(mode="llvm", floatX="float64"):
        yield


@pytest.fixture(params=SIZES.values(), ids=SIZES.keys())
def size(request):
    return request.param


def at_once(*tasks):
    """Run all tasks at the same time, THREADS of each; what the first raises, if any."""
    start = threading.Barrier(THREADS * len(tasks))

    def run(task):
        start.wait()
        for _ in range(CALLS):
            task()

    with ThreadPoolExecutor(THREADS * len(tasks)) as pool:
        for done in [pool.submit(run, task) for task in tasks for _ in range(THREADS)]:
            done.result()


def test_what_is_long():
    x = T.dvector("x")
    f = function([x], T.tanh(x))
    duration = Duration(f.executable.native.program, Target())
    assert [duration.is_long([(n,)]) for n in (0, 10, 1000, 10**6)] == [False, False, False, True]


def test_products_and_branches_count():
    x, y = T.dmatrices("x", "y")
    duration = Duration(function([x, y], T.dot(x, y)).executable.native.program, Target())
    assert [duration.is_long([(n, n), (n, n)]) for n in (4, 500)] == [False, True]
    # Which of two ways is gone depends on extents.
    duration = Duration(function([x, y], T.tanh(x + y)).executable.native.program, Target())
    assert [duration.is_long([(n, n), (n, 1)]) for n in (4, 500)] == [False, True]


def test_long_calls_let_other_threads_run():
    x = T.dvector("x")
    f = function([x], T.tanh(T.sin(x)))
    one = np.ones(300_000)
    f(one)
    assert is_native(f, one)
    home, stop = f.executable.native.workspaces.words, threading.Event()

    def run():
        while not stop.is_set():
            f(one)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        # Whoever held the interpreter's lock throughout would never be seen at work.
        while not home[ProgramMemory.BUSY]:
            assert not running.done()
        stop.set()
        running.result(60)
    assert not home[ProgramMemory.BUSY]


def test_each_call_has_memory_of_its_own(size):
    x = T.dvector("x")
    f = function([x], [T.exp(x).sum() + x.sum(), x * 2])
    values = [np.full(size, float(n)) for n in range(4)]
    expected = [f(value)[0] for value in values]

    def check(position):
        total, twice = f(values[position])
        assert total == expected[position]
        assert twice[0] == twice[-1] == 2 * position

    at_once(*[lambda n=n: check(n) for n in range(4)])


def test_no_update_is_lost(size):
    x, s = T.dvector("x"), shared(np.zeros(size))
    f = function([x], [], updates={s: s + x})
    one = np.ones(size)
    at_once(lambda: f(one), lambda: f(x=one), lambda: f([1.0] * size) if size < 100 else f(one))
    np.testing.assert_array_equal(s.get_value(), 3 * THREADS * CALLS)


def test_functions_that_update_one_variable_wait_for_each_other(size):
    s, t = shared(np.zeros(size)), shared(np.zeros(size))
    both = function([], [], updates=[(s, s + 1), (t, t + 1)])
    one = function([], [], updates={t: t + 1})
    other = function([], [], updates={s: s + 1}, mode="reference")
    at_once(both, one, other)
    np.testing.assert_array_equal(s.get_value(), 2 * THREADS * CALLS)
    np.testing.assert_array_equal(t.get_value(), 2 * THREADS * CALLS)


def test_values_are_of_one_moment(size):
    s, t = shared(np.zeros(size)), shared(np.zeros(size))
    step = function([], [], updates=[(s, s + 1), (t, t + 1)])
    slow = function([], [], updates=[(t, t + 1), (s, s + 1)], mode="reference")
    look = function([], [s - t, abs(s - t).max()])
    look_slowly = function([], [s - t, abs(s - t).max()], mode="reference")

    def check(f):
        assert f()[1] == 0

    at_once(step, slow, lambda: check(look), lambda: check(look_slowly))
    np.testing.assert_array_equal(s.get_value(), 2 * THREADS * CALLS)


def test_values_are_replaced_under_running_calls():
    x, w = T.dvector("x"), shared(np.ones(60_000))
    f = function([x], (T.tanh(x) * w).sum())
    one = np.zeros(60_000) + np.arctanh(0.5)
    f(one)

    def change():
        w.set_value(np.full(60_000, 2.0))
        w.set_value(np.full(60_000, 4.0))

    def check():
        # Of 1, 2 or 4: a value that is torn between two would give something between.
        found = f(one)
        assert min(abs(found - total) for total in (30_000, 60_000, 120_000)) < 1e-6

    at_once(check, change)


def test_memory_is_given_back_under_running_calls(size):
    x = T.dvector("x")
    f = function([x], T.nnet.softmax(x).sum())
    one = np.ones(size)

    def check(value):
        np.testing.assert_allclose(f(value), 1)

    at_once(lambda: check(one), lambda: check(one[:7]), f.free)


# --- failures ---


@pytest.fixture
def picking():
    """x, i -> x[i], with an update; and the variable updated."""
    x, i, s = T.dvector("x"), T.lvector("i"), shared(0.0)
    return function([x, i], x[i], updates={s: s + x.sum()}), s


def test_a_failing_call_changes_nothing(picking):
    f, s = picking
    x = np.ones(3)
    f(x, np.array([0, 1]))
    assert is_native(f, x, np.array([0, 1]))
    assert s.get_value() == 6
    for _ in range(3):
        with (
            by_python() as calls,
            pytest.raises(IndexError, match="index 3 is out of bounds for axis 0"),
        ):
            f(x, np.array([0, 3]))
        # The message is made in Python.
        assert len(calls) == 1
    assert s.get_value() == 6
    np.testing.assert_array_equal(f(x, np.array([2, 2])), [1, 1])
    assert s.get_value() == 9


def test_a_failing_long_call_changes_nothing():
    x, i, s = T.dvector("x"), T.lvector("i"), shared(np.zeros(60_000))
    f = function([x, i], x[i], updates={s: T.tanh(s) + x})
    x, good, bad = np.ones(60_000), np.array([0, 1]), np.array([0, 60_000])
    f(x, good)
    assert is_native(f, x, good)
    before = s.get_value(borrow=True)
    with pytest.raises(IndexError, match="index 60000"):
        f(x, bad)
    assert s.get_value(borrow=True) is before
    assert s.container.held == 0
    # Nobody waits for it.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(f, x, good).result(timeout=60)


def test_failing_calls_of_many_threads(picking):
    f, s = picking
    x, good, bad = np.ones(3), np.array([0, 1]), np.array([0, 3])

    def fail():
        with pytest.raises(IndexError):
            f(x, bad)

    at_once(fail, lambda: f(x, good))
    assert s.get_value() == 3 * THREADS * CALLS


def test_updates_of_other_extents_than_the_type_tells():
    x = T.dvector("x")
    s = shared(np.ones(2), "s", shape=(2,))
    f = function([x], x.sum(), updates={s: x * 2})
    for _ in range(3):
        with pytest.raises(ValueError, match="the new value of s: .* nothing was updated"):
            f(np.ones(3))
    f(np.ones(2))
    assert is_native(f, np.ones(2))
    np.testing.assert_array_equal(s.get_value(), 2)


# --- calls within calls ---


class Calling(Op):
    """An operation that calls back while a function runs."""

    def __init__(self, callback):
        self.callback = callback

    def output_types(self, x):
        return [x.type]

    def perform(self, node, x):
        self.callback(np.array(x))
        return (x + 1,)

    def infer_shape(self, node, shapes):
        return shapes


def test_a_call_within_a_call_of_functions_that_update_one_variable(size):
    x, s, t = T.dvector("x"), shared(np.zeros(size)), shared(np.zeros(size))
    one = np.ones(size)
    inner = function([x], [], updates=[(s, s + x), (t, t + x)])
    inner(one), inner(one)
    outer = function([x], Calling(inner)(x), updates={s: s + 10})
    for _ in range(3):
        np.testing.assert_array_equal(outer(one), 2)
    # The outer call computes from the values that it began with.
    np.testing.assert_array_equal(s.get_value(), 32)
    np.testing.assert_array_equal(t.get_value(), 5)
    assert (s.container.held, t.container.held) == (0, 0)
    assert is_native(inner, one)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(inner, one).result(60)


def test_a_function_that_calls_itself():
    x, s = T.dvector("x"), shared(0.0)
    depth = []

    def again(value):
        if len(depth) < 3:
            depth.append(value)
            f(value + 1)

    f = function([x], Calling(again)(x) * 2, updates={s: s + 1})
    np.testing.assert_array_equal(f(np.zeros(2)), 2)
    assert [float(value[0]) for value in depth] == [0, 1, 2]


@pytest.fixture
def slow_step():
    """x -> nothing, which updates `s` when it is let: the function, `s`, and two events, set when
    it has begun and to let it finish."""
    x, s = T.dvector("x"), shared(np.zeros(60_000), "s")
    begun, finish = threading.Event(), threading.Event()

    def wait(_):
        begun.set()
        assert finish.wait(60)

    return function([x], [], updates={s: s * 10 + Calling(wait)(x)}), s, begun, finish


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals of another kind")
def test_waiting_is_interrupted(slow_step):
    slow, s, begun, finish = slow_step
    before, after = shared(np.zeros(60_000)), shared(np.zeros(60_000))
    f = function([], [], updates=[(v, T.tanh(v) + 1) for v in (before, s, after)])
    f()
    assert is_native(f)
    changed = before, s, after
    values = [v.get_value(borrow=True) for v in changed]
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(slow, np.ones(60_000))
        assert begun.wait(60)
        waiting = threading.get_ident()
        timer = threading.Timer(0.1, signal.pthread_kill, [waiting, signal.SIGINT])
        timer.start()
        with by_python() as calls, pytest.raises(KeyboardInterrupt):
            f()
        timer.join()
        assert calls == []
        assert all(v.get_value(borrow=True) is w for v, w in zip(changed, values, strict=True))
        # What it had, it gave back.
        others = function([], [], updates=[(v, v + 1) for v in (before, after)])
        pool.submit(others).result(60)
        finish.set()
        first.result(60)
        pool.submit(f).result(60)
    assert [v.container.held for v in (before, s, after)] == [0, 0, 0]


def test_a_call_waits_while_another_thread_computes_a_new_value(slow_step):
    slow, s, begun, finish = slow_step
    x = T.dvector("x")
    one = np.ones(60_000)
    f, look = function([x], [], updates={s: s + x}), function([], s * 1)
    f(one), f(one), look()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(slow, one)
        assert begun.wait(60)
        # What is only read does not wait.
        assert is_native(look)
        np.testing.assert_array_equal(look(), 2)
        second = pool.submit(f, one)
        with pytest.raises(TimeoutError):
            second.result(timeout=0.05)
        finish.set()
        first.result(60), second.result(60)
    np.testing.assert_array_equal(s.get_value(), 2 * 10 + 2 + 1)
