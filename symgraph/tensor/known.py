"""What is known of variables before a function runs; and arrays that only running reads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Constant, Variable, canonical_dtype, performed, toposort
from symgraph.graph.other_types import GenericType
from symgraph.ops.broadcast import BroadcastTo
from symgraph.ops.constant import DTypeLike, TensorLike, as_tensor
from symgraph.ops.elemwise import Elemwise
from symgraph.ops.load import LoadFromDisk
from symgraph.ops.reshape import Reshape
from symgraph.ops.shape import DimShuffle, SpecifyShape

# Operations whose result has no other elements than their first input.
REARRANGING = (BroadcastTo, DimShuffle, Reshape, SpecifyShape)


class NotScalarConstantError(ValueError):
    """Raised where a variable is not known to be one number."""


def get_scalar_constant_value(v: TensorLike) -> np.ndarray:
    """Return the number that a variable is known to have in all its places.

    v: a number, or a variable: a constant whose elements are all equal, such a constant repeated
        or rearranged, or any scalar computed from constants alone.
    Returns an array without axes. Raises NotScalarConstantError, a ValueError, where there is none.

    >>> T.get_scalar_constant_value(T.alloc(T.constant(2) + 5, 3))
    array(7)
    """
    given = variable = as_tensor(v)
    while True:
        if isinstance(variable, Constant):
            return _only(variable.data, given)
        owner = variable.owner
        if owner is None:
            raise _unknown(given)
        if isinstance(owner.op, REARRANGING):
            variable = owner.inputs[0]
        elif isinstance(owner.op, Elemwise) and owner.op.scalar.name == "second":
            variable = owner.inputs[1]
        elif variable.type.ndim == 0:
            return _only(_computed(variable, given), given)
        else:
            raise _unknown(given)


def _unknown(variable: Variable) -> NotScalarConstantError:
    return NotScalarConstantError(f"{variable} is not known to be one number")


def _only(data: np.ndarray, variable: Variable) -> np.ndarray:
    """The number that stands everywhere, nan too."""
    flat = data.reshape(-1)
    if not flat.size or not np.array_equal(flat, np.repeat(flat[0], flat.size), equal_nan=True):
        raise _unknown(variable)
    return np.array(flat[0])


def _computed(scalar: Variable, given: Variable) -> np.ndarray:
    values: dict[Variable, Any] = {}
    for node in toposort([scalar]):
        arguments = []
        for variable in node.inputs:
            if isinstance(variable, Constant):
                arguments.append(variable.data)
            elif variable in values:
                arguments.append(values[variable])
            else:
                raise _unknown(given)
        if not arguments:
            # What takes nothing reads files.
            raise _unknown(given)
        values.update(zip(node.outputs, performed(node, arguments), strict=True))
    return np.asarray(values[scalar])


def get_vector_length(v: TensorLike) -> int:
    """Return the length of a vector, where it is known.

    v: a vector.
    Raises ValueError for another rank, and where the length is known only when a function runs.

    >>> T.get_vector_length(T.dmatrix("x").shape)
    2
    """
    vector = as_tensor(v)
    if vector.type.ndim != 1:
        raise ValueError(f"get_vector_length: {vector} ({vector.type}) is no vector")
    length = vector.type.shape[0]
    if length is None:
        raise ValueError(
            f"the length of {vector} ({vector.type}) is not known; say it with"
            " specify_shape(v, (length,))"
        )
    return length


def load(
    path: str | os.PathLike[str] | Variable,
    dtype: DTypeLike,
    shape: Sequence[int | None],
    mmap_mode: str | None = None,
) -> Variable:
    """Read an array from a file, in each call of a function that needs it.

    path: of a file of NumPy's format `.npy`, as `numpy.save` writes it; or a variable of a type
        whose values are Python objects, such as `symgraph.graph.other_types.generic_type`, of which
        a call gives the path.
    dtype: of the array, by its name.
    shape: an extent for each axis, None where it is known only when the file is read.
    mmap_mode: how the file is mapped instead of being read whole: see `numpy.load`.
    Returns a variable. Raises TypeError when the function runs where the file holds
    another dtype or shape, and the errors of `numpy.load`. It is read in Python, so no compiled
    code is faster than NumPy at it. Derivative: none.

    >>> T.load("weights.npy", "float64", (None, 3)).type.shape
    (None, 3)
    """
    if isinstance(path, Variable):
        if not isinstance(path.type, GenericType):
            raise TypeError(f"load: a path is a Python object, not {path} ({path.type})")
        inputs: list[Variable] = [path]
        fixed = None
    else:
        inputs, fixed = [], os.fspath(path)
    read: Variable = LoadFromDisk(fixed, canonical_dtype(dtype), shape, mmap_mode)(*inputs)
    return read


__all__ = [
    "NotScalarConstantError",
    "get_scalar_constant_value",
    "get_vector_length",
    "load",
]
