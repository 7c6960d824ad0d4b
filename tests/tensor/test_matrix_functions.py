"""Norms, equations and factors: every form of their arguments, as NumPy and SciPy take them."""

import numpy as np
import pytest
import scipy.linalg

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType

L = T.linalg
RNG = np.random.default_rng(0)
MODES = pytest.mark.parametrize("mode", ["llvm", "reference"])


def drawn(*shape, dtype="float64"):
    x = RNG.normal(size=shape)
    x = x + 1j * RNG.normal(size=shape) if np.dtype(dtype).kind == "c" else x
    return x.astype(dtype)


def value(build, *arrays, mode="llvm"):
    inputs = [TensorType(a.dtype.name, (None,) * a.ndim)() for a in arrays]
    f = sg.function(inputs, build(*inputs), mode=mode)
    assert f.fallbacks() == [] or mode == "reference"
    return f(*arrays)


def same(found, wanted, tolerance=1e-10):
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.shape == wanted.shape
    assert found.dtype == wanted.dtype
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


MATRIX_ORDERS = [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf]
VECTOR_ORDERS = [None, 0, 1, -1, 2, 3.5, np.inf, -np.inf]


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("keepdims", [False, True])
def test_norms(dtype, keepdims):
    v, m, a = drawn(4, dtype=dtype), drawn(3, 4, dtype=dtype), drawn(2, 3, 4, dtype=dtype)
    cases = [(v, order, None) for order in VECTOR_ORDERS]
    cases += [(m, order, None) for order in MATRIX_ORDERS]
    cases += [(a, order, axis) for order in VECTOR_ORDERS for axis in (0, 2, -2)]
    cases += [(a, order, axis) for order in MATRIX_ORDERS for axis in ((1, 2), (2, 0), (-1, -2))]
    cases.append((a, None, None))
    for x in (v, m, a):
        mine = [(order, axis) for other, order, axis in cases if other is x]
        found = value(lambda y, mine=mine: [L.norm(y, o, ax, keepdims) for o, ax in mine], x)
        for got, (order, axis) in zip(found, mine, strict=True):
            same(got, np.linalg.norm(x, order, axis, keepdims))


