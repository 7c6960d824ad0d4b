"""Divide the work of a convolution into units, and size the scratch memory that it takes.

The units are distributed over cells, each of which has its own scratch memory, and threads take
cells. All this depends on extents alone: results do not depend on the number of threads.
"""

from collections.abc import Callable, Iterator
from functools import partial

from symgraph.lower.convolutions.patches import by_patches
from symgraph.lower.convolutions.problem import SCHEDULES, ConvolutionPlan, ConvolutionProblem
from symgraph.lower.convolutions.winograd import WinogradProblem, by_tiles
from symgraph.lower.program.values import Literal, Value
from symgraph.lower.writing.builder import Builder

__all__ = ["SCHEDULES", "ConvolutionPlan", "ConvolutionProblem", "Scheduled", "choices"]

# Writes a schedule at the current position of the program when it is called.
Scheduled = Callable[[], ConvolutionPlan]


def choices(b: Builder, p: ConvolutionProblem) -> Iterator[tuple[Value, Scheduled]]:
    """Yield the algorithms that suit a convolution, with their conditions: the first whose
    condition holds is to be taken, and that of the last always holds. Conditions follow from the
    extents, some of which may be known only at run time."""
    yes: Value = Literal(True, "bool")
    for tiling in WinogradProblem.all_of(b, p):
        suits = tiling.suits
        if suits != Literal(False, "bool"):
            yield suits, partial(by_tiles, b, p, tiling)
        if suits == yes:
            return
    yield yes, partial(by_patches, b, p)
