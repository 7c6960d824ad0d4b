"""What the routines of the OpenCL back end take and return: views of arrays in device memory, and
launches of kernels.

A routine (`products`, `convolutions`, `pooling`) gets extents and strides as numbers and returns
its launches in order. It touches no device: buffers are opaque roots until the launches are run,
and what is not a buffer is a NumPy scalar. So lists of launches can be kept and run again.
"""

from typing import Any, NamedTuple, Protocol

import numpy as np


class Facts(Protocol):
    """What routines ask of a device; `DeviceFacts` has it."""

    @property
    def is_cpu(self) -> bool:
        """Whether items are best given vectors; else groups of items share local memory."""

    @property
    def local_bytes(self) -> int:
        """The size of a group's local memory."""

    @property
    def group_items(self) -> int:
        """The most items of a group."""

    @property
    def units(self) -> int:
        """How many groups run at a time, at least."""


class Changing(NamedTuple):
    """A number that may be another one each time that launches are run: what `source` stands for,
    and `more`."""

    source: Any
    more: int = 0

    def plus(self, more: int) -> "Changing":
        return Changing(self.source, self.more + more)


class View(NamedTuple):
    """An array of extents and strides, in elements, from an offset in a buffer on.

    Any stride may be 0 or negative. `root` is any hashable object that stands for the buffer.
    The offset may be another number each time that the launches are run, see `shifted`.
    """

    root: Any
    dtype: str
    extents: tuple[int, ...]
    offset: int | Changing
    strides: tuple[int, ...]

    def shifted(self, more: int) -> "View":
        """Return the view from so many elements further on."""
        if isinstance(self.offset, Changing):
            return self._replace(offset=self.offset.plus(more))
        return self._replace(offset=self.offset + more)


class DeviceScalar(NamedTuple):
    """A number in device memory, `offset` elements of its dtype from the begin of a buffer."""

    root: Any
    dtype: str
    offset: int


class Scratch(NamedTuple):
    """The root of memory, not empty, that launches of one routine share and nobody reads later.

    Whoever runs the launches provides it. Equal roots within a list of launches are one buffer.
    """

    dtype: str
    elements: int
    number: int = 0


class BufferArgument(NamedTuple):
    """The buffer of a root, from its begin on."""

    root: Any


Argument = BufferArgument | Changing | np.generic


class Launch(NamedTuple):
    """One launch of a kernel.

    `source` is OpenCL C 1.2 that defines this kernel and no other global name, so texts that
    differ can be compiled together. Sizes count items; where `local_size` is None the driver
    chooses. An argument is a buffer or a scalar.
    """

    kernel: str
    source: str
    global_size: tuple[int, ...]
    local_size: tuple[int, ...] | None
    arguments: tuple[Argument, ...]


# The letter of a float dtype in kernels' names, and its type in C.
LETTERS = {"float32": "s", "float64": "d"}
C_TYPES = {"float32": "float", "float64": "double"}


def offset_argument(offset: int | Changing, more: int = 0) -> Argument:
    """Return the argument for an offset and some more elements."""
    if more:
        return offset.plus(more) if isinstance(offset, Changing) else np.int64(offset + more)
    return offset if isinstance(offset, Changing) else np.int64(offset)


def scalar_or_buffer(value: float | np.generic | DeviceScalar, dtype: str) -> tuple[Argument, ...]:
    """Return the arguments for a number: itself, or the buffer and the offset where it lies."""
    if isinstance(value, DeviceScalar):
        return BufferArgument(value.root), np.int64(value.offset)
    number: np.generic = np.dtype(dtype).type(value)
    return (number,)
