"""Axes joined to one and split again, and arrays of several shapes packed into one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from symgraph.graph import Variable
from symgraph.ops.constant import ShapeLike, TensorLike, as_tensor, as_tensors
from symgraph.ops.shape import extents_of
from symgraph.tensor.manipulation import concatenate, normal_axis
from symgraph.tensor.reshaping import not_negative, product_of, reshape, shape_list, split

# Axes at both ends that stay as they are: see `pack`.
KeptAxes: TypeAlias = int | Sequence[int] | None


def join_dims(x: TensorLike, start_axis: int = 0, n_axes: int | None = None) -> Variable:
    """Join neighbouring axes to one.

    x: an array.
    start_axis: the first of the axes.
    n_axes: how many; all from the first on unless given. Of none there comes a new axis of
        extent 1.
    Returns the elements in C order. Raises ValueError for axes that are not there.

    >>> T.join_dims(T.zeros((2, 3, 4)), 1).shape.eval()
    array([ 2, 12])
    """
    x = as_tensor(x)
    ndim = x.type.ndim
    start = ndim if start_axis == ndim else normal_axis(start_axis, x, "join_dims")
    count = ndim - start if n_axes is None else n_axes
    if not 0 <= count <= ndim - start:
        raise ValueError(f"join_dims: {x} ({x.type}) has no {n_axes} axes from {start_axis} on")
    extents = extents_of(x)
    joined = product_of(extents[start : start + count])
    return reshape(x, [*extents[:start], joined, *extents[start + count :]])


def split_dims(x: TensorLike, shape: ShapeLike, axis: int = 0) -> Variable:
    """Split an axis into several.

    x: an array.
    shape: their extents, of which one may be -1: a sequence of ints and integer scalars, or an
        integer vector of known length.
    axis: which axis.
    Returns the elements in C order. Raises ValueError for an axis that is not there, and where the
    numbers of elements differ, here or when the function runs.

    >>> T.split_dims(T.zeros((2, 12)), (3, -1), axis=1).shape.eval()
    array([2, 3, 4])
    """
    x = as_tensor(x)
    at = normal_axis(axis, x, "split_dims")
    extents = extents_of(x)
    return reshape(x, [*extents[:at], *shape_list(shape, "split_dims"), *extents[at + 1 :]])


def _ends(keep_axes: KeptAxes, what: str) -> tuple[int, int]:
    """How many of the first and of the last axes are kept. Raises ValueError."""
    kept = () if keep_axes is None else (keep_axes,) if isinstance(keep_axes, int) else keep_axes
    first, last = sorted(a for a in kept if a >= 0), sorted(a for a in kept if a < 0)
    if first != list(range(len(first))) or last != list(range(-len(last), 0)):
        raise ValueError(
            f"{what}: keep_axes are some of the first axes, 0, 1, ..., and of the last ones, -1,"
            f" -2, ..., not {keep_axes}"
        )
    return len(first), len(last)


def pack(*tensors: TensorLike, keep_axes: KeptAxes = None) -> tuple[Variable, list[list[Variable]]]:
    """Join arrays of several shapes into one, along an axis that takes the place of several.

    tensors: arrays, of which the kept axes agree; the number of others may differ.
    keep_axes: the axes that stay: some of the first, counted from 0, and of the last, counted from
        -1; none, for a vector, unless given.
    Returns the packed array, of the common dtype, and a list of the extents that `unpack` needs for
    each array. Raises ValueError for other axes, for an array that has fewer, and where extents of
    kept axes differ, here or when the function runs.

    >>> vector, shapes = T.pack([[1, 2], [3, 4]], 5, [6])
    >>> vector.eval()
    array([1, 2, 3, 4, 5, 6])
    """
    if not tensors:
        raise ValueError("pack: nothing to pack")
    first, last = _ends(keep_axes, "pack")
    shapes, flat = [], []
    for x in as_tensors(*tensors):
        if x.type.ndim < first + last:
            raise ValueError(f"pack: {x} ({x.type}) has no {first + last} axes to keep")
        stop = x.type.ndim - last
        shapes.append(extents_of(x)[first:stop])
        flat.append(join_dims(x, first, stop - first))
    return concatenate(flat, axis=first), shapes


def unpack(
    packed: TensorLike, packed_shapes: Sequence[Sequence[Any]], keep_axes: KeptAxes = None
) -> list[Variable]:
    """Split an array into those that `pack` joined.

    packed: an array whose packed axis has as many elements as the shapes together.
    packed_shapes: the extents that take the place of that axis in each array, as `pack` returns
        them; ints will do as well.
    keep_axes: as in `pack`.
    Returns a list of arrays. Raises ValueError for an array of another number of dimensions, and
    where the extents make up another number of elements, here or when the function runs.

    >>> vector, shapes = T.pack([[1, 2], [3, 4]], 5, [6])
    >>> [part.eval() for part in T.unpack(vector, shapes)]
    [array([[1, 2],
           [3, 4]]), array(5), array([6])]
    """
    packed = as_tensor(packed)
    first, last = _ends(keep_axes, "unpack")
    if packed.type.ndim != first + last + 1:
        raise ValueError(
            f"unpack: {packed} ({packed.type}) has not one axis beside the {first + last} kept"
        )
    shapes = [not_negative(shape_list(list(s), "unpack"), "unpack") for s in packed_shapes]
    parts = split(packed, list(map(product_of, shapes)), len(shapes), axis=first)
    return [split_dims(part, s, axis=first) for part, s in zip(parts, shapes, strict=True)]


__all__ = [
    "join_dims",
    "pack",
    "split_dims",
    "unpack",
]
