"""Squares of an array read into vectors, one in each lane, and written back."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I32
from symgraph.backends.llvm.routines.conv.winograd import Tiles
from symgraph.backends.llvm.routines.matmul.lane_moves import transposed
from symgraph.backends.llvm.routines.matmul.loops import counted, int64, stack_memory
from symgraph.backends.llvm.routines.matmul.vectors import Lanes

# The address of a row of a lane's square, and the byte that tells which of its elements there are.
Row = Callable[[ir.Value, ir.Value], tuple[ir.Value, ir.Value]]


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
        self.lines = stack_memory(t.b, t.lanes.real, count * count)

    def read(self, row: Row, store: Callable[[ir.Value, int, list[ir.Value]], None]) -> None:
        """Calls `store(first, number, vectors)` for row `first + number` with its vectors."""
        t, b, lanes = self.t, self.t.b, self.t.lanes
        with counted(b, int64(0), int64(self.side), int64(self.rows)) as first:
            vectors: list[list[ir.Value]] = [[] for _ in range(self.rows)]
            for part in range(self.parts):
                with counted(b, int64(0), int64(lanes.count)) as lane:
                    pieces = [
                        self._load(*row(lane, b.add(first, int64(r))), part)
                        for r in range(self.rows)
                    ]
                    lanes.store(b, self._joined(pieces), self._line(lane))
                lines = [lanes.load(b, self._line(int64(i))) for i in range(lanes.count)]
                square = transposed(b, t.lanes, lines)
                for r in range(self.rows):
                    vectors[r] += square[r * self.piece : (r + 1) * self.piece]
            for r in range(self.rows):
                store(first, r, vectors[r][: self.side])

    def write(self, source: ir.Value, row: Row, add: bool) -> None:
        """Writes the square at `source`, vector by vector in rows `width` wide; or adds it."""
        t, b, lanes, count = self.t, self.t.b, self.t.lanes, self.t.lanes.count
        with counted(b, int64(0), int64(self.side), int64(self.rows)) as first:
            for part in range(self.parts):
                start = t.place((first, self.width * count))
                start = b.add(start, int64(part * self.piece * count))
                places = [b.add(start, int64(i * count)) for i in range(count)]
                vectors = [lanes.load(b, t.at(source, place)) for place in places]
                for i, line in enumerate(transposed(b, lanes, vectors)):
                    lanes.store(b, line, self._line(int64(i)))
                with self._alternating() as lane:
                    for r in range(self.rows):
                        pointer, mask = row(lane, b.add(first, int64(r)))
                        place = t.at(self._line(lane), int64(r * self.piece))
                        piece = self._small.load(b, place)
                        if add:
                            piece = b.fadd(self._load(pointer, mask, part), piece)
                        self._store(piece, pointer, mask, part)

    @contextmanager
    def _alternating(self) -> Iterator[ir.Value]:
        """All lanes, every other first: squares side by side overlap, and what was just stored is
        slow to load in part."""
        b, half = self.t.b, self.t.lanes.count // 2
        with counted(b, int64(0), int64(2 * half)) as i:
            low, high = b.srem(i, int64(half)), b.sdiv(i, int64(half))
            yield b.add(b.mul(low, int64(2)), high)

    def _line(self, lane: ir.Value) -> ir.Value:
        return self.t.at(self.lines, self.t.b.mul(lane, int64(self.t.lanes.count)))

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
