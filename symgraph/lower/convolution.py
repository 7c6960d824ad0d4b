"""How the work of a convolution is cut, and the scratch memory that it takes.

Of `direct` products with patches (the LLVM back end's `conv.direct` tells how) a unit of work is a
strip of rows of one image's output, chosen so that the patches that it meets stay in the
second-level cache. Units go to cells, each of which has its own scratch memory, and threads take
cells. All this depends on extents alone: results do not depend on how many threads there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from symgraph.lower.builder import Builder
from symgraph.lower.program import ONE, Buffer, Literal, Value

# Bytes of patches that stay near, and places after which products no longer gain by more of them.
NEAR = 384 * 1024
PLACES = 512
# Cells at most: as many threads can take part.
CELLS = 8
# Rows of the output whose products with patches are one unit at least.
BLOCK = 5
# Bytes of a cache line, and behind the patches, which vectors may reach into.
LINE = 64
BEHIND = 16 * LINE
# The numbers of a schedule: rows of a strip, strips of an image, images at a time, rows of the
# output that are one unit, cells, units, and elements of a cell's scratch memory.
DIRECT = ("rows", "strips", "batch", "block", "cells", "units", "slot")


@dataclass(frozen=True)
class Problem:
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


class Plan(NamedTuple):
    """How a convolution is computed: the algorithm, its numbers, and its scratch memory."""

    algorithm: str
    numbers: tuple[Value, ...]
    scratch: Buffer


def schedule(b: Builder, p: Problem) -> Plan:
    """The algorithm that suits a convolution, and how its work is cut."""
    return _direct(b, p)


def _direct(b: Builder, p: Problem) -> Plan:
    """Products with patches; numbers as `DIRECT` lists them."""
    channels = p.kernel[1]
    maps = b.integer("floor_div", p.output[1], Literal(p.groups))
    copies = product(b, p.taps[1:] if p.by_offset else p.taps)
    inner = product(b, p.output[3:])
    halo: Value = Literal(0)
    if p.by_offset:
        halo = b.integer("mul", b.integer("sub", p.taps[0], ONE), Literal(p.dilations[0]))
    row = at_least_one(b, product(b, (channels, copies, inner)))
    near = Literal(NEAR // p.size)
    most = b.integer("sub", b.integer("floor_div", near, row), halo)
    strips = ceiling(b, p.output[2], at_least_one(b, most))
    rows = ceiling(b, p.output[2], at_least_one(b, strips))
    patches = b.integer("mul", row, b.integer("add", rows, halo))
    batch: Value = ONE
    block: Value = ONE
    units = b.integer("mul", p.output[0], strips)
    if p.computes == "image":
        units = b.integer("mul", p.output[0], Literal(p.groups))
    elif p.computes == "kernel":
        batch = _batch(b, p, near, patches, strips, inner)
        eighth = ceiling(b, maps, Literal(CELLS * BLOCK))
        block = at_least_one(b, b.integer("mul", eighth, Literal(BLOCK)))
        units = b.integer("mul", ceiling(b, maps, block), Literal(p.groups))
    entries = product(b, (channels, *p.taps) if p.computes == "kernel" else p.taps)
    # Two words of 8 bytes each.
    table = b.integer("mul", ceiling(b, entries, Literal(LINE // 16)), Literal(LINE // p.size))
    slot = b.integer("add", table, b.integer("mul", batch, patches))
    slot = b.integer("add", slot, Literal(BEHIND // p.size))
    slot = b.integer("mul", ceiling(b, slot, Literal(LINE // p.size)), Literal(LINE // p.size))
    cells = b.integer("minimum", units, Literal(CELLS))
    scratch = b.new(p.dtype, (cells, slot))
    return Plan("direct", (rows, strips, batch, block, cells, units, slot), scratch)


def _batch(
    b: Builder, p: Problem, near: Value, patches: Value, strips: Value, inner: Value
) -> Value:
    """Images whose places are summed over at a time: several where one has few."""
    fit = at_least_one(b, b.integer("floor_div", near, patches))
    places = at_least_one(b, b.integer("mul", p.output[2], inner))
    wanted = ceiling(b, Literal(PLACES), places)
    several = b.integer("minimum", fit, wanted)
    return b.integer("switch", b.test("eq", strips, ONE), several, ONE)


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
