"""Cheap values are computed where they are used, not where they first could be.

1 - h**2, the derivative of tanh, could be computed beside h; but it is used much later, with h in
memory in the meantime anyway. Computed there it takes no memory, and less time than it takes to
store and load a number. Random numbers, which are made of nothing in memory, move whatever they
cost. Nothing is computed twice: a value moves only where all its uses are one nest.
"""

from collections.abc import Sequence

from symgraph.graph import Apply, Constant, FunctionGraph, Variable
from symgraph.lower.cost import is_expensive
from symgraph.lower.extents.table import ExtentTable
from symgraph.lower.fusion.groups import FusionGroup, Unit, is_gather
from symgraph.lower.target import Target
from symgraph.ops import Elemwise, Positions
from symgraph.ops.random_bits import is_word

# Nodes that move together, and arrays that their new nest reads for them, at most: storing and
# loading one array is what is saved.
CONE = 8
NEW_READS = 2
# Nodes of a random number that move together, at most.
DRAW = 32


def sink(
    units: Sequence[Unit], graph: FunctionGraph, table: ExtentTable, target: Target
) -> list[Unit]:
    """The units with cheap nodes moved to the groups that use them; empty groups left out."""
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
            # In reverse order of their finding: inputs before what uses them.
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
        """Whether a node computes elements of its group's space."""
        return isinstance(node.op, Elemwise) and self.table[node.outputs[0]] == group.space

    def _only_user(self, variable: Variable) -> FusionGroup | None:
        """The group in which alone a value is used, as an element of its space."""
        users = {
            # What picks by indices, and from what, lies in memory.
            self.home.get(client) if isinstance(client, Apply) and not is_gather(client) else None
            for client, _ in self.graph.clients[variable]
        }
        return users.pop() if len(users) == 1 else None

    def _cone(self, node: Apply, group: FusionGroup, most: int) -> list[Apply]:
        """The node and what only it needs in its group, users first; nothing where that are more
        than so many, or it does not end in values that lie in memory anyway."""
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
        """Whether a use asks for a value in memory, whatever moves."""
        if not isinstance(client, Apply):
            return True
        return client not in cone and self.home.get(client) is not group

    def _new_reads(self, cone: list[Apply], target: FusionGroup) -> int:
        """Arrays of the whole space that the target does not read from memory yet."""
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
