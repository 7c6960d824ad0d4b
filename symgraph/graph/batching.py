"""What an operation is handed to work on many of its inputs at once."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from symgraph.graph.variable import Variable


class Batched(NamedTuple):
    """A variable, and whether it has the axes of the batch before its own."""

    variable: Variable
    batched: bool


class BatchContext(Protocol):
    """What `Op.batch` makes the outputs for a batch from.

    Of `inputs` some are batched: they have `depth` axes more, before their own.
    """

    inputs: Sequence[Batched]
    depth: int

    @property
    def variables(self) -> list[Variable]:
        """Return the inputs, batched or not."""
        ...

    @property
    def extents(self) -> list[Variable]:
        """Return the extents of the batch: what the first extents of batched inputs broadcast
        to."""
        ...

    def repeated(self, x: Batched) -> Variable:
        """Return a variable for each element of the batch: with all axes of the batch."""
        ...
