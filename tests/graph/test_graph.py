"""Variables, walks over them, the function graph, and their pickles."""

import copy
import pickle
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.integer_ops import Add, DivMod, Increment, vector

from symgraph.graph import (
    Apply,
    Constant,
    FunctionGraph,
    MissingInputError,
    TensorType,
    Variable,
    ancestors,
    are_alike,
    clone_replace,
    equal_computations,
    graph_inputs,
    one_location,
    toposort,
)

DEPTH = 20_000


def chain(x: Variable, length: int) -> Variable:
    for _ in range(length):
        x = Increment()(x)
    return x


@st.composite
def graphs(draw):
    """Two inputs and a list of variables built from them by random ops."""
    x, y = vector("x"), vector("y")
    made = [x, y]
    for _ in range(draw(st.integers(0, 12))):
        pick = st.sampled_from(made)
        kind = draw(st.sampled_from(["increment", "add", "divmod"]))
        if kind == "increment":
            made.append(Increment()(draw(pick)))
        elif kind == "add":
            made.append(Add()(draw(pick), draw(pick)))
        else:
            made.extend(DivMod(draw(st.integers(1, 3)))(draw(pick)))
    return [x, y], made


def evaluate(inputs, outputs, values):
    known = dict(zip(inputs, values, strict=True))
    for node in toposort(outputs, stop_at=inputs):
        results = node.op.perform(node, *(known[v] for v in node.inputs))
        known.update(zip(node.outputs, results, strict=True))
    return [known[v] for v in outputs]


VALUES = [np.array([1.0, -2.0, 5.5]), np.array([0.0, 3.0, -1.5])]


@given(graphs())
def test_toposort_puts_every_node_after_its_inputs(graph):
    _, made = graph
    done = set()
    for node in toposort(made):
        assert all(v.owner is None or v.owner in done for v in node.inputs)
        done.add(node)
    assert done == {v.owner for v in made if v.owner is not None}


@given(graphs())
def test_pickling_keeps_values_and_identities(graph):
    inputs, made = graph
    again_inputs, again = pickle.loads(pickle.dumps((inputs, made)))
    for left, right in zip(
        evaluate(inputs, made, VALUES), evaluate(again_inputs, again, VALUES), strict=True
    ):
        np.testing.assert_array_equal(left, right)
    for v, w in zip(made, again, strict=True):
        assert (v.owner is None) == (w.owner is None)
        assert w.owner is None or w.owner.outputs[w.index] is w


@given(graphs())
def test_merging_changes_no_value_and_leaves_no_equal_nodes(graph):
    inputs, made = graph
    merged = FunctionGraph(inputs, made)
    merged.check_integrity()
    for left, right in zip(
        evaluate(inputs, made, VALUES),
        evaluate(merged.inputs, merged.outputs, VALUES),
        strict=True,
    ):
        np.testing.assert_array_equal(left, right)
    keys = [(node.op, node.inputs) for node in merged.toposort()]
    assert len(keys) == len(set(keys))


@given(graphs())
def test_a_graph_equals_its_deep_copy_under_the_copied_inputs_only(graph):
    inputs, made = graph
    copied_inputs, copied = copy.deepcopy((inputs, made))
    back = clone_replace(copied, dict(zip(copied_inputs, inputs, strict=True)))
    assert equal_computations(made, back)
    if any(v.owner is not None for v in made):
        computed = [v for v in made if v.owner is not None]
        twins = [w for v, w in zip(made, copied, strict=True) if v.owner is not None]
        assert not equal_computations(computed, twins)


def test_replacements_are_simultaneous():
    x, y = vector("x"), vector("y")
    z = Add()(Increment()(x), y)
    (swapped,) = clone_replace([z], {x: y, y: x})
    assert equal_computations([swapped], [Add()(Increment()(y), x)])


def test_equal_constants_merge_by_their_bits():
    scalar = TensorType("float64", ())
    x = vector("x")
    two = [Constant(vector, np.array([2.0])) for _ in range(2)]
    merged = FunctionGraph([x], [Add()(x, two[0]), Add()(x, two[1])])
    assert merged.outputs[0] is merged.outputs[1]
    zeros = [Constant(scalar, np.float64(value)).signature() for value in (0.0, -0.0)]
    assert zeros[0] != zeros[1]
    nans = [Constant(scalar, np.float64("nan")).signature() for _ in range(2)]
    assert nans[0] == nans[1]


def test_a_large_constant_prints_in_a_line():
    data = np.arange(120.0).reshape(2, 3, 4, 5)
    constant = Constant(TensorType("float64", data.shape), data)
    assert str(constant) == "float64 4d (2, 3, 4, 5)[0., 1., 2., ..., 117., 118., 119.]"


