"""What the loops of a nest read and write."""

from dataclasses import dataclass

from symgraph.graph import Apply, Variable
from symgraph.lower.program import Buffer, Value
from symgraph.lower.rules.gather import Gather

Indices = tuple[Value, ...]


@dataclass
class Memory:
    """Where a nest stores: its results, reductions added up in place, and what is kept for a
    later phase."""

    results: dict[Variable, Buffer]
    accumulators: dict[Apply, Buffer]
    kept: dict[Variable, Buffer]


@dataclass
class Sources:
    """What a nest reads: views in the order of its loops, by element or (True) by row; what
    indices pick out of memory; single numbers; and positions, by the strides that count them."""

    views: dict[tuple[Variable, bool], Buffer]
    gathers: dict[Apply, Gather]
    scalars: dict[Variable, Value]
    counted: dict[Variable, Indices]
