"""How the work of a convolution is cut, and the scratch memory that it takes.

Work is cut into units; these go to cells, each of which has its own scratch memory, and threads
take cells. All this depends on extents alone: results do not depend on how many threads there are.
"""

from collections.abc import Callable, Iterator
from functools import partial

from symgraph.lower.builder import Builder
from symgraph.lower.convolutions.patches import by_patches
from symgraph.lower.convolutions.problem import SCHEDULES, Plan, Problem
from symgraph.lower.convolutions.tiles import Tiling, by_tiles
from symgraph.lower.program import Literal, Value

__all__ = ["SCHEDULES", "Plan", "Problem", "Scheduled", "choices"]

# Writes a schedule where the program is when it is called.
Scheduled = Callable[[], Plan]


def choices(b: Builder, p: Problem) -> Iterator[tuple[Value, Scheduled]]:
    """The algorithms that suit a convolution: the first whose condition holds is to be taken, and
    the last one's does. Conditions follow from the extents, some of which only the running program
    may know."""
    yes: Value = Literal(True, "bool")
    for tiling in Tiling.all_of(b, p):
        suits = tiling.suits
        if suits != Literal(False, "bool"):
            yield suits, partial(by_tiles, b, p, tiling)
        if suits == yes:
            return
    yield yes, partial(by_patches, b, p)
