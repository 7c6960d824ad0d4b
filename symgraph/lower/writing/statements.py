"""Write statements: fresh scalars, arithmetic on them, loops and branches."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from symgraph.graph import LARGEST, Apply, Variable, convert
from symgraph.lower.program.types import (
    Carry,
    Check,
    Compute,
    If,
    Kernel,
    Load,
    Loop,
    Statement,
    Store,
)
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Scalar, Value
from symgraph.lower.writing.constant_folding import SMALL_POWERS, folded
from symgraph.ops.scalar import ScalarOp

PRODUCTS = ("mul", "saturated_mul")


def escaped(variable: Variable) -> str:
    """Return the variable's name, escaped for a message that values are formatted into."""
    return str(variable).replace("{", "{{").replace("}", "}}")


class StatementWriter:
    """Appends statements to the current block."""

    def __init__(self) -> None:
        self.block: list[Statement] = []
        self._count = 0
        # What has been computed in the current block and in those around it.
        self._known: list[dict[Any, Scalar]] = [{}]

    def append(self, statement: Statement) -> None:
        """Append a statement to the current block."""
        self.block.append(statement)

    def fresh(self, dtype: str, hint: str = "v") -> Scalar:
        self._count += 1
        return Scalar(dtype, f"{hint}{self._count}")

    def compute(self, fn: str, dtype: str, *args: Value, reassociable: bool = False) -> Value:
        known = folded(fn, args)
        if known is not None:
            return known
        # The order of the factors of a product does not change it.
        key = (fn, dtype, tuple(sorted(args, key=repr)) if fn in PRODUCTS else args)
        for computed in self._known:
            if key in computed:
                return computed[key]
        out = self.fresh(dtype)
        self.block.append(Compute(out, fn, args, reassociable))
        self._known[-1][key] = out
        return out

    def integer(self, fn: str, *args: Value) -> Value:
        """Write a function of int64 values, and return its value."""
        return self.compute(fn, "int64", *args)

    def position(self, indices: Sequence[Value], strides: Sequence[Value]) -> Value:
        """Return the sum of the indices times the strides."""
        total: Value = ZERO
        for index, stride in zip(indices, strides, strict=True):
            total = self.integer("add", total, self.integer("mul", index, stride))
        return total

    def test(self, fn: str, *args: Value) -> Value:
        return self.compute(fn, "bool", *args)

    def cast(self, value: Value, dtype: str) -> Value:
        if value.dtype == dtype:
            return value
        if isinstance(value, Literal):
            with np.errstate(all="ignore"):
                # As arrays are cast: -1 becomes the largest value of unsigned integers.
                return Literal(convert(np.asarray(value.value, value.dtype), dtype).item(), dtype)
        return self.compute(f"cast{{{dtype}}}", dtype, value)

    def size(self, value: Value) -> Value:
        """Return an integer as an int64; a uint64 beyond that becomes the largest
        (`ops.sizes.as_size`)."""
        if isinstance(value, Literal):
            return Literal(min(int(value.value), LARGEST))
        if value.dtype == "uint64":
            value = self.compute("minimum", "uint64", value, Literal(LARGEST, "uint64"))
        return self.cast(value, "int64")

    def apply(self, scalar: ScalarOp, dtype: str, args: Sequence[Value]) -> Value:
        """Write a function of the scalar table on values of any dtypes, cast as the table
        requires."""
        operands = scalar.operand([value.dtype for value in args])
        cast = [self.cast(value, wanted) for value, wanted in zip(args, operands, strict=True)]
        if scalar.name.startswith("cast{") or scalar.name == "identity":
            return self.cast(cast[0], dtype)
        if scalar.name == "second":
            return self.cast(cast[1], dtype)
        own = scalar.result(operands)
        if scalar.name == "pow" and isinstance(cast[1], Literal):
            power = SMALL_POWERS.get(cast[1].value)
            if power is not None and (power != "reciprocal" or np.dtype(own).kind == "f"):
                return self.cast(self.compute(power, own, cast[0]) if power else cast[0], dtype)
        return self.cast(self.compute(scalar.name, own, *cast), dtype)

    def load(self, buffer: Buffer, indices: Sequence[Value] = ()) -> Value:
        out = self.fresh(buffer.dtype)
        self.block.append(Load(out, buffer, tuple(indices)))
        return out

    def store(self, buffer: Buffer, indices: Sequence[Value], value: Value) -> None:
        self.block.append(Store(buffer, tuple(indices), value))

    def check(
        self,
        condition: Value,
        message: str,
        args: Sequence[Value],
        node: Apply,
        error: type[Exception] = ValueError,
    ) -> None:
        if isinstance(condition, Literal) and condition.value:
            return
        self.block.append(Check(condition, message, tuple(args), node, error))

    @contextmanager
    def inside(self, body: list[Statement]) -> Iterator[None]:
        """Append to `body` within the context."""
        outer, self.block = self.block, body
        self._known.append({})
        try:
            yield
        finally:
            self.block = outer
            self._known.pop()

    @contextmanager
    def kernel(self, injective: bool = False, cold: bool = False) -> Iterator[None]:
        """Collect what is written within the context in a kernel; `injective` and `cold` as in
        `Kernel`."""
        body: list[Statement] = []
        with self.inside(body):
            yield
        if body:
            self.block.append(Kernel(body, injective=injective, cold=cold))

    def loop(
        self,
        extent: Value,
        body: Callable[..., Sequence[Value] | None],
        init: Sequence[Value] = (),
    ) -> list[Scalar]:
        """Write a loop whose `body(index, *carried)` returns the carried values of the next
        iteration; return the results."""
        loop = Loop(self.fresh("int64", "i"), extent)
        phis = [self.fresh(value.dtype, "p") for value in init]
        with self.inside(loop.body):
            after = body(loop.index, *phis) or ()
        for phi, first, last in zip(phis, init, after, strict=True):
            loop.carried.append(Carry(phi, first, last, self.fresh(phi.dtype)))
        self.block.append(loop)
        return [carry.result for carry in loop.carried]

    def nest(self, extents: Sequence[Value], body: Callable[[tuple[Value, ...]], None]) -> None:
        """Write loops over all extents, the last innermost; those of literal extent 1 are left
        out."""

        def level(axis: int, indices: tuple[Value, ...]) -> None:
            if axis == len(extents):
                body(indices)
            elif extents[axis] == ONE:
                level(axis + 1, (*indices, ZERO))
            else:
                self.loop(extents[axis], lambda index: level(axis + 1, (*indices, index)))

        level(0, ())

    def choose(
        self, condition: Value, then: Callable[[], None], orelse: Callable[[], None]
    ) -> None:
        if isinstance(condition, Literal):
            (then if condition.value else orelse)()
            return
        statement = If(condition, [], [])
        with self.inside(statement.then):
            then()
        with self.inside(statement.orelse):
            orelse()
        self.block.append(statement)
