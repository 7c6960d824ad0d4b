"""Functions of neural networks: T.nnet.softmax, T.nnet.categorical_crossentropy, ..."""

from __future__ import annotations

import math

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensor
from symgraph.ops.nnet import LogSoftmax, Softmax
from symgraph.ops.reduce import normal_axes
from symgraph.ops.scalar import upgrade_to_float
from symgraph.ops.scalar_table import abs as absolute
from symgraph.ops.scalar_table import (
    cast,
    clip,
    eq,
    erfc,
    expm1,
    log,
    maximum,
    minimum,
    neq,
    switch,
    xlogy,
)
from symgraph.ops.scalar_table import relu as plain_relu
from symgraph.ops.shape import extent_of
from symgraph.tensor.creation import arange, ones_like, zeros
from symgraph.tensor.elementwise.exponentials import sigmoid, softplus
from symgraph.tensor.elementwise.trigonometry import tanh
from symgraph.tensor.indexing import getitem, inc_subtensor
from symgraph.tensor.manipulation import concatenate, dimshuffle
from symgraph.tensor.reduction import sum
from symgraph.tensor.reshaping import specify_shape
from symgraph.tensor.sorting import sort


def softmax(x: TensorLike, axis: int = -1) -> Variable:
    """Compute exp(x) / sum(exp(x)) along an axis, without overflow.

    x: real numbers of at least one dimension.
    axis: an int, over which the results sum to 1.
    Returns floats of the shape of x. Derivative by x: y * (g - sum(g * y)) for the result y and the
    cotangent g. Raises TypeError for a scalar, ValueError for an axis out of range.

    >>> T.nnet.softmax([[1.0, 1.0], [0.0, 1000.0]]).eval()
    array([[0.5, 0.5],
           [0. , 1. ]])
    """
    x = as_tensor(x)
    return Softmax(*normal_axes(axis, x, "softmax"))(x)


def logsoftmax(x: TensorLike, axis: int = -1) -> Variable:
    """Compute log(softmax(x)) along an axis, right also where softmax underflows.

    x: real numbers of at least one dimension.
    axis: an int, over which the exponentials of the results sum to 1.
    Returns floats of the shape of x. Raises TypeError for a scalar, ValueError for an axis out of
    range.

    >>> T.nnet.logsoftmax([0.0, 1000.0]).eval()
    array([-1000.,     0.])
    """
    x = as_tensor(x)
    return LogSoftmax(*normal_axes(axis, x, "logsoftmax"))(x)


def relu(x: TensorLike, alpha: TensorLike = 0) -> Variable:
    """Compute max(x, 0) of each element, the rectified linear unit, or its leaky form.

    x: real numbers of any shape.
    alpha: elements below 0 are multiplied by it: a number, or an array that broadcasts.
    Returns the shape and dtype of x. Derivative: 1 above 0, else alpha.

    >>> T.nnet.relu([-2.0, 3.0]).eval()
    array([0., 3.])
    """
    if isinstance(alpha, int | float) and alpha == 0:
        return plain_relu(x)
    x = as_tensor(x)
    return switch(x > 0, x, alpha * x)


def elu(x: TensorLike, alpha: float = 1) -> Variable:
    """Compute x above 0, else alpha * (exp(x) - 1): the exponential linear unit.

    x: real numbers of any shape.
    alpha: the negative of the limit at -inf.
    Returns floats of the shape of x. Source: Clevert, Unterthiner and Hochreiter 2015.

    >>> T.nnet.elu([-1.0, 2.0]).eval()
    array([-0.63212056,  2.        ])
    """
    x = as_tensor(x)
    return switch(x > 0, x, alpha * expm1(x))


def selu(x: TensorLike) -> Variable:
    """Compute the scaled exponential linear unit of self-normalising networks.

    x: real numbers of any shape.
    Returns 1.0507... * elu(x, 1.6732...), floats of the shape of x. Source: Klambauer, Unterthiner,
    Mayr and Hochreiter 2017.

    >>> T.nnet.selu([-1.0, 2.0]).eval()
    array([-1.11133074,  2.10140197])
    """
    return 1.0507009873554804934193349852946 * elu(x, 1.6732632423543772848170429916717)


def _floats(x: TensorLike) -> Variable:
    """The numbers in the dtype of the result: floats as they are, integers as exp has them."""
    x = as_tensor(x)
    return cast(x, upgrade_to_float([x.type.dtype]))


