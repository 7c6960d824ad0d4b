"""The memory accesses of a loop nest: what its loops read and write."""

from collections.abc import Sequence
from dataclasses import dataclass

from symgraph.graph import Apply, Variable
from symgraph.lower.program.values import Buffer, Value
from symgraph.lower.rules.gather import Gather
from symgraph.lower.rules.scatter import Scatter

Indices = tuple[Value, ...]
# A variable as loops read it: per element (False) or per row (True).
Source = tuple[Variable, bool]


@dataclass
class Memory:
    """The buffers that a nest stores to."""

    # Values that are stored once, per element or per row.
    results: dict[Variable, Buffer]
    # Reductions that accumulate in memory.
    accumulators: dict[Apply, Buffer]
    # Values of a phase that later phases load.
    kept: dict[Variable, Buffer]
    # Values that are stored at given indices.
    scatters: Sequence[Scatter] = ()


@dataclass
class Operands:
    """The operands of a nest, by the axes of its space."""

    memory: Memory
    # The arrays that are read, as they lie in memory.
    buffers: dict[Source, Buffer]
    # Their strides along the axes of the space, or of rows.
    strides: dict[Source, Indices]
    # Single numbers, which are read before the loops.
    scalars: dict[Variable, Value]
    # Elements that are loaded from memory at given indices.
    gathers: dict[Apply, Gather]
    # Positions along axes of the space, as the strides that compute them from the indices.
    counted: dict[Source, Indices]


@dataclass
class Sources:
    """The operands that a nest reads, by its loops."""

    # The arrays as views over the loops, in loop order.
    views: dict[Source, Buffer]
    # Elements that are loaded from memory at given indices.
    gathers: dict[Apply, Gather]
    # Single numbers, known before the loops.
    scalars: dict[Variable, Value]
    # Positions, as the strides that compute them from the indices.
    counted: dict[Variable, Indices]
