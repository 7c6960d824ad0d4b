"""Samples of the functions that make, rearrange and select."""

import numpy as np

import symgraph.tensor as T
from support.samples.sample import Sample


def _written(x, y):
    x = x.copy()
    x[1:, 0] = y
    return x


def _increased(x, y):
    x = x.copy()
    np.add.at(x, np.array([0, 2, 0]), y)
    return x


SAMPLES = {
    "T.alloc": Sample(
        lambda x: T.alloc(x, 4, x.shape[0], x.shape[1]),
        lambda x: np.broadcast_to(x, (4, *x.shape)),
        "nm",
    ),
    "T.full": Sample(lambda x: T.full((2, 3), x), lambda x: np.full((2, 3), x), ""),
    "T.full_like": Sample(T.full_like, lambda x, y: np.full_like(x, y), "nm", ""),
    "T.fill": Sample(T.fill, lambda x, y: np.full_like(x, y), "nm", ""),
    "T.zeros": Sample(lambda x: T.zeros(x.shape), lambda x: np.zeros(x.shape), "nm", smooth=0),
    "T.ones": Sample(lambda x: T.ones(x.shape), lambda x: np.ones(x.shape), "nm", smooth=0),
    "T.empty": Sample(lambda x: T.empty(x.shape) * 0, lambda x: np.zeros(x.shape), "nm", smooth=0),
    "T.zeros_like": Sample(T.zeros_like, np.zeros_like, "nm"),
    "T.ones_like": Sample(T.ones_like, np.ones_like, "nm"),
    "T.arange": Sample(
        lambda x: T.arange(1, x.shape[0], 2), lambda x: np.arange(1, len(x), 2), "n", smooth=0
    ),
    "T.eye": Sample(
        lambda x: T.eye(3, x.shape[0], 1), lambda x: np.eye(3, len(x), 1), "n", smooth=0
    ),
    "T.tri": Sample(
        lambda x: T.tri(3, x.shape[0], 1), lambda x: np.tri(3, len(x), 1), "n", smooth=0
    ),
    "T.identity_like": Sample(T.identity_like, lambda x: np.eye(*x.shape), "nm"),
    "T.tril": Sample(T.tril, np.tril, "knm"),
    "T.triu": Sample(lambda x: T.triu(x, -1), lambda x: np.triu(x, -1), "knm"),
    "T.diag": Sample(lambda x: T.diag(x, 1), lambda x: np.diag(x, 1), "n"),
    "T.diagonal": Sample(lambda x: T.diagonal(x, 1), lambda x: np.diagonal(x, 1), "nm"),
    "T.trace": Sample(T.trace, np.trace, "nm"),
    "T.dimshuffle": Sample(lambda x: T.dimshuffle(x, 1, "x", 0), lambda x: x.T[:, None], "nm"),
    "T.transpose": Sample(lambda x: T.transpose(x), np.transpose, "nmk"),
    "T.swapaxes": Sample(lambda x: T.swapaxes(x, 0, 2), lambda x: np.swapaxes(x, 0, 2), "nmk"),
    "T.moveaxis": Sample(lambda x: T.moveaxis(x, 0, -1), lambda x: np.moveaxis(x, 0, -1), "nmk"),
    "T.squeeze": Sample(lambda x: T.squeeze(x, 1), lambda x: np.squeeze(x, 1), "n1m"),
    "T.expand_dims": Sample(lambda x: T.expand_dims(x, 1), lambda x: np.expand_dims(x, 1), "nm"),
    "T.shape_padleft": Sample(lambda x: T.shape_padleft(x, 2), lambda x: x[None, None], "nm"),
    "T.shape_padright": Sample(
        lambda x: T.shape_padright(x, 2), lambda x: x[..., None, None], "nm"
    ),
    "T.shape_padaxis": Sample(lambda x: T.shape_padaxis(x, 1), lambda x: x[:, None], "nm"),
    "T.atleast_nd": Sample(lambda x: T.atleast_nd(x, 3), lambda x: x[None], "nm"),
    "T.atleast_1d": Sample(T.atleast_1d, np.atleast_1d, ""),
    "T.atleast_2d": Sample(T.atleast_2d, np.atleast_2d, "n"),
    "T.atleast_3d": Sample(T.atleast_3d, np.atleast_3d, "n"),
    "T.tensor_from_scalar": Sample(T.tensor_from_scalar, lambda x: x, ""),
    "T.scalar_from_tensor": Sample(T.scalar_from_tensor, lambda x: x, ""),
    "T.join": Sample(
        lambda x, y: T.join(1, x, y), lambda x, y: np.concatenate([x, y], 1), "nm", "nk"
    ),
    "T.concatenate": Sample(
        lambda x, y: T.concatenate([x, y], 0), lambda x, y: np.concatenate([x, y]), "nm", "km"
    ),
    "T.stack": Sample(
        lambda x, y: T.stack([x, y], 1), lambda x, y: np.stack([x, y], 1), "nm", "nm"
    ),
    "T.as_tensor_variable": Sample(
        lambda x, y: T.as_tensor_variable([x, y]), lambda x, y: np.array([x, y]), "", ""
    ),
    "T.shape": Sample(T.shape, lambda x: np.array(x.shape), "nm"),
    "T.reshape": Sample(
        lambda x: T.reshape(x, (x.shape[2], -1, 2)),
        lambda x: x.reshape(x.shape[2], -1, 2),
        "n2m",
        least=1,
    ),
    "T.flatten": Sample(lambda x: T.flatten(x, 2), lambda x: x.reshape(len(x), -1), "nmk", least=1),
    "T.ravel": Sample(T.ravel, np.ravel, "nm"),
    "T.broadcast_to": Sample(
        lambda x: T.broadcast_to(x, (4, x.shape[0], 3)),
        lambda x: np.broadcast_to(x, (4, len(x), 3)),
        "n1",
    ),
    "T.specify_shape": Sample(lambda x: T.specify_shape(x, (None, 3)), lambda x: x, "n3"),
    "T.addbroadcast": Sample(lambda x: T.addbroadcast(x, 1), lambda x: x, "n1"),
    "T.split": Sample(
        lambda x: T.split(x, [1, 2, 0], 3, axis=0), lambda x: np.split(x, [1, 3]), "3m"
    ),
    "T.tile": Sample(lambda x: T.tile(x, (2, 1, 3)), lambda x: np.tile(x, (2, 1, 3)), "nm"),
    "T.repeat": Sample(lambda x: T.repeat(x, 2, 1), lambda x: np.repeat(x, 2, 1), "nm"),
    "T.roll": Sample(lambda x: T.roll(x, 1, 0), lambda x: np.roll(x, 1, 0), "nm"),
    "T.take": Sample(
        lambda x: T.take(x, [2, 0, 2], axis=0), lambda x: np.take(x, [2, 0, 2], axis=0), "3m"
    ),
    "T.set_subtensor": Sample(
        lambda x, y: T.set_subtensor(x[1:, 0], y), _written, "3m", "2", least=1
    ),
    "T.inc_subtensor": Sample(
        lambda x, y: T.inc_subtensor(x[[0, 2, 0]], y), _increased, "3m", "3m"
    ),
    "T.nonzero": Sample(lambda x: T.nonzero(x > 0), lambda x: np.nonzero(x > 0), "nm"),
    "T.flatnonzero": Sample(lambda x: T.flatnonzero(x > 0), lambda x: np.flatnonzero(x > 0), "nm"),
    "T.nonzero_values": Sample(
        lambda x: T.nonzero_values(T.switch(x > 0, x, 0)), lambda x: x[x > 0], "nm"
    ),
    "T.constant": Sample(lambda x: x * T.constant(2.5), lambda x: x * 2.5, "nm"),
}
