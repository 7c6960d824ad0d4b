"""Many threads: calls, updates, errors, compilation and settings."""

import itertools
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph import function, shared

MODES = ["reference", "llvm"]
THREADS = 8


def in_threads(work, count=THREADS):
    """`work(number)` in as many threads, which begin together; the results in order."""
    ready = threading.Barrier(count)

    def begin(number):
        ready.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


@pytest.mark.parametrize("mode", MODES)
def test_one_function_called_from_eight_threads(mode):
    x, w = T.dmatrix("x"), shared(np.random.default_rng(0).normal(size=(20, 10)))
    h = T.tanh(T.dot(x, w))
    cost = (T.nnet.softmax(h) * h).sum()
    f = function([x], [cost, sg.grad(cost, w), h[::-1]], mode=mode)

    def work(number):
        rng = np.random.default_rng(number)
        for _ in range(30):
            # Other sizes in each call: the memory of one must not serve another meanwhile.
            given = rng.normal(size=(rng.integers(0, 50), 20))
            yield given, f(given)

    def check(number):
        return [(given, results) for given, results in work(number)]

    plain = function([x], [cost, sg.grad(cost, w), h[::-1]], mode=mode)
    for pairs in in_threads(check):
        for given, results in pairs:
            for result, expected in zip(results, plain(given), strict=True):
                np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("mode", MODES)
def test_errors_reach_the_thread_that_made_them(mode):
    x, i = T.dvector("x"), T.lscalar("i")
    f = function([x, i], x[i] * 2, mode=mode)

    def work(number):
        outcomes = []
        for turn in range(50):
            position = number if turn % 2 else 1000 + number
            try:
                outcomes.append(float(f(np.arange(10.0), position)))
            except IndexError as error:
                outcomes.append(str(error).split(" is out")[0])
        return outcomes

    for number, outcomes in enumerate(in_threads(work)):
        assert outcomes == [f"index {1000 + number}", 2.0 * number] * 25


@pytest.mark.parametrize("mode", MODES)
def test_no_update_is_lost(mode):
    count, total, x = shared(0), shared(np.zeros(100)), T.dscalar("x")
    one = function([x], updates=[(count, count + 1), (total, total + x)], mode=mode)
    two = function([x], count, updates=[(total, total + 2 * x), (count, count + 1)], mode=mode)

    def work(number):
        for _ in range(100):
            (one if number % 2 else two)(number)

    in_threads(work)
    assert count.get_value() == 100 * THREADS
    expected = 100 * sum(number * (1 if number % 2 else 2) for number in range(THREADS))
    np.testing.assert_array_equal(total.get_value(), expected)


@pytest.mark.parametrize("mode", MODES)
def test_defaults_that_stay_count_every_call(mode):
    count = T.lscalar("count")
    f = function([sg.In(count, value=0, update=count + 1)], count * 1, mode=mode)
    seen = in_threads(lambda _: [int(f()) for _ in range(100)])
    assert sorted(itertools.chain(*seen)) == list(range(100 * THREADS))


@pytest.mark.parametrize("mode", MODES)
def test_several_shared_variables_change_at_one_moment(mode):
    """No call sees one of two variables before an update and the other after it."""
    a, b = shared(np.zeros(50)), shared(np.zeros(50))
    write = function([], updates=[(a, a + 1), (b, b - 1)], mode=mode)
    read = function([], [a * 1, b * 1], mode=mode)

    def work(number):
        sums = set()
        for _ in range(200):
            if number % 2:
                write()
            else:
                first, second = read()
                sums |= set((first + second).tolist())
        return sums

    assert set().union(*in_threads(work)) == {0.0}
    assert a.get_value()[0] == 200 * THREADS / 2


def test_updates_of_the_same_variables_in_any_order_never_wait_for_each_other():
    variables = [shared(0.0) for _ in range(4)]
    functions = []
    for seed in range(6):
        order = random.Random(seed).sample(variables, 3)
        functions.append(function([], updates=[(v, v + 1) for v in order], mode="reference"))

    def work(number):
        for turn in range(200):
            functions[(number + turn) % 6]()
        return True

    assert all(in_threads(work))
    assert sum(v.get_value() for v in variables) == 3 * 200 * THREADS


@pytest.mark.parametrize("mode", MODES)
def test_functions_compiled_from_several_threads_at_once(mode):
    def work(number):
        x = T.dmatrix(f"x{number}")
        y = T.nnet.sigmoid(T.dot(x, x.T) * (number + 1)).sum(axis=number % 2)
        f = function([x], [y, sg.grad(y.sum(), x)], mode=mode)
        return f(np.eye(3) * 0.1)

    for number, (y, slope) in enumerate(in_threads(work, 6)):
        product = np.eye(3) * 0.01 * (number + 1)
        s = 1 / (1 + np.exp(-product))
        np.testing.assert_allclose(y, s.sum(axis=number % 2), rtol=1e-14)
        weight = s * (1 - s) * (number + 1)
        np.testing.assert_allclose(slope, (weight + weight.T) @ (np.eye(3) * 0.1), rtol=1e-13)


def test_one_expression_evaluated_from_several_threads():
    x = T.dscalar("x")
    y = T.exp(x) * 2
    assert in_threads(lambda number: float(y.eval({x: 0})) + number) == [
        2.0 + number for number in range(THREADS)
    ]


def test_one_thread_per_setting():
    """What one thread sets for a while concerns no other."""

    def work(number):
        with sg.config.change_flags(floatX=("float32", "float64")[number % 2]):
            time.sleep(0)
            return T.scalar().dtype

    assert in_threads(work) == ["float32", "float64"] * (THREADS // 2)


def test_native_code_runs_without_the_interpreters_lock():
    """While one thread is in native code, another one runs Python."""
    x = T.dmatrix("x")
    busy = x
    for _ in range(100):
        busy = T.exp(-busy)
    f = function([x], busy.sum(), mode="llvm")
    given = np.ones((1000, 1000))
    turns = 0
    done = threading.Event()

    def count():
        nonlocal turns
        while not done.is_set():
            turns += 1
            # Whoever wants the lock gets it here.
            time.sleep(0)

    counter = threading.Thread(target=count)
    counter.start()
    try:
        before = turns
        f(given)
        during = turns - before
    finally:
        done.set()
        counter.join()
    # With the lock held all through the call there are a few at its ends.
    assert during > 100
