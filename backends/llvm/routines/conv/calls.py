"""Write the calls of the routines for `Convolve` and `Pool` statements."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.emission.statements import I64, BlockEmitter
from symgraph.backends.llvm.routines.conv import argument_table
from symgraph.backends.llvm.routines.conv.direct import Direct, Total
from symgraph.backends.llvm.routines.conv.pooling import Pooling, pooling_words
from symgraph.backends.llvm.routines.conv.routine_names import Spec, name_of
from symgraph.backends.llvm.routines.conv.winograd import Winograd
from symgraph.backends.llvm.routines.matmul.calls import literal
from symgraph.backends.llvm.routines.matmul.loops import int64, stack_memory
from symgraph.backends.llvm.routines.matmul.vectors import Lanes
from symgraph.backends.llvm.threads.work_sharing import call_in_cells

from symgraph.lower.convolutions import SCHEDULES
from symgraph.lower.program.types import Convolve, Pool
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Value

# Cells into which the planes of pooling are divided.
POOLING_CELLS = 16
DOUBLE = ir.DoubleType()


def emit_convolution(at: BlockEmitter, s: Convolve, threads: ir.Value) -> None:
    """Write the calls, on up to `threads` threads where the work is large enough."""
    b = at.b
    memory, values = told(at, s)
    large = b.fcmp_ordered(">=", work(at, s), ir.Constant(DOUBLE, target().small_ns))
    several = b.and_(b.icmp_signed(">", threads, int64(1)), large)
    threads = b.select(several, threads, int64(1))
    for spec, cells in steps(b, s, values):
        call(b, at.routine(name_of(spec), argument_table.SIGNATURE), cells, memory, threads)


def told(at: BlockEmitter, s: Convolve) -> tuple[ir.Value, dict[str, ir.Value]]:
    """Return the table of words for a convolution's routines, and the words by their names."""
    table = argument_table.names(len(s.strides), s.algorithm)
    values = _values(at, s)
    memory = stack_memory(at.b, I64, len(table))
    argument_table.write(at.b, memory, table, values)
    return memory, values


def emit_pooling(at: BlockEmitter, s: Pool, threads: ir.Value) -> None:
    """Write the call for max pooling, on so many threads where the work is large enough."""
    b = at.b
    memory, values = told_of_pooling(at, s)
    large = b.fcmp_ordered(">=", pooling_work(at, s), ir.Constant(DOUBLE, target().small_ns))
    routine = at.routine(name_of(pooling(s)), argument_table.SIGNATURE)
    call(b, routine, values["cells"], memory, b.select(large, threads, int64(1)))


def told_of_pooling(at: BlockEmitter, s: Pool) -> tuple[ir.Value, dict[str, ir.Value]]:
    """Return the table of words for pooling, and the words by their names."""
    b, rank = at.b, len(s.window)
    outer = len(s.x.extents) - rank
    pooled = s.out if s.computes != "gradient" else s.other
    assert pooled is not None
    planes: ir.Value = int64(1)
    for extent in s.x.extents[:outer]:
        planes = b.mul(planes, at.value(extent))
    most = int64(POOLING_CELLS)
    cells = b.select(b.icmp_signed("<", planes, most), planes, most)
    values = {"planes": planes, "cells": cells}
    for name, array in (("x", s.x), ("other", s.other or s.x), ("result", s.out)):
        values[name] = at.address(array, [ZERO] * len(array.extents))
    for axis in range(rank):
        values[f"in{axis}"] = at.value(s.x.extents[outer + axis])
        values[f"out{axis}"] = at.value(pooled.extents[outer + axis])
    table = pooling_words(rank)
    memory = stack_memory(b, I64, len(table))
    argument_table.write(b, memory, table, values)
    return memory, values


def pooling_work(at: BlockEmitter, s: Pool) -> ir.Value:
    """Return the estimated ns of pooling, as a double."""
    ns: ir.Value = ir.Constant(DOUBLE, target().pooling_ns)
    for extent in s.x.extents:
        ns = at.b.fmul(ns, at.b.sitofp(at.value(extent), DOUBLE))
    return ns


def pooling(s: Pool) -> Pooling:
    last = s.x.extents[-len(s.window) :]
    covers = s.window == s.strides and all(
        isinstance(extent, Literal) and int(extent.value) % window == 0
        for extent, window in zip(last, s.window, strict=True)
    )
    return Pooling(s.computes, s.out.dtype, s.window, s.strides, covers, s.shared)


def call(
    b: ir.IRBuilder, routine: ir.Function, cells: ir.Value, memory: ir.Value, threads: ir.Value
) -> None:
    with b.if_else(b.icmp_signed(">", threads, int64(1))) as (then, orelse):
        with then:
            call_in_cells(b, routine, memory, cells, threads)
        with orelse:
            b.call(routine, [int64(0), cells, memory])


