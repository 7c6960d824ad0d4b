"""Build loop nests for groups of elementwise operations and reductions: checks, memory, views."""

from collections.abc import Sequence
from dataclasses import replace

from symgraph.graph import Apply, Constant, FunctionGraph, Variable
from symgraph.lower.cost import is_expensive
from symgraph.lower.fusion.groups import FusionGroup, is_gather, needed_outside
from symgraph.lower.fusion.phases import find_phases
from symgraph.lower.fusion.reduction import Reduction, accumulator_dtype, reduction_of
from symgraph.lower.nests.accesses import Indices, Memory, Operands, Source, Sources
from symgraph.lower.nests.body import NestBody
from symgraph.lower.nests.collapse import Collapse
from symgraph.lower.nests.loop_order import loop_order, permuted
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Value
from symgraph.lower.rules.gather import gather_of
from symgraph.lower.rules.scatter import Scatter
from symgraph.lower.rules.views import dimshuffle
from symgraph.lower.target import Grid
from symgraph.lower.writing.builder import Builder
from symgraph.lower.writing.statements import escaped
from symgraph.ops import DimShuffle, Elemwise, Reduce, ShapeOf


def lower_group(b: Builder, graph: FunctionGraph, group: FusionGroup) -> None:
    """Write one nest that computes all nodes of the group and stores the values needed outside."""
    if not group.space:
        _lower_scalars(b, group)
        return
    spread = [node for node in group.nodes if isinstance(node.op, DimShuffle)]
    made = {v for node in group.nodes if node not in spread for v in node.outputs}
    # When a group was split in two, the second part reads the values of the first from memory.
    for node in spread:
        if node.inputs[0] not in made:
            dimshuffle(b, node)
            group.nodes.remove(node)
    if group.scatters or any(node not in spread for node in group.nodes):
        Nest(b, graph, group).emit()
    outside = needed_outside(group, graph)
    for node in group.nodes:
        if isinstance(node.op, DimShuffle) and node.outputs[0] in outside:
            dimshuffle(b, node)


def _lower_scalars(b: Builder, group: FusionGroup) -> None:
    for node in group.nodes:
        args = [single(b, variable) for variable in node.inputs]
        dtype = node.outputs[0].type.dtype
        if reduction_of(node, b.table) is not None:
            b.bind_scalar(node.outputs[0], b.cast(args[0], dtype))
        else:
            b.bind_scalar(node.outputs[0], b.apply(node.op.scalar, dtype, args))


def is_single_number(b: Builder, variable: Variable) -> bool:
    """Return whether a variable is known to be one number, to be read before loops that use it."""
    if isinstance(variable, Constant):
        return variable.data.size == 1
    if variable in b.scalars:
        return True
    if variable in b.buffers:
        return all(extent == ONE for extent in b.buffers[variable].extents)
    return variable.owner is not None and variable.type.ndim == 0


def single(b: Builder, variable: Variable) -> Value:
    """Return the value of a variable that is a single number."""
    if isinstance(variable, Constant):
        return Literal(variable.data.item(), variable.type.dtype)
    if variable in b.scalars or variable.type.ndim == 0:
        return b.scalar(variable)
    return b.load(b.buffer(variable), [ZERO] * variable.type.ndim)


