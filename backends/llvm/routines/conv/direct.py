"""Convolutions as products with patches of the image, of which few are laid out at a time.

A unit of work is a few rows of the output of one image. The part of the image that it depends on is
copied to scratch memory, once for each kernel position on all axes but the first: shifted, and cut
to the output's extents. The elements under a kernel position are then contiguous for all places of
the output, in order: positions that differ on the first axis begin a number of rows apart. (Where
the output steps over rows, the positions of the first axis have copies of their own.) So zeros
around the image, strides and dilations cost nothing but in copying, and the three products

    output   output[k, p]   = sum over q  kernel[k, q] patch[q, p]
    image    patch[q, p]    = sum over k  kernel[k, q] output[k, p]
    kernel   kernel[k, q]  += sum over p  output[k, p] patch[q, p]

have vectors along the places p, for kernel positions q of all channels. `image` sums the patches in
the scratch memory, and then adds that to the image: it computes no place outside the image, unlike
a full convolution of the padded output.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I64
from symgraph.backends.llvm.routines.conv.argument_table import ConvolutionArguments, names
from symgraph.backends.llvm.routines.matmul.loops import counted, int64, polling
from symgraph.backends.llvm.routines.matmul.vectors import Lanes


@dataclass(frozen=True)
class Total:
    """The routine that sums the kernel gradients of all cells, over so many spatial axes."""

    dtype: str
    rank: int


@dataclass(frozen=True)
class Direct:
    """The specification of a routine. Strides and dilations are those of each spatial axis; numbers
    are None where any will do."""

    computes: str
    dtype: str
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    # Extents of the kernel, input and output channels of a group, channels of all parts, places of
    # all but the first axis.
    tap: tuple[int | None, ...]
    channels: int | None
    part: int | None
    maps: int | None
    inner: int | None
    # The places of a unit.
    places: int | None
    # Whether the rows of the image are contiguous.
    in_rows: bool

    @property
    def rank(self) -> int:
        return len(self.strides)

    @property
    def by_offset(self) -> bool:
        """Return whether kernel positions on the first axis share one copy."""
        return self.strides[0] == 1


class Unit:
    """The common part of units of all three kinds: numbers, and the layout of the copy."""

    def __init__(self, function: ir.Function, spec: Direct) -> None:
        self.spec = spec
        self.lanes = Lanes(spec.dtype)
        self.b = b = ir.IRBuilder(function.append_basic_block())
        begin, end, words = function.args
        self.range = (begin, end)
        known = {f"tap{axis}": n for axis, n in enumerate(spec.tap) if n is not None}
        known |= {"channels": spec.channels} if spec.channels is not None else {}
        known |= {"maps": spec.maps} if spec.maps is not None else {}
        if spec.in_rows:
            known[f"image_{spec.rank - 1}"] = 1
        self.words = w = ConvolutionArguments(b, words, names(spec.rank, "direct"), known)
        self.taps = self._product([w[f"tap{axis}"] for axis in range(spec.rank)])
        inner = [w[f"out{axis}"] for axis in range(1, spec.rank)]
        self.inner = int64(spec.inner) if spec.inner is not None else self._product(inner)
        self.copied = range(1 if spec.by_offset else 0, spec.rank)
        copies = self._product([w[f"tap{axis}"] for axis in self.copied])
        halo = b.mul(b.sub(w["tap0"], int64(1)), int64(spec.dilations[0]))
        self.halo: ir.Value = halo if spec.by_offset else int64(0)
        # Places of one copy; elements of all copies of a channel.
        self.run = b.mul(b.add(w["rows"], self.halo), self.inner)
        self.plane = b.mul(copies, self.run)

    def _product(self, values: list[ir.Value]) -> ir.Value:
        total: ir.Value = int64(1)
        for value in values:
            known = isinstance(total, ir.Constant) and isinstance(value, ir.Constant)
            total = int64(total.constant * value.constant) if known else self.b.mul(total, value)
        return total

    @contextmanager
    def cells(self) -> Iterator[tuple[ir.Value, ir.Value]]:
        """Write the loop over the routine's cells, each with its scratch memory: a table of where
        the elements of kernel positions are, and room for the copy. Yields the begin and end of a
        cell's units."""
        b, w = self.b, self.words
        with counted(b, *self.range) as cell:
            scratch = self.at(w["scratch"], b.mul(cell, w["slot"]))
            self.table = scratch
            self.patches = self.at(scratch, self._table_size())
            self.write_table()
            first = b.sdiv(b.mul(cell, w["units"]), w["cells"])
            yield first, b.sdiv(b.mul(b.add(cell, int64(1)), w["units"]), w["cells"])

    @contextmanager
    def units(self) -> Iterator[ir.Value]:
        """Write the loop over the units of all cells, and end the routine."""
        with self.cells() as (first, last), polling(self.b, first, last) as unit:
            yield unit
        self.b.ret_void()

    def _table_size(self) -> ir.Value:
        """Return the elements that the table takes: a whole number of cache lines."""
        words = self.b.mul(self.table_entries(), int64(2))
        lines = self.b.sdiv(self.b.add(words, int64(7)), int64(8))
        return self.b.mul(lines, int64(64 // self.lanes.size))

    def table_entries(self) -> ir.Value:
        return self.taps

    def write_table(self) -> None:
        """Store for each kernel position of a channel two words: its offset in the copy of that
        channel, and the offset of its weight."""
        with self._positions() as (number, place, weight):
            self.entry(number, place, weight)

    def entry(self, number: ir.Value, place: ir.Value, weight: ir.Value) -> None:
        for word, value in enumerate((place, weight)):
            position = self.b.add(self.b.mul(number, int64(2)), int64(word))
            at = self.b.gep(self.table, [position], inbounds=True, source_etype=I64)
            self.b.store(value, at)

    def look_up(self, number: ir.Value, word: int) -> ir.Value:
        """Load word 0, the offset in the copy, or 1, the offset of the weight."""
        position = self.b.add(self.b.mul(number, int64(2)), int64(word))
        at = self.b.gep(self.table, [position], inbounds=True, source_etype=I64)
        return self.b.load(at, typ=I64)

    @contextmanager
    def _positions(self) -> Iterator[tuple[ir.Value, ir.Value, ir.Value]]:
        """Loop over the kernel positions of a channel in order: number, offset in the copy,
        weight."""
        b, w, rank = self.b, self.words, self.spec.rank
        with counted(b, int64(0), self.taps) as number:
            rest = number
            at: dict[int, ir.Value] = {}
            for axis in reversed(range(rank)):
                extent = w[f"tap{axis}"]
                at[axis] = b.srem(rest, extent)
                rest = b.sdiv(rest, extent)
            copy: ir.Value = int64(0)
            weight: ir.Value = int64(0)
            for axis in range(rank):
                weight = b.add(weight, b.mul(at[axis], w[f"kernel_{axis}"]))
                if axis in self.copied:
                    copy = b.add(b.mul(copy, w[f"tap{axis}"]), at[axis])
            place = b.mul(copy, self.run)
            if self.spec.by_offset:
                rows = b.mul(at[0], int64(self.spec.dilations[0]))
                place = b.add(place, b.mul(rows, self.inner))
            yield number, place, weight

    def at(self, pointer: ir.Value, elements: ir.Value) -> ir.Value:
        return self.lanes.at(self.b, pointer, elements)

    def least(self, x: ir.Value, y: ir.Value) -> ir.Value:
        return self.b.select(self.b.icmp_signed("<", x, y), x, y)

    def most(self, x: ir.Value, y: ir.Value) -> ir.Value:
        return self.b.select(self.b.icmp_signed(">", x, y), x, y)

    def strip(self, number: ir.Value) -> tuple[ir.Value, ir.Value]:
        """Return the first row of the output in a strip, and the number of its rows."""
        b, w = self.b, self.words
        first = b.mul(number, w["rows"])
        return first, self.least(b.sub(w["out0"], first), w["rows"])
