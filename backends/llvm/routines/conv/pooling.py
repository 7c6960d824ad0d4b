"""Max pooling and its derivatives, vectorised over windows: each lane computes one window.

A routine goes through the places of an output line by line; for each window position it loads the
elements of as many windows as a vector has lanes (`strided`), and for the gradient stores them the
same way.
"""

import itertools
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from llvmlite import ir
from symgraph.backends.llvm.routines.conv.argument_table import ConvolutionArguments
from symgraph.backends.llvm.routines.conv.patches import fill
from symgraph.backends.llvm.routines.conv.strided import Strided
from symgraph.backends.llvm.routines.conv.transforms import Splat
from symgraph.backends.llvm.routines.matmul.loops import counted, int64, polling
from symgraph.backends.llvm.routines.matmul.vectors import Lanes


@dataclass(frozen=True)
class Pooling:
    """The specification of a routine: 'maximum', 'gradient' or 'select' (`Pool.computes`)."""

    computes: str
    dtype: str
    window: tuple[int, ...]
    strides: tuple[int, ...]
    # Whether windows are disjoint and cover all elements: each is then written once.
    covers: bool
    # Whether derivatives are shared among the largest elements of a window.
    shared: bool = True


def pooling_words(rank: int) -> tuple[str, ...]:
    """Return the names of a routine's arguments: arrays, planes (all axes that windows do not slide
    over) and cells, extents of x and of the pooled array."""
    axes = [f"{what}{axis}" for what in ("in", "out") for axis in range(rank)]
    return ("x", "other", "result", "planes", "cells", *axes)


def write_pooling(function: ir.Function, spec: Pooling) -> None:
    """Write the routine, whose cells are ranges of planes."""
    _Writer(function, spec).write()


