"""Products by tiles of rows of `a` times vectors along the columns of `b`.

The columns are cut into panels as wide as a tile, the rows into blocks as high. A panel of `b` is
read once from memory and then, for each block of rows, from the second-level cache. Where its rows
are not contiguous, it is first copied to a scratch panel in which they are, as many rows at a time
as that holds; the sums of the parts accumulate in the result.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.routines.matmul.loops import counted, int64, polling
from symgraph.backends.llvm.routines.matmul.routine import Cell, Routine, Sum
from symgraph.backends.llvm.routines.matmul.tile import (
    Matrix,
    Sums,
    TileTarget,
    accumulate,
    store,
    store_element,
)
from symgraph.backends.llvm.routines.matmul.transpose import copy_routine
from symgraph.backends.llvm.routines.matmul.vectors import Lanes

# Rows of a tile by its vectors, and by the number of registers: sums, a row's vectors and one
# element must fit in registers.
HEIGHTS: dict[int, dict[int, int]] = {32: {4: 6, 3: 8, 2: 8, 1: 8}, 16: {2: 6, 1: 8}}
# Vectors of a tile of one row: twice as many sums as the latency of an addition in cycles.
WIDE_ROW = 8
# Rows of the tiles for the remainder where the number of rows is unknown.
REST = 2
# Rows of a scratch panel.
PACKED_ROWS = 256
# Tiles between polls for signals.
TILES = 64


@dataclass(frozen=True)
class Outer:
    """The specification of a routine; extents and strides are None where any will do."""

    dtype: str
    sum: Sum
    rows: int | None
    columns: int | None
    a_row: int | None
    a_column: int | None
    # Whether the rows of b are not contiguous, and those of the result (and of c).
    packed: bool
    scattered: bool
    # Whether the columns of b are contiguous.
    b_in_columns: bool


@dataclass(frozen=True)
class Panels:
    """The division of columns: panels of `width` vectors, and one of `rest` vectors after them."""

    width: int
    rest: int

    @staticmethod
    def of(lanes: Lanes, rows: int | None, columns: int | None) -> "Panels":
        widest = WIDE_ROW if rows == 1 else max(HEIGHTS[target().vector_registers])
        if columns is None:
            return Panels(widest, 0)
        vectors = -(-columns // lanes.count)
        return Panels(min(widest, max(vectors, 1)), vectors % widest if vectors > widest else 0)


def panel_width(spec: Outer) -> int:
    """Return the columns of a panel."""
    lanes = Lanes(spec.dtype)
    return Panels.of(lanes, spec.rows, spec.columns).width * lanes.count


def block_height(rows: int | None, width: int) -> int:
    """Return the rows of a tile: fewer than fit in registers if that leaves no remainder."""
    if rows == 1:
        return 1
    highest = HEIGHTS[target().vector_registers][width]
    if rows is None:
        return highest
    if rows <= highest:
        return max(rows, 1)
    for height in range(highest, highest * 3 // 4, -1):
        if rows % height == 0:
            return height
    return highest


def block_unit(spec: Outer) -> int:
    """Return a number of rows that is a whole number of blocks in panels of any width."""
    cut = Panels.of(Lanes(spec.dtype), spec.rows, spec.columns)
    widths = (cut.width, cut.rest or cut.width, 1 if spec.columns is None else cut.width)
    return math.lcm(*(block_height(spec.rows, width) for width in widths))


def write_outer(function: ir.Function, spec: Outer) -> None:
    """Write the routine."""
    _Writer(function, spec).write()


class _Writer(Routine):
    def __init__(self, function: ir.Function, spec: Outer) -> None:
        known = {name: getattr(spec, name) for name in ("rows", "columns", "a_row", "a_column")}
        known |= {} if spec.packed else {"b_column": 1}
        known |= {"b_row": 1} if spec.b_in_columns else {}
        known |= {} if spec.scattered else {"out_column": 1, "c_column": 1}
        super().__init__(function, spec.dtype, spec.sum, known)
        self.spec = spec
        self.cut = Panels.of(self.lanes, spec.rows, spec.columns)
        size = self.cut.width * self.lanes.count
        self.panel = self.scratch(PACKED_ROWS * size) if spec.packed else None
        heights = HEIGHTS[target().vector_registers]
        largest = max(height * width for width, height in heights.items()) * self.lanes.count
        self.tile = self.scratch(largest) if spec.scattered else None

    def write(self) -> None:
        with self.cells(self.cut.width * self.lanes.count) as cell:
            self._panel_of_any_width(cell)

    def _panel_of_any_width(self, cell: Cell) -> None:
        b, count, cut, columns = self.b, self.lanes.count, self.cut, self.spec.columns
        if columns is not None and not cut.rest:
            # The last vector of a panel is partial in the last panel only, if at all.
            self._panel(cell, cut.width, columns % count != 0)
            return
        whole = b.icmp_signed(">=", cell.left, int64(cut.width * count))
        with b.if_else(whole) as (then, orelse):
            with then:
                self._panel(cell, cut.width, False)
            with orelse:
                if columns is not None:
                    self._panel(cell, cut.rest, columns % count != 0)
                else:
                    with counted(b, cell.column, self.columns, int64(count)) as column:
                        left = b.sub(self.columns, column)
                        self._panel(cell._replace(column=column, left=left), 1, True)

    def _panel(self, cell: Cell, width: int, masked: bool) -> None:
        """Write all rows of a cell for a panel of `width` vectors of columns."""
        b, lanes = self.b, self.lanes
        masks: list[ir.Value | None] = [None] * width
        if masked:
            masks[-1] = lanes.mask(b, b.sub(cell.left, int64((width - 1) * lanes.count)))
        right = self.element(self.right, int64(0), cell.column)
        if self.panel is None:
            self._blocks(cell, right, masks, self.inner, None)
            return
        with self.parts(PACKED_ROWS) as (k, rows):
            self._pack(self.element(right, k, int64(0)), rows, width, cell.left)
            packed = Matrix(self.panel, int64(width * lanes.count), int64(1))
            self._blocks(cell, packed, masks, rows, k)

    def _pack(self, right: Matrix, rows: ir.Value, width: int, left: ir.Value) -> None:
        """Copy rows of the panel to the scratch memory; columns beyond the matrix are arbitrary."""
        b, lanes = self.b, self.lanes
        size = int64(width * lanes.count)
        if self.spec.b_in_columns:
            copy, short = copy_routine(b.module, self.spec.dtype), self.least(left, size)
            b.call(copy, [right.pointer, right.column, short, rows, self.panel, size])
            return
        short = self.least(left, size)
        with counted(b, int64(0), size) as j:
            target = lanes.at(b, self.panel, j)
            there = b.icmp_signed("<", j, short)
            with b.if_else(there) as (then, orelse):
                with then:
                    source = self.element(right, int64(0), j)
                    with counted(b, int64(0), rows) as i:
                        value = lanes.element(b, self.element(source, i, int64(0)).pointer)
                        b.store(value, lanes.at(b, target, b.mul(i, size)))
                with orelse, counted(b, int64(0), rows) as i:
                    zero = ir.Constant(lanes.real, 0.0)
                    b.store(zero, lanes.at(b, target, b.mul(i, size)))

    def _blocks(
        self,
        cell: Cell,
        right: Matrix,
        masks: Sequence[ir.Value | None],
        inner: ir.Value,
        done: ir.Value | None,
    ) -> None:
        """Write the blocks of rows; `done` of the summed axis have been added to the result
        already."""
        b, spec, width = self.b, self.spec, len(masks)
        height = block_height(spec.rows, width)
        # A scratch panel is padded with zeros.
        reading = [None] * width if spec.packed else masks

        def block(row: ir.Value, rows: int, limit: ir.Value | None) -> None:
            a = self.element(self.a, row, int64(0) if done is None else done)
            sums = accumulate(b, self.lanes, inner, a, right, rows, reading, limit)
            target = self.target(row, cell.column, done)
            if spec.scattered:
                self._scatter(sums.values, target, limit, cell.left)
            else:
                store(b, self.lanes, Sums(sums.values, masks), target, limit)

        count = b.sub(cell.last, cell.first)
        whole = b.sub(cell.last, b.srem(count, int64(height)))
        with polling(b, cell.first, whole, int64(height), TILES) as row:
            block(row, height, None)
        if spec.rows is not None:
            # Row cells are whole blocks: only the last one has a remainder.
            if spec.rows % height:
                with b.if_then(b.icmp_signed("<", whole, cell.last)):
                    block(whole, spec.rows % height, None)
        elif height > 1:
            rest = min(REST, height)
            with counted(b, whole, cell.last, int64(rest)) as row:
                block(row, rest, b.sub(cell.last, row))

    def _scatter(
        self,
        values: Sequence[Sequence[ir.Value]],
        target: TileTarget,
        limit: ir.Value | None,
        left: ir.Value,
    ) -> None:
        """Store a tile element by element, by way of a scratch tile; rows are the inner loop."""
        b, lanes = self.b, self.lanes
        assert self.tile is not None
        width = len(values[0]) * lanes.count
        for i, row in enumerate(values):
            for j, vector in enumerate(row):
                place = lanes.at(b, self.tile, int64(i * width + j * lanes.count))
                lanes.store(b, vector, place)
        short = self.least(left, int64(width))
        rows: ir.Value = int64(len(values))
        if limit is not None:
            rows = self.least(limit, rows)
        with counted(b, int64(0), short) as j, counted(b, int64(0), rows) as i:
            at = lanes.at(b, self.tile, b.add(b.mul(i, int64(width)), j))
            value = lanes.element(b, at)
            store_element(b, lanes, value, target, i, j)
