"""The work of small kernels' transforms, cut into units, and when that pays.

3 x 3 and 5 x 5 kernels take 4 and 6.25 times fewer multiplications by transforms of tiles of 4 x 4
places (the LLVM back end's `conv.winograd` tells how), and some work more for the transforms. A
unit is a block of tiles.
"""

from dataclasses import dataclass

from symgraph.lower.builder import Builder
from symgraph.lower.convolutions.problem import (
    CELLS,
    LINE,
    Plan,
    Problem,
    at_most_for_sums,
    ceiling,
)
from symgraph.lower.program import Literal, Value

# Places of a tile on an axis.
TILE = 4
KERNELS = (3, 5)
# Cache lines of a block of tiles; the rows that a product's tile may have.
BLOCK_LINES = 2
# The same where sums take more bytes than so many.
MORE_LINES, NEAR_SUMS = 8, 4 * 2**20
HEIGHTS = (8, 9, 10, 11, 12)
# Bytes of squares that are read again for each tile of products.
NEAR = 384 * 1024
# Of a batch of which nothing is known.
SOME_IMAGES = 64
# What it takes to transform one of the a x a elements of a vector of squares: of the image, of the
# output, and of sums that are added to an image; and a number of the kernel. In multiply-adds.
IMAGE, OUTPUT, ADDED, WEIGHT = 12.0, 9.0, 20.0, 1.2
# The share of their peak that products reach, by patches and by tiles.
PATCHES_SHARE = {"output": 0.88, "image": 0.75, "kernel": 0.85}
TILES_SHARE = 0.85


@dataclass(frozen=True)
class Tiling:
    """The numbers of a convolution that tiles may serve."""

    computes: str
    size: int
    images: int
    channels: int
    maps: int
    taps: int
    # Extents of the output.
    height: int
    width: int

    @staticmethod
    def of(p: Problem) -> "Tiling | None":
        """None where the convolution is of another kind, or too little is known of it."""
        if any(n != 1 for n in (*p.strides, *p.dilations, p.groups)) or len(p.strides) != 2:
            return None
        values = (p.kernel[1], p.output[1], *p.taps, *p.output[2:])
        numbers = [int(v.value) for v in values if isinstance(v, Literal)]
        if len(numbers) < len(values) or min(numbers) < 1:
            return None
        channels, maps, taps, same, height, width = numbers
        if taps != same or taps not in KERNELS:
            return None
        batch = p.output[0]
        images = int(batch.value) if isinstance(batch, Literal) else SOME_IMAGES
        return Tiling(p.computes, p.size, images, channels, maps, taps, height, width)

    @property
    def positions(self) -> int:
        return (TILE + self.taps - 1) ** 2

    @property
    def down(self) -> int:
        return -(-self.height // TILE)

    @property
    def across(self) -> int:
        return -(-self.width // TILE)

    @property
    def lanes(self) -> int:
        """Elements of a line."""
        return LINE // self.size

    @property
    def block(self) -> int:
        """Tiles of a block: more where it takes long to add to the sums for a kernel's gradient."""
        sums = self.positions * self.channels * self.wide * self.size
        far = self.computes == "kernel" and sums > NEAR_SUMS
        return (MORE_LINES if far else BLOCK_LINES) * self.lanes

    @property
    def inner(self) -> int:
        """What products sum over."""
        return self.maps if self.computes == "image" else self.channels

    @property
    def rows(self) -> int:
        """Rows of the products."""
        return self.channels if self.computes == "image" else self.maps

    @property
    def tile_rows(self) -> int:
        """Rows of a product's tile: those that leave the least over, of these the most."""
        return min(HEIGHTS, key=lambda height: (-(-self.rows // height) * height, -height))

    @property
    def padded_rows(self) -> int:
        return -(-self.rows // self.tile_rows) * self.tile_rows

    @property
    def wide(self) -> int:
        """Maps, up to whole lines."""
        return -(-self.maps // self.lanes) * self.lanes

    @property
    def deep(self) -> bool:
        """Whether a block's squares are too many for the cache to be read again and again."""
        return self.positions * self.inner * self.block * self.size > NEAR

    @property
    def slot(self) -> int:
        """Elements of a cell's memory: four words for each tile, what is transformed, and products
        or sums of these."""
        table = 4 * self.block * 8 // self.size
        if self.computes == "kernel":
            made = self.wide * self.block + self.channels * self.wide
            return table + self.positions * (self.channels * self.block + made)
        rows = self.padded_rows if self.deep else self.tile_rows
        return table + self.positions * self.block * (self.inner + rows)

    @property
    def shared(self) -> int:
        """Elements of the transformed kernel."""
        if self.computes == "kernel":
            return 0
        return -(-self.positions * self.padded_rows * self.inner // self.lanes) * self.lanes

    @property
    def pays(self) -> bool:
        """Whether tiles take less time than patches."""
        squares = self.images * self.down * self.across * self.positions
        if self.computes == "kernel":
            products = squares * self.channels * self.wide
            transforms = squares * (IMAGE * self.channels + OUTPUT * self.wide)
        else:
            products = squares * self.inner * self.padded_rows
            own = {"output": (IMAGE, OUTPUT), "image": (OUTPUT, ADDED)}[self.computes]
            transforms = squares * (own[0] * self.inner + own[1] * self.rows)
        weights = self.lanes * WEIGHT * self.positions * self.channels * self.maps
        tiles = products / TILES_SHARE + transforms + weights
        places = self.images * -(-self.height * self.width // self.lanes) * self.lanes
        direct = places * self.taps**2 * self.channels * self.maps
        return tiles < direct / PATCHES_SHARE[self.computes]


def by_tiles(b: Builder, p: Problem, t: Tiling) -> Plan:
    of_image = Literal(t.down * t.across)
    blocks = ceiling(b, b.integer("mul", p.output[0], of_image), Literal(t.block))
    # Tiles of an image are added up by one cell; those of several fill a block.
    together = Literal(max(1, -(-t.block // (t.down * t.across))))
    units = ceiling(b, p.output[0], together) if p.computes == "image" else blocks
    most: Value = Literal(CELLS)
    if p.computes == "kernel":
        most = at_most_for_sums(b, p, Literal(t.positions * t.channels * t.wide))
    cells = b.integer("minimum", units, most)
    numbers = {
        "tile": Literal(TILE),
        "block": Literal(t.block),
        "height": Literal(t.tile_rows),
        "deep": Literal(int(t.deep)),
        "down": Literal(t.down),
        "across": Literal(t.across),
        "together": together,
        "cells": cells,
        "units": units,
        "slot": Literal(t.slot),
        "shared": Literal(t.shared),
    }
    own = b.integer("mul", cells, Literal(t.slot))
    scratch = b.new(p.dtype, (b.integer("add", own, Literal(t.shared)),))
    return Plan("winograd", tuple(numbers.values()), scratch)
