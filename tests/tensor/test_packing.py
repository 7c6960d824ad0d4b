"""Axes joined and split, and arrays packed into one and taken apart again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import budget
from support.op_checks import everywhere, run, same

import symgraph.tensor as T
from symgraph.graph import TensorType

EXTENTS = st.integers(0, 3)


@given(st.data())
@budget(0.3)
def test_what_is_packed_can_be_taken_apart(data):
    first = data.draw(st.lists(EXTENTS, max_size=2))
    last = data.draw(st.lists(EXTENTS, max_size=1))
    kept = [*range(len(first)), *range(-len(last), 0)]
    inner = data.draw(st.lists(st.lists(EXTENTS, max_size=2), min_size=1, max_size=3))
    rng = np.random.default_rng(0)
    given_ = [rng.integers(0, 9, (*first, *own, *last)).astype("float64") for own in inner]
    tensors = [TensorType("float64", (None,) * array.ndim)() for array in given_]
    values = dict(zip(tensors, given_, strict=True))
    packed, shapes = T.pack(*tensors, keep_axes=kept or None)
    flat = [
        array.reshape(*first, int(np.prod(own)), *last)
        for array, own in zip(given_, inner, strict=True)
    ]
    same(run(packed, values), np.concatenate(flat, axis=len(first)))
    parts = T.unpack(packed, shapes, keep_axes=kept)
    for part, array in zip(parts, given_, strict=True):
        same(run(part, values), array)
    everywhere([packed, *parts], values)


def test_axes_joined_and_split():
    x, n = T.dtensor3("x"), T.lscalar("n")
    array = np.arange(24.0).reshape(2, 3, 4)
    for start, count, shape in [
        (0, 2, (6, 4)),
        (1, None, (2, 12)),
        (-2, 2, (2, 12)),
        (3, 0, (2, 3, 4, 1)),
    ]:
        same(run(T.join_dims(x, start, count), {x: array}), array.reshape(shape))
    same(run(T.split_dims(x, (n, -1), axis=-1), {x: array, n: 2}), array.reshape(2, 3, 2, 2))
    same(run(T.split_dims(x[:, :1], (), axis=1), {x: array}), array[:, 0])


def test_errors():
    x = T.dmatrix("x")
    with pytest.raises(
        ValueError, match=r"join_dims: x \(float64 matrix\) has no 3 axes from 0 on"
    ):
        T.join_dims(x, 0, 3)
    with pytest.raises(ValueError, match="pack: keep_axes are some of the first axes"):
        T.pack(x, keep_axes=[1])
    with pytest.raises(ValueError, match=r"pack: x \(float64 matrix\) has no 3 axes to keep"):
        T.pack(x, keep_axes=[0, 1, -1])
    with pytest.raises(ValueError, match="pack: nothing to pack"):
        T.pack()
    with pytest.raises(ValueError, match="unpack: x .* has not one axis beside the 2 kept"):
        T.unpack(x, [(2,)], keep_axes=[0, -1])


def test_arrays_broadcast_together():
    x, y = T.dmatrix("x"), T.lvector("y")
    values = {x: np.ones((3, 1)), y: np.arange(4)}
    found = T.broadcast_arrays(x, y, 2)
    for part, wanted in zip(found, np.broadcast_arrays(values[x], values[y], 2), strict=True):
        same(run(part, values), wanted)
    with pytest.raises(ValueError, match="broadcast"):
        T.broadcast_arrays(T.zeros((2, 3)), T.zeros(4))
