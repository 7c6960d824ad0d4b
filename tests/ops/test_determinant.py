"""Determinants and their derivatives, also of matrices without an inverse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import derivatives_agree, everywhere, run

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import Cofactors, Det
from symgraph.ops.determinant import CofactorsChange

NATIVE = {}


def of_rank(n, rank, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, rank)) @ rng.normal(size=(rank, n))


def minors(matrix):
    """The cofactors by their definition."""
    result = np.ones(matrix.shape)
    for i, j in np.ndindex(matrix.shape):
        rest = np.delete(np.delete(matrix, i, 0), j, 1)
        result[i, j] = (-1) ** (i + j) * np.linalg.det(rest)
    return result


MATRICES = st.integers(0, 5).flatmap(
    lambda n: st.builds(of_rank, st.just(n), st.integers(0, n), st.integers(0, 1000))
)


@given(MATRICES)
def test_the_derivative_is_the_cofactors_whatever_the_rank(matrix):
    a, t = T.dmatrix("a"), T.dmatrix("t")
    expected = minors(matrix)
    tolerance = 1e-12 * (1 + np.abs(matrix).max(initial=0)) ** 5
    slope = run(sg.grad(Det()(a), a), {a: matrix})
    np.testing.assert_allclose(slope, expected, atol=tolerance)
    direction = np.random.default_rng(0).normal(size=matrix.shape)
    forward = run(sg.Rop(Det()(a), a, t), {a: matrix, t: direction})
    np.testing.assert_allclose(forward, (expected * direction).sum(), atol=9 * tolerance)


@given(st.integers(1, 4).flatmap(
    lambda n: st.builds(of_rank, st.just(n), st.integers(0, n), st.integers(0, 1000))))  # fmt: skip
def test_second_derivatives_are_right_whatever_the_rank(matrix):
    weights = np.random.default_rng(1).normal(size=matrix.shape)
    derivatives_agree(lambda a: T.sum(sg.grad(Det()(a), a) * weights) / 10, matrix)


def test_third_derivatives_of_regular_matrices():
    matrix = of_rank(4, 4, 0)
    w, z = np.random.default_rng(1).normal(size=(2, 4, 4))

    def second(a):
        return T.sum(sg.grad(T.sum(sg.grad(Det()(a), a) * w), a) * z) / 10

    derivatives_agree(second, matrix)


def test_third_derivatives_of_singular_ones_say_that_an_inverse_is_missing():
    a = T.dmatrix("a")
    third = Det()(a)
    for _ in range(3):
        third = sg.grad(T.sum(third), a)
    with pytest.raises(ValueError, match="Singular matrix"):
        sg.function([a], third)(np.zeros((2, 2)))


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_cofactors_keep_the_dtype(dtype):
    a = T.matrix("a", dtype=dtype)
    slope = run(sg.grad(Det()(a) * 2, a), {a: [[1, 2], [2, 4]]})
    assert slope.dtype == dtype
    np.testing.assert_allclose(slope, [[8, -4], [-4, 2]], rtol=1e-2 if dtype == "float16" else 1e-5)


def test_no_product_of_singular_values_overflows_on_the_way():
    values = np.r_[np.full(200, 1e3), np.full(200, 1e-3)]
    a = T.dmatrix("a")
    found = run(Cofactors()(a), {a: np.diag(values)})
    np.testing.assert_allclose(np.diag(found), 1 / values, rtol=1e-9)


def test_cofactors_of_what_is_no_number_are_none():
    a = T.dmatrix("a")
    assert np.isnan(run(Cofactors()(a), {a: [[1.0, np.nan], [0, 1]]})).all()
    assert np.isnan(run(Cofactors()(a), {a: [[1.0, np.inf], [0, 1]]})).all()


def test_cofactors_are_of_square_matrices():
    a = T.dmatrix("a")
    with pytest.raises(ValueError, match=r"cofactors takes a square matrix, not one of shape"):
        run(Cofactors()(a), {a: np.ones((2, 3))})


@given(MATRICES)
def test_they_are_found_natively(matrix):
    a, x = T.dmatrix("a"), T.dmatrix("x")
    if "f" not in NATIVE:
        NATIVE["f"] = sg.function([a, x], [Cofactors()(a), CofactorsChange()(a, x)])
        assert NATIVE["f"].fallbacks() == []
    direction = np.random.default_rng(0).normal(size=matrix.shape)
    found = NATIVE["f"](matrix, direction)
    tolerance = 1e-12 * (1 + np.abs(matrix).max(initial=0)) ** 5
    np.testing.assert_allclose(found[0], minors(matrix), atol=tolerance)
    wanted = run(CofactorsChange()(a, x), {a: matrix, x: direction})
    np.testing.assert_allclose(found[1], wanted, atol=9 * tolerance)
    odd = np.where(np.eye(len(matrix)), np.inf, matrix)
    assert np.isnan(NATIVE["f"](odd, direction)[0]).all()


def test_cofactors_of_complex_matrices():
    """The derivative of a polynomial."""
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(2, 3, 3)) + 1j * rng.normal(size=(2, 3, 3))
    a = TensorType("complex128", (None, None, None))("a")
    for mode in ("llvm", "reference"):
        found = sg.function([a], Cofactors()(a), mode=mode)(matrix)
        inverse = np.swapaxes(np.linalg.inv(matrix), -1, -2)
        wanted = np.linalg.det(matrix)[:, None, None] * inverse
        np.testing.assert_allclose(found, wanted, rtol=1e-10)


def test_every_back_end_has_the_derivatives():
    a = T.dmatrix("a")
    gradient = sg.grad(T.linalg.det(a), a)
    second = sg.grad(T.sum(gradient * T.arange(9.0).reshape((3, 3))), a)
    everywhere(
        [gradient, second],
        {a: of_rank(3, 3, 0)},
        {a: of_rank(3, 1, 0)},
        {a: np.zeros((3, 3))},
    )
