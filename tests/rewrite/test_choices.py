"""Branches whose outcome is known go; those of one condition become one, and stay lazy."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import agreement

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import Apply, FunctionGraph, Op, Variable
from symgraph.ops.ifelse import IfElse
from symgraph.rewrite import make_lazy, rewrite_graph

x, y, z, c, d = T.dvector("x"), T.dvector("y"), T.dvector("z"), T.bscalar("c"), T.bscalar("d")
INPUTS = [x, y, z, c, d]
VALUES = [np.array([0.5, -1.0]), np.array([2.0, 3.0]), np.array([-4.0, 0.25])]

CASES = {
    "known": (lambda: sg.ifelse(T.constant(0), x, T.exp(y)), 0),
    "same": (lambda: sg.ifelse(c, T.exp(x) + 1, T.exp(x) + 1), 0),
    "same of several": (lambda: T.add(*sg.ifelse(c, [x, y], [x, z])), 1),
    "within": (lambda: sg.ifelse(c, 3 * sg.ifelse(c, x, y), sg.ifelse(c, x * y, z)), 1),
    "directly within": (lambda: sg.ifelse(c, sg.ifelse(c, x, y), sg.ifelse(c, y, z)), 1),
    "two": (lambda: sg.ifelse(c, x * 2, y) + T.exp(sg.ifelse(c, y, z * x)), 1),
    "three": (lambda: sum(sg.ifelse(c, v * x, v) for v in (x, y, z)), 1),
    "one after another": (lambda: sg.ifelse(c, T.exp(sg.ifelse(c, x, y) + z), z), 1),
    "of two conditions": (
        lambda: sg.ifelse(c, sg.ifelse(d, x, y), z) + sg.ifelse(d, sg.ifelse(c, z, y), x), None),
    "crossed": (
        lambda: sg.ifelse(d, sg.ifelse(c, x, y) ** 2, z) * sg.ifelse(c, sg.ifelse(d, z, y), x),
        None),
}  # fmt: skip


def branches(outputs):
    """How many are left outside of branches."""
    graph = FunctionGraph(INPUTS, outputs)
    rewrite_graph(graph)
    make_lazy(graph)
    graph.check_integrity()
    return sum(isinstance(node.op, IfElse) for node in graph.toposort())


@pytest.mark.parametrize("name", CASES)
@given(flags=st.tuples(st.booleans(), st.booleans()))
@agreement.budget(0.3)
def test_the_same_with_and_without(name, flags):
    make, count = CASES[name]
    value = make()
    slopes = sg.grad((value**2).sum(), [x, y, z], disconnected_inputs="ignore")
    outcome = agreement.assert_agree(INPUTS, [value, *slopes], [*VALUES, *map(np.int8, flags)])
    assert outcome.error is None
    if count is not None:
        assert branches([value]) == count


class Counted(Op):
    """x itself; counts how often it is computed."""

    calls = 0

    def output_types(self, x: Variable) -> Sequence:
        return [x.type]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        Counted.calls += 1
        return (x.copy(),)

    def infer_shape(self, node: Apply, shapes: Sequence) -> Sequence:
        return [shapes[0]]


@pytest.mark.parametrize("variant", agreement.EVERY, ids=str)
def test_what_one_side_of_several_branches_needs_is_made_there_only(variant):
    heavy = Counted()(T.exp(x))
    outputs = [sg.ifelse(c, heavy + y, z), sg.ifelse(c, heavy * y, y)]
    f = agreement.compile_variant(variant, [x, y, z, c], outputs)
    Counted.calls = 0
    f(*VALUES, np.int8(0))
    assert Counted.calls == 0
    f(*VALUES, np.int8(1))
    assert Counted.calls == 1


@pytest.mark.parametrize("variant", agreement.EVERY, ids=str)
def test_a_branch_inside_another_stays_there(variant):
    """It would else be computed where that one is not chosen."""
    inner = sg.ifelse(c, Counted()(x), y)
    outputs = [sg.ifelse(d, inner * 2, z), sg.ifelse(c, z, y)]
    f = agreement.compile_variant(variant, INPUTS, outputs)
    Counted.calls = 0
    f(*VALUES, np.int8(1), np.int8(0))
    assert Counted.calls == 0
