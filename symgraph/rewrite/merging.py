"""Groups of independent nodes, which can be merged into one."""

from collections.abc import Sequence

from symgraph.graph import Apply, FunctionGraph


def independent(graph: FunctionGraph, nodes: Sequence[Apply]) -> list[list[Apply]]:
    """Return the nodes in groups within which none needs another's outputs, each in the first group
    that admits it.

    Replacing one whole group by one node leaves the graph acyclic; after that the remaining groups
    must be computed again.
    """
    bits = {node: 1 << number for number, node in enumerate(nodes)}
    # For each node the bit set of those of `nodes` that it needs, including itself.
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
