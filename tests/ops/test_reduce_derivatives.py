"""Derivatives of reductions, and what reductions refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from ops.test_reduce import axes_of
from support.op_checks import arrays, derivatives_agree, everywhere, run, same

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import ArgReduce, Reduce
from symgraph.ops.reduce import normal_axes

SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=3)


def distinct(shape):
    """Numbers of which no two are equal, so that nothing ties."""
    return (
        np.random.default_rng(0)
        .permutation(np.linspace(-2, 2.5, int(np.prod(shape))))
        .reshape(shape)
    )


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "mean", "var", "std", "logsumexp"])
@given(data=st.data())
def test_derivatives(name, data):
    shape = data.draw(SHAPES)
    axis, keepdims = data.draw(axes_of(len(shape))), data.draw(st.booleans())
    function = getattr(T, name)
    # A single number does not vary: its standard deviation is a kink.
    offset = np.arange(2.0).reshape(2, *[1] * len(shape)) * 7 if name == "std" else 0.0
    axis = None if name == "std" else axis
    derivatives_agree(
        lambda x: function(x + offset, axis=axis, keepdims=keepdims) ** 2, distinct(shape)
    )


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "mean", "var", "logsumexp"])
def test_second_derivatives(name):
    function = getattr(T, name)
    for axis in (None, 0, 1):
        derivatives_agree(
            lambda x, axis=axis: sg.grad((function(x, axis=axis) ** 3).sum(), x), distinct((2, 3))
        )


@pytest.mark.parametrize("ord", [None, 1, 2, 3, np.inf, -np.inf])
def test_derivatives_of_norms(ord):
    derivatives_agree(lambda x: T.norm(x, ord, 1), distinct((2, 3)))


@pytest.mark.parametrize("zeros", range(5))
def test_derivatives_of_products_with_zeros(zeros):
    """To the third order, however many of the factors are zero."""
    point = np.array([1.5, -0.5, 2.0, 0.7])
    point[:zeros] = 0

    def first(x):
        return sg.grad(T.prod(x), x)

    derivatives_agree(T.prod, point)
    derivatives_agree(first, point)
    weights = np.array([1.0, 2, 3, 5])
    derivatives_agree(lambda x: sg.grad((first(x) * weights).sum(), x), point)


def test_the_hessian_of_a_product_with_zeros_is_symmetric():
    x = TensorType("float64", (3,))("x")
    got = run(sg.gradient.hessian(T.prod(x), x), {x: [0.0, 0.0, 3.0]})
    same(got, np.array([[0.0, 3, 0], [3, 0, 0], [0, 0, 0]]))


def test_the_derivative_of_a_product_with_infinite_factors():
    x = T.dvector("x")
    same(run(sg.grad(T.prod(x), x), {x: [0.0, np.inf]}), np.array([np.inf, 0.0]))


def test_ties_share_the_derivative_of_a_maximum():
    x = T.dmatrix("x")
    values = {x: [[1.0, 2.0, 2.0], [5.0, 5.0, 5.0]]}
    third = 1 / 3
    same(run(sg.grad(x.max(1).sum(), x), values), [[0, 0.5, 0.5], [third, third, third]])
    same(run(sg.grad(x.min(1).sum(), x), values), [[1, 0, 0], [third, third, third]])


@given(arrays(st.lists(st.integers(0, 3), min_size=1, max_size=3).map(tuple), "float64"))
def test_derivatives_of_reduced_nothing_have_its_shape(array):
    x = TensorType("float64", (None,) * array.ndim)("x")
    for name in ("sum", "prod", "mean", "var"):
        g = sg.grad(getattr(T, name)(x, axis=0).sum(), x)
        assert run(g, {x: array}).shape == array.shape


def test_every_back_end_differentiates_reductions():
    x = T.dtensor3("x")
    costs = [f(x, a) for f in (T.sum, T.prod, T.max, T.mean, T.var) for a in (None, 1, (0, 2))]
    outputs = [sg.grad((c**2).sum(), x) for c in costs]
    rng = np.random.default_rng(0)
    shapes = [(2, 3, 4), (1, 1, 1), (5, 1, 2)]
    everywhere(outputs, *({x: rng.normal(size=shape)} for shape in shapes))


@pytest.mark.parametrize("function", [T.argmax, T.argmin, T.all, T.any])
def test_these_have_derivative_zero(function):
    x = T.dmatrix("x")
    g = sg.grad((T.cast(function(x, 0), "float64") * x[0]).sum(), x)
    values = {x: [[1.0, 2.0], [3.0, 0.0]]}
    expected = np.zeros((2, 2))
    expected[0] = run(T.cast(function(x, 0), "float64"), values)
    same(run(g, values), expected)


def test_axes_are_checked():
    x = T.dmatrix("x")
    with pytest.raises(ValueError, match="sum: axis 2 is out of range for 2 dimensions"):
        x.sum(2)
    with pytest.raises(ValueError, match="mean: axis -3 is out of range for 2 dimensions"):
        x.mean(-3)
    with pytest.raises(ValueError, match=r"max: an axis is named twice in \[0, -2\]"):
        x.max((0, -2))
    with pytest.raises(TypeError, match="sum: an axis is an int, not True"):
        x.sum(True)
    with pytest.raises(TypeError, match="sum: an axis is an int, not 0.5"):
        x.sum(0.5)
    with pytest.raises(TypeError, match="prod: an axis is an int, not 'x'"):
        x.prod("x")
    with pytest.raises(ValueError, match="any: axis 0 is out of range for 0 dimensions"):
        T.any(T.dscalar("s"), 0)
    with pytest.raises(ValueError, match="argmax: axis 2 is out of range for 2 dimensions"):
        x.argmax((0, 2))


def test_normal_axes():
    x = T.dtensor3("x")
    assert normal_axes(None, x, "f") == (0, 1, 2)
    assert normal_axes(np.int8(-1), x, "f") == (2,)
    assert normal_axes([2, -3], x, "f") == (0, 2)
    assert normal_axes((), x, "f") == ()
    assert normal_axes(-1, x, "f", 1) == (3,)


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_nothing_has_no_largest(name):
    known, x = TensorType("float64", (3, 0))("known"), T.dmatrix("x")
    function = getattr(T, name)
    with pytest.raises(
        ValueError,
        match=rf"{name} of nothing: known \(float64 matrix \(3, 0\)\) is empty on axis 1",
    ):
        function(known, 1)
    assert run(function(known, 0), {known: np.zeros((3, 0))}).shape == (0,)
    message = rf"{name} of nothing: an array of shape \(0, 2\) is empty on axis 0"
    with pytest.raises(ValueError, match=message):
        run(function(x, 0), {x: np.zeros((0, 2))})
    everywhere([function(x, 0)], {x: np.zeros((0, 2))}, {x: np.zeros((2, 0))})


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin", "logsumexp", "ptp"])
def test_complex_numbers_have_no_order(name):
    with pytest.raises(TypeError, match="complex numbers such as z's have no order"):
        getattr(T, name)(T.zvector("z"))


def test_operations_check_their_axes_themselves():
    x = T.dvector("x")
    with pytest.raises(ValueError, match=r"sum over axes \(1,\): x is a float64 vector"):
        Reduce("sum", (1,))(x)
    with pytest.raises(ValueError, match=r"argmax over axis 1: x is a float64 vector"):
        ArgReduce("max", 1)(x)
