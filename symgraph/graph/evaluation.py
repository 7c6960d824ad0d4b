"""Evaluation of a node by its Python implementation, with its results checked."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from symgraph.graph.types import TensorType
from symgraph.graph.variable import Apply, Variable


def performed(node: Apply, values: Sequence[Any]) -> list[Any]:
    """Return what `node.op.perform` computes from these values of the node's inputs; tensors as
    arrays. Raises TypeError or ValueError where the results are not of the types that the node
    declares."""
    results = list(node.op.perform(node, *values))
    if len(results) != len(node.outputs):
        raise ValueError(
            f"{node.op} gave {len(results)} result{'s' * (len(results) != 1)},"
            f" and declares {len(node.outputs)}"
        )
    for number, (result, variable) in enumerate(zip(results, node.outputs, strict=True)):
        if isinstance(variable.type, TensorType):
            result = results[number] = np.asarray(result)
        try:
            variable.type.filter(result, strict=True)
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"{node.op}.perform gave another result {number} than its output's type says:"
                f" {error}; return it as that type, or declare its own in make_node"
            ) from None
    return results


def owned(
    values: Sequence[Any],
    variables: Sequence[Variable],
    shared: Sequence[bool],
    inputs: Iterable[Any],
) -> list[Any]:
    """Return the results of a call, copying those that must not leave: views, constants, inputs,
    and what is a result already.

    `shared` tells which may share memory with other values though they are no arrays that do.
    """
    taken = {id(value) for value in inputs}
    results: list[Any] = []
    for value, variable, may_share in zip(values, variables, shared, strict=True):
        own = not may_share and id(value) not in taken
        if isinstance(value, np.ndarray):
            own = own and value.base is None and value.flags.writeable
        results.append(value if own else variable.type.copy_value(value))
        taken.add(id(results[-1]))
    return results
