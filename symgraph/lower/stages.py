"""Which elementwise operations and reductions share one loop nest.

Nodes are put in stages: a node comes one stage after what it must find complete in memory, and
in the same stage as the elementwise values of its own iteration space, which it can take from
registers. Nodes of one stage and one space make a group. A group depends on earlier stages
only, so groups can never wait for each other in a circle.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from symgraph.graph import Apply, Constant, FunctionGraph, Variable
from symgraph.lower.extents import Extents, ExtentTable
from symgraph.ops import Elemwise, Reduce

# More nodes than this are cut into several kernels: compile time grows faster than linearly.
GROUP_LIMIT = 48


@dataclass
class Group:
    """Elementwise nodes and reductions over one iteration space, in topological order."""

    space: Extents
    nodes: list[Apply] = field(default_factory=list)


Unit = Group | Apply


def space_of(node: Apply, table: ExtentTable) -> Extents:
    """The iteration space: the output's extents, or of a reduction the input's."""
    return table[node.inputs[0] if isinstance(node.op, Reduce) else node.outputs[0]]


def schedule(
    nodes: Sequence[Apply], table: ExtentTable, fusible: set[Apply], views: set[Apply]
) -> list[Unit]:
    """Groups, and nodes that stand alone, in an order in which they can run."""
    ready: dict[Variable, int] = {}
    producer: dict[Variable, tuple[int, Extents]] = {}
    stages: dict[int, dict[Extents | Apply, Unit]] = {}
    for node in nodes:
        space = space_of(node, table) if node in fusible else None
        stage = 0
        for variable in node.inputs:
            inside = producer.get(variable)
            if space is not None and inside is not None and inside[1] == space:
                stage = max(stage, inside[0])
            else:
                stage = max(stage, ready.get(variable, 0))
        for variable in node.outputs:
            ready[variable] = stage if node in views else stage + 1
            if space is not None and isinstance(node.op, Elemwise):
                producer[variable] = (stage, space)
        units = stages.setdefault(stage, {})
        if space is None:
            units[node] = node
        else:
            group = units.setdefault(space, Group(space))
            assert isinstance(group, Group)
            group.nodes.append(node)
    ordered: list[Unit] = []
    for stage in sorted(stages):
        # Views first: others of their stage may look through them.
        present = list(stages[stage].values())
        ordered += [unit for unit in present if isinstance(unit, Apply) and unit in views]
        for unit in present:
            if isinstance(unit, Group):
                ordered += _cut(unit)
            elif unit not in views:
                ordered.append(unit)
    return ordered


def _cut(group: Group) -> list[Group]:
    pieces = range(0, len(group.nodes), GROUP_LIMIT)
    return [Group(group.space, group.nodes[start : start + GROUP_LIMIT]) for start in pieces]


def is_scalar_constant(variable: Variable) -> bool:
    return isinstance(variable, Constant) and variable.data.size == 1


def needed_outside(group: Group, graph: FunctionGraph) -> set[Variable]:
    """The values of a group that something else reads, or that the function returns."""
    members = set(group.nodes)
    return {
        variable
        for node in group.nodes
        for variable in node.outputs
        if isinstance(node.op, Reduce)
        or any(client not in members for client, _ in graph.clients[variable])
    }