class _Writer:
    def __init__(self, function: ir.Function, spec: Pooling) -> None:
        self.spec = spec
        self.rank = len(spec.window)
        self.lanes = Lanes(spec.dtype)
        self.b = ir.IRBuilder(function.append_basic_block())
        self.begin, self.end, words = function.args
        table = pooling_words(self.rank)
        self.words = ConvolutionArguments(self.b, words, table, {}, pointers=table[:3])
        self.strided = Strided(self.b, self.lanes, spec.window[-1], spec.strides[-1])

    def _size(self, what: str) -> ir.Value:
        """Return the elements of a plane."""
        total: ir.Value = int64(1)
        for axis in range(self.rank):
            total = self.b.mul(total, self.words[f"{what}{axis}"])
        return total

    def at(self, pointer: ir.Value, elements: ir.Value) -> ir.Value:
        return self.lanes.at(self.b, pointer, elements)

    def write(self) -> None:
        b, w = self.b, self.words
        seen, pooled = self._size("in"), self._size("out")
        is_gradient = self.spec.computes == "gradient"
        with counted(b, self.begin, self.end) as cell:
            first = b.sdiv(b.mul(cell, w["planes"]), w["cells"])
            last = b.sdiv(b.mul(b.add(cell, int64(1)), w["planes"]), w["cells"])
            with polling(b, first, last) as plane:
                x = self.at(w["x"], b.mul(plane, seen))
                other = self.at(w["other"], b.mul(plane, pooled if is_gradient else seen))
                result = self.at(w["result"], b.mul(plane, seen if is_gradient else pooled))
                if is_gradient and not self.spec.covers:
                    fill(b, self.lanes, result, seen)
                self._plane(x, other, result)
        b.ret_void()

    def _plane(self, x: ir.Value, other: ir.Value, result: ir.Value) -> None:
        b, w, spec = self.b, self.words, self.spec
        last = self.rank - 1
        with ExitStack() as loops:
            line: ir.Value = int64(0)
            start: ir.Value = int64(0)
            for axis in range(last):
                at = loops.enter_context(counted(b, int64(0), w[f"out{axis}"]))
                line = b.add(b.mul(line, w[f"out{axis}"]), at)
                place = b.mul(at, int64(spec.strides[axis]))
                start = b.add(b.mul(start, w[f"in{axis}"]), place)
            line = b.mul(line, w[f"out{last}"])
            # The lines of all window positions on the other axes.
            offsets = []
            for position in itertools.product(*map(range, spec.window[:last])):
                offset: ir.Value = int64(0)
                for axis, number in enumerate(position):
                    offset = b.add(b.mul(offset, w[f"in{axis}"]), int64(number))
                offsets.append(b.mul(b.add(start, offset), w[f"in{last}"]))
            column = loops.enter_context(
                counted(b, int64(0), w[f"out{last}"], int64(self.lanes.count))
            )
            step = b.mul(column, int64(spec.strides[last]))
            seen = [b.add(offset, step) for offset in offsets]
            place = b.add(line, column)
            self._windows(x, other, result, seen, place, column)

    def _windows(
        self,
        x: ir.Value,
        other: ir.Value,
        result: ir.Value,
        seen: Sequence[ir.Value],
        place: ir.Value,
        column: ir.Value,
    ) -> None:
        """Write as many windows as a vector has lanes, at elements of x and a place of the
        result."""
        b, w, lanes, last = self.b, self.words, self.lanes, self.rank - 1
        there = b.sub(w[f"in{last}"], b.mul(column, int64(self.spec.strides[last])))
        mask = lanes.mask(b, b.sub(w[f"out{last}"], column))
        values = [v for at in seen for v in self.strided.read(self.at(x, at), there)]
        largest = values[0]
        for value in values[1:]:
            largest = self._maximum(largest, value)
        if self.spec.computes == "maximum":
            lanes.store(b, largest, self.at(result, place), mask)
            return
        chosen = [b.fcmp_ordered("==", value, largest) for value in values]
        ties = self._ties(chosen) if self.spec.shared else None
        if self.spec.computes == "select":
            others = [v for at in seen for v in self.strided.read(self.at(other, at), there)]
            total = b.select(chosen[0], others[0], lanes.zero())
            for each, value in zip(chosen[1:], others[1:], strict=True):
                total = b.fadd(total, b.select(each, value, lanes.zero()))
            mean = total if ties is None else b.fdiv(total, ties)
            lanes.store(b, mean, self.at(result, place), mask)
            return
        share = lanes.load(b, self.at(other, place), mask)
        share = share if ties is None else b.fdiv(share, ties)
        shares = [b.select(each, share, lanes.zero()) for each in chosen]
        self._spread(shares, result, seen, there, column)

    def _ties(self, chosen: Sequence[ir.Value]) -> ir.Value:
        """Return how many elements of each window are chosen, but at least 1: where all are nan,
        none compares equal."""
        b, one, zero = self.b, Splat(self.lanes.type, 1.0), self.lanes.zero()
        ties = b.select(chosen[0], one, zero)
        for each in chosen[1:]:
            ties = b.fadd(ties, b.select(each, one, zero))
        return b.select(b.fcmp_ordered(">", one, ties), one, ties)

    def _spread(
        self,
        shares: Sequence[ir.Value],
        result: ir.Value,
        seen: Sequence[ir.Value],
        there: ir.Value,
        column: ir.Value,
    ) -> None:
        """Store the share of each element of the windows."""
        b, last = self.b, self.rank - 1
        stride, width = self.spec.strides[last], self.spec.window[last]
        # Lanes after the last window store nothing.
        windows = b.sub(self.words[f"out{last}"], column)
        own = b.mul(windows, int64(stride))
        for number, at in enumerate(seen):
            values = shares[number * width : (number + 1) * width]
            line = self.at(result, at)
            self.strided.write(values, line, there, own, not self.spec.covers)

    def _maximum(self, x: ir.Value, y: ir.Value) -> ir.Value:
        """Return the greater; nan if either is."""
        name = f"llvm.maximum.v{self.lanes.count}f{self.lanes.size * 8}"
        known = self.b.module.globals.get(name)
        type = ir.FunctionType(self.lanes.type, [self.lanes.type] * 2)
        return self.b.call(known or ir.Function(self.b.module, type, name), [x, y])
