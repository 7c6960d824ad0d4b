"""Evaluation of a node by its NumPy implementation, with its results checked."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph.variable import Apply


def performed(node: Apply, values: Sequence[Any]) -> list[np.ndarray]:
    """Return what `node.op.perform` computes from these values of the node's inputs, as arrays.
    Raises TypeError or ValueError where the results are not of the types that the node declares."""
    results = [np.asarray(result) for result in node.op.perform(node, *values)]
    if len(results) != len(node.outputs):
        raise ValueError(
            f"{node.op} gave {len(results)} result{'s' * (len(results) != 1)},"
            f" and declares {len(node.outputs)}"
        )
    for number, (result, variable) in enumerate(zip(results, node.outputs, strict=True)):
        try:
            variable.type.filter(result, strict=True)
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"{node.op}.perform gave another result {number} than its output's type says:"
                f" {error}; return it as that type, or declare its own in make_node"
            ) from None
    return results
