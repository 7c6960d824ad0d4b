"""Find the extents that a program demands of its arguments: a product of `x` with a 784 x 10 matrix
runs only where `x` has 784 columns. So the program is specialised for those extents, and checks
them before it runs."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from symgraph.graph import Apply, Variable
from symgraph.lower.extents.table import ExtentTable
from symgraph.ops import BatchedDot, Dot, Gemm, ScaledDot, SpecifyShape


class ExtentConstraint(NamedTuple):
    """A required extent of an axis of an argument, and the error message where it differs: the
    message mentions the actual extent first, or second if `first` is False."""

    extent: int
    node: Apply
    message: str
    first: bool = True


# Constraints by argument and axis.
Demands = dict[tuple[Variable, int], ExtentConstraint]
DOT = "dot: shapes do not fit: {0} columns and {1} rows"


def extent_constraints(nodes: Iterable[Apply], table: ExtentTable) -> Demands:
    """Return the constraints that nodes, all of which will run, put on extents that are not
    known."""
    found: Demands = {}
    for node in nodes:
        for have, want, message in _equal(node, table):
            for symbol, extent, first in ((have, want, True), (want, have, False)):
                if isinstance(extent, int) and symbol in table.origin:
                    origin = table.origin[symbol]
                    found.setdefault(origin, ExtentConstraint(extent, node, message, first))
    return found


def _equal(node: Apply, table: ExtentTable) -> Iterator[tuple[int | Variable, int | Variable, str]]:
    """Yield pairs of extents that a node needs to be equal, with the message where they are not."""
    match node.op:
        case Dot():
            a, b = node.inputs
            yield table[a][-1], table[b][0], DOT
        case BatchedDot():
            a, b = node.inputs
            yield table[a][2], table[b][1], DOT
        case Gemm():
            _, _, a, b, _ = node.inputs
            yield table[a][-1], table[b][0], DOT
        case ScaledDot():
            _, a, b = node.inputs
            yield table[a][-1], table[b][0], DOT
        case SpecifyShape():
            x, *given = node.inputs
            for axis, (have, said) in enumerate(zip(table[x], given, strict=True)):
                message = f"an extent of {{0}} on axis {axis} was specified to be {{1}}"
                yield have, table.intern(said), message
