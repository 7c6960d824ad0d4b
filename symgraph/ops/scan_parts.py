"""The roles of the inputs of a loop and of its body, and helpers to slice them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from symgraph.graph import BundleType, TensorType, Variable
from symgraph.ops.broadcast import broadcast_scalar
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, own_keys, set_keys
from symgraph.ops.shape import extents_of, keys_of_extents, known_extent, own_key
from symgraph.ops.subtensor import Slice, Subtensor, zeros_like


@dataclass(frozen=True)
class ScanState:
    """A value that a step computes from its own earlier ones: those `taps` steps ago (negative
    numbers). Of the values computed, `keep` is "all", or the "last" `depth` of them."""

    taps: tuple[int, ...]
    keep: str = "all"

    @property
    def depth(self) -> int:
        """Return how many values there are before the first step."""
        return -min(self.taps)


class ScanInputs(NamedTuple):
    """The inputs of a loop, by role."""

    n_steps: Any
    sequences: Sequence[Any]
    initials: Sequence[Any]
    others: Sequence[Any]


class Formals(NamedTuple):
    """The inputs of a loop's body; `taps` holds those of each state."""

    sequences: Sequence[Any]
    taps: Sequence[Sequence[Any]]
    others: Sequence[Any]


def is_float(variable: Variable) -> bool:
    """Return whether there are derivatives by the variable."""
    is_numeric = isinstance(variable.type, TensorType | BundleType)
    return is_numeric and np.dtype(variable.type.dtype).kind in "fc"


def added(a: Variable, b: Variable) -> Variable:
    """Return the sum of two cotangents of one variable."""
    if isinstance(a.type, BundleType):
        return a.type.added(a, b)
    total: Variable = scalar_functions["add"](a, b)
    return total


def zeros_of(variable: Variable, dtype: str | None = None) -> Variable:
    """Return zeros in the shape of a variable, of its dtype unless another is given."""
    dtype = dtype or variable.type.dtype
    if isinstance(variable.type, BundleType):
        return variable.type.zeros_like(variable, dtype)
    zeros = zeros_like(variable)
    return zeros if zeros.type.dtype == dtype else scalar_functions["cast"](zeros, dtype)


def entry_of(sequence: Variable, name: str | None = None) -> Variable:
    """Return a free variable that stands for an entry of the sequence."""
    type = sequence.type
    return TensorType(type.dtype, type.shape[1:])(name)


def stand_in(variable: Variable) -> Variable:
    """Return a free variable of a body that stands for a variable of the surrounding graph."""
    return Variable(variable.type, name=variable.name, location=variable.location)


def like(variable: Variable, name: str | None = None, dtype: str | None = None) -> Variable:
    """Return a free variable of the same type and extents, for the same body; of another dtype if
    one is given."""
    same = dtype is None or dtype == variable.type.dtype
    made: Variable = (variable.type if same else TensorType(dtype, variable.type.shape))(name)
    set_keys(made, extent_keys(variable))
    return made


def origins(variables: Iterable[Variable]) -> list[Variable]:
    """Return the variables to which the extent keys of the given ones refer (see
    `symgraph.ops.extent_equality`)."""
    found: dict[Variable, None] = {}
    for variable in variables:
        for key in extent_keys(variable):
            origin = key[0] if isinstance(key, tuple) else key
            if isinstance(origin, Variable) and origin is not variable:
                found.setdefault(origin)
    return list(found)


def cut(x: Variable, start: Variable | int, stop: Variable, inferred: bool = False) -> Variable:
    """Return `x[start:stop]` of an `x` that has so many entries; `x` itself where that provably is
    all of it, whatever computes `x` or, if `inferred`, as the graph stands (see
    `symgraph.ops.extent_equality`)."""
    begin = constant(start, "int64") if isinstance(start, int) else start
    if known_extent(begin) != 0:
        return Subtensor((Slice(start=True, stop=True),))(x, begin, stop)
    known = known_extent(stop)
    key = keys_of_extents([stop])[0] if known is None else known
    if own_keys(x)[0] == own_key(stop) or (inferred and extent_keys(x)[0] == key):
        return x
    part: Variable = Subtensor((Slice(stop=True),))(x, stop)
    set_keys(part, [key, *extent_keys(part)[1:]])
    return part


def backwards(x: Variable) -> Variable:
    """Return `x[::-1]`."""
    if x.type.shape[0] == 1:
        return x
    return Subtensor((Slice(step=True),))(x, constant(-1, "int64"))


def first_of(x: Variable) -> Variable:
    """Return `x[0]`."""
    return Subtensor(("int",))(x, constant(0, "int64"))


def zero_entries(count: int, dtype: str, extents: Sequence[Variable]) -> Variable:
    """Return `count` entries of zeros, each of these extents."""
    return broadcast_scalar(constant(0, dtype), [constant(count, "int64"), *extents])


def zeros_before(initial: Variable, count: int) -> Variable:
    """Return `count` zero values of a state, whose initial values are given."""
    return zero_entries(count, initial.type.dtype, extents_of(initial)[1:])
