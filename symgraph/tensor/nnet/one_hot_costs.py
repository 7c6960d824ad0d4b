"""Softmax and cross-entropy of matrices whose targets are classes, with Theano's names and results.

Theano has each of these as an operation of its own, which its compiler puts in; here they are
written with `logsoftmax` and indexing, which the compiler fuses. What the functions share:

x: scores before the softmax, a matrix of floats: rows and classes.
b: a bias vector, added to each row.
y_idx: a vector of integers, the right class of each row.
coding_dist: probabilities, a matrix with a row for each of `true_one_of_n`, a vector of classes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensor
from symgraph.ops.scalar_table import cast, exp, log
from symgraph.ops.shape import extent_of, extents_of
from symgraph.tensor.creation import ones, zeros, zeros_like
from symgraph.tensor.indexing import inc_subtensor, set_subtensor
from symgraph.tensor.manipulation import concatenate, dimshuffle
from symgraph.tensor.nnet.functions import logsoftmax, of_class, softmax
from symgraph.tensor.reduction import argmax, max_and_argmax, sum
from symgraph.tensor.reshaping import reshape, specify_shape


def _array(what: str, name: str, value: Any, ndim: int, kinds: str = "f") -> Variable:
    """The argument, of the rank and kind of dtype that is wanted. Raises TypeError."""
    x = as_tensor(value)
    if x.type.ndim != ndim or np.dtype(x.type.dtype).kind not in kinds:
        rank = {0: "scalar", 1: "vector", 2: "matrix"}[ndim]
        of = "integers" if kinds == "iu" else "floats" if kinds == "f" else "numbers"
        raise TypeError(f"{what}: {name} is a {rank} of {of}, not {x} ({x.type})")
    return x


def _scores(what: str, x: Any, b: Any) -> Variable:
    """The scores with their bias."""
    scores, bias = _array(what, "x", x, 2), _array(what, "b", b, 1)
    bias = specify_shape(bias, [extent_of(scores, 1)])
    return scores + dimshuffle(bias, "x", 0)


def softmax_with_bias(x: TensorLike, b: TensorLike) -> Variable:
    """Compute the softmax of each row of x + b.

    x: a matrix of floats.
    b: a vector of floats, with as many elements as x has columns.
    Returns a matrix of the shape of x. Raises TypeError for other ranks and dtypes, ValueError for
    another length, here or when the function runs. Derivatives are those of `softmax`.

    >>> T.nnet.softmax_with_bias([[1.0, 0.0]], [0.0, 1.0]).eval()
    array([[0.5, 0.5]])
    """
    return softmax(_scores("softmax_with_bias", x, b))


def softmax_graph(c: TensorLike) -> Variable:
    """Compute exp(c) / sum(exp(c)) along the last axis, written with elementary functions.

    c: real numbers of at least one dimension.
    Returns floats of the shape of c. The values overflow as they are written, which `softmax` does
    not; otherwise they are the same. Raises TypeError for a scalar.

    >>> T.nnet.softmax_graph([[1.0, 1.0]]).eval()
    array([[0.5, 0.5]])
    """
    c = as_tensor(c)
    if c.type.ndim == 0:
        raise TypeError(f"softmax_graph: {c} ({c.type}) has no axis along which to sum")
    e = exp(c)
    return e / sum(e, axis=-1, keepdims=True)


def softmax_grad(dy: TensorLike, sm: TensorLike) -> Variable:
    """Compute the cotangent of x from that of softmax(x), of matrices.

    dy: the cotangent of the softmax.
    sm: the softmax.
    Returns sm * (dy - sum(dy * sm)) for each row. Raises TypeError for other ranks and dtypes.

    >>> T.nnet.softmax_grad([[1.0, 0.0]], [[0.5, 0.5]]).eval()
    array([[ 0.25, -0.25]])
    """
    g, y = (_array("softmax_grad", *each, 2) for each in (("dy", dy), ("sm", sm)))
    weighted = g * y
    return weighted - y * sum(weighted, axis=1, keepdims=True)


def crossentropy_softmax_argmax_1hot_with_bias(
    x: TensorLike, b: TensorLike, y_idx: TensorLike
) -> list[Variable]:
    """Compute the cross-entropy, the softmax, and the largest class of each row of x + b.

    x: scores, a matrix of floats: rows and classes.
    b: a vector of floats, one for each class.
    y_idx: a vector of integers, the right class of each row.
    Returns the list [-log(softmax(x + b))[row, y_idx[row]], softmax(x + b), argmax], the last of
    the dtype of y_idx. Raises TypeError for other ranks and dtypes, ValueError for other lengths,
    here or when the function runs, which raises IndexError for what is no class. The first result
    neither overflows nor underflows.

    >>> nll, p, best = T.nnet.crossentropy_softmax_argmax_1hot_with_bias(
    ...     [[0.0, 1000.0]], [0.0, 0.0], [0])
    >>> nll.eval(), p.eval(), best.eval()
    (array([1000.]), array([[0., 1.]]), array([1]))
    """
    what = "crossentropy_softmax_argmax_1hot_with_bias"
    scores = _scores(what, x, b)
    classes = _array(what, "y_idx", y_idx, 1, "iu")
    nll = -of_class(logsoftmax(scores), classes)
    return [nll, softmax(scores), cast(argmax(scores, axis=1), classes.type.dtype)]


def crossentropy_softmax_1hot_with_bias(
    x: TensorLike, b: TensorLike, y_idx: TensorLike
) -> list[Variable]:
    """Compute the cross-entropy and the softmax of each row of x + b.

    x, b, y_idx: as in `crossentropy_softmax_argmax_1hot_with_bias`.
    Returns the first two of its results. Raises as it does.

    >>> nll, p = T.nnet.crossentropy_softmax_1hot_with_bias([[0.0, 0.0]], [0.0, 0.0], [0])
    >>> nll.eval(), p.eval()
    (array([0.69314718]), array([[0.5, 0.5]]))
    """
    return crossentropy_softmax_argmax_1hot_with_bias(x, b, y_idx)[:2]


def crossentropy_softmax_1hot(x: TensorLike, y_idx: TensorLike) -> list[Variable]:
    """Compute the cross-entropy and the softmax of each row of x.

    x, y_idx: as in `crossentropy_softmax_argmax_1hot_with_bias`.
    Returns the first two of its results, for a bias of zero. Raises as it does.

    >>> T.nnet.crossentropy_softmax_1hot([[0.0, 0.0]], [0])[0].eval()
    array([0.69314718])
    """
    return crossentropy_softmax_1hot_with_bias(x, _no_bias("crossentropy_softmax_1hot", x), y_idx)


def _no_bias(what: str, x: Any) -> Variable:
    scores = _array(what, "x", x, 2)
    return zeros((extent_of(scores, 1),), scores.type.dtype)


def crossentropy_softmax_max_and_argmax_1hot_with_bias(
    x: TensorLike, b: TensorLike, y_idx: TensorLike
) -> tuple[Variable, Variable, Variable, Variable]:
    """Compute the cross-entropy, the softmax, and its largest probability, of each row of x + b.

    x, b, y_idx: as in `crossentropy_softmax_argmax_1hot_with_bias`.
    Returns (cross-entropy, softmax, largest probability, its class): two vectors follow those that
    `crossentropy_softmax_1hot_with_bias` returns. Raises as that does.

    >>> results = T.nnet.crossentropy_softmax_max_and_argmax_1hot_with_bias(
    ...     [[0.0, 0.0]], [0.0, 1000.0], [1])
    >>> results[2].eval(), results[3].eval()
    (array([1.]), array([1]))
    """
    nll, p = crossentropy_softmax_1hot_with_bias(x, b, y_idx)
    most, where = max_and_argmax(p, axis=-1)
    return nll, p, most, where


def crossentropy_softmax_max_and_argmax_1hot(
    x: TensorLike, y_idx: TensorLike
) -> tuple[Variable, Variable, Variable, Variable]:
    """Compute the cross-entropy, the softmax, and its largest probability, of each row of x.

    x, y_idx: as in `crossentropy_softmax_argmax_1hot_with_bias`.
    Returns (cross-entropy, softmax, largest probability, its class). Raises as that does.

    >>> results = T.nnet.crossentropy_softmax_max_and_argmax_1hot([[0.0, 1000.0]], [1])
    >>> results[2].eval(), results[3].eval()
    (array([1.]), array([1]))
    """
    bias = _no_bias("crossentropy_softmax_max_and_argmax_1hot", x)
    return crossentropy_softmax_max_and_argmax_1hot_with_bias(x, bias, y_idx)


def crossentropy_softmax_1hot_with_bias_dx(
    dy: TensorLike, sm: TensorLike, y_idx: TensorLike
) -> Variable:
    """Compute the cotangent of scores from that of their cross-entropy.

    dy: the cotangent of the cross-entropy, a vector of floats, or a scalar for all rows.
    sm: the softmax of the scores, a matrix of floats.
    y_idx: the right class of each row, a vector of integers.
    Returns dy * (sm - one hot of y_idx), a matrix. Raises TypeError for other ranks and dtypes,
    ValueError for other lengths, here or when the function runs.

    >>> T.nnet.crossentropy_softmax_1hot_with_bias_dx([2.0], [[0.25, 0.75]], [1]).eval()
    array([[ 0.5, -0.5]])
    """
    what = "crossentropy_softmax_1hot_with_bias_dx"
    y, classes = _array(what, "sm", sm, 2), _array(what, "y_idx", y_idx, 1, "iu")
    g = as_tensor(dy)
    g = _array(what, "dy", g, min(g.type.ndim, 1))
    if g.type.ndim == 1:
        g = dimshuffle(specify_shape(g, [extent_of(y, 0)]), 0, "x")
    return g * inc_subtensor(of_class(y, classes), -1)


def crossentropy_categorical_1hot(coding_dist: TensorLike, true_one_of_n: TensorLike) -> Variable:
    """Compute -log of the probability that each row gives to its class.

    coding_dist: probabilities, a matrix of floats: rows and classes.
    true_one_of_n: a vector of integers, the right class of each row.
    Returns a vector. Raises TypeError for other ranks and dtypes, ValueError for another length,
    here or when the function runs. Derivative by coding_dist: -1 / p at the class.

    >>> T.nnet.crossentropy_categorical_1hot([[0.5, 0.5], [0.1, 0.9]], [0, 1]).eval()
    array([0.69314718, 0.10536052])
    """
    what = "crossentropy_categorical_1hot"
    p = _array(what, "coding_dist", coding_dist, 2)
    classes = _array(what, "true_one_of_n", true_one_of_n, 1, "iu")
    return -log(of_class(p, classes))


def crossentropy_categorical_1hot_grad(
    g_y: TensorLike, coding_dist: TensorLike, true_one_of_n: TensorLike
) -> Variable:
    """Compute the cotangent of probabilities from that of `crossentropy_categorical_1hot`.

    g_y: the cotangent of its result, a vector of floats.
    coding_dist, true_one_of_n: its arguments.
    Returns a matrix that is -g_y / p at the class of each row, else 0. Raises as that does.

    >>> T.nnet.crossentropy_categorical_1hot_grad([1.0], [[0.5, 0.5]], [0]).eval()
    array([[-2.,  0.]])
    """
    what = "crossentropy_categorical_1hot_grad"
    g, p = _array(what, "g_y", g_y, 1), _array(what, "coding_dist", coding_dist, 2)
    classes = _array(what, "true_one_of_n", true_one_of_n, 1, "iu")
    return set_subtensor(of_class(zeros_like(p), classes), -g / of_class(p, classes))


def prepend_scalar_to_each_row(val: TensorLike, mat: TensorLike) -> Variable:
    """Insert a column that holds one number before the first column of a matrix.

    val: the number, cast to the dtype of the matrix.
    mat: a matrix of numbers.
    Returns a matrix with one more column. Raises TypeError for other ranks. Derivatives: the
    column's cotangents, summed, go to val, the others to mat.

    >>> T.nnet.prepend_scalar_to_each_row(7.0, [[1.0, 2.0], [3.0, 4.0]]).eval()
    array([[7., 1., 2.],
           [7., 3., 4.]])
    """
    what = "prepend_scalar_to_each_row"
    x, value = _array(what, "mat", mat, 2, "biufc"), _array(what, "val", val, 0, "biufc")
    rows, _ = extents_of(x)
    column = reshape(cast(value, x.type.dtype), (1, 1)) * ones((rows, 1), x.type.dtype)
    return concatenate([column, x], axis=1)


def prepend_0_to_each_row(mat: TensorLike) -> Variable:
    """Insert a column of zeros before the first column of a matrix.

    mat: a matrix of numbers.
    Returns a matrix with one more column. Raises TypeError for other ranks.

    >>> T.nnet.prepend_0_to_each_row([[1.0, 2.0]]).eval()
    array([[0., 1., 2.]])
    """
    return prepend_scalar_to_each_row(0, mat)


def prepend_1_to_each_row(mat: TensorLike) -> Variable:
    """Insert a column of ones before the first column of a matrix, as for a bias.

    mat: a matrix of numbers.
    Returns a matrix with one more column. Raises TypeError for other ranks.

    >>> T.nnet.prepend_1_to_each_row([[1.0, 2.0]]).eval()
    array([[1., 1., 2.]])
    """
    return prepend_scalar_to_each_row(1, mat)


__all__ = [
    "crossentropy_categorical_1hot",
    "crossentropy_categorical_1hot_grad",
    "crossentropy_softmax_1hot",
    "crossentropy_softmax_1hot_with_bias",
    "crossentropy_softmax_1hot_with_bias_dx",
    "crossentropy_softmax_argmax_1hot_with_bias",
    "crossentropy_softmax_max_and_argmax_1hot",
    "crossentropy_softmax_max_and_argmax_1hot_with_bias",
    "prepend_0_to_each_row",
    "prepend_1_to_each_row",
    "prepend_scalar_to_each_row",
    "softmax_grad",
    "softmax_graph",
    "softmax_with_bias",
]
