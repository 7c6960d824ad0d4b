"""Compute large matrix products by cblas_?gemm, which blocks them for every cache level."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.emission.statements import I32, PTR
from symgraph.backends.llvm.routines.matmul.loops import counted, int64, polling
from symgraph.backends.llvm.routines.matmul.routine import Cell, Routine, Sum
from symgraph.backends.llvm.routines.matmul.tile import Matrix

ROW_MAJOR, NO_TRANS, TRANS = 101, 111, 112
# With wide vectors, a b of so few elements stays in the cache however many rows a has; and the
# library is only faster at all where a is transposed, so that its elements for a tile are far
# apart: on 2000x1000' · 1000x2000 90 GFLOP/s against 75 (Zen 4), without transposing 98 against
# 105.
AT_HAND = 2**20
# The approximate number of multiply-adds of one call between polls for signals.
UNHEARD = 2**32
# The division of a longer product: the library itself blocks the summed axis by less, and copies b
# again for each range of rows.
INNER, ROWS = 1024, 256


@dataclass(frozen=True)
class Library:
    """The specification of a routine: which operands have contiguous columns."""

    dtype: str
    sum: Sum
    a_transposed: bool
    b_transposed: bool


def write_library(function: ir.Function, spec: Library) -> None:
    """Write the routine. Its only panel is as wide as the result."""
    _Writer(function, spec).write()


def needs_blocking(extents: Sequence[int | None], a_transposed: bool) -> bool:
    """Return whether a product with these extents, where known, may be too large for own
    routines."""
    known = sorted(extent for extent in extents if extent is not None)
    if len(known) == 3 and math.prod(known) < target().blas_multiply_adds:
        return False
    wide = target().vector_bytes == 64
    at_hand = len(known) >= 2 and known[0] * known[1] < AT_HAND
    return not wide or (a_transposed and not at_hand)


def suits(b: ir.IRBuilder, matrix: Matrix, transposed: bool, extents: list[ir.Value]) -> ir.Value:
    """Return whether the library accepts the matrix: contiguous rows (or columns), with or without
    gaps between them, and numbers that fit its integers."""
    step, length = (matrix.column, extents[0]) if transposed else (matrix.row, extents[1])
    fits = b.icmp_signed(">=", step, length)
    for number in (step, *extents):
        fits = b.and_(fits, b.icmp_signed("<=", number, int64(target().blas_extent)))
    return fits


class _Writer(Routine):
    def __init__(self, function: ir.Function, spec: Library) -> None:
        known = {"out_column": 1, "c_column": 1}
        known |= {"a_row" if spec.a_transposed else "a_column": 1}
        known |= {"b_row" if spec.b_transposed else "b_column": 1}
        super().__init__(function, spec.dtype, spec.sum, known)
        self.spec = spec

    def write(self) -> None:
        with self.cells(None) as cell:
            beta = 0.0
            if self.c is not None:
                self._scale(cell)
                beta = 1.0
            self._multiply(cell, beta)

    def _scale(self, cell: Cell) -> None:
        """Store beta * c in the result: the library adds to that."""
        b, lanes = self.b, self.lanes
        assert self.c is not None
        with counted(b, cell.first, cell.last) as row:
            source = self.element(self.c, row, int64(0)).pointer
            target = self.element(self.out, row, int64(0)).pointer
            with counted(b, int64(0), self.columns, int64(lanes.count)) as j:
                mask = lanes.mask(b, b.sub(self.columns, j))
                value = lanes.load(b, lanes.at(b, source, j), mask)
                if self.beta is not None:
                    value = b.fmul(value, self.beta.wide)
                lanes.store(b, value, lanes.at(b, target, j), mask)

    def _multiply(self, cell: Cell, beta: float) -> None:
        """Multiply by one call, or for long products by several, with polls for signals between."""
        b = self.b
        rows = b.sub(cell.last, cell.first)
        area = b.mul(rows, self.columns)
        long = self._more(area, self.inner, UNHEARD)
        few = b.sdiv(int64(UNHEARD // INNER), self.columns)
        height = self._greater(few, int64(ROWS))
        inner = self._greater(self.inner, int64(1))
        with (
            polling(b, cell.first, cell.last, b.select(long, height, rows)) as row,
            polling(b, int64(0), inner, b.select(long, int64(INNER), inner)) as k,
        ):
            rows = self.least(b.sub(cell.last, row), height)
            depth = self.least(b.sub(self.inner, k), int64(INNER))
            rows = b.select(long, rows, b.sub(cell.last, row))
            depth = b.select(long, depth, self.inner)
            first = b.icmp_signed("==", k, int64(0))
            one = ir.Constant(self.lanes.real, 1.0)
            added = b.select(first, ir.Constant(self.lanes.real, beta), one)
            self._multiply_part(row, k, (rows, self.columns, depth), added)

    def _more(self, x: ir.Value, y: ir.Value, limit: int) -> ir.Value:
        """Return whether the product of nonnegative numbers exceeds the limit."""
        pair = self.b.smul_with_overflow(x, y)
        over = self.b.icmp_signed(">", self.b.extract_value(pair, 0), int64(limit))
        return self.b.or_(self.b.extract_value(pair, 1), over)

    def _greater(self, x: ir.Value, y: ir.Value) -> ir.Value:
        return self.b.select(self.b.icmp_signed(">", x, y), x, y)

    def _multiply_part(
        self, row: ir.Value, k: ir.Value, extents: Sequence[ir.Value], beta: ir.Value
    ) -> None:
        """Multiply some rows of the result, for a part of the summed axis."""
        b, spec = self.b, self.spec
        a, out = self.element(self.a, row, k), self.element(self.out, row, int64(0))
        right = self.element(self.right, k, int64(0))
        flags = [
            ROW_MAJOR,
            *(TRANS if t else NO_TRANS for t in (spec.a_transposed, spec.b_transposed)),
        ]
        one = ir.Constant(self.lanes.real, 1.0)
        b.call(
            self._gemm(),
            [
                *(ir.Constant(I32, flag) for flag in flags),
                *(b.trunc(extent, I32) for extent in extents),
                one if self.alpha is None else self.alpha.single,
                *(a.pointer, b.trunc(a.column if spec.a_transposed else a.row, I32)),
                right.pointer,
                b.trunc(right.column if spec.b_transposed else right.row, I32),
                *(beta, out.pointer, b.trunc(out.row, I32)),
            ],
        )

    def _gemm(self) -> ir.Function:
        module, real = self.b.module, self.lanes.real
        name = f"cblas_{'s' if self.spec.dtype == 'float32' else 'd'}gemm"
        types = [*[I32] * 6, real, PTR, I32, PTR, I32, real, PTR, I32]
        type = ir.FunctionType(ir.VoidType(), types)
        return module.globals.get(name) or ir.Function(module, type, name)
