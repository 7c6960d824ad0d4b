"""Loop nests for groups of elementwise operations and reductions."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply, Constant, FunctionGraph, Variable
from symgraph.lower.builder import Builder
from symgraph.lower.program import ONE, ZERO, Buffer, Literal, Scalar, Value
from symgraph.lower.stages import Group, needed_outside
from symgraph.ops import Elemwise, Reduce
from symgraph.ops.reduce import REDUCE_KINDS
from symgraph.ops.scalar import scalar_named

Indices = tuple[Value, ...]


def accumulator_dtype(node: Apply) -> str:
    dtype = node.outputs[0].type.dtype
    return "float32" if dtype == "float16" else dtype


def escaped(variable: Variable) -> str:
    """The variable's name for a message that values are formatted into."""
    return str(variable).replace("{", "{{").replace("}", "}}")


def identity(node: Apply) -> Literal:
    """The value of reducing nothing; for maxima the smallest value of the dtype."""
    kind, dtype = REDUCE_KINDS[node.op.kind], accumulator_dtype(node)
    if kind.identity is not None:
        return Literal(np.dtype(dtype).type(kind.identity).item(), dtype)
    sign = -1 if node.op.kind == "max" else 1
    if np.dtype(dtype).kind == "f":
        return Literal(sign * float("inf"), dtype)
    if dtype == "bool":
        return Literal(sign > 0, dtype)
    bounds = np.iinfo(dtype)
    return Literal(bounds.min if sign < 0 else bounds.max, dtype)


def lower_group(b: Builder, graph: FunctionGraph, group: Group) -> None:
    """One nest that computes all nodes of the group and stores what is needed outside."""
    if not group.space:
        _lower_scalars(b, group)
        return
    Nest(b, graph, group).emit()


def _lower_scalars(b: Builder, group: Group) -> None:
    for node in group.nodes:
        args = [b.scalar(variable) for variable in node.inputs]
        dtype = node.outputs[0].type.dtype
        if isinstance(node.op, Reduce):
            b.scalars[node.outputs[0]] = b.cast(args[0], dtype)
        else:
            b.scalars[node.outputs[0]] = b.apply(node.op.scalar, dtype, args)


