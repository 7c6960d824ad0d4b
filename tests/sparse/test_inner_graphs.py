"""Sparse matrices within loops, branches, calls and batches are what dense ones are there."""

import numpy as np
import pytest
from support.back_ends import TESTED
from support.sparse_cases import MATRIX, dense

import symgraph as sg
import symgraph.sparse as S
import symgraph.tensor as T

M = MATRIX["csr"](np.array([[0.0, 2.0], [0.5, 0.0]]))
V = np.array([0.5, -1.5])


def stepped(dot, x, v):
    h, _ = sg.scan(lambda h, x: dot(x * h[0], h), outputs_info=v, non_sequences=x, n_steps=3)
    return h


def nested(dot, x, v):
    def outer(row):
        h, _ = sg.scan(lambda h: dot(x * 2.0, h), outputs_info=row, n_steps=2)
        return h[-1]

    return sg.scan(outer, sequences=T.outer(v, v))[0]


def called(dot, x, v):
    a, b = x.type("a"), v.type("b")
    function = sg.OpFromGraph([a, b], [dot(a, b), dot(a * 2.0, b)])
    first, second = function(x, v)
    return first * second


def chosen(dot, x, v):
    return dot(sg.ifelse(v[0] > 0, x * 2.0, x), v) + dot(sg.ifelse(v[0] < 0, x * 2.0, x), v)


def batched(dot, x, v):
    return sg.vectorize_graph(dot(x, v), {v: T.outer(v, v)})


PROGRAMS = pytest.mark.parametrize("program", [stepped, nested, called, chosen, batched])
MODES = pytest.mark.parametrize("mode", TESTED)


@PROGRAMS
@MODES
def test_values_and_derivatives_by_dense_operands(program, mode):
    x, full, v = S.csr_matrix("x"), T.dmatrix("full"), T.dvector("v")
    results = []
    for dot, matrix, value in ((S.dot, x, M), (T.dot, full, M.toarray())):
        y = program(dot, matrix, v)
        outputs = [y, sg.grad((y**2).sum(), v), sg.Rop(y, v, v), sg.Rop(y, matrix, matrix)]
        f = sg.function([matrix, v], outputs, mode=mode)
        assert mode != "llvm" or f.fallbacks() == []
        results.append(f(value, V))
    for found, wanted in zip(*results, strict=True):
        np.testing.assert_allclose(found, wanted)


@pytest.mark.parametrize("program", [called, chosen])
def test_derivatives_by_sparse_matrices(program):
    x, full, v = S.csr_matrix("x"), T.dmatrix("full"), T.dvector("v")
    slopes = [
        sg.grad((program(dot, matrix, v) ** 2).sum(), matrix)
        for dot, matrix in ((S.dot, x), (T.dot, full))
    ]
    found, wanted = sg.function([x, full, v], slopes)(M, M.toarray(), V)
    np.testing.assert_allclose(dense(found), wanted)


def test_a_loop_adds_up_no_sparse_derivatives_and_says_so():
    x, v = S.csr_matrix("x"), T.dvector("v")
    with pytest.raises(sg.gradient.NullTypeGradError, match=r"structured_dot in the step"):
        sg.grad(stepped(S.dot, x, v).sum(), x)
    h, _ = sg.scan(lambda h: S.structured_dot(x, h), outputs_info=v, n_steps=2)
    found = sg.function([x, v], sg.grad(h[-1].sum(), x))(M, V)
    ones = np.ones((2, 2)) * (M.toarray() != 0)
    np.testing.assert_allclose(
        dense(found), np.outer(np.ones(2), M @ V) * ones + np.outer(M.T @ np.ones(2), V) * ones
    )


def test_matrices_made_in_a_step():
    rows = T.dmatrix("rows")
    sums, _ = sg.scan(lambda r: S.sp_sum(S.csr_from_dense(T.outer(r, r)), 0), sequences=rows)
    value = np.arange(6.0).reshape(3, 2)
    f = sg.function([rows], [sums, sg.grad(sums.sum(), rows)])
    found, slope = f(value)
    np.testing.assert_allclose(found, [np.outer(r, r).sum(0) for r in value])
    np.testing.assert_allclose(slope, 2 * value.sum(1, keepdims=True) * np.ones((3, 2)))


def test_branches_give_sparse_matrices():
    x, c = S.csr_matrix("x"), T.iscalar("c")
    y = sg.ifelse(c, S.dot(x, x), x)
    f = sg.function([c, x], [y, sg.grad(S.sp_sum(y * y), x)])
    for condition in (0, 1):
        value, slope = map(dense, f(condition, M))
        m = M.toarray()
        power = m @ m if condition else m
        np.testing.assert_allclose(value, power)
        wanted = 2 * (power @ m.T + m.T @ power) if condition else 2 * m
        np.testing.assert_allclose(slope, wanted)
