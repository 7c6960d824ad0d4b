"""BroadcastTo and SumTo, which are each other's derivatives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import arrays, derivatives_agree, everywhere, integers, run, same, variables

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import Constant, TensorType
from symgraph.ops import BroadcastTo, SumTo
from symgraph.ops.broadcast import broadcast_scalar, sum_to
from symgraph.ops.constant import constant
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.shape import extents_of


@st.composite
def narrowed(draw, shape):
    """A shape that broadcasts to `shape`."""
    return tuple(extent if draw(st.booleans()) else 1 for extent in shape)


SHAPES = st.lists(st.integers(0, 3), max_size=3).map(tuple)


@given(st.data())
def test_broadcast_and_its_sum_back(data):
    wide = data.draw(SHAPES)
    array = data.draw(arrays(shape=data.draw(narrowed(wide))))
    x = data.draw(variables(array))
    values = {x: array}
    extents = []
    for extent in wide:
        scalar = T.lscalar("n") if data.draw(st.booleans()) else constant(extent, "int64")
        if not isinstance(scalar, Constant):
            values[scalar] = extent
        extents.append(scalar)
    known = tuple(int(e.data) if isinstance(e, Constant) else None for e in extents)
    spread = BroadcastTo(known)(x, *extents)
    same(run(spread, values), np.broadcast_to(array, wide))
    narrow = SumTo(x.type.shape)(spread, *extents_of(x))
    axes = tuple(a for a, (e, w) in enumerate(zip(array.shape, wide, strict=True)) if e != w)
    expected = np.broadcast_to(array, wide).sum(axes, keepdims=True, dtype=array.dtype)
    same(run(narrow, values), expected)


@given(st.data())
def test_derivatives_of_broadcast_and_sum(data):
    wide = data.draw(SHAPES)
    narrow = data.draw(narrowed(wide))
    nothing = (None,) * len(wide)
    array = data.draw(arrays(shape=narrow, dtype="float64"))
    derivatives_agree(lambda x: BroadcastTo(nothing)(x, *integers(*wide)) * 2.0, array)
    array = data.draw(arrays(shape=wide, dtype="float64"))
    derivatives_agree(lambda x: SumTo(nothing)(x, *integers(*narrow)) * 2.0, array)


def test_float16_sums_back_in_float32():
    x = TensorType("float16", (None,))("x")
    out = SumTo((1,))(x, *integers(1))
    same(run(out, {x: np.full(4096, 1.0)}), np.array([4096], "float16"))


def test_a_broadcast_that_cannot_be():
    x = T.dvector("x")
    with pytest.raises(ValueError, match=r"an array of shape \(2,\) cannot be broadcast to \(3,\)"):
        run(BroadcastTo((3,))(x, *integers(3)), {x: np.zeros(2)})
    with pytest.raises(ValueError, match=r"y .* cannot be broadcast to the extent 3 on axis 0"):
        BroadcastTo((3,))(TensorType("float64", (2,))("y"), *integers(3))
    with pytest.raises(TypeError, match=r"x \(float64 vector\) cannot be broadcast to 2 extents"):
        BroadcastTo((3, 3))(x, *integers(3, 3))
    with pytest.raises(ValueError, match=r"of shape \(4,\) does not sum to the shape \(2,\)"):
        run(SumTo((2,))(x, *integers(2)), {x: np.zeros(4)})


def test_two_arrays_of_one_symbolic_extent_need_no_sum():
    n, x = T.lscalar("n"), T.dvector("x")
    y = T.zeros((n,)) + T.ones((n,))
    assert extent_keys(y) == (n,)
    assert extent_keys(x + x) == ((x, 0),)


def test_what_needs_no_sum_is_left_alone():
    x, y = T.dmatrix("x"), T.dvector("y")
    doubled, known = x * 2, T.TensorType("float64", (2, 3))("known")
    assert sum_to(x, x) is x
    assert sum_to(known * 2, known).owner.inputs[0] is known
    # Either may be replaced.
    assert sum_to(doubled, x) is not doubled
    summed = sum_to(x + y, y)
    assert summed.type.ndim == 1
    same(run(summed, {x: np.ones((2, 3)), y: np.zeros(3)}), np.full(3, 2.0))
    same(run(summed, {x: np.ones((2, 3)), y: np.zeros(1)}), np.full(1, 6.0))


def test_a_repeated_scalar():
    s, n = T.bscalar("s"), T.lscalar("n")
    assert broadcast_scalar(s, []) is s
    out = broadcast_scalar(s, [n, *integers(2)])
    assert out.type.shape == (None, 2)
    same(run(out, {s: 7, n: 3}), np.full((3, 2), 7, "int8"))


def test_broadcast_is_a_view():
    x = T.dvector("x")
    array = np.ones(1)
    result = run(BroadcastTo((5,))(x, *integers(5)), {x: array})
    assert np.shares_memory(result, array)


def test_every_back_end_broadcasts_and_sums_back():
    x, n, m = T.fmatrix("x"), T.lscalar("n"), T.lscalar("m")
    wide = BroadcastTo((None, None))(x, n, m)
    narrow = SumTo((None, None))(x, n, m)
    for output in (wide, wide.T + 1, sg.grad((wide**2).sum(), x), narrow):
        everywhere(
            [output],
            *({x: np.full(shape, 0.5), n: shape[0], m: shape[1]} for shape in ((2, 3), (0, 1))),
            *({x: np.full((1, 3), 0.5), n: a, m: b} for a, b in ((4, 3), (0, 3), (1, 3), (2, 4))),
            {x: np.full((4, 3), 0.5), n: 1, m: 3},
            {x: np.full((4, 3), 0.5), n: 1, m: 1},
            {x: np.full((4, 3), 0.5), n: 2, m: 3},
            {x: np.full((0, 3), 0.5), n: 1, m: 3},
        )


@pytest.mark.parametrize("dtype", ["bool", "int8", "float16", "complex64"])
def test_every_back_end_sums_back_every_dtype(dtype):
    x = TensorType(dtype, (None, None))("x")
    outputs = [SumTo((1, None))(x, constant(1, "int64"), *extents_of(x)[1:])]
    everywhere(outputs, {x: np.ones((5, 3))}, {x: np.ones((1, 3))}, {x: np.ones((0, 3))})


def test_sums_that_do_not_fit_are_type_errors():
    x = T.dvector("x")
    with pytest.raises(TypeError, match=r"SumTo.*: x \(float64 vector\) and 2 extents do not fit"):
        SumTo((1, 1))(x, *integers(1, 1))


def test_float16_overflows_without_a_warning():
    x = TensorType("float16", (3,))("x")
    assert np.isposinf(run(SumTo((1,))(x, *integers(1)), {x: np.full(3, 60000, "float16")}))
