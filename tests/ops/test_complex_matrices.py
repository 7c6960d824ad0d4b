"""Derivatives through complex matrices, reverse and forward, against differences of both parts."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import (
    LU,
    QR,
    SVD,
    Cholesky,
    Cofactors,
    Det,
    Eig,
    Eigh,
    EigvalsH,
    Expm,
    LeastSquares,
    MatrixInverse,
    PseudoInverse,
    SingularValues,
    SlogDet,
    Solve,
)

RNG = np.random.default_rng(0)
STEP = 1e-6


def normal(*shape):
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


A = normal(3, 3) + 3 * np.eye(3)
H = A @ A.conj().T
REAL = RNG.normal(size=(3, 3)) + 2 * np.eye(3)
B = normal(3, 2)
RECTANGULAR = {"square": A, "tall": normal(4, 2), "wide": normal(2, 4)}


def parts(y, weights):
    """A real number made of all parts of a result."""
    if y.type.dtype.startswith("complex"):
        return (T.real(y) * weights.real + T.imag(y) * weights.imag).sum()
    return (y * weights.real).sum()


def agrees(f, *points):
    """Both derivatives along a random direction are the difference quotient."""
    variables = [TensorType(p.dtype.name, (None,) * p.ndim)() for p in points]
    tangents = [v.type() for v in variables]
    y = f(*variables)
    weights = normal(*sg.function(variables, y, mode="reference")(*points).shape)
    cost = parts(y, weights)
    value = sg.function(variables, cost, mode="reference")
    along = [normal(*p.shape) if p.dtype.kind == "c" else RNG.normal(size=p.shape) for p in points]

    def shifted(by):
        return value(*(p + by * d for p, d in zip(points, along, strict=True)))

    numeric = (shifted(STEP) - shifted(-STEP)) / (2 * STEP)
    for mode in ("reference", "llvm"):
        gradients = sg.function(variables, sg.grad(cost, variables), mode=mode)(*points)
        reverse = sum(np.real(np.conj(g) * d).sum() for g, d in zip(gradients, along, strict=True))
        np.testing.assert_allclose(reverse, numeric, rtol=1e-5, atol=1e-6)
        moved = parts(sg.Rop(y, variables, tangents), weights)
        forward = sg.function([*variables, *tangents], moved, mode=mode, on_unused_input="ignore")
        np.testing.assert_allclose(forward(*points, *along), numeric, rtol=1e-5, atol=1e-6)


SQUARE = {
    "inv": (MatrixInverse(), A),
    "det": (Det(), A),
    "sign": (lambda a: SlogDet()(a)[0], A),
    "logarithm": (lambda a: SlogDet()(a)[1], A),
    "cofactors": (Cofactors(), A),
    "cholesky": (Cholesky(), H),
    "upper cholesky": (Cholesky(False), H),
    "lu": (lambda a: LU()(a)[0], A),
    "expm": (Expm(), A / 3),
    "eigenvalues": (lambda a: Eig()(a)[0] ** 2, A),
    "sizes of eigenvectors": (lambda a: abs(Eig()(a)[1]), A),
    "eigenvalues of a real matrix": (lambda a: Eig()(a)[0] ** 2, REAL),
    "eigenvectors of a real matrix": (lambda a: abs(Eig()(a)[1]), REAL),
    "nuclear norm": (lambda a: T.linalg.norm(a, "nuc"), A),
}


@pytest.mark.parametrize("name", SQUARE)
def test_of_square_matrices(name):
    f, point = SQUARE[name]
    agrees(f, point)


@pytest.mark.parametrize("part, structure", [
    ("all", "zero"), ("lower", "zero"), ("upper", "zero"), ("lower", "symmetric"),
    ("upper", "hermitian"), ("lower", "definite")])  # fmt: skip
def test_of_solutions(part, structure):
    agrees(Solve(part, structure), H if structure == "definite" else A, B)
    agrees(Solve(part, structure), H if structure == "definite" else A, B[:, 0])


@pytest.mark.parametrize("part", ["lower", "upper"])
def test_of_hermitian_matrices(part):
    def function(a):
        w, v = Eigh(part)(a)
        return T.dot(v * T.exp(w / 20), T.conj(v.T))

    agrees(lambda a: Eigh(part)(a)[0], H)
    agrees(lambda a: abs(Eigh(part)(a)[1]), H)
    agrees(EigvalsH(part), H)
    agrees(function, H)


@pytest.mark.parametrize("name", RECTANGULAR)
def test_of_rectangular_matrices(name):
    a = RECTANGULAR[name]

    def polar(x):
        u, _, vh = SVD()(x)
        return T.dot(u, vh)

    for f in (
        SingularValues(), lambda x: abs(SVD()(x)[0]), lambda x: abs(SVD()(x)[2]), polar,
        PseudoInverse(), lambda x: QR()(x)[0], lambda x: QR()(x)[1],
    ):  # fmt: skip
        agrees(f, a)
    agrees(lambda x, y: LeastSquares()(x, y)[0], a, normal(len(a), 2))
