"""Compute the positions of the tiles of a block."""

from collections.abc import Sequence

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I64
from symgraph.backends.llvm.routines.conv.winograd import Tiles
from symgraph.backends.llvm.routines.matmul.loops import counted, int64


class BlockTable:
    """For each tile of a block, the offset of its square in the image and the mask of valid
    elements, and the same for the output. Masks have a byte for each row of a square, a bit for
    each column.
    """

    WORDS = 4

    def __init__(self, t: Tiles, memory: ir.Value) -> None:
        self.t = t
        self.memory = memory

    def _address(self, kind: int, tile: ir.Value) -> ir.Value:
        b = self.t.b
        place = b.add(tile, int64(kind * self.t.spec.block))
        return b.gep(self.memory, [place], inbounds=True, source_etype=I64)

    def start(self, tile: ir.Value, of_output: bool) -> ir.Value:
        return self.t.b.load(self._address(2 * of_output, tile), typ=I64)

    def mask(self, tile: ir.Value, row: ir.Value, of_output: bool) -> ir.Value:
        """Return the byte of a row."""
        b, byte = self.t.b, ir.IntType(8)
        at = self._address(2 * of_output + 1, tile)
        return b.load(b.gep(at, [row], inbounds=True, source_etype=byte), typ=byte)

    def fill(self, first: ir.Value, end: ir.Value) -> None:
        """Fill the table for the tiles from `first` on; those from `end` on have empty masks."""
        b, w, spec = self.t.b, self.t.words, self.t.spec
        of_image = b.mul(w["down"], w["across"])
        with counted(b, int64(0), int64(spec.block)) as number:
            tile = b.add(first, number)
            there = b.icmp_signed("<", tile, end)
            tile = b.select(there, tile, first)
            image, rest = b.sdiv(tile, of_image), b.srem(tile, of_image)
            y = b.mul(b.sdiv(rest, w["across"]), int64(spec.tile))
            x = b.mul(b.srem(rest, w["across"]), int64(spec.tile))
            top, left = b.sub(y, w["before0"]), b.sub(x, w["before1"])
            start = b.add(b.mul(image, w["image_n"]), b.add(b.mul(top, w["image_0"]), left))
            mask = self._mask(top, left, (w["in0"], w["in1"]), spec.side)
            output = b.add(b.mul(image, w["output_n"]), b.add(b.mul(y, w["out1"]), x))
            kept = self._mask(y, x, (w["out0"], w["out1"]), spec.tile)
            nothing = int64(0)
            words = (start, b.select(there, mask, nothing), output, b.select(there, kept, nothing))
            for kind, word in enumerate(words):
                b.store(word, self._address(kind, number))

    def _mask(
        self, top: ir.Value, left: ir.Value, extents: Sequence[ir.Value], side: int
    ) -> ir.Value:
        """Return the mask of a square's elements that lie within the extents."""
        t, b = self.t, self.t.b
        low = t.least(t.most(b.neg(left), int64(0)), int64(side))
        high = t.most(t.least(b.sub(extents[1], left), int64(side)), int64(0))
        one = int64(1)
        columns = b.and_(b.sub(b.shl(one, high), one), b.not_(b.sub(b.shl(one, low), one)))
        total: ir.Value = int64(0)
        for row in range(side):
            inside = b.icmp_unsigned("<", b.add(top, int64(row)), extents[0])
            total = b.or_(total, b.select(inside, b.shl(columns, int64(8 * row)), int64(0)))
        return total
