"""Functions of neural networks: T.nnet.softmax, T.nnet.categorical_crossentropy, ..."""

from typing import Any

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.constant import as_tensor
from symgraph.ops.nnet import LogSoftmax, Softmax
from symgraph.ops.reduce import normal_axes
from symgraph.ops.scalar_table import abs as absolute
from symgraph.ops.scalar_table import (
    clip,
    expm1,
    log,
    maximum,
    minimum,
    switch,
    xlogy,
)
from symgraph.ops.scalar_table import relu as plain_relu
from symgraph.ops.shape import extent_of
from symgraph.tensor.creation import arange
from symgraph.tensor.elementwise import sigmoid, softplus, tanh
from symgraph.tensor.indexing import getitem
from symgraph.tensor.reduction import sum
from symgraph.tensor.reshaping import specify_shape


def softmax(x: Any, axis: int = -1) -> Variable:
    """exp(x) / sum(exp(x)) along `axis`, without overflow; of a vector, a vector."""
    x = as_tensor(x)
    return Softmax(*normal_axes(axis, x, "softmax"))(x)


def logsoftmax(x: Any, axis: int = -1) -> Variable:
    """log(softmax(x)), right also where softmax underflows."""
    x = as_tensor(x)
    return LogSoftmax(*normal_axes(axis, x, "logsoftmax"))(x)


def relu(x: Any, alpha: Any = 0) -> Variable:
    """max(x, 0), or for x < 0 alpha * x. The slope at 0 is alpha."""
    if isinstance(alpha, int | float) and alpha == 0:
        return plain_relu(x)
    x = as_tensor(x)
    return switch(x > 0, x, alpha * x)


def elu(x: Any, alpha: float = 1) -> Variable:
    """x for x > 0, else alpha * (exp(x) - 1) (Clevert et al. 2015)."""
    x = as_tensor(x)
    return switch(x > 0, x, alpha * expm1(x))


def selu(x: Any) -> Variable:
    """The self-normalising elu (Klambauer et al. 2017)."""
    return 1.0507009873554804934193349852946 * elu(x, 1.6732632423543772848170429916717)


def softsign(x: Any) -> Variable:
    """x / (1 + |x|)."""
    x = as_tensor(x)
    return x / (1 + absolute(x))


def hard_sigmoid(x: Any) -> Variable:
    """clip(0.2 x + 0.5, 0, 1)."""
    return clip(as_tensor(x) * 0.2 + 0.5, 0.0, 1.0)


def binary_crossentropy(output: Any, target: Any) -> Variable:
    """-(t log(p) + (1 - t) log(1 - p)), elementwise, of probabilities p; 0 log(0) counts as 0."""
    output, target = as_tensor(output), as_tensor(target)
    return -(xlogy(target, output) + xlogy(1.0 - target, 1.0 - output))


def sigmoid_binary_crossentropy(output: Any, target: Any) -> Variable:
    """The binary cross-entropy of sigmoid(output), without overflow."""
    output, target = as_tensor(output), as_tensor(target)
    # -|x|, with the slope at 0 of the side that `maximum` takes there: together they are smooth.
    below = minimum(-output, output)
    return maximum(output, 0) - output * target + softplus(below)


def categorical_crossentropy(coding_dist: Any, true_dist: Any) -> Variable:
    """-sum(t log(p)) over the last axis for each row of probabilities p: t is a distribution of
    the same shape (0 log(0) counts as 0), or a vector of integer classes, one for each row.

    Raises TypeError for other ranks, ValueError for another number of rows.
    """
    p, t = as_tensor(coding_dist), as_tensor(true_dist)
    if t.type.ndim == p.type.ndim:
        return -sum(xlogy(t, p), axis=t.type.ndim - 1)
    if t.type.ndim == p.type.ndim - 1 == 1 and np.dtype(t.type.dtype).kind in "iu":
        return -log(_of_class(p, t))
    raise TypeError(
        f"categorical_crossentropy: the targets {t} ({t.type}) are neither of the rank of"
        f" {p} ({p.type}) nor a vector of integer classes"
    )


def softmax_categorical_crossentropy(scores: Any, classes: Any) -> Variable:
    """The cross-entropy of softmax(scores) for a vector of integer classes, one for each row,
    without underflow. Raises TypeError for other ranks, ValueError for another number of rows."""
    scores, classes = as_tensor(scores), as_tensor(classes)
    if (scores.type.ndim, classes.type.ndim) != (2, 1):
        raise TypeError(
            "softmax_categorical_crossentropy takes a matrix of scores and a vector of classes,"
            f" not {scores} ({scores.type}) and {classes} ({classes.type})"
        )
    return -_of_class(logsoftmax(scores), classes)


def _of_class(x: Variable, classes: Variable) -> Variable:
    """The element of each row that its class names."""
    rows = extent_of(x, 0)
    return getitem(x, (arange(rows), specify_shape(classes, [rows])))


__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "elu",
    "hard_sigmoid",
    "logsoftmax",
    "relu",
    "selu",
    "sigmoid",
    "sigmoid_binary_crossentropy",
    "softmax",
    "softmax_categorical_crossentropy",
    "softplus",
    "softsign",
    "tanh",
]
