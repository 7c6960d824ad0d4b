"""The names of `theano.tensor.extra_ops`."""

from typing import Any

from symgraph import tensor
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.graph import Variable

__getattr__, __dir__ = resolver(__name__, ".tensor.operation_instances", "symgraph.tensor")


def searchsorted(x: Any, v: Any, side: str = "left", sorter: Any = None) -> Variable:
    """Return for each value where it would be put into a sorted vector: see
    `symgraph.tensor.searchsorted`.

    x, v, side, sorter: those of `symgraph.tensor.searchsorted`.
    Raises ValueError for what is no vector.

    >>> from symgraph.compat.theano.tensor.extra_ops import searchsorted
    >>> searchsorted([1, 3, 5], [0, 3, 6]).eval()
    array([0, 1, 3])
    """
    for given in (x, sorter):
        if given is not None and as_tensor_variable(given).ndim != 1:
            raise ValueError(f"searchsorted: a vector is needed, not {given}")
    return tensor.searchsorted(as_tensor_variable(x), as_tensor_variable(v), side, sorter)


def bincount(
    x: Any, weights: Any = None, minlength: Any = None, assert_nonneg: bool = False
) -> Variable:
    """Return how often each of 0, 1, ... stands in a vector: see `symgraph.tensor.bincount`.

    x, weights, minlength: those of `symgraph.tensor.bincount`.
    assert_nonneg: whether a negative integer is an AssertionError when the function runs, instead
        of a ValueError.
    Raises TypeError for what is no vector of integers.

    >>> from symgraph.compat.theano.tensor.extra_ops import bincount
    >>> bincount([1, 1, 3]).eval()
    array([0, 2, 0, 1])
    """
    x = as_tensor_variable(x)
    if assert_nonneg and x.ndim == 1:
        whole = tensor.all(tensor.ge(x, 0))
        x = tensor.assert_op(x, whole, message="Input to bincount has negative values!")
    return tensor.bincount(x, weights, 0 if minlength is None else minlength)
