"""Ctrl-C, and other signals, while native code runs."""

import faulthandler
import os
import signal
import threading
from contextlib import contextmanager

import numpy as np
import pytest
from support.native_calls import is_native

import symgraph as sg
import symgraph.tensor as T
from symgraph import function, shared
from symgraph.graph import Op
from symgraph.lower.analysis.polling import Patience
from symgraph.lower.program.types import Loop
from symgraph.lower.program.walk import host_statements
from symgraph.lower.target import Target

# Steps that take hours: a test that ends has been heard.
FOR_EVER = 2**40
# Seconds after which a test that hangs ends the process, with a traceback.
HANGS = 240
# Seconds between signals, until one is heard.
AGAIN = 0.05

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no such signals here")


@pytest.fixture(autouse=True, params=[1, 2], ids=["one thread", "two threads"])
def llvm(request):
    flags = {"mode": "llvm", "floatX": "float64", "threads": str(request.param)}
    faulthandler.dump_traceback_later(HANGS, exit=True)
    with sg.config.change_flags(**flags):
        yield
    faulthandler.cancel_dump_traceback_later()


@contextmanager
def signals(handle):
    """Send this process one SIGINT after the other; `handle(number)` is what the handler does. None
    comes behind the block, and what comes while the handler runs, on a busy machine, is let go."""
    over, handling, count = threading.Event(), threading.Event(), iter(range(10**6))

    def handler(*_):
        if over.is_set() or handling.is_set():
            return
        handling.set()
        try:
            handle(next(count))
        finally:
            handling.clear()

    def send():
        while not over.wait(AGAIN):
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, handler)
    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        over.set()
        sender.join()
        signal.signal(signal.SIGINT, before)


def assert_heard(call, first=0):
    """The handler of this signal raises; those of the signals before it return."""

    def handle(number):
        if number == first:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), signals(handle):
        call()


def scan_of_numbers():
    n = T.lscalar("n")
    values, _ = sg.scan(lambda a: a * 1.5 % 7, outputs_info=[T.constant(1.0)], n_steps=n)
    return [n], values[-1], (FOR_EVER,), (10,)


def scan_until():
    n = T.lscalar("n")
    values, _ = sg.scan(
        lambda a: (a * 1.5 % 7, sg.until(a < 0)), outputs_info=[T.constant(1.0)], n_steps=n
    )
    return [n], values[-1], (FOR_EVER,), (10,)


def scan_of_products():
    n, A = T.lscalar("n"), T.dmatrix("A")
    values, _ = sg.scan(lambda a: T.tanh(A.dot(a)), outputs_info=[T.ones((3,))], n_steps=n)
    return [A, n], values[-1], (np.eye(3), FOR_EVER), (np.eye(3), 10)


def long_sum():
    n, x = T.lscalar("n"), T.dscalar("x")
    return [x, n], T.alloc(x, n).sum(), (1.0, FOR_EVER), (1.0, 10)


def sum_over_the_first_axis():
    n, x = T.lscalar("n"), T.dvector("x")
    total = T.alloc(x, n, x.shape[0]).sum(axis=0)
    return [x, n], total, (np.ones(3), FOR_EVER), (np.ones(3), 10)


def sum_over_the_last_axis():
    n, x = T.lscalar("n"), T.dvector("x")
    total = T.alloc(x[:, None], x.shape[0], n).sum(axis=1)
    return [x, n], total, (np.ones(2), FOR_EVER), (np.ones(2), 10)


def large_sort():
    x = T.dvector("x")
    return [x], T.sort(x), (np.random.RandomState(0).rand(3 * 10**7),), (np.array([2.0, 1.0]),)


def large_product():
    A, B = T.dmatrices("A", "B")
    large = np.ones((2500, 4000))
    return [A, B], A.dot(B), (large, large.T.copy()), (np.eye(2), np.eye(2))


def large_convolution():
    x, w = T.dtensor4("x"), T.dtensor4("w")
    large = np.ones((16, 64, 128, 128)), np.ones((64, 64, 5, 5))
    return [x, w], T.nnet.conv2d(x, w), large, (np.ones((1, 1, 5, 5)), np.ones((1, 1, 2, 2)))


CALLS = [
    scan_of_numbers, scan_until, scan_of_products, long_sum, sum_over_the_first_axis,
    sum_over_the_last_axis, large_sort, large_product, large_convolution,
]  # fmt: skip


@pytest.mark.parametrize("make", CALLS, ids=lambda make: make.__name__)
def test_long_calls_are_left(make):
    inputs, output, long, short = make()
    s = shared(np.zeros(3), "s")
    f = function(inputs, output, updates={s: s + 1})
    expected = function(inputs, output, mode="reference")(*short)
    # By way of Python, then natively if the extents are those of the short call.
    for count in (0, 3):
        for _ in range(count):
            f(*short)
        before = s.get_value()
        assert_heard(lambda: f(*long))
        np.testing.assert_array_equal(s.get_value(), before)
        np.testing.assert_allclose(f(*short), expected)
        np.testing.assert_array_equal(s.get_value(), before + 1)


