"""Updates of a large table by the rows looked up in it: they are what the whole gradient says, and
take no memory of the table's size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T

ROWS, WIDTH, RATE = 5_000, 3, 0.125

# What a cost may take from the rows of one lookup, and from those of two.
USES = (T.sqr, T.tanh, lambda r: r * 2, lambda r: T.dot(r, np.ones((WIDTH, 2))))
PAIRS = (lambda r, s: r * s, lambda r, s: T.maximum(r, s), lambda r, s: T.exp(r) - s)


@st.composite
def lookups(draw):
    """Indices, with rows used twice and from the end, and how the cost uses their rows."""
    size = draw(st.integers(1, 6))
    rows = st.lists(st.integers(-4, 4), min_size=size, max_size=size)
    indices = draw(st.lists(rows, min_size=1, max_size=3))
    uses = [draw(st.sampled_from(range(len(USES)))) for _ in indices]
    pairs = draw(st.lists(st.sampled_from(range(len(PAIRS))), max_size=len(indices) - 1))
    return [np.array(i) for i in indices], uses, pairs


def cost_of(table, indices, uses, pairs):
    rows = [table[i] for i in indices]
    terms = [USES[use](r).sum() for use, r in zip(uses, rows, strict=True)]
    terms += [PAIRS[p](one, two).sum() for p, one, two in zip(pairs, rows, rows[1:], strict=False)]
    return sum(terms[1:], terms[0])


@given(lookups())
def test_rows_looked_up_are_the_only_ones_touched(drawn):
    values, uses, pairs = drawn
    start = np.random.default_rng(0).normal(size=(ROWS, WIDTH))
    found = []
    for mode, optimizer in (("reference", "None"), ("llvm", "fast_run")):
        table = sg.shared(start, name="table")
        indices = [T.lvector(f"i{n}") for n in range(len(values))]
        cost = cost_of(table, indices, uses, pairs)
        update = table - RATE * sg.grad(cost, table)
        with sg.config.change_flags(mode=mode, optimizer=optimizer):
            f = sg.function(indices, [], updates=[(table, update)])
        f(*values)
        found.append(table.get_value())
        if mode == "llvm":
            assert f.memory(*values).scratch < start.nbytes / 10
    np.testing.assert_allclose(found[1], found[0], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("inside", [False, True])
def test_lookups_of_a_loop(inside):
    """Whether all rows are looked up before the loop, or those of a step within it."""
    start = np.random.default_rng(0).normal(size=(ROWS, WIDTH))
    values = np.array([[0, 3], [3, -1], [2, 2]])
    found = []
    for mode, optimizer in (("reference", "None"), ("llvm", "fast_run")):
        table, rows = sg.shared(start, name="table"), T.lmatrix("rows")
        with sg.config.change_flags(mode=mode, optimizer=optimizer):
            states, _ = sg.scan(
                lambda entry, h, table=table: T.tanh(h + (table[entry] if inside else entry)),
                sequences=rows if inside else table[rows],
                outputs_info=T.zeros((2, WIDTH)),
            )
            gradient = sg.grad(T.sqr(states).sum(), table)
            f = sg.function([rows], [], updates=[(table, table - RATE * gradient)])
        f(values)
        found.append(table.get_value())
        if mode == "llvm":
            assert f.memory(values).scratch < start.nbytes / 10
    np.testing.assert_allclose(found[1], found[0], rtol=1e-9, atol=1e-12)
