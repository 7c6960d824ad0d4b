"""Group elementwise operations and reductions that share one loop nest.

Each node gets a stage: one after the stage of any value that it must find complete in memory, and
the same stage as values of its own iteration space, which it can take from registers. Nodes of one
stage and one space form a group. A group depends on earlier stages only, so groups never depend on
each other in a cycle.

A reduction over the last axes of a space leaves one number for each *row* (each iteration of the
loops over the first axes). Nodes that compute with such numbers row by row, and nodes that use them
in the full space again, join the group: a softmax is one nest, which computes each row's maximum,
then its sum, then divides, while the row is in the cache.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from symgraph.graph import Apply, FunctionGraph, Variable
from symgraph.lower.extents.table import Extents, ExtentTable
from symgraph.lower.fusion.reduction import Reduction, reduction_of
from symgraph.ops import AdvancedSubtensor, DimShuffle, Elemwise, ShapeOf

# Groups of more nodes are cut into several kernels: compile time grows faster than linearly.
GROUP_LIMIT = 48


@dataclass(eq=False)
class FusionGroup:
    """Elementwise nodes and reductions over one iteration space, which one loop nest computes.

    With `rows`, the group uses values for each iteration of the first `rows` axes; nodes of that
    many axes (or with extents of 1 behind them) then belong to it as well, and so do the
    DimShuffles that restore the lost axes.
    """

    # The extents of the loops; empty for single numbers, whatever their rank.
    space: Extents
    # The nodes computed, in topological order.
    nodes: list[Apply] = field(default_factory=list)
    # The number of leading axes that a row is an iteration of; None where no row values are used.
    rows: int | None = None
    # Scatters of values of the space, computed by the group or others.
    scatters: list[Apply] = field(default_factory=list)
    # The axes of its reductions, where these must be the same for all.
    reduced: tuple[int, ...] | None = None

    def accepts(self, rows: int) -> bool:
        return self.rows in (None, rows) and self.reduced in (
            None,
            tuple(range(rows, len(self.space))),
        )


# An entry of a schedule, which is in execution order: a group, or a node by itself.
Unit = FusionGroup | Apply


class RegisterPlace(NamedTuple):
    """The place where a value is available in registers: in a stage's loops over a space, in each
    of their iterations, or in each iteration of the first `rows` loops."""

    # Groups of later stages load the value from memory.
    stage: int
    # The extents of the loops.
    space: Extents
    # None for a value of each iteration of all loops.
    rows: int | None


def row_shapes(space: Extents, rows: int) -> tuple[Extents, Extents]:
    """Return the two extents that row values may have: without the other axes, or with 1 there."""
    return space[:rows], (*space[:rows], *[1] * (len(space) - rows))


def is_gather(node: Apply) -> bool:
    """Return whether a node loads elements from memory by indices."""
    return isinstance(node.op, AdvancedSubtensor)


def is_elements(node: Apply) -> bool:
    """Return whether each of a node's elements can be computed independently."""
    return isinstance(node.op, Elemwise) or is_gather(node)


def is_fusible(node: Apply, table: ExtentTable) -> bool:
    """Return whether a node can be computed in a loop nest shared with others."""
    if isinstance(node.op, Elemwise):
        return True
    if is_gather(node):
        return node.outputs[0].type.ndim > 0
    reduction = reduction_of(node, table)
    return reduction is not None and bool(reduction.axes)


def is_single(node: Apply, table: ExtentTable) -> bool:
    """Return whether a node computes a single number from single numbers, without a loop."""
    if not isinstance(node.op, Elemwise):
        return False
    return all(e == 1 for v in (*node.inputs, *node.outputs) for e in table[v])


def is_alias(node: Apply, table: ExtentTable) -> bool:
    """Return whether a node is known to return its first input unchanged."""
    reduction = reduction_of(node, table)
    return reduction is not None and not reduction.axes and reduction.keeps


def schedule(
    nodes: Sequence[Apply],
    table: ExtentTable,
    fusible: set[Apply],
    views: set[Apply],
    apart: bool = False,
) -> list[Unit]:
    """Return groups and single nodes, in an order in which they can run. `apart`: the reductions of
    a group are over the same axes."""
    scheduler = _Scheduler(table, fusible, views, apart)
    for node in nodes:
        scheduler.add(node)
    return scheduler.ordered()