def softsign(x: TensorLike) -> Variable:
    """Compute x / (1 + |x|) of each element.

    x: numbers of any shape.
    Returns floats of the shape of x, between -1 and 1.

    >>> T.nnet.softsign([-1.0, 3.0]).eval()
    array([-0.5 ,  0.75])
    """
    x = _floats(x)
    return x / (1 + absolute(x))


def hard_sigmoid(x: TensorLike) -> Variable:
    """Compute clip(0.2 * x + 0.5, 0, 1) of each element, a sigmoid made of lines.

    x: real numbers of any shape.
    Returns floats of the shape of x.

    >>> T.nnet.hard_sigmoid([-5.0, 1.0]).eval()
    array([0. , 0.7])
    """
    return clip(_floats(x) * 0.2 + 0.5, 0.0, 1.0)


def ultra_fast_sigmoid(x: TensorLike) -> Variable:
    """Compute Theano's piecewise approximation of the sigmoid of each element.

    x: real numbers of any shape.
    Returns floats of the shape of x that differ from sigmoid(x) by less than 0.02: for z = |x| / 2
    half of 1 plus or minus 1.5 * z / (1 + z) below 1.7, a line below 3, and a constant. Derivative:
    that of the piece. `sigmoid` is about as fast, and precise.

    >>> T.nnet.ultra_fast_sigmoid([0.0, 2.0, 100.0]).eval()
    array([0.5       , 0.875     , 0.99752738])
    """
    x = _floats(x) * 0.5
    positive = x >= 0
    # Both sides have the slope of the right one at 0, where that of the absolute value is 0.
    z = switch(positive, x, -x)
    line = 0.935409070603099 + 0.0458812946797165 * (z - 1.7)
    outer = switch(z < 3.0, line, 0.99505475368673)
    # Where the quotient is not taken z may be infinite; a nan takes it.
    beyond = z >= 1.7
    inner = switch(beyond, 0.0, z)
    piece = switch(beyond, outer, 1.5 * inner / (1.0 + inner))
    return 0.5 * (switch(positive, piece, -piece) + 1.0)


