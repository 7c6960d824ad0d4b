"""Slices made of integers that are computed."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Apply, Op, Type, Variable
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
