"""Elementwise application: broadcasting, its derivative, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.back_ends import TESTED
from support.op_checks import (
    arrays,
    broadcastable,
    derivatives_agree,
    everywhere,
    run,
    same,
    variables,
)

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import NullType, TensorType
from symgraph.ops import Elemwise
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.scalar import SCALARS


@given(st.data())
def test_operands_broadcast_as_in_numpy(data):
    a, b = (data.draw(arrays(shape=shape)) for shape in data.draw(broadcastable(2)))
    x, y = data.draw(variables(a)), data.draw(variables(b))
    same(run(x * y, {x: a, y: b}), a * b)
    same(run(T.eq(x, y), {x: a, y: b}), a == b)


@given(st.data())
def test_three_operands_broadcast(data):
    shapes = data.draw(broadcastable(3))
    c, a, b = (
        data.draw(arrays(s, d)) for s, d in zip(shapes, ("bool", "int8", "float32"), strict=True)
    )
    x = [data.draw(variables(value)) for value in (c, a, b)]
    same(run(T.switch(*x), dict(zip(x, (c, a, b), strict=True))), np.where(c, a, b))


@given(st.data())
def test_derivatives_are_summed_back_over_what_was_repeated(data):
    """An extent of 1 is not known to the types: it is found when the function runs."""
    a, b = (data.draw(arrays(shape, "float64")) for shape in data.draw(broadcastable(2)))
    derivatives_agree(lambda x, y: T.sin(x) * y + y, a, b)


@given(st.data())
def test_second_derivatives_are_too(data):
    a, b = (data.draw(arrays(shape, "float64")) for shape in data.draw(broadcastable(2)))
    derivatives_agree(lambda x, y: sg.grad(T.sqr(T.sin(x) * y).sum(), y), a, b)


SHAPES = [((2, 3), (2, 3)), ((1, 3), (2, 3)), ((2, 1), (1, 3)), ((1, 1), (0, 3)), ((0, 1), (1, 5))]


def test_every_back_end_broadcasts_and_sums_back():
    """One compilation for all of the shapes."""
    x, y = T.dmatrix("x"), T.fmatrix("y")
    z = T.tanh(x) * y + T.switch(x > y, x, y)
    outputs = [z, *sg.grad(z.sum(), [x, y]), x.T + y.T, x + y[0]]
    rng = np.random.default_rng(0)
    points = [{x: rng.normal(size=a), y: rng.normal(size=b)} for a, b in SHAPES]
    everywhere(outputs, *points)


def test_every_back_end_refuses_shapes_that_do_not_fit():
    x, y = T.dmatrices("x", "y")
    everywhere([x + y], *({x: np.ones((2, 3)), y: np.ones(s)} for s in ((2, 2), (3, 3), (0, 3))))


@pytest.mark.parametrize("mode", TESTED)
def test_shapes_that_do_not_fit_are_named_when_run(mode):
    x, y = T.dvectors("x", "y")
    f = sg.function([x, y], x + y, mode=mode)
    with pytest.raises(ValueError, match=r"(?s)broadcast.*\(?3.*4.*add"):
        f(np.ones(3), np.ones(4))


def test_shapes_that_cannot_fit_are_refused_at_once():
    x, y = TensorType("float64", (None, 3))("x"), TensorType("float32", (4,))("y")
    with pytest.raises(
        ValueError,
        match=r"add: shapes do not broadcast: x \(float64 matrix \(\?, 3\)\), y \(float32 vector",
    ):
        x + y


def test_an_operation_checks_its_operands_itself():
    x, y = T.dvector("x"), T.dmatrix("y")
    add = Elemwise(SCALARS["add"])
    with pytest.raises(TypeError, match=r"add: operands of unequal rank: x \(.*, y \("):
        add(x, y)
    with pytest.raises(TypeError, match="add takes 2 operands, got 1"):
        add(x)
    with pytest.raises(TypeError, match=r"add: an operand is no tensor: n \(undefined"):
        add(NullType("for a reason")("n"), x)


@given(st.data())
def test_results_are_never_views(data):
    """Also of functions that change nothing."""
    array = data.draw(arrays())
    x = data.draw(variables(array))
    for out in (T.identity(x), T.conj(x), T.real(x), T.second(x, x), T.switch(True, x, x)):
        same(run(out, {x: array}), array.real if out.owner.op.scalar.name == "real" else array)


def test_any_memory_layout():
    x, y = T.dmatrix("x"), T.dmatrix("y")
    a = np.arange(24.0).reshape(4, 6)
    for view in (a.T, a[::-2, ::3], np.broadcast_to(a[:1], a.shape), np.asfortranarray(a)):
        same(run(x + y, {x: view, y: view[:1]}), view + view[:1])


def test_equal_extents_stay_provably_equal():
    x, y, s = T.dmatrix("x"), T.drow("y"), T.dscalar("s")
    assert extent_keys(T.exp(x) * 2 + s) == extent_keys(x)
    assert extent_keys(x + y)[0] == (x, 0)
    assert extent_keys(x + TensorType("float64", (5,))("v"))[1] == 5
    z = x + T.dmatrix("z")
    assert extent_keys(z) == ((z, 0), (z, 1))


@pytest.mark.parametrize("floatX", ["float32", "float64"])
def test_float_functions_of_python_integers_have_floatx(floatX):
    with sg.config.change_flags(floatX=floatX):
        for function in (T.sqrt, T.exp, T.log1p, T.sin):
            assert function(9).dtype == function(9.0).dtype == floatX
            np.testing.assert_array_equal(function(9).eval(), function(9.0).eval())
        assert T.sqrt(np.int64(9)).dtype == T.sqrt(T.lscalar()).dtype == "float64"
        assert T.sqr(9).dtype == "int64"
