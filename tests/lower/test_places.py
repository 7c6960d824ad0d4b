"""Values are computed where they are to lie: in what is joined, in what a loop keeps."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lowering import assert_lowers
from support.program_loops import functions, kernels, program_of, within

import symgraph as sg
import symgraph.tensor as T
from symgraph.lower.program.types import Compute
from symgraph.ops import BroadcastTo, IncSubtensor, Join, SpecifyShape

x, y = T.dmatrix("x"), T.dmatrix("y")
fixed = T.TensorType("float64", (3, 6))("f")
X, Y = np.arange(18.0).reshape(3, 6) / 7, np.arange(12.0).reshape(3, 4) - 5


def moves(program):
    """Kernels that only move values."""
    computing = [[s for s in within(k.body) if isinstance(s, Compute)] for k in kernels(program)]
    return [found for found in computing if not found]


def test_what_is_joined_is_computed_in_its_place():
    program = assert_lowers([fixed], [T.concatenate([T.exp(fixed), T.tanh(fixed)], axis=1)], [X])
    assert len(kernels(program)) == 1


def test_a_product_is_written_into_what_it_is_joined_with():
    joined = T.concatenate([T.dot(fixed, fixed.T), T.exp(fixed)], axis=1)
    program = assert_lowers([fixed], [joined], [X], 1e-12)
    assert not moves(program)


def test_joins_within_joins_and_parts_that_others_use():
    part = T.exp(fixed)
    inner = Join(0)(part, fixed * 2)
    outer = Join(0)(inner, part, part + 1)
    assert_lowers([fixed], [outer, part * 3, inner.sum(axis=0)], [X])


@st.composite
def joins(draw):
    """Expressions over x and y, joined in some order, on an axis."""
    pool = [x, y, T.exp(x), y * 2.0, T.dot(x, T.ones((x.shape[1], 2))), x[:, :3], T.tanh(y)]
    parts = draw(st.lists(st.sampled_from(range(len(pool))), min_size=1, max_size=4))
    joined = Join(1)(*(pool[p] for p in parts))
    more = draw(st.sampled_from([None, 0, 1]))
    return joined if more is None else Join(more)(joined, joined * 0.5, joined)


@given(joins(), st.sampled_from([(3, 6, 4), (1, 1, 1), (2, 5, 0)]))
def test_drawn_joins(joined, extents):
    rows, one, other = extents
    values = [np.random.default_rng(0).normal(size=(rows, width)) for width in (one, other)]
    values[0] = values[0][:, :one]
    assert_lowers([x, y], [joined, joined.sum(axis=1)], values, 1e-12)


def test_slices_that_are_written_one_after_the_other_are_joined():
    """The derivative of what slices of one array give."""
    cost = sum((T.sin(fixed * 2)[:, 2 * k : 2 * k + 2] ** (k + 1)).sum() for k in range(3))
    slope = sg.function([fixed], sg.grad(cost, fixed))(X)
    powers = np.repeat([1, 2, 3], 2)
    right = 2 * np.cos(2 * X) * powers * np.sin(2 * X) ** (powers - 1)
    np.testing.assert_allclose(slope, right, 1e-12)


BOUNDS = st.tuples(*[st.one_of(st.none(), st.integers(-7, 7))] * 2)


@given(st.lists(st.tuples(BOUNDS, st.booleans()), min_size=1, max_size=4), st.sampled_from([0, 1]))
def test_drawn_writes_to_zeros(writes, axis):
    """They may meet, miss some places, or be empty."""
    total = T.zeros_like(fixed)
    for number, ((start, stop), is_set) in enumerate(writes):
        index = (slice(start, stop),) if axis == 0 else (slice(None), slice(start, stop))
        part = total[index]
        value = T.exp(fixed)[index] * (number + 1.0)
        total = T.set_subtensor(part, value) if is_set else T.inc_subtensor(part, value)
    assert_lowers([fixed], [total, total * 2], [X], 1e-12)


def test_writes_that_fill_are_not_made_one_by_one():
    total = T.zeros_like(fixed)
    for k in (1, 0, 2):
        total = T.inc_subtensor(total[:, 2 * k : 2 * k + 2], T.exp(fixed)[:, 2 * k : 2 * k + 2])
    assert functions(program_of([fixed], total)).count("add") == 0


STARTS = {1: np.ones((1, 3)), 2: np.arange(6.0).reshape(2, 3), 3: np.arange(9.0).reshape(3, 3)}


def looped(taps, kind, until, n_steps):
    """Two states, of which one may be what the other was, and outputs that are states too."""
    depth = -min(taps)
    start = T.constant(STARTS[depth])
    first = {"initial": start if depth > 1 else start[0], "taps": list(taps)}

    def step(*given):
        *old, other = given
        new = sum(T.tanh(v + 0.1 * k) for k, v in enumerate(old)) + other
        second = {"moved": old[0], "same": new, "own": other * 0.5 + old[-1]}[kind]
        results = [new, second, new, old[0], T.concatenate([new, other])]
        return (results, sg.until(new.sum() > 6.0)) if until else results

    outputs, _ = sg.scan(
        step, outputs_info=[first, T.constant(STARTS[1][0]), None, None, None], n_steps=n_steps
    )
    return outputs


@pytest.mark.parametrize("until", [False, True])
@pytest.mark.parametrize("kind", ["moved", "same", "own"])
@pytest.mark.parametrize("taps", [(-1,), (-2, -1), (-2,), (-1, -3)])
def test_states_and_outputs_in_the_memory_of_the_loop(taps, kind, until):
    n = T.lscalar("n")
    outputs = looped(taps, kind, until, n)
    results = [*outputs, outputs[0][::-1], outputs[2][::-1] * 2, outputs[4][::-1].sum(axis=0)]
    last = [v[-1] for v in looped(taps, kind, until, n)]
    for wanted in (results, last, [outputs[4][::-1] + 1]):
        expected = sg.function([n], wanted, mode="reference")
        with sg.config.change_flags(optimizer="None"):
            plain = sg.function([n], wanted)
        rewritten = sg.function([n], wanted)
        for steps, f in product((1, 2, 5), (plain, rewritten)):
            for mine, right in zip(f(steps), expected(steps), strict=True):
                np.testing.assert_allclose(mine, right, 1e-12)


def test_an_array_written_into_itself():
    once = -x
    twice = -once
    assert_lowers([x], [once, twice, IncSubtensor((), True)(twice, twice)], [X])


def test_types_that_know_different_extents():
    """One knows the columns, the other the rows: neither stands for the other."""
    a = T.TensorType("float64", (None, 6))("a")
    program = [BroadcastTo((3, None))(a, T.constant(3), a.shape[1]), a * 2]
    demanded = SpecifyShape((3, 6))(a, T.constant(3), T.constant(6))
    assert_lowers([a], [*program, demanded], [X])


@given(
    st.sampled_from([[(0, 2), (2, 6)], [(0, 3), (4, 6)], [(1, 4), (0, 3)], [(3, 2), (5, None)]]),
    st.sampled_from([0, 1]),
)
def test_parts_of_a_sum(cuts, axis):
    """Of matrices, of a row and of a column; parts that meet are not computed twice."""
    total = fixed * 2 + (fixed[:1] - 1) + fixed[:, :1]
    parts = [(total[slice(*c)] if axis == 0 else total[:, slice(*c)]) for c in cuts]
    assert_lowers([fixed], [T.exp(part) for part in parts], [X], 1e-12)


def test_gates_of_one_sum_are_one_loop():
    total = fixed + fixed[:1]
    gates = T.exp(total[:, :3]) * T.tanh(total[:, 3:])
    program = assert_lowers([fixed], [gates], [X], 1e-12)
    assert len(kernels(program)) == 1
