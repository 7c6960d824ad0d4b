"""Shapes given by the user: reshaping, broadcasting, specifying and splitting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from symgraph.graph import Constant, Variable
from symgraph.ops.broadcast import BroadcastTo
from symgraph.ops.constant import ShapeLike, TensorLike, as_tensor, constant
from symgraph.ops.extent_arithmetic import added, as_scalar, as_size, multiplied
from symgraph.ops.reshape import Reshape
from symgraph.ops.scalar_table import eq, maximum, switch
from symgraph.ops.shape import SpecifyShape, as_extent, extents_of, is_extent, known_extent
from symgraph.ops.subtensor import Slice, Subtensor
from symgraph.tensor.manipulation import normal_axis, shape_padleft, stacked_scalar


def shape_list(new_shape: Any, what: str, ndim: int | None = None) -> list[Variable]:
    """A shape as int64 scalars: given as an int, a sequence of ints and scalars, or an integer
    vector, whose length must be known or said by `ndim`. Raises TypeError and ValueError."""
    entries: Sequence[Any]
    if isinstance(new_shape, Variable) and new_shape.type.ndim == 1:
        length = new_shape.type.shape[0]
        if length is None and ndim is None:
            raise TypeError(
                f"{what}: the length of the shape {new_shape} ({new_shape.type}) is not known;"
                " say it with ndim="
            )
        if length is None:
            new_shape = SpecifyShape((ndim,))(new_shape, constant(ndim, "int64"))
        entries = _entries(new_shape, new_shape.type.shape[0])
    elif isinstance(new_shape, np.ndarray):
        entries = list(np.atleast_1d(new_shape))
    else:
        entries = new_shape if isinstance(new_shape, list | tuple) else [new_shape]
    if ndim is not None and len(entries) != ndim:
        raise ValueError(f"{what}: {len(entries)} extents given, but ndim={ndim}")
    return [_extent(entry, what) for entry in entries]


def _extent(value: Any, what: str) -> Variable:
    extent = as_extent(value, f"{what}: an extent")
    return as_size(extent)


def not_negative(extents: Sequence[Variable], what: str) -> list[Variable]:
    for extent in extents:
        if isinstance(extent, Constant) and int(extent.data) < 0:
            raise ValueError(f"{what}: the extent {int(extent.data)} is negative")
    return list(extents)


def product_of(extents: Sequence[Variable]) -> Variable:
    """The number of elements; a constant where all extents are known."""
    return as_scalar(multiplied(*extents))


def _entries(vector: Variable, count: int) -> list[Variable]:
    """The first `count` elements of a vector, as scalars."""
    found = []
    for position in range(count):
        scalar = stacked_scalar(vector, position)
        found.append(Subtensor(("int",))(vector, constant(position)) if scalar is None else scalar)
    return found


def reshape(x: TensorLike, new_shape: ShapeLike, ndim: int | None = None) -> Variable:
    """Give the elements of x, in C order, another shape.

    x: an array of any rank.
    new_shape: an int, a sequence of ints and integer scalars, or an integer vector. One extent may
        be -1, which is found from the others; a symbolic one, too, may turn out to be -1.
    ndim: the number of extents, needed where the shape is a vector of unknown length.
    Returns the dtype of x. Raises TypeError for an extent that is no integer, ValueError where the
    numbers of elements differ, here or when the function runs.

    >>> T.reshape([1, 2, 3, 4], (2, -1)).eval()
    array([[1, 2],
           [3, 4]])
    """
    x = as_tensor(x)
    extents = shape_list(new_shape, "reshape", ndim)
    negative = [int(e.data) for e in extents if isinstance(e, Constant) and int(e.data) < 0]
    if negative not in ([], [-1]):
        raise ValueError(f"reshape of {x} ({x.type}): one extent may be -1, got {new_shape}")
    if negative:
        return _reshape_open(x, extents)
    resolved = [_resolved(x, extents, axis) for axis in range(len(extents))]
    return Reshape(tuple(map(known_extent, resolved)))(x, *resolved)


def _reshape_open(x: Variable, extents: list[Variable]) -> Variable:
    """A reshape in which the constant -1 stands for one extent."""
    axis = next(a for a, e in enumerate(extents) if isinstance(e, Constant) and int(e.data) == -1)
    if len(extents) == 1:
        return flatten(x)
    known = [known_extent(extent) for extent in extents]
    others = [k for a, k in enumerate(known) if a != axis]
    if None not in x.type.shape and None not in others:
        size, rest = math.prod(x.type.shape), math.prod(others)  # type: ignore[arg-type]
        if rest == 0 or size % rest:
            listed = ", ".join(map(str, extents))
            raise ValueError(f"{x} ({x.type}) of {size} elements cannot be reshaped to ({listed})")
        known[axis] = size // rest
        extents[axis] = constant(size // rest, "int64")
    return Reshape(tuple(known))(x, *extents)


def _resolved(x: Variable, extents: Sequence[Variable], axis: int) -> Variable:
    """The extent on `axis`, or what the others leave where it turns out to be -1."""
    extent = extents[axis]
    if isinstance(extent, Constant) or is_extent(extent):
        return extent
    others = product_of([other for a, other in enumerate(extents) if a != axis])
    left = product_of(extents_of(x)) // maximum(others, 1)
    return switch(eq(extent, -1), left, extent)


def flatten(x: TensorLike, ndim: int = 1) -> Variable:
    """Join the last axes to one, so that `ndim` of them remain.

    x: an array of any rank.
    ndim: 1 for a vector.
    Returns the elements in C order. Raises ValueError for more dimensions than x has.

    >>> T.flatten([[1, 2], [3, 4]]).eval()
    array([1, 2, 3, 4])
    """
    x = as_tensor(x)
    if not 1 <= ndim <= max(x.type.ndim, 1):
        raise ValueError(f"flatten: {x} ({x.type}) cannot have {ndim} dimensions")
    if ndim == x.type.ndim:
        return x
    extents = extents_of(x)
    joined = [*extents[: ndim - 1], product_of(extents[ndim - 1 :])]
    return Reshape(tuple(map(known_extent, joined)))(x, *joined)


def ravel(x: TensorLike) -> Variable:
    """Return all elements as a vector, in C order.

    x: an array of any rank.

    >>> T.ravel([[1, 2], [3, 4]]).eval()
    array([1, 2, 3, 4])
    """
    return flatten(x)


def broadcast_to(x: TensorLike, new_shape: ShapeLike) -> Variable:
    """Repeat x to another shape, as by NumPy's broadcasting.

    x: an array of any rank.
    new_shape: an int, a sequence of ints and integer scalars, or an integer vector.
    Returns a view. Raises TypeError for an extent that is no integer, ValueError where x does not
    fit, here or when the function runs.

    >>> T.broadcast_to([1, 2], (2, 2)).eval()
    array([[1, 2],
           [1, 2]])
    """
    x = as_tensor(x)
    extents = not_negative(shape_list(new_shape, "broadcast_to"), "broadcast_to")
    if len(extents) < x.type.ndim:
        raise ValueError(f"broadcast_to: {x} ({x.type}) has more than {len(extents)} dimensions")
    if not extents:
        return x
    padded = shape_padleft(x, len(extents) - x.type.ndim)
    return BroadcastTo(tuple(map(known_extent, extents)))(padded, *extents)


def specify_shape(x: TensorLike, new_shape: Any) -> Variable:
    """Declare extents of x, which are checked when the function runs.

    x: an array of any rank.
    new_shape: for each axis an int, an integer scalar, or None where nothing is declared.
    Returns x; what is known of its shape lets mistakes be found early. Raises ValueError where an
    extent is another, here or when the function runs.

    >>> T.specify_shape(T.dmatrix("x"), (None, 3)).type.shape
    (None, 3)
    """
    x = as_tensor(x)
    if isinstance(new_shape, list | tuple):
        # What is not said is the extent itself.
        own = [*extents_of(x), *[constant(0)] * len(new_shape)]
        new_shape = [own[a] if want is None else want for a, want in enumerate(new_shape)]
    extents = not_negative(shape_list(new_shape, "specify_shape"), "specify_shape")
    return SpecifyShape(tuple(map(known_extent, extents)))(x, *extents)


def addbroadcast(x: TensorLike, *axes: int) -> Variable:
    """Declare that extents of x are 1, so that it broadcasts along those axes.

    x: an array of any rank.
    axes: ints; checked when the function runs.
    Raises ValueError for another extent, here or when the function runs, and for an axis out of
    range.

    >>> T.addbroadcast(T.dmatrix("x"), 0).type.shape
    (1, None)
    """
    x = as_tensor(x)
    ones = {normal_axis(axis, x, "addbroadcast") for axis in axes}
    return specify_shape(x, [1 if a in ones else None for a in range(x.type.ndim)])


def unbroadcast(x: TensorLike, *axes: int) -> Variable:
    """Return x with extents that its type no longer says to be 1.

    x: an array of any rank.
    axes: ints, on which nothing is known of the extent then. How x broadcasts does not change: that
        is decided by the extents, when the function runs.
    Returns a view; x itself where its type knows none of these extents. Raises ValueError for an
    axis out of range. Derivative: 1.

    >>> T.unbroadcast(T.drow("x"), 0).type.shape
    (None, None)
    """
    x = as_tensor(x)
    loose = {normal_axis(axis, x, "unbroadcast") for axis in axes}
    shape = [None if a in loose else extent for a, extent in enumerate(x.type.shape)]
    return x if tuple(shape) == x.type.shape else Reshape(shape)(x, *extents_of(x))


def patternbroadcast(x: TensorLike, broadcastable: Sequence[bool]) -> Variable:
    """Declare of each axis whether its extent is 1: both what it is and what is not known of it.

    x: an array of any rank.
    broadcastable: for each axis whether its extent is 1, which is checked when the function runs.
    Returns a view. Raises ValueError for another number of axes, and where an extent is not 1, here
    or when the function runs.

    >>> T.patternbroadcast(T.dmatrix("x"), (True, False)).type.shape
    (1, None)
    """
    x = as_tensor(x)
    if len(broadcastable) != x.type.ndim:
        raise ValueError(
            f"patternbroadcast: {len(broadcastable)} axes for the {x.type.ndim} of {x} ({x.type})"
        )
    ones = [axis for axis, flag in enumerate(broadcastable) if flag]
    others = [a for a, extent in enumerate(x.type.shape) if extent == 1 and a not in ones]
    return addbroadcast(unbroadcast(x, *others), *ones)


def split(
    x: TensorLike, splits_size: ShapeLike, n_splits: int | None = None, axis: int = 0
) -> list[Variable]:
    """Split x into parts along an axis.

    x: an array of any rank.
    splits_size: the extent of each part: ints and integer scalars, or an integer vector; their sum
        is the extent of x on the axis.
    n_splits: how many parts, needed for a vector of unknown length.
    axis: an int.
    Returns a list of views. Raises TypeError for sizes that are no integers, ValueError where their
    sum is another, here or when the function runs.

    >>> [part.eval() for part in T.split([1, 2, 3], [1, 2])]
    [array([1]), array([2, 3])]
    """
    x = as_tensor(x)
    axis = normal_axis(axis, x, "split")
    sizes = not_negative(shape_list(splits_size, "split", n_splits), "split")
    starts: list[Variable] = [constant(0, "int64")]
    for size in sizes:
        starts.append(as_scalar(added(starts[-1], size)))
    total, extent = known_extent(starts[-1]), x.type.shape[axis]
    if total is not None and extent is not None and total != extent:
        listed = ", ".join(map(str, sizes))
        raise ValueError(
            f"split: the sizes {listed} make up {total}, not the {extent} of {x} ({x.type})"
        )
    if total is None or extent is None:
        x = specify_shape(x, [starts[-1] if a == axis else None for a in range(x.type.ndim)])
    template = (Slice(),) * axis + (Slice(start=True, stop=True),)
    return [Subtensor(template)(x, *bounds) for bounds in pairwise(starts)]


__all__ = [
    "addbroadcast",
    "broadcast_to",
    "flatten",
    "patternbroadcast",
    "ravel",
    "reshape",
    "specify_shape",
    "split",
    "unbroadcast",
]
