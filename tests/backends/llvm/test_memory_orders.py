"""Arguments that lie in memory in other orders of their axes, and copies across rows."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import budget
from support.processors import lowered_for
from symgraph.backends.llvm import memory_orders

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType

OPERATIONS = {
    "sums": lambda x: [x.sum(), x.sum(axis=0), x.sum(axis=-1), x.sum(axis=1)],
    "rows": lambda x: [T.nnet.softmax(x, axis=-1), T.logsumexp(x, axis=0), x.max(axis=1)],
    "places": lambda x: [x.argmax(axis=0), x.argmin(axis=-1), x.argmax()],
    "walks": lambda x: [T.cumsum(x, axis=0), T.cumsum(x, axis=-1), T.cumprod(x, axis=1)],
    "elements": lambda x: [x + 1, T.exp(x) * x[:1], x.T, x[::2, ::-1], x.flatten()],
    "maps": lambda x: [x + 1, T.exp(x) * T.tanh(x), x.flatten()],
    "sorted": lambda x: [T.sort(x, axis=-1), T.argsort(x, axis=0)],
    "products": lambda x: [T.tensordot(x, x, axes=[[0], [0]])],
}


@pytest.fixture
def small(monkeypatch):
    """Small arrays as well."""
    monkeypatch.setattr(memory_orders, "SMALL", 0)


def programs(f):
    return f.executable._orders.made


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("order", [*itertools.permutations(range(3)), (1, 0)], ids=str)
@pytest.mark.parametrize("name", OPERATIONS)
def test_results_are_those_of_contiguous_arguments(name, order):
    x = TensorType("float64", (None,) * len(order))("x")
    f = sg.function([x], OPERATIONS[name](x), mode="llvm")
    for shape in ((5, 7, 4), (1, 6, 3), (33, 18, 20)):
        value = np.random.default_rng(0).normal(size=shape[: len(order)])
        straight = f(value)
        turned = np.ascontiguousarray(value.transpose(order)).transpose(np.argsort(order))
        for found, wanted in zip(f(turned), straight, strict=True):
            assert found.dtype == wanted.dtype
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    by_loops = name not in ("products", "sorted", "elements")
    assert bool(programs(f)) == (by_loops and list(order) != sorted(order))


@pytest.mark.usefixtures("small")
@given(data=st.data())
@budget(0.3)
def test_equal_calls_have_equal_results(data):
    """Also where there are programs enough, and where some arguments are in C order."""
    x, y = TensorType("float32", (None,) * 3)("x"), TensorType("float32", (None,) * 3)("y")
    f = sg.function([x, y], [(x * y).sum(axis=0), x.sum() + y])
    rng, shape = np.random.default_rng(1), (4, 5, 6)
    values = [rng.normal(size=shape).astype("float32") for _ in range(2)]
    seen = {}
    orders = st.tuples(*[st.permutations(range(3))] * 2)
    for pair in data.draw(st.lists(orders, min_size=3, max_size=9)):
        turned = [
            np.ascontiguousarray(v.transpose(o)).transpose(np.argsort(o))
            for v, o in zip(values, pair, strict=True)
        ]
        found = f(*turned)
        np.testing.assert_allclose(found[0], (values[0] * values[1]).sum(axis=0), rtol=1e-4)
        bits = seen.setdefault(str(pair), [v.tobytes() for v in found])
        assert bits == [v.tobytes() for v in f(*turned)]
    assert len(programs(f)) <= memory_orders.PROGRAMS


@pytest.mark.usefixtures("small")
def test_errors_are_those_of_contiguous_arguments():
    x, y = T.dmatrix("x"), T.dvector("y")
    f = sg.function([x, y], x + y, mode="llvm")
    g = sg.function([x], x.argmax(axis=0), mode="llvm")
    told = []
    for order in "CF":
        with pytest.raises(ValueError, match="input 0: x is float64") as caught:
            f(np.zeros((3, 4), order=order), np.zeros(5))
        told.append(str(caught.value))
    assert told[0] == told[1]
    with pytest.raises(ValueError, match="of nothing"):
        g(np.zeros((4, 0)).T)


@pytest.mark.usefixtures("small")
def test_updates_happen_once():
    x, total = T.dmatrix("x"), sg.shared(np.zeros((3, 2)), name="total")
    f = sg.function([x], x.sum(), updates={total: total + x}, mode="llvm")
    value = np.asfortranarray(np.arange(6.0).reshape(3, 2))
    for turn in range(1, 4):
        assert f(value) == 15
        np.testing.assert_array_equal(total.get_value(), turn * value)
    assert len(programs(f)) == 1
    total.set_value(np.asfortranarray(total.get_value()), borrow=True)
    f(value)
    np.testing.assert_array_equal(total.get_value(), 4 * value)


def test_large_graphs_and_small_arrays_are_copied():
    x = T.dmatrix("x")
    chain = x
    for _ in range(70):
        chain = T.sin(chain) + 1
    large = sg.function([x], chain, mode="llvm")
    assert large.executable._orders is None
    value = np.asfortranarray(np.random.default_rng(0).normal(size=(100, 100)))
    np.testing.assert_array_equal(large(value), large(np.ascontiguousarray(value)))
    small = sg.function([x], x + 1, mode="llvm")
    small(value[:3, :3])
    assert not programs(small)
    small(value)
    assert len(programs(small)) == 1


SIZES = (0, 1, 3, 7, 8, 9, 16, 17, 31, 33, 40)


@pytest.mark.parametrize("numbers", [{}, {"vector_bytes": 16}, {"transposing_tile": (9, 20)}])
@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "float16", "float32", "int64", "complex64", "complex128"]
)
def test_copies_across_rows(dtype, numbers):
    x = TensorType(dtype, (None, None, None))("x")
    orders = [*itertools.permutations(range(3))]
    with lowered_for(**numbers):
        outputs = [x.transpose(order).flatten() for order in orders]
        f = sg.function([x], [*outputs, x[:, 1:, :-2].transpose(0, 2, 1).flatten()], mode="llvm")
        for rows, columns in itertools.product(SIZES, SIZES):
            value = np.random.default_rng(0).integers(0, 99, (2, rows, columns)).astype(dtype)
            *found, part = f(value)
            for order, mine in zip(orders, found, strict=True):
                np.testing.assert_array_equal(mine, value.transpose(order).ravel())
            np.testing.assert_array_equal(part, value[:, 1:, :-2].transpose(0, 2, 1).ravel())


@pytest.mark.usefixtures("small")
def test_what_runs_in_python_runs_once():
    """Its errors are raised as they are; and checks that fail are told of the arguments."""
    seen = []

    @sg.as_op([T.dvector], [T.dvector])
    def odd(total):
        seen.append(total)
        if total[0] < 0:
            raise ZeroDivisionError("not below zero")
        return total

    x, y = T.dmatrix("x"), T.dvector("y")
    f = sg.function([x, y], odd(x.sum(axis=0)) + y, mode="llvm")
    value = np.asfortranarray(np.ones((3, 4)))
    np.testing.assert_array_equal(f(value, np.zeros(4)), np.full(4, 3.0))
    assert len(programs(f)) == len(seen) == 1
    with pytest.raises(ZeroDivisionError, match="not below zero"):
        f(-value, np.zeros(4))
    assert len(seen) == 2
