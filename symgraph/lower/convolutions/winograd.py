"""Divide the work of Winograd transforms for small kernels into units, and decide when they pay
off.

3 x 3 and 5 x 5 kernels take 4 and 6.25 times fewer multiplications by transforms of tiles of 4 x 4
places (described in the LLVM back end's `conv.winograd`), but some additional work for the
transforms. A unit is a block of tiles. Extents that are not known yet are values of the program,
which then decides at run time.
"""

from dataclasses import dataclass

from symgraph.lower.convolutions.problem import (
    ConvolutionPlan,
    ConvolutionProblem,
    at_most_for_sums,
    ceiling,
    product,
)
from symgraph.lower.program.values import ONE, Literal, Value
from symgraph.lower.writing.builder import Builder

# Places of a tile on an axis.
TILE = 4
KERNELS = (3, 5)
# The extents that are tried for a kernel of unknown extents: each adds code.
LIKELY_KERNELS = (3,)
# Cache lines of a block of tiles; the candidates for the rows of a product's tile.
BLOCK_LINES = 2
# The same where the sums are too large for the near cache.
MORE_LINES = 8
HEIGHTS = (8, 9, 10, 11, 12)
# Rows and cache lines that unknown numbers of channels are rounded up to.
SOME_ROWS, SOME_LINES = 8, 2
# The assumed size of an unknown batch.
SOME_IMAGES = 64
# The costs of transforming one of the a x a elements of a vector of squares (a tile with its halo),
# for the image, for the output, and for sums that are added to an image; and the cost of an element
# of the kernel. In hundredths of the shortest time of a multiply-add.
IMAGE, OUTPUT, ADDED, WEIGHT = 1200, 900, 2000, 120
# The costs of a multiply-add in products by patches, and by tiles.
BY_PATCHES = {"output": 114, "image": 133, "kernel": 118}
BY_TILES = 118


