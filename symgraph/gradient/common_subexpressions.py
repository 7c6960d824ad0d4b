"""Merging of common subexpressions before differentiation, so that each is differentiated once."""

from collections.abc import Collection, Iterable
from typing import Any

from symgraph.graph import Apply, Constant, Variable


def merge_common_subexpressions(
    nodes: Iterable[Apply], kept: Collection[Variable]
) -> tuple[list[Apply], dict[Variable, Variable]]:
    """Find nodes that recompute what an earlier node computes.

    Returns the remaining nodes, in order, and a map from the outputs of the nodes left out to the
    equal outputs of the earlier ones. The nodes that compute the variables in `kept` are not
    merged: these variables are differentiated by, or held fixed, individually.

    Otherwise a product of which each client takes a part would have one derivative for each of
    them, which no later rewrite can combine.
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
