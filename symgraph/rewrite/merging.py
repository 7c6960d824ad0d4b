"""Nodes that can become one: none of which needs what another makes."""

from collections.abc import Sequence

from symgraph.graph import Apply, FunctionGraph


def independent(graph: FunctionGraph, nodes: Sequence[Apply]) -> list[list[Apply]]:
    """Return the nodes in groups of which none needs another's outputs, each in the first that
    admits it. Putting one node in the place of one whole group leaves the graph without cycles;
    after that the others are to be asked for anew."""
    bits = {node: 1 << number for number, node in enumerate(nodes)}
    # For each node those of `nodes` that it needs, itself among them.
    needs: dict[Apply, int] = {}
    groups: list[list[Apply]] = []
    for node in graph.toposort():
        mask = 0
        for variable in node.inputs:
            if variable.owner is not None:
                mask |= needs[variable.owner]
        if node in bits:
            admitting = (g for g in groups if not any(mask & bits[other] for other in g))
            group = next(admitting, None)
            if group is None:
                groups.append([node])
            else:
                group.append(node)
        needs[node] = mask | bits.get(node, 0)
    return groups
