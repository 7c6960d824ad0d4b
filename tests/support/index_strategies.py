"""Strategies for indices: as NumPy takes them, and the same with symbolic parts."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from support.op_checks import scalars
from symgraph.graph import TensorType


def around(extent: int) -> st.SearchStrategy[int]:
    """Integers within and a little outside of an axis."""
    return st.integers(-extent - 2, extent + 2)


@st.composite
def slices(draw: st.DrawFn, extent: int) -> slice:
    bound = st.none() | around(extent)
    step = st.none() | st.sampled_from([1, -1, 2, -2, 3, -3, -(2**62), 2**62])
    return slice(draw(bound), draw(bound), draw(step))


@st.composite
def basic_indices(draw: st.DrawFn, shape: tuple[int, ...], new_axes: bool = True) -> Any:
    """Integers (mostly within bounds), slices, None and an Ellipsis."""
    entries: list[Any] = []
    for extent in shape[: draw(st.integers(0, len(shape)))]:
        within = st.integers(-extent, extent - 1) if extent else around(0)
        entries.append(draw(slices(extent) | within))
    return draw(dressed(entries, len(shape), new_axes))


@st.composite
def dressed(draw: st.DrawFn, entries: list[Any], ndim: int, new_axes: bool = True) -> Any:
    """The entries with new axes put in, and perhaps an Ellipsis at their end or where it is
    empty; one entry may stand alone."""
    if draw(st.booleans()):
        place = draw(st.integers(0, len(entries))) if len(entries) == ndim else len(entries)
        entries = [*entries[:place], Ellipsis, *entries[place:]]
    for _ in range(draw(st.integers(0, 2)) if new_axes else 0):
        place = draw(st.integers(0, len(entries)))
        entries = [*entries[:place], None, *entries[place:]]
    return entries[0] if len(entries) == 1 and draw(st.booleans()) else tuple(entries)


@st.composite
def ellipsis_first(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    """An Ellipsis, and behind it entries for the last axes."""
    count = draw(st.integers(0, len(shape)))
    return (..., *(draw(slices(extent)) for extent in shape[len(shape) - count :]))


@st.composite
def arrays_of_indices(
    draw: st.DrawFn, extent: int, shape: tuple[int, ...], within: bool = True
) -> np.ndarray:
    low, high = (-extent, extent - 1) if within else (-extent - 1, extent)
    size = int(np.prod(shape, dtype=int))
    one = st.integers(low, high) if low <= high else st.nothing()
    numbers = draw(st.lists(one, min_size=size, max_size=size))
    dtype = draw(st.sampled_from(["int64", "int8", "int32"]))
    return np.array(numbers, dtype).reshape(shape)


@st.composite
def symbolic(draw: st.DrawFn, index: Any, values: dict[Any, Any]) -> Any:
    """The index, some of whose numbers and arrays are variables, entered into `values`."""
    if isinstance(index, tuple):
        return tuple(draw(symbolic(entry, values)) for entry in index)
    if isinstance(index, slice):
        bounds = (index.start, index.stop, index.step)
        return slice(*(draw(symbolic(bound, values)) for bound in bounds))
    if isinstance(index, np.ndarray):
        if draw(st.booleans()):
            return index.tolist() if draw(st.booleans()) and index.size else index
        variable = TensorType(index.dtype, (None,) * index.ndim)("i")
        values[variable] = index
        return variable
    if isinstance(index, int):
        return draw(scalars(index, values))
    return index


@st.composite
def advanced_indices(
    draw: st.DrawFn, shape: tuple[int, ...], new_axes: bool = True, within: bool = True
) -> Any:
    """At least one array of integers, and integers and slices; the arrays broadcast together."""
    used = draw(st.integers(1, len(shape)))
    common = tuple(draw(st.lists(st.integers(0, 3), min_size=1, max_size=2)))
    kinds = draw(st.lists(st.sampled_from(["array", "int", "slice"]), min_size=used, max_size=used))
    kinds[draw(st.integers(0, used - 1))] = "array"
    if any(kind != "slice" and not extent for kind, extent in zip(kinds, shape, strict=False)):
        # Of an empty axis nothing but nothing can be taken; with it all arrays are empty.
        common = (*common[:-1], 0)
    entries: list[Any] = []
    for kind, extent in zip(kinds, shape, strict=False):
        if kind == "slice":
            entries.append(draw(slices(extent)))
        elif kind == "int" and extent:
            entries.append(draw(st.integers(-extent, extent - 1)))
        else:
            own = draw(narrowed(common)) if extent else common
            entries.append(draw(arrays_of_indices(extent, own, within or not extent)))
    return draw(dressed(entries, len(shape), new_axes))


@st.composite
def narrowed(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape that broadcasts to this one, of at least one axis."""
    narrow = [extent if draw(st.booleans()) else 1 for extent in shape]
    return tuple(narrow[draw(st.integers(0, len(narrow) - 1)) :])
