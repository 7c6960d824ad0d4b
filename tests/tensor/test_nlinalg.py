"""T.linalg, T.nlinalg and T.slinalg: names and arguments."""

import numpy as np
import pytest
from scipy import linalg

import symgraph as sg
import symgraph.tensor as T

A = np.array([[4.0, 1.0, 2.0], [0.5, 5.0, 1.0], [1.0, -1.0, 3.0]])
B = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]])


def value(write, *arrays):
    inputs = [T.dvector() if a.ndim == 1 else T.dmatrix() for a in arrays]
    return sg.function(inputs, write(*inputs))(*arrays)


@pytest.mark.parametrize("power", [-3, -1, 0, 1, 2, 5])
def test_matrix_power(power):
    found = value(lambda a: T.nlinalg.matrix_power(a, power), A)
    np.testing.assert_allclose(found, np.linalg.matrix_power(A, power), rtol=1e-12, atol=1e-15)
    with pytest.raises(TypeError, match="the power is an integer, not 0.5"):
        T.nlinalg.matrix_power(T.dmatrix(), 0.5)


def test_products_and_traces():
    np.testing.assert_allclose(value(T.nlinalg.matrix_dot, A, A, B), A @ A @ B)
    np.testing.assert_allclose(value(T.nlinalg.trace, A), np.trace(A))
    for one, other in ((A, B), (A, B[:, 0]), (B[:, 0], A), (A[0], A[1])):
        np.testing.assert_allclose(value(T.slinalg.kron, one, other), np.kron(one, other))
    many = np.stack([A, A])
    np.testing.assert_allclose(T.slinalg.kron(many, B).eval(), np.kron(many, B))
    with pytest.raises(TypeError, match="two matrices or more, not 1"):
        T.nlinalg.matrix_dot(T.dmatrix())


def test_blocks_along_the_diagonal():
    for given in ((A, B), (B, A, B), (A[0], 2.0, B), (np.zeros((0, 2)), A)):
        found = T.slinalg.block_diag(*given).eval()
        np.testing.assert_array_equal(found, linalg.block_diag(*given))
    assert T.slinalg.block_diag(T.imatrix(), T.fmatrix()).dtype == "float64"
    with pytest.raises(TypeError, match="block_diag takes one matrix or more"):
        T.slinalg.block_diag()
    with pytest.raises(TypeError, match="block_diag takes matrices, not x"):
        T.slinalg.block_diag(T.dtensor3("x"))


@pytest.mark.parametrize("given", [B, B[:, 0]])
def test_solve(given):
    for structure, part in (("general", A), ("lower_triangular", np.tril(A)),
                            ("upper_triangular", np.triu(A))):  # fmt: skip
        found = value(lambda a, b, s=structure: T.slinalg.solve(a, b, s), A, given)
        np.testing.assert_allclose(found, linalg.solve(part, given), rtol=1e-12)
    for solve, lower in ((T.slinalg.solve_lower_triangular, True),
                         (T.slinalg.solve_upper_triangular, False)):  # fmt: skip
        expected = linalg.solve_triangular(A, given, lower=lower)
        np.testing.assert_allclose(value(solve, A, given), expected, rtol=1e-12)
    with pytest.raises(ValueError, match="A_structure is one of general"):
        T.slinalg.solve(T.dmatrix(), T.dmatrix(), "banded")


def test_factors_and_inverses():
    symmetric = A @ A.T
    lower = np.linalg.cholesky(symmetric)
    np.testing.assert_allclose(value(T.slinalg.cholesky, symmetric), lower, rtol=1e-12)
    upper = value(lambda a: T.slinalg.cholesky(a, lower=False), symmetric)
    np.testing.assert_allclose(upper, lower.T, rtol=1e-12)
    for inverse in (T.linalg.inv, T.nlinalg.matrix_inverse):
        np.testing.assert_allclose(value(inverse, A), np.linalg.inv(A), rtol=1e-12)
    # T.inv is what Theano calls 1 / x.
    np.testing.assert_allclose(value(T.inv, A), 1 / A)


def test_a_gaussian_is_learnt_by_its_log_density():
    """log p(x) = -(log det S + xᵀ S⁻¹ x) / 2: the slope by S, in closed form."""
    s, x = T.dmatrix("s"), T.dvector("x")
    density = -(T.log(T.linalg.det(s)) + T.dot(x, T.dot(T.linalg.inv(s), x))) / 2
    covariance, point = A @ A.T, B[:, 0]
    slope = sg.function([s, x], sg.grad(density, s))(covariance, point)
    inverse = np.linalg.inv(covariance)
    away = inverse @ point
    np.testing.assert_allclose(slope, (np.outer(away, away) - inverse) / 2, rtol=1e-10)
