"""The memory of a device: its limit, and what moves between it and the host."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T

x = T.matrix("x", dtype="float32")


def test_arrays_may_take_so_much_and_no_more():
    w = sg.shared(np.ones((500, 500), "float32"), name="w")
    f = sg.function([x], x.sum(), updates={w: w + x}, mode="opencl")
    f(np.ones((500, 500), "float32"))
    with (
        sg.config.change_flags(device_memory="1"),
        pytest.raises(MemoryError, match=r"1,000,000 that arrays may take.*device_memory="),
    ):
        f(np.ones((500, 500), "float32"))
    np.testing.assert_array_equal(w.get_value(), np.full((500, 500), 2, "float32"))
    f(np.ones((500, 500), "float32"))
    np.testing.assert_array_equal(w.get_value(), np.full((500, 500), 3, "float32"))


def test_a_step_sends_its_batch_and_receives_its_cost():
    w = sg.shared(np.ones((30, 20), "float32"), name="w")
    cost = T.tanh(x.dot(w)).sum()
    f = sg.function([x], cost, updates={w: w - sg.grad(cost, w)}, mode="opencl", profile=True)
    batch = np.ones((5, 30), "float32")
    f(batch)
    before = f.profile.transfers
    f(batch)
    moved = f.profile.transfers.since(before)
    assert moved == (1, 1, batch.nbytes, 4)
    assert "received 2, 8 bytes" in str(f.profile)


def test_what_stays_on_the_device_is_sent_once():
    data = sg.shared(np.arange(60, dtype="float32").reshape(20, 3), name="data")
    i = T.lscalar("i")
    f = sg.function([i], data[i * 5 : i * 5 + 5].sum(axis=0), mode="opencl", profile=True)
    for number in range(4):
        wanted = data.get_value()[number * 5 : number * 5 + 5].sum(axis=0)
        np.testing.assert_allclose(f(number), wanted)
    assert f.profile.transfers.bytes_sent <= 4 * 8 + data.get_value().nbytes


def test_an_array_that_others_have_is_sent_by_each_call():
    own = np.ones(4, "float32")
    w = sg.shared(own, name="w", borrow=True)
    f = sg.function([], w.sum(), mode="opencl")
    assert f() == 4
    own[0] = 7
    assert f() == 10


def test_back_ends_use_a_variable_in_turn():
    w = sg.shared(np.ones(3, "float32"), name="w")
    on_device = sg.function([], [], updates={w: w * 2}, mode="opencl")
    on_host = sg.function([], w.sum(), updates={w: w + 1}, mode="llvm")
    on_device()
    assert on_host() == 6
    on_device()
    np.testing.assert_array_equal(w.get_value(), [6, 6, 6])
    w.set_value(np.zeros(3, "float32"))
    on_device()
    assert on_host() == 0
