"""Costs and penalties as expressions. Every cost is the mean over the mini-batch; with `weight`
(batch,) each sample counts as often as it says, and weights are expected to have a mean of 1."""

from collections.abc import Sequence

import symgraph.tensor as T
from symgraph import Variable


def _mean(values: Variable, weight: Variable | None) -> Variable:
    """Over samples (batch,), or over all elements of (batch, outputs)."""
    if weight is None:
        return T.mean(values)
    return T.mean(weight * (values if values.type.ndim == 1 else T.mean(values, axis=1)))


def negative_log_likelihood(
    log_probabilities: Variable, y: Variable, weight: Variable | None = None
) -> Variable:
    """-mean over i of log_probabilities[i, y[i]]; shapes (n, classes) and (n,) of integers."""
    return -_mean(log_probabilities[T.arange(y.shape[0]), y], weight)


def masked_negative_log_likelihood(
    log_probabilities: Variable, y: Variable, mask: Variable
) -> Variable:
    """-Σ over samples i and steps t of mask[i, t] · log_probabilities[i, t, y[i, t]], divided by
    the number of samples; shapes (n, time, classes), (n, time) of integers, (n, time).

    Source: the book's "temporal softmax", §6.2.10.
    """
    samples, steps = T.arange(y.shape[0]).dimshuffle(0, "x"), T.arange(y.shape[1])
    chosen = log_probabilities[samples, steps, y]
    kept = T.cast(T.neq(mask, 0), log_probabilities.type.dtype)
    return -T.sum(chosen * kept) / T.cast(y.shape[0], log_probabilities.type.dtype)


def half_squared_error(
    prediction: Variable, y: Variable, weight: Variable | None = None
) -> Variable:
    """mean of (prediction - y)² / 2: J of the linear regression of the Theano book, §2.5."""
    return _mean(T.sqr(prediction - y), weight) / 2


def mean_squared_error(
    prediction: Variable, y: Variable, weight: Variable | None = None
) -> Variable:
    """mean of (prediction - y)²."""
    return _mean(T.sqr(prediction - y), weight)


def error_rate(probabilities: Variable, y: Variable, weight: Variable | None = None) -> Variable:
    """The share of rows whose most probable class is not y; float64, 0-d."""
    return _mean(T.cast(T.neq(T.argmax(probabilities, axis=1), y), "float64"), weight)


def regularised(cost: Variable, weights: Sequence[Variable], l1: float, l2: float) -> Variable:
    """cost + l1 · Σ |w| + l2 · Σ w², over all elements of all weights."""
    # Plain numbers: those of NumPy would make float64 of the weights' float32.
    l1, l2 = float(l1), float(l2)
    for w in weights:
        if l1:
            cost = cost + l1 * abs(w).sum()
        if l2:
            cost = cost + l2 * T.sqr(w).sum()
    return cost