def test_wrong_norms():
    v, m, a = T.dvector("v"), T.dmatrix("m"), T.dtensor3("a")
    for call, message in (
        (lambda: L.norm(m, 3), r"the order of matrices is 'fro', .*, not 3"),
        (lambda: L.norm(v, "fro"), "the order of vectors is a number, not 'fro'"),
        (lambda: L.norm(a, 2), "say by axis what are the vectors or matrices of a"),
        (lambda: L.norm(a, 2, (0, 1, 2)), "matrices lie on two axes"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


@MODES
@pytest.mark.parametrize("p", [None, 2, -2, 1, -1, np.inf, "fro"])
def test_condition_numbers(mode, p):
    a = drawn(2, 3, 3)
    same(value(lambda x: L.cond(x, p), a, mode=mode), np.linalg.cond(a, p), 1e-8)


ASSUMED = {"gen": lambda a: a, "sym": lambda a: a + np.swapaxes(a, -1, -2),
           "her": lambda a: a + np.swapaxes(a, -1, -2).conj(),
           "pos": lambda a: a @ np.swapaxes(a, -1, -2).conj() + np.eye(len(a))}  # fmt: skip


@MODES
@pytest.mark.parametrize("assumed", ASSUMED)
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_solve_as_scipy_takes_it(mode, assumed, dtype):
    a = ASSUMED[assumed](drawn(3, 3, dtype=dtype))
    b = drawn(3, 2, dtype=dtype)
    for lower in (False, True):
        # What is not read may be anything.
        given = a if assumed == "gen" else a + (np.triu if lower else np.tril)(
            np.ones((3, 3)), 1 if lower else -1)  # fmt: skip
        found = value(
            lambda x, y, w=lower: L.solve(x, y, assume_a=assumed, lower=w), given, b, mode=mode
        )
        same(found, scipy.linalg.solve(a, b))
        found = value(
            lambda x, y, w=lower: L.solve(x, y, assume_a=assumed, lower=w, transposed=True),
            given, b, mode=mode,
        )  # fmt: skip
        same(found, scipy.linalg.solve(a.T, b))


@MODES
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_triangular_equations_as_scipy_takes_them(mode, dtype):
    a, b = drawn(3, 3, dtype=dtype) + 3 * np.eye(3), drawn(3, dtype=dtype)
    every = [(w, t, u) for w in (False, True) for t in (0, 1, 2, "N", "T", "C") for u in (0, 1)]
    found = value(lambda x, y: [L.solve_triangular(x, y, *e) for e in every], a, b, mode=mode)
    for got, (lower, trans, unit) in zip(found, every, strict=True):
        same(got, scipy.linalg.solve_triangular(a, b, trans, lower, bool(unit)))
    with pytest.raises(ValueError, match="trans is 0, 1, 2, 'N', 'T' or 'C', not 3"):
        L.solve_triangular(a, b, trans=3)


SHAPES = [((3, 3), (3,)), ((3, 3), (4, 3, 2)), ((4, 3, 3), (3, 2)), ((4, 1, 3, 3), (5, 3, 2)),
          ((4, 3, 3), (3,)), ((0, 3, 3), (1, 3, 2)), ((1, 3, 3), (4, 3, 0))]  # fmt: skip


@MODES
@pytest.mark.parametrize("left, right", SHAPES)
def test_batches_of_equations_broadcast(mode, left, right):
    a, b = drawn(*left) + 3 * np.eye(3), drawn(*right)
    wanted = np.linalg.solve(a, b)
    same(value(L.solve, a, b, mode=mode), wanted)
    low = np.linalg.solve(np.tril(a), b)
    same(value(L.solve_lower_triangular, a, b, mode=mode), low)
    definite = a @ np.swapaxes(a, -1, -2)
    for lower in (True, False):
        found = value(
            lambda x, y, w=lower: L.cho_solve((L.cholesky(x, w), w), y), definite, b, mode=mode
        )
        same(found, np.linalg.solve(definite, b), 1e-8)


@MODES
def test_pairs_of_symmetric_matrices(mode):
    a, b = drawn(3, 3, dtype="complex128"), drawn(3, 3, dtype="complex128")
    b = b @ b.conj().T + np.eye(3)
    for lower in (True, False):
        found = value(lambda x, y, w=lower: L.eigvalsh(x, y, w), a, b, mode=mode)
        same(found, scipy.linalg.eigvalsh(a, b, lower=lower))
        same(value(lambda x, w=lower: L.eigvalsh(x, lower=w), a, mode=mode),
             scipy.linalg.eigvalsh(a, lower=lower))  # fmt: skip


@MODES
@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (2, 4, 3)])
def test_lu_as_scipy_gives_it(mode, shape):
    a = drawn(*shape)
    for found, wanted in zip(value(L.lu, a, mode=mode), scipy.linalg.lu(a), strict=True):
        same(found, wanted)
    both = value(lambda x: L.lu(x, permute_l=True), a, mode=mode)
    for found, wanted in zip(both, scipy.linalg.lu(a, permute_l=True), strict=True):
        same(found, wanted)


@MODES
@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (2, 4, 3)])
@pytest.mark.parametrize("form", ["reduced", "complete", "r", "raw"])
def test_qr_as_numpy_gives_it(mode, shape, form):
    a = drawn(*shape)
    wanted = np.linalg.qr(a, form)
    found = value(lambda x: L.qr(x, form), a, mode=mode)
    pairs = [(found, wanted)] if form == "r" else zip(found, wanted, strict=True)
    for got, part in pairs:
        same(got, part)
    with pytest.raises(ValueError, match="qr: 'thin' is none of"):
        L.qr(a, "thin")


@MODES
@pytest.mark.parametrize("shape", [(4, 2), (2, 4), (3, 3)])
@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("vector", [False, True])
def test_least_squares_as_numpy_gives_them(mode, shape, rank, vector):
    a = drawn(shape[0], rank) @ drawn(rank, shape[1])
    b = drawn(shape[0]) if vector else drawn(shape[0], 2)
    found = value(lambda x, y: L.lstsq(x, y, 1e-10), a, b, mode=mode)
    x, squares, whole, s = np.linalg.lstsq(a, b, 1e-10)
    for got, wanted in zip(found, (x, squares, np.int64(whole), s), strict=True):
        same(got, wanted)


