"""Elements selected along an axis by numbers, conditions and permutations."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensor, as_tensors
from symgraph.ops.requirement import Require
from symgraph.ops.scalar_table import eq, switch
from symgraph.ops.shape import extent_of, extents_of
from symgraph.tensor.creation import arange, open_grid, zeros_like
from symgraph.tensor.indexing import as_index, getitem, set_subtensor, take, within
from symgraph.tensor.manipulation import dimshuffle, normal_axis, shape_padleft
from symgraph.tensor.masks import flatnonzero
from symgraph.tensor.reshaping import broadcast_to, flatten
from symgraph.tensor.sizes import common_extents

# So many arrays are chosen from by comparisons, which need no memory; more are stacked.
COMPARED = 32


def choose(a: TensorLike, choices: Any, mode: str = "raise") -> Variable:
    """Choose each element from one of several arrays.

    a: integers, the number of an array for each element.
    choices: the arrays: a sequence of them, or an array whose first axis counts them. They and a
        broadcast.
    mode: numbers that no array has 'raise' ValueError, 'wrap' around, or 'clip' to the first and
        the last.
    Returns the common dtype of the choices. Raises TypeError for what are no integers, ValueError
    for another mode, without choices, and where shapes do not broadcast, here or when the function
    runs. Derivatives go to what is chosen.

    >>> T.choose([1, 0], [[10, 20], [30, 40]]).eval()
    array([30, 20])
    """
    a = as_index(a, "choose: the number of a choice")
    if isinstance(choices, list | tuple):
        parts = as_tensors(*choices)
    else:
        choices = as_tensor(choices)
        if choices.type.ndim == 0:
            raise TypeError(f"choose takes several arrays, not the scalar {choices}")
        known = choices.type.shape[0]
        few = known is not None and known <= COMPARED
        parts = [getitem(choices, number) for number in range(known)] if few else [choices]
        if not few:
            return _from_stack(_number(a, extent_of(choices, 0), mode), choices)
    if not parts:
        raise ValueError("choose: there is nothing to choose from")
    a = _number(a, as_tensor(np.int64(len(parts))), mode)
    result = parts[-1]
    for number in reversed(range(len(parts) - 1)):
        result = switch(eq(a, number), parts[number], result)
    # One choice alone has the shape of both, too.
    return result if len(parts) > 1 else switch(eq(a, 0), result, result)


def _number(a: Variable, count: Variable, mode: str) -> Variable:
    """The number of a choice for each element, of so many. Raises ValueError."""
    if mode == "raise":
        return Require("choose: the number of a choice", "within bounds")(a, a, count)
    return within(a, count, mode, "choose")


def _from_stack(a: Variable, choices: Variable) -> Variable:
    """Elements of `choices[a]`, where the axes of a stand beside those behind the first."""
    ndim = max(a.type.ndim, choices.type.ndim - 1)
    order = [0, *["x"] * (ndim + 1 - choices.type.ndim), *range(1, choices.type.ndim)]
    choices, a = dimshuffle(choices, order), shape_padleft(a, ndim - a.type.ndim)
    shape = common_extents(None, [a, getitem(choices, 0)], None, "choose")
    wide = broadcast_to(choices, [extent_of(choices, 0), *shape])
    return getitem(wide, (broadcast_to(a, shape), *open_grid(shape)))


def compress(condition: TensorLike, x: TensorLike, axis: int | None = None) -> Variable:
    """Select along an axis what a vector of truth values says.

    condition: a vector of truth values, or of numbers, of which 0 is false. It may be shorter than
        the axis, and longer where it is false.
    x: an array of any rank.
    axis: an int; None for the flattened array.
    Returns the dtype of x. Raises TypeError for what is no vector, ValueError for another axis,
    IndexError when the function runs where something is selected that is not there.

    >>> T.compress([False, True, True], [10, 20, 30]).eval()
    array([20, 30])
    """
    condition = as_tensor(condition)
    if condition.type.ndim != 1:
        raise TypeError(f"compress: the condition is a vector, not {condition} ({condition.type})")
    return take(x, flatnonzero(condition), axis)


def take_along_axis(x: TensorLike, indices: TensorLike, axis: int | None = -1) -> Variable:
    """Select elements along an axis, by an index for each place.

    x: an array.
    indices: integers, of the rank of x; on the other axes they and x broadcast.
    axis: an int; None for the flattened array, with a vector of indices.
    Returns the dtype of x. Raises TypeError for what are no integers and for another rank,
    ValueError for another axis, IndexError where an index is out of bounds, here or when the
    function runs.

    >>> T.take_along_axis([[10, 20], [30, 40]], [[1], [0]], axis=1).eval()
    array([[20],
           [30]])
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = flatten(x), 0
    axis = normal_axis(axis, x, "take_along_axis")
    places = as_index(indices, f"take_along_axis: the index of {x}")
    if places.type.ndim != x.type.ndim:
        raise TypeError(
            f"take_along_axis: {places} ({places.type}) has another rank than {x} ({x.type})"
        )
    grid = open_grid(extents_of(x))
    return getitem(x, (*grid[:axis], places, *grid[axis + 1 :]))


def inverse_permutation(perm: TensorLike) -> Variable:
    """Invert permutations: the result tells where each of 0, 1, ... stands.

    perm: a vector of integers, or an array with a permutation in each row of the last axis.
    Returns the shape and dtype of perm. Raises TypeError for what are no integers, IndexError when
    the function runs where one is out of bounds.

    >>> T.inverse_permutation([2, 0, 1]).eval()
    array([1, 2, 0])
    """
    perm = as_tensor(perm)
    if perm.type.ndim == 0:
        raise TypeError(f"inverse_permutation takes a vector, not the scalar {perm}")
    places = as_index(perm, "inverse_permutation: a place")
    rows = open_grid(extents_of(perm))[:-1]
    count = arange(extent_of(perm, perm.type.ndim - 1), dtype=perm.type.dtype)
    return set_subtensor(getitem(zeros_like(perm), (*rows, places)), count)


def permute_row_elements(x: TensorLike, y: TensorLike, inverse: bool = False) -> Variable:
    """Permute the elements of each row, along the last axis.

    x: an array of at least one dimension.
    y: permutations: a vector for all rows, or a row for each; on the axes before the last, x and y
        broadcast.
    inverse: whether each permutation is inverted: `permute_row_elements(z, y, True)` undoes
        `z = permute_row_elements(x, y)`.
    Returns the dtype of x. Raises TypeError for what are no integers, IndexError where one is out
    of bounds, here or when the function runs.

    >>> T.permute_row_elements([[1, 2, 3], [4, 5, 6]], [2, 0, 1]).eval()
    array([[3, 1, 2],
           [6, 4, 5]])
    """
    x, y = as_tensor(x), as_index(y, "permute_row_elements: a place")
    for operand in (x, y):
        if operand.type.ndim == 0:
            raise TypeError(f"permute_row_elements takes arrays, not the scalar {operand}")
    ndim = max(x.type.ndim, y.type.ndim)
    x, y = (shape_padleft(v, ndim - v.type.ndim) for v in (x, y))
    return take_along_axis(x, inverse_permutation(y) if inverse else y)


__all__ = [
    "choose",
    "compress",
    "inverse_permutation",
    "permute_row_elements",
    "take_along_axis",
]
