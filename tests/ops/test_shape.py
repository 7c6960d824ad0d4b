"""ShapeOf, DimShuffle, Reshape and SpecifyShape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import arrays, derivatives_agree, integers, run, same, variables

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import Constant, TensorType
from symgraph.ops import DimShuffle, Reshape, ShapeOf, SpecifyShape
from symgraph.ops.constant import constant
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.shape import extent_of, inferred_extent


@st.composite
def orders(draw, shape):
    """An order of axes for DimShuffle: axes of extent 1 may be left out, new ones put in."""
    kept = [a for a, e in enumerate(shape) if e != 1 or draw(st.booleans())]
    order = draw(st.permutations(kept))
    for _ in range(draw(st.integers(0, 2))):
        order.insert(draw(st.integers(0, len(order))), "x")
    return tuple(order)


def numpy_dimshuffle(array, order):
    kept = [entry for entry in order if entry != "x"]
    dropped = [axis for axis in range(array.ndim) if axis not in kept]
    array = np.squeeze(array.transpose(kept + dropped), tuple(range(len(kept), array.ndim)))
    return array[tuple(None if entry == "x" else slice(None) for entry in order)]


@given(st.data())
def test_dimshuffle_is_transpose_squeeze_and_newaxis(data):
    array = data.draw(arrays())
    order = data.draw(orders(array.shape))
    x = data.draw(variables(array))
    out = DimShuffle(order)(x)
    result = run(out, {x: array})
    same(result, numpy_dimshuffle(array, order))
    assert not array.size or np.shares_memory(result, array)


@given(st.data())
def test_derivatives_of_dimshuffle(data):
    array = data.draw(arrays(dtype="float64"))
    order = data.draw(orders(array.shape))
    derivatives_agree(lambda x: DimShuffle(order)(x) * 2.0, array)


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ((0, 2), r"dimshuffle\(0, 2\): x \(float64 matrix \(\?, 3\)\) has no such axis"),
        ((0, 0, 1), r"an axis is named twice"),
        ((0,), r"cannot drop axis 1 of x .* its extent is 3, not 1"),
        ((1, 0, "y"), "has no such axis"),
    ],
)
def test_dimshuffle_says_what_is_wrong(order, message):
    x = TensorType("float64", (None, 3))("x")
    with pytest.raises(ValueError, match=message):
        DimShuffle(order)(x)


def test_a_dropped_axis_is_checked_when_run():
    x = T.dmatrix("x")
    out = DimShuffle((0,))(x)
    same(run(out, {x: [[1.0], [2.0]]}), [1.0, 2.0])
    with pytest.raises(ValueError, match=r"cannot drop axis 1 of an array of shape \(1, 2\)"):
        run(out, {x: [[1.0, 2.0]]})


@given(st.data())
def test_an_extent_is_an_int64_scalar(data):
    array = data.draw(arrays())
    x = data.draw(variables(array))
    for axis, extent in enumerate(array.shape):
        same(run(ShapeOf(axis)(x), {x: array}), np.int64(extent))
        assert isinstance(extent_of(x, axis), Constant) == (x.type.shape[axis] is not None)
        same(run(extent_of(x, axis), {x: array}), np.int64(extent))


def test_an_extent_that_is_not_there():
    with pytest.raises(ValueError, match=r"x \(float64 vector\) has no axis 1"):
        ShapeOf(1)(T.dvector("x"))


def test_inferred_extents_that_are_equal_come_from_one_variable():
    x, n = T.dmatrix("x"), T.lscalar("n")
    y = T.exp(x.T.reshape((x.shape[1], -1)) * 2)
    assert inferred_extent(y, 0).owner.inputs[0] is x
    assert inferred_extent(T.zeros((n, 2)) + 1, 0) is n


def test_an_expression_asks_a_variable_itself_for_its_extent():
    x = T.dmatrix("x")
    y = T.exp(x)
    assert extent_of(y, 0).owner.inputs[0] is y
    assert y.shape[1].owner.inputs[0] is y


def test_a_shape_has_no_derivative():
    x = T.dvector("x")
    with pytest.raises(sg.gradient.DisconnectedInputError, match="passes no derivative on"):
        sg.grad(T.cast(x.shape[0], "float64"), x)


@st.composite
def reshapes(draw, array):
    """Another shape of as many elements, and the same with an extent perhaps said as -1."""
    size = array.size
    shape, rest = [], size
    while rest > 1:
        divisors = [d for d in range(1, rest + 1) if rest % d == 0]
        shape.append(draw(st.sampled_from(divisors)))
        rest //= shape[-1]
    shape = [0, *draw(st.lists(st.integers(0, 3), max_size=2))] if size == 0 else shape
    shape = draw(st.permutations(shape))
    said = list(shape)
    open_axes = [a for a in range(len(shape)) if 0 not in shape[:a] + shape[a + 1 :]]
    if open_axes and draw(st.booleans()):
        said[draw(st.sampled_from(open_axes))] = -1
    return tuple(shape), tuple(said)


@given(st.data())
def test_reshape_keeps_the_elements_in_order(data):
    array = data.draw(arrays())
    shape, said = data.draw(reshapes(array))
    x = data.draw(variables(array))
    values = {x: array}
    extents = []
    for extent in said:
        scalar = constant(extent, "int64")
        if extent >= 0 and data.draw(st.booleans()):
            scalar = T.lscalar("n")
            values[scalar] = extent
        extents.append(scalar)
    known = tuple(int(e.data) if isinstance(e, Constant) and e.data >= 0 else None for e in extents)
    same(run(Reshape(known)(x, *extents), values), array.reshape(shape))


@given(st.data())
def test_derivatives_of_reshape(data):
    array = data.draw(arrays(dtype="float64"))
    _, said = data.draw(reshapes(array))
    known = tuple(None if extent < 0 else extent for extent in said)
    derivatives_agree(lambda x: Reshape(known)(x, *integers(*said)) * 2.0, array)


def test_a_reshape_that_cannot_be_is_refused_at_once_where_it_shows():
    x = TensorType("float64", (2, 3))("x")
    with pytest.raises(
        ValueError,
        match=r"x \(float64 matrix \(2, 3\)\) of 6 elements cannot be reshaped to \(4,\)",
    ):
        Reshape((4,))(x, *integers(4))
    with pytest.raises(ValueError, match=r"one extent may be -1, got \[-1, -1\]"):
        Reshape((None, None))(x, *integers(-1, -1))
    with pytest.raises(ValueError, match=r"axis 0 has the extent 3, not 2"):
        Reshape((2, 3))(x, *integers(3, 3))
    with pytest.raises(TypeError, match=r"1 extents do not fit the shape \(2, 3\)"):
        Reshape((2, 3))(x, *integers(2))
    with pytest.raises(TypeError, match=r"the extent of axis 0 must be an integer scalar, not"):
        Reshape((None,))(x, T.dscalar("n"))


def test_a_reshape_that_cannot_be_names_both_shapes_when_run():
    x = T.dmatrix("x")
    with pytest.raises(
        ValueError, match=r"an array of shape \(2, 3\) \(6 elements\) cannot be reshaped to \(4,\)"
    ):
        run(Reshape((4,))(x, *integers(4)), {x: np.zeros((2, 3))})


@given(st.data())
def test_a_specified_shape_changes_nothing_but_the_type(data):
    array = data.draw(arrays())
    x = data.draw(variables(array))
    flags = data.draw(st.tuples(*[st.booleans()] * array.ndim))
    known = tuple(e if flag else None for e, flag in zip(array.shape, flags, strict=True))
    extents = [
        extent_of(x, axis) if extent is None else constant(extent, "int64")
        for axis, extent in enumerate(known)
    ]
    out = SpecifyShape(known)(x, *extents)
    assert all(k is None or k == e for k, e in zip(known, out.type.shape, strict=True))
    same(run(out, {x: array}), array)


def test_a_specified_shape_is_checked():
    x, n = T.dmatrix("x"), T.lscalar("n")
    out = SpecifyShape((3, None))(x, constant(3, "int64"), n)
    with pytest.raises(
        ValueError, match=r"an array of shape \(2, 3\) was specified to have \(3, 2\)"
    ):
        run(out, {x: np.zeros((2, 3)), n: 2})
    fixed = TensorType("float64", (2, None))("y")
    with pytest.raises(ValueError, match=r"specify_shape of y .* axis 0 has the extent 2, not 3"):
        SpecifyShape((3, None))(fixed, constant(3, "int64"), n)
    with pytest.raises(ValueError, match=r"1 extents, 2 dimensions"):
        SpecifyShape((3,))(fixed, constant(3, "int64"))


def test_derivatives_of_a_specified_shape():
    derivatives_agree(lambda x: SpecifyShape((2, 2))(x, *integers(2, 2)) * 3.0, np.ones((2, 2)))


def test_specified_extents_pass_derivatives_and_names_of_extents_on():
    x, n = T.dvector("x"), T.lscalar("n")
    y = SpecifyShape((None,))(x, n)
    assert extent_keys(y) == (n,)
    derivatives_agree(lambda x: SpecifyShape((None,))(x, extent_of(x, 0)) ** 2, np.ones(3))