@MODES
@pytest.mark.parametrize("trans", [0, 1, 2])
@pytest.mark.parametrize("dtype", ["float64", "complex128", "float32"])
def test_equations_with_lu_factors_given(mode, trans, dtype):
    a = drawn(2, 5, 5).astype(dtype) * (1 + (1j if dtype == "complex128" else 0) * drawn(5))
    a, b = a.astype(dtype), drawn(5, 3).astype(dtype)
    factors = [scipy.linalg.lu_factor(x) for x in a]
    both, exchanges = map(np.stack, zip(*factors, strict=True))
    solved = value(lambda x, p, y: L.lu_solve((x, p), y, trans), both, exchanges, b, mode=mode)
    rtol = 1e-3 if dtype == "float32" else 1e-7
    for at, own in enumerate(factors):
        same(solved[at], scipy.linalg.lu_solve(own, b, trans), rtol)
    one = value(lambda x, p, y: L.lu_solve((x, p), y, trans), *factors[0], b[:, 0], mode=mode)
    same(one, scipy.linalg.lu_solve(factors[0], b[:, 0], trans), rtol)
    with pytest.raises(ValueError, match="a row that is exchanged is at least 0 and within bounds"):
        value(lambda x, p, y: L.lu_solve((x, p), y), factors[0][0], np.full(5, 5), b, mode=mode)


@MODES
@pytest.mark.parametrize("vector", [False, True])
def test_least_squares_of_batches(mode, vector):
    a, b = drawn(2, 1, 4, 3), drawn(4) if vector else drawn(5, 4, 2)
    x, squares, rank, s = value(L.lstsq, a, b, mode=mode)
    sides = np.broadcast_to(
        b[:, None] if vector else b, (2, 1 if vector else 5, 4, 1 + (not vector))
    )
    assert x.shape == ((2, 1, 3) if vector else (2, 5, 3, 2))
    assert rank.shape == s.shape[:-1] == squares.shape[: 2 - vector + vector] == sides.shape[:2]
    for at in np.ndindex(sides.shape[:2]):
        wanted = np.linalg.lstsq(a[at[0], 0], sides[at])
        own = x[at][:, None] if vector else x[at]
        same(own, wanted[0])
        same(squares[at], wanted[1][0] if vector else wanted[1])
        same(s[at], wanted[3])


@MODES
def test_what_counts_as_zero_may_be_computed(mode):
    a, b = np.diag([1.0, 0.1, 0.01]), drawn(3, 2)
    for limit in (0.5, 0.05, 1e-3):
        found = value(L.lstsq, a, b, np.array(limit), mode=mode)
        wanted = np.linalg.lstsq(a, b, limit)
        same(found[0], wanted[0])
        assert found[2] == wanted[2]
        same(value(L.pinv, a, np.array(limit), mode=mode), np.linalg.pinv(a, limit))
    many, limits = np.stack([a, a]), np.array([0.5, 0.05])
    assert value(lambda x, y: L.lstsq(x, b, y)[2], many, limits, mode=mode).tolist() == [1, 2]
    same(value(L.pinv, many, limits, mode=mode), np.linalg.pinv(many, limits))
    rcond = T.dscalar("rcond")
    cost = (L.lstsq(T.constant(a), T.constant(b), rcond)[0]).sum() + L.pinv(a, rcond).sum()
    assert sg.grad(cost, rcond, disconnected_inputs="ignore").eval() == 0
    with pytest.raises(TypeError, match="rcond is a real number, or one for each matrix"):
        L.pinv(a, T.dvector())


@MODES
def test_tensor_equations(mode):
    a, b = drawn(2, 6, 3, 4), drawn(2, 6)
    same(value(lambda x: L.tensorinv(x, 2), a, mode=mode), np.linalg.tensorinv(a, 2), 1e-7)
    same(value(L.tensorsolve, a, b, mode=mode), np.linalg.tensorsolve(a, b), 1e-7)
    turned = np.transpose(a, (2, 0, 1, 3))
    found = value(lambda x, y: L.tensorsolve(x, y, (0, 3)), turned, b, mode=mode)
    same(found, np.linalg.tensorsolve(turned, b, (0, 3)), 1e-7)
    with pytest.raises(ValueError, match="tensorinv: ind is from 1 to 3, not 4"):
        L.tensorinv(a, 4)
    with pytest.raises(ValueError, match="has more axes than"):
        L.tensorsolve(b, a)


def test_other_names():
    a = drawn(2, 3, 3) + 3 * np.eye(3)
    same(value(lambda x: L.matrix_power(x, -2), a), np.linalg.matrix_power(a, -2))
    same(value(lambda x: L.matrix_power(x, 0), a), np.linalg.matrix_power(a, 0))
    same(value(lambda x: L.matrix_rank(x), a), np.linalg.matrix_rank(a))
    same(value(lambda x: L.matrix_rank(x * 0), a), np.linalg.matrix_rank(a * 0))
    same(value(lambda x: L.pinv(x, 0.3), a), np.linalg.pinv(a, 0.3))
    assert T.nlinalg.svd is T.linalg.svd
    assert T.slinalg.solve is T.linalg.solve
