"""Samples of the functions that accumulate, count, search and select."""

import numpy as np

import symgraph.tensor as T
from support.samples.sample import Sample


def places(x, below):
    """Integers from 0 to `below` less 1, in NumPy or of variables."""
    if isinstance(x, np.ndarray | np.generic):
        return np.floor(np.abs(x)).astype("int64") % below
    return T.cast(T.floor(abs(x)), "int64") % below


def _unique(x):
    return np.unique(x, return_index=True, return_inverse=True, return_counts=True)


SAMPLES = {
    "T.cumsum": Sample(lambda x: T.cumsum(x, 1), lambda x: np.cumsum(x, 1), "nmk"),
    "T.cumprod": Sample(lambda x: T.cumprod(x, 0), lambda x: np.cumprod(x, 0), "nmk"),
    "T.diff": Sample(lambda x: T.diff(x, 2, 0), lambda x: np.diff(x, 2, 0), "nm"),
    "T.searchsorted": Sample(
        lambda x, v: T.searchsorted(T.sort(x), v, "right"),
        lambda x, v: np.searchsorted(np.sort(x), v, "right"),
        "n",
        "mk",
    ),
    "T.bincount": Sample(
        lambda x, w: T.bincount(places(x, 4), w, 2),
        lambda x, w: np.bincount(places(x, 4), w, 2),
        "n",
        "n",
    ),
    "T.unique": Sample(
        lambda x: T.unique(x, return_index=True, return_inverse=True, return_counts=True),
        _unique,
        "nm",
    ),
    "T.to_one_hot": Sample(
        lambda x: T.to_one_hot(places(x, 3), 3), lambda x: np.eye(3)[places(x, 3)], "nm"
    ),
    "T.tril_indices": Sample(
        lambda x: T.tril_indices(x.shape[0], 1, 3), lambda x: np.tril_indices(len(x), 1, 3), "n"
    ),
    "T.triu_indices": Sample(
        lambda x: T.triu_indices(3, -1, x.shape[0]), lambda x: np.triu_indices(3, -1, len(x)), "n"
    ),
    "T.choose": Sample(
        lambda x, a, b: T.choose(places(x, 2), [a, b]),
        lambda x, a, b: np.choose(places(x, 2), [a, b]),
        "nm",
        "m",
        "nm",
    ),
    "T.compress": Sample(
        lambda x: T.compress([True, False, True], x, 0),
        lambda x: np.compress([True, False, True], x, 0),
        "3m",
    ),
    "T.take_along_axis": Sample(
        lambda x, y: T.take_along_axis(x, places(y, 3), 0),
        lambda x, y: np.take_along_axis(x, places(y, 3), 0),
        "3m",
        "nm",
    ),
    "T.inverse_permutation": Sample(
        lambda x: T.inverse_permutation(T.argsort(x)),
        lambda x: np.argsort(np.argsort(x)),
        "nm",
    ),
    "T.permute_row_elements": Sample(
        lambda x, y: T.permute_row_elements(x, T.argsort(y), True),
        lambda x, y: np.take_along_axis(x, np.argsort(np.argsort(y)), -1),
        "nm",
        "nm",
    ),
}
