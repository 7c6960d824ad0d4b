"""Write the calls of the routines for `MatMul` statements."""

from typing import NamedTuple

from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.emission.statements import BlockEmitter
from symgraph.backends.llvm.routines.matmul import threading
from symgraph.backends.llvm.routines.matmul.argument_table import SIGNATURE
from symgraph.backends.llvm.routines.matmul.choice import Facts, choose, choose_library
from symgraph.backends.llvm.routines.matmul.dots import Dots, tile_height, tile_width
from symgraph.backends.llvm.routines.matmul.library import Library, suits
from symgraph.backends.llvm.routines.matmul.loops import int64
from symgraph.backends.llvm.routines.matmul.outer import Outer, block_unit, panel_width
from symgraph.backends.llvm.routines.matmul.routine import Sum
from symgraph.backends.llvm.routines.matmul.routine_names import name_of
from symgraph.backends.llvm.routines.matmul.threading import Values
from symgraph.backends.llvm.routines.matmul.tile import Matrix
from symgraph.backends.llvm.routines.matmul.vectors import I1, Lanes

from symgraph.lower.program.types import MatMul
from symgraph.lower.program.values import ZERO, Buffer, Literal, Value

# Rows of the library's cells are multiples of this: it copies all of b for each cell.
LIBRARY_ROWS = 256


def emit_product(at: BlockEmitter, s: MatMul, threads: ir.Value | None = None) -> None:
    """Write the call of the routine that suits the product's extents and strides, on so many
    threads where it is large enough."""
    b, facts, values = at.b, facts_of(s), values_of(at, s)
    macs = threading.work(b, values)
    spec = choose_library(facts)
    if spec is None:
        _own(at, facts, values, macs, threads)
        return
    is_large = b.fcmp_ordered(
        ">=", macs, ir.Constant(threading.DOUBLE, target().blas_multiply_adds)
    )
    with b.if_else(b.and_(is_large, _suits(b, spec, values))) as (then, orelse):
        with then:
            never = ir.Constant(I1, 0)
            routine = at.routine(name_of(spec), SIGNATURE)
            threading.run(b, routine, values, int64(1), LIBRARY_ROWS, never, threads)
        with orelse:
            _own(at, facts, values, macs, threads)


def _own(
    at: BlockEmitter, facts: Facts, values: Values, macs: ir.Value, threads: ir.Value | None
) -> None:
    b, chosen = at.b, routine_for(facts)
    if chosen.swapped:
        values = swapped(values)
    small = None
    extents = [n for n in (facts.rows, facts.columns, facts.inner) if n is not None]
    size = chosen.lanes.size
    surely = len(extents) == 3 and threading.surely_small(extents, size)
    if threads is not None and not surely:
        single = b.icmp_signed("<=", threads, int64(1))
        small = b.or_(single, threading.is_small(b, macs, size))
    width = int64(chosen.width)
    panels = b.sdiv(b.add(values["columns"], b.sub(width, int64(1))), width)
    routine = at.routine(name_of(chosen.spec), SIGNATURE)
    threading.run(b, routine, values, panels, chosen.unit, small, threads)


class Chosen(NamedTuple):
    """A routine of symgraph's own, whether it gets the transposed matrices, the columns of its
    panels, and the number that the rows of its cells are multiples of."""

    spec: Outer | Dots
    swapped: bool
    width: int
    unit: int

    @property
    def lanes(self) -> Lanes:
        return Lanes(self.spec.dtype)


def routine_for(facts: Facts) -> Chosen:
    """Return the routine for a product that the library does not compute."""
    spec, is_swapped = choose(facts)
    if isinstance(spec, Dots):
        width = tile_width(spec)
        return Chosen(spec, is_swapped, width, tile_height(spec.rows, width))
    return Chosen(spec, is_swapped, panel_width(spec), block_unit(spec))


def _suits(b: ir.IRBuilder, spec: Library, values: Values) -> ir.Value:
    """Return whether the library accepts the matrices' layout. By its rules a factor of 0 makes 0
    of nan, so such factors are excluded."""
    rows, columns, inner = (values[name] for name in ("rows", "columns", "inner"))
    fits = b.and_(
        suits(b, values["a"], spec.a_transposed, [rows, inner]),
        suits(b, values["b"], spec.b_transposed, [inner, columns]),
    )
    fits = b.and_(fits, suits(b, values["out"], False, [rows, columns]))
    if spec.sum.scaled:
        alpha: ir.Value = values["alpha"]
        fits = b.and_(fits, b.fcmp_unordered("!=", alpha, ir.Constant(alpha.type, 0.0)))
    return fits


def literal(*values: Value) -> int | None:
    """Return the first literal among values that are equal."""
    return next((int(v.value) for v in values if isinstance(v, Literal)), None)


def _is_one(value: Value) -> bool:
    return isinstance(value, Literal) and value.value == 1


def facts_of(s: MatMul) -> Facts:
    """Return the facts that are known of a product before it runs."""

    def strides(x: Buffer) -> tuple[int | None, int | None]:
        row, column = x.strides
        return literal(row), literal(column)

    a, b, c, out = s.a, s.b, s.c, s.out
    return Facts(
        out.dtype,
        Sum(not _is_one(s.alpha), c is not None, c is not None and not _is_one(s.beta)),
        literal(out.extents[0], a.extents[0]),
        literal(out.extents[1], b.extents[1]),
        literal(a.extents[1], b.extents[0]),
        strides(a),
        strides(b),
        strides(out),
        (None, None) if c is None else strides(c),
    )


def values_of(at: BlockEmitter, s: MatMul) -> Values:
    """Return all arguments of a routine, by the names of `argument_table.WORDS`."""
    values: Values = {
        "rows": at.value(s.out.extents[0]),
        "columns": at.value(s.out.extents[1]),
        "inner": at.value(s.a.extents[1]),
        "alpha": at.value(s.alpha),
        "a": _matrix(at, s.a),
        "b": _matrix(at, s.b),
        "out": _matrix(at, s.out),
    }
    if s.c is not None:
        values |= {"c": _matrix(at, s.c), "beta": at.value(s.beta)}
    return values


def _matrix(at: BlockEmitter, x: Buffer) -> Matrix:
    return Matrix(at.address(x, [ZERO] * 2), *(at.value(stride) for stride in x.strides))


def swapped(values: Values) -> Values:
    """Return the arguments of the product of the transposed matrices, out' = b' · a'."""

    def transposed(name: str) -> Matrix:
        x = values[name]
        return Matrix(x.pointer, x.column, x.row)

    other = {
        "rows": values["columns"],
        "columns": values["rows"],
        "a": transposed("b"),
        "b": transposed("a"),
    }
    other |= {name: transposed(name) for name in ("c", "out") if name in values}
    return {**values, **other}
