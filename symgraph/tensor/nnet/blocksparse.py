"""Products of which only chosen blocks are computed, and the softmax in two levels by them."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensor
from symgraph.ops.scalar_table import cast
from symgraph.ops.shape import extents_of
from symgraph.tensor.creation import arange, zeros
from symgraph.tensor.indexing import getitem, inc_subtensor
from symgraph.tensor.linalg import dot, tensordot
from symgraph.tensor.manipulation import dimshuffle
from symgraph.tensor.nnet.functions import softmax
from symgraph.tensor.reduction import sum
from symgraph.tensor.reshaping import flatten, reshape, specify_shape


def _array(what: str, name: str, value: Any, ndim: int, axes: str) -> Variable:
    x = as_tensor(value)
    if x.type.ndim != ndim:
        raise TypeError(f"{what}: {name} has the dimensions ({axes}), not {x} ({x.type})")
    return x


def _blocks(what: str, name: str, value: Any, axes: str) -> Variable:
    """Numbers of blocks, a matrix of integers."""
    x = _array(what, name, value, 2, axes)
    if np.dtype(x.type.dtype).kind not in "iu":
        raise TypeError(f"{what}: {name} holds numbers of blocks, integers, not {x} ({x.type})")
    return x


def sparse_block_gemv(
    o: TensorLike, W: TensorLike, h: TensorLike, inputIdx: TensorLike, outputIdx: TensorLike
) -> Variable:
    """Compute o plus the products of chosen blocks of rows with chosen blocks of a matrix.

    o: (batch, output windows, output size), to which is added.
    W: (input blocks, output blocks, input size, output size).
    h: (batch, input windows, input size).
    inputIdx: (batch, input windows), the input block of each window of h.
    outputIdx: (batch, output windows), the output block of each window of o.
    Returns for each row n of the batch and each window j the sum over i of
    dot(h[n, i], W[inputIdx[n, i], outputIdx[n, j]]), plus o[n, j]. Raises TypeError for other
    ranks, ValueError where shapes do not fit, here or when the function runs, which raises
    IndexError for what is no block. Derivative by W: the outer products, added at their blocks.

    >>> W = np.arange(4.0).reshape(2, 2, 1, 1)
    >>> T.nnet.blocksparse.sparse_block_gemv(
    ...     np.ones((1, 1, 1)), W, np.ones((1, 2, 1)), [[0, 1]], [[1]]).eval()
    array([[[5.]]])
    """
    what = "sparse_block_gemv"
    out = _array(what, "o", o, 3, "batch, output windows, output size")
    weights = _array(what, "W", W, 4, "input blocks, output blocks, input size, output size")
    x = _array(what, "h", h, 3, "batch, input windows, input size")
    batch, windows, size = extents_of(x)
    of_input = _blocks(what, "inputIdx", inputIdx, "batch, input windows")
    of_output = _blocks(what, "outputIdx", outputIdx, "batch, output windows")
    of_input = specify_shape(of_input, [batch, windows])
    weights = specify_shape(weights, [None, None, size, None])
    made = extents_of(of_output)[1]
    of_output = specify_shape(of_output, [batch, made])
    out = specify_shape(out, [batch, made, extents_of(weights)[3]])
    # (batch, input window, output window, input size, output size), read block by block.
    chosen = getitem(weights, (dimshuffle(of_input, 0, 1, "x"), dimshuffle(of_output, 0, "x", 1)))
    return out + sum(dimshuffle(x, 0, 1, "x", 2, "x") * chosen, axis=(1, 3))


def sparse_block_outer(
    o: TensorLike, x: TensorLike, y: TensorLike, xIdx: TensorLike, yIdx: TensorLike,
    alpha: TensorLike = 1,
) -> Variable:  # fmt: skip
    """Add outer products of rows to chosen blocks of a matrix.

    o: (x blocks, y blocks, x size, y size), to which is added.
    x: (batch, x windows, x size). y: (batch, y windows, y size).
    xIdx: (batch, x windows), the block of each window of x. yIdx: (batch, y windows), that of y.
    alpha: a number that multiplies the products.
    Returns o with alpha * outer(x[n, i], y[n, j]) added at [xIdx[n, i], yIdx[n, j]], for all n, i,
    j. Raises TypeError for other ranks, ValueError where shapes do not fit, here or when the
    function runs, which raises IndexError for what is no block.

    >>> blank = np.zeros((1, 2, 1, 1))
    >>> T.nnet.blocksparse.sparse_block_outer(
    ...     blank, np.ones((1, 1, 1)), np.full((1, 1, 1), 3.0), [[0]], [[1]]).eval().ravel()
    array([0., 3.])
    """
    what = "sparse_block_outer"
    out = _array(what, "o", o, 4, "x blocks, y blocks, x size, y size")
    rows = _array(what, "x", x, 3, "batch, x windows, x size")
    columns = _array(what, "y", y, 3, "batch, y windows, y size")
    of_rows = _blocks(what, "xIdx", xIdx, "batch, x windows")
    of_columns = _blocks(what, "yIdx", yIdx, "batch, y windows")
    of_rows = specify_shape(of_rows, extents_of(rows)[:2])
    of_columns = specify_shape(of_columns, extents_of(columns)[:2])
    at = (dimshuffle(of_rows, 0, 1, "x"), dimshuffle(of_columns, 0, "x", 1))
    products = dimshuffle(rows, 0, 1, "x", 2, "x") * dimshuffle(columns, 0, "x", 1, "x", 2)
    return inc_subtensor(getitem(out, at), cast(as_tensor(alpha) * products, out.type.dtype))


def sparse_block_dot(
    W: TensorLike, h: TensorLike, inputIdx: TensorLike, b: TensorLike, outputIdx: TensorLike
) -> Variable:
    """Compute a layer of which only chosen blocks of inputs count and of outputs are wanted.

    W: (input blocks, output blocks, input size, output size).
    h: (batch, input windows, input size), the inputs' values.
    inputIdx: (batch, input windows), the block of each window of h.
    b: (output blocks, output size), a bias.
    outputIdx: (batch, output windows), the blocks to compute.
    Of h, inputIdx and outputIdx the batch may be missing: a batch of one.
    Returns (batch, output windows, output size): for each row the sum of the products of its
    windows with their blocks, plus the bias. Raises as `sparse_block_gemv` does.

    >>> W = np.arange(4.0).reshape(2, 2, 1, 1)
    >>> T.nnet.blocksparse.sparse_block_dot(
    ...     W, np.ones((1, 2, 1)), [[0, 1]], np.zeros((2, 1)), [[1]]).eval()
    array([[[4.]]])
    """
    what = "sparse_block_dot"
    x, of_input, of_output = map(as_tensor, (h, inputIdx, outputIdx))
    if x.type.ndim == 2:
        x = dimshuffle(x, "x", 0, 1)
        of_input, of_output = (
            dimshuffle(v, "x", 0) if v.type.ndim == 1 else v for v in (of_input, of_output)
        )
    bias = _array(what, "b", b, 2, "output blocks, output size")
    blocks = _blocks(what, "outputIdx", of_output, "batch, output windows")
    return sparse_block_gemv(getitem(bias, blocks), W, x, of_input, blocks)


def h_softmax(
    x: TensorLike, batch_size: Any, n_outputs: Any, n_classes: Any, n_outputs_per_class: Any,
    W1: TensorLike, b1: TensorLike, W2: TensorLike, b2: TensorLike,
    target: TensorLike | None = None,
) -> Variable:  # fmt: skip
    """Compute a softmax in two levels: of the classes, and of the outputs in each class.

    x: (batch, features).
    batch_size, n_outputs, n_classes, n_outputs_per_class: ints or scalars; outputs are numbered
        class by class, those from n_outputs on are left out.
    W1, b1: (features, classes) and (classes,), of the first level.
    W2, b2: (classes, features, outputs per class) and (classes, outputs per class), of the second.
    target: the wanted output of each row, integers of shape (batch,) or (batch, 1), at the cost of
        n_classes + n_outputs_per_class instead of their product; None for all outputs.
    Returns probabilities: (batch, n_outputs), or with a target (batch,). Raises TypeError and
    ValueError for what does not fit, here or when the function runs. Source: Goodman 2001, Classes
    for fast maximum entropy training.

    >>> zeros = np.zeros
    >>> T.nnet.h_softmax(zeros((1, 3)), 1, 4, 2, 2, zeros((3, 2)), zeros(2), zeros((2, 3, 2)),
    ...                  zeros((2, 2))).eval()
    array([[0.25, 0.25, 0.25, 0.25]])
    """
    rows = _array("h_softmax", "x", x, 2, "batch, features")
    weights = _array("h_softmax", "W2", W2, 3, "classes, features, outputs per class")
    bias = _array("h_softmax", "b2", b2, 2, "classes, outputs per class")
    of_classes = softmax(dot(rows, as_tensor(W1)) + as_tensor(b1))
    if target is None:
        scores = reshape(
            tensordot(rows, weights, (1, 1)) + bias, (batch_size, n_classes, n_outputs_per_class)
        )
        joint = dimshuffle(of_classes, 0, 1, "x") * softmax(scores)
        return reshape(joint, (batch_size, n_classes * n_outputs_per_class))[:, :n_outputs]
    wanted = flatten(as_tensor(target))
    if np.dtype(wanted.type.dtype).kind not in "iu":
        raise TypeError(f"h_softmax: target holds integers, not {wanted} ({wanted.type})")
    classes, places = wanted // n_outputs_per_class, wanted % n_outputs_per_class
    scores = sparse_block_dot(
        dimshuffle(weights, "x", 0, 1, 2), dimshuffle(rows, 0, "x", 1),
        zeros((batch_size, 1), "int64"), bias, dimshuffle(classes, 0, "x"),
    )  # fmt: skip
    every = arange(batch_size)
    inside = softmax(dimshuffle(scores, 0, 2))
    return getitem(of_classes, (every, classes)) * getitem(inside, (every, places))


__all__ = ["h_softmax", "sparse_block_dot", "sparse_block_gemv", "sparse_block_outer"]
