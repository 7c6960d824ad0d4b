"""What a program demands of shapes is demanded after rewriting, whatever types already tell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T
from symgraph.ops.elemwise import scalar_functions

extents = st.integers(0, 2)
shapes = st.tuples(extents, extents)


def told(draw, shape):
    """A type that knows some of the extents."""
    return tuple(draw(st.sampled_from([extent, None])) for extent in shape)


DEMANDS = {
    "specify_shape": lambda x, y: T.specify_shape(x, y.shape),
    "specify_shape twice": lambda x, y: T.specify_shape(
        T.specify_shape(x, [y.shape[0], x.shape[1]]), [x.shape[0], y.shape[1]]
    ),
    "reshape twice": lambda x, y: T.reshape(T.reshape(x, y.shape), (-1,)),
    "reshape": lambda x, y: T.reshape(x, y.shape),
    "broadcast_to": lambda x, y: T.broadcast_to(x, y.shape),
    "add": lambda x, y: x + y,
}


@pytest.mark.parametrize("mode", ["reference", "llvm"])
@pytest.mark.parametrize("demand", DEMANDS.values(), ids=DEMANDS)
@given(st.data(), shapes, shapes)
def test_a_refused_shape_is_refused_after_rewriting(demand, mode, data, x_shape, y_shape):
    x = T.TensorType("float64", told(data.draw, x_shape))("x")
    y = T.TensorType("float64", told(data.draw, y_shape))("y")
    try:
        result = demand(x, y)
    except (TypeError, ValueError):
        return
    values = np.ones(x_shape), np.ones(y_shape)

    def refused(optimizer):
        with sg.config.change_flags(optimizer=optimizer, mode=mode):
            try:
                return sg.function([x, y], result, on_unused_input="ignore")(*values).shape
            except ValueError:
                return "refused"

    assert refused("fast_run") == refused("None")


DROPPED = {
    "second": lambda z: scalar_functions["second"](z, 2),
    "switch": lambda z: T.switch(True, z * 0 + 1, z),
    "x - x": lambda z: T.cast(z, "int64") - T.cast(z, "int64"),
    "x < x": lambda z: z < z,
    "x ** 0": lambda z: z**0,
}


@pytest.mark.parametrize("mode", ["reference", "llvm"])
@pytest.mark.parametrize("write", DROPPED.values(), ids=DROPPED)
def test_what_does_not_matter_may_still_be_an_error(write, mode):
    x, y = T.dvectors("x", "y")
    for z in (T.specify_shape(x, y.shape), x + y, T.reshape(x, y.shape)):
        f = sg.function([x, y], write(z), mode=mode)
        assert f(np.ones(2), np.ones(2)).shape == (2,)
        with pytest.raises(ValueError):
            f(np.ones(2), np.ones(3))


PRODUCTS = {
    "zeros on the left": lambda z: T.dot(T.zeros_like(z), z),
    "zeros on the right": lambda z: T.dot(z, T.constant(np.zeros(2))),
    "zeros of its extent": lambda z: T.dot(T.zeros((z.shape[0],)), z),
    "rows of zeros": lambda z: T.dot(T.zeros((3, z.shape[0])), z),
    "a matrix of them": lambda z: T.dot(T.outer(z, z), T.zeros((z.shape[0], 3))),
}


@pytest.mark.parametrize("mode", ["reference", "llvm"])
@pytest.mark.parametrize("write", PRODUCTS.values(), ids=PRODUCTS)
def test_what_is_zero_whatever_comes_may_still_be_an_error(write, mode):
    x, y = T.dvectors("x", "y")
    for z in (T.specify_shape(x, (2,)), T.specify_shape(x, y.shape), x + y, T.reshape(x, y.shape)):
        f = sg.function([x, y], write(z), mode=mode, on_unused_input="ignore")
        plain = sg.function([x, y], write(x), mode=mode, on_unused_input="ignore")
        values = np.ones(2), np.ones(2)
        np.testing.assert_array_equal(f(*values), plain(*values))
        with pytest.raises(ValueError):
            f(np.ones(3), np.ones(2))


def test_a_result_that_has_an_operands_extent_is_not_taken_for_one_of_extent_1():
    a, b = T.dmatrices("a", "b")
    both = a + b
    # The products demand that both operands have the sum's extent.
    products = [T.dot(a.T, both), T.dot(b.T, both)]
    f = sg.function([a, b], [*products, T.second(a, 0.0), T.second(b, a)], mode="llvm")
    ones = np.ones((3, 2))
    *_, zeros, other = f(ones, ones)
    assert zeros.shape == other.shape == (3, 2)
    with pytest.raises(ValueError):
        f(ones, np.ones((1, 2)))
