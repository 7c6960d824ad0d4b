"""The context of a rewrite: queries for the clients of a variable and for equal extents."""

from collections.abc import Iterable
from typing import Any

from symgraph.graph import Apply, FunctionGraph, Variable
from symgraph.ops import Elemwise, ShapeOf
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.shape import keys_of_extents, known_extent

# The largest number of extents of nested broadcasts that are examined.
MOST_BROADCASTING = 20


class RewriteContext:
    """The context in which the rules rewrite one graph.

    It is made before any rule runs: what the original graph demands of extents stays valid, since a
    program that violates it is an error. `equal`: keys of extents that are equal for another
    reason.
    """

    def __init__(self, graph: FunctionGraph, equal: Iterable[tuple[Any, Any]] = ()) -> None:
        self.graph = graph
        self._leaders: dict[Any, Any] = {}
        for left, right in equal:
            self._unite(left, right)
        nodes = graph.toposort()
        for node in nodes:
            for left, right in node.op.shape_constraints(node):
                self._unite(left, right)
        if self._leaders:
            for node in nodes:
                self._broadcast(node.outputs[0])

    def users(self, variable: Variable) -> list[Apply | str]:
        """Return the clients that need the values of a variable: nodes, and "output" for the graph
        itself."""
        return [
            client
            for client, _ in self.graph.clients.get(variable, ())
            if isinstance(client, str) or not isinstance(client.op, ShapeOf)
        ]

    def used_once(self, variable: Variable) -> bool:
        """Return whether the values have at most one use, which is not the graph's output; true for
        new variables of a rule, which are not in the graph yet."""
        found = 0
        for client, _ in self.graph.clients.get(variable, ()):
            if isinstance(client, str):
                return False
            if not isinstance(client.op, ShapeOf):
                found += 1
                if found > 1:
                    return False
        return True

    def keys(self, variable: Variable) -> tuple[Any, ...]:
        """Return the keys of the extents (see `symgraph.ops.extent_equality`), with one key for all
        extents that the graph demands to be equal."""
        self._broadcast(variable)
        return tuple(map(self._leader, extent_keys(variable)))

    def key_of(self, extent: Variable) -> Any:
        """Return the key of an axis with this extent, comparable with `keys`."""
        known = known_extent(extent)
        return self._leader(keys_of_extents([extent])[0]) if known is None else known

    def same_extent(self, left: Variable, right: Variable, axis: int) -> bool:
        """Return whether two variables of one rank provably have the same extent on the axis; also
        where both are broadcasts of the same variables, whatever their result is."""
        a, b = (self._leader(extent_keys(variable)[axis]) for variable in (left, right))
        return a == b or self._broadcasting(left, axis) == self._broadcasting(right, axis)

    def _broadcasting(self, variable: Variable, axis: int) -> set[Any]:
        """Return the keys of the extents that elementwise functions broadcast together on the
        axis."""
        found: set[Any] = set()
        pending = [self._leader(extent_keys(variable)[axis])]
        seen = set(pending)
        while pending and len(seen) < MOST_BROADCASTING:
            key = pending.pop()
            node = key[0].owner if isinstance(key, tuple) else None
            if node is None or not isinstance(node.op, Elemwise):
                found.add(key)
                continue
            for operand in node.inputs:
                own = self._leader(extent_keys(operand)[key[1]])
                if own in seen:
                    # Where the graph demands it, a result has the extent of its own operand.
                    found.add(own)
                else:
                    seen.add(own)
                    pending.append(own)
        # Extents that were not examined represent themselves.
        return found.union(pending) - {1}

    def equate(self, old: Variable, new: Variable) -> None:
        """Record that `new` replaces `old`, so that their extents are equal."""
        for left, right in zip(extent_keys(old), extent_keys(new), strict=True):
            self._unite(left, right)

    def _broadcast(self, variable: Variable) -> None:
        """Find extents of an elementwise result that follow from its operands only together with
        the demands of the graph."""
        node = variable.owner
        if node is None or not isinstance(node.op, Elemwise):
            return
        for axis, key in enumerate(extent_keys(variable)):
            if key == (variable, axis) and key not in self._leaders:
                given = {self._leader(extent_keys(v)[axis]) for v in node.inputs} - {1}
                if len(given) == 1:
                    self._unite(key, given.pop())

    def _leader(self, key: Any) -> Any:
        leaders = self._leaders
        leader = key
        while leader in leaders:
            leader = leaders[leader]
        # Path compression.
        while key in leaders and leaders[key] is not leader:
            leaders[key], key = leader, leaders[key]
        return leader

    def _unite(self, left: Any, right: Any) -> None:
        left, right = self._leader(left), self._leader(right)
        if left == right:
            return
        if isinstance(left, int):
            left, right = right, left
        if not isinstance(left, int):
            self._leaders[left] = right
