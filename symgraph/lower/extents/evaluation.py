"""Evaluate scalar functions of known numbers, with the results that the scalar table defines.

Extents are computed in Python when a program is built, where they are known then (`extents.table`,
`writing.constant_folding`), or when it is called (`extents.static`); otherwise the program computes
them. All give the same result.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgraph.graph import LARGEST
from symgraph.ops.scalar import scalar_named

Number = int | float | bool | complex

_ALL = 2 * (LARGEST + 1)


def _wrapped(function: Callable[..., int]) -> Callable[..., int]:
    """Return a function on Python integers wrapped to int64."""

    def wrapped(*args: int) -> int:
        value = function(*args)
        if -LARGEST <= value <= LARGEST:
            return value
        return (value + LARGEST + 1) % _ALL - LARGEST - 1

    return wrapped


def _saturated(function: Callable[..., int]) -> Callable[..., int]:
    def saturated(*args: int) -> int:
        return max(min(function(*args), LARGEST), -LARGEST - 1)

    return saturated


# Functions of int64 in plain Python, which is faster than NumPy for a single number.
INTEGER: dict[str, Callable[..., Number]] = {
    "add": _wrapped(operator.add),
    "sub": _wrapped(operator.sub),
    "mul": _wrapped(operator.mul),
    "neg": _wrapped(operator.neg),
    "saturated_add": _saturated(operator.add),
    "saturated_sub": _saturated(operator.sub),
    "saturated_mul": _saturated(operator.mul),
    "maximum": max,
    "minimum": min,
    "eq": operator.eq,
    "neq": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def value_of(fn: str, args: Sequence[Any], dtypes: Sequence[str], dtype: str) -> Any:
    """Return the scalar function `fn` of numbers that have the dtypes its table entry requires, as
    a Python number of the dtype `dtype`."""
    plain = INTEGER.get(fn)
    if plain is not None and dtypes == ("int64",) * len(dtypes):
        return plain(*args)
    if fn == "switch":
        return args[1] if args[0] else args[2]
    return _of_table(fn, tuple(args), tuple(dtypes), dtype)


def _of_table(fn: str, args: tuple[Any, ...], dtypes: tuple[str, ...], dtype: str) -> Any:
    operands = [np.asarray(value, of) for value, of in zip(args, dtypes, strict=True)]
    with np.errstate(all="ignore"):
        return np.asarray(scalar_named(fn).numpy(*operands)).astype(dtype).item()
