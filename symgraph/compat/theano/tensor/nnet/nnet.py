"""`theano.tensor.nnet.nnet`: the functions whose arguments or values differ in Theano."""

from typing import Any

from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.basic import as_tensor_variable
from symgraph.graph import Variable
from symgraph.ops.requirement import Require
from symgraph.tensor import nnet as native
from symgraph.tensor import shape_padleft

__getattr__, __dir__ = resolver(
    __name__, ".tensor.nnet.sigm", "symgraph.tensor.nnet", "symgraph.tensor"
)


def _rows(x: Any) -> Variable:
    """Return a matrix; a vector is its only row."""
    x = as_tensor_variable(x)
    if x.type.ndim not in (1, 2) or not x.type.dtype.startswith("float"):
        raise ValueError(f"x must be 1-d or 2-d tensor of floats. Got {x} ({x.type})")
    return shape_padleft(x) if x.type.ndim == 1 else x


def softmax(c: Any) -> Variable:
    """Compute the softmax of each row; a vector is taken as one row, and the result is a matrix.

    c: floats, a vector or a matrix. Raises ValueError for others.

    >>> from symgraph.compat.theano.tensor.nnet.nnet import softmax
    >>> softmax(T.dvector("x")).ndim
    2
    """
    return native.softmax(_rows(c))


def softmax_graph(c: Any) -> Variable:
    """Compute the softmax of each row, with derivatives of any order: see `softmax`.

    >>> from symgraph.compat.theano.tensor.nnet.nnet import softmax_graph
    >>> softmax_graph(T.dmatrix("x")).ndim
    2
    """
    return native.softmax(as_tensor_variable(c))


def logsoftmax(c: Any) -> Variable:
    """Compute the logarithm of `softmax`.

    c: floats, a vector or a matrix. Raises ValueError for others.

    >>> from symgraph.compat.theano.tensor.nnet.nnet import logsoftmax
    >>> logsoftmax(T.dvector("x")).ndim
    2
    """
    return native.logsoftmax(_rows(c))


softmax_op, logsoftmax_op = softmax, logsoftmax


def relu(x: Any, alpha: Any = 0) -> Variable:
    """Compute x where it is positive, alpha * x elsewhere; at 0 the slope is the mean of both.

    x: a tensor. alpha: a number or a tensor that broadcasts.

    >>> from symgraph.compat.theano.tensor.nnet.nnet import relu
    >>> x = T.dscalar("x")
    >>> T.grad(relu(x), x).eval({x: 0.0})
    array(0.5)
    """
    x = as_tensor_variable(x)
    if isinstance(alpha, int | float) and alpha == 0:
        return 0.5 * (x + abs(x))
    alpha = as_tensor_variable(alpha)
    return 0.5 * (1 + alpha) * x + 0.5 * (1 - alpha) * abs(x)


def _classes(y_idx: Any) -> Variable:
    """Return numbers of classes, which do not count from the end."""
    y_idx = as_tensor_variable(y_idx)
    found: Variable = Require("y_idx", "at least 0")(y_idx)
    return found


def crossentropy_softmax_argmax_1hot_with_bias(x: Any, b: Any, y_idx: Any) -> list[Variable]:
    """Compute the cross-entropy, the softmax and the largest class of each row of x + b: see
    `symgraph.tensor.nnet.crossentropy_softmax_argmax_1hot_with_bias`.

    x, b, y_idx: those of that function; ValueError is raised for negative classes.

    >>> from symgraph.compat.theano.tensor.nnet import nnet
    >>> nnet.crossentropy_softmax_argmax_1hot_with_bias([[1.0, 2.0]], [0.0, 0.0], [1])[2].eval()
    array([1])
    """
    x, b = as_tensor_variable(x), as_tensor_variable(b)
    return native.crossentropy_softmax_argmax_1hot_with_bias(x, b, _classes(y_idx))


def crossentropy_softmax_1hot_with_bias_dx(dy: Any, sm: Any, y_idx: Any) -> Variable:
    """Compute the cotangent of scores from that of their cross-entropy: see
    `symgraph.tensor.nnet.crossentropy_softmax_1hot_with_bias_dx`.

    dy, sm, y_idx: those of that function; ValueError is raised for negative classes.

    >>> from symgraph.compat.theano.tensor.nnet import nnet
    >>> nnet.crossentropy_softmax_1hot_with_bias_dx([2.0], [[0.25, 0.75]], [1]).eval()
    array([[ 0.5, -0.5]])
    """
    dy, sm = as_tensor_variable(dy), as_tensor_variable(sm)
    return native.crossentropy_softmax_1hot_with_bias_dx(dy, sm, _classes(y_idx))


def categorical_crossentropy(coding_dist: Any, true_dist: Any) -> Variable:
    """Compute the costs of distributions: see `symgraph.tensor.nnet.categorical_crossentropy`.

    coding_dist, true_dist: a matrix, and classes or a matrix. Raises TypeError for other ranks.

    >>> from symgraph.compat.theano.tensor.nnet.nnet import categorical_crossentropy
    >>> categorical_crossentropy(T.dmatrix("p"), T.lvector("y")).ndim
    1
    """
    coding_dist, true_dist = as_tensor_variable(coding_dist), as_tensor_variable(true_dist)
    if true_dist.ndim not in (coding_dist.ndim, coding_dist.ndim - 1):
        raise TypeError("rank mismatch between coding and true distributions")
    return native.categorical_crossentropy(coding_dist, true_dist)
