"""Calls of one function on OpenCL: repeated with other numbers, failing, from several threads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from symgraph.backends.opencl import schedule

import symgraph as sg
import symgraph.tensor as T


@pytest.fixture
def followed(monkeypatch):
    """The runs that followed the steps of a program, which repeated ones do not."""
    runs = []
    finish = schedule.Run.finish

    def finished(run):
        runs.append(run)
        return finish(run)

    monkeypatch.setattr(schedule.Run, "finish", finished)
    return runs


def network(mode, shape, layer):
    """A step of descent on a batch of data that the device has, by the batch's index."""
    rng = np.random.default_rng(0)
    data = sg.shared(rng.normal(size=shape).astype("float32"))
    i, x = T.lscalar("i"), T.TensorType("float32", (None,) * len(shape))("x")
    w, y = layer(x, rng)
    cost = (y**2).sum()
    batch = {x: data[i * 4 : (i + 1) * 4]}
    return sg.function(
        [i], cost, updates=[(w, w - 0.01 * sg.grad(cost, w))], givens=batch, mode=mode
    )


def dense(x, rng):
    w = sg.shared(rng.normal(size=(5, 3)).astype("float32"))
    return w, T.tanh(x @ w)


def convolution(x, rng):
    w = sg.shared(rng.normal(size=(3, 2, 2, 2)).astype("float32"))
    return w, T.signal.pool.pool_2d(T.tanh(T.nnet.conv2d(x, w)), (2, 2), ignore_border=True)


@pytest.mark.parametrize(("shape", "layer"), [((24, 5), dense), ((24, 2, 5, 5), convolution)])
def test_another_batch_repeats_the_launches(followed, shape, layer):
    f, truth = (network(mode, shape, layer) for mode in ("opencl", "reference"))
    for index in (0, 3, 1, 5, 0, 2, 4, 3):
        np.testing.assert_allclose(f(index), truth(index), rtol=1e-4)
    assert len(followed) == 1


def test_numbers_of_a_loop_are_those_of_each_iteration(followed):
    x, start = T.dvector("x"), T.lscalar("start")
    wide, _ = sg.scan(
        lambda k, total: total + T.exp(x[start + k : start + k + 2]).sum(), T.arange(3), T.zeros(())
    )
    f, truth = (sg.function([x, start], wide, mode=mode) for mode in ("opencl", "reference"))
    values = np.linspace(0, 1, 9)
    for first in (0, 2, 4, 0):
        np.testing.assert_allclose(f(values, first), truth(values, first))


def test_a_failed_check_is_seen_each_time_and_forgotten():
    x, at = T.dmatrix("x"), T.lvector("at")
    stored = sg.shared(np.zeros((2, 4)))
    f = sg.function([x, at], x[at] + 1, updates=[(stored, x[at])], mode="opencl")
    value = np.arange(12.0).reshape(3, 4)
    for places in ([0, 2], [0, 9], [1, 1], [9, 0], [7, 7], [2, 0]):
        before = stored.get_value()
        if max(places) < 3:
            np.testing.assert_array_equal(f(value, np.array(places)), value[places] + 1)
            np.testing.assert_array_equal(stored.get_value(), value[places])
            continue
        with pytest.raises(IndexError, match=f"index {max(places)} is out of bounds .* size 3"):
            f(value, np.array(places))
        np.testing.assert_array_equal(stored.get_value(), before)


def test_threads_share_a_function_and_see_their_own_errors():
    x, at = T.dmatrix("x"), T.lscalar("at")
    f = sg.function([x, at], [x @ x.T, x[T.cast(x[0, 0], "int64")] + at], mode="opencl")

    def work(seed):
        rng = np.random.default_rng(seed)
        for _ in range(12):
            value = rng.normal(size=(rng.integers(1, 5), 3))
            row = int(rng.integers(0, 6))
            value[0, 0] = row
            if row < len(value):
                square, taken = f(value, seed)
                np.testing.assert_allclose(square, value @ value.T)
                np.testing.assert_allclose(taken, value[row] + seed)
            else:
                with pytest.raises(IndexError, match=f"index {row} .* size {len(value)}"):
                    f(value, seed)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, seed) for seed in range(4)]:
            done.result()


def test_steps_of_a_loop_take_more_and_more_memory():
    """Each step sorts a longer part of a vector."""
    x, n = T.vector("x", dtype="float32"), T.lscalar("n")

    def step(i):
        return T.sort(T.exp(x[: i + 1]) * 2)[-1]

    outputs, _ = sg.scan(step, sequences=[T.arange(n)])
    f = sg.function([x, n], outputs, mode="opencl")
    values = np.random.default_rng(0).standard_normal(5000).astype("float32")
    wanted = np.maximum.accumulate(np.exp(values[:40]) * 2)
    for _ in range(2):
        np.testing.assert_allclose(f(values, 40), wanted, rtol=1e-6)
