"""What becomes of determinants and inverses."""

import numpy as np
import pytest
from support.rewrites.statements import rewrites_to

import symgraph as sg
import symgraph.tensor as T
from symgraph.ops import Cofactors, Det, MatrixInverse, SlogDet, Solve


def test_logarithms_and_equations_need_no_inverse_and_no_determinant():
    a, b = T.dmatrix("a"), T.dmatrix("b")
    rewrites_to(T.log(abs(T.linalg.det(a))), SlogDet()(a)[1])
    rewrites_to(T.linalg.det(a.T), Det()(a))
    rewrites_to(T.linalg.inv(a.T), MatrixInverse()(a).T)
    rewrites_to(Cofactors()(a.T), Cofactors()(a).T)
    rewrites_to(sg.grad(T.log(T.linalg.det(a)), a), MatrixInverse()(a).T)
    rewrites_to(T.dot(T.linalg.inv(a), b), Solve()(a, b))
    rewrites_to(T.dot(b, T.linalg.inv(a)), Solve()(a.T, b.T).T)


@pytest.mark.parametrize("write", [lambda d: T.log(d), lambda d: T.log(abs(d))])
@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_log_of_a_determinant_that_is_no_number(write, size):
    """The determinant is 0 or infinite in float32."""
    a = T.fmatrix("a")
    y = write(T.linalg.det(a))
    matrix = (size * np.array([[2, 1], [0, 3]])).astype("float32")
    forward = sg.Rop(y, a, T.eye(2, dtype="float32"))
    value, slope, moved = sg.function([a], [y, sg.grad(y, a), forward])(matrix)
    np.testing.assert_allclose(value, np.log(6) + 2 * np.log(size), rtol=1e-6)
    inverse = np.linalg.inv(matrix.astype("float64"))
    np.testing.assert_allclose(slope, inverse.T, rtol=1e-5)
    np.testing.assert_allclose(moved, np.trace(inverse), rtol=1e-5)


def test_log_of_a_negative_determinant_is_no_number():
    a = T.dmatrix("a")
    f = sg.function([a], T.log(T.linalg.det(a)))
    assert np.isnan(f([[0.0, 1.0], [1.0, 0.0]]))
    assert f([[0.0, 0.0], [1.0, 0.0]]) == -np.inf
