"""Forward derivatives agree with reverse ones, whether an op declares a rule or not."""

import numpy as np
import pytest
from support.gradient_ops import CubeWithoutForward, Halves, value

import symgraph as sg
import symgraph.tensor as T

RNG = np.random.default_rng(5)
W = T.constant(RNG.normal(size=(4, 3)))

FUNCTIONS = {
    "elementwise": lambda x: T.tanh(x) * T.exp(x),
    "broadcast": lambda x: T.sum(x, axis=0) * x,
    "dot": lambda x: T.dot(x, W),
    "softmax": lambda x: T.nnet.softmax(x),
    "logsoftmax": lambda x: T.nnet.logsoftmax(x),
    "max": lambda x: T.max(x, axis=1),
    "prod": lambda x: T.prod(x, axis=0),
    "index": lambda x: x[::-1, 1:],
    "index arrays": lambda x: x[T.constant([0, 1, 1]), T.constant([2, 2, 0])],
    "set": lambda x: T.set_subtensor(T.sqr(x)[0], x[1]),
    "inc": lambda x: T.inc_subtensor(T.sqr(x)[T.constant([1, 1])], x),
    "reshape": lambda x: T.reshape(x, (4, 2)).T,
    "join": lambda x: T.concatenate([x, T.sqr(x)], axis=1),
    "switch": lambda x: T.switch(x > 0, x, T.sqr(x)),
    "no forward rule": lambda x: CubeWithoutForward()(x) * x,
    "two outputs, no forward rule": lambda x: T.mul(*Halves()(x)),
    "mean and variance": lambda x: T.mean(x, axis=1) * T.var(x, axis=1),
}


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_forward_and_reverse_describe_the_same_jacobian(f):
    """u · (J v) = (u J) · v"""
    x, v = T.matrix("x"), T.matrix("v")
    y = f(x)
    u = T.constant(RNG.normal(size=value(y, {x: np.ones((2, 4))}).shape))
    sides = [T.sum(u * sg.Rop(y, x, v)), T.sum(sg.Lop(y, x, u) * v)]
    given = {x: RNG.normal(size=(2, 4)), v: RNG.normal(size=(2, 4))}
    forward, reverse = value(sides, given)
    np.testing.assert_allclose(forward, reverse, rtol=1e-12)


@pytest.mark.parametrize("shapes", [((3, 1), (1, 4)), ((1, 4), (3, 4)), ((1, 1), (1, 1))])
def test_tangents_are_repeated_where_their_values_are(shapes):
    x, y, v = T.matrices("x", "y", "v")
    moved = sg.Rop(x + y, x, v)
    direction = RNG.normal(size=shapes[0])
    got = value(moved, {x: np.ones(shapes[0]), y: np.ones(shapes[1]), v: direction})
    np.testing.assert_array_equal(got, np.broadcast_to(direction, np.broadcast_shapes(*shapes)))


def test_several_directions_at_once_and_none_for_rest():
    x, y, u, v = T.scalars("x", "y", "u", "v")
    given = {x: 2.0, y: 3.0, u: 10.0, v: 1.0}
    assert value(sg.Rop(x * y, [x, y], [u, v]), given) == 32
    assert value(sg.Rop(x * y, [x, y], [None, v]), given) == 2
    assert value(sg.Rop(x * y, [x, y], [None, None]), given) == 0


def test_variables_in_wrt_move_independently():
    x, u = T.scalars("x", "u")
    y = T.sqr(x)
    assert value(sg.Rop(x * y, [y], [u]), {x: 3.0, u: 1.0}) == 3
    assert value(sg.Rop(y, [x, y], [u, 5.0]), {x: 3.0, u: 1.0}) == 5


def test_forward_over_reverse_is_the_hessian_times_a_vector():
    x, v = T.vectors("x", "v")
    first = sg.grad(T.sum(T.exp(x)) + x[0] * x[1], x)
    a, b = np.array([0.1, 0.2]), np.array([1.0, 2.0])
    hessian = np.diag(np.exp(a)) + np.array([[0, 1], [1, 0]])
    np.testing.assert_allclose(value(sg.Rop(first, x, v), {x: a, v: b}), hessian @ b)


def test_integer_outputs_do_not_move():
    x, v = T.vectors("x", "v")
    got = value(sg.Rop(T.argmax(x) * 1.5, x, v), {x: [1.0, 2.0], v: [1.0, 1.0]})
    assert got == 0
