"""What leaves loops, and that they still give the same."""

from itertools import product

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import FunctionGraph, toposort
from symgraph.ops import Dot, Gemm, IncSubtensor
from symgraph.ops.scan import Scan
from symgraph.rewrite import rewrite_graph

RNG = np.random.default_rng(0)
x, w, u, h0, v = T.dtensor3("x"), T.dmatrix("w"), T.dmatrix("u"), T.dmatrix("h0"), T.dmatrix("v")
VALUES = {
    x: RNG.normal(size=(5, 2, 3)),
    w: RNG.normal(size=(3, 4)),
    u: RNG.normal(size=(4, 4)),
    h0: RNG.normal(size=(2, 4)),
    v: RNG.normal(size=(4, 6)),
}


def scans(inputs, outputs):
    """The loops of the rewritten graph."""
    graph = FunctionGraph(inputs, outputs)
    rewrite_graph(graph)
    return [node.op for node in graph.toposort() if isinstance(node.op, Scan)]


def products(scan):
    return [n for n in toposort(scan.body.outputs) if isinstance(n.op, Dot | Gemm)]


def same(inputs, outputs):
    """Rewritten or not, on both back ends; also for no steps at all."""
    for steps in (5, 1, 0):
        agree(inputs, outputs, [VALUES[i][:steps] if i is x else VALUES[i] for i in inputs])


def agree(inputs, outputs, values):
    """Rewritten or not, on both back ends."""
    found = []
    for mode, optimizer in product(("reference", "llvm"), ("None", "fast_run")):
        with sg.config.change_flags(optimizer=optimizer, mode=mode):
            f = sg.function(inputs, outputs, on_unused_input="ignore")
            try:
                found.append(f(*values))
            except IndexError:
                found.append(None)
    for other in found[1:]:
        assert (other is None) == (found[0] is None)
        for one, right in zip(other or (), found[0] or (), strict=True):
            np.testing.assert_allclose(one, right, rtol=1e-9, atol=1e-12)


def recurrent(outputs=False):
    """A simple recurrent network, and what it reads out in each step."""

    def step(entry, h):
        h = T.tanh(T.dot(entry, w) + T.dot(h, u))
        return (h, T.nnet.softmax(T.dot(h, v))) if outputs else h

    return sg.scan(step, sequences=x, outputs_info=[h0, None] if outputs else h0)[0]


def test_products_of_sequences_are_computed_before():
    (loop,) = scans([x, w, u, h0], [recurrent()])
    assert len(products(loop)) == 1
    same([x, w, u, h0], [recurrent()])


def test_products_of_outputs_are_computed_behind():
    _, read = recurrent(outputs=True)
    (loop,) = scans([x, w, u, h0, v], [read])
    assert len(products(loop)) == 1
    assert loop.stacked == 0
    same([x, w, u, h0, v], [read])


def test_derivatives_of_weights_are_summed_behind():
    cost = (recurrent()[-1] ** 2).sum()
    gradients = sg.grad(cost, [w, u, h0, x])
    forward, backward = scans([x, w, u, h0], gradients)
    # One product takes the error a step back; none adds up a weight matrix.
    assert len(products(backward)) == 1
    assert all(new.type.ndim == 2 for new in backward.body.outputs[: len(backward.states)])
    assert len(backward.states) == 1
    assert len(products(forward)) == 1
    same([x, w, u, h0], gradients)


def test_rows_looked_up_in_each_step_are_looked_up_at_once():
    """So the products of all rows are one, and their derivatives are added up behind the loop."""
    table, rows, row = T.dmatrix("table"), T.lmatrix("rows"), T.lvector("row")
    values = {
        table: RNG.normal(size=(6, 3)),
        rows: RNG.integers(-6, 6, (5, 2)),
        row: RNG.integers(-6, 6, 5),
    }
    for entries, first in ((rows, h0), (row, h0[0])):
        states, _ = sg.scan(
            lambda entry, h: T.tanh(T.dot(table[entry], w) + T.dot(h, u)),
            sequences=entries,
            outputs_info=first,
        )
        gradients = sg.grad((states[-1] ** 2).sum(), [table, w])
        inputs = [table, entries, w, u, h0]
        loops = scans(inputs, gradients)
        assert len(products(loops[0])) == 1
        for loop in loops:
            assert not any(isinstance(n.op, IncSubtensor) for n in toposort(loop.body.outputs))
            assert all(new.type.ndim <= first.type.ndim for new in loop.body.outputs)
        agree(inputs, gradients, [values.get(i, VALUES.get(i)) for i in inputs])


def test_lookups_behind_the_end_of_a_loop_are_not_done():
    table, rows = T.dmatrix("table"), T.lvector("rows")
    states, _ = sg.scan(
        lambda row, h: (h + T.dot(table[row], w), sg.until(row >= 2)),
        sequences=rows,
        outputs_info=T.zeros(4),
    )
    values = [RNG.normal(size=(3, 3)), np.array([0, 2, 7]), VALUES[w]]
    agree([table, rows, w], [states], values)


def test_what_is_the_same_in_each_step_is_computed_once():
    total, _ = sg.scan(
        lambda entry, t: t + entry * T.exp(u).sum(), sequences=x, outputs_info=T.zeros((2, 3))
    )
    (loop,) = scans([x, u], [total])
    names = {node.op.scalar.name for node in toposort(loop.body.outputs)}
    assert names == {"add", "mul"}
    same([x, u], [total])


@pytest.mark.parametrize("derivative", [False, True])
def test_only_the_last_value_is_kept_where_no_other_is_used(derivative):
    last = recurrent()[-1]
    outputs = [sg.grad(last.sum(), u)] if derivative else [last]
    forward = scans([x, w, u, h0], outputs)[0]
    assert forward.states[0].keep == ("all" if derivative else "last")
    same([x, w, u, h0], outputs)


def test_what_nothing_uses_is_not_computed():
    states, _ = sg.scan(
        lambda a, b: [a + b, b * 2.0, a - b],
        outputs_info=[T.ones((3,)), T.ones((3,)), None],
        n_steps=4,
    )
    (loop,) = scans([], [states[1]])
    assert (len(loop.states), loop.stacked) == (1, 0)
    same([], [states[1]])


def test_stable_forms_are_found_inside():
    big, _ = sg.scan(lambda entry: T.log(1 + T.exp(entry)), sequences=x)
    f = sg.function([x], big)
    np.testing.assert_array_equal(f(np.full((2, 1, 1), 1000.0)), np.full((2, 1, 1), 1000.0))
