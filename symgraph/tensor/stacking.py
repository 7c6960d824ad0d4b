"""Arrays made of several, and the largest and smallest of them."""

from __future__ import annotations

from typing import Any

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensor, as_tensors
from symgraph.ops.scalar_table import maximum, minimum
from symgraph.tensor.manipulation import as_tensor_variable, concatenate
from symgraph.tensor.reshaping import broadcast_to
from symgraph.tensor.sizes import common_extents


def stacklists(arg: Any) -> Variable:
    """Build an array of nested lists of tensors: each level of lists is an axis.

    arg: a tensor, or a list of what this function takes.
    Returns the common dtype. Raises TypeError for lists of unequal depths, ValueError where extents
    differ, here or when the function runs.

    >>> a = T.dscalar("a")
    >>> T.stacklists([[a, 1], [2, 3]]).eval({a: 0.5})
    array([[0.5, 1. ],
           [2. , 3. ]])
    """
    return as_tensor_variable(arg)


def broadcast_arrays(*args: TensorLike) -> list[Variable]:
    """Repeat arrays to the shape that they broadcast to together.

    args: arrays of any rank.
    Returns a list of views, each of its own dtype. Raises ValueError where shapes do not fit, here
    or when the function runs.

    >>> [x.eval() for x in T.broadcast_arrays([1, 2], [[3], [4]])]
    [array([[1, 2],
           [1, 2]]), array([[3, 3],
           [4, 4]])]
    """
    arrays = list(map(as_tensor, args))
    extents = common_extents(None, arrays, None, "broadcast_arrays")
    return [broadcast_to(array, extents) for array in arrays]


def _matrices(args: tuple[TensorLike, ...], what: str) -> list[Variable]:
    if len(args) < 2:
        raise ValueError(f"{what} takes two matrices or more, not {len(args)}")
    matrices = as_tensors(*args)
    for matrix in matrices:
        if matrix.type.ndim != 2:
            raise TypeError(f"{what} takes matrices, not {matrix} ({matrix.type})")
    return matrices


def horizontal_stack(*args: TensorLike) -> Variable:
    """Join matrices side by side.

    args: matrices with equal numbers of rows.
    Returns the common dtype. Raises TypeError for other ranks, ValueError for fewer than two, and
    where the rows differ, here or when the function runs.

    >>> T.horizontal_stack([[1], [2]], [[3], [4]]).eval()
    array([[1, 3],
           [2, 4]])
    """
    return concatenate(_matrices(args, "horizontal_stack"), axis=1)


def vertical_stack(*args: TensorLike) -> Variable:
    """Join matrices one below the other.

    args: matrices with equal numbers of columns.
    Returns the common dtype. Raises TypeError for other ranks, ValueError for fewer than two, and
    where the columns differ, here or when the function runs.

    >>> T.vertical_stack([[1, 2]], [[3, 4]]).eval()
    array([[1, 2],
           [3, 4]])
    """
    return concatenate(_matrices(args, "vertical_stack"), axis=0)


def largest(*args: TensorLike) -> Variable:
    """Choose the largest of several arrays, element by element.

    args: real numbers; shapes broadcast.
    Returns `maximum(*args)`, or a single argument as it is. Raises ValueError without arguments.

    >>> T.largest([1, 5], [3, 4], [2, 9]).eval()
    array([3, 9])
    """
    return _extreme(maximum, args, "largest")


def smallest(*args: TensorLike) -> Variable:
    """Choose the smallest of several arrays, element by element.

    args: real numbers; shapes broadcast.
    Returns `minimum(*args)`, or a single argument as it is. Raises ValueError without arguments.

    >>> T.smallest([1, 5], [3, 4], [2, 9]).eval()
    array([1, 4])
    """
    return _extreme(minimum, args, "smallest")


def _extreme(function: Any, args: tuple[TensorLike, ...], what: str) -> Variable:
    if not args:
        raise ValueError(f"{what} takes one array or more")
    return function(*args) if len(args) > 1 else as_tensor_variable(args[0])


__all__ = [
    "broadcast_arrays",
    "horizontal_stack",
    "largest",
    "smallest",
    "stacklists",
    "vertical_stack",
]
