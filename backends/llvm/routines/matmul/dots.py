"""Products by vectors along the summed axis, of matrices whose summed axes are contiguous.

A tile is a few rows of `a` times a few columns of `b`: that many vectors of partial sums, which are
added up across their lanes at the end. A narrow `b` whose columns are not contiguous is copied
first, column after column, so that no lanes are wasted where it has fewer columns than a vector.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.routines.matmul.lane_moves import across
from symgraph.backends.llvm.routines.matmul.loops import carrying, counted, int64, polling
from symgraph.backends.llvm.routines.matmul.routine import Cell, Routine, Sum
from symgraph.backends.llvm.routines.matmul.split_sums import PART, in_parts
from symgraph.backends.llvm.routines.matmul.tile import Matrix, Sums, row_pointers, store
from symgraph.backends.llvm.routines.matmul.transpose import copy_routine
from symgraph.backends.llvm.routines.matmul.vectors import Lanes

# Candidates for the columns of a tile, by the number of registers: the first that divides the
# number of columns, or else the first of all.
WIDTHS: dict[int, tuple[int, ...]] = {32: (5, 6, 4, 7, 8), 16: (3, 4)}
TALLEST = 6
# Columns of a tile of one row.
WIDE_ROW = 8
# The number of sums that are begun before the first is added to again: the latency of an addition
# in cycles.
CHAINS = 8
# Copied columns of b are at most this long, with a gap between them so that they do not compete for
# the same cache lines.
PACKED_ROWS = 512
GAP = 16
# Tiles between polls for signals.
TILES = 64


@dataclass(frozen=True)
class Dots:
    """The specification of a routine; extents are None where any will do."""

    dtype: str
    sum: Sum
    rows: int | None
    columns: int | None
    # Whether the summed axis of b is not contiguous: for columns that fill whole tiles.
    packed: bool
    # Whether the rows of b are contiguous.
    b_in_rows: bool


def tile_width(spec: Dots) -> int:
    """Return the columns of a tile."""
    if spec.rows == 1 and not spec.packed:
        most = min(WIDE_ROW, Lanes(spec.dtype).count)
        return max(1, min(most, spec.columns or most))
    return narrow_width(spec.dtype, spec.columns)


def narrow_width(dtype: str, columns: int | None) -> int:
    """Return the columns of a tile of several rows: all, or a number that divides them."""
    choices = [w for w in WIDTHS[target().vector_registers] if w <= Lanes(dtype).count]
    if columns is None:
        return choices[0]
    if columns <= widest(dtype):
        return max(columns, 1)
    return next((width for width in choices if columns % width == 0), choices[0])


def widest(dtype: str) -> int:
    """Return the most columns of a tile: a row of sums leaves registers to load into."""
    return min(Lanes(dtype).count, (target().vector_registers - 4) // 2)


def tile_height(rows: int | None, width: int) -> int:
    """Return the rows of a tile, such that sums, one row's vectors and one more fit in
    registers."""
    most = (target().vector_registers - 2) // (width + 1)
    return max(1, min(most, TALLEST, rows or TALLEST))


def write_dots(function: ir.Function, spec: Dots) -> None:
    """Write the routine."""
    _Writer(function, spec).write()


class _Writer(Routine):
    def __init__(self, function: ir.Function, spec: Dots) -> None:
        known = {"rows": spec.rows, "columns": spec.columns, "out_column": 1, "c_column": 1}
        known |= {"a_column": 1} | ({} if spec.packed else {"b_row": 1})
        known |= {"b_column": 1} if spec.b_in_rows else {}
        super().__init__(function, spec.dtype, spec.sum, known)
        self.spec = spec
        self.width = tile_width(spec)
        self.height = tile_height(spec.rows, self.width)
        self.pitch = PACKED_ROWS + GAP
        # Copying by squares writes whole squares.
        lines = self.lanes.count if spec.b_in_rows else self.width
        self.copy = self.scratch(lines * self.pitch) if spec.packed else None

    def write(self) -> None:
        with self.cells(self.width) as cell:
            right = self.element(self.right, int64(0), cell.column)
            if self.copy is None:
                self._rows(cell, right, self.inner, None)
                return
            with self.parts(PACKED_ROWS) as (k, extent):
                self._copy(self.element(right, k, int64(0)), extent)
                copied = Matrix(self.copy, int64(1), int64(self.pitch))
                self._rows(cell, copied, extent, k)

    def _copy(self, part: Matrix, extent: ir.Value) -> None:
        """Copy the columns of a part of b to the scratch memory, each contiguously."""
        b, lanes = self.b, self.lanes
        if not self.spec.b_in_rows:
            with counted(b, int64(0), extent) as i:
                for j in range(self.width):
                    value = lanes.element(b, self.element(part, i, int64(j)).pointer)
                    b.store(value, lanes.at(b, self.copy, b.add(i, int64(j * self.pitch))))
            return
        step, columns = self.right.row, int64(self.width)
        copy = copy_routine(b.module, self.spec.dtype)
        b.call(copy, [part.pointer, step, extent, columns, self.copy, int64(self.pitch)])

    def _rows(self, cell: Cell, right: Matrix, inner: ir.Value, done: ir.Value | None) -> None:
        """Write the tiles of a cell; rows and columns after the last ones repeat the last ones."""
        b, lanes = self.b, self.lanes
        turned = Matrix(right.pointer, right.column, right.row)
        exact = self.spec.columns is not None and self.spec.columns % self.width == 0
        columns = row_pointers(b, lanes, turned, self.width, None if exact else cell.left)
        mask = lanes.mask(b, self.least(cell.left, int64(self.width)))
        whole = self.spec.rows is not None and self.spec.rows % self.height == 0
        with polling(b, cell.first, cell.last, int64(self.height), TILES) as row:
            a = self.element(self.a, row, int64(0) if done is None else done)
            limit = None if whole else b.sub(cell.last, row)
            rows = row_pointers(b, lanes, a, self.height, limit)
            sums = self._sums(rows, columns, inner)
            size = self.width
            lines = [sums[i * size : (i + 1) * size] for i in range(self.height)]
            values = [[across(b, lanes, line)] for line in lines]
            target = self.target(row, cell.column, done)
            store(b, lanes, Sums(values, [mask]), target, limit)

    def _sums(
        self, rows: Sequence[ir.Value], columns: Sequence[ir.Value], inner: ir.Value
    ) -> list[ir.Value]:
        """Return the vectors of partial sums, row after row."""
        b, lanes = self.b, self.lanes
        rest = b.srem(inner, int64(lanes.count))
        whole = b.sub(inner, rest)
        following = self._whole_steps(rows, columns, whole)
        before, partial = b.block, []
        with b.if_then(b.icmp_signed(">", rest, int64(0))):
            partial = self._step(rows, columns, whole, following, lanes.mask(b, rest))
            inside = b.block
        results = []
        for old, new in zip(following, partial, strict=True):
            joined = b.phi(lanes.type)
            joined.add_incoming(old, before)
            joined.add_incoming(new, inside)
            results.append(joined)
        return results

    def _whole_steps(
        self, rows: Sequence[ir.Value], columns: Sequence[ir.Value], whole: ir.Value
    ) -> list[ir.Value]:
        """Return the sums over whole vectors. A small tile has several sums of each kind, so that
        additions do not wait for each other."""
        b, count = self.b, self.lanes.count
        size = len(rows) * len(columns)
        apart = max(1, CHAINS // size)

        def part(begin: ir.Value, end: ir.Value) -> list[ir.Value]:
            zeros = [self.lanes.zero()] * (size * apart)
            iteration = int64(count * apart)
            several = b.sub(end, b.srem(b.sub(end, begin), iteration))
            with carrying(b, begin, several, zeros, iteration) as (k, sums, following):
                for i in range(apart):
                    at = b.add(k, int64(i * count))
                    following += self._step(rows, columns, at, sums[i * size :][:size], None)
            while len(following) > size:
                half = len(following) // 2
                pairs = zip(following[:half], following[half:], strict=True)
                following = [b.fadd(*pair) for pair in pairs]
            if apart == 1:
                return following
            with carrying(b, several, end, following, int64(count)) as (k, sums, last):
                last += self._step(rows, columns, k, sums, None)
            return last

        return in_parts(b, self.lanes, whole, PART * count * apart, part)

    def _step(
        self,
        rows: Sequence[ir.Value],
        columns: Sequence[ir.Value],
        k: ir.Value,
        sums: Sequence[ir.Value],
        mask: ir.Value | None,
    ) -> list[ir.Value]:
        b, lanes = self.b, self.lanes
        results: list[ir.Value] = [None] * len(sums)
        vectors = [lanes.load(b, lanes.at(b, start, k), mask) for start in rows]
        for j, start in enumerate(columns):
            column = lanes.load(b, lanes.at(b, start, k), mask)
            for i, vector in enumerate(vectors):
                at = i * len(columns) + j
                results[at] = lanes.multiply_add(b, vector, column, sums[at])
        return results
