"""Permuting, inserting, dropping and joining axes, beside NumPy's functions of those names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import arrays, derivatives_agree, everywhere, run, same, variables

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import Constant, TensorType
from symgraph.ops.extent_equality import extent_keys

SHAPES = st.lists(st.integers(0, 3), max_size=4).map(tuple)
SOME = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(tuple)


@st.composite
def given_array(draw, shapes=SHAPES):
    array = draw(arrays(shapes))
    return draw(variables(array)), array


@st.composite
def axis_of(draw, ndim):
    return draw(st.integers(-ndim, ndim - 1))


@given(st.data())
def test_transpose(data):
    x, array = data.draw(given_array())
    same(run(x.T, {x: array}), array.T)
    same(run(T.transpose(x), {x: array}), array.transpose())
    order = data.draw(st.permutations(range(array.ndim)))
    order = [axis - array.ndim if data.draw(st.booleans()) else axis for axis in order]
    expected = array.transpose(order)
    same(run(x.transpose(order), {x: array}), expected)
    same(run(x.transpose(*order), {x: array}), expected)
    same(run(T.transpose(x, tuple(order)), {x: array}), expected)


@given(st.data())
def test_swapaxes_and_moveaxis(data):
    x, array = data.draw(given_array(SOME))
    a, b = (data.draw(axis_of(array.ndim)) for _ in range(2))
    same(run(x.swapaxes(a, b), {x: array}), array.swapaxes(a, b))
    same(run(T.moveaxis(x, a, b), {x: array}), np.moveaxis(array, a, b))
    count = data.draw(st.integers(0, array.ndim))
    source, to = (data.draw(st.permutations(range(array.ndim)))[:count] for _ in range(2))
    same(run(T.moveaxis(x, source, to), {x: array}), np.moveaxis(array, source, to))


@given(st.data())
def test_squeeze_and_expand_dims(data):
    x, array = data.draw(given_array())
    count = data.draw(st.integers(1, 2))
    ndim = array.ndim + count
    axes = data.draw(
        st.lists(st.integers(0, ndim - 1), min_size=count, max_size=count, unique=True)
    )
    axes = tuple(axis - ndim if data.draw(st.booleans()) else axis for axis in axes)
    wide = T.expand_dims(x, axes)
    same(run(wide, {x: array}), np.expand_dims(array, axes))
    same(run(T.squeeze(wide, axes), {x: array}), array)
    same(run(wide.squeeze(axes[0]), {x: array}), np.expand_dims(array, axes).squeeze(axes[0]))
    one = T.shape_padaxis(x, axes[0] if count == 1 else 0)
    same(run(one, {x: array}), np.expand_dims(array, axes[0] if count == 1 else 0))


@given(st.data())
def test_squeeze_drops_the_axes_known_to_be_1(data):
    x, array = data.draw(given_array())
    known = tuple(axis for axis, extent in enumerate(x.type.shape) if extent == 1)
    same(run(T.squeeze(x), {x: array}), array.squeeze(known))


@given(st.data())
def test_padding_with_axes_of_1(data):
    x, array = data.draw(given_array())
    n = data.draw(st.integers(0, 2))
    same(run(T.shape_padleft(x, n), {x: array}), array.reshape((1,) * n + array.shape))
    same(run(T.shape_padright(x, n), {x: array}), array.reshape(array.shape + (1,) * n))
    wide = run(T.atleast_nd(x, 3), {x: array})
    same(wide, array.reshape((1,) * (3 - array.ndim) + array.shape))


def test_dimshuffle():
    x = T.dmatrix("x")
    array = np.arange(6.0).reshape(2, 3)
    for order in (("x", 1, 0), ("x", -1, -2), (["x", 1, 0],), (("x", 1, 0),)):
        same(run(x.dimshuffle(*order), {x: array}), array.T[None])
    assert x.dimshuffle(0, 1) is x
    assert x.dimshuffle(np.int64(0), -1) is x
    row = T.drow("r")
    same(run(row.dimshuffle(1), {row: array[:1]}), array[0])
    for order, message in (((0,), None), ((0, 2), "has no such axis"), ((0, 0, 1), "named twice")):
        with pytest.raises(ValueError, match=message):
            fixed = TensorType("float64", (2, 3))("fixed")
            fixed.dimshuffle(*order)
    for entry in (True, "y", 0.5, None):
        with pytest.raises(TypeError, match="dimshuffle of x: an axis is an int or 'x', not"):
            x.dimshuffle(0, entry)


@st.composite
def joinable(draw):
    shape = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    axis = draw(st.integers(0, len(shape) - 1))
    dtypes = st.sampled_from(["bool", "int8", "float32", "float64"])
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        extents = (*shape[:axis], draw(st.integers(0, 3)), *shape[axis + 1 :])
        parts.append(draw(arrays(extents, dtypes)))
    return axis - len(shape) if draw(st.booleans()) else axis, parts


@given(st.data())
def test_concatenate_join_and_stack(data):
    axis, parts = data.draw(joinable())
    symbols = [data.draw(variables(part)) for part in parts]
    values = dict(zip(symbols, parts, strict=True))
    expected = np.concatenate(parts, axis)
    same(run(T.concatenate(symbols, axis), values), expected)
    same(run(T.join(axis, *symbols), values), expected)
    same(run(T.join(axis, symbols), values), expected)
    along = T.lscalar("axis")
    same(T.join(along, *symbols).eval({**values, along: axis}), expected)
    alike = [parts[0]] * 3
    same(run(T.stack([symbols[0]] * 3, axis), values), np.stack(alike, axis))


def test_an_axis_that_a_call_tells_is_checked_by_the_call():
    axis, x, y = T.bscalar("axis"), T.dmatrix("x"), T.dmatrix("y")
    f = sg.function([axis, x, y], [T.join(axis, x, y), *sg.grad(T.join(axis, x, y).sum(), [x, y])])
    wide, tall = np.ones((2, 3)), np.ones((2, 1))
    for along, other in ((0, wide), (1, tall), (-2, wide), (-1, tall)):
        joined, by_x, by_y = f(along, wide, other)
        same(joined, np.concatenate([wide, other], along))
        same(by_x, wide)
        same(by_y, other)
    for wrong in (2, -3):
        with pytest.raises(ValueError, match="join: an axis is at least 0 and within bounds"):
            f(wrong, wide, wide)
    with pytest.raises(ValueError, match="join along axis 0: shapes do not fit"):
        f(0, wide, tall)
    known = sg.function([axis], T.join(axis, T.constant(wide), T.constant(tall)))
    assert known(1).shape == (2, 4)
    with pytest.raises(ValueError, match="join: that all other extents agree"):
        known(0)
    with pytest.raises(ValueError, match="join along axis 0: extents on axis 1 differ"):
        T.join(axis, T.constant(np.ones((2, 3))), T.constant(np.ones((4, 5))))
    with pytest.raises(TypeError, match="join: an axis is an integer scalar, not s"):
        T.join(T.dscalar("s"), x, y)


def test_numbers_and_arrays_are_joined_too():
    x, s = T.fvector("x"), T.fscalar("s")
    values = {x: [1.0, 2.0], s: 3.0}
    same(run(T.concatenate([x, [5, 6]]), values), np.array([1, 2, 5, 6], "float64"))
    same(run(T.concatenate([x, np.float32([5])]), values), np.float32([1, 2, 5]))
    same(run(T.stack([s, 1, 2.5]), values), np.float32([3, 1, 2.5]))
    same(run(T.stack([x, [s, 0.5]]), values), np.float32([[1, 2], [3, 0.5]]))
    same(run(T.stack([1, 2]), values), np.array([1, 2]))
    matrix = TensorType("float32", (2, None))("m")
    same(run(T.concatenate(matrix), {matrix: [[1.0, 2], [3, 4]]}), np.float32([1, 2, 3, 4]))


def test_derivatives_pass_through_all_of_them():
    point = np.arange(6.0).reshape(2, 3) + 1
    weights = np.arange(12.0).reshape(2, 6)

    def f(x):
        wide = T.concatenate([x, x[:, ::-1] ** 2], axis=1) * weights
        return T.stack([T.moveaxis(wide, 0, 1), T.expand_dims(wide.T, 0)[0]], axis=1).squeeze(())

    derivatives_agree(f, point)


def test_lists_that_hold_variables_become_tensors():
    x, y = T.dscalars("x", "y")
    nested = T.as_tensor_variable([[x, 1], [2, y]])
    same(run(nested, {x: 5.0, y: 6.0}), np.array([[5.0, 1], [2, 6]]))
    assert T.as_tensor_variable(x) is x
    assert isinstance(T.as_tensor_variable([1, 2]), Constant)
    for value in ([1, 2], x, [x, 1], [[x], [y]]):
        assert T.as_tensor_variable(value, "float32").type.dtype == "float32"
    assert T.as_tensor_variable(2, name="two").name == "two"
    with pytest.raises(TypeError, match=r"stack: ranks differ: x \(float64 scalar\), "):
        T.as_tensor_variable([x, [x, y]])


def test_shape():
    x = T.dtensor3("x")
    array = np.zeros((2, 0, 4))
    same(run(x.shape, {x: array}), np.array([2, 0, 4]))
    same(run(T.shape(x), {x: array}), np.array([2, 0, 4]))
    same(run(T.shape(T.dscalar()), {}), np.zeros(0, "int64"))
    same(run(T.shape([[1, 2]]), {}), np.array([1, 2]))
    same(run(x.size, {x: array}), np.int64(0))
    assert (x.ndim, x.dtype, x.broadcastable) == (3, "float64", (False,) * 3)
    rows, _, columns = x.shape
    same(run(rows * columns, {x: array}), np.int64(8))


def test_every_back_end_rearranges():
    x = TensorType("float32", (None,) * 3)("x")
    outputs = [
        x.T,
        x.transpose(1, 0, 2),
        x.swapaxes(0, 2),
        T.moveaxis(x, 0, -1),
        x[None].squeeze(0),
    ]
    outputs += [T.concatenate([x, x * 2], 1), T.stack([x, x + 1], -1), x.shape, x.size]
    outputs += [
        T.join(-1, x, x[..., ::-1]).T + 1,
        T.shape_padright(x, 2),
        x.dimshuffle(2, "x", 0, 1),
    ]
    outputs += [sg.grad((T.concatenate([x, x.transpose(0, 1, 2)], 0) ** 2).sum(), x)]
    shapes = [(2, 3, 4), (1, 1, 1), (0, 2, 1), (5, 1, 0)]
    rng = np.random.default_rng(0)
    everywhere(outputs, *({x: rng.normal(size=shape)} for shape in shapes))


def test_every_back_end_checks_what_is_joined_and_dropped():
    x, y = T.dmatrices("x", "y")
    everywhere(
        [T.concatenate([x, y], 1)],
        {x: np.zeros((2, 3)), y: np.zeros((3, 3))},
        {x: np.zeros((2, 3)), y: np.zeros((1, 3))},
        {x: np.zeros((2, 3)), y: np.zeros((2, 0))},
    )
    everywhere([x.squeeze(0)], {x: np.zeros((2, 3))}, {x: np.zeros((0, 3))}, {x: np.ones((1, 3))})


def test_extents_stay_provably_equal():
    x = T.dtensor3("x")
    assert extent_keys(x.transpose(2, 0, 1)) == ((x, 2), (x, 0), (x, 1))
    assert extent_keys(T.stack([x, x])) == (2, (x, 0), (x, 1), (x, 2))


@pytest.mark.parametrize(
    ("use", "error", "message"),
    [
        (lambda x: x.transpose(0), ValueError, r"\(0,\) is no permutation of the axes of x"),
        (lambda x: x.transpose(0, 0), ValueError, "is no permutation of the axes of x"),
        (lambda x: x.transpose(0, 2), ValueError, "transpose: axis 2 is out of range"),
        (lambda x: x.swapaxes(0, 2), ValueError, "swapaxes: axis 2 is out of range for 2"),
        (lambda x: x.swapaxes(0, "a"), TypeError, "swapaxes: an axis is an int, not 'a'"),
        (lambda x: T.moveaxis(x, [0, 1], 0), ValueError, "are not as many different axes"),
        (lambda x: T.moveaxis(x, [0, 0], [0, 1]), ValueError, "are not as many different axes"),
        (lambda x: x.squeeze(3), ValueError, "squeeze: axis 3 is out of range for 2 dimensions"),
        (lambda x: T.expand_dims(x, 3), ValueError, "expand_dims: axis 3 is out of range for 3"),
        (lambda x: T.expand_dims(x, (0, 0)), ValueError, "expand_dims: an axis is named twice"),
        (lambda x: T.join(0, x, x[0]), TypeError, "join along axis 0: ranks do not fit: x"),
        (
            lambda x: T.join(0, x[0, 0]),
            TypeError,
            "join: scalars such as .* cannot be joined; stack",
        ),
        (lambda x: T.join(0), ValueError, "join: nothing to join"),
        (lambda x: T.stack([]), ValueError, "stack: nothing to stack"),
        (lambda x: T.stack([x, x[0]]), TypeError, r"stack: ranks differ: x \(float64 matrix\), "),
        (lambda x: T.stack([x, x], 3), ValueError, "stack: axis 3 is out of range for 3 dim"),
    ],
)
def test_errors(use, error, message):
    with pytest.raises(error, match=message):
        use(T.dmatrix("x"))