class Nest:
    """The state while the loop nest of one group is written."""

    def __init__(self, b: Builder, graph: FunctionGraph, group: FusionGroup) -> None:
        self.b = b
        self.graph = graph
        self.group = group
        self.extents = tuple(b.extent(extent) for extent in group.space)
        outside = _needed_in_memory(group, graph)
        self.phases = find_phases(group, graph, b.table, outside, b.target)
        self.external = self._externals()
        self.outside = outside

    def _externals(self) -> list[Source]:
        phases = self.phases
        inside = phases.made | phases.rows.spread_of.keys()
        found: dict[Source, None] = {}
        for node in (*phases.elementwise, *phases.reductions):
            if is_gather(node):
                continue
            is_row = node not in phases.reductions and node.outputs[0] in phases.rows.values
            for variable in node.inputs:
                if variable not in inside:
                    found[(variable, is_row)] = None
        for node in self.group.scatters:
            if node.inputs[1] not in inside:
                found[(node.inputs[1], False)] = None
        return list(found)

    def space_of(self, is_row: bool) -> tuple[Value, ...]:
        rows = self.group.rows
        return self.extents[:rows] if is_row else self.extents

    # --- checks ---

    def _check_broadcasts(self) -> None:
        """Check that every extent is the space's or 1."""
        for node in self.group.nodes:
            if isinstance(node.op, DimShuffle) or is_gather(node):
                continue
            for variable in node.inputs:
                message = (
                    f"shapes do not broadcast: {escaped(variable)} has extent {{0}}"
                    " on axis {axis}, where others have {1}"
                )
                self._check_broadcast(node, variable, message)
        for node in self.group.scatters:
            message = "the value has extent {0} where the selected part has {1}"
            self._check_broadcast(node, node.inputs[1], message)

    def _check_broadcast(self, node: Apply, variable: Variable, message: str) -> None:
        b, space = self.b, self.group.space
        for axis, extent in enumerate(b.table[variable]):
            # Axes behind those of the rows have extent 1 wherever row values have them.
            if extent is space[axis] or extent == 1 or extent == space[axis]:
                continue
            mine, whole = b.extent(extent), self.extents[axis]
            fits = b.test("or_", b.test("eq", mine, whole), b.test("eq", mine, ONE))
            b.check(fits, message.replace("{axis}", str(axis)), (mine, whole), node)

    def _check_not_empty(self) -> None:
        for node, reduction in self.phases.reductions.items():
            if reduction.kind.identity is not None:
                continue
            for axis in reduction.axes:
                name = escaped(node.inputs[0])
                message = f"{reduction.name} of nothing: {name} is empty on axis {axis}"
                self.b.check(self.b.test("gt", self.extents[axis], ZERO), message, (), node)

    # --- memory ---

    def emit(self) -> None:
        b = self.b
        self._check_broadcasts()
        counted = self._counted()
        sources = {
            s: self._readable(s)
            for s in self.external
            if s not in counted and not is_single_number(b, s[0])
        }
        self._check_not_empty()
        gathers = {n: gather_of(b, n) for n in self.phases.elementwise if is_gather(n)}
        scatters = [Scatter(b, n, self.extents) for n in self.group.scatters]
        for target in scatters:
            target.copy()
        fast = {s: self._fast_strides(s, buffer) for s, buffer in sources.items()}
        self.order = self._choose_order(sources, fast)
        memory = self._memory(scatters)
        plain = self._plain(sources)
        # Read before any branch, so that values read once can also be used after it.
        scalars = {
            v: single(b, v)
            for v, is_row in self.external
            if (v, is_row) not in counted and is_single_number(b, v)
        }
        operands = Operands(memory, sources, fast, scalars, gathers, counted)

        def general() -> None:
            selected = {s: self._selected_strides(s, buffer) for s, buffer in sources.items()}
            self._loops(replace(operands, strides=selected), cold=True)

        b.choose(plain, lambda: self._loops(operands), general)
        for variable, buffer in memory.results.items():
            b.bind(variable, buffer)
        for node, total in memory.accumulators.items():
            self._finish(node, total)
        for target in scatters:
            b.bind(target.node.outputs[0], target.out)

    def _readable(self, source: Source) -> Buffer:
        """Return the buffer of a source. Rows are gone through several times, and dear functions
        are computed by vectors, so what these read must lie along the rows."""
        variable, is_row = source
        if self.b.target.grid is not None:
            return self.b.buffer(variable)
        along = self.group.rows is not None or (not self.phases.reductions and self._is_dear())
        if not along or is_row:
            return self.b.buffer(variable)
        return self.b.along_rows(variable, strided=self.group.rows is None)

    def _is_dear(self) -> bool:
        """Return whether a function takes longer than to copy an operand."""
        return any(
            is_expensive(node.op.scalar.name, node.inputs[-1].type.dtype, self.b.target)
            for node in self.phases.elementwise
            if not is_gather(node)
        )

    def _choose_order(
        self, sources: dict[Source, Buffer], strides: dict[Source, Indices]
    ) -> tuple[int, ...]:
        if self.group.rows is not None or self.group.scatters:
            # Stores to one place keep or accumulate values in the order of the axes.
            return tuple(range(len(self.extents)))
        if self.b.target.grid is Grid.THREAD and self.phases.reductions:
            reduced = {axis for r in self.phases.reductions.values() for axis in r.axes}
            return tuple(sorted(range(len(self.extents)), key=lambda axis: axis in reduced))
        written = [
            v
            for n in self.phases.elements
            for v in n.outputs
            if v in self.outside and not self._is_free(v)
        ]
        views = [(strides[s], sources[s]) for s in sources]
        return loop_order(len(self.extents), views, len(written))

    def _memory(self, scatters: Sequence[Scatter]) -> Memory:
        """Allocate buffers for all that is stored; elements kept for a later phase may lie in a
        result that is written only after they were last read."""
        b, phases = self.b, self.phases
        results: dict[Variable, Buffer] = {}
        accumulators: dict[Apply, Buffer] = {}
        for node in (*phases.elementwise, *phases.reductions):
            for variable in node.outputs:
                if variable not in self.outside or node in phases.reductions:
                    continue
                results[variable] = self._elements(variable)
        for node, reduction in phases.reductions.items():
            (out,) = node.outputs
            if not self._in_register(reduction.axes):
                accumulators[node] = self._total(node, reduction)
            elif out in self.outside:
                results[out] = b.home(out)
        kept: dict[Variable, Buffer] = {}
        lent: dict[Variable, int] = {}
        for variable, last in phases.placement.kept.items():
            kept[variable] = results.get(variable) or self._lent(variable, last, results, lent)
        return Memory(results, accumulators, kept, scatters)

    def _is_free(self, variable: Variable) -> bool:
        """Return whether only loops read an array, which then may lie in any order."""
        for client, _ in self.graph.clients[variable]:
            if isinstance(client, str):
                return False
            turned = isinstance(client.op, DimShuffle) and self._is_free(client.outputs[0])
            if not turned and not isinstance(client.op, Elemwise | Reduce | ShapeOf):
                return False
        return True

    def _elements(self, variable: Variable) -> Buffer:
        """Return memory for an array of the whole space."""
        if self.order == tuple(range(len(self.order))) or not self._is_free(variable):
            return self.b.home(variable)
        return self._in_order(variable.type.dtype, self.order, range(len(self.order)))

    def _total(self, node: Apply, reduction: Reduction) -> Buffer:
        """Return memory for totals, which lie in the order of the loops."""
        b, (out,) = self.b, node.outputs
        dtype = accumulator_dtype(node)
        kept = [axis for axis in self.order if axis not in reduction.axes]
        if kept == sorted(kept):
            return b.home(out) if dtype == out.type.dtype else b.new(dtype, b.extents(out))
        places = range(len(self.order)) if reduction.keeps else sorted(kept)
        return self._in_order(dtype, kept, places)

    def _in_order(self, dtype: str, order: Sequence[int], axes: Sequence[int]) -> Buffer:
        """Return new memory for an array with some axes of the space, which lie in this order;
        others have the extent 1."""
        memory = self.b.new(dtype, [self.extents[axis] for axis in order])
        strides = dict(zip(order, memory.strides, strict=True))
        extents = [self.extents[axis] if axis in strides else ONE for axis in axes]
        return self.b.view(memory, extents, [strides.get(axis, ZERO) for axis in axes])

    def _lent(
        self,
        variable: Variable,
        last: int,
        results: dict[Variable, Buffer],
        lent: dict[Variable, int],
    ) -> Buffer:
        assert variable.owner is not None
        first = self.phases.phase[variable.owner]
        for node in self.phases.elements:
            (out,) = node.outputs
            if (
                out in results
                and out not in lent
                and out.type.dtype == variable.type.dtype
                and self.phases.phase[node] >= last > first
            ):
                lent[out] = last
                return results[out]
        return self.b.new(variable.type.dtype, self.extents)

    def _in_register(self, axes: Sequence[int]) -> bool:
        """Return whether the reduced axes are the innermost loops, so that one running value
        suffices."""
        return set(axes) == set(self.order[len(self.order) - len(axes) :])

    # --- sources ---

    def _counted(self) -> dict[Source, Indices]:
        """Return the arrays of positions whose axes are the space's or 1, with the strides that
        compute them from the loop indices: these need no memory."""
        found: dict[Source, Indices] = {}
        for variable, is_row in self.external:
            if is_row or variable not in self.b.counted:
                continue
            extents = self.b.table[variable]
            pairs = zip(extents, self.group.space, strict=True)
            if all(e == 1 or e is whole or e == whole for e, whole in pairs):
                strides = zip(extents, self.b.counted[variable], strict=True)
                found[variable, is_row] = tuple(ZERO if e == 1 else s for e, s in strides)
        return found

    def _plain(self, sources: dict[Source, Buffer]) -> Value:
        """Return the condition under which no axis of unknown extent is broadcast."""
        condition: Value = Literal(True, "bool")
        for variable, is_row in sources:
            for axis in range(len(self.space_of(is_row))):
                extent = self.b.table[variable][axis]
                if extent == 1 or extent is self.group.space[axis]:
                    continue
                if extent == self.group.space[axis]:
                    continue
                same = self.b.test("eq", self.b.extent(extent), self.extents[axis])
                condition = self.b.test("and_", condition, same)
        return condition

    def _fast_strides(self, source: Source, buffer: Buffer) -> Indices:
        variable, is_row = source
        known = self.b.table[variable][: len(self.space_of(is_row))]
        return tuple(
            ZERO if extent == 1 else stride
            for extent, stride in zip(known, buffer.strides, strict=False)
        )

    def _selected_strides(self, source: Source, buffer: Buffer) -> Indices:
        count = len(self.space_of(source[1]))
        return tuple(
            self.b.integer("switch", self.b.test("eq", extent, ONE), ZERO, stride)
            for extent, stride in zip(buffer.extents[:count], buffer.strides, strict=False)
        )

    # --- loops ---

    def _loops(self, operands: Operands, cold: bool = False) -> None:
        """Write the nest itself, with every source as a view of the whole space."""
        b, memory = self.b, operands.memory
        views: dict[Source, Buffer] = {}
        for source, buffer in operands.buffers.items():
            space = self.space_of(source[1])
            order = self.order if not source[1] else tuple(range(len(space)))
            views[source] = permuted(b, buffer, space, operands.strides[source], order)
        collapse = Collapse(b, self.phases, self.extents, self.order, self.group.rows or 0)
        runs = collapse.runs(operands)
        extents = [self._iterations(run) for run in runs]
        counted = {v: strides for (v, _), strides in operands.counted.items()}
        if len(runs) < len(self.extents):
            inner = [run[-1] for run in runs]
            places = [self.order.index(axis) for axis in inner]
            views = {
                s: v if s[1] else b.view(v, extents, [v.strides[place] for place in places])
                for s, v in views.items()
            }
            memory = collapse.folded(memory, extents, inner)
            counted = {v: tuple(s[axis] for axis in inner) for v, s in counted.items()}
        with b.kernel(self.phases.count == 1 and not memory.scatters, cold):
            known = Sources(views, operands.gathers, operands.scalars, counted)
            body = NestBody(b, self.group, self.phases, self.order, known, memory)
            body.run(extents, runs)

    def _iterations(self, run: Sequence[int]) -> Value:
        """Return the number of iterations of the loop over a run of axes."""
        total: Value = ONE
        for axis in run:
            total = self.b.integer("mul", total, self.extents[axis])
        return total

    def _finish(self, node: Apply, total: Buffer) -> None:
        """Convert a total that accumulated in memory to the dtype of the result."""
        b, variable = self.b, node.outputs[0]
        if total.dtype == variable.type.dtype:
            b.bind(variable, total)
            return
        target = b.home(variable)
        with b.kernel():
            b.nest(
                total.extents, lambda i: b.store(target, i, b.cast(b.load(total, i), target.dtype))
            )
        b.bind(variable, target)


def _needed_in_memory(group: FusionGroup, graph: FunctionGraph) -> set[Variable]:
    """Return the values that other units read; a DimShuffle that is read outside is a view of its
    input, which must then lie in memory."""
    outside = needed_outside(group, graph)
    for node in reversed(group.nodes):
        if not isinstance(node.op, DimShuffle):
            continue
        if group.rows is None or node.outputs[0] in outside:
            outside.add(node.inputs[0])
    return outside
