"""Samples of the functions for networks, and of signal processing."""

import numpy as np
import scipy.signal
import scipy.special as sp

import symgraph.tensor as T
from support.samples.sample import Sample

nnet, pool = T.nnet, T.signal.pool
CLASSES = np.array([1, 0, 2])


def _conv(image, kernel):
    """Valid convolutions of the last axes, summed over channels: (N, C, ...) and (F, C, ...)."""
    return np.array(
        [
            [
                sum(
                    scipy.signal.convolve(channel, weights, "valid")
                    for channel, weights in zip(channels, filters, strict=True)
                )
                for filters in kernel
            ]
            for channels in image
        ]
    )


def _full(image, kernel):
    """What is the gradient by the image of a valid convolution."""
    return np.array(
        [
            [
                sum(
                    scipy.signal.convolve(gradient, filters[c][_flip(filters[c])], "full")
                    for gradient, filters in zip(gradients, kernel, strict=True)
                )
                for c in range(kernel.shape[1])
            ]
            for gradients in image
        ]
    )


def _flip(x):
    return (slice(None, None, -1),) * x.ndim


def _by_weights(image, gradient):
    """What is the gradient by the filters of a valid convolution."""
    return np.array(
        [
            [
                sum(
                    scipy.signal.correlate(x[c], g[f], "valid")[_flip(g[f])]
                    for x, g in zip(image, gradient, strict=True)
                )
                for c in range(image.shape[1])
            ]
            for f in range(gradient.shape[1])
        ]
    )


