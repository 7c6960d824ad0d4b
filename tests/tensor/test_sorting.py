"""Sorting along axes: values, places, derivatives, messages."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import agreement
from support.back_ends import TESTED
from support.op_checks import arrays, derivatives_agree, everywhere, run, same, variables

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import ArgSelect, ArgSort, TakeOrdered

SHAPES = [(7,), (3, 5), (4, 1, 6), (2, 0)]


@pytest.mark.parametrize("shape", SHAPES)
def test_sorted_as_numpy_does(shape):
    x = TensorType("float64", (None,) * len(shape))("x")
    values = np.random.default_rng(0).integers(-3, 4, size=shape).astype("float64")
    values.flat[1:2] = np.nan
    axes = [None, *range(-len(shape), len(shape))]
    outputs = [f(x, axis) for axis in axes for f in (T.sort, T.argsort)]
    outputs += [x.sort(), x.argsort()]
    for variant in agreement.EVERY:
        found = iter(agreement.compile_variant(variant, [x], outputs)(values))
        for axis in axes:
            np.testing.assert_array_equal(next(found), np.sort(values, axis))
            np.testing.assert_array_equal(next(found), np.argsort(values, axis, kind="stable"))
        np.testing.assert_array_equal(next(found), np.sort(values))
        np.testing.assert_array_equal(next(found), np.argsort(values, kind="stable"))


def test_derivatives_go_back_to_where_the_numbers_stood():
    x, g = T.dmatrix("x"), np.arange(12.0).reshape(3, 4)
    values = np.random.default_rng(1).normal(size=(3, 4))
    f = sg.function([x], T.grad((T.sort(x, axis=0) * g).sum(), x))
    expected = np.zeros((3, 4))
    np.put_along_axis(expected, np.argsort(values, axis=0), g, axis=0)
    np.testing.assert_array_equal(f(values), expected)
    sg.gradient.verify_grad(
        lambda x: T.sort(x, axis=1) ** 2, [values], rng=np.random.default_rng(2)
    )


def test_the_largest_and_the_smallest():
    x = T.dmatrix("x")
    values = np.random.default_rng(2).normal(size=(4, 6))
    ordered = np.sort(values, axis=1)
    places = np.argsort(values, axis=1)
    f = sg.function(
        [x],
        [T.topk(x, 2), T.argtopk(x, -3), *T.topk_and_argtopk(x, 4, axis=0, idx_dtype="int32")],
    )
    largest, smallest, of_columns, where = f(values)
    np.testing.assert_array_equal(largest, ordered[:, -2:])
    np.testing.assert_array_equal(smallest, places[:, :3])
    np.testing.assert_array_equal(of_columns, np.sort(values, axis=0))
    assert where.dtype == "int32"
    np.testing.assert_array_equal(np.take_along_axis(values, where, axis=0), of_columns)
    assert not f.fallbacks()


@st.composite
def topmost(draw):
    """An array with equal elements, an axis or None, and how many elements to take there."""
    shape = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    dtypes = st.sampled_from(["float64", "float32", "int64", "uint8", "bool"])
    x = draw(arrays(tuple(shape), dtypes))
    axis = draw(st.none() | st.integers(-x.ndim, x.ndim - 1))
    extent = x.size if axis is None else x.shape[axis]
    return x, axis, draw(st.integers(1, extent)) * draw(st.sampled_from([1, -1]))


@given(topmost(), st.data())
def test_topk_of_numbers_and_scalars(case, data):
    value, axis, k = case
    x = data.draw(variables(value))
    kth = TensorType(data.draw(st.sampled_from(["int64", "int8"])), ())("k")
    flat, along = (value.ravel(), 0) if axis is None else (value, axis)
    order = np.argsort(flat, axis=along, kind="stable")
    order = np.take(order, np.arange(order.shape[along])[-k:] if k > 0 else np.arange(-k), along)
    for given_ in (k, kth):
        values, indices = T.topk_and_argtopk(x, given_, axis, idx_dtype="int16")
        point = {x: value, kth: k}
        same(run(values, point), np.take_along_axis(flat, order, along))
        same(run(indices, point), order.astype("int16"))
    assert values.type.dtype == value.dtype


def test_topk_by_a_scalar_on_every_back_end():
    x, k = T.dmatrix("x"), T.lscalar("k")
    values, indices = T.topk_and_argtopk(x, k, axis=0)
    outputs = [values, indices, sg.grad((values**2).sum(), x)]
    f = sg.function([x, k], outputs)
    assert f.fallbacks() == []
    value = np.random.default_rng(3).normal(size=(5, 3))
    everywhere(outputs, *({x: value, k: many} for many in (1, 3, 5, -1, -5)))
    with pytest.raises(ValueError, match="topk: the magnitude of kth is at least 1, not 0"):
        f(value, 0)
    with pytest.raises(ValueError, match="axis 0 of x, less the magnitude of kth, is at least 0"):
        f(value, -6)
    for mode in TESTED:
        with pytest.raises(ValueError, match=r"topk: there are 3 numbers in a row of x, and not 9"):
            sg.function([x], T.topk(x, 9), mode=mode)(value)
    for how in (3, -2):
        derivatives_agree(lambda v, how=how: T.topk(v, how) ** 2, value)
        derivatives_agree(lambda v, how=how: sg.grad((T.topk(v, how, axis=0) ** 3).sum(), v), value)


def test_the_shape_takes_no_sort():
    x, k = T.dtensor3("x"), T.lscalar("k")
    value = np.random.default_rng(3).normal(size=(2, 5, 3))
    made = [
        T.sort(x), T.sort(x, 0), T.sort(x, None), T.argsort(x, 1), T.topk(x, 2), T.topk(x, k, 1),
        T.argtopk(x, -2, None), T.sort(x, 1) + 1, T.exp(T.topk(x, k, axis=0)),
    ]  # fmt: skip
    for y in made:
        for mode in ("llvm", "reference"):
            outputs = [y.shape, y.shape[0], y.size]
            f = sg.function([x, k], outputs, mode=mode, on_unused_input="ignore")
            ops = [node.op for node in f.maker.fgraph.toposort()]
            assert not any(isinstance(op, ArgSelect | ArgSort | TakeOrdered) for op in ops), y
            shape = run(y, {x: value, k: 2}).shape
            found = f(value, 2)
            assert (tuple(found[0]), found[1], found[2]) == (shape, shape[0], np.prod(shape))


def test_an_axis_that_is_symbolic():
    x, axis = T.dtensor3("x"), T.lscalar("axis")
    outputs = [T.sort(x, axis), T.argsort(x, axis), sg.grad((T.sort(x, axis) ** 2).sum(), x)]
    f = sg.function([x, axis], outputs)
    value = np.random.default_rng(3).normal(size=(4, 2, 3))
    for at in range(-3, 3):
        found = f(value, at)
        np.testing.assert_array_equal(found[0], np.sort(value, at))
        np.testing.assert_array_equal(found[1], np.argsort(value, at, kind="stable"))
        np.testing.assert_allclose(found[2], 2 * value)
    for at, message in (
        (3, "number of axes behind the axis"),
        (-4, "axis, counted from the first"),
    ):
        with pytest.raises(ValueError, match=f"sort: the {message}.*is an integer, at least 0"):
            f(value, at)
    known = T.sort(x, T.constant(1))
    np.testing.assert_array_equal(run(known, {x: value}), np.sort(value, 1))
    number = T.dscalar("number")
    f = sg.function([x, number], T.sort(x, number))
    np.testing.assert_array_equal(f(value, 1.0), np.sort(value, 1))
    with pytest.raises(TypeError, match="sort: an axis is an int, an integer scalar or None"):
        T.sort(x, T.lvector("v"))


def test_of_a_batch_it_is_one_operation():
    v, many, k = T.dvector("v"), T.dmatrix("many"), T.lscalar("k")
    value = np.random.default_rng(3).normal(size=(4, 6))
    for y, expected in (
        (T.sort(v), np.sort(value)),
        (T.argsort(v), np.argsort(value)),
        (T.topk(v, 2), np.sort(value)[:, -2:]),
        (T.topk(v, k), np.sort(value)[:, -3:]),
    ):
        batched = sg.vectorize_graph(y, {v: many})
        f = sg.function([many, k], batched, on_unused_input="ignore")
        np.testing.assert_array_equal(f(value, 3), expected)
        assert "Scan" not in str([node.op for node in f.maker.fgraph.toposort()])


def test_one_sort_serves_values_and_indices():
    x, k = T.dmatrix("x"), T.lscalar("k")
    f = sg.function([x, k], [*T.topk_and_argtopk(x, k), T.sort(x), T.argsort(x)])
    ops = [node.op for node in f.maker.fgraph.toposort()]
    assert sum(isinstance(op, ArgSort) for op in ops) == 1


def test_few_of_many_take_no_sort_of_all():
    x = T.dmatrix("x")
    f = sg.function([x], T.topk_and_argtopk(x, 2))
    nodes = f.maker.fgraph.toposort()
    assert sum(isinstance(node.op, ArgSelect) for node in nodes) == 1
    assert not any(isinstance(node.op, ArgSort) and x in node.inputs for node in nodes)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda x: T.sort(x, kind="bubble"), ValueError, "sort: kind='bubble' is none of"),
        (lambda x: T.argsort(x, order="f"), ValueError, "order is for records"),
        (lambda x: T.sort(x, axis=2), ValueError, "sort"),
        (lambda x: T.topk(x, 0), ValueError, "kth is an integer other than 0, not 0"),
        (lambda x: T.topk(x, True), ValueError, "kth is an integer other than 0, not True"),
        (lambda x: T.topk(x, T.dscalar("k")), ValueError, "kth is an integer other than 0, not k"),
        (lambda x: T.topk(T.specify_shape(x, (2, 3)), 4), ValueError, "there are 3 on axis 1"),
        (lambda x: T.sort(T.constant(1.0)), ValueError, "sort"),
    ],
)
def test_what_cannot_be_sorted(make, error, message):
    with pytest.raises(error, match=message):
        make(T.dmatrix("x"))
