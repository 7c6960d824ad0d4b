"""Samples of the costs of classes, of activations, and of blocks of networks."""

import numpy as np
import scipy.special as sp

import symgraph.tensor as T
from support.samples.sample import Sample

nnet = T.nnet
CLASSES = np.array([1, 0, 2])
INTO, OUT = np.array([[0, 1], [1, 1]]), np.array([[1], [0]])
LABELS, LENGTHS = np.array([[1, 2], [2, -1]]), np.array([3, 2])


def _nll(scores):
    return -sp.log_softmax(scores, -1)[np.arange(3), CLASSES]


def _one_hot(columns):
    return np.eye(columns)[CLASSES]


def _fast_sigmoid(x):
    z = abs(x) / 2
    line = 0.935409070603099 + 0.0458812946797165 * (z - 1.7)
    piece = np.where(z < 1.7, 1.5 * z / (1 + z), np.where(z < 3, line, 0.99505475368673))
    return 0.5 * (1 + np.sign(x) * piece)


def _confusion(actual, pred):
    values = np.unique(np.concatenate([actual, pred]))
    counts = (actual[:, None] == values).T.astype("int64") @ (pred[:, None] == values)
    return [counts, values]


def _blocks(W, h, b):
    result = b[OUT].copy()
    for n, j, i in np.ndindex(2, 1, 2):
        result[n, j] += h[n, i] @ W[INTO[n, i], OUT[n, j]]
    return result


def _two_levels(x, W1, b1, W2, b2):
    first = sp.softmax(x @ W1 + b1, 1)
    second = sp.softmax(np.tensordot(x, W2, (1, 1)) + b2, 2)
    return (first[:, :, None] * second).reshape(len(x), -1)[:, :3]


def _aligned(x):
    """By all alignments of the labels (1, 2) with three times, and of (2,) with two."""
    p = sp.softmax(x, 2)
    pairs = [(1, 1, 2), (1, 2, 2), (0, 1, 2), (1, 0, 2), (1, 2, 0)]
    singles = [(2, 2), (0, 2), (2, 0)]
    chances = [
        sum(np.prod([p[t, row, s] for t, s in enumerate(path)]) for path in paths)
        for row, paths in enumerate((pairs, singles))
    ]
    return -np.log(chances)


def _prepended(value, x):
    return np.concatenate([np.broadcast_to(value, (len(x), 1)), x], axis=1)


SAMPLES = {
    "T.nnet.gelu": Sample(nnet.gelu, lambda x: x * sp.ndtr(x), "nm"),
    "T.nnet.ultra_fast_sigmoid": Sample(nnet.ultra_fast_sigmoid, _fast_sigmoid, "nm"),
    "T.nnet.softmax_graph": Sample(nnet.softmax_graph, lambda x: sp.softmax(x, -1), "nm", least=1),
    "T.nnet.softmax_with_bias": Sample(
        nnet.softmax_with_bias, lambda x, b: sp.softmax(x + b, 1), "nm", "m", least=1
    ),
    "T.nnet.softmax_grad": Sample(
        nnet.softmax_grad, lambda g, y: y * (g - (g * y).sum(1, keepdims=True)), "nm", "nm rows",
        least=1,
    ),
    "T.nnet.crossentropy_softmax_1hot": Sample(
        lambda x: nnet.crossentropy_softmax_1hot(x, CLASSES),
        lambda x: [_nll(x), sp.softmax(x, 1)], "34",
    ),
    "T.nnet.crossentropy_softmax_1hot_with_bias": Sample(
        lambda x, b: nnet.crossentropy_softmax_1hot_with_bias(x, b, CLASSES),
        lambda x, b: [_nll(x + b), sp.softmax(x + b, 1)], "34", "4",
    ),
    "T.nnet.crossentropy_softmax_argmax_1hot_with_bias": Sample(
        lambda x, b: nnet.crossentropy_softmax_argmax_1hot_with_bias(x, b, CLASSES),
        lambda x, b: [_nll(x + b), sp.softmax(x + b, 1), (x + b).argmax(1)], "34", "4",
    ),
    "T.nnet.crossentropy_softmax_max_and_argmax_1hot": Sample(
        lambda x: nnet.crossentropy_softmax_max_and_argmax_1hot(x, CLASSES),
        lambda x: [_nll(x), sp.softmax(x, 1), sp.softmax(x, 1).max(1), x.argmax(1)], "34",
    ),
    "T.nnet.crossentropy_softmax_max_and_argmax_1hot_with_bias": Sample(
        lambda x, b: nnet.crossentropy_softmax_max_and_argmax_1hot_with_bias(x, b, CLASSES),
        lambda x, b: [
            _nll(x + b), sp.softmax(x + b, 1), sp.softmax(x + b, 1).max(1), (x + b).argmax(1)
        ],
        "34", "4",
    ),
    "T.nnet.crossentropy_softmax_1hot_with_bias_dx": Sample(
        lambda g, y: nnet.crossentropy_softmax_1hot_with_bias_dx(g, y, CLASSES),
        lambda g, y: g[:, None] * (y - _one_hot(4)), "3", "34 rows",
    ),
    "T.nnet.crossentropy_categorical_1hot": Sample(
        lambda p: nnet.crossentropy_categorical_1hot(p, CLASSES),
        lambda p: -np.log(p[np.arange(3), CLASSES]), "34 rows",
    ),
    "T.nnet.crossentropy_categorical_1hot_grad": Sample(
        lambda g, p: nnet.crossentropy_categorical_1hot_grad(g, p, CLASSES),
        lambda g, p: -g[:, None] / p * _one_hot(4), "3", "34 rows",
    ),
    "T.nnet.prepend_scalar_to_each_row": Sample(
        nnet.prepend_scalar_to_each_row, _prepended, "", "nm"
    ),
    "T.nnet.prepend_0_to_each_row": Sample(
        nnet.prepend_0_to_each_row, lambda x: _prepended(0, x), "nm"
    ),
    "T.nnet.prepend_1_to_each_row": Sample(
        nnet.prepend_1_to_each_row, lambda x: _prepended(1, x), "nm"
    ),
    "T.nnet.confusion_matrix": Sample(nnet.confusion_matrix, _confusion, "n", "n", smooth=0),
    "T.nnet.sparse_block_dot": Sample(
        lambda W, h, b: nnet.sparse_block_dot(W, h, INTO, b, OUT), _blocks, "22nm", "22n", "2m",
    ),
    "T.nnet.h_softmax": Sample(
        lambda x, *weights: nnet.h_softmax(x, 2, 3, 2, 2, *weights), _two_levels,
        "2n", "n2", "2", "2n2", "22",
    ),
    "T.nnet.ctc": Sample(lambda x: nnet.ctc(x, LABELS, LENGTHS), _aligned, "323"),
}  # fmt: skip
