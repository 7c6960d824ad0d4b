"""Factorisations: what they make of any matrix, natively and in NumPy, and their derivatives.

Factors are not unique: signs of vectors are free, and vectors of equal values. So each is held to
what it says of the matrix, up to errors of some units of its norm.
"""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import derivatives_agree, run

import symgraph as sg
import symgraph.tensor as T
from symgraph.gradient.errors import NullTypeGradError
from symgraph.graph import TensorType
from symgraph.ops import (
    LU,
    QR,
    SVD,
    Cholesky,
    Det,
    Eig,
    Eigh,
    EigvalsH,
    Expm,
    LeastSquares,
    MatrixInverse,
    PseudoInverse,
    Reflectors,
    SingularValues,
    SlogDet,
    Solve,
)

MODES = ("llvm", "reference")
REAL = ("float32", "float64")
# In units in the last place of the norm, for matrices of a few rows.
UNITS = 200


def symbol(dtype, ndim=3, name="a"):
    return TensorType(dtype, (None,) * ndim)(name)


FUNCTIONS = {}


def values(op, *arrays, mode="llvm"):
    """What the op's compiled function gives; native code for real numbers."""
    key = op, mode, tuple((x.dtype.name, x.ndim) for x in arrays)
    if key not in FUNCTIONS:
        inputs = [symbol(x.dtype.name, x.ndim) for x in arrays]
        made = op(*inputs)
        FUNCTIONS[key] = sg.function(inputs, made if isinstance(made, list) else [made], mode=mode)
        assert FUNCTIONS[key].fallbacks() == []
    found = FUNCTIONS[key](*arrays)
    for variable, x in zip(FUNCTIONS[key].maker.fgraph.outputs, found, strict=True):
        assert x.dtype == variable.type.dtype
        assert all(k in (None, e) for k, e in zip(variable.type.shape, x.shape, strict=True))
    return found


def close(found, wanted, scale=None):
    """Equal up to some units of the largest number, or of `scale`."""
    assert found.shape == wanted.shape
    if not found.size:
        return
    size = np.abs(wanted).max() if scale is None else scale
    error = np.abs(found - wanted).max()
    assert error <= UNITS * np.finfo(found.dtype).eps * max(size, 1e-30) * max(found.shape[-2:])


def conj_t(x):
    return np.swapaxes(x, -1, -2).conj()


