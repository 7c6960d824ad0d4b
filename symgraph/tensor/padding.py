"""Arrays with something put around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgraph.graph import Extent, Variable
from symgraph.ops.constant import TensorLike, as_tensor
from symgraph.ops.extent_arithmetic import added
from symgraph.ops.scalar_table import cast, clip, floor, maximum, minimum, mod, round
from symgraph.ops.shape import as_extent, extent_of, extents_of
from symgraph.tensor.creation import arange, full
from symgraph.tensor.indexing import getitem, set_subtensor, take
from symgraph.tensor.manipulation import concatenate, dimshuffle
from symgraph.tensor.reduction import max as largest
from symgraph.tensor.reduction import mean
from symgraph.tensor.reduction import min as smallest
from symgraph.tensor.reshaping import not_negative

# For an extent n: from which place of the axis each place is taken, those before it being negative.
PLACES: dict[str, Callable[[Variable, Variable], Variable]] = {
    "edge": lambda place, n: clip(place, 0, n - 1),
    "wrap": lambda place, n: mod(place, n),
    "reflect": lambda place, n: _reflected(place, maximum(2 * (n - 1), 1), 0),
    "symmetric": lambda place, n: _reflected(place, 2 * n, 1),
}
# What stands for all of the elements, or those next to the edge.
STATISTICS: dict[str, Callable[..., Variable]] = {
    "maximum": largest,
    "mean": mean,
    "minimum": smallest,
}


def padded(x: Variable, pads: Sequence[tuple[Extent, Extent]], value: Any = 0) -> Variable:
    """`x` with `value` put before and behind it on its last axes: so many times, for each."""
    if all(isinstance(after, int) and before == after == 0 for before, after in pads):
        return x
    outer = x.type.ndim - len(pads)
    extents = extents_of(x)
    wide: list[Any] = list(extents[:outer])
    inner: list[Any] = [slice(None)] * outer
    for extent, (before, after) in zip(extents[outer:], pads, strict=True):
        wide.append(added(extent, before, after))
        inner.append(slice(before, added(extent, before)))
    blank = full(wide, value, x.type.dtype)
    return set_subtensor(getitem(blank, tuple(inner)), x)


def with_edges(x: Variable, axis: int) -> Variable:
    """`x` with its first and last slice along `axis` repeated once."""
    before = (slice(None),) * axis
    first, last = x[(*before, slice(None, 1))], x[(*before, slice(-1, None))]
    return concatenate([first, x, last], axis=axis)


def pad(
    x: TensorLike,
    pad_width: Any,
    mode: str = "constant",
    constant_values: TensorLike = 0,
    end_values: TensorLike = 0,
    stat_length: int | None = None,
) -> Variable:
    """Put elements before and behind those on each axis.

    x: an array of at least one dimension.
    pad_width: how many: an int or integer scalar, a pair (before, behind), or a sequence with such
        a pair for each axis.
    mode: what is put there: 'constant' numbers; the 'edge' elements; the elements again, as they
        'wrap' around, or 'reflect' in the first and last element, or in the edge itself,
        'symmetric'; the 'maximum', 'minimum' or 'mean' of the axis; or a 'linear_ramp' from the
        edge to an end value.
    constant_values: of mode 'constant', a scalar.
    end_values: of mode 'linear_ramp', a scalar, at the very ends.
    stat_length: over how many elements next to the edge the statistics of the modes 'maximum',
        'minimum' and 'mean' go; all unless given.
    Returns the dtype of x. Raises TypeError for a width that is no integer, ValueError for a
    negative one and for another mode, here or when the function runs; IndexError or ValueError
    where an element is taken of an empty axis. Compare numpy.pad.

    >>> T.pad([1, 2, 3], (1, 2)).eval(), T.pad([1, 2, 3], 2, "reflect").eval()
    (array([0, 1, 2, 3, 0, 0]), array([3, 2, 1, 2, 3, 2, 1]))
    """
    x = as_tensor(x)
    widths = _widths(pad_width, x)
    if mode == "constant":
        return padded(x, widths, constant_values)
    if mode not in (*PLACES, *STATISTICS, "linear_ramp"):
        known = ", ".join(sorted(("constant", "linear_ramp", *PLACES, *STATISTICS)))
        raise ValueError(f"pad: mode={mode!r} is none of {known}")
    for axis, (before, behind) in enumerate(widths):
        extent = extent_of(x, axis)
        if mode in PLACES:
            places = arange(-before, extent + behind)
            x = take(x, PLACES[mode](places, extent), axis)
            continue
        if mode == "linear_ramp":
            parts = _ramps(x, axis, before, behind, as_tensor(end_values))
        else:
            parts = _statistics(x, axis, before, behind, STATISTICS[mode], stat_length)
        x = concatenate([parts[0], x, parts[1]], axis=axis)
    return x


def _reflected(place: Variable, period: Variable, beyond: int) -> Variable:
    """The place that a mirror at both ends shows: so it goes to and fro in each period."""
    place = mod(place, period)
    return minimum(place, period - beyond - place)


def _widths(pad_width: Any, x: Variable) -> list[tuple[Variable, Variable]]:
    """How much is put before and behind each axis. Raises TypeError, ValueError."""
    ndim = x.type.ndim
    given = pad_width.tolist() if isinstance(pad_width, np.ndarray) else pad_width
    if not isinstance(given, list | tuple):
        pairs = [(given, given)] * ndim
    elif len(given) == 2 and not any(isinstance(width, list | tuple) for width in given):
        pairs = [tuple(given)] * ndim
    else:
        pairs = [tuple(pair) if isinstance(pair, list | tuple) else (pair,) for pair in given]
        pairs = [pair * 2 if len(pair) == 1 else pair for pair in pairs]
        pairs = pairs * ndim if len(pairs) == 1 else pairs
    if len(pairs) != ndim or any(len(pair) != 2 for pair in pairs):
        raise ValueError(
            f"pad: {pad_width} is no pair of widths for each of the {ndim} axes of {x} ({x.type})"
        )
    found = []
    for pair in pairs:
        before, behind = (as_extent(width, "pad: a width") for width in pair)
        found.append(tuple(not_negative([before, behind], "pad")))
    return found  # type: ignore[return-value]


def _statistics(
    x: Variable,
    axis: int,
    before: Variable,
    behind: Variable,
    statistic: Callable[..., Variable],
    length: int | None,
) -> list[Variable]:
    """What stands for the elements next to each edge, as often as it is put there."""
    parts = []
    ends = (slice(None, length), slice(None if length is None else -length, None))
    for width, end in zip((before, behind), ends, strict=True):
        near = getitem(x, (*(slice(None),) * axis, end))
        found = statistic(near, axis=axis, keepdims=True)
        if np.dtype(x.type.dtype).kind in "iu":
            found = round(found)
        parts.append(take(cast(found, x.type.dtype), _same_place(width), axis))
    return parts


def _same_place(width: Variable) -> Variable:
    return full([width], np.int64(0))


def _ramps(
    x: Variable, axis: int, before: Variable, behind: Variable, end: Variable
) -> list[Variable]:
    """Numbers from the end value up to the edge, and from the other edge on to it."""
    ndim, integers = x.type.ndim, np.dtype(x.type.dtype).kind in "iu"
    parts = []
    for width, edge, backwards in ((before, 0, False), (behind, -1, True)):
        steps = arange(width)
        places = width - steps if not backwards else steps + 1
        shares = places / maximum(width, 1)
        shares = dimshuffle(shares, ["x"] * axis + [0] + ["x"] * (ndim - axis - 1))
        if not integers:
            shares = cast(shares, x.type.dtype)
        beside = take(x, [edge], axis)
        numbers = beside * (1 - shares) + cast(end, x.type.dtype) * shares
        parts.append(cast(floor(numbers) if integers else numbers, x.type.dtype))
    return parts


__all__ = [
    "pad",
]
