"""Write calls of LAPACK: copies of matrices that it may overwrite, scratch memory, batches.

Arrays lie row by row here, matrices of LAPACK column by column: what it is given of a matrix is the
transposed one. The rules use that where the routine's result for one tells that for the other, and
copy columns to rows (`turned`) otherwise.
"""

from collections.abc import Callable, Sequence

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.lapack import INTEGER, LARGEST_EXTENT, PARTS
from symgraph.lower.program.types import LapackCall, Work
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Scalar, Value
from symgraph.lower.writing.builder import Builder
from symgraph.lower.writing.casting import in_dtype
from symgraph.ops.matrices import result_dtype, work_dtype

Indices = Sequence[Value]
# Columns that routines work on at a time: scratch memory for so many is as fast as any more.
BLOCK = 64


class LapackWriter:
    """Writes the calls for a node, whose matrices are on the last two axes of its operands."""

    def __init__(self, b: Builder, node: Apply, what: str) -> None:
        self.b = b
        self.node = node
        self.what = what
        # The dtype that is computed in, and that of its real numbers.
        self.dtype = work_dtype(result_dtype(what, *node.inputs))
        self.real = PARTS[self.dtype]
        self.is_complex = self.real != self.dtype

    def square(self, a: Buffer) -> Value:
        """Return the extent of square matrices, checked."""
        rows, columns = a.extents[-2:]
        message = f"{self.what} takes a square matrix, not one of shape ({{0}}, {{1}})"
        if rows is not columns:
            self.b.check(self.b.test("eq", rows, columns), message, (rows, columns), self.node)
        self.fits(rows)
        return rows

    def fits(self, *extents: Value) -> None:
        """Check that LAPACK's integers hold these extents."""
        b = self.b
        for extent in dict.fromkeys(extents):
            message = f"{self.what}: LAPACK takes extents up to {LARGEST_EXTENT}, not {{0}}"
            within = b.test("le", extent, Literal(LARGEST_EXTENT))
            b.check(within, message, (extent,), self.node)

    def equal(self, have: Sequence[Value], want: Sequence[Value], message: str) -> None:
        """Check that extents are equal; the message has places for both."""
        for one, other in zip(have, want, strict=True):
            if one is not other:
                self.b.check(self.b.test("eq", one, other), message, (one, other), self.node)

    # --- memory ---

    def new(self, *extents: Value) -> Buffer:
        return self.b.new(self.dtype, extents)

    def reals(self, *extents: Value) -> Buffer:
        return self.b.new(self.real, extents)

    def integers(self, *extents: Value) -> Buffer:
        return self.b.new(INTEGER, extents)

    def entry(self, x: Buffer, at: Indices, rank: int = 2) -> Buffer:
        """Return one matrix (or, of another rank, vector or number) of a batch."""
        lead = len(x.extents) - rank
        if not lead:
            return x
        offset = self.b.position(at[:lead], x.strides[:lead])
        return self.b.view(x, x.extents[lead:], x.strides[lead:], offset)

    def turned(self, x: Buffer) -> Buffer:
        """Return the transposed matrices, as a view."""
        *batch, rows, columns = x.extents
        *steps, down, right = x.strides
        return self.b.view(x, (*batch, columns, rows), (*steps, right, down))

    def load(self, x: Buffer, at: Indices) -> Value:
        """Return an element in the dtype that is computed in."""
        return self.b.cast(self.b.load(x, at), self.dtype)

    def fill(self, out: Buffer, element: Callable[[Indices], Value]) -> None:
        """Write a kernel that computes each element."""
        b = self.b
        with b.kernel():
            b.nest(out.extents, lambda at: b.store(out, at, element(at)))

    def copied(self, x: Buffer) -> Buffer:
        """Return a copy of an array."""
        out = self.new(*x.extents)
        self.fill(out, lambda at: self.load(x, at))
        return out

    def number(self, value: float) -> Literal:
        return Literal(np.dtype(self.dtype).type(value).item(), self.dtype)

    def real_number(self, value: float) -> Literal:
        return Literal(np.dtype(self.real).type(value).item(), self.real)

    def conjugate(self, value: Value) -> Value:
        return self.b.compute("conj", value.dtype, value) if self.is_complex else value

    def magnitude(self, value: Value) -> Value:
        """Return the absolute value, of a complex number too."""
        b = self.b
        if not self.is_complex:
            return b.compute("abs", self.real, value)
        parts = (b.compute(part, self.real, value) for part in ("real", "imag"))
        return b.compute("hypot", self.real, *parts)

    def where(self, condition: Value, then: Value, otherwise: Value) -> Value:
        return self.b.compute("switch", then.dtype, condition, then, otherwise)

    def identity(self, at: Indices) -> Value:
        """Return an element of the identity matrix."""
        return self.where(self.b.test("eq", *at[-2:]), self.number(1), self.number(0))

    # --- calls ---

    def leading(self, extent: Value) -> Value:
        """Return the distance of columns, which LAPACK has be at least 1."""
        return self.b.integer("maximum", extent, ONE)

    def sum(self, *terms: tuple[int, Value] | int) -> Value:
        """Return a sum of multiples of extents, and of an int."""
        total: Value = ZERO
        for term in terms:
            if isinstance(term, int):
                share: Value = Literal(term)
            else:
                share = self.b.integer("mul", Literal(term[0]), term[1])
            total = self.b.integer("add", total, share)
        return total

    def each(self, batch: Sequence[Value], body: Callable[[Indices], None]) -> None:
        """Write what is done for each matrix of a batch."""
        self.b.nest(batch, body)

    def call(
        self, routine: str, *arguments: str | Value | Buffer, flops: float, over: Sequence[Value]
    ) -> Scalar:
        """Write a call, and return its result; its time is estimated by so many multiply-adds for
        each iteration of loops over these extents."""
        out = self.b.fresh("int64", "info")
        work = Work(flops * self.b.target.multiply_add_ns, tuple(over))
        self.b.append(LapackCall(out, routine, self.dtype, arguments, work))
        return out

    def demand(self, info: Value, message: str) -> None:
        """Check that a call succeeded."""
        fine = self.b.test("eq", info, ZERO)
        self.b.check(fine, message, (), self.node, np.linalg.LinAlgError)

    def bind(self, number: int, out: Buffer) -> None:
        """Let an output of the node lie in a buffer, in the output's dtype."""
        variable = self.node.outputs[number]
        self.b.bind(variable, in_dtype(self.b, out, variable.type.dtype))
