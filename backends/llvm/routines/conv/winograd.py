"""Convolutions of small kernels by the transforms of Winograd (`transforms`), in two dimensions.

The output is cut into tiles of m x m, which depend on overlapping squares of a x a of the image.
Some tiles at a time, a block, lie in the lanes of vectors: the squares of all channels are read and
transformed to scratch memory, for each of the a x a positions p a product over the channels is
computed, for as many rows as a tile of registers has, and transformed back. All of a block stays in
the second-level cache. With U, V, M for the transformed kernel, image and output:

    output   M[p, k] = sum over c  U[p, k, c] V[p, c]       output = A' M A
    image    V[p, c] = sum over k  U[p, k, c] M[p, k]       image += B V B', M = A output A'
    kernel   U[p, k, c] += sum over tiles  M[p, k] V[p, c]  kernel = G' U G

The image's tiles overlap, and are summed in place; for the kernel vectors are along k. A nan or an
infinity in a tile spreads to all of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from llvmlite import ir
from symgraph.backends.llvm.routines.conv.argument_table import ConvolutionArguments, names
from symgraph.backends.llvm.routines.conv.transforms import Matrix, Transform, matrices
from symgraph.backends.llvm.routines.matmul.loops import counted, int64, stack_memory
from symgraph.backends.llvm.routines.matmul.vectors import Lanes


@dataclass(frozen=True)
class Winograd:
    """The specification of a routine: `part` is 'weights' (which transforms the kernel), 'tiles',
    or 'sum' (which sums the cells' kernel gradients, and transforms the sum back)."""

    part: str
    computes: str
    dtype: str
    # Places of a tile and of the kernel on an axis; tiles of a block; rows of a product's tile.
    tile: int
    tap: int
    block: int
    height: int
    # Known words, None where any number will do: input and output channels, and the parameters that
    # follow from them (`symgraph.lower.convolutions`).
    channels: int | None
    maps: int | None
    row_blocks: int | None
    chunk: int | None
    wide: int | None
    tall: int | None

    KNOWN: ClassVar = ("channels", "maps", "row_blocks", "chunk", "wide", "tall")

    @property
    def side(self) -> int:
        """Return the places of the image that a tile depends on, on an axis."""
        return self.tile + self.tap - 1

    @property
    def positions(self) -> int:
        return self.side**2


class Tiles:
    """The numbers and the memory that all parts have in common."""

    def __init__(self, function: ir.Function, spec: Winograd) -> None:
        self.spec = spec
        self.lanes = Lanes(spec.dtype)
        self._products: dict[tuple[int, tuple[ir.Value, ...]], ir.Value] = {}
        self.b = b = ir.IRBuilder(function.append_basic_block())
        self.begin, self.end, words = function.args
        known = {name: getattr(spec, name) for name in spec.KNOWN}
        known |= {"tap0": spec.tap, "tap1": spec.tap, "image_1": 1}
        known = {name: number for name, number in known.items() if number is not None}
        self.words = w = ConvolutionArguments(b, words, names(2, "winograd"), known)
        self.matrices = matrices(spec.tile, spec.tap)
        self.transform = Transform(b, self.lanes)
        # Memory for two vectors of squares, one square in each lane.
        count = self.lanes.count
        self.first = stack_memory(b, self.lanes.real, 64 * count)
        self.second = stack_memory(b, self.lanes.real, 64 * count)
        self.weights = w["scratch"]
        # Rows of the products and their summed extent; rows whose products are kept at a time.
        self.rows, self.inner = w["maps"], w["channels"]
        if spec.computes == "image":
            self.rows, self.inner = self.inner, self.rows
        self.made_rows = self.times(spec.height, w["chunk"])

    def at(self, pointer: ir.Value, elements: ir.Value) -> ir.Value:
        return self.lanes.at(self.b, pointer, elements)

    def times(self, *factors: ir.Value | int) -> ir.Value:
        """Return the product of numbers and of words, which are invariant in the routine: it is
        computed once, in the entry block."""
        known, words = 1, []
        for factor in factors:
            if isinstance(factor, int):
                known *= factor
            elif isinstance(factor, ir.Constant):
                known *= factor.constant
            else:
                words.append(factor)
        if not words or known == 0:
            return int64(known)
        key = known, tuple(sorted(words, key=id))
        if key not in self._products:
            with self.b.goto_entry_block():
                total = words[0]
                for word in words[1:]:
                    total = self.b.mul(total, word)
                total = total if known == 1 else self.b.mul(total, int64(known))
                self._products[key] = total
        return self._products[key]

    def place(self, *pairs: tuple[ir.Value, ir.Value | int]) -> ir.Value:
        """Return the sum of indices times strides."""
        total: ir.Value = int64(0)
        for index, stride in pairs:
            stride = int64(stride) if isinstance(stride, int) else stride
            total = self.b.add(total, self.b.mul(index, stride))
        return total

    def least(self, x: ir.Value, y: ir.Value) -> ir.Value:
        return self.b.select(self.b.icmp_signed("<", x, y), x, y)

    def most(self, x: ir.Value, y: ir.Value) -> ir.Value:
        return self.b.select(self.b.icmp_signed(">", x, y), x, y)

    def transform_columns(
        self,
        matrix: Matrix,
        columns: int,
        width: int,
        store: Callable[[int, ir.Value, ir.Value], None],
    ) -> None:
        """Transform the columns of the first square, whose rows have `width` elements; call `store`
        with the row, the column and each resulting vector."""
        b, lanes, count = self.b, self.lanes, self.lanes.count
        with counted(b, int64(0), int64(columns)) as column:
            vectors = []
            for row in range(len(matrix[0])):
                place = self.place((column, count))
                place = b.add(place, int64(row * width * count))
                vectors.append(lanes.load(b, self.at(self.first, place)))
            for row, vector in enumerate(self.transform.apply(matrix, vectors)):
                store(row, column, vector)

    def transform_rows(
        self, matrix: Matrix, rows: int, load: Callable[[ir.Value, int], ir.Value], width: int
    ) -> None:
        """Transform so many rows, of vectors that `load` returns by row and column, into the first
        square, whose rows then have `width` elements."""
        b, lanes, count = self.b, self.lanes, self.lanes.count
        with counted(b, int64(0), int64(rows)) as row:
            vectors = [load(row, column) for column in range(len(matrix[0]))]
            for column, vector in enumerate(self.transform.apply(matrix, vectors)):
                place = b.add(self.place((row, width * count)), int64(column * count))
                lanes.store(b, vector, self.at(self.first, place))
