"""Running sums, running products and the recurrence of their derivatives, by every back end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import assert_agree, budget
from support.back_ends import TESTED
from support.op_checks import ANY_DTYPE, arrays, derivatives_agree, run, same
from support.processors import lowered_for

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import Cumulative, LinearRecurrence
from symgraph.ops.reduce import REDUCE_KINDS

KINDS = {"sum": np.cumsum, "prod": np.cumprod}
FLAGS = [(backwards, delayed) for backwards in (False, True) for delayed in (False, True)]
WALKS = pytest.mark.parametrize(("backwards", "delayed"), FLAGS)


def walked(kind, x, axis, backwards, delayed):
    """In NumPy, with the element left out where it is delayed."""
    dtype = REDUCE_KINDS[kind].dtype(str(x.dtype))
    rows = np.moveaxis(x.astype("float32" if dtype == "float16" else dtype), axis, 0)
    rows = rows[::-1] if backwards else rows
    if delayed:
        first = np.full_like(rows[:1], REDUCE_KINDS[kind].identity)
        rows = np.concatenate([first, rows[:-1]])
    rows = KINDS[kind](rows, axis=0).astype(dtype)
    return np.moveaxis(rows[::-1] if backwards else rows, 0, axis)


@given(data=st.data())
@budget(0.5)
def test_every_dtype_axis_and_way_is_numpys(data):
    shape = data.draw(st.lists(st.integers(0, 20), min_size=1, max_size=3))
    value = data.draw(arrays(tuple(shape), ANY_DTYPE))
    axis = data.draw(st.integers(0, value.ndim - 1))
    backwards, delayed = data.draw(st.sampled_from(FLAGS))
    x = TensorType(value.dtype, (None,) * value.ndim)("x")
    for kind in KINDS:
        if kind == "prod":
            # Larger products would overflow a half.
            value = np.clip(value.real, -1, 1).astype(value.dtype)
        y = Cumulative(kind, axis, backwards, delayed)(x)
        same(run(y, {x: value}), walked(kind, value, axis, backwards, delayed))
        assert_agree([x], [y], [value])


@WALKS
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_of_views_and_long_lines(axis, backwards, delayed):
    """Of a transposed array, and of lines that are longer than a block."""
    rng = np.random.default_rng(0)
    x = T.dtensor3("x")
    for shape in ((3, 2, 2500), (2500, 3, 2), (9, 17, 5)):
        value = rng.integers(-3, 4, shape).astype("float64")
        f = sg.function([x], Cumulative("sum", axis, backwards, delayed)(x.transpose(2, 1, 0)))
        assert not f.fallbacks()
        same(f(value), walked("sum", value.transpose(2, 1, 0), axis, backwards, delayed))


LENGTHS = (0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 130)
DTYPES = ("bool", "int8", "uint16", "int32", "uint64", "float16", "float32", "float64")


@pytest.mark.parametrize("numbers", [{}, {"masks": False}, {"vector_bytes": 16}], ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_vectors_and_what_is_left_behind_them(dtype, numbers):
    """Along rows of every length about those of vectors; with a row behind each that would be
    overwritten."""
    x = TensorType(dtype, (None, None))("x")
    ways = [(kind, *flags) for kind in KINDS for flags in FLAGS]
    with lowered_for(**numbers), sg.config.change_flags(mode="llvm"):
        f = sg.function([x], [Cumulative(kind, 1, *flags)(x) for kind, *flags in ways])
        for length in LENGTHS:
            value = np.random.default_rng(length).integers(-1, 2, (3, length)).astype(dtype)
            for (kind, *flags), found in zip(ways, f(value), strict=True):
                same(found, walked(kind, value, 1, *flags))


def test_running_sums_of_negative_zeros_infinities_and_nan():
    x = T.dvector("x")
    f = sg.function([x], T.cumsum(x), mode="llvm")
    for length in (1, 8, 13, 40):
        found = f(np.full(length, -0.0))
        assert (np.signbit(found) & (found == 0)).all()
        for special in (np.inf, -np.inf, np.nan):
            for place in (0, length // 2, length - 1):
                value = np.ones(length)
                value[place] = special
                same(f(value), np.cumsum(value))


@WALKS
@pytest.mark.parametrize("kind", KINDS)
def test_derivatives_are_right_at_zeros_too(kind, backwards, delayed):
    rng = np.random.default_rng(1)
    value = rng.normal(size=(2, 5, 3))
    value[0, 1, :], value[0, 3, :], value[1, 2, 0] = 0, 0, 0
    op = Cumulative(kind, 1, backwards, delayed)
    derivatives_agree(op, value)

    def second(x):
        return sg.grad((op(x) ** 2).sum(), x)

    derivatives_agree(second, value)
    derivatives_agree(lambda x: sg.grad((second(x) ** 2).sum(), x), value)


@WALKS
@pytest.mark.parametrize("axis", [0, 1])
def test_the_recurrence(axis, backwards, delayed):
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 6, 4))
    a[2, 1] = b[3, 2] = 0
    op = LinearRecurrence(axis, backwards, delayed)
    rows, terms = (np.moveaxis(v, axis, 0) for v in (a, b))
    rows, terms = (v[::-1] if backwards else v for v in (rows, terms))
    states = [terms[0]]
    for i in range(1, len(terms)):
        states.append(rows[i - 1 if delayed else i] * states[-1] + terms[i])
    expected = np.moveaxis(np.array(states[::-1] if backwards else states), 0, axis)
    x, y = T.dmatrix("x"), T.dmatrix("y")
    np.testing.assert_allclose(run(op(x, y), {x: a, y: b}), expected, rtol=1e-13)
    assert_agree([x, y], [op(x, y)], [a, b])
    assert_agree([x, y], [op(x, y)], [a[:0], b[:0]])
    assert_agree([x, y], [op(x, y)], [a, b[:5]])
    derivatives_agree(op, a, b)

    def second(x, y):
        return sg.grad((op(x, y) ** 2).sum(), x)

    derivatives_agree(second, a, b)


@WALKS
def test_derivatives_by_complex_numbers(backwards, delayed):
    rng = np.random.default_rng(4)
    z, w = rng.normal(size=(2, 3, 5)) + 1j * rng.normal(size=(2, 3, 5))
    for kind in KINDS:
        op = Cumulative(kind, 1, backwards, delayed)
        sg.gradient.verify_grad(op, [z], rng=rng)
    sg.gradient.verify_grad(LinearRecurrence(1, backwards, delayed), [z, w], rng=rng)


def test_a_state_of_zero_stays_zero():
    x, y = T.dvectors("x", "y")
    values = np.array([1.0, np.inf, np.nan, 2.0]), np.array([0.0, 0, 0, 3])
    for mode in TESTED:
        f = sg.function([x, y], LinearRecurrence(0)(x, y), mode=mode)
        same(f(*values), [0.0, 0, 0, 3])


def test_its_shape_takes_no_value_and_batches_are_one_operation():
    x, many = T.dmatrix("x"), T.dtensor3("many")
    f = sg.function([x], T.cumsum(x, 0).shape)
    assert not any(isinstance(n.op, Cumulative) for n in f.maker.fgraph.toposort())
    batch = sg.vectorize_graph(T.cumprod(x, 0), {x: many})
    value = np.random.default_rng(3).normal(size=(2, 3, 4))
    np.testing.assert_allclose(run(batch, {many: value}), np.cumprod(value, 1))
    assert batch.owner.op == Cumulative("prod", 1)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda x: Cumulative("sum", 1)(x), ValueError, "along axis 1: x is a"),
        (lambda x: LinearRecurrence(0)(x, T.fvector("y")), TypeError, "two arrays of floats"),
        (
            lambda x: LinearRecurrence(0)(T.specify_shape(x, (2,)), T.specify_shape(x, (3,))),
            ValueError,
            "differ on axis 0",
        ),
    ],
)
def test_what_cannot_be_accumulated(make, error, message):
    with pytest.raises(error, match=message):
        make(T.dvector("x"))
