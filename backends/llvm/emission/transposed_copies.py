"""Emit copies across rows as vectors: two loops, of which the outer one goes along the memory that
is read, and the inner one along the memory that is written. Squares are turned in registers."""

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.emission import lanes
from symgraph.backends.llvm.emission.lanes import I64

from symgraph.lower.analysis.strip_mining import growths
from symgraph.lower.program.types import Compute, Load, Loop, Store

# The most lanes of a square: all of it is in registers, and its positions are computed one by one.
LANES = 16


class TransposedCopy(NamedTuple):
    """Two loops that copy what is read along `outer` to what is written along `inner`."""

    outer: Loop
    inner: Loop
    load: Load
    store: Store

    @property
    def count(self) -> int:
        """Return how many rows and columns a square has."""
        size = np.dtype(self.load.buffer.dtype).itemsize
        return min(target().vector_bytes // size, target().vector_registers // 2, LANES)


def transposed_copy(loop: Loop) -> TransposedCopy | None:
    """Return the copy that a loop and the one within it make; None where they do something else."""
    inner = [s for s in loop.body if isinstance(s, Loop)]
    if len(inner) != 1 or loop.carried or inner[0].carried:
        return None
    accesses = [s for s in (*loop.body, *inner[0].body) if not isinstance(s, Compute | Loop)]
    if len(accesses) != 2 or any(s in loop.body for s in accesses):
        return None
    load, store = accesses
    if not (isinstance(load, Load) and isinstance(store, Store) and store.value is load.out):
        return None
    kind = np.dtype(load.buffer.dtype)
    if kind.kind == "c" or kind.itemsize > 8 or load.buffer.root is store.buffer.root:
        return None
    computes = [s for s in (*loop.body, *inner[0].body) if isinstance(s, Compute)]
    rows, columns = (growths(x.index, computes, {load.out}) for x in (loop, inner[0]))
    if lanes.step_of(load, rows) != 1 or lanes.step_of(store, columns) != 1:
        return None
    return TransposedCopy(loop, inner[0], load, store)


def write_transposed(at: Any, copy: TransposedCopy, start: ir.Value, extent: ir.Value) -> None:
    """Write such loops, with the outer one from `start` to `extent`. `at` emits scalar
    statements."""
    b, inner, count = at.b, copy.inner, copy.count
    begin, end = at.ranges.get(inner) or (ir.Constant(I64, 0), at.value(inner.extent))

    def square(row: ir.Value, column: ir.Value) -> None:
        type = lanes.vector(copy.load.buffer.dtype, count)
        read = []
        for j in range(count):
            _settle(at, copy, row, b.add(column, ir.Constant(I64, j)))
            pointer = at.address(copy.load.buffer, copy.load.indices)
            read.append(lanes.load(b, pointer, type, 1))
        for i, line in enumerate(lanes.transposed(b, read)):
            _settle(at, copy, b.add(row, ir.Constant(I64, i)), column)
            lanes.store(b, line, at.address(copy.store.buffer, copy.store.indices), 1)

    def rows(row: ir.Value, _: object) -> list[ir.Value]:
        def columns(column: ir.Value, _: object) -> list[ir.Value]:
            square(row, column)
            return []

        lanes.while_whole(b, count, begin, end, [], columns)
        return []

    whole = ir.Constant(I64, -count)
    last_column = b.add(begin, b.and_(b.sub(end, begin), whole))
    last_row, _ = lanes.while_whole(b, count, start, extent, [], rows)
    around = at.ranges.get(inner)
    at.ranges[inner] = (last_column, end)
    at.iterations(copy.outer, start, last_row, [])
    at.ranges[inner] = (begin, end)
    at.iterations(copy.outer, last_row, extent, [])
    if around is None:
        del at.ranges[inner]


def _settle(at: Any, copy: TransposedCopy, row: ir.Value, column: ir.Value) -> None:
    """Compute the positions of one iteration."""
    values = at.env.values
    values[copy.outer.index], values[copy.inner.index] = row, column
    for s in (*copy.outer.body, *copy.inner.body):
        if isinstance(s, Compute):
            at.compute(s)
