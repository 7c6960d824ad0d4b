"""Samples of reductions, sorting, products and linear algebra."""

import numpy as np
import scipy.linalg
import scipy.special as sp

import symgraph.tensor as T
from support.samples.sample import Sample

L, N, S = T.linalg, T.nlinalg, T.slinalg

SAMPLES = {
    "T.sum": Sample(lambda x: T.sum(x, (0, 2)), lambda x: np.sum(x, (0, 2)), "nmk"),
    "T.prod": Sample(lambda x: T.prod(x, 1), lambda x: np.prod(x, 1), "nm"),
    "T.max": Sample(lambda x: T.max(x, 1), lambda x: np.max(x, 1), "nm", least=1),
    "T.min": Sample(lambda x: T.min(x), np.min, "nm", least=1),
    "T.all": Sample(lambda x: T.all(x > 0, 0), lambda x: np.all(x > 0, 0), "nm"),
    "T.any": Sample(lambda x: T.any(x > 0, 1), lambda x: np.any(x > 0, 1), "nm"),
    "T.mean": Sample(lambda x: T.mean(x, 0), lambda x: np.mean(x, 0), "nm", least=1),
    "T.var": Sample(lambda x: T.var(x, 1, ddof=1), lambda x: np.var(x, 1, ddof=1), "nm", least=2),
    "T.std": Sample(lambda x: T.std(x, 0), lambda x: np.std(x, 0), "nm", least=2),
    "T.argmax": Sample(lambda x: T.argmax(x, 1), lambda x: np.argmax(x, 1), "nm", least=1),
    "T.argmin": Sample(lambda x: T.argmin(x, 0), lambda x: np.argmin(x, 0), "nm", least=1),
    "T.max_and_argmax": Sample(
        lambda x: T.max_and_argmax(x, 1),
        lambda x: [np.max(x, 1), np.argmax(x, 1)],
        "nm",
        least=1,
    ),
    "T.ptp": Sample(lambda x: T.ptp(x, 1), lambda x: np.ptp(x, 1), "nm", least=1),
    "T.norm": Sample(
        lambda x: T.norm(x, 3, axis=1), lambda x: np.linalg.norm(x, 3, axis=1), "nm", least=1
    ),
    "T.logsumexp": Sample(lambda x: T.logsumexp(x, 1), lambda x: sp.logsumexp(x, 1), "nm", least=1),
    "T.median": Sample(lambda x: T.median(x, 1), lambda x: np.median(x, 1), "nm", least=1),
    "T.quantile": Sample(
        lambda x, q: T.quantile(x, q, 1), lambda x, q: np.quantile(x, q, 1), "nm", "k unit", least=1
    ),
    "T.percentile": Sample(
        lambda x: T.percentile(x, [10, 75], 0, keepdims=True),
        lambda x: np.percentile(x, [10, 75], 0, keepdims=True),
        "nm",
        least=1,
    ),
    "T.sort": Sample(T.sort, np.sort, "nm"),
    "T.argsort": Sample(lambda x: T.argsort(x, 0), lambda x: np.argsort(x, 0), "nm"),
    "T.topk": Sample(lambda x: T.sort(T.topk(x, 2)), lambda x: np.sort(x)[..., -2:], "nm", least=2),
    "T.argtopk": Sample(
        lambda x: T.sort(T.argtopk(x, 2)),
        lambda x: np.sort(np.argsort(x)[..., -2:]),
        "nm",
        least=2,
    ),
    "T.topk_and_argtopk": Sample(
        lambda x: T.topk_and_argtopk(x, 1),
        lambda x: [x.max(-1, keepdims=True), x.argmax(-1)[..., None]],
        "nm",
        least=1,
    ),
    "T.dot": Sample(T.dot, np.dot, "nm", "mk"),
    "T.outer": Sample(T.outer, np.outer, "n", "m"),
    "T.matmul": Sample(T.matmul, np.matmul, "knm", "mn"),
    "T.batched_dot": Sample(T.batched_dot, np.matmul, "knm", "kmn"),
    "T.tensordot": Sample(
        lambda x, y: T.tensordot(x, y, [[0, 2], [1, 0]]),
        lambda x, y: np.tensordot(x, y, [[0, 2], [1, 0]]),
        "knm",
        "mk",
    ),
    "T.kron": Sample(L.kron, np.kron, "nm", "mk"),
    "T.linalg.det": Sample(L.det, np.linalg.det, "nn regular", least=1),
    "T.linalg.slogdet": Sample(
        L.slogdet, lambda a: list(np.linalg.slogdet(a)), "nn regular", least=1
    ),
    "T.linalg.inv": Sample(L.inv, np.linalg.inv, "nn regular", least=1),
    "T.linalg.cholesky": Sample(L.cholesky, np.linalg.cholesky, "nn definite", least=1, smooth=1),
    "T.linalg.solve": Sample(L.solve, np.linalg.solve, "nn regular", "nm", least=1),
    "T.linalg.solve_triangular": Sample(
        L.solve_triangular, scipy.linalg.solve_triangular, "nn regular", "nm", least=1
    ),
    "T.linalg.solve_upper_triangular": Sample(
        L.solve_upper_triangular, scipy.linalg.solve_triangular, "nn regular", "n", least=1
    ),
    "T.linalg.solve_lower_triangular": Sample(
        L.solve_lower_triangular,
        lambda a, b: scipy.linalg.solve_triangular(a, b, lower=True),
        "nn regular",
        "n",
        least=1,
    ),
    "T.linalg.matrix_dot": Sample(L.matrix_dot, lambda a, b, c: a @ b @ c, "nm", "mk", "kn"),
    "T.linalg.matrix_power": Sample(
        lambda a: L.matrix_power(a, 3), lambda a: np.linalg.matrix_power(a, 3), "nn", least=1
    ),
}
