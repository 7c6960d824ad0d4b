"""Reshaping, broadcasting, specifying and splitting, with extents given in every way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import (
    arrays,
    broadcastable,
    derivatives_agree,
    everywhere,
    run,
    same,
    scalars,
)
from support.op_checks import variables as symbols

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import Constant, TensorType

SHAPES = st.lists(st.integers(0, 3), max_size=4).map(tuple)


@st.composite
def as_shape(draw, extents, values):
    """The extents as a tuple or list of numbers and scalars, an array, or a variable."""
    how = draw(st.sampled_from(["entries", "list", "array", "vector"]))
    if how == "array":
        return np.array(extents, "int64")
    if how == "vector":
        vector = TensorType("int64", (len(extents),))("shape")
        values[vector] = extents
        return vector
    entries = [draw(scalars(extent, values)) for extent in extents]
    return entries if how == "list" else tuple(entries)


@st.composite
def another_shape(draw, size):
    shape, rest = [], size
    while rest > 1:
        shape.append(draw(st.sampled_from([d for d in range(1, rest + 1) if rest % d == 0])))
        rest //= shape[-1]
    return [0, *draw(st.lists(st.integers(0, 3), max_size=2))] if size == 0 else shape


@given(st.data())
def test_reshape(data):
    array = data.draw(arrays(SHAPES))
    x = data.draw(symbols(array))
    shape = data.draw(another_shape(array.size))
    values = {x: array}
    said = list(shape)
    open_axes = [a for a in range(len(shape)) if 0 not in shape[:a] + shape[a + 1 :]]
    if open_axes and data.draw(st.booleans()):
        # Also where -1 is not known before the function runs.
        said[data.draw(st.sampled_from(open_axes))] = -1
    same(run(x.reshape(data.draw(as_shape(said, values))), values), array.reshape(shape))


def test_the_forms_of_reshape():
    x, v = T.dmatrix("x"), T.lvector("v")
    values = {x: np.arange(6.0).reshape(2, 3), v: [3, 2]}
    expected = values[x].reshape(3, 2)
    for y in (
        x.reshape((3, 2)),
        x.reshape([3, 2]),
        x.reshape(3, 2),
        x.reshape(3, -1),
        x.reshape((3, 2), ndim=2),
        x.reshape((3, 2), 2),
        x.reshape(v, ndim=2),
        x.reshape(v, 2),
        T.reshape(x, v, 2),
        T.reshape(x, (x.shape[1], x.shape[0])),
        x.reshape(x.shape[::-1]),
        x.reshape(np.array([3, 2])),
        x.reshape((np.int8(3), T.constant(2))),
    ):
        same(run(y, values), expected)
    same(run(x.reshape(6), values), expected.ravel())
    same(run(x[0, :1].reshape(()), values), np.float64(0))
    assert x.reshape((3, 2)).type.shape == (3, 2)
    assert TensorType("float64", (2, 3))().reshape((3, -1)).type.shape == (3, 2)


@given(st.data())
def test_flatten_and_ravel(data):
    array = data.draw(arrays(SHAPES))
    x = data.draw(symbols(array))
    same(run(x.ravel(), {x: array}), array.ravel())
    same(run(T.ravel(x), {x: array}), array.ravel())
    ndim = data.draw(st.integers(1, max(array.ndim, 1)))
    kept = array.shape[: ndim - 1]
    expected = array.reshape((*kept, int(np.prod(array.shape[ndim - 1 :]))))
    same(run(x.flatten(ndim), {x: array}), expected)


@given(st.data())
def test_broadcast_to(data):
    narrow, wide = data.draw(broadcastable(2))
    wide = np.broadcast_shapes(narrow, wide)
    array = data.draw(arrays(narrow))
    x = data.draw(symbols(array))
    values = {x: array}
    shape = data.draw(as_shape(wide, values))
    same(run(T.broadcast_to(x, shape), values), np.broadcast_to(array, wide))


@given(st.data())
def test_specify_shape(data):
    array = data.draw(arrays(SHAPES))
    x = data.draw(symbols(array))
    values = {x: array}
    said = [None if data.draw(st.booleans()) else e for e in array.shape]
    shape = [None if e is None else data.draw(scalars(e, values)) for e in said]
    same(run(T.specify_shape(x, shape), values), array)
    whole = T.specify_shape(x, data.draw(as_shape(list(array.shape), values)))
    same(run(whole, values), array)


@given(st.data())
def test_split_is_undone_by_join(data):
    array = data.draw(arrays(st.lists(st.integers(0, 5), min_size=1, max_size=3).map(tuple)))
    axis = data.draw(st.integers(-array.ndim, array.ndim - 1))
    cuts = sorted(data.draw(st.lists(st.integers(0, array.shape[axis]), max_size=3)))
    expected = np.split(array, cuts, axis)
    x = data.draw(symbols(array))
    values = {x: array}
    sizes = data.draw(as_shape([part.shape[axis] for part in expected], values))
    parts = T.split(x, sizes, axis=axis)
    for part, value in zip(parts, expected, strict=True):
        same(run(part, values), value)
    same(run(T.join(axis, *parts), values), array)


def test_split_by_a_vector_of_unknown_length():
    x, sizes = T.dvector("x"), T.lvector("sizes")
    first, second = T.split(x, sizes, 2)
    values = {x: [1.0, 2, 3], sizes: [1, 2]}
    same(run(first, values), [1.0])
    same(run(second, values), [2.0, 3])
    with pytest.raises(ValueError, match="was specified to have"):
        run(first, {x: [1.0, 2, 3], sizes: [1, 1]})
    with pytest.raises(ValueError, match="was specified to have"):
        run(first, {x: [1.0, 2, 3], sizes: [1, 1, 1]})


def test_derivatives_pass_through_all_of_them():
    point = np.arange(6.0).reshape(2, 3)
    weights = np.arange(24.0).reshape(4, 2, 3) + 1

    def f(x):
        first, second = T.split(x.reshape((3, 2)), [1, 2])
        whole = T.concatenate([first**2, second], 0).flatten().reshape((2, -1))
        return T.broadcast_to(T.specify_shape(whole, (None, 3)), (4, 2, 3)) * weights

    derivatives_agree(f, point)


def test_addbroadcast():
    x = T.dmatrix("x")
    row = T.addbroadcast(x, 0)
    assert row.type.shape == (1, None)
    assert row.broadcastable == (True, False)
    assert T.addbroadcast(x, -1, 0).type.shape == (1, 1)
    same(run(row, {x: [[1.0, 2.0]]}), [[1.0, 2.0]])
    with pytest.raises(ValueError, match=r"of shape \(2, 1\) was specified to have \(1, 1\)"):
        run(row, {x: [[1.0], [2.0]]})


def test_every_back_end_reshapes():
    x, n, m = TensorType("int16", (None, None))("x"), T.lscalar("n"), T.lscalar("m")
    reshaped = x.reshape((n, m, -1))
    outputs = [reshaped, x.T.reshape((n, -1)), x.flatten(), x[::-1].ravel(), x[None].flatten(2)]
    everywhere(
        outputs,
        {x: np.arange(12).reshape(3, 4), n: 2, m: 3},
        {x: np.arange(12).reshape(1, 12), n: 1, m: 1},
        {x: np.zeros((0, 4)), n: 2, m: 3},
    )
    everywhere([reshaped], {x: np.zeros((3, 4)), n: 5, m: 1}, {x: np.zeros((3, 4)), n: 0, m: 1})
    fixed = x.reshape((n, m))
    everywhere(
        [fixed],
        *({x: np.arange(12).reshape(3, 4), n: a, m: b} for a, b in ((6, 2), (-1, 3), (4, -1))),
        *({x: np.arange(12).reshape(3, 4), n: a, m: b} for a, b in ((6, 3), (-1, 5), (-1, -1))),
    )


def test_every_back_end_broadcasts_specifies_and_splits():
    x, n = T.fmatrix("x"), T.lscalar("n")
    wide = T.broadcast_to(x, (2, n, x.shape[1]))
    outputs = [wide, T.specify_shape(x, (None, n)) + 1, *T.split(x, [1, n - 1], axis=1)]
    outputs += [sg.grad((wide**2).sum(), x), T.addbroadcast(x, 0) * 2]
    for output in outputs:
        everywhere(
            [output],
            {x: np.ones((1, 3)), n: 3},
            {x: np.ones((3, 3)), n: 3},
            {x: np.ones((1, 0)), n: 0},
            {x: np.ones((2, 3)), n: 4},
        )


@pytest.mark.parametrize(
    ("use", "error", "message"),
    [
        (
            lambda x, v: x.reshape(v),
            TypeError,
            r"reshape: the length of the shape v \(int64 vector\)",
        ),
        (lambda x, v: x.reshape((2, 3), 3), ValueError, "reshape: 2 extents given, but ndim=3"),
        (
            lambda x, v: x.reshape((2.0, 3)),
            TypeError,
            "reshape: an extent must be an integer scalar",
        ),
        (lambda x, v: x.reshape((v, 3)), TypeError, "an extent must be an integer scalar, not v"),
        (lambda x, v: x.reshape((-1, -1)), ValueError, r"one extent may be -1, got \(-1, -1\)"),
        (lambda x, v: x.reshape("ab"), TypeError, "holds no numbers"),
        (lambda x, v: x.flatten(0), ValueError, r"flatten: x \(float64 matrix\) cannot have 0"),
        (lambda x, v: T.broadcast_to(x, (3,)), ValueError, "has more than 1 dimensions"),
        (lambda x, v: T.broadcast_to(x, (-2, 3)), ValueError, "the extent -2 is negative"),
        (lambda x, v: T.specify_shape(x, (2,)), ValueError, "1 extents, 2 dimensions|2 dimensions"),
        (
            lambda x, v: T.specify_shape(x, (2, 3, 4)),
            ValueError,
            "specify_shape of x .*: 3 extents",
        ),
        (lambda x, v: T.split(x, [1, 2], 3), ValueError, "split: 2 extents given, but ndim=3"),
        (lambda x, v: T.split(x, v), TypeError, "split: the length of the shape v"),
        (lambda x, v: T.split(x, [1], axis=2), ValueError, "split: axis 2 is out of range"),
        (lambda x, v: T.split(x, [-1, 3]), ValueError, "split: the extent -1 is negative"),
    ],
)
def test_errors(use, error, message):
    with pytest.raises(error, match=message):
        use(T.dmatrix("x"), T.lvector("v"))


def test_sizes_that_do_not_make_up_a_known_extent():
    x = TensorType("float64", (None, 4))("x")
    with pytest.raises(
        ValueError, match=r"split: the sizes 1, 2 make up 3, not the 4 of x \(float64"
    ):
        T.split(x, [1, 2], axis=1)
    assert isinstance(T.split(x, [1, 3], axis=1)[1].shape[1], Constant)
