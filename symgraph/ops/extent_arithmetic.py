"""Arithmetic on extents: exact where they are known, else saturated, so that an extent too large
for any array is recognised."""

from typing import Any

import numpy as np

from symgraph.graph import LARGEST, Constant, Extent, Variable
from symgraph.ops.constant import number
from symgraph.ops.scalar import scalar_functions


def added(*extents: Extent) -> Extent:
    """Return the sum."""
    return _folded("saturated_add", 0, extents)


def multiplied(*extents: Extent) -> Extent:
    """Return the product."""
    return _folded("saturated_mul", 1, extents)


def less(extent: Extent, other: Extent) -> Extent:
    """Return `extent - other`, saturated; `other` may be the larger."""
    extent, other = plain(extent), plain(other)
    if isinstance(extent, int) and isinstance(other, int):
        return _within(extent - other)
    if other == 0:
        return extent
    return scalar_functions["saturated_sub"](extent, other)


def larger(extent: Extent, other: Extent) -> Extent:
    """Return the larger of two extents."""
    extent, other = plain(extent), plain(other)
    if isinstance(extent, int) and isinstance(other, int):
        return max(extent, other)
    return scalar_functions["maximum"](extent, other)


def plain(extent: Extent) -> Extent:
    """Return the extent as an int, where it is known."""
    return int(extent.data) if isinstance(extent, Constant) else extent


def as_scalar(extent: Extent) -> Variable:
    return number(extent, "int64") if isinstance(extent, int) else extent


def _folded(name: str, neutral: int, extents: tuple[Extent, ...]) -> Extent:
    """Combine extents by a scalar function; known ones are combined into one number."""
    known = neutral
    total: Extent | None = None
    for extent in map(plain, extents):
        if isinstance(extent, int):
            known = known + extent if neutral == 0 else known * extent
        else:
            total = extent if total is None else scalar_functions[name](total, extent)
    known = _within(known)
    if total is None:
        return known
    return total if known == neutral else scalar_functions[name](total, known)


def _within(value: int) -> int:
    return max(min(value, LARGEST), -LARGEST - 1)


def as_size(variable: Variable) -> Variable:
    """Return an integer scalar as an int64; a uint64 beyond int64 becomes the largest int64."""
    dtype = variable.type.dtype
    if dtype == "int64":
        return variable
    if isinstance(variable, Constant):
        return number(_within(int(variable.data)), "int64")
    if dtype == "uint64":
        variable = scalar_functions["minimum"](variable, number(LARGEST, dtype))
    return scalar_functions["cast"](variable, "int64")


def size_of(value: Any) -> int:
    """Return the same for a number."""
    return _within(int(np.asarray(value)))
