"""No value is computed to know a shape, and what is demanded of shapes is demanded still."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import assert_agree, budget
from support.graph_drawing import graphs, spoiled
from support.graph_steps import STEPS
from support.rewrites.statements import rewrites_to, rewritten

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import toposort
from symgraph.ops import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    Arange,
    BroadcastTo,
    DimShuffle,
    MaxPool,
    MaxPoolGradient,
    OverlapAdd,
    ShapeOf,
    Softmax,
    SpecifyShape,
    Subtensor,
    Windows,
)
from symgraph.ops.conv import ConvolutionOp
from symgraph.ops.extent_arithmetic import added
from symgraph.ops.matrices import MatrixOp
from symgraph.ops.scan import Scan

VIEWS = (BroadcastTo, DimShuffle, SpecifyShape, Subtensor)
# Whether these fail hangs on values; so does the length of what counts in floats.
OF_VALUES = (AdvancedIncSubtensor, AdvancedSubtensor, Arange)


def computed_for_shapes(outputs, inputs):
    """The nodes that only tell a shape and are more than views."""
    needed, pending = set(), list(outputs)
    while pending:
        node = pending.pop().owner
        if node is not None and node not in needed:
            needed.add(node)
            if not isinstance(node.op, ShapeOf):
                pending += node.inputs
            elif isinstance(node.inputs[0].owner and node.inputs[0].owner.op, VIEWS):
                pending.append(node.inputs[0])
    nodes = toposort(outputs, stop_at=inputs)
    return [node for node in nodes if node not in needed]


@budget(2)
@given(graphs(min_steps=2, max_steps=10, open_types=True))
def test_no_value_is_computed_to_know_a_shape(drawn):
    outputs = [v.shape[axis] for v in drawn.outputs for axis in range(v.type.ndim)]
    if not outputs:
        return
    found, _, graph = rewritten(*outputs)
    wasted = computed_for_shapes(found, graph.inputs)
    if not any(isinstance(node.op, OF_VALUES) for node in toposort(found)):
        assert not wasted
    outcome = assert_agree(drawn.inputs, outputs, drawn.values)
    assert outcome.error is None


@budget(2)
@given(graphs(min_steps=2, max_steps=10, open_types=True, steps=STEPS), st.data())
def test_shapes_of_what_cannot_be_computed(drawn, data):
    outputs = [v.shape[axis] for v in drawn.outputs for axis in range(v.type.ndim)]
    if outputs:
        assert_agree(drawn.inputs, outputs, data.draw(spoiled(drawn)))


@pytest.mark.parametrize(
    "layer",
    [
        lambda x, k: T.nnet.conv2d(x, k, border_mode="half", subsample=(2, 1)),
        lambda x, k: T.grad(T.sqr(T.nnet.conv2d(x, k)).sum(), x),
        lambda x, k: T.grad(T.sqr(T.nnet.conv2d(x, k)).sum(), k),
        lambda x, k: T.signal.pool.pool_2d(x, (2, 3), ignore_border=False),
        lambda x, k: T.grad(T.sqr(T.signal.pool.pool_2d(x, (2, 3), ignore_border=True)).sum(), x),
        lambda x, k: T.signal.pool.pool_2d(x, (3, 2), ignore_border=True, mode="sum"),
    ],
)
def test_shapes_of_layers_compute_no_layer_and_demand_what_it_does(layer):
    x, k = T.dtensor4("x"), T.dtensor4("k")
    extents = [layer(x, k).shape[axis] for axis in range(4)]
    _, _, graph = rewritten(*extents)
    layers = (ConvolutionOp, MaxPool, MaxPoolGradient, OverlapAdd, Windows)
    assert not any(isinstance(node.op, layers) for node in graph.toposort())
    for image in ((2, 3, 5, 7), (1, 3, 3, 4), (2, 3, 1, 2), (2, 4, 5, 7), (2, 3, 0, 7)):
        values = [np.zeros(image), np.zeros((4, 3, 3, 2))]
        assert_agree([x, k], extents, values)


@pytest.mark.parametrize("stride", [1, 2])
def test_indices_of_what_is_pooled_are_looked_at_to_know_the_shape(stride):
    x, i = T.dvector("x"), T.lvector("i")
    extent = MaxPool((1,), (stride,), partial=True)(T.take(x, i)).shape[0]
    for index in (0, 1):
        assert_agree([x, i], [extent], [np.ones(1), np.array([index])])


def test_what_is_selected_from_is_not_computed_to_know_the_shape():
    x, i = T.dmatrix("x"), T.lvector("i")
    extent = T.nnet.softmax(x)[T.arange(i.shape[0]), i].shape[0]
    _, _, graph = rewritten(extent)
    assert not any(isinstance(node.op, Softmax) for node in graph.toposort())
    for index in ([0, 1], [0, 5], [0, -2], []):
        assert_agree([x, i], [extent], [np.ones((2, 2)), np.array(index, "int64")])


@pytest.mark.parametrize(
    "factors",
    [
        T.nlinalg.svd,
        lambda x: T.nlinalg.svd(x, full_matrices=False),
        lambda x: [T.nlinalg.svd(x, compute_uv=False)],
        T.nlinalg.qr,
        lambda x: T.nlinalg.qr(x, "raw"),
        T.slinalg.lu_factor,
        lambda x: T.nlinalg.lstsq(x, x[:, 0])[::3],
    ],
)
def test_shapes_of_factors_compute_no_factors(factors):
    x = T.dmatrix("x")
    extents = [v.shape[axis] for v in factors(x) for axis in range(v.type.ndim)]
    _, _, graph = rewritten(*extents)
    assert not any(isinstance(node.op, MatrixOp) for node in graph.toposort())
    for shape in ((3, 2), (2, 3), (1, 1)):
        assert_agree([x], extents, [np.ones(shape)])


def test_chains_of_equal_extents_ask_the_input():
    x = T.dmatrix("x")
    y = T.exp(x.T * 2).sum(axis=0)
    rewrites_to(y.shape[0], x.shape[0])
    length = added(x.shape[0], x.shape[0])
    rewrites_to(T.concatenate([x, x * 2], axis=0).shape[0], length)


def test_a_value_that_is_needed_anyway_is_not_asked_for_its_extents():
    x, w = T.dmatrices("x", "w")
    product = T.dot(x, w)
    rewrites_to([product, product.shape[0] * 2], [product, x.shape[0] * 2])


def test_the_length_of_a_loop_takes_no_loop():
    x, h = T.dmatrix("x"), T.dvector("h")
    states, _ = sg.scan(lambda row, h: T.tanh(row + h), [x], [h])
    (length, width), _, graph = rewritten(states.shape[0], states.shape[1])
    assert not computed_for_shapes([length, width], graph.inputs)
    assert not any(isinstance(node.op, Scan) for node in graph.toposort())


@pytest.mark.parametrize("mode", ["reference", "llvm"])
def test_what_is_wrong_in_a_step_is_told_where_only_a_shape_is_asked(mode):
    x = T.dmatrix("x")
    columns, _ = sg.scan(lambda row: T.outer(row, row)[:, 7], [x])
    f = sg.function([x], columns.shape, mode=mode)
    assert list(f(np.ones((2, 8)))) == [2, 8]
    with pytest.raises(IndexError, match="index 7 is out of bounds"):
        f(np.ones((2, 3)))


def test_a_sum_of_which_only_the_shape_is_asked():
    x, y = T.dvectors("x", "y")
    found, _, graph = rewritten((T.exp(x) + T.exp(y)).shape[0])
    assert not computed_for_shapes(found, graph.inputs)
    for mode in ("reference", "llvm"):
        f = sg.function([x, y], (T.exp(x) + T.exp(y)).shape[0], mode=mode)
        assert f(np.ones(1), np.ones(3)) == f(np.ones(3), np.ones(1)) == 3
        assert f(np.ones(1), np.ones(0)) == 0
        with pytest.raises(ValueError, match="broadcast"):
            f(np.ones(2), np.ones(3))


def test_what_a_rule_removed_is_not_kept_for_its_shape():
    x, y = T.dvectors("x", "y")
    product = (T.exp(x) * y)[1:]
    slope = sg.grad(product.sum(), y)
    found, _, graph = rewritten(slope)
    assert not computed_for_shapes(found, graph.inputs)


def test_a_pickled_expression_is_rewritten_alike():
    x = T.dmatrix("x")
    slope = sg.grad((T.exp(x) * T.tanh(x)).var(), x)
    again = pickle.loads(pickle.dumps(slope))
    found, expected = (toposort(rewritten(g)[0]) for g in (again, slope))
    assert [str(node.op) for node in found] == [str(node.op) for node in expected]


def test_a_step_asks_what_it_is_handed_for_its_extents():
    x, w = T.dmatrix("x"), T.dvector("w")
    slopes, _ = sg.scan(lambda row: sg.grad((row * w).sum(), w), [x])
    loop = slopes.owner
    assert not [v for v in loop.inputs[1:] if v.owner is not None]
    assert any(isinstance(node.op, ShapeOf) for node in loop.op.body.nodes)


def test_it_can_be_left_out():
    x, y = T.dvectors("x", "y")
    z = T.exp(x) + y
    found, applied, graph = rewritten(z.shape[0], exclude=["shapes_without_values"])
    assert "shapes_without_values" not in applied
    assert computed_for_shapes(found, graph.inputs)


def test_one_type_knows_the_rows_and_the_other_the_columns():
    """A gradient of two rows is summed to one column, which it has been all along."""
    x, moved = T.TensorType("float64", (None, None, 1))("x"), T.constant(np.full((2, 1, 1), 0.5))
    column = T.specify_shape(x, (x.shape[0], 1, 1))
    y = (x.dimshuffle(0, 1, 2, "x") * column.dimshuffle(0, "x", 1, 2)).sum(axis=2)
    cost = T.stack([(moved * 3 * y).sum()]).sum()
    outputs = [cost, sg.grad(cost, x), sg.Rop(cost, [x], [moved])]
    assert assert_agree([x], outputs, [np.array([[[0.7]], [[-1.2]]])]).error is None