@st.composite
def matrices(draw, square=False, dtypes=(*REAL, "complex64", "complex128")):
    """Batches of matrices with any extents, of low rank or not, with gaps or transposed."""
    batch = draw(st.sampled_from([(), (2,), (0,), (1, 2)]))
    m = draw(st.sampled_from([0, 1, 2, 3, 6]))
    n = m if square else draw(st.sampled_from([0, 1, 2, 4, 5]))
    dtype = np.dtype(draw(st.sampled_from(dtypes)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def normal(*shape):
        x = rng.normal(size=shape)
        return x + 1j * rng.normal(size=shape) if dtype.kind == "c" else x

    rank = draw(st.integers(0, min(m, n)))
    made = normal(*batch, m, n)
    if draw(st.booleans()):
        made = normal(*batch, m, rank) @ normal(*batch, rank, n)
    made = (made * draw(st.sampled_from([1.0, 1e-6, 1e6]))).astype(dtype)
    layout = draw(st.sampled_from(["rows", "columns", "gaps"]))
    if layout == "columns":
        return np.swapaxes(np.ascontiguousarray(np.swapaxes(made, -1, -2)), -1, -2)
    if layout == "gaps":
        wide = np.zeros((*made.shape[:-1], 2 * made.shape[-1]), dtype)
        wide[..., ::2] = made
        return wide[..., ::2]
    return made


@pytest.mark.parametrize("mode", MODES)
@given(a=matrices(), full=st.booleans())
def test_svd(mode, a, full):
    u, s, vh = values(SVD(full), a, mode=mode)
    k = min(a.shape[-2:])
    close((u[..., :k] * s[..., None, :]) @ vh[..., :k, :], a)
    for x in (conj_t(u) @ u, vh @ conj_t(vh)):
        close(x, np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape))
    assert (s[..., 1:] <= s[..., :-1]).all()
    assert (s >= 0).all()
    (alone,) = values(SingularValues(), a, mode=mode)
    close(alone[..., None], s[..., None])


@pytest.mark.parametrize("mode", MODES)
@given(a=matrices(square=True), part=st.sampled_from(["lower", "upper"]))
def test_eigh(mode, a, part):
    keep = np.tril if part == "lower" else np.triu
    off = -1 if part == "lower" else 1
    whole = keep(a) + conj_t(keep(a, off))
    n = np.arange(a.shape[-1])
    whole[..., n, n] = whole[..., n, n].real
    w, v = values(Eigh(part), a, mode=mode)
    close(whole @ v, v * w[..., None, :], np.abs(whole).max(initial=0))
    close(conj_t(v) @ v, np.broadcast_to(np.eye(len(n), dtype=v.dtype), v.shape))
    assert (w[..., 1:] >= w[..., :-1]).all()
    (alone,) = values(EigvalsH(part), a, mode=mode)
    close(alone[..., None], w[..., None], np.abs(whole).max(initial=0))


@pytest.mark.parametrize("mode", MODES)
@given(a=matrices(square=True))
def test_eig(mode, a):
    w, v = values(Eig(), a, mode=mode)
    close(a @ v, v * w[..., None, :], np.abs(a).max(initial=0))
    np.testing.assert_allclose(np.linalg.norm(v, axis=-2), 1, rtol=1e-5)


@pytest.mark.parametrize("mode", MODES)
@given(a=matrices())
def test_qr(mode, a):
    """Of all modes the factors are those of one decomposition."""
    m, n = a.shape[-2:]
    k = min(m, n)
    q, r = values(QR(), a, mode=mode)
    assert q.shape[-1] == r.shape[-2] == k
    whole, tall = values(QR("complete"), a, mode=mode)
    for left, right in ((q, r), (whole, tall)):
        close(left @ right, a, np.abs(a).max(initial=0))
        inner = conj_t(left) @ left
        close(inner, np.broadcast_to(np.eye(inner.shape[-1], dtype=a.dtype), inner.shape))
        np.testing.assert_array_equal(right, np.triu(right))
    (alone,) = values(QR("r"), a, mode=mode)
    np.testing.assert_array_equal(alone, r)
    h, tau = values(Reflectors(), a, mode=mode)
    np.testing.assert_array_equal(np.triu(np.swapaxes(h, -1, -2)[..., :k, :]), r)
    assert tau.shape == (*a.shape[:-2], k)


@pytest.mark.parametrize("mode", MODES)
@given(a=matrices())
def test_lu(mode, a):
    packed, pivots, order = values(LU(), a, mode=mode)
    m, n = a.shape[-2:]
    k = min(m, n)
    low = np.tril(packed, -1)[..., :k] + np.eye(m, k, dtype=a.dtype)
    up = np.triu(packed)[..., :k, :]
    close(low @ up, np.take_along_axis(a, order[..., None], -2), np.abs(a).max(initial=0))
    assert (np.abs(low) <= 1.5).all()
    for at in np.ndindex(*a.shape[:-2]):
        rows = np.arange(m)
        for i, other in enumerate(pivots[at]):
            rows[[i, other]] = rows[[other, i]]
        np.testing.assert_array_equal(rows, order[at])


@pytest.mark.parametrize("mode", MODES)
@given(a=matrices(), sides=st.integers(0, 3), seed=st.integers(0, 1000))
def test_least_squares(mode, a, sides, seed):
    rng = np.random.default_rng(seed)
    b = rng.normal(size=(*a.shape[:-1], sides)).astype(a.dtype)
    b = b * (1 + 1j) if a.dtype.kind == "c" else b
    b = b.astype(a.dtype)
    x, rank, s = values(LeastSquares(1e-3), a, b, mode=mode)
    close(s[..., None], np.linalg.svd(a, compute_uv=False)[..., None])
    for at in np.ndindex(*a.shape[:-2]):
        wanted, _, full, _ = np.linalg.lstsq(a[at], b[at], rcond=1e-3)
        assert rank[at] == full
        tolerance = 1e-2 if np.finfo(a.dtype).eps > 1e-10 else 1e-8
        np.testing.assert_allclose(x[at], wanted, rtol=tolerance,
                                   atol=tolerance * np.abs(wanted).max(initial=0))  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
@given(a=matrices(dtypes=("float64", "complex128")))
def test_pseudo_inverse(mode, a):
    """By Penrose's four equations."""
    (p,) = values(PseudoInverse(1e-8), a, mode=mode)
    size = np.abs(a).max(initial=0)
    close(a @ p @ a, a, 10 * size)
    close(p @ a @ p, p)
    for x in (a @ p, p @ a):
        close(conj_t(x), x, 10.0)


@pytest.mark.parametrize("mode", MODES)
@given(a=matrices(square=True), scale=st.sampled_from([1e-3, 1.0, 8.0]))
def test_exponentials(mode, a, scale):
    a = a / np.maximum(np.abs(a).max(initial=0), 1e-30).astype(a.dtype) * a.dtype.type(scale)
    (e,) = values(Expm(), a, mode=mode)
    (back,) = values(Expm(), -a, mode=mode)
    size = np.abs(e).max(initial=0) * np.abs(back).max(initial=0)
    close(e @ back, np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape), 10 * size)
    (half,) = values(Expm(), a / 2, mode=mode)
    close(half @ half, e, 10 * np.abs(half).max(initial=0) ** 2)


