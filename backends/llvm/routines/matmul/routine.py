"""The common parts of all routines for products: arguments, cells, and result tiles."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from llvmlite import ir
from symgraph.backends.llvm.routines.matmul.argument_table import ProductArguments
from symgraph.backends.llvm.routines.matmul.loops import int64, polling, stack_memory
from symgraph.backends.llvm.routines.matmul.tile import Factor, Matrix, TileTarget
from symgraph.backends.llvm.routines.matmul.vectors import Lanes


@dataclass(frozen=True)
class Sum:
    """The form of a product's sum: whether there is a factor alpha other than 1, an addend c, and a
    factor beta of c other than 1."""

    scaled: bool = False
    added: bool = False
    beta: bool = False


class Cell(NamedTuple):
    """A panel of columns, of which at least `left` exist, and a range of rows."""

    column: ir.Value
    left: ir.Value
    first: ir.Value
    last: ir.Value


class Routine:
    """The beginning of a routine: all arguments as values."""

    def __init__(
        self, function: ir.Function, dtype: str, sum: Sum, known: Mapping[str, int | None]
    ) -> None:
        self.lanes = Lanes(dtype)
        self.b = ir.IRBuilder(function.append_basic_block())
        self.begin, self.end, words = function.args
        numbers = {name: number for name, number in known.items() if number is not None}
        self.words = ProductArguments(self.b, self.lanes, words, numbers)
        self.rows, self.columns = self.words.number("rows"), self.words.number("columns")
        self.inner = self.words.number("inner")
        self.a, self.right = self.words.matrix("a"), self.words.matrix("b")
        self.out = self.words.matrix("out")
        self.c = self.words.matrix("c") if sum.added else None
        self.alpha = self._factor("alpha") if sum.scaled else None
        self.beta = self._factor("beta") if sum.beta else None

    def _factor(self, name: str) -> Factor:
        single = self.words.factor(name)
        return Factor(single, self.lanes.splat(self.b, single))

    def scratch(self, count: int) -> ir.Value:
        """Return memory on the stack."""
        return stack_memory(self.b, self.lanes.real, count)

    def least(self, x: ir.Value, y: ir.Value) -> ir.Value:
        return self.b.select(self.b.icmp_signed("<", x, y), x, y)

    @contextmanager
    def cells(self, width: int | None) -> Iterator[Cell]:
        """Write the loop over the routine's cells, with panels of `width` columns (None: all)."""
        b = self.b
        cell_rows, row_cells = (self.words.number(name) for name in ("cell_rows", "row_cells"))
        with polling(b, self.begin, self.end) as cell:
            number = b.sdiv(cell, row_cells)
            first = b.mul(b.sub(cell, b.mul(number, row_cells)), cell_rows)
            last = self.least(b.add(first, cell_rows), self.rows)
            column = int64(0) if width is None else b.mul(number, int64(width))
            yield Cell(column, b.sub(self.columns, column), first, last)
        b.ret_void()

    @contextmanager
    def parts(self, size: int) -> Iterator[tuple[ir.Value, ir.Value]]:
        """Write a loop over parts of the summed axis: yields a part's begin and extent. There is at
        least one part: the result is written even where the sum is empty."""
        b = self.b
        nothing = b.icmp_signed("<", self.inner, int64(1))
        with polling(b, int64(0), b.select(nothing, int64(1), self.inner), int64(size)) as k:
            yield k, self.least(b.sub(self.inner, k), int64(size))

    def element(self, x: Matrix, row: ir.Value, column: ir.Value) -> Matrix:
        """Return the submatrix that begins at an element."""
        b, lanes = self.b, self.lanes
        start = lanes.at(b, x.pointer, b.mul(row, x.row))
        return x._replace(pointer=lanes.at(b, start, b.mul(column, x.column)))

    def target(self, row: ir.Value, column: ir.Value, done: ir.Value | None) -> TileTarget:
        """Return the target of a tile. Where `done` of the summed axis have been added to the
        result already, the tile is added to that, not to c."""
        b = self.b
        out = self.element(self.out, row, column)
        c = None if self.c is None else self.element(self.c, row, column)
        if done is None:
            return TileTarget(out, self.alpha, c, self.beta)
        continued = b.icmp_signed(">", done, int64(0))
        if c is None:
            return TileTarget(out, self.alpha, out, None, continued)
        old = Matrix(*(b.select(continued, x, y) for x, y in zip(out, c, strict=True)))
        beta = self.beta
        if beta is not None:
            one = ir.Constant(self.lanes.real, 1.0)
            single = b.select(continued, one, beta.single)
            beta = Factor(single, self.lanes.splat(b, single))
        return TileTarget(out, self.alpha, old, beta)