def gelu(x: TensorLike, approximate: bool = False) -> Variable:
    """Compute x times the standard normal distribution function of x, element by element.

    x: real numbers of any shape.
    approximate: whether the distribution function is replaced by half of
        1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)), as some trained networks have it.
    Returns floats of the shape of x. Source: Hendrycks and Gimpel 2016.

    >>> T.nnet.gelu([-1.0, 0.0, 1.0]).eval()
    array([-0.15865525,  0.        ,  0.84134475])
    """
    x = _floats(x)
    if approximate:
        return 0.5 * x * (1.0 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
    # erfc is precise where 1 + erf would cancel.
    return 0.5 * x * erfc(x * -math.sqrt(0.5))


def confusion_matrix(actual: TensorLike, pred: TensorLike) -> list[Variable]:
    """Compute how often each actual value was predicted as each value.

    actual, pred: vectors of real numbers, of equal length.
    Returns the list [counts, order]: counts is an int64 matrix with the actual values as rows and
    the predicted ones as columns, order the vector of the values that occur, ascending. Where
    one of a pair is nan it is not counted. Raises ValueError for other ranks, and for other
    lengths, here or when the function runs.

    >>> counts, order = T.nnet.confusion_matrix([2, 0, 2, 2, 0, 1], [0, 0, 2, 2, 0, 2])
    >>> counts.eval(), order.eval()
    (array([[2, 0, 0],
           [0, 0, 1],
           [1, 0, 2]]), array([0, 1, 2]))
    """
    truth, found = as_tensor(actual), as_tensor(pred)
    for name, x in (("actual", truth), ("pred", found)):
        if x.type.ndim != 1:
            raise ValueError(f"confusion_matrix: {name} is a vector, not {x} ({x.type})")
    found = specify_shape(found, [extent_of(truth, 0)])
    ordered = sort(concatenate([truth, found]))
    # Of equal values the first one.
    first = concatenate([ones_like(ordered[:1], "bool"), neq(ordered[1:], ordered[:-1])])
    order = ordered[first]
    count = extent_of(order, 0)
    rows, columns = (
        sum(dimshuffle(order, "x", 0) < dimshuffle(v, 0, "x"), axis=1) for v in (truth, found)
    )
    blank = zeros((count, count), "int64")
    # A nan is none of the values.
    counted = cast(eq(truth, truth) & eq(found, found), "int64")
    return [inc_subtensor(getitem(blank, (rows, columns)), counted), order]


def binary_crossentropy(output: TensorLike, target: TensorLike) -> Variable:
    """Compute -(t * log(p) + (1 - t) * log(1 - p)) element by element.

    output: probabilities p.
    target: the targets t, from 0 to 1; shapes broadcast. 0 * log(0) counts as 0.
    Returns floats of the common dtype. See `sigmoid_binary_crossentropy` for p = sigmoid(x).

    >>> T.nnet.binary_crossentropy([0.5, 0.25], [1.0, 0.0]).eval()
    array([0.69314718, 0.28768207])
    """
    output, target = as_tensor(output), as_tensor(target)
    return -(xlogy(target, output) + xlogy(1.0 - target, 1.0 - output))


def sigmoid_binary_crossentropy(output: TensorLike, target: TensorLike) -> Variable:
    """Compute the binary cross-entropy of sigmoid(x) element by element, without overflow.

    output: scores x, before the sigmoid.
    target: the targets, from 0 to 1; shapes broadcast.
    Returns floats of the common dtype: max(x, 0) - x * t + softplus(-|x|).

    >>> T.nnet.sigmoid_binary_crossentropy([0.0, 1000.0], [1.0, 0.0]).eval()
    array([6.93147181e-01, 1.00000000e+03])
    """
    output, target = as_tensor(output), as_tensor(target)
    # -|x|, with the derivative at 0 of the side that `maximum` takes there: together they are
    # smooth.
    below = minimum(-output, output)
    return maximum(output, 0) - output * target + softplus(below)


def categorical_crossentropy(coding_dist: TensorLike, true_dist: TensorLike) -> Variable:
    """Compute the cross-entropy -sum(t * log(p)) of each row of probabilities.

    coding_dist: probabilities p, whose last axis holds the classes.
    true_dist: a distribution t of the same shape (0 * log(0) counts as 0), or a vector of integer
        classes, one for each row.
    Returns coding_dist without its last axis. See `softmax_categorical_crossentropy` for p that a
    softmax makes. Raises TypeError for other ranks, ValueError for another number of rows, here or
    when the function runs.

    >>> T.nnet.categorical_crossentropy([[0.5, 0.5], [0.1, 0.9]], [0, 1]).eval()
    array([0.69314718, 0.10536052])
    """
    p, t = as_tensor(coding_dist), as_tensor(true_dist)
    if t.type.ndim == p.type.ndim:
        return -sum(xlogy(t, p), axis=t.type.ndim - 1)
    if t.type.ndim == p.type.ndim - 1 == 1 and np.dtype(t.type.dtype).kind in "iu":
        return -log(of_class(p, t))
    raise TypeError(
        f"categorical_crossentropy: the targets {t} ({t.type}) are neither of the rank of"
        f" {p} ({p.type}) nor a vector of integer classes"
    )


def softmax_categorical_crossentropy(scores: TensorLike, classes: TensorLike) -> Variable:
    """Compute the cross-entropy of softmax(scores) for each row, without underflow.

    scores: a matrix, before the softmax: rows and classes.
    classes: a vector of integers, the right class of each row.
    Returns a vector, an element for each row. Raises TypeError for other ranks, ValueError for
    another number of rows, here or when the function runs, which raises IndexError for what is no
    class.

    >>> T.nnet.softmax_categorical_crossentropy([[0.0, 1000.0]], [0]).eval()
    array([1000.])
    """
    scores, classes = as_tensor(scores), as_tensor(classes)
    if (scores.type.ndim, classes.type.ndim) != (2, 1):
        raise TypeError(
            "softmax_categorical_crossentropy takes a matrix of scores and a vector of classes,"
            f" not {scores} ({scores.type}) and {classes} ({classes.type})"
        )
    return -of_class(logsoftmax(scores), classes)


def of_class(x: Variable, classes: Variable) -> Variable:
    """Return the element of each row that its class names."""
    rows = extent_of(x, 0)
    return getitem(x, (arange(rows), specify_shape(classes, [rows])))


__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "confusion_matrix",
    "elu",
    "gelu",
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
    "ultra_fast_sigmoid",
]
