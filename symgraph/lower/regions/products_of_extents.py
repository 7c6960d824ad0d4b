"""Represent products of extents so that equal ones compare equal in any order of factors."""

from collections.abc import Sequence
from typing import NamedTuple

from symgraph.lower.program.types import Compute, Program
from symgraph.lower.program.values import Buffer, Literal, Scalar, Value
from symgraph.lower.program.walk import host_statements


class Size(NamedTuple):
    """A product of an integer and scalars, these in the order in which the program computes
    them."""

    factor: int
    scalars: tuple[Scalar, ...] = ()


class Sizes:
    """The products that a program's scalars stand for."""

    def __init__(self, program: Program) -> None:
        self._products: dict[Scalar, tuple[Value, ...]] = {}
        self._order: dict[Scalar, int] = {}
        for s in host_statements(program.body):
            if isinstance(s, Compute) and s.fn == "mul" and s.out.dtype == "int64":
                self._products[s.out] = s.args
        self._known: dict[Scalar, Size] = {}
        self._axes: dict[Buffer, list[tuple[Size, Size]]] = {}

    def of(self, value: Value) -> Size:
        if isinstance(value, Literal):
            return Size(int(value.value))
        pending = [value]
        while pending:
            scalar = pending[-1]
            if scalar in self._known:
                pending.pop()
                continue
            args = self._products.get(scalar)
            if args is None:
                self._order[scalar] = len(self._order)
                self._known[scalar] = Size(1, (scalar,))
                continue
            unknown = [v for v in args if isinstance(v, Scalar) and v not in self._known]
            if unknown:
                pending += unknown
            else:
                self._known[scalar] = self.product(args)
        return self._known[value]

    def axes(self, buffer: Buffer) -> list[tuple[Size, Size]]:
        """Return the stride and the extent of each axis of a buffer."""
        if buffer not in self._axes:
            pairs = zip(buffer.strides, buffer.extents, strict=True)
            self._axes[buffer] = [(self.of(stride), self.of(extent)) for stride, extent in pairs]
        return self._axes[buffer]

    def product(self, values: Sequence[Value]) -> Size:
        """Return the product of values as a size."""
        return self.times(*map(self.of, values))

    def times(self, *sizes: Size) -> Size:
        factor = 1
        scalars: list[Scalar] = []
        for size in sizes:
            factor *= size.factor
            scalars += size.scalars
        return Size(factor, tuple(sorted(scalars, key=self._order.__getitem__)))

    def quotient(self, whole: Size, part: Size) -> Size | None:
        """Return the size by which the part multiplies to the whole; None where it does not divide
        it."""
        if part.factor == 0 or whole.factor % part.factor:
            return None
        left = list(whole.scalars)
        for scalar in part.scalars:
            if scalar not in left:
                return None
            left.remove(scalar)
        return Size(whole.factor // part.factor, tuple(left))
