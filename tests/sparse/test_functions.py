"""Sparse matrices go in and out of functions, and live in shared variables."""

import copy
import pickle

import numpy as np
import pytest
import scipy.sparse
from support.back_ends import TESTED
from support.sparse_cases import FORMATS, MATRIX

import symgraph as sg
import symgraph.sparse as S
import symgraph.tensor as T

M = MATRIX["csr"](np.array([[0.0, 2.0, 0.0], [1.0, 0.0, 3.0]]))


@pytest.mark.parametrize("mode", TESTED)
def test_shared_values_are_updated(mode):
    w, y = sg.shared(M, name="w"), T.dmatrix("y")
    cost = (S.structured_dot(w, y) ** 2).sum()
    step = sg.function([y], cost, updates={w: w - 0.1 * sg.grad(cost, w)}, mode=mode)
    value = M.toarray()
    d = np.ones((3, 2))
    for _ in range(3):
        np.testing.assert_allclose(step(d), ((value @ d) ** 2).sum())
        value = value - 0.1 * (2 * (value @ d) @ d.T) * (value != 0)
        np.testing.assert_allclose(w.get_value().toarray(), value)
    assert M.data.tolist() == [2, 1, 3], "the value that was given is copied"


def test_shared_values_of_sparse_and_dense_together():
    w, v = sg.shared(M, name="w"), sg.shared(np.ones(3), name="v")
    f = sg.function([], [S.dot(w, v), w], updates=[(w, w * 2.0), (v, v + 1)])
    assert f()[0].tolist() == [2, 4]
    assert f()[0].tolist() == [8, 16]
    assert v.get_value().tolist() == [3, 3, 3]
    np.testing.assert_allclose(w.get_value().toarray(), 4 * M.toarray())
    w.zero()
    assert w.get_value().nnz == 0
    with pytest.raises(TypeError, match="the value of w: expected a float64 csr matrix"):
        w.set_value(3.0)
    with pytest.raises(TypeError, match="precision"):
        w.set_value(M.astype("complex128"))


@pytest.mark.parametrize("format", FORMATS)
def test_inputs_are_converted_and_not_changed(format):
    x = S.matrix(format, "x")
    f = sg.function([x], [x, S.sp_sum(x)])
    for value in (M, M.tocsc(), M.tocoo(), M.toarray(), M.astype("float32"), M.astype("int8")):
        same, total = f(value)
        assert same.format == format
        assert same.dtype == "float64"
        np.testing.assert_allclose(same.toarray(), M.toarray())
        assert total == 6
    same.data[:] = 9
    assert M.sum() == 6
    for wrong in (3.0, np.ones(3), [1.0, 2.0], "x"):
        with pytest.raises(TypeError, match=r"input 0 \(x\): expected a float64"):
            f(wrong)
    assert f(scipy.sparse.csr_array(M))[1] == 6


def test_arguments_by_name_defaults_and_subsets():
    x, y = S.csr_matrix("x"), T.dscalar("y")
    f = sg.function([x, sg.In(y, value=2.0)], {"a": x * y, "b": y + 1, "c": S.sp_sum(x)})
    assert sorted(f(M)) == ["a", "b", "c"]
    assert f(x=M, y=3.0)["a"].sum() == 18
    assert f(M, output_subset=["c", "a"])["a"].sum() == 12
    g = sg.function([sg.In(x, value=M, update=x + x, name="x")], S.sp_sum(x))
    assert [g(), g(), g(M), g()] == [6, 12, 6, 12]
    assert g.value["x"].sum() == 24


def test_givens_constants_and_eval():
    x, y = S.csr_matrix("x"), S.csr_matrix("y")
    assert sg.function([y], S.sp_sum(x), givens={x: y * 2.0})(M) == 12
    assert sg.function([], S.sp_sum(x), givens={x: M})() == 6
    constant = S.as_sparse_variable(M)
    assert S.sp_sum(constant + M).eval() == 12
    assert sg.function([], S.as_sparse_variable(M))().sum() == 6
    assert S.sp_sum(x).eval({x: M}) == 6


def test_copies_and_pickles():
    w, x = sg.shared(M, name="w"), S.csr_matrix("x")
    f = sg.function([x], S.sp_sum(w + x), updates={w: w + x})
    for make in (copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))):
        assert make(f)(M) in (12, 18)
    other = sg.shared(2 * M)
    assert f.copy(swap={w: other})(M) == 18
    before = w.get_value().sum()
    assert f.copy(delete_updates=True)(M) == before + 6
    assert w.get_value().sum() == before
    again = pickle.loads(pickle.dumps([x, w, S.dot(w, x.T)]))
    assert again[0].type == x.type


def test_operators_meet_arrays_from_both_sides():
    x, a = S.csr_matrix("x"), np.ones((2, 3))
    f = sg.function([x], [a + x, x + a, a - x, a * x, x * a, 2 * x, x @ a.T, a.T @ x, abs(-x)])
    added, _, less, *_, last = f(M)
    np.testing.assert_allclose(added, 1 + M.toarray())
    np.testing.assert_allclose(less, 1 - M.toarray())
    np.testing.assert_allclose(last.toarray(), M.toarray())
    with pytest.raises(TypeError, match="is sparse, and sparse matrices have no reshape"):
        x.reshape((3, 2))
    with pytest.raises(TypeError, match="dense_from_sparse"):
        x / 2.0
    with pytest.raises(TypeError, match="is no tensor"):
        T.exp(x)


def test_other_formats_and_dtypes_are_refused():
    with pytest.raises(ValueError, match="csr, csc, not 'bsr'"):
        S.matrix("bsr")
    with pytest.raises(TypeError, match="float16"):
        S.csr_matrix("x", "float16")
    with pytest.raises(TypeError, match="is not sparse"):
        S.transpose(T.dmatrix("m"))
    with pytest.raises(TypeError, match="is sparse"):
        S.dot(T.dmatrix("m"), T.dmatrix("n"))


def test_parts_that_do_not_fit_are_refused():
    data, indices, indptr = T.dvector("d"), T.ivector("i"), T.ivector("p")
    x = S.CSR(data, indices, indptr, (2, 3))
    f = sg.function([data, indices, indptr], S.dot(x, np.ones((3, 2))))
    good = (M.data, M.indices, M.indptr)
    np.testing.assert_allclose(f(*good), M @ np.ones((3, 2)))
    with pytest.raises(IndexError, match="an index of a compressed matrix is 3"):
        f(M.data, M.indices + 1, M.indptr)
    with pytest.raises(ValueError, match="pointers of a compressed matrix must rise"):
        f(M.data, M.indices, M.indptr[::-1].copy())
    with pytest.raises(ValueError, match="has 2 entries, but 3 indices"):
        f(M.data[1:], M.indices, M.indptr)


def test_scipy_is_not_imported_with_the_package():
    import subprocess
    import sys

    code = "import symgraph, sys; sys.exit('scipy.sparse' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
