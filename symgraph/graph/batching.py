"""The arguments of `Op.batch`, which applies an operation to a batch of its inputs at once."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from symgraph.graph.variable import Variable


class Batched(NamedTuple):
    """A variable, and whether it has the batch axes in front of its own axes."""

    variable: Variable
    batched: bool


class BatchContext(Protocol):
    """The context in which `Op.batch` builds the outputs for a batch.

    Some of the `inputs` are batched: they have `depth` additional axes in front of their own.
    """

    inputs: Sequence[Batched]
    depth: int

    @property
    def variables(self) -> list[Variable]:
        """Return the inputs, batched or not."""
        ...

    @property
    def extents(self) -> list[Variable]:
        """Return the extents of the batch: the broadcast of the leading extents of the batched
        inputs."""
        ...

    def repeated(self, x: Batched) -> Variable:
        """Return a variable with one entry for each element of the batch, so with all batch
        axes."""
        ...
