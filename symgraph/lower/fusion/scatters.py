"""Fuse scatters, writes of values at given indices, with the loops that compute the values.

A scatter joins the group that computes the values that it writes; a scatter of any other values is
a group of its own.
"""

from collections.abc import Sequence, Set

from symgraph.graph import Apply, Variable
from symgraph.lower.extents.table import ExtentTable
from symgraph.lower.fusion.groups import FusionGroup, Unit
from symgraph.lower.rules.scatter import selected_extents
from symgraph.ops import DimShuffle, IncSubtensor, Reshape, SpecifyShape, Subtensor

# Operations whose result lies in the memory of the first input, or may lie there.
ALIASES = (DimShuffle, IncSubtensor, Reshape, SpecifyShape, Subtensor)


def scatter(units: Sequence[Unit], table: ExtentTable, lowered: Set[Apply]) -> list[Unit]:
    """Return the units with scatters moved into groups."""
    made_by = {
        variable: place
        for place, unit in enumerate(units)
        for node in (unit.nodes if isinstance(unit, FusionGroup) else [unit])
        for variable in node.outputs
    }
    result: list[Unit] = []
    for unit in units:
        if (
            isinstance(unit, FusionGroup)
            or unit not in lowered
            or not isinstance(unit.op, IncSubtensor)
        ):
            result.append(unit)
            continue
        space = selected_extents(unit, table)
        value = unit.inputs[1]
        if not space or (value.type.ndim != len(space) and value.type.ndim > 0):
            result.append(unit)
            continue
        place = made_by.get(value, -1)
        home = units[place] if place >= 0 else None
        if (
            isinstance(home, FusionGroup)
            and home.rows is None
            and home.space == space == table[value]
            and all(made_by.get(v, -1) < place for v in (unit.inputs[0], *unit.inputs[2:]))
            and not _reads(home, unit.inputs[0])
        ):
            home.scatters.append(unit)
        else:
            result.append(FusionGroup(space, scatters=[unit]))
    return result


def _reads(group: FusionGroup, x: Variable) -> bool:
    """Return whether the loops would read memory that the scatter may overwrite: then it would have
    to be copied first."""
    owner = _memory_of(x)
    return any(_memory_of(v) is owner for node in group.nodes for v in node.inputs)


def _memory_of(variable: Variable) -> Variable:
    while variable.owner is not None and isinstance(variable.owner.op, ALIASES):
        variable = variable.owner.inputs[0]
    return variable
