"""Windows that slide over the last axes of arrays, whose extents may be symbolic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Constant, Extent, Variable
from symgraph.ops.constant import constant
from symgraph.ops.extent_arithmetic import plain
from symgraph.ops.requirement import Require
from symgraph.ops.scalar_table import clip, switch
from symgraph.ops.shape import extents_of
from symgraph.ops.windows import Windows, fitting
from symgraph.tensor.creation import arange
from symgraph.tensor.indexing import getitem
from symgraph.tensor.manipulation import dimshuffle
from symgraph.tensor.nnet.conv import is_count, per_axis
from symgraph.tensor.reshaping import shape_list


def extents_per_axis(
    value: Any, spatial: int, what: str, demand: str = "at least 1"
) -> tuple[Extent, ...]:
    """An extent for each axis: an int or integer scalar (one serves all), several of them, or a
    vector. Symbolic ones are checked when the function runs. Raises ValueError."""
    if isinstance(value, Constant):
        value = value.data
    entries = list(value) if isinstance(value, list | tuple) else [value]
    if not any(isinstance(entry, Variable) for entry in entries):
        return _known(value, spatial, what, demand)
    single = isinstance(value, Variable) and value.type.ndim == 0
    scalars = shape_list(entries * spatial if single else value, what, spatial)
    found: list[Extent] = []
    for extent in map(plain, scalars):
        if isinstance(extent, int):
            extent = _known(extent, 1, what, demand)[0]
        else:
            extent = Require(what, demand)(extent)
        found.append(extent)
    return tuple(found)


def _known(value: Any, spatial: int, what: str, demand: str) -> tuple[int, ...]:
    if demand == "at least 1":
        return per_axis(value, spatial, what)
    value = value.tolist() if isinstance(value, np.ndarray) else value
    entries = list(value) if isinstance(value, list | tuple) else [value] * spatial
    if len(entries) != spatial or not all(map(is_count, entries)):
        raise ValueError(f"{what}={value!r} is neither an int >= 0 nor {spatial} of them")
    return tuple(map(int, entries))


def windows(x: Variable, window: Sequence[Extent], strides: Sequence[Extent]) -> Variable:
    """All windows over the last axes of x: (..., *places, *window)."""
    if all(isinstance(extent, int) for extent in (*window, *strides)):
        return Windows(window, strides)(x)  # type: ignore[arg-type,no-any-return]
    extents = map(plain, extents_of(x)[x.type.ndim - len(window) :])
    axes = zip(extents, window, strides, strict=True)
    places = [fitting(e, w, s) for e, w, s in axes]
    positions = cells(places, window, strides, [0] * len(window))
    return getitem(x, (..., *positions))


def windows_with_absent(x: Variable, positions: Sequence[Variable], absent: Any) -> Variable:
    """The elements at `positions` on each of the last axes, which `cells` makes, with `absent`
    where there is none."""
    inside: Any = None
    places = []
    for extent, at in zip(extents_of(x)[x.type.ndim - len(positions) :], positions, strict=True):
        own = (at >= 0) & (at < extent)
        inside = own if inside is None else inside & own
        places.append(clip(at, 0, extent - 1))
    found = getitem(x, (..., *places))
    return switch(inside, found, constant(absent, x.type.dtype))


def cells(
    places: Sequence[Extent], window: Sequence[Extent], strides: Sequence[Extent],
    before: Sequence[Extent],
) -> list[Variable]:  # fmt: skip
    """For each axis the positions of the cells of all windows: that of cell j of window i is
    i * stride - before + j. They broadcast to (*places, *window)."""
    n = len(window)
    found = []
    for axis, (o, w, s, b) in enumerate(zip(places, window, strides, before, strict=True)):
        first = arange(o) * s - b
        behind = [1 if a == axis else "x" for a in range(n)]
        at = dimshuffle(first, 0, "x") + dimshuffle(arange(w), "x", 0)
        found.append(dimshuffle(at, *[0 if a == axis else "x" for a in range(n)], *behind))
    return found


__all__ = ["cells", "extents_per_axis", "windows", "windows_with_absent"]
