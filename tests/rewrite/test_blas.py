"""Where matrix products take sums in, and where they do not."""

import numpy as np
import pytest
from support.rewrites.statements import rewritten

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import toposort
from symgraph.ops import Dot, Gemm


def gemms(*outputs):
    found, _, _ = rewritten(*outputs)
    return [node for node in toposort(found) if isinstance(node.op, Gemm)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("symbolic", [False, True])
def test_an_update_with_decay_is_one_product(dtype, symbolic):
    x, w = T.matrix("x", dtype=dtype), T.matrix("w", dtype=dtype)
    rate, decay = 0.5, 0.125
    if symbolic:
        rate, decay = T.scalar("rate", dtype=dtype), T.scalar("decay", dtype=dtype)
    cost = T.tanh(T.dot(x, w)).sum() + decay * (w**2).sum()
    (update,) = gemms(w - rate * sg.grad(cost, w))
    c, alpha, _, _, beta = update.inputs
    assert c.name == "w"
    values = {rate: 0.5, decay: 0.125} if symbolic else {}
    f = sg.function([*values], [alpha, beta], on_unused_input="ignore")
    np.testing.assert_array_equal(f(*values.values()), [-0.5, 0.875])
    assert alpha.type.dtype == beta.type.dtype == dtype


def test_momentum():
    x, w, v = T.dmatrices("x", "w", "v")
    cost = T.tanh(T.dot(x, w)).sum()
    speed = 0.9 * v - 0.1 * sg.grad(cost, w)
    # That v has the extents of w is said by nothing but the step itself.
    assert not gemms(w + speed, speed)
    v = T.specify_shape(v, w.shape)
    speed = 0.9 * v - 0.1 * sg.grad(cost, w)
    assert len(gemms(w + speed, speed)) == 1


def test_what_may_have_to_be_repeated_is_not_added_to_a_product():
    a, b, c = T.dmatrices("a", "b", "c")
    assert not gemms(c + T.dot(a, b))
    row = T.drow("row")
    assert not gemms(row + T.dot(a, b))


def test_a_product_that_something_else_needs_stays():
    a, b, w = T.dmatrices("a", "b", "w")
    gradient = T.dot(a, b)
    w = T.specify_shape(w, [a.shape[0], b.shape[1]])
    assert len(gemms(w - 0.1 * gradient)) == 1
    assert not gemms(w - 0.1 * gradient, gradient)
    assert not gemms(w - 0.1 * gradient, (gradient**2).sum())


def test_a_sum_that_goes_on_into_a_loop_stays_there():
    a, b, w = T.dmatrices("a", "b", "w")
    w = T.specify_shape(w, [a.shape[0], b.shape[1]])
    assert not gemms(T.tanh(w + T.dot(a, b)))


def test_several_products_accumulate_even_so():
    x, u, h, v = T.dmatrices("x", "u", "h", "v")
    h = T.specify_shape(h, [x.shape[0], v.shape[0]])
    v = T.specify_shape(v, [v.shape[0], u.shape[1]])
    b = T.dvector("b")
    assert len(gemms(T.tanh(T.dot(x, u) + T.dot(h, v) + b))) == 1


def test_integers_and_halves_stay():
    a, w = T.lmatrix("a"), T.lmatrix("w")
    w = T.specify_shape(w, [a.shape[0], a.shape[1]])
    assert not gemms(w + T.dot(a, a))
    a = T.matrix("a", dtype="float16")
    w = T.specify_shape(T.matrix("w", dtype="float16"), [a.shape[0], a.shape[1]])
    assert not gemms(w + T.dot(a, a))


def test_logistic_regression_as_the_book_trains_it():
    x, y = T.matrix("x"), T.lvector("y")
    w, b = sg.shared(np.zeros((4, 3))), sg.shared(np.zeros(3))
    p = T.nnet.softmax(T.dot(x, w) + b)
    cost = -T.mean(T.log(p)[T.arange(y.shape[0]), y])
    g = sg.grad(cost, w)
    f = sg.function([x, y], cost, updates=[(w, w - 0.13 * g)])
    nodes = [node.op for node in f.maker.fgraph.toposort()]
    assert sum(isinstance(op, Gemm) for op in nodes) == 1
    assert sum(isinstance(op, Dot) for op in nodes) == 1


def test_transposes_that_also_leave_out_an_axis():
    """Exchanging the axes again does not bring back what was left out."""
    x, y = T.TensorType("float64", (None, None, 1))("x"), T.dmatrix("y")
    f = sg.function([x, y], T.dot(y, x.dimshuffle(1, 0)).T)
    values = np.arange(6.0).reshape(2, 3, 1), np.arange(3.0).reshape(1, 3)
    np.testing.assert_array_equal(f(*values), values[0][:, :, 0] @ values[1].T)
