"""Products by tiles of rows of `a` times vectors along the columns of `b`.

The columns are cut into panels as wide as a tile, the rows into blocks as high. A panel of `b` is
read once from wherever it lies and then, for each block of rows, from the second-level cache.
Where the elements of its rows lie apart, it is first copied to a scratch panel in which they do
not, so many rows at a time as that holds; the result collects the sums of the parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from llvmlite import ir
from symgraph.backends.llvm.blocks import PTR
from symgraph.backends.llvm.jit import host
from symgraph.backends.llvm.matmul.arguments import SIGNATURE, Words
from symgraph.backends.llvm.matmul.loops import counted, int64
from symgraph.backends.llvm.matmul.tile import (
    Matrix,
    Sums,
    Target,
    accumulate,
    store,
    store_element,
)
from symgraph.backends.llvm.matmul.vectors import Lanes, registers

# Rows of a tile by its vectors, and by the number of registers: sums, a row's vectors and one
# element must find room.
HEIGHTS: dict[int, dict[int, int]] = {32: {4: 6, 3: 8, 2: 8, 1: 8}, 16: {2: 6, 1: 8}}
# Rows of the tiles for what is left where the number of rows is not known.
REST = 2
# Rows of a scratch panel.
PACKED_ROWS = 256


@dataclass(frozen=True)
class Outer:
    """What a routine is written for; extents and strides are None where any will do."""

    dtype: str
    rows: int | None
    columns: int | None
    a_row: int | None
    a_column: int | None
    packed: bool
    # Whether there is a factor other than 1, something to add, a factor of that other than 1.
    scaled: bool
    added: bool
    beta: bool
    # Whether the elements of the result's (and of c's) rows lie apart.
    scattered: bool = False

    @property
    def name(self) -> str:
        parts = [self.rows, self.columns, self.a_row, self.a_column]
        flags = [self.packed, self.scaled, self.added, self.beta, self.scattered]
        numbers = "_".join("n" if part is None else str(part) for part in parts)
        return f"outer.{self.dtype}.{numbers}.{''.join(str(int(flag)) for flag in flags)}"


@dataclass(frozen=True)
class Cut:
    """How columns are cut: panels of `width` vectors, and one of `rest` behind them."""

    width: int
    rest: int

    @staticmethod
    def of(lanes: Lanes, columns: int | None) -> "Cut":
        widest = max(HEIGHTS[registers(host())[1]])
        if columns is None:
            return Cut(widest, 0)
        vectors = -(-columns // lanes.count)
        return Cut(min(widest, max(vectors, 1)), vectors % widest if vectors > widest else 0)


def panel_width(dtype: str, columns: int | None) -> int:
    """The columns of a panel."""
    lanes = Lanes(dtype)
    return Cut.of(lanes, columns).width * lanes.count


def block_height(spec_rows: int | None, width: int) -> int:
    """The rows of a tile: fewer than would fit where that cuts the rows without a rest."""
    highest = HEIGHTS[registers(host())[1]][width]
    if spec_rows is None:
        return highest
    if spec_rows <= highest:
        return max(spec_rows, 1)
    for height in range(highest, highest * 3 // 4, -1):
        if spec_rows % height == 0:
            return height
    return highest


def outer(module: ir.Module, spec: Outer) -> ir.Function:
    """The routine, written into the module once. Its cells are panels by row cells."""
    known = module.globals.get(spec.name)
    if known is not None:
        return known
    function = ir.Function(module, SIGNATURE, spec.name)
    function.linkage = "internal"
    function.attributes.add("nounwind")
    function.attributes.add("noinline")
    _Writer(function, spec).write()
    return function


class _Writer:
    def __init__(self, function: ir.Function, spec: Outer) -> None:
        self.spec = spec
        self.lanes = Lanes(spec.dtype)
        self.cut = Cut.of(self.lanes, spec.columns)
        self.b = ir.IRBuilder(function.append_basic_block())
        self.begin, self.end, words = function.args
        strides = {"a_row": spec.a_row, "a_column": spec.a_column}
        extents = {"rows": spec.rows, "columns": spec.columns}
        known = {name: n for name, n in {**strides, **extents}.items() if n is not None}
        known |= {} if spec.packed else {"b_column": 1}
        known |= {} if spec.scattered else {"out_column": 1, "c_column": 1}
        self.words = Words(self.b, self.lanes, words, known)
        self.rows, self.columns = self.words.number("rows"), self.words.number("columns")
        self.inner = self.words.number("inner")
        self.a, self.right = self.words.matrix("a"), self.words.matrix("b")
        self.out = self.words.matrix("out")
        self.c = self.words.matrix("c") if spec.added else None
        self.alpha = self.words.factor("alpha") if spec.scaled else None
        self.beta = self.words.factor("beta") if spec.beta else None
        size = self.cut.width * self.lanes.count
        self.panel = self._scratch(PACKED_ROWS * size) if spec.packed else None
        self.tile = self._scratch(16 * size) if spec.scattered else None

    def _scratch(self, count: int) -> ir.Value:
        memory = self.b.alloca(ir.ArrayType(self.lanes.real, count))
        memory.align = 64
        return self.b.inttoptr(self.b.ptrtoint(memory, int64(0).type), PTR)

    def write(self) -> None:
        b = self.b
        cell_rows = self.words.number("cell_rows")
        row_cells = self.words.number("row_cells")
        step = int64(self.cut.width * self.lanes.count)
        with counted(b, self.begin, self.end) as cell:
            number = b.sdiv(cell, row_cells)
            first = b.mul(b.sub(cell, b.mul(number, row_cells)), cell_rows)
            last = b.add(first, cell_rows)
            last = b.select(b.icmp_signed("<", last, self.rows), last, self.rows)
            column = b.mul(number, step)
            left = b.sub(self.columns, column)
            self._panel_of_any_width(column, left, first, last)
        b.ret_void()

    def _panel_of_any_width(
        self, column: ir.Value, left: ir.Value, first: ir.Value, last: ir.Value
    ) -> None:
        b, count, cut = self.b, self.lanes.count, self.cut
        if self.spec.columns is not None and not cut.rest:
            # The last vector of a panel is cut short in the last panel only, if at all.
            masked = self.spec.columns % count != 0
            self._panel(column, left, cut.width, masked, first, last)
            return
        whole = b.icmp_signed(">=", left, int64(cut.width * count))
        with b.if_else(whole) as (then, orelse):
            with then:
                self._panel(column, left, cut.width, False, first, last)
            with orelse:
                if self.spec.columns is None:
                    with counted(b, column, self.columns, int64(count)) as single:
                        self._panel(single, b.sub(self.columns, single), 1, True, first, last)
                else:
                    masked = self.spec.columns % count != 0
                    self._panel(column, left, cut.rest, masked, first, last)

    def _panel(
        self,
        column: ir.Value,
        left: ir.Value,
        width: int,
        masked: bool,
        first: ir.Value,
        last: ir.Value,
    ) -> None:
        """All rows of a cell for `width` vectors of columns, of which `left` are there."""
        b, lanes = self.b, self.lanes
        masks: list[ir.Value | None] = [None] * width
        if masked:
            masks[-1] = lanes.mask(b, b.sub(left, int64((width - 1) * lanes.count)))
        start = lanes.at(b, self.right.pointer, b.mul(column, self.right.column))
        right = self.right._replace(pointer=start)
        if self.panel is None:
            self._blocks(right, column, width, masks, first, last, self.inner, int64(0))
            return
        # One turn at least: without anything to sum, too, the result is written.
        nothing = b.icmp_signed("<", self.inner, int64(1))
        end = b.select(nothing, int64(1), self.inner)
        with counted(b, int64(0), end, int64(PACKED_ROWS)) as k:
            rows = b.sub(self.inner, k)
            most = int64(PACKED_ROWS)
            rows = b.select(b.icmp_signed("<", rows, most), rows, most)
            self._pack(right, k, rows, width, left)
            packed = Matrix(self.panel, int64(width * lanes.count), int64(1))
            self._blocks(packed, column, width, masks, first, last, rows, k)

    def _pack(self, right: Matrix, k: ir.Value, rows: ir.Value, width: int, left: ir.Value) -> None:
        """Copies rows k to k + rows of the panel, whose other columns are 0, to the scratch."""
        b, lanes = self.b, self.lanes
        size = int64(width * lanes.count)
        zero = ir.Constant(lanes.real, 0.0)
        short = b.select(b.icmp_signed("<", left, size), left, size)
        with counted(b, int64(0), short) as j:
            source = lanes.at(b, right.pointer, b.mul(j, right.column))
            source = lanes.at(b, source, b.mul(k, right.row))
            target = lanes.at(b, self.panel, j)
            with counted(b, int64(0), rows) as i:
                value = lanes.element(b, lanes.at(b, source, b.mul(i, right.row)))
                b.store(value, lanes.at(b, target, b.mul(i, size)))
        with counted(b, short, size) as j:
            target = lanes.at(b, self.panel, j)
            with counted(b, int64(0), rows) as i:
                b.store(zero, lanes.at(b, target, b.mul(i, size)))

    def _blocks(
        self,
        right: Matrix,
        column: ir.Value,
        width: int,
        masks: Sequence[ir.Value | None],
        first: ir.Value,
        last: ir.Value,
        inner: ir.Value,
        done: ir.Value,
    ) -> None:
        """The blocks of rows; `done` of the summed axis are in the result already."""
        b, spec = self.b, self.spec
        height = block_height(spec.rows, width)

        def block(row: ir.Value, rows: int, limit: ir.Value | None) -> None:
            start = self.lanes.at(b, self.a.pointer, b.mul(row, self.a.row))
            start = self.lanes.at(b, start, b.mul(done, self.a.column))
            a = self.a._replace(pointer=start)
            # A scratch panel is filled up with zeros.
            reading = [None] * width if spec.packed else masks
            sums = accumulate(b, self.lanes, inner, a, right, rows, reading, limit)
            target = self._target(row, column, done)
            if spec.scattered:
                left = b.sub(self.columns, column)
                self._scatter(sums.values, target, limit, left)
            else:
                store(b, self.lanes, Sums(sums.values, masks), target, limit)

        whole = b.sub(last, b.srem(b.sub(last, first), int64(height)))
        with counted(b, first, whole, int64(height)) as row:
            block(row, height, None)
        if spec.rows is None:
            rest = min(REST, height)
            if height > 1:
                with counted(b, whole, last, int64(rest)) as row:
                    block(row, rest, b.sub(last, row) if rest > 1 else None)
        elif spec.rows % height:
            # Row cells are whole blocks: only the last one has a rest.
            with b.if_then(b.icmp_signed("<", whole, last)):
                block(whole, spec.rows % height, None)

    def _target(self, row: ir.Value, column: ir.Value, done: ir.Value) -> Target:
        """Where the tile goes. What an earlier part of the summed axis left is added to, not c."""
        b = self.b
        out = self._element(self.out, row, column)
        if not self.spec.packed:
            c = None if self.c is None else self._element(self.c, row, column)
            return Target(out, self.alpha, c, self.beta)
        continued = b.icmp_signed(">", done, int64(0))
        if self.c is None:
            return Target(out, self.alpha, out, None, continued)
        c = self._element(self.c, row, column)
        old = Matrix(*(b.select(continued, x, y) for x, y in zip(out, c, strict=True)))
        beta = self.beta
        if beta is not None:
            beta = b.select(continued, ir.Constant(self.lanes.real, 1.0), beta)
        return Target(out, self.alpha, old, beta)

    def _element(self, x: Matrix, row: ir.Value, column: ir.Value) -> Matrix:
        b = self.b
        start = self.lanes.at(b, x.pointer, b.mul(row, x.row))
        return x._replace(pointer=self.lanes.at(b, start, b.mul(column, x.column)))

    def _scatter(
        self,
        values: Sequence[Sequence[ir.Value]],
        target: Target,
        limit: ir.Value | None,
        left: ir.Value,
    ) -> None:
        """Stores a tile element by element, by way of a scratch tile; rows are inner."""
        b, lanes = self.b, self.lanes
        assert self.tile is not None
        width = len(values[0]) * lanes.count
        for i, row in enumerate(values):
            for j, vector in enumerate(row):
                place = lanes.at(b, self.tile, int64(i * width + j * lanes.count))
                lanes.store(b, vector, place)
        short = b.select(b.icmp_signed("<", left, int64(width)), left, int64(width))
        rows: ir.Value = int64(len(values))
        if limit is not None:
            rows = b.select(b.icmp_signed("<", limit, rows), limit, rows)
        with counted(b, int64(0), short) as j, counted(b, int64(0), rows) as i:
            at = lanes.at(b, self.tile, b.add(b.mul(i, int64(width)), j))
            value = lanes.element(b, at)
            store_element(b, lanes, value, target, i, j)
