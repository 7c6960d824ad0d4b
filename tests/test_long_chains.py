"""Graphs of up to 100,000 nodes, one behind the other: nothing here recurses."""

import copy
import io
import pickle
import sys

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph import function, shared

LENGTH = 20_000
LIMIT = sys.getrecursionlimit()


def chain_of(length):
    """x, and a chain of operations of that depth on it."""
    x = T.dvector("x")
    y = x
    for number in range(length):
        y = T.sin(y) if number % 2 else y + 1.0
    return x, y


def value_and_slope(x, length):
    """What the chain gives, and its derivative, by plain NumPy."""
    slope = np.ones_like(x)
    for number in range(length):
        if number % 2:
            slope, x = slope * np.cos(x), np.sin(x)
        else:
            x = x + 1.0
    return x, slope


@pytest.fixture(scope="module")
def chain():
    yield chain_of(LENGTH)
    assert sys.getrecursionlimit() == LIMIT


def test_a_long_chain_runs_and_differentiates():
    length = 100_000
    x, y = chain_of(length)
    f = function([x], [y, sg.grad(y.sum(), x)], mode="reference")
    given = np.array([0.1, -2.0])
    value, slope = f(given)
    expected, expected_slope = value_and_slope(given, length)
    np.testing.assert_array_equal(value, expected)
    np.testing.assert_allclose(slope, expected_slope, rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_a_long_chain_copies_and_pickles(chain, copied):
    x, y = chain
    x2, y2 = copied((x, y))
    assert x2 is not x
    assert sg.graph.graph_inputs([y2])[0] is x2
    assert [node.op for node in sg.graph.toposort([y2])] == [
        node.op for node in sg.graph.toposort([y])
    ]


def test_a_function_of_a_long_chain_copies_and_pickles(chain):
    x, y = chain
    f = function([x], y, mode="reference")
    expected = f([0.3])
    for other in (copy.deepcopy(f), pickle.loads(pickle.dumps(f))):
        assert other([0.3]) == expected


def test_a_long_chain_prints(chain, tmp_path):
    _, y = chain
    formula = sg.pprint(y)
    assert formula.startswith("sin(sin(sin(")
    assert formula.count("sin") == LENGTH // 2
    tree = io.StringIO()
    sg.debugprint(y, file=tree)
    assert tree.getvalue().count("\n") == LENGTH * 3 // 2 + 1
    sg.debug.draw(y, tmp_path / "chain.dot")
    assert (tmp_path / "chain.dot").stat().st_size > LENGTH * 100


def test_a_shared_variable_whose_update_is_a_long_chain():
    s = shared(0.5, "s")
    new = s
    for _ in range(20_000):
        new = T.sin(new)
    s.default_update = new
    other = pickle.loads(pickle.dumps(s))
    function([], other, mode="reference")()
    assert 0 < other.get_value() < 0.5
    assert s.get_value() == 0.5


def test_a_graph_that_is_wide_and_shared():
    """Every node is used twice: the paths are 2**300, the nodes 300."""
    x = T.dscalar("x")
    y = x
    for _ in range(300):
        y = y * 0.25 + y * 0.75
    for mode in ("reference", "llvm"):
        value, slope = function([x], [y, sg.grad(y, x)], mode=mode)(3.0)
        assert value == pytest.approx(3, rel=1e-12)
        assert slope == pytest.approx(1, rel=1e-12)
    assert len(sg.pprint(y)) < 20_000
    assert len(sg.debugprint(y, file="str").splitlines()) < 2_000


def test_native_code_of_a_long_chain():
    length = 5_000
    x, y = chain_of(length)
    f = function([x], [y, sg.grad(y.sum(), x)], mode="llvm")
    given = np.array([0.1, -2.0])
    value, slope = f(given)
    expected, expected_slope = value_and_slope(given, length)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    np.testing.assert_allclose(slope, expected_slope, rtol=1e-9, atol=1e-300)
