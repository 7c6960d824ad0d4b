"""Child processes, copied while other threads of the parent call, update and compile."""

import os
import threading
import time
import warnings

import numpy as np
import pytest
from support.native_calls import is_native

import symgraph as sg
import symgraph.tensor as T
from symgraph import function, shared
from symgraph.graph import NoFork, Op

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not copied here")
# More than a loaded machine needs for what the children do.
PATIENCE = 60.0
SIZE = 60_000


@pytest.fixture(autouse=True)
def llvm():
    with (
        sg.config.change_flags(mode="llvm", floatX="float64", threads=2, cache="False"),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def in_child(check):
    """Whether `check()` holds in a child process, which must not hang."""
    child = os.fork()
    if child == 0:
        right = False
        try:
            right = bool(check())
        finally:
            os._exit(0 if right else 1)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status == 0
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return False


@pytest.fixture
def meanwhile():
    """`meanwhile(task)`: another thread does that again and again until the test is over."""
    stop, threads, failures = threading.Event(), [], []

    def start(task):
        begun = threading.Event()

        def run():
            try:
                while not stop.is_set():
                    task()
                    begun.set()
            except BaseException as error:
                failures.append(error)
                begun.set()

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        assert begun.wait(PATIENCE)

    yield start
    stop.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert failures == []


class Waiting(Op):
    """The identity; another thread may do something before it is returned."""

    def __init__(self, begun, finish):
        self.begun, self.finish = begun, finish

    def output_types(self, x):
        return [x.type]

    def perform(self, node, x):
        self.begun.set()
        assert self.finish.wait(PATIENCE)
        return (np.array(x),)


def test_a_child_updates_what_another_thread_was_updating():
    begun, finish = threading.Event(), threading.Event()
    s = shared(np.zeros(SIZE))
    slow = function([], [], updates={s: Waiting(begun, finish)(s) + 1})
    step = function([], s.sum(), updates={s: s + 2})
    step()
    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(PATIENCE)

    def check():
        before = step()
        s.set_value(s.get_value() + 1)
        return before == 2 * SIZE and step() == 5 * SIZE and s.container.held == 0

    try:
        assert in_child(check)
    finally:
        finish.set()
        thread.join(PATIENCE)
    assert (s.get_value() == 3).all()


def test_what_the_forking_thread_holds_it_still_holds():
    s = shared(np.zeros(SIZE))
    with function([], [], updates={s: s + 1})._targets.held:
        assert in_child(lambda: s.container.held == 1)
        assert s.container.held == 1


@pytest.mark.parametrize("how", ["native", "by Python"])
def test_a_child_of_a_process_that_updates_all_the_time(meanwhile, how):
    x, s = T.dvector("x"), shared(np.zeros(SIZE))
    step = function([x], [], updates={s: T.tanh(s) + x})
    one = np.ones(SIZE)
    step(one)

    def check():
        value = s.get_value()
        step(one)
        return np.allclose(s.get_value(), np.tanh(value) + 1)

    meanwhile((lambda: step(one)) if how == "native" else lambda: step(x=one))
    assert all(in_child(check) for _ in range(5))


def test_a_child_makes_native_calls_of_what_another_thread_was_calling(meanwhile):
    x = T.dvector("x")
    f = function([x], T.exp(T.sin(x)))
    one = np.ones(SIZE)
    f(one)

    def check():
        f(one)
        return is_native(f, one)

    meanwhile(lambda: f(one))
    assert all(in_child(check) for _ in range(5))


def test_a_child_of_a_process_that_compiles_all_the_time(meanwhile):
    numbers = iter(range(10_000))

    def work():
        x, number = T.dvector("x"), float(next(numbers))
        return function([x], (x + number).sum())(np.ones(2)) == 2 + 2 * number

    for _ in range(2):
        meanwhile(work)
    assert all(in_child(work) for _ in range(5))


def test_a_child_has_threads_of_its_own():
    x = T.dmatrix("x")
    f = function([x], T.tanh(x).sum(axis=0))
    value = np.ones((2000, 500))
    f(value)

    def names():
        return {thread.name for thread in threading.enumerate()}

    def check():
        before = names()
        f(value)
        return "symgraph-1" not in before and "symgraph-1" in names()

    assert "symgraph-1" in names()
    assert in_child(check)


def test_a_fork_waits_until_all_others_have_left():
    undivided, entered, leave = NoFork(), threading.Event(), threading.Event()
    order = []

    def section():
        with undivided:
            entered.set()
            assert leave.wait(PATIENCE)
            # Once more, though a fork waits.
            with undivided:
                order.append("left")

    thread = threading.Thread(target=section)
    thread.start()
    assert entered.wait(PATIENCE)
    timer = threading.Timer(0.05, leave.set)
    timer.start()
    with undivided:
        # What the forking thread does itself does not keep it.
        assert in_child(lambda: order == ["left"] and undivided._inside == [threading.get_ident()])
    thread.join(PATIENCE), timer.join(PATIENCE)
    with undivided:
        pass
    assert (undivided._inside, undivided._forks) == ([], 0)
