"""The run of a function, one operation at a time."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from symgraph.debug.values import describe_value
from symgraph.graph import Apply


class Step(NamedTuple):
    """One operation that ran: the node, the values of its inputs and those of its outputs.

    The values are those of the run itself and must not be changed.
    """

    node: Apply
    inputs: Sequence[np.ndarray]
    outputs: Sequence[np.ndarray]

    def __str__(self) -> str:
        lines = [f"{self.node.op}, created at {self.node.location}"]
        for kind, variables, values in (
            ("input", self.node.inputs, self.inputs),
            ("output", self.node.outputs, self.outputs),
        ):
            for position, (variable, value) in enumerate(zip(variables, values, strict=True)):
                lines.append(f"  {kind} {position}: {variable} is {describe_value(value)}")
        return "\n".join(lines)