def steps(
    b: ir.IRBuilder, s: Convolve, values: dict[str, ir.Value]
) -> Iterator[tuple[Spec, ir.Value]]:
    """Yield the specifications of the routines that compute a convolution, one after the other,
    with their numbers of cells."""
    numbers = dict(zip(SCHEDULES[s.algorithm], s.numbers, strict=True))
    if s.algorithm == "direct":
        yield _direct(s, numbers), values["cells"]
        if s.computes == "kernel":
            maps = b.mul(values["maps"], values["groups"])
            yield Total(s.out.dtype, len(s.strides)), maps
        return
    tiles = _winograd(s, numbers)
    if s.computes != "kernel":
        lanes = int64(Lanes(tiles.dtype).count)
        rows = b.mul(values["row_blocks"], int64(tiles.height))
        vectors = b.sdiv(b.add(rows, b.sub(lanes, int64(1))), lanes)
        yield replace(tiles, part="weights"), vectors
    yield tiles, values["cells"]
    if s.computes == "kernel":
        yield replace(tiles, part="sum"), values["channels"]


def _winograd(s: Convolve, numbers: dict[str, Value]) -> Winograd:
    known: dict[str, Any] = {name: literal(value) for name, value in numbers.items()}
    known |= {"channels": literal(s.kernel.extents[1]), "maps": literal(s.output.extents[1])}
    fields = ("tile", "tap", "block", "height", *Winograd.KNOWN)
    return Winograd("tiles", s.computes, s.out.dtype, *(known[name] for name in fields))


def _direct(s: Convolve, numbers: dict[str, Value]) -> Direct:
    rank = len(s.strides)
    in_rows = s.image.strides[-1] == ONE or s.image.contiguous
    start = s.computes, s.out.dtype, s.strides, s.dilations
    places = _places(s, numbers)
    maps = literal(s.output.extents[1], s.kernel.extents[0])
    if places is None:
        # The other extents would gain nothing, except for groups with one output channel each: one
        # routine serves all other convolutions.
        one = 1 if maps == s.groups else None
        return Direct(*start, (None,) * rank, None, None, one, None, None, in_rows)
    channels, part = literal(s.kernel.extents[1]), literal(numbers["part"])
    return Direct(
        *start,
        tuple(literal(tap) for tap in s.kernel.extents[2:]),
        channels,
        part if part and channels and channels % part == 0 else None,
        None if maps is None else maps // s.groups,
        _product(s.output.extents[3:]),
        places,
        in_rows,
    )


def _places(s: Convolve, numbers: dict[str, Value]) -> int | None:
    """Return the places of a strip; None where strips of different heights have different ones."""
    together = _product((numbers["rows"], numbers["strips"]))
    if together is None or together != literal(s.output.extents[2]):
        return None
    return _product((numbers["rows"], *s.output.extents[3:]))


def _values(at: BlockEmitter, s: Convolve) -> dict[str, ir.Value]:
    """Return all arguments of a routine, by the names of its words."""
    b = at.b
    value = at.value
    image, kernel, output = s.image, s.kernel, s.output
    taps: ir.Value = int64(1)
    for tap in kernel.extents[2:]:
        taps = b.mul(taps, value(tap))
    values = {
        "images": value(image.extents[0]),
        "groups": int64(s.groups),
        "channels": value(kernel.extents[1]),
        "maps": b.sdiv(value(output.extents[1]), int64(s.groups)),
        "taps": taps,
        "image_n": value(image.strides[0]),
        "image_c": value(image.strides[1]),
        "kernel_k": value(kernel.strides[0]),
        "kernel_c": value(kernel.strides[1]),
        "output_n": value(output.strides[0]),
        "output_k": value(output.strides[1]),
    }
    for name in ("image", "kernel", "output", "scratch"):
        buffer: Buffer = getattr(s, name)
        values[name] = at.address(buffer, [ZERO] * len(buffer.extents))
    for axis, before in enumerate(s.before):
        values |= {
            f"in{axis}": value(image.extents[2 + axis]),
            f"out{axis}": value(output.extents[2 + axis]),
            f"tap{axis}": value(kernel.extents[2 + axis]),
            f"before{axis}": value(before),
            f"image_{axis}": value(image.strides[2 + axis]),
            f"kernel_{axis}": value(kernel.strides[2 + axis]),
        }
    return values | {
        name: value(v) for name, v in zip(SCHEDULES[s.algorithm], s.numbers, strict=True)
    }


def work(at: BlockEmitter, s: Convolve) -> ir.Value:
    """Return the estimated ns of a convolution, as a double."""
    b, ns, unknown = at.b, target().multiply_add_ns, []
    for extent in (*s.output.extents, *s.kernel.extents[1:]):
        if isinstance(extent, Literal):
            ns *= int(extent.value)
        else:
            unknown.append(extent)
    time: ir.Value = ir.Constant(DOUBLE, ns)
    for extent in unknown:
        time = b.fmul(time, b.sitofp(at.value(extent), DOUBLE))
    return time


def _product(values: "tuple[Value, ...]") -> int | None:
    total = 1
    for value in values:
        if not isinstance(value, Literal):
            return None
        total *= int(value.value)
    return total
