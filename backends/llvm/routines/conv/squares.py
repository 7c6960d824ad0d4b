"""Read squares of an array into vectors, one square in each lane, and write them back."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I32
from symgraph.backends.llvm.routines.conv.winograd import Tiles
from symgraph.backends.llvm.routines.matmul.lane_moves import transposed
from symgraph.backends.llvm.routines.matmul.loops import counted, int64, stack_memory
from symgraph.backends.llvm.routines.matmul.vectors import Lanes

# Returns the address of a row of a lane's square, and the byte that masks its valid elements.
Row = Callable[[ir.Value, ir.Value], tuple[ir.Value, ir.Value]]


@dataclass(frozen=True)
class Piece(Lanes):
    """Vectors of `elements` elements."""

    elements: int

    @property
    def count(self) -> int:
        return self.elements


class Squares:
    """Reads squares into vectors, lane by lane, and writes them back.

    A square's rows are padded to `width` elements, a power of two. As many rows as fill a vector
    are moved at a time, by transposing squares of as many lanes: `row(lane, number)` returns the
    address of a row of a lane, and the byte that masks its valid elements.
    """

    def __init__(self, t: Tiles, side: int) -> None:
        self.t = t
        self.side = side
        self.width = 4 if side <= 4 else 8
        count = t.lanes.count
        # Contiguous elements of a row in a vector; the number of such pieces in a vector, and in a
        # row.
        self.piece = min(self.width, count)
        self.rows = count // self.piece
        self.parts = self.width // self.piece
        self.lines = stack_memory(t.b, t.lanes.real, count * count)

    def read(self, row: Row, store: Callable[[ir.Value, int, list[ir.Value]], None]) -> None:
        """Call `store(first, number, vectors)` for row `first + number` with its vectors."""
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
        """Write the square at `source`, vector by vector in rows `width` wide; or add it."""
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
        """Loop over all lanes, the even ones first: neighbouring squares overlap, and a load that
        partly overlaps a recent store is slow."""
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
        """Return the concatenation of pieces."""
        b = self.t.b
        joined = list(pieces)
        while len(joined) > 1:
            size = 2 * joined[0].type.count
            mask = ir.Constant(ir.VectorType(I32, size), list(range(size)))
            joined = [
                b.shuffle_vector(x, y, mask) for x, y in zip(joined[::2], joined[1::2], strict=True)
            ]
        return joined[0]