@dataclass(frozen=True)
class WinogradProblem:
    """The parameters of a convolution by tiles, with kernels of `taps` x `taps`."""

    b: Builder
    p: ConvolutionProblem
    taps: int

    @staticmethod
    def all_of(b: Builder, p: ConvolutionProblem) -> "list[WinogradProblem]":
        """Return a problem for each extent that the kernel may have; none where the convolution is
        of another kind, or where tiles never pay off."""
        if any(n != 1 for n in (*p.strides, *p.dilations, p.groups)) or len(p.strides) != 2:
            return []
        known = {int(tap.value) for tap in p.taps if isinstance(tap, Literal)}
        likely = LIKELY_KERNELS if len(known) == 0 else KERNELS
        found = [WinogradProblem(b, p, taps) for taps in likely if known <= {taps}]
        return [tiling for tiling in found if tiling.may_pay]

    # --- numbers known at compile time ---

    @property
    def positions(self) -> int:
        return (TILE + self.taps - 1) ** 2

    @property
    def lanes(self) -> int:
        """Return the elements of a cache line."""
        return self.b.target.line_bytes // self.p.size

    @property
    def _rows_and_inner(self) -> tuple[Value, Value]:
        """Return the rows of the products, and the extent that they sum over."""
        maps, channels = self.p.output[1], self.p.kernel[1]
        return (channels, maps) if self.p.computes == "image" else (maps, channels)

    @property
    def height(self) -> int:
        """Return the rows of a product's tile: the candidate with the least padding, and the
        largest of those."""
        rows = self._rows_and_inner[0]
        if not isinstance(rows, Literal):
            return SOME_ROWS
        count = int(rows.value)
        return min(HEIGHTS, key=lambda height: (-(-count // height) * height, -height))

    @property
    def block(self) -> int:
        """Return the tiles of a block: more where adding to the sums for a kernel's gradient is
        slow."""
        lines = BLOCK_LINES
        if self.p.computes == "kernel":
            near = self.b.target.near_sums_bytes
            far = self.b.test("gt", self._times(self.sums, self.p.size), Literal(near))
            lines = BLOCK_LINES if far == Literal(False, "bool") else MORE_LINES
        return lines * self.lanes

    @property
    def may_pay(self) -> bool:
        """Return whether there may be extents with which tiles take less time than patches."""
        if not all(isinstance(n, Literal) for n in self._rows_and_inner):
            return True
        # The best case: tiles without padding, and so many images that kernel transforms are
        # negligible.
        places = Literal(TILE**2 * self.lanes)
        best = self._tiles(Literal(self.lanes)), self._patches(places)
        return self.b.test("lt", *best) != Literal(False, "bool")

    # --- values computed at run time ---

    def _times(self, x: Value, *factors: Value | int) -> Value:
        values = (Literal(f) if isinstance(f, int) else f for f in factors)
        return product(self.b, (x, *values))

    def _up_to(self, x: Value, step: int) -> Value:
        """Return a number rounded up to a multiple of `step`."""
        return self._times(ceiling(self.b, x, Literal(step)), step)

    @property
    def wide(self) -> Value:
        """Return the output channels, rounded up to whole cache lines."""
        maps = self.p.output[1]
        lines = 1 if isinstance(maps, Literal) else SOME_LINES
        return self._up_to(maps, lines * self.lanes)

    @property
    def tall(self) -> Value:
        """Return the input channels, as the rows of sums."""
        channels = self.p.kernel[1]
        return channels if isinstance(channels, Literal) else self._up_to(channels, SOME_ROWS)

    @property
    def sums(self) -> Value:
        """Return the elements of the sums for a kernel's gradient."""
        return self._times(self.tall, self.wide, self.positions)

    @property
    def row_blocks(self) -> Value:
        return ceiling(self.b, self._rows_and_inner[0], Literal(self.height))

    @property
    def chunk(self) -> Value:
        """Return the row tiles whose products are kept at a time: all, where a block's squares are
        too large to be read from the cache again and again."""
        seen = self._times(self._rows_and_inner[1], self.positions * self.block * self.p.size)
        deep = self.b.test("gt", seen, Literal(self.b.target.near_bytes))
        return self.b.integer("switch", deep, self.row_blocks, ONE)

    @property
    def down(self) -> Value:
        return ceiling(self.b, self.p.output[2], Literal(TILE))

    @property
    def across(self) -> Value:
        return ceiling(self.b, self.p.output[3], Literal(TILE))

    @property
    def slot(self) -> Value:
        """Return the elements of a cell's memory: four words for each tile, the transformed input,
        and its products or their sums."""
        b, block = self.b, Literal(self.block)
        table = Literal(4 * self.block * 8 // self.p.size)
        if self.p.computes == "kernel":
            seen = self._times(b.integer("add", self.tall, self.wide), self.positions, block)
            return b.integer("add", table, b.integer("add", seen, self.sums))
        made = self._times(self.chunk, self.height)
        rows = b.integer("add", self._rows_and_inner[1], made)
        return b.integer("add", table, self._times(rows, self.positions, block))

    @property
    def shared(self) -> Value:
        """Return the elements of the transformed kernel."""
        if self.p.computes == "kernel":
            return Literal(0)
        rows = self._times(self.row_blocks, self.height)
        size = self._times(rows, self._rows_and_inner[1], self.positions)
        return self._up_to(size, self.lanes)

    # --- profitability ---

    @property
    def suits(self) -> Value:
        """Return the condition under which this algorithm is to be used."""
        fits = [self.b.test("eq", tap, Literal(self.taps)) for tap in self.p.taps]
        return self.b.test("and_", self.b.test("and_", *fits), self.is_profitable)

    @property
    def is_profitable(self) -> Value:
        """Return the condition under which tiles take less time than patches."""
        b, p = self.b, self.p
        images = p.output[0] if isinstance(p.output[0], Literal) else Literal(SOME_IMAGES)
        squares = self._times(images, self.down, self.across)
        places = self._up_to(self._times(p.output[2], p.output[3]), self.lanes)
        weights = self._times(p.kernel[1], p.output[1], self.positions, self.lanes * WEIGHT)
        tiles = b.integer("add", self._tiles(squares), weights)
        return b.test("lt", tiles, self._patches(self._times(images, places)))

    def _tiles(self, count: Value) -> Value:
        """Return the time of `count` tiles."""
        b, computes = self.b, self.p.computes
        rows, inner = self._rows_and_inner
        made = self.wide if computes == "kernel" else self._times(self.row_blocks, self.height)
        seen_cost, made_cost = (OUTPUT, ADDED) if computes == "image" else (IMAGE, OUTPUT)
        transforms = b.integer(
            "add",
            self._times(inner, seen_cost),
            self._times(made if computes == "kernel" else rows, made_cost),
        )
        products = self._times(inner, made, BY_TILES)
        return self._times(b.integer("add", products, transforms), count, self.positions)

    def _patches(self, places: Value) -> Value:
        """Return the time of products with patches for `places` places."""
        p = self.p
        cost = self.taps**2 * BY_PATCHES[p.computes]
        return self._times(places, p.kernel[1], p.output[1], cost)


def by_tiles(b: Builder, p: ConvolutionProblem, t: WinogradProblem) -> ConvolutionPlan:
    of_image = b.integer("mul", t.down, t.across)
    blocks = ceiling(b, b.integer("mul", p.output[0], of_image), Literal(t.block))
    # The tiles of an image are summed by one cell; where an image has few, several fill a block.
    together = ceiling(b, Literal(t.block), b.integer("maximum", of_image, ONE))
    units = ceiling(b, p.output[0], together) if p.computes == "image" else blocks
    most: Value = Literal(b.target.cells)
    if p.computes == "kernel":
        most = at_most_for_sums(b, p, t.sums)
    cells = b.integer("minimum", units, most)
    numbers = {
        "tile": Literal(TILE),
        "tap": Literal(t.taps),
        "block": Literal(t.block),
        "height": Literal(t.height),
        "row_blocks": t.row_blocks,
        "chunk": t.chunk,
        "wide": t.wide,
        "tall": t.tall,
        "down": t.down,
        "across": t.across,
        "together": together,
        "cells": cells,
        "units": units,
        "slot": t.slot,
        "shared": t.shared,
    }
    own = b.integer("mul", cells, t.slot)
    scratch = b.new(p.dtype, (b.integer("add", own, t.shared),))
    return ConvolutionPlan("winograd", tuple(numbers.values()), scratch)
