"""Expressions that were written more than once, as one: their derivative is taken once."""

from collections.abc import Collection, Iterable
from typing import Any

from symgraph.graph import Apply, Constant, Variable


def find_twins(
    nodes: Iterable[Apply], kept: Collection[Variable]
) -> tuple[list[Apply], dict[Variable, Variable]]:
    """Return the nodes, given in order, but those that compute again what an earlier one does; and
    what those make, with what the earlier ones make. What computes the variables in `kept` stays
    apart: those are asked for, or held fixed, by name.

    A product of which each user takes a part would else have one derivative for each of them,
    which no later rewriting can put together again.
    """
    leaders: dict[Variable, Variable] = {}
    known: dict[Any, Apply] = {}
    result = []
    for node in nodes:
        if not any(variable in kept for variable in node.outputs):
            inputs = (leaders.get(v, v) for v in node.inputs)
            names = (v.signature() if isinstance(v, Constant) else v for v in inputs)
            first = known.setdefault((node.op, *names), node)
            if first is not node:
                leaders.update(zip(node.outputs, first.outputs, strict=True))
                continue
        result.append(node)
    return result, leaders
