"""Write the statements of a graph: the buffers of its variables, and the scalars of extents."""

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
    """The memory of a Join's result, with the numbers of the parts that already lie in it."""

    @property
    def out(self) -> Buffer | None: ...

    @property
    def inside(self) -> Mapping[int, Buffer]: ...


class InnerWriter(Protocol):
    """Writes the statements of an inner graph: see `Builder.write_inner`."""

    def __call__(
        self,
        b: "Builder",
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        targets: Sequence[Buffer | None] = (),
    ) -> list[Variable]: ...


class Builder(StatementWriter):
    """Writes the statements of a graph. `table` gives extents, `buffers` the buffer of each
    variable, `scalars` the values of variables known as single numbers; `target` is the processor
    that the statements are written for."""

    def __init__(self, table: ExtentTable, target: Target, inner: InnerWriter) -> None:
        super().__init__()
        self.table = table
        self.target = target
        self.buffers: dict[Variable, Buffer] = {}
        self.scalars: dict[Variable, Value] = {}
        self.arguments: list[Buffer] = []
        self.constants: list[Buffer] = []
        # Arrays whose elements are their positions in C order, with the strides that compute them.
        self.counted: dict[Variable, tuple[Value, ...]] = {}
        # For products of unknown extents, the number of bytes by which they may be multiplied and
        # still fit in memory.
        self.held: dict[tuple[Variable, ...], int] = {}
        # Outputs that are only read reversed, and the buffers that are reversed copies of others.
        self.backwards: set[Variable] = set()
        self.turned: dict[Buffer, Buffer] = {}
        # For states of which loops keep all values, the buffer of these, after the initial ones.
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
        """Write the statements of a node's inner graph, from its inputs to its outputs, which lie
        in the `targets`, if given, where that is possible. Return the outputs as variables known
        here."""
        return self._inner(self, inputs, outputs, targets)

    @contextmanager
    def scope(self, body: list[Statement]) -> Iterator[None]:
        """Append to `body`, of a loop or branch, within the context; what becomes known of
        variables there is forgotten afterwards."""
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
        """Return the value of an extent, and write its computation where it is first needed."""
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
        """Write the statements that compute scalars which only extents need."""
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
        """Return the variables whose value lies in memory or is a scalar."""
        return Known(self.scalars, self.buffers)

    def scalar(self, variable: Variable) -> Value:
        """Return the value of a 0-d variable."""
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

    # --- known values of variables ---

    def bind(self, variable: Variable, buffer: Buffer) -> Buffer:
        """Let the value of a variable lie in this buffer, and return the buffer."""
        self.buffers[variable] = buffer
        return buffer

    def bind_scalar(self, variable: Variable, value: Value) -> None:
        """Let a variable have this number as its value."""
        self.scalars[variable] = value

    def learn_extent(self, extent: Variable, value: Value) -> None:
        """Let an extent have this value, where none is known yet."""
        self.scalars.setdefault(extent, value)

    def defer(
        self,
        variable: Variable,
        write: Callable[[], None],
        counted: tuple[Value, ...] | None = None,
    ) -> None:
        """Let `write` write the value of a variable when it is first needed in memory, which is
        rare. `counted`: its elements are positions, computed by these strides."""
        self._later[variable] = write
        if counted is not None:
            self.counted[variable] = counted

    def place(self, variable: Variable, where: Callable[[], Buffer | None]) -> None:
        """Let the value of a variable be computed in the buffer that `where` returns then, or in a
        new one where that is None; only the first such place counts."""
        self._places.setdefault(variable, where)

    def join(self, node: Apply, joined: Joined) -> None:
        """Let the parts of a Join lie in the memory of its result."""
        self._joined[node] = joined

    def take_joined(self, node: Apply) -> Joined | None:
        """Return the memory of a Join's result, if its parts may lie in it."""
        return self._joined.pop(node, None)

    def read_backwards(self, variables: Iterable[Variable]) -> None:
        """Record that these variables are only read from the last entry to the first."""
        self.backwards.update(variables)

    def bind_reversed(self, turned: Buffer, straight: Buffer) -> None:
        """Record that one buffer is the other from the last entry to the first."""
        self.turned[turned] = straight

    def keep_history(self, variable: Variable, buffer: Buffer) -> None:
        """Record that the values of a state, kept by a loop, lie in this buffer after initial
        ones."""
        self.histories[variable] = buffer

    def check_once(self, key: Any) -> bool:
        """Return whether nothing with this key was checked yet in this block or around it, and
        record it."""
        if key in self._checked:
            return False
        self._checked.add(key)
        return True

    def hold(self, symbols: tuple[Variable, ...], factor: int) -> None:
        """Record that the product of these extents and the factor, in bytes, fits in memory."""
        self.held[symbols] = max(factor, self.held.get(symbols, 0))

    # --- buffers ---

    def contiguous(self, extents: Sequence[Value]) -> tuple[Value, ...]:
        """Return strides in C order."""
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
        """Return the buffer in which a variable is computed next: its assigned place, or a new
        one."""
        place = self._places.pop(variable, None)
        found = None if place is None else place()
        if found is None:
            return self.new(variable.type.dtype, self.extents(variable))
        return found

    def forget(self, buffer: Buffer) -> None:
        """Remove the allocation of a buffer that this block declared and nothing uses."""
        self.block[:] = [s for s in self.block if not (isinstance(s, Alloc) and s.buffer is buffer)]

    def known_extents(self, variable: Variable) -> tuple[Value, ...] | None:
        """Return the extents of a variable, if no statements are needed to compute them; else
        None."""
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
        """Return the buffer of a function's argument, with its extents as the program's first
        scalars, of which those demanded are checked."""
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
        """Read the extents that the caller supplies, where they are not known."""
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
        """Return the buffer of a variable; constants and scalars are stored when first
        requested."""
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

    def along_rows(self, variable: Variable, strided: bool = False) -> Buffer:
        """Return the buffer of a variable; where that is contiguous along another axis than the
        last, a copy, which is the buffer from then on. Rows whose elements lie apart are read as
        they are if `strided`."""
        buffer = self.buffer(variable)
        *others, last = buffer.strides or (ONE,)
        if last in (ZERO, ONE) or buffer.extents[-1] == ONE:
            return buffer
        apart = isinstance(last, Literal) and abs(int(last.value)) > 1 and not strided
        if ONE not in others and not apart:
            return buffer
        copy = self.new(buffer.dtype, buffer.extents)
        self.copy(buffer, copy)
        return self.bind(variable, copy)

    def copy(self, source: Buffer, target: Buffer) -> None:
        """Copy between buffers of equal extents; across the rows of the source by tiles, so that
        what lies in a cache line is read while it is there."""

        def element(indices: tuple[Value, ...]) -> None:
            self.store(target, indices, self.load(source, indices))

        *_, last = range(len(source.strides)) or [0]
        crossing = [
            a for a in range(last) if source.strides[a] == ONE and target.strides[last] == ONE
        ]
        with self.kernel(injective=True):
            across = crossing and source.strides[last] not in (ZERO, ONE)
            if not across or self.target.grid is not None:
                self.nest(target.extents, element)
            else:
                self._copy_tiles(target.extents, crossing[-1], element)

    def _copy_tiles(
        self, extents: Sequence[Value], crossing: int, element: Callable[[tuple[Value, ...]], None]
    ) -> None:
        """Write loops over tiles of the crossing axis and of the last one."""
        last = len(extents) - 1
        sizes = dict(zip((crossing, last), self.target.transposing_tile, strict=True))
        counts = []
        for axis, extent in enumerate(extents):
            if axis in sizes:
                raised = self.integer("add", extent, Literal(sizes[axis] - 1))
                extent = self.integer("floor_div", raised, Literal(sizes[axis]))
            counts.append(extent)

        def tile(at: tuple[Value, ...]) -> None:
            starts = {a: self.integer("mul", at[a], Literal(size)) for a, size in sizes.items()}
            left = [
                self.integer("minimum", Literal(size), self.integer("sub", extents[a], starts[a]))
                for a, size in sizes.items()
            ]

            def inside(within: tuple[Value, ...]) -> None:
                indices = list(at)
                for axis, index in zip(sizes, within, strict=True):
                    indices[axis] = self.integer("add", starts[axis], index)
                element(tuple(indices))

            self.nest(left, inside)

        self.nest(counts, tile)

    def view(
        self,
        base: Buffer,
        extents: Sequence[Value],
        strides: Sequence[Value],
        offset: Value = ZERO,
    ) -> Buffer:
        """Return a view of a buffer, by strides and by an offset relative to the base's own."""
        total = self.integer("add", base.offset, offset)
        name = self.fresh(base.dtype, "w").name
        return Buffer(name, base.dtype, extents, strides, BufferKind.VIEW, base, total)
