"""A convolution as a problem for an algorithm, and the plan that an algorithm makes for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from symgraph.lower.program.values import ONE, Buffer, Literal, Value
from symgraph.lower.writing.builder import Builder

# The parameters of a schedule, by algorithm.
# direct: rows of a strip, strips of an image, images at a time, channels at a time, cells, units,
# elements of a cell's scratch memory, and of the sums at its end.
# winograd: places of a tile and taps of the kernel on an axis, tiles of a block, rows of a
# product's tile, the number of such tiles for all rows and of those whose products are kept at a
# time, output and input channels rounded up as sums have them, tiles of an image on its two axes,
# images of a unit, cells, units, elements of a cell's scratch memory, and of the memory that all
# share.
SCHEDULES = {
    "direct": ("rows", "strips", "batch", "part", "cells", "units", "slot", "sums"),
    "winograd": (
        "tile", "tap", "block", "height", "row_blocks", "chunk", "wide", "tall", "down", "across",
        "together", "cells", "units", "slot", "shared",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class ConvolutionProblem:
    """A convolution: which of its arrays is computed, and its known parameters."""

    computes: str
    dtype: str
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    groups: int
    # The extents of image, kernel and output.
    image: tuple[Value, ...]
    kernel: tuple[Value, ...]
    output: tuple[Value, ...]

    @property
    def size(self) -> int:
        """Return the bytes of an element."""
        return np.dtype(self.dtype).itemsize

    @property
    def taps(self) -> tuple[Value, ...]:
        return self.kernel[2:]

    @property
    def by_offset(self) -> bool:
        """Return whether kernel positions on the first axis share one copy of the image."""
        return self.strides[0] == 1


class ConvolutionPlan(NamedTuple):
    """A plan for a convolution: the algorithm, its parameters, and its scratch memory."""

    algorithm: str
    numbers: tuple[Value, ...]
    scratch: Buffer


def product(b: Builder, values: Sequence[Value]) -> Value:
    total: Value = ONE
    for value in values:
        total = b.integer("mul", total, value)
    return total


def ceiling(b: Builder, x: Value, y: Value) -> Value:
    """Return x / y rounded up, for positive y."""
    return b.integer("floor_div", b.integer("add", x, b.integer("sub", y, ONE)), y)


def at_least_one(b: Builder, x: Value) -> Value:
    return b.integer("maximum", x, ONE)


def whole_lines(b: Builder, p: ConvolutionProblem, elements: Value) -> Value:
    """Return a number of elements, rounded up to whole cache lines."""
    line = Literal(b.target.line_bytes // p.size)
    return b.integer("mul", ceiling(b, elements, line), line)


def at_most_for_sums(b: Builder, p: ConvolutionProblem, elements: Value) -> Value:
    """Return the largest number of cells, each with sums of `elements` elements."""
    most = Literal(b.target.sums_bytes // p.size)
    fit = b.integer("floor_div", most, at_least_one(b, elements))
    # There are always at least two cells.
    return b.integer("minimum", b.integer("maximum", fit, Literal(2)), Literal(b.target.cells))
