"""Operations that know sparse matrices as values alone, and matrices drawn at random."""

import numpy as np
import pytest
from support.back_ends import TESTED
from support.sparse_cases import FORMATS, MATRIX

import symgraph as sg
import symgraph.sparse as S
import symgraph.tensor as T

M = MATRIX["csr"](np.array([[0.0, 2.0, 0.0], [1.0, 0.0, 3.0]]))
MODES = pytest.mark.parametrize("mode", TESTED)


class Flipped(sg.Op):
    """A user's operation: the rows from the last to the first, and how many there are."""

    def output_types(self, x):
        return [x.type, T.TensorType("int64", ())]

    def perform(self, node, x):
        return x[::-1], np.asarray(x.shape[0])

    def vjp(self, node, cotangents):
        return [None if cotangents[0] is None else Flipped()(cotangents[0])[0]]


class Same(sg.Op):
    """Returns its input itself."""

    def __init__(self, convert):
        self.convert = convert

    __props__ = ("convert",)

    def output_types(self, x):
        return [x.type]

    def perform(self, node, x):
        return (self.convert(x),)


@MODES
def test_operations_of_users_take_matrices(mode):
    x = S.csr_matrix("x")
    flipped, rows = Flipped()(x * 2.0)
    slope = sg.grad(S.sp_sum(S.mul(flipped, x)), x)
    found, count, derived = sg.function([x], [flipped, rows, slope], mode=mode)(M)
    np.testing.assert_allclose(found.toarray(), 2 * M.toarray()[::-1])
    assert count == 2
    np.testing.assert_allclose(derived.toarray(), 4 * M.toarray()[::-1])


@MODES
def test_results_are_copied_and_checked(mode):
    x = S.csr_matrix("x")
    f = sg.function([x], [Same(abs)(x), Same(lambda m: m)(x)], mode=mode)
    m = M.copy()
    for result in f(m):
        result.data[:] = 7
    assert m.data.tolist() == [2, 1, 3]
    with pytest.raises(TypeError, match="expected a float64 csr matrix"):
        sg.function([x], Same(lambda m: m.tocsc())(x), mode=mode)(M)


def test_lists_hold_matrices():
    kind = S.SparseType("csr")
    matrices, x = sg.typed_list.TypedListType(kind)("matrices"), kind("x")
    outputs = [matrices.ind(x), matrices.count(x), matrices[-1] * 2.0, matrices.append(x)]
    f = sg.function([matrices, x], outputs)
    at, count, last, longer = f([M, 2 * M, 3 * M], 2 * M)
    assert (int(at), int(count), len(longer)) == (1, 1, 4)
    np.testing.assert_allclose(last.toarray(), 6 * M.toarray())


def test_equal_matrices_may_have_other_entries():
    kind = S.SparseType("csr")
    a = MATRIX["csr"](np.array([[0.0, 1.0], [np.nan, 0.0]]))
    parts = np.array([0.0, 0.5, 0.5, np.nan]), np.array([0, 1, 1, 0]), np.array([0, 3, 4])
    b = MATRIX["csr"](parts, shape=(2, 2))
    assert kind.values_eq(a, b) and kind.values_eq_approx(a, b)
    for other in (2 * a, a.astype("float32"), a.tocsc(), a[:1]):
        assert not kind.values_eq(a, other) and not kind.values_eq_approx(a, other)
    near = a * (1 + 1e-12)
    assert kind.values_eq_approx(a, near) and not kind.values_eq(a, near)


@pytest.mark.parametrize("number", [3, 2.5, True])
def test_numbers_take_the_dtype_of_the_matrix(number):
    x = S.csr_matrix("x", "float32")
    assert {(x * number).dtype, (number * x).dtype, (x + number).dtype} == {"float32"}


@pytest.mark.parametrize("format", FORMATS)
@MODES
def test_draws(format, mode):
    x, n = S.matrix(format, "x"), T.lvector("n")
    rng = sg.RandomStreams(3)
    counts, chosen = S.poisson(rng, x), S.multinomial(rng, n, x)
    means = MATRIX[format](np.eye(300, 200) * 4 + np.eye(300, 200, 1) * 2)
    f = sg.function([x], counts, mode=mode)
    first, second = f(means), f(means)
    assert first.format == format and (first.toarray() != second.toarray()).any()
    assert set(zip(*first.nonzero(), strict=True)) <= set(zip(*means.nonzero(), strict=True))
    drawn = first.toarray()
    assert abs(np.diag(drawn).mean() - 4) < 5 * 2 / np.sqrt(200)
    assert abs(np.diag(drawn, 1).mean() - 2) < 5 * np.sqrt(2 / 199)
    p = MATRIX[format](np.array([[0.0, 0.25, 0.0, 0.75], [0, 0, 0, 0], [0, 1, 0, 0]]))
    found = sg.function([x, n], chosen, mode=mode)(p, [4000, 5, 3]).toarray()
    assert found.sum(1).tolist() == [4000, 0, 3] and found[2, 1] == 3
    assert abs(found[0, 1] - 1000) < 5 * np.sqrt(4000 * 0.25 * 0.75)
    with pytest.raises(ValueError, match="the sum of pvals is 1"):
        sg.function([x, n], chosen, mode=mode)(p * 0.5, [1, 1, 1])
    made = S.binomial(rng, 5, 0.25, (300, 200), format, "float32").eval()
    assert (made.format, made.dtype, made.shape) == (format, "float32", (300, 200))
    assert abs(made.mean() - 1.25) < 5 * np.sqrt(5 * 0.25 * 0.75 / 60000)
