"""Jacobians and Hessians."""

import numpy as np
import pytest
from gradient.tiny import value

import symgraph as sg
import symgraph.tensor as T
from symgraph.gradient import hessian, hessian_vector_product, jacobian

VECTOR = T.TensorType("float64", (3,))
POINT = np.array([0.5, -2.0, 3.0])


def test_the_jacobian_of_a_vector():
    x = VECTOR("x")
    J = jacobian(T.stack([x[0] * x[1], T.sin(x[2])]), x)
    assert J.type.shape == (2, 3)
    np.testing.assert_allclose(value(J, {x: POINT}), [[-2, 0.5, 0], [0, 0, np.cos(3)]])


def test_its_shape_is_that_of_the_expression_and_then_the_variable():
    x = T.matrix("x")
    W = T.constant(np.arange(6.0).reshape(2, 3))
    for expression, shape in [
        (T.specify_shape(T.dot(W, x), (2, 2)), (2, 2, 3, 2)),
        (T.sum(x), (3, 2)),
        (T.specify_shape(T.zeros((0,)) * T.sum(x), (0,)), (0, 3, 2)),
    ]:
        J = jacobian(expression, x)
        assert value(J, {x: np.ones((3, 2))}).shape == shape
    J = value(jacobian(T.specify_shape(T.dot(W, x), (2, 2)), x), {x: np.ones((3, 2))})
    expected = np.einsum("ik,jl->ijkl", W.data, np.eye(2))
    np.testing.assert_array_equal(J, expected)


def test_several_variables_give_a_list():
    x, y = VECTOR("x"), T.scalar("y")
    Jx, Jy = jacobian(x * y, [x, y])
    got = value([Jx, Jy], {x: POINT, y: 2.0})
    np.testing.assert_array_equal(got[0], 2 * np.eye(3))
    np.testing.assert_array_equal(got[1], POINT)


def test_unknown_extents_are_refused_with_the_remedy():
    x = T.vector("x")
    with pytest.raises(ValueError, match=r"know the extents of exp .*specify_shape"):
        jacobian(T.exp(x), x)


def test_the_hessian_is_the_matrix_of_second_derivatives():
    x = VECTOR("x")
    H = hessian(x[0] * x[1] ** 2 + T.exp(x[2]), x)
    expected = [[0, -4, 0], [-4, 1, 0], [0, 0, np.exp(3)]]
    np.testing.assert_allclose(value(H, {x: POINT}), expected)


def test_the_hessian_of_a_linear_cost_is_zero():
    x = VECTOR("x")
    np.testing.assert_array_equal(value(hessian(T.sum(x), x), {x: POINT}), np.zeros((3, 3)))


def test_products_with_the_hessian_need_no_known_extents():
    x, y, v, w = T.vectors("x", "y", "v", "w")
    cost = T.sum(T.exp(x) * y)
    given = {x: POINT, y: POINT, v: np.ones(3), w: 2 * np.ones(3)}
    by_x, by_y = value(hessian_vector_product(cost, [x, y], [v, w]), given)
    np.testing.assert_allclose(by_x, np.exp(POINT) * (POINT + 2))
    np.testing.assert_allclose(by_y, np.exp(POINT))
    assert value(hessian_vector_product(T.sum(x), x, v), given).tolist() == [0, 0, 0]
    assert sg.gradient.hessian is hessian
