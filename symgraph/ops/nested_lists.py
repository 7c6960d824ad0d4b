"""Nested lists of variables as tensors."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.constant import as_tensors
from symgraph.ops.creation import Join
from symgraph.ops.shape import DimShuffle


def joined(nested: Any) -> Variable:
    """Return the tensor of a nested list of variables, arrays and numbers, as NumPy does for
    numbers.

    Python numbers take the dtype of the tensors beside them, at any depth. Raises TypeError for a
    ragged list.
    """
    if isinstance(nested, np.ndarray):
        nested = nested.tolist()
    try:
        return _stacked(nested, iter(as_tensors(*_leaves(nested))))
    except (TypeError, ValueError) as error:
        raise TypeError(f"{nested!r} makes no tensor: {error}") from None


def _leaves(nested: Any) -> Iterator[Any]:
    """Return the leaves of the nested lists, in order."""
    for entry in nested:
        if isinstance(entry, list | tuple):
            yield from _leaves(entry)
        else:
            yield entry


def _stacked(nested: Any, leaves: Iterator[Variable]) -> Variable:
    parts = [
        _stacked(entry, leaves) if isinstance(entry, list | tuple) else next(leaves)
        for entry in nested
    ]
    return stacked(parts, 0)


def stacked(parts: list[Variable], axis: int) -> Variable:
    """Return variables of one rank and shape stacked along a new axis, counted from 0. Raises
    TypeError where there are none or their ranks differ, ValueError where their extents are
    known to differ."""
    if not parts:
        raise TypeError("stack: nothing to stack")
    ndim = parts[0].type.ndim
    if any(part.type.ndim != ndim for part in parts):
        raise TypeError(f"stack: ranks differ: {_listed(parts)}")
    padded = DimShuffle((*range(axis), "x", *range(axis, ndim)))
    widened = [padded(part) for part in parts]
    if len(widened) == 1:
        return widened[0]
    try:
        return Join(axis)(*widened)
    except ValueError:
        raise ValueError(f"stack: shapes differ: {_listed(parts)}") from None


def _listed(parts: list[Variable]) -> str:
    return ", ".join(f"{part} ({part.type})" for part in parts)
