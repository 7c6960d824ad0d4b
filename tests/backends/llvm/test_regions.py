"""Products, convolutions and pooling block by block with what is around them, as native code."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import budget
from support.processors import lowered_for
from support.region_networks import Net, dense, images

import symgraph as sg
import symgraph.tensor as T
from symgraph.lower.program.types import TiledRegion
from symgraph.lower.program.walk import host_statements


def regions(f):
    body = f.executable.native.program.body
    return [s for s in host_statements(body) if isinstance(s, TiledRegion)]


def made(net: Net, threads: int, whole: bool = False):
    """The network's function, on so many threads, statement by statement as a `whole`."""
    with sg.config.change_flags(threads=threads):
        if not whole:
            return sg.function(net.inputs, net.outputs, on_unused_input="ignore")
        with mock.patch("symgraph.lower.regions.find_regions", lambda program, target: None):
            return sg.function(net.inputs, net.outputs, on_unused_input="ignore")


def assert_same(net: Net) -> None:
    """Blocks make no difference to any bit, nor do threads."""
    whole = made(net, 1, whole=True)(*net.values)
    for one, same in zip(made(net, 2)(*net.values), whole, strict=True):
        np.testing.assert_array_equal(one, same)
    right = sg.function(net.inputs, net.outputs, mode="reference", on_unused_input="ignore")
    eps = np.finfo(net.values[0].dtype).eps
    for one, other in zip(whole, right(*net.values), strict=True):
        bound = 1e4 * eps * max(1.0, np.abs(other).max(initial=0))
        np.testing.assert_allclose(one, other, rtol=0, atol=bound)


@budget(2)
@given(dense())
def test_layers_of_products(net):
    assert_same(net)


@budget(2)
@given(images())
def test_layers_of_convolutions(net):
    assert_same(net)


@budget(2)
@given(st.one_of(dense(), images()))
def test_blocks_that_hold_hardly_anything(net):
    small = {"near_bytes": 1, "still_near_bytes": 4, "least_blocks": 1}
    with lowered_for(least_iteration_bytes=0, least_bytes=0, **small):
        assert_same(net)


def layer(rows: int | None, inner: int, columns: int):
    x = T.TensorType("float32", (rows, inner))("x")
    rng = np.random.default_rng(0)
    W, b = (sg.shared(rng.normal(size=s).astype("float32")) for s in ((inner, columns), columns))
    return x, W, b


def test_bias_and_activation_are_a_products_epilogue():
    x, W, b = layer(None, 300, 500)
    (region,) = regions(sg.function([x], T.tanh(T.dot(x, W) + b)))
    assert [m.axis for m in region.members] == [1, 0]


def test_the_derivative_of_an_activation_is_an_epilogue_and_so_is_the_sum_for_the_bias():
    x, W, b = layer(None, 300, 500)
    _, V, _ = layer(None, 500, 10)
    cost = T.dot(T.tanh(T.dot(x, W) + b), V).sum()
    found = regions(sg.function([x], T.grad((cost**2).sum(), [W, b])))
    assert [len(region.members) for region in found] == [2, 2]


def test_what_comes_before_a_product_is_its_prologue():
    x, W, b = layer(None, 200, 64)
    (region,) = regions(sg.function([x], T.nnet.relu(T.dot(T.exp(x), W) + b)))
    assert [m.axis for m in region.members] == [0, 0, 0]


def test_a_matrix_that_is_read_anew_for_each_block_of_rows_is_small():
    x, large, b = layer(None, 300, 500)
    _, small, _ = layer(None, 100, 500)
    assert not regions(sg.function([x], T.nnet.softmax(T.dot(x, large) + b)))
    (region,) = regions(sg.function([x], T.nnet.softmax(T.dot(x, small) + b)))
    assert [m.axis for m in region.members] == [0, 0]


def test_small_layers_stay_as_they_are():
    x, W, b = layer(20, 30, 10)
    assert not regions(sg.function([x], T.tanh(T.dot(x, W) + b)))


def test_a_profile_tells_the_time_of_a_region_by_all_its_nodes():
    x, W, b = layer(None, 300, 500)
    f = sg.function([x], T.tanh(T.dot(x, W) + b), profile=True)
    f(np.ones((200, 300), "float32"))
    timed = [[str(n.op) for n in nodes] for nodes, s in f.profile.of_nodes.items() if s and nodes]
    assert ["Dot", "add", "tanh"] in timed


@pytest.mark.parametrize("count", [0, 1, 5, 40, 100])
def test_batches_of_all_sizes_by_one_function(count):
    x = T.ftensor4("x")
    rng = np.random.default_rng(0)
    W = sg.shared((rng.normal(size=(6, 2, 5, 5)) / 10).astype("float32"))
    y = T.tanh(T.signal.pool.pool_2d(T.nnet.conv2d(x, W), (2, 2), ignore_border=True))
    f = sg.function([x], y)
    (region,) = regions(f)
    assert len(region.members) == 3
    value = rng.normal(size=(count, 2, 28, 28)).astype("float32")
    expected = sg.function([x], y, mode="reference")(value)
    np.testing.assert_allclose(f(value), expected, atol=1e-5)
