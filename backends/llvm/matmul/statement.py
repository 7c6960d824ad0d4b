"""A `MatMul` statement: the call of the routine that serves it."""

from llvmlite import ir
from symgraph.backends.llvm.blocks import I64, BlockEmitter
from symgraph.backends.llvm.matmul import arguments
from symgraph.backends.llvm.matmul.choice import Facts, Plan, Question, choose
from symgraph.backends.llvm.matmul.dots import Dots, dots, tile_width
from symgraph.backends.llvm.matmul.loops import int64, stack_memory
from symgraph.backends.llvm.matmul.outer import outer, panel_width
from symgraph.backends.llvm.matmul.routine import Sum
from symgraph.backends.llvm.matmul.tile import Matrix

from symgraph.lower.program import ZERO, Buffer, Literal, MatMul, Value

Values = dict[str, ir.Value | Matrix]


def emit_product(at: BlockEmitter, s: MatMul) -> None:
    """Writes the call of the routine that suits the product's extents and strides."""
    values = _values(at, s)
    match choose(_facts(s)):
        case Plan() as plan:
            _call(at, plan, values)
        case Question(extent, least, yes, no):
            enough = at.b.icmp_signed(">=", values[extent], int64(least))
            with at.b.if_else(enough) as (then, orelse):
                with then:
                    _call(at, yes, values)
                with orelse:
                    _call(at, no, values)


def _call(at: BlockEmitter, plan: Plan, values: Values) -> None:
    b, spec = at.b, plan.spec
    if plan.swapped:
        values = _swapped(values)
    if isinstance(spec, Dots):
        routine, width = dots(b.module, spec), tile_width(spec.dtype, spec.columns)
    else:
        routine, width = outer(b.module, spec), panel_width(spec.dtype, spec.columns)
    words = stack_memory(b, I64, len(arguments.WORDS))
    panels = b.sdiv(b.add(values["columns"], int64(width - 1)), int64(width))
    whole = {"cell_rows": values["rows"], "row_cells": int64(1)}
    arguments.write(b, words, {**values, **whole})
    b.call(routine, [int64(0), panels, words])


def _literal(*values: Value) -> int | None:
    """The first literal among values that are equal."""
    return next((int(v.value) for v in values if isinstance(v, Literal)), None)


def _is_one(value: Value) -> bool:
    return isinstance(value, Literal) and value.value == 1


def _facts(s: MatMul) -> Facts:
    def strides(x: Buffer) -> tuple[int | None, int | None]:
        row, column = x.strides
        return _literal(row), _literal(column)

    a, b, c, out = s.a, s.b, s.c, s.out
    return Facts(
        out.dtype,
        Sum(not _is_one(s.alpha), c is not None, c is not None and not _is_one(s.beta)),
        _literal(out.extents[0], a.extents[0]),
        _literal(out.extents[1], b.extents[1]),
        _literal(a.extents[1], b.extents[0]),
        strides(a),
        strides(b),
        strides(out),
        (None, None) if c is None else strides(c),
    )


def _values(at: BlockEmitter, s: MatMul) -> Values:
    """Everything a routine is told, by the names of `arguments.WORDS`."""
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


def _swapped(values: Values) -> Values:
    """Of the product of the transposed matrices, out' = b' · a'."""

    def turn(name: str) -> Matrix:
        x = values[name]
        return Matrix(x.pointer, x.column, x.row)

    other = {"rows": values["columns"], "columns": values["rows"], "a": turn("b"), "b": turn("a")}
    other |= {name: turn(name) for name in ("c", "out") if name in values}
    return {**values, **other}