class Nest:
    """The state of writing one group's loops."""

    def __init__(self, b: Builder, graph: FunctionGraph, group: Group) -> None:
        self.b = b
        self.group = group
        self.extents = tuple(b.extent(extent) for extent in group.space)
        self.reductions = [node for node in group.nodes if isinstance(node.op, Reduce)]
        made = {v for node in group.nodes if isinstance(node.op, Elemwise) for v in node.outputs}
        external = {v: None for node in group.nodes for v in node.inputs if v not in made}
        self.external = list(external)
        outside = needed_outside(group, graph)
        self.stored = [
            v for node in group.nodes for v in node.outputs if v in outside and v in made
        ]
        self.targets: dict[Variable, Buffer] = {}
        self.totals: dict[Apply, Buffer] = {}

    def emit(self) -> None:
        b = self.b
        self._check_broadcasts()
        sources = {v: b.buffer(v) for v in self.external if not self._is_scalar(v)}
        for variable in self.stored:
            self.targets[variable] = b.new(variable.type.dtype, self.extents)
        for node in self.reductions:
            self._check_not_empty(node)
            kept = [self.extents[axis] for axis in node.op.kept(node.inputs[0])]
            self.totals[node] = b.new(accumulator_dtype(node), kept)
        plain = self._plain(sources)
        # Read before any branch, so that what is read once can be used behind it as well.
        self.scalars = {v: self._scalar(v) for v in self.external if self._is_scalar(v)}

        def fast() -> None:
            self._loops({v: self._fast_strides(v, s) for v, s in sources.items()}, sources)

        def general() -> None:
            self._loops({v: self._selected_strides(s) for v, s in sources.items()}, sources)

        b.choose(plain, fast, general)
        for variable, buffer in self.targets.items():
            b.buffers[variable] = buffer
        for node, buffer in self.totals.items():
            self._finish(node, buffer)

    def _is_scalar(self, variable: Variable) -> bool:
        """Whether the variable is one number, read before the loops."""
        if isinstance(variable, Constant):
            return variable.data.size == 1
        owner = variable.owner
        if variable in self.b.buffers:
            return all(extent == ONE for extent in self.b.buffers[variable].extents)
        return owner is not None and variable.type.ndim == 0

    def _scalar(self, variable: Variable) -> Value:
        if isinstance(variable, Constant):
            return Literal(variable.data.item(), variable.type.dtype)
        if variable.type.ndim == 0:
            return self.b.scalar(variable)
        buffer = self.b.buffers[variable]
        return self.b.load(buffer, [ZERO] * len(buffer.extents))

    def _check_broadcasts(self) -> None:
        """Every extent must be the space's or 1."""
        b = self.b
        for node in self.group.nodes:
            for variable in node.inputs:
                for axis, extent in enumerate(b.table[variable]):
                    if extent is self.group.space[axis] or extent == 1:
                        continue
                    if extent == self.group.space[axis]:
                        continue
                    mine, whole = b.extent(extent), self.extents[axis]
                    fits = b.test("or_", b.test("eq", mine, whole), b.test("eq", mine, ONE))
                    message = (
                        f"shapes do not broadcast: {escaped(variable)} has extent {{0}}"
                        f" on axis {axis}, where others have {{1}}"
                    )
                    b.check(fits, message, (mine, whole), node)

    def _check_not_empty(self, node: Apply) -> None:
        if REDUCE_KINDS[node.op.kind].identity is not None:
            return
        for axis in node.op.axes:
            name = escaped(node.inputs[0])
            message = f"{node.op.kind} of nothing: {name} is empty on axis {axis}"
            self.b.check(self.b.test("gt", self.extents[axis], ZERO), message, (), node)

    def _plain(self, sources: dict[Variable, Buffer]) -> Value:
        """Whether no axis that may turn out to be broadcast is."""
        condition: Value = Literal(True, "bool")
        for variable in sources:
            for axis, extent in enumerate(self.b.table[variable]):
                if extent == 1 or extent is self.group.space[axis]:
                    continue
                if extent == self.group.space[axis]:
                    continue
                same = self.b.test("eq", self.b.extent(extent), self.extents[axis])
                condition = self.b.test("and_", condition, same)
        return condition

    def _fast_strides(self, variable: Variable, buffer: Buffer) -> Indices:
        known = self.b.table[variable]
        return tuple(
            ZERO if extent == 1 else stride
            for extent, stride in zip(known, buffer.strides, strict=True)
        )

    def _selected_strides(self, buffer: Buffer) -> Indices:
        return tuple(
            self.b.integer("switch", self.b.test("eq", extent, ONE), ZERO, stride)
            for extent, stride in zip(buffer.extents, buffer.strides, strict=True)
        )

    def _loops(self, strides: dict[Variable, Indices], sources: dict[Variable, Buffer]) -> None:
        """The nest itself, with every source seen as a view of the whole space."""
        b = self.b
        views = {v: b.view(sources[v], self.extents, strides[v]) for v in sources}
        collapsed = self._collapsed(views)
        for node in self.reductions:
            if not self._in_register(node):
                self._fill(self.totals[node], identity(node))
        with b.kernel():
            if collapsed is not None:
                extent, flat, targets = collapsed
                _Body(self, flat, targets, self.scalars).run((extent,), self._suffixes(1, True))
            else:
                _Body(self, views, self.targets, self.scalars).run(
                    self.extents, self._suffixes(len(self.extents), False)
                )

    def _fill(self, target: Buffer, value: Value) -> None:
        with self.b.kernel():
            self.b.nest(target.extents, lambda i: self.b.store(target, i, value))

    def _in_register(self, node: Apply) -> bool:
        """Whether the reduced axes are the last ones: one running value then serves."""
        ndim = len(self.extents)
        return tuple(node.op.axes) == tuple(range(ndim - len(node.op.axes), ndim))

    def _suffixes(self, ndim: int, flat: bool) -> dict[Apply, int]:
        """For each reduction the first axis of the run of reduced axes at the end."""
        result = {}
        for node in self.reductions:
            if flat:
                result[node] = 0
                continue
            first = ndim
            while first > 0 and first - 1 in node.op.axes:
                first -= 1
            result[node] = first
        return result

    def _collapsed(
        self, views: dict[Variable, Buffer]
    ) -> tuple[Value, dict[Variable, Buffer], dict[Variable, Buffer]] | None:
        """All axes as one, where everything lies contiguously and is wholly reduced or kept."""
        b, ndim = self.b, len(self.extents)
        if ndim == 1 or any(len(node.op.axes) != ndim for node in self.reductions):
            return None
        for buffer in views.values():
            source = buffer.base
            assert source is not None
            if not source.contiguous or buffer.strides != source.strides:
                return None
            if any(
                a is not c and a != c for a, c in zip(source.extents, self.extents, strict=True)
            ):
                return None
        total: Value = ONE
        for extent in self.extents:
            total = b.integer("mul", total, extent)
        flat = {v: b.view(buffer, (total,), (ONE,)) for v, buffer in views.items()}
        targets = {v: b.view(t, (total,), (ONE,)) for v, t in self.targets.items()}
        return total, flat, targets

    def _finish(self, node: Apply, total: Buffer) -> None:
        """The reduced value in its own dtype."""
        b, variable = self.b, node.outputs[0]
        if total.dtype == variable.type.dtype:
            b.buffers[variable] = total
            return
        target = b.new(variable.type.dtype, total.extents)
        with b.kernel():
            b.nest(
                total.extents, lambda i: b.store(target, i, b.cast(b.load(total, i), target.dtype))
            )
        b.buffers[variable] = target