def test_constant_data_is_read_only_and_not_the_callers():
    data = np.array([1.0, 2.0])
    constant = Constant(vector, data)
    data[0] = 7
    assert constant.data[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        constant.data[0] = 3


def test_replace_drops_what_nothing_needs():
    x = vector("x")
    graph = FunctionGraph([x], [Increment()(Increment()(x))])
    inner = graph.outputs[0].owner.inputs[0]
    graph.replace(inner, x)
    graph.check_integrity()
    assert len(graph.toposort()) == 1
    assert inner not in graph.clients


def test_replace_refuses_another_type():
    x = vector("x")
    graph = FunctionGraph([x], [Increment()(x)])
    with pytest.raises(TypeError, match="float64 vector cannot be replaced by .*int8 scalar"):
        graph.replace(graph.outputs[0], TensorType("int8", ())("n"))


def test_missing_input_names_the_variable_and_the_users_line():
    x, y = vector("x"), vector("y")
    with pytest.raises(MissingInputError, match=r"need y \(float64 vector\).*test_graph.py"):
        FunctionGraph([x], [Add()(x, y)])


def test_a_variable_knows_the_users_line():
    x = vector("x")
    assert x.location.filename == __file__
    assert x.location.function == "test_a_variable_knows_the_users_line"
    assert 'x = vector("x")' in str(x.location)


def test_all_that_is_made_within_one_place_is_made_at_the_users_line():
    with one_location():
        x = vector("x")
    y = vector("y")
    assert (x.location.filename, x.location.function) == (y.location.filename, y.location.function)
    assert y.location.line == x.location.line + 2


def test_a_long_chain_needs_no_recursion():
    limit = sys.getrecursionlimit()
    x = vector("x")
    y = chain(x, DEPTH)
    assert len(toposort([y])) == DEPTH
    assert len(ancestors([y])) == DEPTH + 1
    again_x, again_y = pickle.loads(pickle.dumps((x, y)))
    assert graph_inputs([again_y]) == [again_x]
    copied_x, copied = copy.deepcopy((x, y))
    assert equal_computations([y], clone_replace([copied], {copied_x: x}))
    graph = FunctionGraph([x], [y])
    assert len(graph.toposort()) == DEPTH
    assert sys.getrecursionlimit() == limit


def test_apply_refuses_what_is_no_variable():
    with pytest.raises(TypeError, match="input 0 of .*Increment.* is 3, not a variable"):
        Apply(Increment(), [3], [vector])


def test_ops_compare_by_class_and_properties():
    assert DivMod(2) == DivMod(2) != DivMod(3)
    assert len({Increment(), Increment(), Add()}) == 2
    assert str(DivMod(2)) == "DivMod{divisor=2}"


def test_what_a_replacement_makes_equal_is_merged():
    x, y = vector("x"), vector("y")
    left = Increment()(Increment()(x))
    right = Increment()(Increment()(y))
    graph = FunctionGraph([x, y], [left, right])
    changed = graph.replace(y, x)
    graph.check_integrity()
    assert graph.outputs[0] is graph.outputs[1]
    assert len(graph.toposort()) == 2
    assert changed == []


def test_a_replacement_from_outside_is_merged_with_what_is_there():
    x = vector("x")
    graph = FunctionGraph([x], [Increment()(x), Add()(x, x)])
    # Equal nodes, but other objects than the graph's own.
    new = Increment()(Increment()(x))
    changed = graph.replace(graph.outputs[1], new)
    graph.check_integrity()
    assert [node.op for node in changed] == [Increment()]
    assert graph.outputs[1].owner.inputs == (graph.outputs[0],)
    assert len(graph.toposort()) == 2


def test_expressions_written_twice_are_alike():
    x, y = vector("x"), vector("y")
    assert are_alike(x, x)
    assert are_alike(Add()(Increment()(x), y), Add()(Increment()(x), y))
    assert not are_alike(Add()(x, y), Add()(y, x))
    assert not are_alike(Increment()(x), Increment()(y))
    assert not are_alike(x, y)
    first, second = DivMod(3)(x)
    assert not are_alike(first, second)
    assert are_alike(first, DivMod(3)(x)[0])
    assert not are_alike(first, DivMod(4)(x)[0])


def test_only_a_few_operations_are_compared():
    one = other = vector("x")
    for _ in range(DEPTH):
        one, other = Increment()(one), Increment()(other)
    assert not are_alike(one, other)
    assert are_alike(Increment()(one), Increment()(one))
