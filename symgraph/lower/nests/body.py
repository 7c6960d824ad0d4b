"""Write the loops of a nest, and the statements of their bodies.

Reductions over the innermost loops run in a register. Others accumulate in memory: there the
innermost reduced loop other than the last loop is unrolled by several steps, so that each number in
memory is read and written once for all of them. Where memory is read across its rows, the loops are
tiled, so that the elements of a cache line are used while it is in the cache.
"""

from collections.abc import Sequence
from functools import partial

from symgraph.graph import Apply, Variable
from symgraph.lower.fusion.contraction import Term, UnroundedProduct, combined, rounded, sum_of
from symgraph.lower.fusion.groups import FusionGroup
from symgraph.lower.fusion.phases import Phases
from symgraph.lower.fusion.reduction import accumulator_dtype, identity
from symgraph.lower.nests.accesses import Indices, Memory, Sources
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Scalar, Value
from symgraph.lower.writing.builder import Builder
from symgraph.ops.scalar import scalar_named

# Running values, by reduction and by unrolled step (lane).
Running = dict[tuple[Apply, int], Value]


class NestBody:
    """Writes the loops over a group's space, the axes taken in `order`."""

    def __init__(
        self,
        b: Builder,
        group: FusionGroup,
        phases: Phases,
        order: Sequence[int],
        sources: Sources,
        memory: Memory,
    ) -> None:
        self.b = b
        self.rows = group.rows
        self.phases = phases
        self.placement = phases.placement
        self.order = tuple(order)
        self.views = sources.views
        self.gathers = sources.gathers
        self.scalars = sources.scalars
        self.counted = sources.counted
        self.memory = memory
        # Values that are known for the current row.
        self.row: dict[Variable, Value] = {}

    def run(self, extents: Sequence[Value], runs: Sequence[Sequence[int]]) -> None:
        """Write a loop over each of the runs of collapsed axes, with these extents."""
        self.extents = tuple(extents)
        self.depth = len(self.extents)
        self.position = {axis: place for place, run in enumerate(runs) for axis in run}
        # Whether some axes are collapsed: then stored arrays are views by loops, not by axes.
        self.folded = len(self.position) > self.depth
        self.first = {node: self._first_register_loop(node) for node in self.phases.reductions}
        self.steps = self._steps()
        self._fill()
        self._blocks(list(self._block_sizes().items()), {}, {})

    def _loops_of(self, node: Apply) -> list[int]:
        """Return the loops that a reduction reduces."""
        return sorted({self.position[axis] for axis in self.phases.reductions[node].axes})

    def _first_register_loop(self, node: Apply) -> int:
        """Return the first of the innermost loops that are all reduced."""
        reduced = self._loops_of(node)
        first = self.depth
        while first > 0 and first - 1 in reduced:
            first -= 1
        return first

    # --- the shape of the loops ---

    def _steps(self) -> dict[int, int]:
        """Return the unrolled loop, if any, with its factor: the last loop that a reduction which
        accumulates in memory reduces, the innermost ones that run in a register aside."""
        if self.rows is not None or not self.memory.accumulators:
            return {}
        loops = [
            max(loop for loop in self._loops_of(node) if loop < self.first[node])
            for node in self.memory.accumulators
        ]
        loop = max(loops)
        if any(first <= loop for first in self.first.values()):
            # The loop lies within one that another reduction runs over in a register.
            return {}
        size = len(self.phases.elementwise) + len(self.phases.reductions)
        for most, steps in self.b.target.steps:
            if size <= most:
                extent = self.extents[loop]
                if isinstance(extent, Literal):
                    steps = max(1, min(steps, int(extent.value)))
                return {loop: steps}
        return {}

    def _block_sizes(self) -> dict[int, int]:
        """Return the tiled loops with the sizes of their tiles."""
        last = self.depth - 1
        if self.rows is not None or self.phases.reductions or self.memory.scatters:
            return {}
        if self.b.target.grid is not None:
            # The items of a grid are iterations of the whole loops.
            return {}
        written = [self._by_loops(x) for x in self.memory.results.values()]
        crossing = {
            loop
            for strides in (*(view.strides for view in self.views.values()), *written)
            for loop, stride in enumerate(strides[:-1])
            if stride == ONE and strides[-1] not in (ZERO, ONE)
        }
        if not crossing:
            return {}
        down, across = self.b.target.transposing_tile
        sizes = {max(crossing): down, last: across}
        return {loop: size for loop, size in sizes.items() if self._longer(loop, size)}

    def _by_loops(self, x: Buffer) -> Indices:
        """Return the strides of a stored array along the loops."""
        return x.strides if self.folded else tuple(x.strides[axis] for axis in self.order)

    def _longer(self, loop: int, size: int) -> bool:
        extent = self.extents[loop]
        return not isinstance(extent, Literal) or extent.value > size

    def _blocks(
        self,
        pending: Sequence[tuple[int, int]],
        starts: dict[int, Value],
        widths: dict[int, Value],
    ) -> None:
        """Write loops over the tiles of all tiled loops, and inside them the loops over a tile."""
        b = self.b
        if not pending:
            self.starts = starts
            self.widths = widths
            self._level(0, ((),), {}, None)
            return
        (loop, size), *rest = pending
        extent, width = self.extents[loop], Literal(size)
        count = b.integer("floor_div", b.integer("add", extent, Literal(size - 1)), width)

        def body(index: Scalar) -> None:
            start = b.integer("mul", index, width)
            left = b.integer("minimum", width, b.integer("sub", extent, start))
            self._blocks(rest, {**starts, loop: start}, {**widths, loop: left})

        b.loop(count, body)

    def _fill(self) -> None:
        """Initialise the accumulators in memory with the identity of their reduction."""
        for node, total in self.memory.accumulators.items():
            value = identity(node, self.phases.reductions[node])
            self.b.nest(total.extents, partial(self._store, total, value))

    def _store(self, target: Buffer, value: Value, at: Indices) -> None:
        self.b.store(target, at, value)

    def _moved(self, loop: int, index: Value) -> Value:
        start = self.starts.get(loop, ZERO)
        return self.b.integer("add", start, index)

    def _level(
        self, loop: int, lanes: tuple[Indices, ...], running: Running, phase: int | None
    ) -> Running:
        """Write all loops from `loop` on, for the unrolled steps in `lanes`; return the running
        values after them."""
        if phase is None and loop == (self.rows or 0):
            return self._all_phases(loop, lanes, running)
        starting = self._starting(loop, phase)
        running = dict(running)
        for node in starting:
            for lane in range(len(lanes)):
                running[node, lane] = identity(node, self.phases.reductions[node])
        if loop == self.depth:
            assert phase is not None
            running = self._iteration(lanes, running, phase)
        else:
            running = self._stepped(loop, lanes, running, phase)
        for node in starting:
            values = [running.pop((node, lane)) for lane in range(len(lanes))]
            self._deposit(node, lanes, values)
        return running

    def _starting(self, loop: int, phase: int | None) -> list[Apply]:
        """Return the reductions whose innermost run of loops starts here."""
        if loop == self.depth:
            return []
        if phase is None:
            return [node for node, first in self.first.items() if first == loop]
        return [node for node in self.phases.reduced[phase] if self.first[node] == loop]

    def _all_phases(self, loop: int, lanes: tuple[Indices, ...], running: Running) -> Running:
        """Write the work of a row: phase by phase its row values, then loops over it."""
        for phase in range(self.phases.count):
            if self.rows is not None:
                self._row_nodes(lanes[0], phase)
            work = (
                self.placement.computed[phase],
                self.phases.reduced[phase],
                self.memory.scatters,
            )
            if not any(work):
                continue
            mine = {
                (node, lane): value
                for (node, lane), value in running.items()
                if self.phases.phase[node] == phase
            }
            running = {**running, **self._level(loop, lanes, mine, phase)}
        return running

    def _stepped(
        self, loop: int, lanes: tuple[Indices, ...], running: Running, phase: int | None
    ) -> Running:
        """Write one loop, or an unrolled one and a second one for the remaining iterations."""
        b = self.b
        extent = self.widths.get(loop, self.extents[loop])
        steps = self.steps.get(loop, 1)
        if steps == 1:
            return self._loop(loop, extent, ZERO, 1, lanes, running, phase)
        count = b.integer("floor_div", extent, Literal(steps))
        done = b.integer("mul", count, Literal(steps))
        running = self._loop(loop, count, ZERO, steps, lanes, running, phase)
        left = b.integer("sub", extent, done)
        if left == ZERO:
            return running
        return self._loop(loop, left, done, 1, lanes, running, phase)

    def _loop(
        self,
        loop: int,
        extent: Value,
        start: Value,
        steps: int,
        lanes: tuple[Indices, ...],
        running: Running,
        phase: int | None,
    ) -> Running:
        b = self.b
        keys = list(running)

        def body(index: Value, *phis: Value) -> Sequence[Value]:
            first = b.integer("add", start, b.integer("mul", index, Literal(steps)))
            inner = tuple(
                (*lane, self._moved(loop, b.integer("add", first, Literal(step))))
                for lane in lanes
                for step in range(steps)
            )
            after = self._level(loop + 1, inner, dict(zip(keys, phis, strict=True)), phase)
            return [after[key] for key in keys]

        values = [running[key] for key in keys]
        results = body(ZERO, *values) if extent == ONE else b.loop(extent, body, values)
        return dict(zip(keys, results, strict=True))

    # --- the bodies of the loops ---

    def _where(self, node: Apply, at: Indices) -> Indices:
        """Return the indices of a reduced value."""
        reduction = self.phases.reductions[node]
        if self.folded:
            reduced = self._loops_of(node)
            return tuple(index for loop, index in enumerate(at) if loop not in reduced)
        result: list[Value] = []
        for axis in range(len(self.order)):
            if axis not in reduction.axes:
                result.append(at[self.position[axis]])
            elif reduction.keeps:
                result.append(ZERO)
        return tuple(result)

    def _deposit(self, node: Apply, lanes: tuple[Indices, ...], values: Sequence[Term]) -> None:
        """Store or keep the results of a run of reduced loops."""
        b = self.b
        (out,) = node.outputs
        memory = self.memory.accumulators.get(node)
        if memory is not None:
            if self.steps.keys() <= set(self._loops_of(node)):
                total = rounded(b, memory.dtype, values[0])
                for other in values[1:]:
                    total = self._combined(node, total, other)
                lanes, values = lanes[:1], [total]
            for lane, term in zip(lanes, values, strict=True):
                where = self._where(node, lane)
                b.store(memory, where, self._combined(node, b.load(memory, where), term))
            return
        for lane, term in zip(lanes, values, strict=True):
            value = rounded(b, out.type.dtype, term)
            if out in self.phases.rows.values:
                self.row[out] = value
            if out in self.memory.results:
                b.store(self.memory.results[out], self._where(node, lane), value)

    def _combined(self, node: Apply, old: Value, new: Term) -> Value:
        return combined(self.b, self.phases.reductions[node], accumulator_dtype(node), old, new)

    def _row_nodes(self, at: Indices, phase: int) -> None:
        """Compute the row values that are known before the loops of a phase."""
        b = self.b
        for node in self.phases.row_nodes[phase]:
            args = []
            for variable in node.inputs:
                if (variable, True) in self.views:
                    if variable not in self.row:
                        self.row[variable] = b.load(self.views[variable, True], at)
                    args.append(self.row[variable])
                else:
                    args.append(self._known(variable))
            (out,) = node.outputs
            self.row[out] = b.apply(node.op.scalar, out.type.dtype, args)
            if out in self.memory.results:
                target = self.memory.results[out]
                rest = [ZERO] * (len(target.extents) - len(at))
                b.store(target, (*at, *rest), self.row[out])

    def _known(self, variable: Variable) -> Value:
        """Return a number that is the same for all elements, or for all of a row."""
        source = self.phases.rows.source(variable)
        return self.scalars[variable] if variable in self.scalars else self.row[source]

    def _iteration(self, lanes: tuple[Indices, ...], running: Running, phase: int) -> Running:
        """Write all nodes of a phase for one point of the space, in all lanes."""
        values = [self._elements(lane, phase) for lane in lanes]
        for node in self.phases.reduced[phase]:
            terms = [self._term(node, found) for found in values]
            if self.first[node] == self.depth:
                self._deposit(node, lanes, terms)
                continue
            for lane, term in enumerate(terms):
                running[node, lane] = self._combined(node, running[node, lane], term)
        return running

    def _term(self, node: Apply, values: dict[Variable, Value]) -> Term:
        """Return the value that an element contributes to a reduction."""
        product = self.phases.contracted.get(node)
        if product is not None:
            x, y = (self._element(v, values) for v in product.factors)
            return UnroundedProduct(x, y)
        value = self._element(node.inputs[0], values)
        if self.phases.reductions[node].name in ("all", "any") and value.dtype != "bool":
            return self.b.apply(scalar_named("neq"), "bool", [value, Literal(0, value.dtype)])
        return value

    def _element(self, variable: Variable, values: dict[Variable, Value]) -> Value:
        return values[variable] if variable in values else self._known(variable)

    def _elements(self, at: Indices, phase: int) -> dict[Variable, Value]:
        """Return the values of a phase at one point, and store those that are needed elsewhere."""
        b, phases = self.b, self.phases
        plain = [node for node in self.placement.computed[phase] if node not in self.gathers]
        needed = [v for node in plain for v in node.inputs]
        needed += [node.inputs[0] for node in phases.reduced[phase]]
        needed += [scatter.node.inputs[1] for scatter in self.memory.scatters]
        values: dict[Variable, Value] = {}
        for variable in self.placement.loaded[phase]:
            values[variable] = b.load(self.memory.kept[variable], self._at(at))
        for variable in needed:
            if variable in values or variable in phases.made:
                continue
            if (variable, False) in self.views:
                values[variable] = b.load(self.views[variable, False], at)
            elif variable in self.counted:
                values[variable] = b.position(self._at(at), self.counted[variable])
            elif variable in self.scalars:
                values[variable] = self.scalars[variable]
        for node in self.placement.computed[phase]:
            (out,) = node.outputs
            if node in phases.products:
                continue
            if node in self.gathers:
                values[out] = self.gathers[node].load(self._at(at))
            elif node in phases.contracted:
                position, _, factors = phases.contracted[node]
                x, y = (self._element(v, values) for v in factors)
                other = self._element(node.inputs[1 - position], values)
                values[out] = sum_of(b, node, position, UnroundedProduct(x, y), other)
            else:
                args = [self._element(v, values) for v in node.inputs]
                values[out] = b.apply(node.op.scalar, out.type.dtype, args)
            if phases.phase[node] == phase:
                for target in self._targets(out):
                    b.store(target, self._at(at), values[out])
        for scatter in self.memory.scatters:
            scatter.store(self._at(at), values[scatter.node.inputs[1]])
        return values

    def _targets(self, out: Variable) -> list[Buffer]:
        places = (self.memory.results.get(out), self.memory.kept.get(out))
        return list(dict.fromkeys(place for place in places if place is not None))

    def _at(self, at: Indices) -> Indices:
        """Return the indices in the order of the axes."""
        if self.folded:
            return at
        return tuple(at[self.position[axis]] for axis in range(len(self.order)))
