"""Samples of factorisations, equations and norms.

Signs of vectors are free: samples hold their squares.
"""

import numpy as np
import scipy.linalg

import symgraph.tensor as T
from support.samples.sample import Sample

L = T.linalg


def _eigh(a):
    w, v = np.linalg.eigh(a)
    return [w, v**2]


def _svd(a):
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return [u**2, s, vh**2]


def _norms(module):
    return lambda x: [module.norm(x, ord) for ord in ("fro", "nuc", 1, -np.inf, 2)]


def _as_map(a):
    return a.reshape((a.shape[0], 1, a.shape[0]))


SAMPLES = {
    "T.linalg.eig": Sample(
        lambda a: T.real((L.eig(a)[0] ** 3).sum()),
        lambda a: np.trace(a @ a @ a),
        "nn regular",
    ),
    "T.linalg.eigh": Sample(lambda a: [L.eigh(a)[0], L.eigh(a)[1] ** 2], _eigh, "nn definite"),
    "T.linalg.eigvalsh": Sample(
        L.eigvalsh, scipy.linalg.eigvalsh, "nn definite", "nn definite", least=1
    ),
    "T.linalg.svd": Sample(
        lambda a: [
            part**2 if n != 1 else part for n, part in enumerate(L.svd(a, full_matrices=False))
        ],
        _svd,
        "nm regular",
    ),
    "T.linalg.qr": Sample(L.qr, lambda a: list(np.linalg.qr(a)), "nm regular"),
    "T.linalg.lu": Sample(L.lu, scipy.linalg.lu, "nn regular", least=1),
    "T.linalg.lu_factor": Sample(L.lu_factor, scipy.linalg.lu_factor, "nn regular", least=1),
    "T.linalg.expm": Sample(L.expm, scipy.linalg.expm, "nn small", least=1),
    "T.linalg.cho_solve": Sample(
        lambda a, b: L.cho_solve((L.cholesky(a), True), b), np.linalg.solve, "nn definite", "nm"
    ),
    "T.linalg.lu_solve": Sample(
        lambda a, b: L.lu_solve(L.lu_factor(a), b),
        lambda a, b: scipy.linalg.lu_solve(scipy.linalg.lu_factor(a), b),
        "nn regular",
        "nm",
        least=1,
    ),
    "T.linalg.block_diag": Sample(L.block_diag, scipy.linalg.block_diag, "nm", "mk", least=1),
    "T.linalg.solve_symmetric": Sample(L.solve_symmetric, np.linalg.solve, "nn definite", "n"),
    "T.linalg.lstsq": Sample(
        L.lstsq, lambda a, b: list(np.linalg.lstsq(a, b)), "nm regular", "nk", least=1
    ),
    "T.linalg.pinv": Sample(L.pinv, np.linalg.pinv, "nm regular"),
    "T.linalg.tensorinv": Sample(
        lambda a: L.tensorinv(_as_map(a), 1),
        lambda a: np.linalg.tensorinv(_as_map(a), 1),
        "nn regular",
        least=1,
    ),
    "T.linalg.tensorsolve": Sample(
        lambda a, b: L.tensorsolve(_as_map(a), b),
        lambda a, b: np.linalg.tensorsolve(_as_map(a), b),
        "nn regular",
        "n",
        least=1,
    ),
    "T.linalg.norm": Sample(_norms(L), _norms(np.linalg), "nm", least=1),
    "T.linalg.cond": Sample(L.cond, np.linalg.cond, "nn regular", least=1),
    "T.linalg.matrix_rank": Sample(L.matrix_rank, np.linalg.matrix_rank, "nm regular", smooth=0),
}
