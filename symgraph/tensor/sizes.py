"""The size of a draw and the parameters that must fit it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Constant, Variable, canonical_dtype, config
from symgraph.ops.constant import constant, is_weak
from symgraph.ops.elemwise import broadcast_extents
from symgraph.ops.rank_alignment import pad_left
from symgraph.ops.shape import extents_of, known_extent
from symgraph.tensor.reshaping import broadcast_to, not_negative, shape_list


def common_extents(
    size: Any, parameters: Sequence[Variable], ndim: int | None, what: str
) -> list[Variable]:
    """The extents that `size` says, or where it is None those of the parameters together. Raises
    TypeError, ValueError."""
    if size is not None:
        return not_negative(shape_list(size, what, ndim), what)
    rank = max((parameter.type.ndim for parameter in parameters), default=0)
    shapes = []
    for parameter in parameters:
        own = [_extent(extent) for extent in extents_of(parameter)]
        shapes.append((*[1] * (rank - len(own)), *own))
    if ndim not in (None, rank):
        raise ValueError(f"{what}: the parameters have {rank} dimensions, but ndim={ndim}")
    found = broadcast_extents(shapes) if shapes else ()
    return [constant(e, "int64") if isinstance(e, int) else e for e in found]


def _extent(extent: Variable) -> int | Variable:
    known = known_extent(extent)
    return extent if known is None else known


def fitted(parameter: Variable, extents: Sequence[Variable], what: str) -> Variable:
    """A parameter with the rank of the extents, to which it must broadcast: a single number has
    extents of 1, anything else has these. Raises TypeError, ValueError."""
    if parameter.type.ndim > len(extents):
        raise ValueError(
            f"{what}: the parameter {parameter} ({parameter.type}) has more dimensions than the"
            f" size, {len(extents)}"
        )
    if parameter.type.ndim == 0:
        like = constant(np.zeros((1,) * len(extents)))
        return pad_left([parameter, like])[0]
    try:
        return broadcast_to(parameter, list(extents))
    except ValueError as error:
        raise ValueError(f"{what}: a parameter does not fit the size: {error}") from None


def float_dtype(what: str, dtype: Any, *parameters: Any) -> str:
    """The dtype of real samples: given, or floatX, or the wider one of parameters that are tensors.
    Raises TypeError."""
    if dtype is None:
        strong = [getattr(p, "dtype", None) for p in parameters if not is_weak(p)]
        floats = [str(d) for d in strong if d is not None and np.dtype(d).kind == "f"]
        return str(np.result_type(config.floatX, *floats))
    name = canonical_dtype(dtype)
    if np.dtype(name).kind != "f":
        raise TypeError(f"{what}: the samples are real numbers, which the dtype {name} has not")
    return name


def is_number(variable: Variable, value: float) -> bool:
    """Whether a variable is a constant that holds this number alone."""
    return (
        isinstance(variable, Constant) and variable.data.size == 1 and variable.data.item() == value
    )


def affine(numbers: Variable, location: Variable, scale: Variable, what: str) -> Variable:
    """location + scale * numbers, in the shape of the numbers."""
    extents = extents_of(numbers)
    if not is_number(scale, 1):
        numbers = numbers * fitted(scale, extents, what)
    if not is_number(location, 0):
        numbers = numbers + fitted(location, extents, what)
    return numbers


__all__ = ["affine", "common_extents", "fitted", "float_dtype", "is_number"]
