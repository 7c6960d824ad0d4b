"""Squares of an array read into vectors, one in each lane, and written back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from llvmlite import ir
from symgraph.backends.llvm.blocks import I32
from symgraph.backends.llvm.conv.winograd import Tiles
from symgraph.backends.llvm.matmul.lanes import transposed
from symgraph.backends.llvm.matmul.loops import counted, int64
from symgraph.backends.llvm.matmul.vectors import Lanes

# The address of a row of a lane's square, and the byte that tells which of its elements there are.
Row = Callable[[int, ir.Value], tuple[ir.Value, ir.Value]]


@dataclass(frozen=True)
class Piece(Lanes):
    """Vectors of so many elements."""

    elements: int

    @property
    def count(self) -> int:
        return self.elements


class Squares:
    """Reads squares into vectors, lane by lane, and writes them back.

    A square's rows are taken to be `width` wide, a power of two. As many rows as fill a vector are
    moved at a time, by squares of as many lanes: of each lane `row(lane, number)` gives the address
    of a row, and the byte that tells which elements of it there are.
    """

    def __init__(self, t: Tiles, side: int) -> None:
        self.t = t
        self.side = side
        self.width = 4 if side <= 4 else 8
        count = t.lanes.count
        # Elements side by side in a row and in a vector; such pieces of a vector, and of a row.
        self.piece = min(self.width, count)
        self.rows = count // self.piece
        self.parts = self.width // self.piece

    def read(self, row: Row, store: Callable[[ir.Value, int, list[ir.Value]], None]) -> None:
        """Calls `store(first, number, vectors)` for row `first + number` with its vectors."""
        t, b = self.t, self.t.b
        with counted(b, int64(0), int64(self.side), int64(self.rows)) as first:
            vectors: list[list[ir.Value]] = [[] for _ in range(self.rows)]
            for part in range(self.parts):
                lines = []
                for lane in range(t.lanes.count):
                    pieces = [
                        self._load(*row(lane, b.add(first, int64(r))), part)
                        for r in range(self.rows)
                    ]
                    lines.append(self._joined(pieces))
                square = transposed(b, t.lanes, lines)
                for r in range(self.rows):
                    vectors[r] += square[r * self.piece : (r + 1) * self.piece]
            for r in range(self.rows):
                store(first, r, vectors[r][: self.side])

    def write(self, source: ir.Value, row: Row, order: Sequence[int], add: bool) -> None:
        """Writes the square at `source`, vector by vector in rows `width` wide; or adds it, lane
        after lane in that order."""
        t, b, lanes, count = self.t, self.t.b, self.t.lanes, self.t.lanes.count
        with counted(b, int64(0), int64(self.side), int64(self.rows)) as first:
            for part in range(self.parts):
                start = b.add(
                    t.place((first, self.width * count)), int64(part * self.piece * count)
                )
                vectors = [
                    lanes.load(b, t.at(source, b.add(start, int64(i * count))))
                    for i in range(count)
                ]
                lines = transposed(b, lanes, vectors)
                for lane in order:
                    for r in range(self.rows):
                        pointer, mask = row(lane, b.add(first, int64(r)))
                        piece = self._piece(lines[lane], r)
                        if add:
                            piece = b.fadd(self._load(pointer, mask, part), piece)
                        self._store(piece, pointer, mask, part)

    @property
    def _small(self) -> Lanes:
        return Piece(self.t.lanes.dtype, self.piece)

    def _mask(self, byte: ir.Value, part: int) -> ir.Value:
        b = self.t.b
        if part:
            byte = b.lshr(byte, ir.Constant(byte.type, part * self.piece))
        if self.piece < 8:
            byte = b.trunc(byte, ir.IntType(self.piece))
        return b.bitcast(byte, self._small.mask_type)

    def _load(self, pointer: ir.Value, byte: ir.Value, part: int) -> ir.Value:
        at = self.t.at(pointer, int64(part * self.piece))
        return self._small.load(self.t.b, at, self._mask(byte, part))

    def _store(self, value: ir.Value, pointer: ir.Value, byte: ir.Value, part: int) -> None:
        at = self.t.at(pointer, int64(part * self.piece))
        self._small.store(self.t.b, value, at, self._mask(byte, part))

    def _joined(self, pieces: Sequence[ir.Value]) -> ir.Value:
        """Pieces one behind the other."""
        b = self.t.b
        joined = list(pieces)
        while len(joined) > 1:
            size = 2 * joined[0].type.count
            mask = ir.Constant(ir.VectorType(I32, size), list(range(size)))
            joined = [
                b.shuffle_vector(x, y, mask) for x, y in zip(joined[::2], joined[1::2], strict=True)
            ]
        return joined[0]

    def _piece(self, vector: ir.Value, number: int) -> ir.Value:
        if self.rows == 1:
            return vector
        first = number * self.piece
        mask = ir.Constant(ir.VectorType(I32, self.piece), list(range(first, first + self.piece)))
        return self.t.b.shuffle_vector(vector, vector, mask)