def test_a_call_goes_on_where_no_handler_raises():
    inputs, output, long, short = scan_of_numbers()
    f = function(inputs, output)
    for _ in range(3):
        f(*short)
    assert is_native(f, *short)
    assert_heard(lambda: f(*long), first=4)
    # A call that is long enough for some signals, and ends.
    seen = []
    with signals(seen.append):
        while len(seen) < 2:
            result = f(10**7)
    np.testing.assert_array_equal(result, f(10**7))


def test_errors_of_other_handlers_pass():
    inputs, output, long, _ = scan_of_numbers()
    f = function(inputs, output)

    def late(*_):
        raise TimeoutError("late")

    before = signal.signal(signal.SIGALRM, late)
    try:
        for _ in range(2):
            signal.setitimer(signal.ITIMER_REAL, AGAIN)
            with pytest.raises(TimeoutError, match="late"):
                f(*long)
    finally:
        signal.signal(signal.SIGALRM, before)


def overwriting():
    """A function that adds 1 to s where it is, after a scan of n steps; it has been called."""
    (n,), output, _, _ = scan_of_numbers()
    s = shared(np.zeros(1000), "s")
    f = function([n], output, updates={s: s + 1})
    for _ in range(4):
        f(3)
    assert is_native(f, 3)
    return f, s


def test_handlers_find_the_old_values_and_may_call_the_function():
    f, s = overwriting()
    seen = []

    def handle(number):
        seen.append(s.get_value())
        if number == 1:
            f(3)
            assert s.get_value()[0] == seen[0][0] + 1
        elif number == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), signals(handle):
        f(FOR_EVER)
    assert [value[0] for value in seen] == [5, 5, 6, 6]
    np.testing.assert_array_equal(s.get_value(), 6)
    f(3)
    np.testing.assert_array_equal(s.get_value(), 7)


def test_what_a_handler_keeps_is_not_overwritten():
    f, s = overwriting()
    kept = []

    def handle(number):
        if number == 0:
            kept.append(s.get_value(borrow=True))

    with signals(handle):
        while not kept:
            f(10**7)
    np.testing.assert_array_equal(s.get_value(), f.get_shared()[0].get_value())
    before = kept[0].copy()
    f(3)
    np.testing.assert_array_equal(kept[0], before)


def test_what_a_handler_sets_is_there_after_the_interrupt():
    f, s = overwriting()

    def handle(number):
        if number == 0:
            s.set_value(np.full(1000, 100.0))
        elif number == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), signals(handle):
        f(FOR_EVER)
    np.testing.assert_array_equal(s.get_value(), 100)
    f(3)
    np.testing.assert_array_equal(s.get_value(), 101)


def test_calls_of_other_threads_are_not_left_and_keep_nobody_waiting():
    inputs, output, _, _ = scan_of_numbers()
    f = function(inputs, output)
    f(10)
    steps, results = 5 * 10**7, []
    worker = threading.Thread(target=lambda: results.append(f(steps)))
    worker.start()
    assert_heard(lambda: threading.Event().wait())
    worker.join()
    np.testing.assert_array_equal(results, [f(steps)])


def test_calls_of_a_child_process_are_left():
    inputs, output, long, short = long_sum()
    f = function(inputs, output)
    f(*short)
    child = os.fork()
    if not child:
        status = 1
        try:
            assert_heard(lambda: f(*long))
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert_heard(lambda: f(*long))


class Slow(Op):
    """Takes for ever, in Python."""

    def output_types(self, x):
        return [x.type]

    def perform(self, node, x):
        while x[0] > 0:
            pass
        return (x.copy(),)


def test_operations_in_python_are_left():
    x, s = T.dvector("x"), shared(np.zeros(3), "s")
    f = function([x], Slow()(x), updates={s: s + 1})
    assert f.fallbacks()
    for _ in range(2):
        assert_heard(lambda: f(np.ones(2)))
        np.testing.assert_array_equal(f(np.zeros(2)), 0)
    np.testing.assert_array_equal(s.get_value(), 2)


def test_values_are_overwritten_behind_all_loops():
    f, _ = overwriting()
    program, first = f.executable.native.program, f.executable.native.outline.overwriting
    assert program.overwrites
    assert not any(isinstance(s, Loop) for s in host_statements(program.body[first:]))
    assert any(isinstance(s, Loop) for s in host_statements(program.body[:first]))


def test_loops_overwrite_nothing():
    n, s = T.lscalar("n"), shared(np.zeros(5), "s")
    values, _ = sg.scan(lambda a: a + 1, outputs_info=[T.zeros((5,))], n_steps=n)
    f = function([n], [], updates={s: values[-1]})
    assert not f.executable.native.program.overwrites
    f(3)
    np.testing.assert_array_equal(s.get_value(), 3)


def test_kernels_poll_only_where_they_take_long():
    x = T.dmatrix("x")
    f = function([x], T.exp(x).sum(axis=1))
    f(np.ones((3, 4)))
    assert [native.outline.patient for native in f.executable.programs] == [False]
    patience = Patience(f.executable.native.program, Target())
    assert not patience.is_needed(((1000, 1000),))
    assert patience.is_needed(((10**6, 10**6),))
