"""Places in arrays: an index for each axis, or one into the flattened array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symgraph.graph import Variable
from symgraph.ops.constant import IntLike, ShapeLike, TensorLike, as_tensor, constant
from symgraph.ops.requirement import Require
from symgraph.ops.scalar_table import floor_div, invert, mod
from symgraph.tensor.creation import tri
from symgraph.tensor.indexing import as_index, getitem, within
from symgraph.tensor.masks import nonzero
from symgraph.tensor.reshaping import not_negative, product_of, shape_list


def _sizes(dims: Any, order: str, ndim: int | None, what: str) -> list[Variable]:
    """The extents from the axis that changes most slowly to that which changes fastest."""
    if order not in ("C", "F"):
        raise ValueError(f"{what}: order={order!r} is neither 'C' nor 'F'")
    sizes = not_negative(shape_list(dims, what, ndim), what)
    return sizes if order == "C" else sizes[::-1]


def unravel_index(
    indices: TensorLike, dims: ShapeLike, order: str = "C", ndim: int | None = None
) -> tuple[Variable, ...]:
    """Convert indices into a flattened array to an index for each axis.

    indices: integers of any shape.
    dims: the shape of the array: an int, a sequence of ints and integer scalars, or an integer
        vector.
    order: whether the last index changes fastest, 'C', or the first, 'F'.
    ndim: the length of `dims`, needed for a vector of unknown length.
    Returns a tuple of int64 arrays of the shape of `indices`. Raises TypeError for what are no
    integers, ValueError for another order, and when the function runs where an index is out of
    bounds.

    >>> [place.eval() for place in T.unravel_index([0, 5], (2, 3))]
    [array([0, 1]), array([0, 2])]
    """
    sizes = _sizes(dims, order, ndim, "unravel_index")
    left = as_index(indices, "unravel_index: an index")
    left = Require("unravel_index: an index", "within bounds")(left, left, product_of(sizes))
    places = []
    for size in reversed(sizes[1:]):
        places.append(mod(left, size))
        left = floor_div(left, size)
    places.append(left)
    return tuple(places if order == "F" else places[::-1])


def ravel_multi_index(
    multi_index: Sequence[TensorLike] | Variable,
    dims: ShapeLike,
    mode: str = "raise",
    order: str = "C",
) -> Variable:
    """Convert an index for each axis to indices into the flattened array.

    multi_index: integers for each axis, in a sequence or along the first axis of an array; they
        broadcast.
    dims: the shape of the array: an int, a sequence of ints and integer scalars, or an integer
        vector.
    mode: indices out of bounds 'raise' ValueError, 'wrap' around, or 'clip' to the ends.
    order: whether the last index changes fastest, 'C', or the first, 'F'.
    Returns int64. Raises TypeError for what are no integers, ValueError for another mode or order,
    and for another number of axes.

    >>> T.ravel_multi_index(([0, 1], [0, 2]), (2, 3)).eval()
    array([0, 5])
    """
    what = "ravel_multi_index"
    if isinstance(multi_index, Variable):
        count = multi_index.type.shape[0] if multi_index.type.ndim else None
        if count is None:
            count = len(_sizes(dims, order, None, what))
        multi_index = [getitem(multi_index, axis) for axis in range(count)]
    given = list(multi_index)
    sizes = _sizes(dims, order, len(given), what)
    total: Any = constant(0, "int64")
    for index, size in zip(given if order == "C" else given[::-1], sizes, strict=True):
        place = as_index(index, f"{what}: an index")
        if mode == "raise":
            place = Require(f"{what}: an index", "within bounds")(place, place, size)
        total = total * size + within(place, size, mode, what)
    return total


def tril_indices(n: IntLike, k: IntLike = 0, m: IntLike | None = None) -> tuple[Variable, Variable]:
    """Return the rows and the columns of the elements on and below a diagonal of a matrix.

    n, m: the numbers of rows and columns, ints or integer scalars; m is n unless given.
    k: which diagonal: 0 for the main one, positive above it, negative below it.
    Returns two int64 vectors, in C order.

    >>> [place.eval() for place in T.tril_indices(2)]
    [array([0, 1, 1]), array([0, 0, 1])]
    """
    rows, columns = nonzero(tri(n, m, k, dtype="bool"))
    return rows, columns


def triu_indices(n: IntLike, k: IntLike = 0, m: IntLike | None = None) -> tuple[Variable, Variable]:
    """Return the rows and the columns of the elements on and above a diagonal of a matrix.

    n, m: the numbers of rows and columns, ints or integer scalars; m is n unless given.
    k: which diagonal: 0 for the main one, positive above it, negative below it.
    Returns two int64 vectors, in C order.

    >>> [place.eval() for place in T.triu_indices(2)]
    [array([0, 0, 1]), array([0, 1, 1])]
    """
    rows, columns = nonzero(invert(tri(n, m, as_tensor(k) - 1, dtype="bool")))
    return rows, columns


__all__ = [
    "ravel_multi_index",
    "tril_indices",
    "triu_indices",
    "unravel_index",
]