class _Scheduler:
    def __init__(
        self, table: ExtentTable, fusible: set[Apply], views: set[Apply], apart: bool
    ) -> None:
        self.table = table
        self.apart = apart
        self.fusible = fusible
        self.views = views
        # The stage from which on a value is complete in memory.
        self.ready: dict[Variable, int] = {}
        self.places: dict[Variable, RegisterPlace] = {}
        # The nodes that come first in their stage: views, and single numbers.
        self.first: set[Apply] = set()
        self.stages: dict[int, dict[Extents | Apply, Unit]] = {}

    def add(self, node: Apply) -> None:
        if node in self.fusible and is_single(node, self.table):
            self._add_alone(node, True)
        elif node in self.fusible:
            reduction = reduction_of(node, self.table)
            if reduction is not None:
                self._add_reduction(node, reduction)
            elif is_gather(node):
                # The array and the indices must be complete in memory.
                stage = max(self.ready.get(v, 0) for v in node.inputs)
                self._join(node, stage, self.table[node.outputs[0]], None)
            elif not self._add_to_rows(node):
                self._add_to_space(node)
        elif not (node in self.views and self._add_spread(node)):
            self._add_alone(node, node in self.views)

    def _add_alone(self, node: Apply, is_first: bool) -> None:
        if isinstance(node.op, ShapeOf):
            stage = self._told(self.table[node.inputs[0]][node.op.axis])
        else:
            stage = max((self.ready.get(v, 0) for v in node.inputs), default=0)
        self.stages.setdefault(stage, {})[node] = node
        if is_first:
            self.first.add(node)
        for variable in node.outputs:
            self.ready[variable] = stage if is_first else stage + 1

    def _told(self, extent: int | Variable) -> int:
        """Return the stage from which on an extent is known, which may be long before the array
        is."""
        stage, met = 0, {extent}
        pending = [extent]
        while pending:
            variable = pending.pop()
            if isinstance(variable, int):
                continue
            source, _ = self.table.origin.get(variable, (variable, 0))
            if source in self.ready:
                stage = max(stage, self.ready[source])
            elif variable.owner is not None:
                pending += [v for v in variable.owner.inputs if v not in met]
                met.update(variable.owner.inputs)
        return stage

    def _join(self, node: Apply, stage: int, space: Extents, rows: int | None) -> FusionGroup:
        """Put a node in the group of a stage and space, and record the place of its value."""
        group = self.stages.setdefault(stage, {}).setdefault(space, FusionGroup(space))
        assert isinstance(group, FusionGroup)
        group.nodes.append(node)
        for variable in node.outputs:
            self.ready[variable] = stage + 1
            self.places[variable] = RegisterPlace(stage, space, rows)
        return group

    def _group(self, place: RegisterPlace) -> FusionGroup:
        group = self.stages[place.stage][place.space]
        assert isinstance(group, FusionGroup)
        return group

    def _in_space(self, variable: Variable, space: Extents) -> RegisterPlace | None:
        """Return where loops over the space can take a value from registers."""
        place = self.places.get(variable)
        if place is None or place.space != space:
            return None
        if place.rows is not None:
            spread = row_shapes(space, place.rows)[1]
            if self.table[variable] != spread or not self._group(place).accepts(place.rows):
                return None
        return place

    def _add_to_space(self, node: Apply) -> None:
        """Add an elementwise node to the loops over its own space."""
        space = self.table[node.outputs[0]]
        stage = self._stage_in_space(node, space)
        group = self._join(node, stage, space, None)
        for variable in node.inputs:
            place = self._in_space(variable, space)
            if place is not None and place.stage == stage and place.rows is not None:
                group.rows = place.rows

    def _stage_in_space(self, node: Apply, space: Extents) -> int:
        stage, rows = 0, None
        for variable in node.inputs:
            place = self._in_space(variable, space)
            if place is None:
                stage = max(stage, self.ready.get(variable, 0))
                continue
            if place.rows is not None and rows not in (None, place.rows):
                # Rows of two kinds: one of the values is read from memory.
                stage = max(stage, place.stage + 1)
                continue
            rows = rows if place.rows is None else place.rows
            stage = max(stage, place.stage)
        return stage

    def _add_reduction(self, node: Apply, reduction: Reduction) -> None:
        space = self.table[node.inputs[0]]
        stage = self._stage_in_space(node, space)
        rows = len(space) - len(reduction.axes)
        is_suffix = rows > 0 and reduction.axes == tuple(range(rows, len(space)))
        if self.apart:
            stage = self._stage_apart(stage, space, reduction.axes, rows if is_suffix else None)
        group = self._join(node, stage, space, rows if is_suffix else None)
        if self.apart:
            group.reduced = reduction.axes
        place = self._in_space(node.inputs[0], space)
        if place is not None and place.stage == stage and place.rows is not None:
            group.rows = place.rows
        if not is_suffix:
            del self.places[node.outputs[0]]

    def _stage_apart(
        self, stage: int, space: Extents, axes: tuple[int, ...], rows: int | None
    ) -> int:
        """Return the first stage, from one on, whose group over the space has no reduction over
        other axes, and no row values unless these are its rows."""
        while True:
            group = self.stages.get(stage, {}).get(space)
            if group is None:
                return stage
            assert isinstance(group, FusionGroup)
            if group.reduced in (None, axes) and group.rows in (None, rows):
                return stage
            stage += 1

    def _add_to_rows(self, node: Apply) -> bool:
        """Add an elementwise node of row values to the group that they come from."""
        own = self.table[node.outputs[0]]
        for variable in node.inputs:
            place = self.places.get(variable)
            if place is None or place.rows is None or own == place.space:
                continue
            if own not in row_shapes(place.space, place.rows):
                continue
            if not self._group(place).accepts(place.rows):
                continue
            if all(self._known_at(other, place) for other in node.inputs):
                self._join(node, place.stage, place.space, place.rows).rows = place.rows
                return True
        return False

    def _known_at(self, variable: Variable, place: RegisterPlace) -> bool:
        """Return whether a value is available to the rows of a place."""
        return self.places.get(variable) == place or self.ready.get(variable, 0) <= place.stage

    def _add_spread(self, node: Apply) -> bool:
        """Add a DimShuffle that broadcasts row values to the axes of their space."""
        if not isinstance(node.op, DimShuffle):
            return False
        place = self.places.get(node.inputs[0])
        if place is None or place.rows is None:
            return False
        lost = len(place.space) - place.rows
        if tuple(node.op.order) != (*range(place.rows), *["x"] * lost):
            return False
        if self.table[node.inputs[0]] != place.space[: place.rows]:
            return False
        self._join(node, place.stage, place.space, place.rows)
        return True

    def ordered(self) -> list[Unit]:
        ordered: list[Unit] = []
        for stage in sorted(self.stages):
            # First the nodes that others of the stage may use.
            present = list(self.stages[stage].values())
            for unit in present:
                if isinstance(unit, Apply) and unit in self.first:
                    ordered.append(unit if unit in self.views else FusionGroup((), [unit]))
            for unit in present:
                if isinstance(unit, FusionGroup):
                    ordered += _cut(unit)
                elif unit not in self.first:
                    ordered.append(unit)
        return ordered


def _cut(group: FusionGroup) -> list[FusionGroup]:
    pieces = range(0, len(group.nodes), GROUP_LIMIT)
    return [
        FusionGroup(group.space, group.nodes[start : start + GROUP_LIMIT], group.rows)
        for start in pieces
    ]


def needed_outside(group: FusionGroup, graph: FunctionGraph) -> set[Variable]:
    """Return the values of a group that other units read, or that the function returns."""
    members = {*group.nodes, *group.scatters}
    return {
        variable
        for node in group.nodes
        for variable in node.outputs
        if any(_reads(client) and client not in members for client, _ in graph.clients[variable])
    }


def _reads(client: Apply | str) -> bool:
    """Return whether a use of a value reads its elements, not only its extents."""
    return isinstance(client, str) or not isinstance(client.op, ShapeOf)
