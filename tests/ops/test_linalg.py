"""Linear algebra: values against NumPy, derivatives to second order, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import derivatives_agree, everywhere, run

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import Cholesky, Det, MatrixInverse, SlogDet, Solve

SIZES = st.integers(0, 5)


def regular(n, seed):
    """Far from singular, not symmetric."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (n, n)) + (n + 1) * np.eye(n) * rng.choice([-1, 1])


def definite(n, seed):
    half = regular(n, seed)
    return half @ half.T + np.eye(n)


def symbol(n):
    return TensorType("float64", (None, n))("a")


MEANINGS = {
    "inv": (MatrixInverse(), np.linalg.inv),
    "det": (Det(), np.linalg.det),
    "sign": (lambda a: SlogDet()(a)[0], lambda a: np.linalg.slogdet(a)[0]),
    "logarithm": (lambda a: SlogDet()(a)[1], lambda a: np.linalg.slogdet(a)[1]),
}


@pytest.mark.parametrize("name", MEANINGS)
@given(n=SIZES, seed=st.integers(0, 1000), dtype=st.sampled_from(["float32", "float64", "int64"]))
def test_values(name, n, seed, dtype):
    op, meaning = MEANINGS[name]
    matrix = np.round(4 * regular(n, seed)).astype(dtype)
    a = T.matrix("a", dtype=dtype)
    found = run(op(a), {a: matrix})
    wide = matrix.astype("float64")
    assert found.dtype == ("float32" if dtype == "float32" else "float64")
    np.testing.assert_allclose(found, meaning(wide), rtol=2e-5 if dtype == "float32" else 1e-12,
                               atol=1e-6)  # fmt: skip


@given(n=SIZES, columns=st.sampled_from([None, 0, 1, 3]), seed=st.integers(0, 1000),
       part=st.sampled_from(["all", "lower", "upper"]))  # fmt: skip
def test_solutions(n, columns, seed, part):
    matrix = regular(n, seed)
    shape = (n,) if columns is None else (n, columns)
    given = np.random.default_rng(seed).normal(size=shape)
    a, b = symbol(n), TensorType("float64", (None,) * len(shape))("b")
    x = run(Solve(part)(a, b), {a: matrix, b: given})
    counting = {"all": matrix, "lower": np.tril(matrix), "upper": np.triu(matrix)}[part]
    assert x.shape == given.shape
    np.testing.assert_allclose(counting @ x, given, atol=1e-9)


@given(n=SIZES, seed=st.integers(0, 1000))
def test_cholesky(n, seed):
    matrix = definite(n, seed)
    a = symbol(n)
    # The upper triangle is not read.
    factor = run(Cholesky()(a), {a: matrix + np.triu(np.ones((n, n)), 1)})
    np.testing.assert_allclose(factor @ factor.T, matrix, atol=1e-9)
    np.testing.assert_array_equal(factor, np.tril(factor))


NATIVE = {}
OF_BATCHES = {
    "inv": (MatrixInverse(), np.linalg.inv),
    "det": (Det(), np.linalg.det),
    "sign": (lambda a: SlogDet()(a)[0], lambda a: np.linalg.slogdet(a)[0]),
    "logarithm": (lambda a: SlogDet()(a)[1], lambda a: np.linalg.slogdet(a)[1]),
    "lower": (Cholesky(), lambda a: np.linalg.cholesky(a)),
    "upper": (Cholesky(False), lambda a: np.swapaxes(np.linalg.cholesky(a), -1, -2).conj()),
    "nan": (Cholesky(True, "nan"), lambda a: np.linalg.cholesky(a)),
}
SHAPES = st.sampled_from([(), (0,), (2,), (1, 3)])
FLOATS = st.sampled_from(["float32", "float64", "complex64", "complex128"])


def drawn(shape, dtype, seed, definite):
    """Hermitian positive definite, or only regular; transposed in memory every other time."""
    rng = np.random.default_rng(seed)
    a = rng.uniform(-1, 1, shape) + 1j * rng.uniform(-1, 1, shape) * (np.dtype(dtype).kind == "c")
    a = a + 3 * np.eye(shape[-1])
    a = a @ np.swapaxes(a, -1, -2).conj() if definite else a
    a = (a if np.dtype(dtype).kind == "c" else a.real).astype(dtype)
    turned = np.swapaxes(np.ascontiguousarray(np.swapaxes(a, -1, -2)), -1, -2)
    return turned if seed % 2 else a


def natively(key, build, *arrays):
    key = (key, *((x.dtype.name, x.ndim) for x in arrays))
    if key not in NATIVE:
        inputs = [TensorType(x.dtype.name, (None,) * x.ndim)() for x in arrays]
        NATIVE[key] = sg.function(inputs, build(*inputs), mode="llvm")
        assert NATIVE[key].fallbacks() == []
    return NATIVE[key](*arrays)


@pytest.mark.parametrize("name", OF_BATCHES)
@given(batch=SHAPES, n=SIZES, dtype=FLOATS, seed=st.integers(0, 1000))
def test_batches_natively(name, batch, n, dtype, seed):
    build, meaning = OF_BATCHES[name]
    a = drawn((*batch, n, n), dtype, seed, name in ("lower", "upper", "nan"))
    found, wanted = natively(name, build, a), meaning(a)
    assert found.dtype == wanted.dtype
    tolerance = 1e-3 if np.finfo(a.dtype).eps > 1e-10 else 1e-11
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


