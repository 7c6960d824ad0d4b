"""Sorting along axes: values, places, derivatives, messages."""

import numpy as np
import pytest
from support import agreement

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType

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


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda x: T.sort(x, kind="bubble"), ValueError, "sort: kind='bubble' is none of"),
        (lambda x: T.argsort(x, order="f"), ValueError, "order is for records"),
        (lambda x: T.sort(x, axis=2), ValueError, "sort"),
        (lambda x: T.topk(x, 0), ValueError, "kth is an integer other than 0, not 0"),
        (lambda x: T.topk(T.specify_shape(x, (2, 3)), 4), ValueError, "there are 3 on axis 1"),
        (lambda x: T.sort(T.constant(1.0)), ValueError, "sort"),
    ],
)
def test_what_cannot_be_sorted(make, error, message):
    with pytest.raises(error, match=message):
        make(T.dmatrix("x"))
