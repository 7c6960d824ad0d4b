"""What is known of a convolution, and what is decided for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from symgraph.lower.program.values import ONE, Buffer, Literal, Value
from symgraph.lower.writing.builder import Builder

# The numbers of a schedule, by algorithm: rows of a strip, strips of an image, images at a time,
# channels at a time, cells, units, elements of a cell's scratch memory and of its sums at the end.
# Places of a tile and of the kernel on an axis, tiles of a block, rows of a product's tile, such
# tiles of all rows and of those whose products are kept at a time, maps and channels as sums have
# them, tiles of an image on its axes, images of a unit, cells, units, elements of a cell's scratch
# memory and of that which all share.
SCHEDULES = {
    "direct": ("rows", "strips", "batch", "part", "cells", "units", "slot", "sums"),
    "winograd": (
        "tile", "tap", "block", "height", "row_blocks", "chunk", "wide", "tall", "down", "across",
        "together", "cells", "units", "slot", "shared",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class ConvolutionProblem:
    """A convolution: which of its arrays is computed, and what is known of it."""

    computes: str
    dtype: str
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    groups: int
    # Extents of image, kernel and output.
    image: tuple[Value, ...]
    kernel: tuple[Value, ...]
    output: tuple[Value, ...]

    @property
    def size(self) -> int:
        """Bytes of an element."""
        return np.dtype(self.dtype).itemsize

    @property
    def taps(self) -> tuple[Value, ...]:
        return self.kernel[2:]

    @property
    def by_offset(self) -> bool:
        """Whether kernel positions on the first axis share one copy of the image."""
        return self.strides[0] == 1


class ConvolutionPlan(NamedTuple):
    """How a convolution is computed: the algorithm, its numbers, and its scratch memory."""

    algorithm: str
    numbers: tuple[Value, ...]
    scratch: Buffer


def product(b: Builder, values: Sequence[Value]) -> Value:
    total: Value = ONE
    for value in values:
        total = b.integer("mul", total, value)
    return total


def ceiling(b: Builder, x: Value, y: Value) -> Value:
    """x / y rounded up, for positive y."""
    return b.integer("floor_div", b.integer("add", x, b.integer("sub", y, ONE)), y)


def at_least_one(b: Builder, x: Value) -> Value:
    return b.integer("maximum", x, ONE)


def whole_lines(b: Builder, p: ConvolutionProblem, elements: Value) -> Value:
    """So many elements, up to a whole number of cache lines."""
    line = Literal(b.target.line_bytes // p.size)
    return b.integer("mul", ceiling(b, elements, line), line)


def at_most_for_sums(b: Builder, p: ConvolutionProblem, elements: Value) -> Value:
    """How many cells there may be, each with sums of so many elements."""
    most = Literal(b.target.sums_bytes // p.size)
    fit = b.integer("floor_div", most, at_least_one(b, elements))
    # Two cells there always are.
    return b.integer("minimum", b.integer("maximum", fit, Literal(2)), Literal(b.target.cells))
