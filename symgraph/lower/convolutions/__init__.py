"""How the work of a convolution is cut, and the scratch memory that it takes.

Work is cut into units; these go to cells, each of which has its own scratch memory, and threads
take cells. All this depends on extents alone: results do not depend on how many threads there are.
"""

from symgraph.lower.builder import Builder
from symgraph.lower.convolutions.patches import by_patches
from symgraph.lower.convolutions.problem import SCHEDULES, Plan, Problem
from symgraph.lower.convolutions.tiles import Tiling, by_tiles

__all__ = ["SCHEDULES", "Plan", "Problem", "schedule"]


def schedule(b: Builder, p: Problem) -> Plan:
    """The algorithm that suits a convolution, and how its work is cut."""
    tiling = Tiling.of(p)
    return by_patches(b, p) if tiling is None or not tiling.pays else by_tiles(b, p, tiling)