KINDS = [("all", "zero"), ("lower", "zero"), ("upper", "zero"), ("lower", "symmetric"),
         ("upper", "symmetric"), ("lower", "hermitian"), ("upper", "hermitian"),
         ("lower", "definite"), ("upper", "definite")]  # fmt: skip


@pytest.mark.parametrize("part, structure", KINDS)
@given(batch=SHAPES, n=SIZES, columns=st.sampled_from([None, 0, 1, 3]), dtype=FLOATS,
       seed=st.integers(0, 1000))  # fmt: skip
def test_solutions_of_batches(part, structure, batch, n, columns, dtype, seed):
    a = drawn((*batch, n, n), dtype, seed, True)
    keep = {"all": lambda x, k=0: x, "lower": np.tril, "upper": np.triu}[part]
    off = -1 if part == "lower" else 1
    turned = np.swapaxes(a, -1, -2) if structure == "symmetric" else np.swapaxes(a, -1, -2).conj()
    other = np.triu if part == "lower" else np.tril
    whole = keep(a) if structure == "zero" else keep(a) + other(turned, -off)
    shape = (*batch, n) if columns is None else (*batch, n, columns)
    rng = np.random.default_rng(seed)
    given = (rng.normal(size=shape) * (1 + 1j)).astype("complex128")
    given = (given if a.dtype.kind == "c" else given.real).astype(dtype)
    op = Solve(part, structure)
    variables = [TensorType(dtype, (None,) * v.ndim)() for v in (a, given)]
    meant = run(op(*variables), dict(zip(variables, (a, given), strict=True)))
    for x in (natively((part, structure), op, a, given), meant):
        assert x.shape == shape
        found = (whole @ (x[..., None] if columns is None else x)).reshape(shape)
        tolerance = 1e-3 if np.finfo(a.dtype).eps > 1e-10 else 1e-10
        np.testing.assert_allclose(found, given, atol=tolerance)


def first(op, *values):
    derivatives_agree(op, *values)


def second(op, *values):
    """The reverse derivative is a function with derivatives of its own."""

    def slope(*inputs):
        y = op(*inputs)
        return sg.grad((y * T.sin(y)).sum(), inputs[0])

    derivatives_agree(slope, *values)


@pytest.mark.parametrize("check", [first, second])
@given(n=st.integers(1, 3), seed=st.integers(0, 1000))
def test_derivatives(check, n, seed):
    matrix, given = regular(n, seed) / 2, np.random.default_rng(seed).normal(size=(n, 2))
    check(MatrixInverse(), matrix)
    check(lambda a: Det()(a) / 10, matrix)
    check(lambda a: SlogDet()(a)[1], matrix)
    check(Solve(), matrix, given)
    check(Solve("lower"), matrix, given[:, 0])
    check(Solve("upper"), matrix, given)
    check(Cholesky(), definite(n, seed))
    check(Cholesky(False), definite(n, seed))
    for part in ("lower", "upper"):
        check(Solve(part, "symmetric"), matrix, given)
        check(Solve(part, "definite"), definite(n, seed) / 2, given[:, 0])
    many = np.array([matrix, regular(n, seed + 1)])
    check(MatrixInverse(), many)
    check(lambda a: Det()(a) / 10, many)
    check(Solve(), many, np.array([given, given]))
    check(Solve("lower"), many, np.array([given[:, 0], given[:, 1]]))


def test_back_ends():
    a, b = T.dmatrix("a"), T.dmatrix("b")
    outputs = [
        T.linalg.inv(a), T.linalg.det(a), *T.linalg.slogdet(a), T.linalg.solve(a, b),
        T.linalg.cholesky(T.dot(a, a.T) + T.eye(3)),
    ]  # fmt: skip
    point = {a: regular(3, 0), b: np.ones((3, 2))}
    everywhere(outputs, point, {a: regular(3, 1), b: np.ones((3, 4))})
    everywhere([T.linalg.inv(a)], {a: np.zeros((2, 2))}, {a: np.zeros((2, 3))})


def test_errors_tell_what_was_given():
    a, v = T.dmatrix("a"), T.dvector("v")
    with pytest.raises(TypeError, match=r"inv takes a matrix, not v \(float64 vector\)"):
        MatrixInverse()(v)
    wide = TensorType("float64", (2, 3))("wide")
    with pytest.raises(ValueError, match=r"det takes a square matrix, not wide \(float64 matrix"):
        Det()(wide)
    with pytest.raises(ValueError, match="solve: 'middle' is none of 'all', 'lower', 'upper'"):
        Solve("middle")
    with pytest.raises(ValueError, match=r"solve: shapes do not fit: Spec.* and wide"):
        Solve()(T.specify_shape(a, (3, 3)), wide)
    with pytest.raises(ValueError, match=r"det takes a square matrix, not one of shape \(2, 3\)"):
        sg.function([a], Det()(a))(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="Singular matrix"):
        sg.function([a], MatrixInverse()(a))(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="not positive definite"):
        sg.function([a], Cholesky()(a))(-np.eye(2))
