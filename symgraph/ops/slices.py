"""Slices made of integers that are computed."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Apply, Constant, Op, TensorType, Type, Variable
from symgraph.graph.other_types import NoneConst, NoneTypeT, slice_type
from symgraph.ops.constant import as_tensor


class MakeSlice(Op):
    """slice(start, stop, step), each an integer or None."""

    def make_node(self, *inputs: Any) -> Apply:
        if len(inputs) == 1 and isinstance(inputs[0], slice):
            inputs = (inputs[0].start, inputs[0].stop, inputs[0].step)
        parts = [*inputs, *[None] * (3 - len(inputs))]
        return super().make_node(*map(_part, parts))

    def output_types(self, *inputs: Variable) -> Sequence[Type]:
        return [slice_type]

    def perform(self, node: Apply, *parts: Any) -> tuple[slice, ...]:
        return (slice(*(None if part is None else int(part) for part in parts)),)


class SliceBounds(Op):
    """The start, the stop and the step of a slice of an axis, from the slice and the axis's
    extent: integers, where the slice may leave them out."""

    def output_types(self, *inputs: Variable) -> Sequence[Type]:
        return [TensorType("int64", ())] * 3

    def perform(self, node: Apply, given: slice, extent: Any) -> tuple[np.ndarray, ...]:
        start, stop, step = given.indices(int(extent))
        if stop < 0:
            # Before the first entry, which -1 would not say: it is the last one.
            stop = -int(extent) - 1
        return tuple(np.asarray(part, "int64") for part in (start, stop, step))


def as_slice(entry: Variable, extent: Variable) -> slice:
    """Return a variable that holds a slice as a slice of integers and variables, for an axis of
    that extent."""
    if isinstance(entry, Constant):
        known: slice = entry.data
        return known
    if entry.owner is not None and isinstance(entry.owner.op, MakeSlice):
        parts = entry.owner.inputs
        if all(part is NoneConst or isinstance(part.type, TensorType) for part in parts):
            return slice(*(None if part is NoneConst else part for part in parts))
    return slice(*SliceBounds()(entry, extent))


def _part(given: Any) -> Variable:
    """Return a part of a slice as a variable. Raises TypeError."""
    if given is None:
        return NoneConst
    if isinstance(given, Variable) and isinstance(given.type, NoneTypeT):
        return given
    variable = as_tensor(given)
    if variable.type.ndim or np.dtype(variable.type.dtype).kind not in "iu":
        raise TypeError(f"a slice has integers, not {variable} ({variable.type})")
    return variable
