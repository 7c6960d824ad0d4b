"""Arrays repeated and turned round along axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Constant, Variable
from symgraph.ops.broadcast import BroadcastTo
from symgraph.ops.constant import IntLike, ShapeLike, TensorLike, as_tensor, constant
from symgraph.ops.creation import Join
from symgraph.ops.reduce import total
from symgraph.ops.requirement import Require
from symgraph.ops.reshape import Reshape
from symgraph.ops.scalar_table import cast, maximum, mod
from symgraph.ops.shape import as_extent, extent_of, extents_of, known_extent
from symgraph.ops.subtensor import Slice, Subtensor
from symgraph.tensor.accumulation import cumsum
from symgraph.tensor.creation import zeros
from symgraph.tensor.indexing import as_index, getitem, inc_subtensor, take
from symgraph.tensor.manipulation import dimshuffle, join, normal_axis, shape_padleft
from symgraph.tensor.reshaping import (
    broadcast_to,
    flatten,
    not_negative,
    product_of,
    reshape,
    shape_list,
)


def _spread(x: Variable, counts: Sequence[Variable], behind: bool) -> Variable:
    """`x` with each axis repeated `counts` times: element by element where the new axis stands
    behind the old one, else as a whole."""
    order: list[int | str] = []
    wide: list[Variable] = []
    joined: list[Variable] = []
    for axis, (extent, count) in enumerate(zip(extents_of(x), counts, strict=True)):
        if isinstance(count, Constant) and count.data == 1:
            order.append(axis)
            wide.append(extent)
        else:
            order.extend([axis, "x"] if behind else ["x", axis])
            wide.extend([extent, count] if behind else [count, extent])
        joined.append(product_of([extent, count]))
    spread = BroadcastTo(tuple(map(known_extent, wide)))(dimshuffle(x, order), *wide)
    return Reshape(tuple(map(known_extent, joined)))(spread, *joined)


def tile(x: TensorLike, reps: ShapeLike, ndim: int | None = None) -> Variable:
    """Repeat x as a whole along each axis.

    x: an array of any rank.
    reps: how often: an int, a sequence of ints and integer scalars, or an integer vector; it counts
        for the last axes, where it is shorter than the rank of the result.
    ndim: the rank of the result, needed for a vector of unknown length; the longer of the rank of x
        and the length of `reps` unless given.
    Raises TypeError for counts that are no integers, ValueError for negative ones and for more
    counts or axes than `ndim`, here or when the function runs.

    >>> T.tile([1, 2], 2).eval()
    array([1, 2, 1, 2])
    """
    x = as_tensor(x)
    if ndim is not None and ndim < x.type.ndim:
        raise ValueError(f"tile: ndim={ndim} is below the rank of {x} ({x.type})")
    if ndim is not None and isinstance(reps, Variable) and reps.type.shape == (None,):
        counts = shape_list(_padded(reps, ndim), "tile", ndim)
    else:
        counts = shape_list(reps, "tile")
    counts = not_negative(counts, "tile")
    rank = max(x.type.ndim, len(counts)) if ndim is None else ndim
    if len(counts) > rank:
        raise ValueError(f"tile: {len(counts)} counts given, but ndim={ndim}")
    counts = [constant(1, "int64")] * (rank - len(counts)) + counts
    return _spread(shape_padleft(x, rank - x.type.ndim), counts, behind=False) if rank else x


def _padded(counts: Variable, ndim: int) -> Variable:
    """A vector with as many ones before it as make it `ndim` long."""
    if np.dtype(counts.type.dtype).kind not in "iu":
        raise TypeError(f"tile: counts are integers, not {counts} ({counts.type})")
    length = extent_of(counts, 0)
    length = Require("tile: ndim, where low is the number of counts,", "at least low")(
        length, constant(ndim, "int64"), length
    )
    ones = BroadcastTo((None,))(constant([1], "int64"), constant(ndim, "int64") - length)
    return Join(0)(ones, cast(counts, "int64"))


def repeat(x: TensorLike, repeats: TensorLike, axis: int | None = None) -> Variable:
    """Repeat each element along an axis.

    x: an array of any rank.
    repeats: how often: an integer, or a vector with one for each place on the axis.
    axis: an int; None for the flattened array.
    Raises TypeError for a count that is no integer, ValueError for a negative one, for a vector of
    another length, here or when the function runs, and for another axis.

    >>> T.repeat([1, 2], 2).eval(), T.repeat([1, 2], [3, 1]).eval()
    (array([1, 1, 2, 2]), array([1, 1, 1, 2]))
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = flatten(x), 0
    axis = normal_axis(axis, x, "repeat")
    repeats = as_tensor(repeats)
    if repeats.type.ndim:
        return take(x, _places(x, axis, repeats), axis)
    (count,) = not_negative(shape_list([repeats], "repeat"), "repeat")
    ones = [constant(1, "int64")] * x.type.ndim
    return _spread(x, [*ones[:axis], count, *ones[axis + 1 :]], behind=True)


