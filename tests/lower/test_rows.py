"""What is reduced along rows, and used in them again, is one nest that computes nothing twice."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lowering import assert_lowers
from support.program_loops import functions, kernels, program_of, within

import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.lower.program.types import Compute, Loop

EXPENSIVE = ("exp", "log", "tanh", "sqrt", "true_div")


def normalised(x):
    return (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)


def logsumexp(x):
    top = x.max(axis=1, keepdims=True)
    return T.log(T.exp(x - top).sum(axis=1)) + top[:, 0]


ROWS = {
    "softmax": T.nnet.softmax,
    "logarithm of softmax": lambda x: T.log(T.nnet.softmax(x)),
    "shifted": lambda x: T.exp(x - x.max(axis=1, keepdims=True)),
    "normalised": normalised,
    "share": lambda x: x / x.sum(axis=1, keepdims=True),
    "weighted": lambda x: T.tanh(x) * (T.tanh(x) * x).sum(axis=1, keepdims=True),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows_are_one_nest(name):
    x = T.dmatrix("x")
    assert len(kernels(program_of([x], ROWS[name](x)))) == 1


@pytest.mark.parametrize("name", ROWS)
def test_nothing_expensive_is_computed_twice(name):
    x = T.dmatrix("x")
    found = functions(program_of([x], ROWS[name](x)))
    # Of two quotients one may be each row's.
    limits = {"true_div": 3, "sqrt": 1, "exp": 1, "log": 1, "tanh": 2}
    assert all(found.count(fn) <= limits[fn] for fn in EXPENSIVE), found
    assert found.count("exp") == ("softmax" in name or name == "shifted")


def test_a_value_and_its_gradient_share_their_exponentials():
    x = T.dmatrix("x")
    y = T.nnet.softmax(x)
    program = program_of([x], y, T.grad(T.sqr(y).sum(), x))
    assert functions(program).count("exp") == 1


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("shape", [(3, 4), (1, 5), (4, 1), (0, 3), (1, 1), (2, 33)])
@pytest.mark.parametrize("known", [False, True])
def test_rows_mean_what_their_nodes_mean(name, shape, known):
    x = TensorType("float64", shape if known else (None, None))("x")
    value = np.random.default_rng(1).normal(size=shape)
    with np.errstate(all="ignore"):
        assert_lowers([x], [ROWS[name](x)], [value], rtol=1e-12)


@given(st.data())
def test_rows_of_any_rank(data):
    """The reduced axes are the last ones: how many is drawn, and what comes of each row."""
    shape = tuple(data.draw(st.lists(st.integers(0, 3), min_size=2, max_size=4)))
    first = data.draw(st.integers(1, len(shape) - 1))
    axes = tuple(range(first, len(shape)))
    value = np.random.default_rng(data.draw(st.integers(0, 99))).integers(-3, 4, shape)
    x = TensorType("float64", [None] * len(shape))("x")
    kept = data.draw(st.booleans())
    total = x.sum(axis=axes, keepdims=True)
    outputs = [x * total + data.draw(st.integers(0, 2)), T.sqr(total) - 1]
    if kept:
        outputs.append((x - total).sum(axis=axes))
    if data.draw(st.booleans()):
        outputs.append((x * total).sum(axis=0))
    if data.draw(st.booleans()):
        outputs.append((x + T.sqr(total)).sum())
    assert_lowers([x], outputs, [value.astype("float64")])


def test_a_row_is_also_used_by_rows_of_another_length():
    x, y = T.dmatrix("x"), T.dmatrix("y")
    total = x.sum(axis=1, keepdims=True)
    values = [np.arange(6.0).reshape(2, 3), np.arange(8.0).reshape(2, 4)]
    assert_lowers([x, y], [x - total, y - total, total], values)


def test_rows_of_two_kinds_in_one_space():
    """What is reduced over the last axis and over the last two meets in one expression."""
    x = T.TensorType("float64", (None, None, None))("x")
    one, two = x.sum(axis=2, keepdims=True), x.sum(axis=(1, 2), keepdims=True)
    assert_lowers([x], [x * one + two, x - two], [np.arange(24.0).reshape(2, 3, 4)])


def test_a_long_expression_of_rows_is_cut():
    """More than one kernel holds: later ones find the rows' numbers in memory."""
    x = T.dmatrix("x")
    total = x.sum(axis=1, keepdims=True)
    y = x
    for step in range(60):
        y = y * total - step if step % 2 else y + total
    value = np.array([[1.0, -1.0, 1.0], [0.0, 1.0, -2.0]])
    program = assert_lowers([x], [y, total], [value])
    assert len(kernels(program)) > 1