def _pooled(x, of, *windows):
    """A function of each window beside the other, of the last axes."""
    split = list(x.shape[: x.ndim - len(windows)])
    for extent, window in zip(x.shape[-len(windows) :], windows, strict=True):
        split += [extent // window, window]
    axes = tuple(range(len(split) - 2 * len(windows) + 1, len(split), 2))
    return of(x.reshape(split), axis=axes)


def _normalised(x, gamma, beta, mean, var):
    return (x - mean) / np.sqrt(var + 1e-4) * gamma + beta


def _trained(x, gamma, beta):
    mean, var = x.mean(0, keepdims=True), x.var(0, keepdims=True)
    return [_normalised(x, gamma, beta, mean, var), mean, 1 / np.sqrt(var + 1e-4)]


def _same_size(x):
    kept = np.zeros_like(x)
    for r in range(0, x.shape[-2], 2):
        for c in range(0, x.shape[-1], 2):
            block = x[..., r : r + 2, c : c + 2]
            largest = block == block.max((-2, -1), keepdims=True)
            kept[..., r : r + 2, c : c + 2] = np.where(largest, block, 0)
    return kept


SAMPLES = {
    "T.nnet.softmax": Sample(nnet.softmax, lambda x: sp.softmax(x, -1), "nm", least=1),
    "T.nnet.logsoftmax": Sample(nnet.logsoftmax, lambda x: sp.log_softmax(x, -1), "nm", least=1),
    "T.nnet.categorical_crossentropy": Sample(
        nnet.categorical_crossentropy, lambda p, t: -(t * np.log(p)).sum(-1), "n4 rows", "n4 rows"
    ),
    "T.nnet.softmax_categorical_crossentropy": Sample(
        lambda x: nnet.softmax_categorical_crossentropy(x, CLASSES),
        lambda x: -sp.log_softmax(x, -1)[np.arange(3), CLASSES],
        "33",
    ),
    "T.nnet.batch_normalization": Sample(
        nnet.batch_normalization,
        lambda x, gamma, beta, mean, std: (x - mean) / std * gamma + beta,
        "nm", "m", "m", "m", "m positive", least=1,
    ),
    "T.nnet.batch_normalization_test": Sample(
        nnet.batch_normalization_test, _normalised, "nm", "1m", "1m", "1m", "1m positive", least=1
    ),
    "T.nnet.batch_normalization_train": Sample(
        nnet.batch_normalization_train, _trained, "4m", "1m", "1m", least=1
    ),
    "T.nnet.conv1d": Sample(nnet.conv1d, _conv, "n26", "k23", least=1),
    "T.nnet.conv2d": Sample(nnet.conv2d, _conv, "n254", "k232", least=1),
    "T.nnet.conv3d": Sample(nnet.conv3d, _conv, "n2434", "k2322", least=1),
    "T.nnet.conv2d_transpose": Sample(
        lambda x, w: nnet.conv2d_transpose(x, w, (None, None, 5, 4), filter_flip=True),
        _full, "n332", "3k33", least=1,
    ),
    "T.nnet.conv2d_grad_wrt_inputs": Sample(
        lambda g, w: nnet.conv2d_grad_wrt_inputs(g, w, (g.shape[0], w.shape[1], 5, 4)),
        _full, "n332", "3k33", least=1,
    ),
    "T.nnet.conv3d_grad_wrt_inputs": Sample(
        lambda g, w: nnet.conv3d_grad_wrt_inputs(g, w, (g.shape[0], w.shape[1], 4, 3, 3)),
        _full, "n2322", "2k222", least=1,
    ),
    "T.nnet.conv2d_grad_wrt_weights": Sample(
        lambda x, g: nnet.conv2d_grad_wrt_weights(x, g, (g.shape[1], x.shape[1], 3, 2)),
        _by_weights, "2n54", "2k33", least=1,
    ),
    "T.nnet.conv3d_grad_wrt_weights": Sample(
        lambda x, g: nnet.conv3d_grad_wrt_weights(x, g, (g.shape[1], x.shape[1], 2, 2, 2)),
        _by_weights, "2n433", "2k322", least=1,
    ),
    "T.nnet.separable_conv2d": Sample(
        lambda x, d, p: nnet.separable_conv2d(x, d, p, 2),
        lambda x, d, p: _conv(
            np.concatenate([_conv(x[:, c : c + 1], d[c : c + 1]) for c in range(2)], 1), p
        ),
        "n254", "2132", "k211", least=1,
    ),
    "T.nnet.separable_conv3d": Sample(
        lambda x, d, p: nnet.separable_conv3d(x, d, p, 2),
        lambda x, d, p: _conv(
            np.concatenate([_conv(x[:, c : c + 1], d[c : c + 1]) for c in range(2)], 1), p
        ),
        "n2433", "21222", "k2111", least=1,
    ),
    "T.nnet.causal_conv1d": Sample(
        lambda x, w: nnet.causal_conv1d(x, w, (None, 2, 3)),
        lambda x, w: _conv(np.pad(x, ((0, 0), (0, 0), (2, 0))), w),
        "n26", "k23", least=1,
    ),
    "T.nnet.images2neibs": Sample(
        lambda x: nnet.images2neibs(x, (2, 2)),
        lambda x: x.reshape(x.shape[0], x.shape[1], 2, 2, 3, 2)
        .transpose(0, 1, 2, 4, 3, 5)
        .reshape(-1, 4),
        "nm46", least=1,
    ),
    "T.nnet.neibs2images": Sample(
        lambda x: nnet.neibs2images(x, (2, 2), (1, 2, 4, 2)),
        lambda x: x.reshape(1, 2, 2, 1, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(1, 2, 4, 2),
        "44",
    ),
    "T.signal.pool.pool_1d": Sample(
        lambda x: pool.pool_1d(x, 2), lambda x: _pooled(x, np.max, 2), "n4", least=1
    ),
    "T.signal.pool.pool_2d": Sample(
        lambda x: pool.pool_2d(x, (2, 2), ignore_border=True),
        lambda x: _pooled(x, np.max, 2, 2), "nm46", least=1,
    ),
    "T.signal.pool.pool_3d": Sample(
        lambda x: pool.pool_3d(x, (2, 1, 2), ignore_border=True, mode="average_exc_pad"),
        lambda x: _pooled(x, np.mean, 2, 1, 2), "nm424", least=1,
    ),
    "T.signal.pool.pool_nd": Sample(
        lambda x: pool.pool_nd(x, (2, 1, 2, 1), mode="sum"),
        lambda x: _pooled(x, np.sum, 2, 1, 2, 1), "n2n42", least=1,
    ),
    "T.signal.pool.max_pool_2d_same_size": Sample(
        lambda x: pool.max_pool_2d_same_size(x, (2, 2)), _same_size, "nm46", least=1
    ),
    "T.signal.conv.conv1d": Sample(
        T.signal.conv.conv1d, lambda x, w: scipy.signal.convolve(x, w, "valid"), "5", "3"
    ),
    "T.signal.conv.conv2d": Sample(
        T.signal.conv.conv2d,
        lambda x, w: scipy.signal.convolve2d(x, w, "valid"), "54", "32",
    ),
}  # fmt: skip
