"""Jacobians and Hessians."""

import numpy as np
import pytest
from support.gradient_ops import value

import symgraph as sg
import symgraph.tensor as T
from symgraph.gradient import hessian, hessian_vector_product, jacobian
from symgraph.graph import toposort

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


def test_extents_need_not_be_known():
    x, A = T.vector("x"), T.matrix("A")
    given = {x: POINT, A: np.arange(6.0).reshape(2, 3)}
    np.testing.assert_allclose(value(jacobian(T.exp(x), x), given), np.diag(np.exp(POINT)))
    J = jacobian(T.tanh(T.dot(A, x)), [x, A])
    slopes = 1 - np.tanh(given[A] @ POINT) ** 2
    by_x, by_A = value(J, given)
    np.testing.assert_allclose(by_x, slopes[:, None] * given[A])
    np.testing.assert_allclose(by_A, np.einsum("i,ij,k->ijk", slopes, np.eye(2), POINT))
    H = hessian(T.sum(T.dot(A, x) ** 2), x)
    np.testing.assert_allclose(value(H, given), 2 * given[A].T @ given[A])
    nothing = {x: np.zeros(0), A: np.zeros((2, 0))}
    assert value(jacobian(T.exp(x), x), nothing).shape == (0, 0)


def test_the_jacobian_of_a_loop():
    x = T.vector("x")
    totals, _ = sg.scan(lambda x, total: total * x + x, x, T.constant(0.0))
    expected = [
        [1, 0, 0],
        [POINT[1], POINT[0] + 1, 0],
        [POINT[1] * POINT[2], (POINT[0] + 1) * POINT[2], (POINT[0] + 1) * POINT[1] + 1],
    ]
    np.testing.assert_allclose(value(jacobian(totals, x), {x: POINT}), expected)


def test_a_graph_does_not_grow_with_the_expression():
    sizes = {
        n: len(toposort([jacobian(T.tanh(x) * x[::-1], x)]))
        for n, x in ((n, T.TensorType("float64", (n,))()) for n in (3, 300))
    }
    assert sizes[3] == sizes[300]


def test_no_jacobian_of_what_is_not_real():
    with pytest.raises(TypeError, match=r"jacobian: z \(complex128 vector.* is complex"):
        jacobian(T.zvector("z"), T.vector("x"))
    with pytest.raises(TypeError, match="holds integers, so it has no derivative"):
        jacobian(T.lvector("n"), T.vector("x"))


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
