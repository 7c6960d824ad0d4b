"""Graphs for arguments that lie in memory in another order of their axes."""

from collections.abc import Sequence

from symgraph.graph import FunctionGraph, Variable, clone_replace
from symgraph.ops import DimShuffle

# For each axis of an array, in the order of memory, its number.
Order = tuple[int, ...]


def permuted(graph: FunctionGraph, orders: Sequence[Order | None]) -> FunctionGraph:
    """Return the graph with inputs whose axes come in these orders, or as they are where that is
    None: what it is given are transposed arrays, and it computes what the other one does."""
    moved: dict[Variable, Variable] = {}
    inputs = []
    for variable, order in zip(graph.inputs, orders, strict=True):
        given = variable
        if order is not None:
            given = variable.type.clone(shape=[variable.type.shape[a] for a in order])()
            given.name = variable.name
            moved[variable] = DimShuffle([order.index(a) for a in range(len(order))])(given)
        inputs.append(given)
    return FunctionGraph(inputs, clone_replace(graph.outputs, moved), graph.replaces)