class _Body:
    """Writes the loops of a nest and what happens at each of their turns."""

    def __init__(
        self,
        nest: Nest,
        views: dict[Variable, Buffer],
        targets: dict[Variable, Buffer],
        scalars: dict[Variable, Value],
    ) -> None:
        self.nest = nest
        self.b = nest.b
        self.views = views
        self.targets = targets
        self.scalars = scalars

    def run(self, extents: Sequence[Value], first_register_axis: dict[Apply, int]) -> None:
        self.extents = tuple(extents)
        self.first = first_register_axis
        self._level(0, (), {})

    def _level(
        self, axis: int, indices: Indices, running: dict[Apply, Value]
    ) -> dict[Apply, Value]:
        """Loop over `axis` and all behind it; returns the running values after the loop."""
        starting = [node for node, first in self.first.items() if first == axis]
        running = {**running, **{node: identity(node) for node in starting}}
        if axis == len(self.extents):
            running = self._turn(indices, running)
        else:
            nodes = list(running)

            def body(index: Scalar, *phis: Scalar) -> Sequence[Value]:
                after = self._level(
                    axis + 1, (*indices, index), dict(zip(nodes, phis, strict=True))
                )
                return [after[node] for node in nodes]

            results = self.b.loop(self.extents[axis], body, [running[node] for node in nodes])
            running = dict(zip(nodes, results, strict=True))
        for node in starting:
            self._deposit(node, indices, running.pop(node))
        return running

    def _deposit(self, node: Apply, indices: Indices, value: Value) -> None:
        """Put the result of a run of reduced axes where it belongs."""
        b, total = self.b, self.nest.totals[node]
        if len(self.extents) == 1 and not total.extents:
            where: Indices = ()
        else:
            where = tuple(indices[axis] for axis in node.op.kept(node.inputs[0]))
        if not self.nest._in_register(node):
            value = self._combined(node, b.load(total, where), value, False)
        b.store(total, where, value)

    def _combined(self, node: Apply, old: Value, new: Value, reassociable: bool) -> Value:
        fn = REDUCE_KINDS[node.op.kind].combine
        reassociable = reassociable and np.dtype(old.dtype).kind == "f"
        return self.b.compute(
            fn, old.dtype, old, self.b.cast(new, old.dtype), reassociable=reassociable
        )

    def _turn(self, indices: Indices, running: dict[Apply, Value]) -> dict[Apply, Value]:
        """All nodes of the group for one point of the space."""
        b = self.b
        values: dict[Variable, Value] = dict(self.scalars)
        for variable, view in self.views.items():
            values[variable] = b.load(view, indices)
        for node in self.nest.group.nodes:
            args = [values[variable] for variable in node.inputs]
            if isinstance(node.op, Elemwise):
                output = node.outputs[0]
                value = b.apply(node.op.scalar, output.type.dtype, args)
                values[output] = value
                if output in self.targets:
                    b.store(self.targets[output], indices, value)
            else:
                value = args[0]
                if node.op.kind in ("all", "any") and value.dtype != "bool":
                    value = b.apply(scalar_named("neq"), "bool", [value, Literal(0, value.dtype)])
                running[node] = self._combined(node, running[node], value, True)
        return running
