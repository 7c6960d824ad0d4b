"""Move epilogues of rows, functions of row values that no row needs, out of the loops over rows.

The logarithm of a row's sum is a scalar function within the loops over rows; applied to the sums of
all rows at once it vectorises, which saves most of the time for short rows. And where rows need no
row values at all, as for a mean, loops without an epilogue go through memory in any order.
"""

from collections.abc import Sequence

from symgraph.graph import Apply
from symgraph.lower.cost import function_cost
from symgraph.lower.extents.table import ExtentTable
from symgraph.lower.fusion.groups import FusionGroup, Unit
from symgraph.lower.target import Target
from symgraph.ops import DimShuffle, Elemwise


def split_epilogues(units: Sequence[Unit], table: ExtentTable, target: Target) -> list[Unit]:
    """Return the units, with functions of row values split off from groups where these are slow,
    or all that uses row values."""
    result: list[Unit] = []
    for unit in units:
        result.append(unit)
        if not isinstance(unit, FusionGroup) or unit.rows is None:
            continue
        tail = _tail(unit, table)
        leaving = set(tail)
        left = [node for node in unit.nodes if node not in leaving]
        by_rows = any(_is_of_rows(node, unit, table) for node in left)
        if any(_is_slow(node, target) for node in tail) or (tail and not by_rows):
            unit.nodes[:] = left
            unit.rows = unit.rows if by_rows else None
            result += _grouped(tail, table)
    return result


def _tail(group: FusionGroup, table: ExtentTable) -> list[Apply]:
    """Return the functions of row values that nothing else in the group needs, in order."""
    needed: set[Apply] = set()
    tail: list[Apply] = []
    for node in reversed(group.nodes):
        if _is_of_rows(node, group, table) and node not in needed:
            tail.append(node)
        else:
            needed.update(v.owner for v in node.inputs if v.owner is not None)
    return tail[::-1]


def _is_of_rows(node: Apply, group: FusionGroup, table: ExtentTable) -> bool:
    """Return whether a node computes values of rows from others, or spreads them."""
    return isinstance(node.op, DimShuffle) or (
        isinstance(node.op, Elemwise) and table[node.outputs[0]] != group.space
    )


def _is_slow(node: Apply, target: Target) -> bool:
    if not isinstance(node.op, Elemwise):
        return False
    ns = function_cost(node.op.scalar.name, node.inputs[-1].type.dtype, target)
    return ns > target.slow_ns


def _grouped(nodes: Sequence[Apply], table: ExtentTable) -> list[Unit]:
    """Return groups of consecutive nodes that have the same iteration space."""
    units: list[Unit] = []
    for node in nodes:
        if isinstance(node.op, DimShuffle):
            units.append(node)
            continue
        space, last = table[node.outputs[0]], units[-1] if units else None
        if isinstance(last, FusionGroup) and last.space == space:
            last.nodes.append(node)
        else:
            units.append(FusionGroup(space, [node]))
    return units
