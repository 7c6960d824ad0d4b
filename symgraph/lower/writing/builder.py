"""Writing the statements of a graph: where the values of its variables lie, and the scalars that
extents become."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from symgraph.graph import Apply, Constant, Variable, toposort
from symgraph.lower.extents.constraints import Demands
from symgraph.lower.extents.pending import Known, sources, unseen
from symgraph.lower.extents.table import ExtentTable
from symgraph.lower.program.types import Alloc, Extent, Statement
from symgraph.lower.program.values import ONE, ZERO, Buffer, BufferKind, Literal, Value
from symgraph.lower.target import Target
from symgraph.lower.writing.statements import StatementWriter


class Joined(Protocol):
    """Memory for the result of a Join, if any of its parts, by number `inside`, lies in it."""

    @property
    def out(self) -> Buffer | None: ...

    @property
    def inside(self) -> Mapping[int, Buffer]: ...


class InnerWriter(Protocol):
    """Writes the statements of a graph within others: see `Builder.write_inner`."""

    def __call__(
        self,
        b: "Builder",
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        targets: Sequence[Buffer | None] = (),
    ) -> list[Variable]: ...


class Builder(StatementWriter):
    """Writes the statements of a graph: `table` gives extents, `buffers` what each
    variable's value lies in, `scalars` the values of variables known as one number each; `target`
    is the processor that they are written for."""

    def __init__(self, table: ExtentTable, target: Target, inner: InnerWriter) -> None:
        super().__init__()
        self.table = table
        self.target = target
        self.buffers: dict[Variable, Buffer] = {}
        self.scalars: dict[Variable, Value] = {}
        self.arguments: list[Buffer] = []
        self.constants: list[Buffer] = []
        # Arrays whose elements are their positions in C order: the strides.
        self.counted: dict[Variable, tuple[Value, ...]] = {}
        # Products of extents that are not known, and what they may be multiplied by, so that memory
        # could hold so many bytes.
        self.held: dict[tuple[Variable, ...], int] = {}
        # Outputs that nothing reads but from the last entry to the first, and buffers that are
        # others turned round.
        self.backwards: set[Variable] = set()
        self.turned: dict[Buffer, Buffer] = {}
        # Of values that loops kept: where these lie, behind the initial ones.
        self.histories: dict[Variable, Buffer] = {}
        self._inner = inner
        self._later: dict[Variable, Callable[[], None]] = {}
        self._checked: set[Any] = set()
        self._places: dict[Variable, Callable[[], Buffer | None]] = {}
        self._joined: dict[Apply, Joined] = {}

    def write_inner(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        targets: Sequence[Buffer | None] = (),
    ) -> list[Variable]:
        """Write the statements of a graph that a node holds, from its inputs to its outputs, which
        lie in the `targets`, if any, where that can be. Returns the outputs under the names that
        are known here."""
        return self._inner(self, inputs, outputs, targets)

    @contextmanager
    def scope(self, body: list[Statement]) -> Iterator[None]:
        """Append to `body`, of a loop or branch, for a while: what becomes known of variables
        there is not known outside it."""
        known = self.buffers, self.scalars, self._later, self._checked, self.held
        self.buffers, self.scalars, self._later, self._checked, self.held = (
            dict(self.buffers), dict(self.scalars), dict(self._later), set(self._checked),
            dict(self.held),
        )  # fmt: skip
        try:
            with self.inside(body):
                yield
        finally:
            inner = self.buffers
            self.buffers, self.scalars, self._later, self._checked, self.held = known
            self.buffers |= {v: b for v, b in inner.items() if b.kind is BufferKind.CONSTANT}

    # --- extents ---

    def extent(self, extent: int | Variable) -> Value:
        """The value of an extent; its expression is computed where it is first needed."""
        if isinstance(extent, int):
            return Literal(extent)
        if extent not in self.scalars:
            wanted = unseen(extent, self.known(), self.table.supports)
            if wanted:
                self._write_values(wanted)
            for node in toposort([extent], stop_at=self.known()):
                self._compute_scalar(node)
            if extent not in self.scalars:
                self.scalars[extent] = self._leaf(extent)
        return self.size(self.scalars[extent])

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

    # --- what is known of variables ---

    def bind(self, variable: Variable, buffer: Buffer) -> Buffer:
        """The value of a variable lies in this buffer. Returns the buffer."""
        self.buffers[variable] = buffer
        return buffer

    def bind_scalar(self, variable: Variable, value: Value) -> None:
        """A variable is this one number."""
        self.scalars[variable] = value

    def learn_extent(self, extent: Variable, value: Value) -> None:
        """An extent has this value, where none is known yet."""
        self.scalars.setdefault(extent, value)

    def defer(
        self,
        variable: Variable,
        write: Callable[[], None],
        counted: tuple[Value, ...] | None = None,
    ) -> None:
        """Have `write` write the value of a variable once it is asked for in memory, which hardly
        anything does. `counted`: its elements are positions, counted by these strides."""
        self._later[variable] = write
        if counted is not None:
            self.counted[variable] = counted

    def place(self, variable: Variable, where: Callable[[], Buffer | None]) -> None:
        """Have the value of a variable computed where `where` says then, None where that cannot be
        told; the first place asked for counts."""
        self._places.setdefault(variable, where)

    def join(self, node: Apply, joined: Joined) -> None:
        """Have the parts of a Join lie in the memory of its result."""
        self._joined[node] = joined

    def take_joined(self, node: Apply) -> Joined | None:
        """Return the memory of a Join's result, if its parts may lie in it."""
        return self._joined.pop(node, None)

    def read_backwards(self, variables: Iterable[Variable]) -> None:
        """Nothing reads these but from the last entry to the first."""
        self.backwards.update(variables)

    def bind_reversed(self, turned: Buffer, straight: Buffer) -> None:
        """One buffer is the other from the last entry to the first."""
        self.turned[turned] = straight

    def keep_history(self, variable: Variable, buffer: Buffer) -> None:
        """The values of a variable, which a loop kept, lie in this buffer behind initial ones."""
        self.histories[variable] = buffer

    def check_once(self, key: Any) -> bool:
        """Return whether nothing with this key was checked in the block at hand or around it; from
        now on it was."""
        if key in self._checked:
            return False
        self._checked.add(key)
        return True

    def hold(self, symbols: tuple[Variable, ...], factor: int) -> None:
        """Memory holds the product of these extents and the factor, in bytes."""
        self.held[symbols] = max(factor, self.held.get(symbols, 0))

    # --- buffers ---

    def contiguous(self, extents: Sequence[Value]) -> tuple[Value, ...]:
        """Strides in C order."""
        strides: list[Value] = []
        step: Value = ONE
        for extent in reversed(extents):
            strides.append(step)
            step = self.integer("mul", step, extent)
        return tuple(reversed(strides))

    def new(
        self, dtype: str, extents: Sequence[Value], kind: BufferKind = BufferKind.ARENA
    ) -> Buffer:
        name = self.fresh(dtype, "b" if kind is BufferKind.ARENA else "r").name
        buffer = Buffer(name, dtype, extents, self.contiguous(extents), kind)
        self.block.append(Alloc(buffer))
        return buffer

    def home(self, variable: Variable) -> Buffer:
        """Memory for the value of a variable that is computed next: where it is to lie, or new."""
        place = self._places.pop(variable, None)
        found = None if place is None else place()
        if found is None:
            return self.new(variable.type.dtype, self.extents(variable))
        return found

    def forget(self, buffer: Buffer) -> None:
        """Take back memory that the block at hand declared and nothing uses."""
        self.block[:] = [s for s in self.block if not (isinstance(s, Alloc) and s.buffer is buffer)]

    def known_extents(self, variable: Variable) -> tuple[Value, ...] | None:
        """The extents of a variable, if nothing need be computed for them."""
        found: list[Value] = []
        for extent in self.table[variable]:
            if isinstance(extent, int):
                found.append(Literal(extent))
            elif extent in self.scalars:
                found.append(self.size(self.scalars[extent]))
            else:
                return None
        return tuple(found)

    def argument(self, variable: Variable, name: str, demands: Demands) -> Buffer:
        """The buffer of a function's argument, with its extents as the program's first scalars,
        of which those demanded are checked."""
        known = self.table[variable]
        buffer = Buffer(name, variable.type.dtype, (), (), BufferKind.ARGUMENT)
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
        if variable in self._later:
            self._later.pop(variable)()
        if variable not in self.buffers:
            if isinstance(variable, Constant):
                data = np.ascontiguousarray(variable.data).reshape(variable.data.shape)
                extents = [Literal(extent) for extent in data.shape]
                buffer = Buffer(
                    f"c{len(self.constants)}",
                    variable.type.dtype,
                    extents,
                    self.contiguous(extents),
                    BufferKind.CONSTANT,
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
        return Buffer(name, base.dtype, extents, strides, BufferKind.VIEW, base, total)
