"""What kernels are given: arrays, what the device keeps between launches, numbers of the host."""

from enum import Enum
from typing import NamedTuple

from symgraph.lower.program.values import Buffer, Scalar

# Bytes of a slot for a scalar that is handed on.
SLOT = 16
# Words of 8 bytes of the report of a failed check: its number, and the values that its message has.
REPORT = 8
# Items of a group along the first dimension of a grid, a power of two.
GROUP = 128


class Shared(Enum):
    """What the device keeps between launches."""

    SLOTS = "slots"
    """The scalars that launches hand on."""
    REPORT = "report"
    """The number of the first check that failed, and its values."""
    PARTIAL = "partial"
    """The partial results of a total."""


class Chunk(NamedTuple):
    """How many iterations an item makes, along a dimension of the grid."""

    dimension: int


Parameter = Buffer | Shared | Scalar | Chunk