@pytest.mark.parametrize("m, n", list(product([1, 7, 65, 130], [1, 8, 64, 129])))
def test_scratch_memory_suffices(m, n):
    """For blocks, too: too little of it is an error of LAPACK's."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=(m, n))
    u, s, vh = values(SVD(True), a)
    k = min(m, n)
    close((u[:, :k] * s) @ vh[:k], a)
    q, r = values(QR("complete"), a)
    close(q @ r, a)
    x, rank, _ = values(LeastSquares(), a, a[:, :1])
    assert rank == k
    close(a @ x, a[:, :1], 10.0)
    if m >= n:
        w, v = values(Eigh(), a[:n])
        close(v @ np.diag(w) @ v.T, np.tril(a[:n]) + np.tril(a[:n], -1).T, 10.0)


# --- derivatives ---


def slope(f):
    """The reverse derivative, which has derivatives of its own."""

    def second(*inputs):
        y = f(*inputs)
        return sg.grad((y * T.sin(y)).sum(), inputs[0])

    return second


def spread(m, n, seed):
    """A matrix whose singular values are far apart."""
    rng = np.random.default_rng(seed)
    k = min(m, n)
    left, _ = np.linalg.qr(rng.normal(size=(m, k)))
    right, _ = np.linalg.qr(rng.normal(size=(n, k)))
    return (left * (1 + np.arange(k)) * rng.choice([-1, 1])) @ right.T


SHAPES = [(3, 3), (4, 2), (2, 4), (1, 3), (3, 1), (1, 1)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_of_rectangular_ones(shape, order):
    a = spread(*shape, 3)
    of = (lambda f: f) if order == 1 else slope
    derivatives_agree(of(SingularValues()), a)
    derivatives_agree(of(lambda x: SVD()(x)[0] ** 2), a)
    derivatives_agree(of(lambda x: SVD()(x)[2] ** 2), a)
    derivatives_agree(of(lambda x: SVD()(x)[1] ** 2), a)
    derivatives_agree(of(PseudoInverse()), a)
    derivatives_agree(of(lambda x: QR()(x)[0]), a)
    derivatives_agree(of(lambda x: QR()(x)[1]), a)
    derivatives_agree(of(QR("r")), a)
    derivatives_agree(of(lambda x: T.dot(*QR()(x)) * 2), a)
    derivatives_agree(of(lambda x: LU()(x)[0]), a)
    b = np.random.default_rng(0).normal(size=(shape[0], 2))
    derivatives_agree(of(lambda x: LeastSquares()(x, T.constant(b))[0]), a)
    derivatives_agree(of(lambda x, y: LeastSquares()(y, x)[0]), b, a)
    derivatives_agree(of(lambda x: LeastSquares()(x, T.constant(b))[2]), a)


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_of_square_ones(n, order):
    of = (lambda f: f) if order == 1 else slope
    a = spread(n, n, 1)
    for part in ("lower", "upper"):
        derivatives_agree(of(lambda x, p=part: Eigh(p)(x)[0]), a)
        derivatives_agree(of(lambda x, p=part: Eigh(p)(x)[1] ** 2), a)
        derivatives_agree(of(EigvalsH(part)), a)
    derivatives_agree(of(lambda x: LU()(x)[0]), a)
    derivatives_agree(of(Expm()), a / 3)


def test_derivatives_of_batches():
    a = np.array([spread(3, 3, seed) for seed in (0, 1)])
    derivatives_agree(lambda x: Eigh()(x)[1] ** 2, a)
    derivatives_agree(lambda x: SVD()(x)[0] ** 2, a)
    derivatives_agree(lambda x: QR()(x)[0], a)
    derivatives_agree(lambda x: LU()(x)[0], a)
    derivatives_agree(Expm(), a / 3)
    derivatives_agree(PseudoInverse(), a)


@pytest.mark.parametrize("a", [np.eye(3), np.zeros((3, 3)), np.diag([1.0, 1.0, 2.0])])
def test_derivatives_where_values_are_equal(a):
    """Of functions that have one value, whatever vectors are chosen."""
    x = T.dmatrix("x")
    w, v = Eigh()(x)
    u, s, vh = SVD()(x)
    rebuilt = T.dot(v * T.exp(w), v.T)
    for f in (w.sum(), (w**2).sum(), s.sum(), T.dot(u * s, vh).sum(), rebuilt.sum()):
        assert np.isfinite(run(sg.grad(f, x), {x: a})).all()
    np.testing.assert_allclose(run(sg.grad((w**2).sum(), x), {x: a}), 2 * a, atol=1e-12)
    np.testing.assert_allclose(run(sg.grad((s**2).sum(), x), {x: a}), 2 * a, atol=1e-12)


def test_full_factors_have_derivatives_where_they_are_all_there_is():
    a = TensorType("float64", (None, None))("a")
    u, s, _ = SVD(True)(a)
    sg.grad(s.sum(), a)
    with pytest.raises(NullTypeGradError, match="full_matrices=False"):
        sg.grad(u.sum(), a)
    with pytest.raises(NullTypeGradError, match="mode='reduced'"):
        sg.grad(QR("complete")(a)[0].sum(), a)
    square = T.specify_shape(a, (3, 3))
    point = spread(3, 3, 0)
    given = run(sg.grad((SVD(True)(square)[0] ** 3).sum(), a), {a: point})
    np.testing.assert_allclose(given, run(sg.grad((SVD()(a)[0] ** 3).sum(), a), {a: point}))


def test_errors_are_linear_algebras():
    a = T.dmatrix("a")
    for op, what in ((SVD(), "SVD"), (SingularValues(), "SVD"), (Eigh(), "Eigenvalues")):
        for mode in MODES:
            f = sg.function([a], op(a), mode=mode)
            with pytest.raises(np.linalg.LinAlgError, match=f"{what} did not converge"):
                f(np.full((3, 3), np.nan))


DIFFERENTIATED = {
    "eigenvalues": lambda x: Eigh()(x)[0],
    "eigenvectors": lambda x: Eigh()(x)[1] ** 2,
    "singular values": SingularValues(),
    "singular vectors": lambda x: SVD()(x)[0] ** 2 + SVD()(x)[2] ** 2,
    "q": lambda x: QR()(x)[0],
    "r": QR("r"),
    "lu": lambda x: LU()(x)[0],
    "expm": lambda x: Expm()(x / 4),
    "pinv": PseudoInverse(),
    "cholesky": lambda x: Cholesky()(x @ T.swapaxes(x, -1, -2)),
    "solve": lambda x: Solve()(x, x[..., 0]),
    "det": Det(),
    "logarithm": lambda x: SlogDet()(x)[1],
    "inv": MatrixInverse(),
    "least squares": lambda x: LeastSquares()(x, x[..., :1] ** 2)[0],
    "real eigenvalues": lambda x: T.real(Eig()(x)[0] ** 2),
}


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_derivatives_are_native(name):
    """Of matrices of both orders, of batches of the first, reverse and forward."""
    f = DIFFERENTIATED[name]
    pair = np.array([spread(3, 3, 1), spread(3, 3, 2)])
    _native_derivatives_agree(f, 2, spread(3, 3, 3))
    _native_derivatives_agree(f, 1, pair, pair[:0])


def test_batches_of_more_axes():
    pair = np.array([spread(3, 3, 1), spread(3, 3, 2)])
    _native_derivatives_agree(MatrixInverse(), 2, pair[None], pair[:0, None])


def _native_derivatives_agree(f, order, *points):
    x, t = (symbol("float64", points[0].ndim, name) for name in "xt")
    first = sg.grad((f(x) ** 3).sum(), x)
    outputs = [first, sg.Rop(f(x), x, t)]
    if order == 2:
        outputs.append(sg.grad((first**2).sum(), x))
    native = sg.function([x, t], outputs)
    assert native.fallbacks() == []
    meant = sg.function([x, t], outputs, mode="reference")
    for a in points:
        for found, wanted in zip(native(a, a[..., ::-1]), meant(a, a[..., ::-1]), strict=True):
            assert found.shape == wanted.shape
            size = 1 + np.abs(wanted).max(initial=0)
            np.testing.assert_allclose(found, wanted, rtol=1e-7, atol=1e-7 * size)


def test_a_call_that_fails_changes_nothing():
    state = sg.shared(np.zeros((3, 3)))
    step = sg.function([], updates=[(state, MatrixInverse()(state))])
    for _ in range(3):
        with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
            step()
        np.testing.assert_array_equal(state.get_value(), 0)
    state.set_value(2 * np.eye(3))
    for wanted in (0.5, 2.0, 0.5, 2.0):
        step()
        np.testing.assert_array_equal(state.get_value(), wanted * np.eye(3))
