"""Writing statements: fresh scalars, buffers, loops, and the scalars that extents become."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from symgraph.graph import Apply, Constant, Variable, toposort
from symgraph.lower.demands import Demands
from symgraph.lower.extents import ExtentTable
from symgraph.lower.program import (
    ONE,
    ZERO,
    Buffer,
    Carry,
    Check,
    Compute,
    Declare,
    Extent,
    If,
    Kernel,
    Literal,
    Load,
    Loop,
    Scalar,
    Statement,
    Store,
    Value,
)
from symgraph.lower.unseen import Known, sources, unseen
from symgraph.ops.scalar import ScalarOp, scalar_named


class Joined(Protocol):
    """Memory for the result of a Join, if any of its parts, by number `inside`, lies in it."""

    @property
    def out(self) -> Buffer | None: ...

    @property
    def inside(self) -> Mapping[int, Buffer]: ...


class Builder:
    """Appends statements to the block at hand; `table` gives extents, `buffers` what each
    variable's value lies in, `scalars` the values of variables known as one number each."""

    def __init__(self, table: ExtentTable) -> None:
        self.table = table
        self.buffers: dict[Variable, Buffer] = {}
        self.scalars: dict[Variable, Value] = {}
        self.block: list[Statement] = []
        self.arguments: list[Buffer] = []
        self.constants: list[Buffer] = []
        # What writes the value of a variable that hardly anything asks for in memory.
        self.later: dict[Variable, Callable[[], None]] = {}
        # Arrays whose elements are their positions in C order: the strides.
        self.counted: dict[Variable, tuple[Value, ...]] = {}
        # Arrays of indices, as they lie in memory, and the sizes that they were found to fit.
        self.checked: set[Any] = set()
        # Where values are to lie, once they are computed; None where that cannot be told then.
        self.places: dict[Variable, Callable[[], Buffer | None]] = {}
        self.joined: dict[Apply, Joined] = {}
        # Outputs that nothing reads but from the last entry to the first, and buffers that are
        # others turned round.
        self.backwards: set[Variable] = set()
        self.turned: dict[Buffer, Buffer] = {}
        # Of values that loops kept: where these lie, behind the initial ones.
        self.histories: dict[Variable, Buffer] = {}
        # Writes the statements of a graph that a node holds, from its inputs to its outputs, which
        # lie in the buffers given, if any, where that can be.
        self.write_inner: Callable[..., list[Variable]]
        self._count = 0
        # What has been computed in the block at hand and in those around it.
        self._known: list[dict[Any, Scalar]] = [{}]

    # --- statements ---

    def fresh(self, dtype: str, hint: str = "v") -> Scalar:
        self._count += 1
        return Scalar(dtype, f"{hint}{self._count}")

    def compute(self, fn: str, dtype: str, *args: Value, reassociable: bool = False) -> Value:
        folded = _fold(fn, args)
        if folded is not None:
            return folded
        key = (fn, dtype, args)
        for known in self._known:
            if key in known:
                return known[key]
        out = self.fresh(dtype)
        self.block.append(Compute(out, fn, args, reassociable))
        self._known[-1][key] = out
        return out

    def integer(self, fn: str, *args: Value) -> Value:
        """A function of int64 values."""
        return self.compute(fn, "int64", *args)

    def position(self, indices: Sequence[Value], strides: Sequence[Value]) -> Value:
        """The sum of the indices times the strides."""
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
                # As arrays are cast: -1 becomes the largest of unsigned integers.
                return Literal(np.asarray(value.value, value.dtype).astype(dtype).item(), dtype)
        return self.compute(f"cast{{{dtype}}}", dtype, value)

    def apply(self, scalar: ScalarOp, dtype: str, args: Sequence[Value]) -> Value:
        """A function of the scalar table on values of any dtypes, cast as the table asks."""
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

    def check(self, condition: Value, message: str, args: Sequence[Value], node: Apply) -> None:
        if isinstance(condition, Literal) and condition.value:
            return
        self.block.append(Check(condition, message, tuple(args), node))

    @contextmanager
    def inside(self, body: list[Statement]) -> Iterator[None]:
        """Append to `body` for a while."""
        outer, self.block = self.block, body
        self._known.append({})
        try:
            yield
        finally:
            self.block = outer
            self._known.pop()

    @contextmanager
    def scope(self, body: list[Statement]) -> Iterator[None]:
        """Append to `body`, of a loop or branch, for a while: what becomes known of variables
        there is not known outside it."""
        known = self.buffers, self.scalars, self.later, self.checked
        self.buffers, self.scalars, self.later, self.checked = (
            dict(self.buffers), dict(self.scalars), dict(self.later), set(self.checked)
        )  # fmt: skip
        try:
            with self.inside(body):
                yield
        finally:
            inner = self.buffers
            self.buffers, self.scalars, self.later, self.checked = known
            self.buffers |= {v: b for v, b in inner.items() if b.kind == "constant"}

    @contextmanager
    def kernel(self, once: bool = False, rare: bool = False) -> Iterator[None]:
        """A kernel of what is written meanwhile; `once` and `rare` as in `Kernel`."""
        body: list[Statement] = []
        with self.inside(body):
            yield
        if body:
            self.block.append(Kernel(body, once=once, rare=rare))

    def loop(
        self,
        extent: Value,
        body: Callable[..., Sequence[Value] | None],
        init: Sequence[Value] = (),
    ) -> list[Scalar]:
        """A loop whose `body(index, *carried)` returns the carried values' next ones."""
        loop = Loop(self.fresh("int64", "i"), extent)
        phis = [self.fresh(value.dtype, "p") for value in init]
        with self.inside(loop.body):
            after = body(loop.index, *phis) or ()
        for phi, first, last in zip(phis, init, after, strict=True):
            loop.carried.append(Carry(phi, first, last, self.fresh(phi.dtype)))
        self.block.append(loop)
        return [carry.result for carry in loop.carried]

    def nest(self, extents: Sequence[Value], body: Callable[[tuple[Value, ...]], None]) -> None:
        """Loops over all extents, the last innermost; those of literal 1 are left out."""

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

    # --- extents ---

    def extent(self, extent: int | Variable) -> Value:
        """The value of an extent; its expression is computed where it is first needed."""
        if isinstance(extent, int):
            return Literal(extent)
        if extent not in self.scalars:
            wanted = unseen(extent, self.known())
            if wanted:
                self._write_values(wanted)
            for node in toposort([extent], stop_at=self.known()):
                self._compute_scalar(node)
            if extent not in self.scalars:
                self.scalars[extent] = self._leaf(extent)
        return self.cast(self.scalars[extent], "int64")

    def _write_values(self, wanted: list[Variable]) -> None:
        """The statements that compute scalars which nothing but extents needs."""
        inputs = sources(wanted, self.known())
        for variable in inputs:
            self.table.of.setdefault(variable, ())
            if variable not in self.buffers:
                self.scalar(variable)
        for variable, made in zip(wanted, self.write_inner(inputs, wanted), strict=True):
            self.scalars[variable] = self.scalar(made)

    def _compute_scalar(self, node: Apply) -> None:
        args = [self.scalar(variable) for variable in node.inputs]
        scalar, dtype = node.op.scalar, node.outputs[0].type.dtype  # type: ignore[attr-defined]
        self.scalars[node.outputs[0]] = self.apply(scalar, dtype, args)

    def known(self) -> Known:
        """The variables whose value lies in memory or is a scalar."""
        return Known(self.scalars, self.buffers)

    def scalar(self, variable: Variable) -> Value:
        """The value of a 0-d variable."""
        if variable not in self.scalars:
            self.scalars[variable] = self._leaf(variable)
        return self.scalars[variable]

    def _leaf(self, variable: Variable) -> Value:
        if isinstance(variable, Constant):
            return Literal(variable.data.item(), variable.type.dtype)
        if variable in self.table.origin:
            origin, axis = self.table.origin[variable]
            return self.argument_extent(self.buffers[origin], axis)
        return self.load(self.buffers[variable])

    def argument_extent(self, buffer: Buffer, axis: int) -> Value:
        return buffer.extents[axis]

    def extents(self, variable: Variable) -> tuple[Value, ...]:
        return tuple(self.extent(extent) for extent in self.table[variable])

    # --- buffers ---

    def contiguous(self, extents: Sequence[Value]) -> tuple[Value, ...]:
        """Strides in C order."""
        strides: list[Value] = []
        step: Value = ONE
        for extent in reversed(extents):
            strides.append(step)
            step = self.integer("mul", step, extent)
        return tuple(reversed(strides))

    def new(self, dtype: str, extents: Sequence[Value], kind: str = "arena") -> Buffer:
        name = self.fresh(dtype, "b" if kind == "arena" else "r").name
        buffer = Buffer(name, dtype, extents, self.contiguous(extents), kind)
        self.block.append(Declare(buffer))
        return buffer

    def home(self, variable: Variable) -> Buffer:
        """Memory for the value of a variable that is computed next: where it is to lie, or new."""
        place = self.places.pop(variable, None)
        found = None if place is None else place()
        if found is None:
            return self.new(variable.type.dtype, self.extents(variable))
        return found

    def forget(self, buffer: Buffer) -> None:
        """Take back memory that the block at hand declared and nothing uses."""
        self.block[:] = [
            s for s in self.block if not (isinstance(s, Declare) and s.buffer is buffer)
        ]

    def known_extents(self, variable: Variable) -> tuple[Value, ...] | None:
        """The extents of a variable, if nothing need be computed for them."""
        found: list[Value] = []
        for extent in self.table[variable]:
            if isinstance(extent, int):
                found.append(Literal(extent))
            elif extent in self.scalars:
                found.append(self.cast(self.scalars[extent], "int64"))
            else:
                return None
        return tuple(found)

    def argument(self, variable: Variable, name: str, demands: Demands) -> Buffer:
        """The buffer of a function's argument, with its extents as the program's first scalars,
        of which those demanded are checked."""
        known = self.table[variable]
        buffer = Buffer(name, variable.type.dtype, (), (), "argument")
        self.finish_extents(buffer, known)
        for axis, wanted in enumerate(buffer.extents):
            demand = demands.get((variable, axis))
            if demand is not None:
                out = self.fresh("int64", "n")
                self.block.append(Extent(out, buffer, axis))
                values = (out, wanted) if demand.first else (wanted, out)
                self.check(self.test("eq", *values), demand.message, values, demand.node)
        self.arguments.append(buffer)
        self.buffers[variable] = buffer
        return buffer

    def finish_extents(self, buffer: Buffer, known: Sequence[Any]) -> None:
        """Extents that the caller tells: read those that are not known."""
        extents: list[Value] = []
        for axis, extent in enumerate(known):
            if isinstance(extent, int):
                extents.append(Literal(extent))
            else:
                out = self.fresh("int64", "n")
                self.block.append(Extent(out, buffer, axis))
                extents.append(out)
        buffer.extents = tuple(extents)
        buffer.strides = self.contiguous(extents)

    def buffer(self, variable: Variable) -> Buffer:
        """Where the value of `variable` lies; constants and scalars are put there when asked."""
        if variable in self.later:
            self.later.pop(variable)()
        if variable not in self.buffers:
            if isinstance(variable, Constant):
                data = np.ascontiguousarray(variable.data).reshape(variable.data.shape)
                extents = [Literal(extent) for extent in data.shape]
                buffer = Buffer(
                    f"c{len(self.constants)}",
                    variable.type.dtype,
                    extents,
                    self.contiguous(extents),
                    "constant",
                    data=data,
                )
                self.constants.append(buffer)
                self.buffers[variable] = buffer
            else:
                ndim = variable.type.ndim
                buffer = self.new(variable.type.dtype, [ONE] * ndim)
                self.store(buffer, [ZERO] * ndim, self.scalars[variable])
                self.buffers[variable] = buffer
        return self.buffers[variable]

    def copy(self, source: Buffer, target: Buffer) -> None:
        """Copy between buffers of equal extents."""
        with self.kernel():
            self.nest(
                target.extents,
                lambda indices: self.store(target, indices, self.load(source, indices)),
            )

    def view(
        self,
        base: Buffer,
        extents: Sequence[Value],
        strides: Sequence[Value],
        offset: Value = ZERO,
    ) -> Buffer:
        """Part of a buffer, by strides and by an offset relative to the base's own."""
        total = self.integer("add", base.offset, offset)
        name = self.fresh(base.dtype, "w").name
        return Buffer(name, base.dtype, extents, strides, "view", base, total)


