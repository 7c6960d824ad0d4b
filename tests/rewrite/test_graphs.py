"""Rewriting whole graphs: the user's own stay as they were, and values stay the same."""

import numpy as np
from hypothesis import given
from support.agreement import assert_same_results
from support.graph_drawing import graphs

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import FunctionGraph, toposort
from symgraph.rewrite import rewrite_graph


def compiled(inputs, outputs, optimizer):
    with sg.config.change_flags(optimizer=optimizer, mode="reference"):
        return sg.function(inputs, list(outputs), on_unused_input="ignore")


@given(graphs(min_steps=2, max_steps=10))
def test_graphs_with_and_without_rewriting_agree_and_stay_as_written(drawn):
    nodes = toposort(drawn.outputs)
    before = [node.inputs for node in nodes]
    plain = compiled(drawn.inputs, drawn.outputs, "None")(*drawn.values)
    rewritten = compiled(drawn.inputs, drawn.outputs, "fast_run")(*drawn.values)
    assert toposort(drawn.outputs) == nodes
    for node, inputs in zip(nodes, before, strict=True):
        assert all(a is b for a, b in zip(node.inputs, inputs, strict=True))
    assert_same_results(drawn.inputs, drawn.outputs, drawn.values, plain, rewritten, "rewriting")


@given(graphs(min_steps=2, max_steps=10))
def test_a_rewritten_graph_is_sound_and_has_settled(drawn):
    graph = FunctionGraph(drawn.inputs, drawn.outputs)
    rewrite_graph(graph)
    graph.check_integrity()
    own = set(graph.clients)
    for node in graph.toposort():
        assert own.issuperset(node.outputs)


def test_derivatives_that_ask_for_extents_of_the_written_graph():
    x, i = T.dmatrix("x"), T.lscalar("i")
    doubled = x + x
    y = T.nnet.relu(doubled[1, i:])
    slope = sg.grad(y.sum(), x)
    value = np.array([[1.0, 2.0], [3.0, -4.0]])
    for mode in ("reference", "llvm"):
        f = sg.function([x, i], [y, slope], mode=mode)
        result, derivative = f(value, 0)
        np.testing.assert_array_equal(result, [6, 0])
        np.testing.assert_array_equal(derivative, [[0, 0], [2, 0]])
    assert doubled.owner.inputs == (x, x)
