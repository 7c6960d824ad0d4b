"""Derivatives of functions of sparse matrices: where they have entries, by complex numbers, and
their check. Those of each function are tested on its sample: `tests/test_public_functions.py`."""

import numpy as np
import pytest
import scipy.sparse
from support.sparse_cases import FORMATS, MATRIX

import symgraph as sg
import symgraph.sparse as S
import symgraph.tensor as T

RNG = np.random.default_rng(0)


def matrix(format, shape):
    """A matrix with empty rows, whose entries are away from kinks."""
    value = RNG.uniform(0.3, 0.9, shape) * (RNG.random(shape) < 0.6)
    value[0] = 0
    return MATRIX[format](value)


class Wrong(sg.Op):
    """The same matrix, with a derivative that is wrong where there are entries or elsewhere."""

    __props__ = ("structured",)

    def __init__(self, structured):
        self.structured = structured

    def output_types(self, x):
        return [x.type]

    def perform(self, node, x):
        return (x,)

    def vjp(self, node, cotangents):
        (g,) = cotangents
        x = node.inputs[0]
        places = S.sp_ones_like(x)
        return [g + S.mul(g, places) if self.structured else S.mul(g, places)]

    def jvp(self, node, tangents):
        return tangents


@pytest.mark.parametrize("format", FORMATS)
def test_the_check_finds_what_is_wrong(format):
    point = matrix(format, (4, 3))
    for structured in (True, False):
        S.verify_grad_sparse(S.transpose, [point], structured=structured, n_tests=1)
        with pytest.raises(sg.gradient.GradientError):
            S.verify_grad_sparse(Wrong(structured), [point], structured=structured, n_tests=1)
    # Not wrong where only entries are moved.
    S.verify_grad_sparse(Wrong(False), [point], structured=True, n_tests=1)
    S.verify_grad_sparse(S.dot, [point, RNG.uniform(0.3, 0.9, (3, 2))], n_tests=1)
    S.verify_grad_sparse(S.sqr, [point], structured=True, n_tests=1)


def test_a_structured_gradient_has_the_entries_of_the_matrix():
    x, y = S.csr_matrix("x"), T.dmatrix("y")
    f = sg.function([x, y], sg.grad((S.structured_dot(x, y) ** 2).sum(), x))
    m = scipy.sparse.random(20, 10, 0.2, "csr", random_state=0)
    d = RNG.normal(size=(10, 3))
    found = f(m, d)
    assert (found.indices == m.indices).all()
    np.testing.assert_allclose(found.toarray(), (2 * (m @ d) @ d.T) * (m.toarray() != 0))


def test_a_regular_gradient_has_all():
    x = S.csr_matrix("x")
    f = sg.function([x], sg.grad(S.sp_sum(x), x))
    np.testing.assert_allclose(f(MATRIX["csr"]((2, 3))).toarray(), np.ones((2, 3)))


def test_integers_have_no_derivative():
    x = S.csr_matrix("x", "int32")
    with pytest.raises(sg.gradient.DisconnectedInputError, match="holds integers"):
        sg.grad(S.sp_sum(S.cast(x, "float64")), x)


@pytest.mark.parametrize("name", ["dot", "structured_dot"])
def test_complex_gradients_are_those_of_dense_products(name):
    x, y, dense = S.csr_matrix("x", "complex128"), T.zmatrix("y"), T.zmatrix("dense")
    m = MATRIX["csr"](np.array([[0, 2 + 1j, 0], [1j, 0, 3]]))
    d = RNG.normal(size=(3, 2)) * (1 + 0.5j)
    cost = (T.abs(getattr(S, name)(x, y)) ** 2).sum()
    found = sg.function([x, y], sg.grad(cost, [x, y]))(m, d)
    cost = (T.abs(T.dot(dense, y)) ** 2).sum()
    wanted = sg.function([dense, y], sg.grad(cost, [dense, y]))(m.toarray(), d)
    places = m.toarray() != 0 if name == "structured_dot" else 1
    np.testing.assert_allclose(found[0].toarray(), wanted[0] * places)
    np.testing.assert_allclose(found[1], wanted[1])