# Powers that another function computes exactly: x ** 1 is x itself.
SMALL_POWERS: dict[float, str] = {1: "", 2: "sqr", -1: "reciprocal"}


def _fold(fn: str, args: Sequence[Value]) -> Value | None:
    """Integer arithmetic that literals decide, so that known strides stay known."""
    if fn == "mul" and len(args) == 2 and all(a.dtype == "int64" for a in args):
        for one, other in (args, args[::-1]):
            if one == ONE:
                return other
            if one == ZERO:
                return ZERO
    if fn == "add" and len(args) == 2 and all(a.dtype == "int64" for a in args):
        for zero, other in (args, args[::-1]):
            if zero == ZERO:
                return other
    if fn == "eq" and args[0] is args[1]:
        return Literal(True, "bool")
    if fn == "and_":
        for known, other in (args, args[::-1]):
            if isinstance(known, Literal) and known.dtype == "bool":
                return other if known.value else known
    if (
        all(isinstance(a, Literal) and a.dtype in ("int64", "bool") for a in args)
        and fn in _FOLDABLE
    ):
        values = [np.asarray(a.value, a.dtype) for a in args]  # type: ignore[union-attr]
        with np.errstate(all="ignore"):
            result = np.asarray(scalar_named(fn).numpy(*values))
        dtype = "bool" if result.dtype == bool else "int64"
        return Literal(result.item(), dtype)
    return None


_FOLDABLE = {
    "add", "sub", "mul", "floor_div", "maximum", "minimum", "eq", "neq", "lt", "le", "gt", "ge",
    "and_", "or_", "switch", "clip", "neg",
}  # fmt: skip
