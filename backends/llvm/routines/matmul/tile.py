"""The innermost loop: a tile of the result that stays in registers over the whole summed axis.

For each step k the tile takes one element of each of its rows of `a`, broadcast to a vector, and a
few vectors of row k of `b`: rows x vectors multiply-adds for rows + vectors loads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from llvmlite import ir
from symgraph.backends.llvm.routines.matmul.loops import carrying, int64, settled
from symgraph.backends.llvm.routines.matmul.split_sums import PART, in_parts
from symgraph.backends.llvm.routines.matmul.vectors import Lanes


class Matrix(NamedTuple):
    """A matrix while code is written: an address, and strides in elements (constants if known)."""

    pointer: ir.Value
    row: ir.Value
    column: ir.Value


@dataclass(frozen=True)
class Sums:
    """A tile's sums by row and vector, and the mask of valid lanes of each vector."""

    values: list[list[ir.Value]]
    masks: Sequence[ir.Value | None]


def row_pointers(
    b: ir.IRBuilder, lanes: Lanes, a: Matrix, rows: int, limit: ir.Value | None
) -> list[ir.Value]:
    """Return the starts of the tile's rows of `a`; rows beyond a limit repeat the last one."""
    pointers = []
    for i in range(rows):
        number: ir.Value = int64(i)
        if limit is not None and i:
            last = b.sub(limit, int64(1))
            number = b.select(b.icmp_signed("<", number, last), number, last)
        pointers.append(settled(b, lanes.at(b, a.pointer, b.mul(number, a.row))))
    return pointers


def accumulate(
    b: ir.IRBuilder,
    lanes: Lanes,
    inner: ir.Value,
    a: Matrix,
    right: Matrix,
    rows: int,
    masks: Sequence[ir.Value | None],
    limit: ir.Value | None = None,
) -> Sums:
    """Write the loop over `inner`. Rows of `right` are contiguous; vectors with a mask read only
    its lanes."""
    starts = row_pointers(b, lanes, a, rows, limit)
    count = len(masks)
    first = settled(b, right.pointer)

    def part(begin: ir.Value, end: ir.Value) -> list[ir.Value]:
        zeros = [lanes.zero()] * (rows * count)
        with carrying(b, begin, end, zeros) as (k, sums, following):
            row = lanes.at(b, first, b.mul(k, right.row))
            vectors = [
                lanes.load(b, lanes.at(b, row, int64(j * lanes.count)), mask)
                for j, mask in enumerate(masks)
            ]
            step = b.mul(k, a.column)
            for i, start in enumerate(starts):
                factor = lanes.broadcast(b, lanes.at(b, start, step))
                for j, vector in enumerate(vectors):
                    total = sums[i * count + j]
                    following.append(lanes.multiply_add(b, factor, vector, total))
        return following

    sums = in_parts(b, lanes, inner, PART, part)
    return Sums([sums[i * count : (i + 1) * count] for i in range(rows)], masks)


@dataclass(frozen=True)
class TileTarget:
    """The destination of a tile: out = alpha * sums + beta * c; None stands for a factor of 1 (and
    for no c). Where `counts` is given, c is only read if it holds."""

    out: Matrix
    alpha: "Factor | None"
    c: Matrix | None
    beta: "Factor | None"
    counts: ir.Value | None = None


class Factor(NamedTuple):
    """A factor, and a vector of it."""

    single: ir.Value
    wide: ir.Value


def store(
    b: ir.IRBuilder, lanes: Lanes, sums: Sums, target: TileTarget, limit: ir.Value | None = None
) -> None:
    """Store the tile's rows, with a limit only so many. Rows of out and of c are contiguous."""
    reading = list(sums.masks)
    if target.counts is not None:
        all_lanes = lanes.all_or_none(b, target.counts)
        reading = [all_lanes if mask is None else b.and_(mask, all_lanes) for mask in reading]
    masks = list(zip(sums.masks, reading, strict=True))
    for i, values in enumerate(sums.values):
        if limit is None or i == 0:
            _store_row(b, lanes, i, values, masks, target)
        else:
            with b.if_then(b.icmp_signed("<", int64(i), limit)):
                _store_row(b, lanes, i, values, masks, target)


def _store_row(
    b: ir.IRBuilder,
    lanes: Lanes,
    i: int,
    values: Sequence[ir.Value],
    masks: Sequence[tuple[ir.Value | None, ir.Value | None]],
    target: TileTarget,
) -> None:
    """Store one row; `masks` gives for each vector the lanes to store, and those of c to read."""
    start = lanes.at(b, target.out.pointer, b.mul(int64(i), target.out.row))
    c = target.c
    added = None if c is None else lanes.at(b, c.pointer, b.mul(int64(i), c.row))
    for j, (value, (mask, reading)) in enumerate(zip(values, masks, strict=True)):
        offset = int64(j * lanes.count)
        if target.alpha is not None:
            value = b.fmul(value, target.alpha.wide)
        if added is not None:
            old = lanes.load(b, lanes.at(b, added, offset), reading)
            if target.beta is None:
                value = b.fadd(value, old)
            else:
                value = lanes.multiply_add(b, target.beta.wide, old, value)
        lanes.store(b, value, lanes.at(b, start, offset), mask)


def store_element(
    b: ir.IRBuilder,
    lanes: Lanes,
    value: ir.Value,
    target: TileTarget,
    i: ir.Value,
    j: ir.Value,
) -> None:
    """Store one element of a tile, where its rows are not contiguous."""
    if target.alpha is not None:
        value = b.fmul(value, target.alpha.single)
    if target.c is not None:
        at = _address(b, lanes, target.c, i, j)
        if target.counts is None:
            value = _plus(b, value, target.beta, lanes.element(b, at))
        else:
            before = b.block
            with b.if_then(target.counts):
                inside = b.block
                more = _plus(b, value, target.beta, lanes.element(b, at))
            joined = b.phi(lanes.real)
            joined.add_incoming(value, before)
            joined.add_incoming(more, inside)
            value = joined
    b.store(value, _address(b, lanes, target.out, i, j))


def _plus(b: ir.IRBuilder, value: ir.Value, beta: Factor | None, old: ir.Value) -> ir.Value:
    return b.fadd(value, old if beta is None else b.fmul(beta.single, old))


def _address(b: ir.IRBuilder, lanes: Lanes, x: Matrix, i: ir.Value, j: ir.Value) -> ir.Value:
    return lanes.at(b, x.pointer, b.add(b.mul(i, x.row), b.mul(j, x.column)))