def test_broadcasting_that_only_running_shows():
    x, y = T.dmatrix("x"), T.dmatrix("y")
    z = x + y
    outputs = [z / T.exp(z).sum(axis=1, keepdims=True)]
    value = np.arange(6.0).reshape(2, 3)
    for other in (value, value[:1], value[:, :1], value[:1, :1]):
        assert_lowers([x, y], outputs, [value, other], rtol=1e-12)


def test_half_precision_is_summed_in_single():
    x = T.TensorType("float16", (None, None))("x")
    value = np.full((2, 3000), 0.5, "float16")
    value[:, ::3] = 0.25
    assert_lowers([x], [x / x.sum(axis=1, keepdims=True)], [value], rtol=1e-3)


@pytest.mark.parametrize("keepdims", [False, True])
def test_slow_functions_of_rows_numbers_run_along_the_rows(keepdims):
    """What no row needs is computed for all of them at once: there the loop is a vector's."""
    x = T.dmatrix("x")
    total = T.exp(x).sum(axis=1, keepdims=keepdims)
    made = program_of([x], T.log(total) + 1)
    rows, tail = kernels(made)
    assert "log" not in [s.fn for s in within(rows.body) if isinstance(s, Compute)]
    assert [s.fn for s in within(tail.body) if isinstance(s, Compute)] == ["log", "add"]
    assert len([s for s in within(tail.body) if isinstance(s, Loop)]) == 1
    # A square is no reason to store a number and load it again,
    shifted = T.exp(x - x.max(axis=1, keepdims=True)).sum(axis=1, keepdims=keepdims)
    assert len(kernels(program_of([x], T.sqr(shifted)))) == 1
    # but without it rows are no rows, and the loops follow memory.
    assert len(kernels(program_of([x], T.sqr(total)))) == 2


@pytest.mark.parametrize("axes", [0, 1, 2, (0, 1), (1, 2), (0, 2), (0, 1, 2)], ids=str)
def test_means_go_through_memory_as_sums_do(axes):
    """A mean is a sum by its loops, whichever axes lie where in memory."""
    x = T.dtensor3("x")

    def loops(y):
        return len([s for s in within(kernels(program_of([x], y))[0].body) if isinstance(s, Loop)])

    for order in itertools.permutations(range(3)):
        turned = x.transpose(order)
        assert loops(turned.mean(axis=axes)) == loops(turned.sum(axis=axes))


@given(st.data())
def test_tails_of_rows(data):
    x = T.dmatrix("x")
    total, top = T.exp(x).sum(axis=1, keepdims=True), x.max(axis=1)
    parts = [
        T.log(total[:, 0]) + top,
        T.log(total) * 2,
        T.exp(x - T.log(total)),
        T.tanh(top).dimshuffle(0, "x") + x,
        T.tanh(top).dimshuffle("x", 0),
        T.log(total).sum(),
        T.sqrt(T.log(total) ** 2),
    ]
    chosen = data.draw(st.lists(st.sampled_from(parts), min_size=1, max_size=4, unique=True))
    shape = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    value = np.random.default_rng(0).normal(size=shape)
    assert_lowers([x], chosen, [value], 1e-12)
