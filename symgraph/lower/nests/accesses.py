"""What the loops of a nest read and write."""

from collections.abc import Sequence
from dataclasses import dataclass

from symgraph.graph import Apply, Variable
from symgraph.lower.program.values import Buffer, Value
from symgraph.lower.rules.gather import Gather
from symgraph.lower.rules.scatter import Scatter

Indices = tuple[Value, ...]


@dataclass
class Memory:
    """Where a nest stores: its results, reductions added up in place, what is kept for a later
    phase, and values that go where indices say."""

    results: dict[Variable, Buffer]
    accumulators: dict[Apply, Buffer]
    kept: dict[Variable, Buffer]
    scatters: Sequence[Scatter] = ()


@dataclass
class Sources:
    """What a nest reads: views in the order of its loops, by element or (True) by row; what
    indices pick out of memory; single numbers; and positions, by the strides that count them."""

    views: dict[tuple[Variable, bool], Buffer]
    gathers: dict[Apply, Gather]
    scalars: dict[Variable, Value]
    counted: dict[Variable, Indices]
