"""Masks of booleans, and where arrays are not zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgraph.graph import Constant, Variable
from symgraph.graph.other_types import SliceType
from symgraph.ops.advanced_subtensor import AdvancedSubtensor
from symgraph.ops.constant import TensorLike, constant
from symgraph.ops.nonzero import CountTrue, Nonzero
from symgraph.ops.scalar_table import neq
from symgraph.ops.shape import extent_of
from symgraph.tensor.manipulation import as_tensor_variable, stack
from symgraph.tensor.reshaping import flatten, specify_shape


def as_mask(entry: Any) -> Variable | None:
    """An entry of an index as truth values, an array of them or a single one; None for one that is
    no mask."""
    if isinstance(entry, bool):
        return constant(entry)
    if entry is None or entry is Ellipsis or isinstance(entry, slice | int) or _is_empty(entry):
        return None
    if isinstance(entry, Variable) and isinstance(entry.type, SliceType):
        return None
    variable = as_tensor_variable(entry)
    return variable if variable.type.dtype == "bool" else None


def _is_empty(entry: Any) -> bool:
    return isinstance(entry, list | tuple) and not entry


def fitted_mask(mask: Variable, x: Variable, axis: int) -> Variable:
    """The mask of the axes of `x` from `axis` on, whose extents it must have. Raises ValueError,
    here or when the function runs."""
    for at, have in enumerate(mask.type.shape):
        want = x.type.shape[axis + at]
        if None not in (have, want) and have != want:
            raise ValueError(
                f"a mask with the extent {have} on axis {at} cannot select from {x} ({x.type}),"
                f" which has {want} on axis {axis + at}: a mask has an element for each"
            )
    return specify_shape(mask, [extent_of(x, axis + at) for at in range(mask.type.ndim)])


def true_positions(mask: Variable) -> list[Variable]:
    """For each axis the indices of the elements that are true."""
    if isinstance(mask, Constant):
        return [constant(index, "int64") for index in np.nonzero(mask.data)]
    return list(Nonzero().make_node(mask, CountTrue()(mask)).outputs)


def _where_true(a: Any, what: str) -> tuple[Variable, list[Variable]]:
    a = as_tensor_variable(a)
    if a.type.ndim == 0:
        raise TypeError(f"{what} takes an array of at least one axis, not {a} ({a.type})")
    return a, true_positions(a if a.type.dtype == "bool" else neq(a, 0))


def nonzero(a: TensorLike, return_matrix: bool = False) -> Any:
    """Return the indices of the elements that are not zero, in C order.

    a: an array of at least one dimension.
    return_matrix: whether the index vectors are returned as rows of one int64 matrix.
    Returns a tuple of int64 vectors, one for each axis. Raises TypeError for a scalar.

    >>> T.nonzero([[0, 3], [5, 0]], return_matrix=True).eval()
    array([[0, 1],
           [1, 0]])
    """
    _, positions = _where_true(a, "nonzero")
    return stack(positions) if return_matrix else tuple(positions)


def flatnonzero(a: TensorLike) -> Variable:
    """Return the indices into the flattened array of the elements that are not zero.

    a: an array.
    Returns an int64 vector, in increasing order.

    >>> T.flatnonzero([[0, 3], [5, 0]]).eval()
    array([1, 2])
    """
    return _where_true(flatten(as_tensor_variable(a)), "flatnonzero")[1][0]


def nonzero_values(a: TensorLike) -> Variable:
    """Return the elements that are not zero, in C order.

    a: an array of at least one dimension.
    Returns a vector of the dtype of a. Raises TypeError for a scalar.

    >>> T.nonzero_values([[0, 3], [5, 0]]).eval()
    array([3, 5])
    """
    a, positions = _where_true(a, "nonzero_values")
    return AdvancedSubtensor(("array",) * a.type.ndim)(a, *positions)


__all__ = [
    "flatnonzero",
    "nonzero",
    "nonzero_values",
]
