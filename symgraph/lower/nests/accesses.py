"""What the loops of a nest read and write."""

from collections.abc import Sequence
from dataclasses import dataclass

from symgraph.graph import Apply, Variable
from symgraph.lower.program.values import Buffer, Value
from symgraph.lower.rules.gather import Gather
from symgraph.lower.rules.scatter import Scatter

Indices = tuple[Value, ...]
# A variable as loops read it: by element (False), or once for each row (True).
Source = tuple[Variable, bool]


@dataclass
class Memory:
    """Where a nest stores."""

    # What is written once, by element or by row.
    results: dict[Variable, Buffer]
    # Reductions that are added up in place.
    accumulators: dict[Apply, Buffer]
    # Values of a phase that later ones load.
    kept: dict[Variable, Buffer]
    # Values that go where indices say.
    scatters: Sequence[Scatter] = ()


@dataclass
class Operands:
    """What a nest reads and writes, by the axes of its space."""

    memory: Memory
    # The arrays that are read, as they lie in memory.
    buffers: dict[Source, Buffer]
    # The steps in them along the axes of the space, or of rows.
    strides: dict[Source, Indices]
    # Single numbers, which are read before the loops.
    scalars: dict[Variable, Value]
    # What indices pick out of memory.
    gathers: dict[Apply, Gather]
    # Positions along axes of the space, by the strides that count them.
    counted: dict[Source, Indices]


@dataclass
class Sources:
    """What a nest reads, by its loops."""

    # Arrays as seen by loops, in their order.
    views: dict[Source, Buffer]
    # What indices pick out of memory.
    gathers: dict[Apply, Gather]
    # Single numbers, known before the loops.
    scalars: dict[Variable, Value]
    # Positions, by the strides that count them.
    counted: dict[Variable, Indices]
