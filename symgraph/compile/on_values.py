"""Operations that know bundles as values alone, such as a user's on sparse matrices, on parts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Apply, BundleType, Op, Type, Variable


class OnValues(Op):
    """A node whose inputs or outputs are bundles, as an operation on their parts: puts the values
    together, runs the node's operation, and takes its results apart."""

    __props__ = ("op", "taken", "given")

    def __init__(self, node: Apply) -> None:
        self.node = node
        self.op = node.op
        self.taken = tuple(v.type for v in node.inputs)
        self.given = tuple(v.type for v in node.outputs)
        # Bundles are copied; other results, such as lists, share what they share in the node.
        at_inputs, at_outputs = _starts(self.taken), _starts(self.given)
        self.shared = [
            (at_outputs[output], at_inputs[position])
            for output, position in node.op.views()
            if not isinstance(self.given[output], BundleType)
            and not isinstance(self.taken[position], BundleType)
        ]

    def views(self) -> list[tuple[int, int]]:
        return self.shared

    def __str__(self) -> str:
        return str(self.op)

    __repr__ = __str__

    def output_types(self, *parts: Variable) -> Sequence[Type]:
        return [kind for type in self.given for kind in _kinds(type)]

    def perform(self, node: Apply, *arrays: Any) -> tuple[Any, ...]:
        values, at = [], 0
        for type in self.taken:
            count = len(_kinds(type))
            parts, at = arrays[at : at + count], at + count
            values.append(type.join(parts) if isinstance(type, BundleType) else parts[0])
        found: list[Any] = []
        for type, result in zip(self.given, self.op.perform(self.node, *values), strict=True):
            if isinstance(type, BundleType):
                found += map(np.copy, type.split(self._checked(type, result)))
            else:
                found.append(result)
        return tuple(found)

    def _checked(self, type: BundleType, result: Any) -> Any:
        try:
            return type.filter(result, strict=True)
        except TypeError as error:
            raise TypeError(
                f"{self.op} computed another value than its node says: {error}"
            ) from None


def _kinds(type: Type) -> Sequence[Type]:
    return type.part_types() if isinstance(type, BundleType) else [type]


def _starts(types: Sequence[Type]) -> list[int]:
    """Return the position of the first part of each among all parts."""
    starts, at = [], 0
    for type in types:
        starts.append(at)
        at += len(_kinds(type))
    return starts


def on_values(node: Apply, inputs: Sequence[Any]) -> Sequence[Any]:
    """Return the outputs of a node, bundles as parts, given its inputs in the same form."""
    flat = [part for v in inputs for part in ([v] if isinstance(v, Variable) else v)]
    return bundled(node, OnValues(node).make_node(*flat).outputs)


def bundled(node: Apply, parts: Sequence[Variable]) -> list[Any]:
    """Return the outputs of a node, bundles as parts, given all parts one after the other."""
    found: list[Any] = []
    for variable in node.outputs:
        type = variable.type
        if isinstance(type, BundleType):
            count = len(type.part_types())
            found.append(type.parts(parts[:count]))
        else:
            count = 1
            found.append(parts[0])
        parts = parts[count:]
    return found
