"""Move cheap values into the loops that use them, instead of the first loops that could compute
them.

1 - h**2, the derivative of tanh, could be computed together with h; but it is used much later,
while h is kept in memory anyway. Computed where it is used it takes no memory, and less time than
storing and loading a number. Random numbers, which read no memory, move whatever they cost. Nothing
is computed twice: a value moves only where all its uses are in one nest.
"""

from collections.abc import Sequence

from symgraph.graph import Apply, Constant, FunctionGraph, Variable
from symgraph.lower.cost import is_expensive
from symgraph.lower.extents.table import ExtentTable
from symgraph.lower.fusion.groups import FusionGroup, Unit, is_gather
from symgraph.lower.target import Target
from symgraph.ops import Elemwise, Positions
from symgraph.ops.random_bits import is_word

# Limits on the nodes that move together, and on the arrays that their new nest then reads for them:
# the move saves storing and loading one array.
CONE = 8
NEW_READS = 2
# Limit on the nodes of a random number that move together.
DRAW = 32


def sink(
    units: Sequence[Unit], graph: FunctionGraph, table: ExtentTable, target: Target
) -> list[Unit]:
    """Return the units with cheap nodes moved to the groups that use them; empty groups removed."""
    mover = _Mover([unit for unit in units if isinstance(unit, FusionGroup)], graph, table, target)
    mover.run()
    return [unit for unit in units if not isinstance(unit, FusionGroup) or unit.nodes]


class _Mover:
    def __init__(
        self,
        groups: list[FusionGroup],
        graph: FunctionGraph,
        table: ExtentTable,
        processor: Target,
    ) -> None:
        self.groups = groups
        self.graph = graph
        self.table = table
        self.processor = processor
        self.home = {node: group for group in groups for node in group.nodes}
        self.moved: dict[FusionGroup, list[Apply]] = {}

    def run(self) -> None:
        for group in reversed(self.groups):
            for node in reversed(group.nodes):
                if self.home[node] is group:
                    self._try(node, group)
        for group in self.groups:
            stay = [node for node in group.nodes if self.home[node] is group]
            # In reverse order of discovery: inputs before their users.
            group.nodes[:] = [*reversed(self.moved.get(group, [])), *stay]

    def _try(self, node: Apply, group: FusionGroup) -> None:
        (out, *_) = node.outputs
        if not self._is_element(node, group):
            return
        target = self._only_user(out)
        if target is None or target is group or target.space != group.space or not target.space:
            return
        cone = self._cheap_cone(node, group, target) or self._drawn_cone(node, group, target)
        for member in cone:
            self.home[member] = target
        self.moved.setdefault(target, []).extend(cone)

    def _cheap_cone(self, node: Apply, group: FusionGroup, target: FusionGroup) -> list[Apply]:
        cone = self._cone(node, group, CONE)
        if not all(map(self._is_cheap, cone)) or self._new_reads(cone, target) > NEW_READS:
            return []
        return cone

    def _drawn_cone(self, node: Apply, group: FusionGroup, target: FusionGroup) -> list[Apply]:
        cone = self._cone(node, group, DRAW)
        if not any(map(is_word, cone)) or self._new_reads(cone, target):
            return []
        return cone

    def _is_element(self, node: Apply, group: FusionGroup) -> bool:
        """Return whether a node computes elements of its group's space."""
        return isinstance(node.op, Elemwise) and self.table[node.outputs[0]] == group.space

    def _only_user(self, variable: Variable) -> FusionGroup | None:
        """Return the only group that uses a value, as an element of its space; else None."""
        users = {
            # Gathers read their array and their indices from memory.
            self.home.get(client) if isinstance(client, Apply) and not is_gather(client) else None
            for client, _ in self.graph.clients[variable]
        }
        return users.pop() if len(users) == 1 else None

    def _cone(self, node: Apply, group: FusionGroup, most: int) -> list[Apply]:
        """Return the node and the nodes of its group that only it needs, users first. The list is
        empty where these are more than `most`, or where it would read values that are not in memory
        anyway."""
        cone = [node]
        for member in cone:
            for variable in member.inputs:
                maker = variable.owner
                if maker is None or self.home.get(maker) is not group or maker in cone:
                    continue
                clients = [client for client, _ in self.graph.clients[variable]]
                if any(self._is_outside(client, group, cone) for client in clients):
                    continue
                if not all(client in cone for client in clients):
                    return []
                if not self._is_element(maker, group) or len(cone) == most:
                    return []
                cone.append(maker)
        return cone

    def _is_outside(self, client: object, group: FusionGroup, cone: list[Apply]) -> bool:
        """Return whether a use needs the value in memory, whatever moves."""
        if not isinstance(client, Apply):
            return True
        return client not in cone and self.home.get(client) is not group

    def _new_reads(self, cone: list[Apply], target: FusionGroup) -> int:
        """Return the number of arrays of the whole space that the target does not read yet."""
        made = {v for node in cone for v in node.outputs}
        members = [n for n in target.nodes if self.home[n] is target]
        members += self.moved.get(target, [])
        read = {v for node in members for v in node.inputs}
        return sum(
            self.table[v] == target.space
            and not isinstance(v, Constant)
            and not (v.owner is not None and isinstance(v.owner.op, Positions))
            for v in {v for node in cone for v in node.inputs} - made - read
        )

    def _is_cheap(self, node: Apply) -> bool:
        name = node.op.scalar.name  # type: ignore[attr-defined]
        return not is_expensive(name, node.inputs[-1].type.dtype, self.processor)
