"""New values in the memory of old ones: where that is done, and that nothing is lost by it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.exact_graphs import graphs
from support.lowering import assert_lowers, lowered
from support.program_interpreter import Interpreter
from symgraph.backends.llvm import supports

import symgraph.tensor as T
from symgraph.gradient import grad
from symgraph.graph import FunctionGraph
from symgraph.lower import lower
from symgraph.lower.program.types import Check
from symgraph.lower.program.walk import kernels
from symgraph.lower.verifier import VerificationError, verify

w = T.TensorType("float64", (6, 4))("w")
v = T.TensorType("float64", (6, 4))("v")
a = T.TensorType("float64", (5, 6))("a")
i, u = T.lvector("i"), T.dmatrix("u")
W, V, A = np.arange(24.0).reshape(6, 4), np.full((6, 4), 2.0), np.ones((5, 6))
ROWS, U = np.array([1, 5, 1]), np.full((3, 4), 0.5)


def moved_by(cost, *parameters):
    return [p - 0.5 * g for p, g in zip(parameters, grad(cost, list(parameters)), strict=True)]


@pytest.mark.parametrize(
    ("outputs", "done"),
    [
        ([w - 0.5 * v], {0: 0}),
        # Read by what writes it, but at other elements.
        ([w[::-1] + v], {}),
        ([w + w.sum(axis=0)], {0: 0}),
        ([w.sum() * v, w.sum()], {0: 0}),
        # What needs the old value can go first.
        ([w * 2, (w + v).sum(axis=1)], {0: 0}),
        ([T.inc_subtensor(w[2], v[0])], {0: 0}),
        ([T.set_subtensor(w[::2], v[::2] + w[::2])], {0: 0}),
        # Rows would be read that were written already.
        ([T.set_subtensor(w[1:], w[:-1])], {}),
        ([w * 1], {0: 0}),
        ([w], {0: 0}),
        ([v], {0: 0}),
        ([T.cast(w, "float32")], {}),
        ([T.concatenate([w, v])], {}),
    ],
)
def test_what_is_overwritten(outputs, done):
    program = assert_lowers([w, v], outputs, [W, V], replaces={0: 0})
    assert program.overwrites == done


def test_values_that_are_swapped():
    program = assert_lowers([w, v], [v + 1, w + 1], [W, V], replaces={0: 0, 1: 1})
    # In one kernel, which reads both elements before it writes them.
    assert len(program.overwrites) == 2
    turned = [v[::-1] + 1, w[::-1] + 1]
    program = assert_lowers([w, v], turned, [W, V], replaces={0: 0, 1: 1})
    assert len(program.overwrites) < 2


def test_rows_that_change_are_the_only_ones_written():
    program = assert_lowers([w, i, u], [T.inc_subtensor(w[i], u)], [W, ROWS, U], replaces={0: 0})
    assert program.overwrites == {0: 0}
    # The smallest and the largest index; then what is added, broadcast or not.
    assert len(list(kernels(program.body))) == 3


def test_a_training_step_overwrites_all_its_parameters():
    x = T.dmatrix("x")
    cost = T.sqr(T.dot(T.tanh(T.dot(x, a)), w)).sum()
    outputs = [cost, *moved_by(cost, a, w)]
    inputs = [x, a, w]
    values = [np.full((3, 5), 0.1), A / 8, W / 24]
    program = assert_lowers(inputs, outputs, values, rtol=1e-12, replaces={1: 1, 2: 2})
    # The gradient by a needs the old w.
    assert program.overwrites == {1: 1, 2: 2}


def test_failing_calls_leave_old_values():
    """Indices are checked before anything is written, whatever the order of the outputs."""
    outputs = [w - 0.5 * v, T.inc_subtensor(v[i], u)]
    program, memory = lowered([w, v, i, u], outputs, {0: 0, 1: 1})
    assert program.overwrites == {0: 0, 1: 1}
    # It looks whether arguments are as they were.
    with pytest.raises(IndexError, match="index 6 is out of bounds"):
        Interpreter(program, memory)([W, V, np.array([0, 6, 1]), U])


def test_what_needs_help_overwrites_nothing():
    n = T.lscalar("n")
    total = T.exp(T.arange(n)).sum()
    graph = FunctionGraph([w, n], [w + total, T.arange(n)], {0: 0})
    made = lower(graph, "tested", lambda node: True)
    assert made.program.overwrites == {}
    made = lower(FunctionGraph([w], [T.exp(w)], {0: 0}), "tested", lambda node: False)
    assert made.program.overwrites == {}


def test_the_verifier_knows():
    program, _ = lowered([w, i, u], [T.inc_subtensor(w[i], u)], {0: 0})
    late = next(s for s in program.body if isinstance(s, Check) and not s.static)
    program.body.remove(late)
    program.body.append(late)
    with pytest.raises(VerificationError, match="lost before this may fail"):
        verify(program)
    program, _ = lowered([w, v], [w - v, T.exp(v)], {0: 0})
    assert program.overwrites == {0: 0}
    program.overwrites.clear()
    with pytest.raises(VerificationError, match="belongs to a argument|is reshaped"):
        verify(program)


def test_several_rows_of_an_iteration_may_be_overwritten():
    """Sums over the rows are taken four rows at a time, and the last rows one by one."""
    x = T.dmatrix("x")
    once = -x
    twice = -once
    outputs = [once, twice, twice.sum(axis=0)]
    values = [np.arange(21.0).reshape(7, 3)]
    program = assert_lowers([x], outputs, values, replaces={1: 0})
    assert program.overwrites == {1: 0}


@given(st.data())
def test_random_graphs_that_overwrite_their_inputs(data):
    drawn = data.draw(graphs())
    replaces = {}
    for number, output in enumerate(drawn.outputs):
        fits = [p for p, x in enumerate(drawn.inputs) if x.type.dtype == output.type.dtype]
        if fits and data.draw(st.booleans()):
            argument = data.draw(st.sampled_from(fits))
            if argument not in replaces.values():
                replaces[number] = argument
    made = lower(FunctionGraph(drawn.inputs, drawn.outputs, replaces), "tested", supports)
    verify(made.program)
    assert_lowers(drawn.inputs, drawn.outputs, drawn.values, 1e-12, replaces)
