"""Samples of the functions that make grids, diagonals, joined arrays and contractions."""

import numpy as np

import symgraph.tensor as T
from support.samples.sample import Sample
from support.samples.selection import places


def _filled(x, value, offset):
    x = x.copy()
    rows = np.arange(min(len(x) + min(offset, 0), x.shape[1] - max(offset, 0)))
    rows = rows[rows >= 0]
    x[rows - min(offset, 0), rows + max(offset, 0)] = value
    return x


def _grid(x, y, z):
    return np.einsum("ni,mi,ni->nm", x, y, z)


SAMPLES = {
    "T.alloc_diag": Sample(
        lambda x: T.alloc_diag(x, -1, 0, 2),
        lambda x: np.moveaxis(np.array([np.diag(row, -1) for row in x]), 0, 1),
        "3m",
    ),
    "T.fill_diagonal": Sample(
        lambda x, y: T.fill_diagonal(x, y), lambda x, y: _filled(x, y, 0), "nm", ""
    ),
    "T.fill_diagonal_offset": Sample(
        lambda x, y: T.fill_diagonal_offset(x, y, 1), lambda x, y: _filled(x, y, 1), "nm", ""
    ),
    "T.linspace": Sample(
        lambda x, y: T.linspace(x, y, 5), lambda x, y: np.linspace(x, y, 5), "nm", "m"
    ),
    "T.logspace": Sample(
        lambda x, y: T.logspace(x, y, 4, False, 2.0),
        lambda x, y: np.logspace(x, y, 4, False, 2.0),
        "n",
        "",
    ),
    "T.geomspace": Sample(
        lambda x, y: T.geomspace(x, y, 5),
        lambda x, y: np.geomspace(x, y, 5),
        "n positive",
        "n above1",
    ),
    "T.bartlett": Sample(
        lambda x: T.bartlett(x.shape[0]), lambda x: np.bartlett(len(x)), "n", smooth=0
    ),
    "T.stacklists": Sample(
        lambda x, y: T.stacklists([[x, y], [y, x]]),
        lambda x, y: np.array([[x, y], [y, x]]),
        "n",
        "n",
    ),
    "T.pad": Sample(
        lambda x, y: T.pad(x, [(1, 2), (0, 3)], constant_values=y),
        lambda x, y: np.pad(x, [(1, 2), (0, 3)], constant_values=y),
        "nm",
        "",
    ),
    "T.pack": Sample(
        lambda x, y: T.pack(x, y, keep_axes=[0])[0],
        lambda x, y: np.concatenate([x, y.reshape(len(y), -1)], 1),
        "nm",
        "n2k",
        least=1,
    ),
    "T.unpack": Sample(
        lambda x: T.unpack(x, [(), (2, 3)], keep_axes=-1),
        lambda x: [x[0], x[1:].reshape(2, 3, -1)],
        "7n",
        least=1,
    ),
    "T.join_dims": Sample(
        lambda x: T.join_dims(x, 1), lambda x: x.reshape(len(x), -1), "nmk", least=1
    ),
    "T.split_dims": Sample(
        lambda x: T.split_dims(x, (2, 3), 1), lambda x: x.reshape(-1, 2, 3), "n6", least=1
    ),
    "T.broadcast_arrays": Sample(T.broadcast_arrays, np.broadcast_arrays, "n1", "m", "nm"),
    "T.horizontal_stack": Sample(
        T.horizontal_stack, lambda x, y: np.concatenate([x, y], 1), "nm", "nk"
    ),
    "T.vertical_stack": Sample(T.vertical_stack, lambda x, y: np.concatenate([x, y]), "nm", "km"),
    "T.largest": Sample(
        T.largest, lambda x, y, z: np.maximum(np.maximum(x, y), z), "nm", "m", "nm", smooth=1
    ),
    "T.smallest": Sample(
        T.smallest, lambda x, y, z: np.minimum(np.minimum(x, y), z), "nm", "m", "nm", smooth=1
    ),
    "T.unravel_index": Sample(
        lambda x: T.unravel_index(places(x, 3), (2, 3), "F"),
        lambda x: np.unravel_index(places(x, 3), (2, 3), "F"),
        "nm",
    ),
    "T.ravel_multi_index": Sample(
        lambda x, y: T.ravel_multi_index((places(x, 3), places(y, 9)), (3, 2), "wrap"),
        lambda x, y: np.ravel_multi_index((places(x, 3), places(y, 9)), (3, 2), "wrap"),
        "nm",
        "nm",
    ),
    "T.unbroadcast": Sample(lambda x: T.unbroadcast(x, 0) * 2, lambda x: x * 2, "1n"),
    "T.patternbroadcast": Sample(
        lambda x: T.patternbroadcast(x, (True, False)) * 2, lambda x: x * 2, "1n"
    ),
    "T.isfinite": Sample(lambda x: T.isfinite(1 / T.floor(x)), lambda x: np.floor(x) != 0, "nm"),
    "T.isclose": Sample(
        lambda x, y: T.isclose(x, y, 0.1, 0.5), lambda x, y: np.isclose(x, y, 0.1, 0.5), "nm", "m"
    ),
    "T.allclose": Sample(
        lambda x, y: T.allclose(x, y, 0.5, 1), lambda x, y: np.allclose(x, y, 0.5, 1), "nm", "m"
    ),
    "T.cov": Sample(
        lambda x, y, w: T.cov(x, y, ddof=0, aweights=w),
        lambda x, y, w: np.cov(x, y, ddof=0, aweights=w),
        "2n",
        "1n",
        "n positive",
        least=2,
    ),
    "T.batched_tensordot": Sample(
        lambda x, y: T.batched_tensordot(x, y, ([2, 1], [1, 2])),
        lambda x, y: np.einsum("nmkd,nkme->nde", x, y),
        "nmk2",
        "nkm3",
    ),
    "T.einsum": Sample(lambda x, y, z: T.einsum("ni,mi,ni->nm", x, y, z), _grid, "nk", "mk", "nk"),
    "T.vecdot": Sample(T.vecdot, lambda x, y: (x * y).sum(-1), "knm", "nm"),
    "T.matvec": Sample(T.matvec, lambda x, y: (x @ y[:, :, None])[..., 0], "knm", "km"),
    "T.vecmat": Sample(T.vecmat, lambda x, y: (x[:, None] @ y)[:, 0], "kn", "knm"),
    "T.divmod": Sample(lambda x, y: T.divmod(x, y), lambda x, y: np.divmod(x, y), "nm", "m above1"),
    "T.ceil_intdiv": Sample(
        lambda x: T.ceil_intdiv(places(x, 3), 2), lambda x: -(-places(x, 3) // 2), "nm"
    ),
    "T.iround": Sample(T.iround, lambda x: np.round(x).astype(int), "nm"),
}