def _places(x: Variable, axis: int, repeats: Variable) -> Variable:
    """The place on an axis that each element comes from, where that at i is repeated so often as
    `repeats[i]` says."""
    what = "repeat: how often an element is repeated"
    if repeats.type.ndim != 1:
        raise TypeError(f"{what} is an integer or a vector of them, not {repeats} ({repeats.type})")
    counts = broadcast_to(Require(what, "at least 0")(as_index(repeats, what)), extent_of(x, axis))
    # As many elements end at or before a place as the number of the one that it comes from.
    size = total(counts)
    ended = inc_subtensor(getitem(zeros(size + 1, "int64"), cumsum(counts)), 1)
    return getitem(cumsum(ended), slice(None, size))


def roll(
    x: TensorLike, shift: IntLike | Sequence[IntLike], axis: int | Sequence[int] | None = None
) -> Variable:
    """Shift the elements cyclically along an axis, or several.

    x: an array of any rank.
    shift: by how many places: an int or an integer scalar, of either sign; or one for each axis.
    axis: an int, or several, of which one may stand twice; None for the flattened array.
    Returns the shape and dtype of x. Raises TypeError for a shift that is no integer, ValueError
    for another axis, and where there is another number of shifts.

    >>> T.roll([1, 2, 3], 1).eval()
    array([3, 1, 2])
    """
    x = as_tensor(x)
    if axis is None:
        return reshape(roll(flatten(x), shift, 0), extents_of(x))
    if isinstance(axis, list | tuple) or isinstance(shift, list | tuple):
        axes = list(axis) if isinstance(axis, list | tuple) else [axis]
        shifts = list(shift) if isinstance(shift, list | tuple) else [shift]
        count = max(len(axes), len(shifts))
        if {len(axes), len(shifts)} - {1, count}:
            raise ValueError(f"roll: {len(shifts)} shifts along {len(axes)} axes of {x} ({x.type})")
        pairs = zip(shifts * (count // len(shifts)), axes * (count // len(axes)), strict=True)
        for one, along in pairs:
            x = roll(x, one, along)
        return x
    axis = normal_axis(axis, x, "roll")
    amount, extent = as_extent(shift, "roll: the shift"), extent_of(x, axis)
    if isinstance(amount, Constant) and isinstance(extent, Constant):
        size = int(extent.data)
        cut: Variable = constant(size - int(amount.data) % max(size, 1), "int64")
    else:
        # Unsigned shifts count in uint64, whose larger numbers no int64 holds.
        dtype = "uint64" if amount.type.dtype == "uint64" else "int64"
        whole = cast(maximum(extent, 1), dtype)
        cut = extent - cast(mod(cast(amount, dtype), whole), "int64")
    before, behind = ((Slice(),) * axis + (Slice(**{bound: True}),) for bound in ("stop", "start"))
    return join(axis, Subtensor(behind)(x, cut), Subtensor(before)(x, cut))


__all__ = [
    "repeat",
    "roll",
    "tile",
]
