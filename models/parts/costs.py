"""Costs and penalties as expressions. Every cost is the mean over the mini-batch; with `weight`
(batch,) each sample counts as often as it says, and weights are expected to have a mean of 1."""

from collections.abc import Sequence

import symgraph.tensor as T
from symgraph import Variable


def _mean(values: Variable, weight: Variable | None) -> Variable:
    """Return the mean over samples (batch,), or over all elements of (batch, outputs)."""
    if weight is None:
        return T.mean(values)
    return T.mean(weight * (values if values.type.ndim == 1 else T.mean(values, axis=1)))


def negative_log_likelihood(
    log_probabilities: Variable, y: Variable, weight: Variable | None = None
) -> Variable:
    """Return -mean over i of log_probabilities[i, y[i]], 0-d.

    log_probabilities: (n, classes), floats. y: (n,), integers from 0. weight: (n,), or None.

    >>> import numpy as np, symgraph.tensor as T
    >>> log_p = T.log(T.constant([[0.5, 0.5], [0.25, 0.75]]))
    >>> nll = negative_log_likelihood(log_p, T.constant(np.array([0, 1])))
    >>> round(float(nll.eval()), 4), round(float(-np.log(0.5 * 0.75) / 2), 4)
    (0.4904, 0.4904)
    """
    return -_mean(log_probabilities[T.arange(y.shape[0]), y], weight)


def masked_negative_log_likelihood(
    log_probabilities: Variable, y: Variable, mask: Variable
) -> Variable:
    """Return -Σ over samples i, steps t of mask[i, t] · log_probabilities[i, t, y[i, t]], over n.

    log_probabilities: (n, time, classes), floats. y: (n, time), integers. mask: (n, time); steps
    where it is 0 do not count. The result is 0-d. Source: the book's "temporal softmax", §6.2.10.

    >>> import numpy as np, symgraph.tensor as T
    >>> log_p = T.log(T.constant(np.full((1, 3, 4), 0.25)))
    >>> y, mask = T.constant(np.array([[0, 1, 2]])), T.constant([[1.0, 1.0, 0.0]])
    >>> cost = masked_negative_log_likelihood(log_p, y, mask)
    >>> round(float(cost.eval()), 4), round(float(2 * np.log(4)), 4)
    (2.7726, 2.7726)
    """
    samples, steps = T.arange(y.shape[0]).dimshuffle(0, "x"), T.arange(y.shape[1])
    chosen = log_probabilities[samples, steps, y]
    kept = T.cast(T.neq(mask, 0), log_probabilities.type.dtype)
    return -T.sum(chosen * kept) / T.cast(y.shape[0], log_probabilities.type.dtype)


def half_squared_error(
    prediction: Variable, y: Variable, weight: Variable | None = None
) -> Variable:
    """Return the mean of (prediction - y)² / 2, 0-d.

    prediction, y: (n,) or (n, outputs), floats. weight: (n,), or None. It is J of the linear
    regression of the Theano book, §2.5.

    >>> import symgraph.tensor as T
    >>> float(half_squared_error(T.constant([1.0, 2.0]), T.constant([0.0, 2.0])).eval())
    0.25
    """
    return _mean(T.sqr(prediction - y), weight) / 2


def mean_squared_error(
    prediction: Variable, y: Variable, weight: Variable | None = None
) -> Variable:
    """Return the mean of (prediction - y)², 0-d.

    prediction, y: (n,) or (n, outputs), floats. weight: (n,), or None.

    >>> import symgraph.tensor as T
    >>> float(mean_squared_error(T.constant([1.0, 2.0]), T.constant([0.0, 2.0])).eval())
    0.5
    """
    return _mean(T.sqr(prediction - y), weight)


def error_rate(probabilities: Variable, y: Variable, weight: Variable | None = None) -> Variable:
    """Return the share of rows whose most probable class is not y; float64, 0-d.

    probabilities: (n, classes), or any scores that rise with them. y: (n,), integers. weight: (n,),
    or None.

    >>> import numpy as np, symgraph.tensor as T
    >>> scores = T.constant([[0.9, 0.1], [0.8, 0.2]])
    >>> float(error_rate(scores, T.constant(np.array([0, 1]))).eval())
    0.5
    """
    return _mean(T.cast(T.neq(T.argmax(probabilities, axis=1), y), "float64"), weight)


def regularised(cost: Variable, weights: Sequence[Variable], l1: float, l2: float) -> Variable:
    """Return cost + l1 · Σ |w| + l2 · Σ w², over all elements of all weights.

    cost: 0-d. weights: expressions of any shape. l1, l2: numbers; what is 0 is left out.

    >>> import symgraph.tensor as T
    >>> W = T.constant([[1.0, -2.0]])
    >>> float(regularised(T.constant(10.0), [W], l1=1.0, l2=0.5).eval())
    15.5
    """
    # Plain numbers: those of NumPy would make float64 of the weights' float32.
    l1, l2 = float(l1), float(l2)
    for w in weights:
        if l1:
            cost = cost + l1 * abs(w).sum()
        if l2:
            cost = cost + l2 * T.sqr(w).sum()
    return cost
