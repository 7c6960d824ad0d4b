"""Indexing by arrays of integers."""

from collections.abc import Sequence

from symgraph.graph import Apply, Variable
from symgraph.lower.builder import Builder
from symgraph.lower.program import ONE, ZERO, Buffer, Literal, Value
from symgraph.lower.rules.slices import located, spread, wrapped, write
from symgraph.ops.advanced_subtensor import array_axes, array_position
from symgraph.ops.subtensor import Slice, Template, bind


class _Gather:
    """The address of each element that arrays of integers select in `x`."""

    def __init__(
        self,
        b: Builder,
        node: Apply,
        x: Buffer,
        template: Template,
        inputs: Sequence[Variable],
        extents: Sequence[Value],
    ) -> None:
        self.b = b
        self.template = template
        entries = bind(template, inputs)
        self.extents = tuple(extents)
        self.arrays = array_axes(template)
        self.common = max(entries[axis].type.ndim for axis in self.arrays)
        self.position = array_position(template)
        inner = [
            e if isinstance(template[axis], Slice) else (None, None, None)
            for axis, e in enumerate(entries)
        ]
        # All slices applied; what arrays index is still whole.
        whole = tuple(e if isinstance(e, Slice) else Slice() for e in template)
        bounds = [v for e in inner for v in e if v is not None]
        self.part = located(b, node, whole, x, bounds)
        common = self.extents[self.position : self.position + self.common]
        self.indices: dict[int, Buffer] = {}
        for axis in self.arrays:
            index = b.buffer(entries[axis])
            self.indices[axis] = spread(b, node, index, common)
            # As in NumPy: a single number is checked also where nothing is then selected.
            checked = self.indices[axis] if index.extents else index
            self._check_bounds(node, checked, x.extents[axis], axis)

    def _check_bounds(self, node: Apply, index: Buffer, size: Value, axis: int) -> None:
        """One pass over the indices before any is used."""
        b = self.b
        worst = b.new("int64", ())
        b.store(worst, (), ZERO)
        with b.kernel():

            def turn(i: Sequence[Value]) -> None:
                value = b.cast(b.load(index, i), "int64")
                low = b.test("lt", value, b.integer("neg", size))
                bad = b.test("or_", low, b.test("ge", value, size))
                old = b.load(worst, ())
                code = b.integer("add", b.integer("mul", value, Literal(2)), ONE)
                b.store(worst, (), b.integer("switch", bad, code, old))

            b.nest(index.extents, turn)
        found = b.load(worst, ())
        wrong = b.integer("floor_div", found, Literal(2))
        message = f"index {{0}} is out of bounds for axis {axis} with size {{1}}"
        b.check(b.test("eq", found, ZERO), message, (wrong, size), node)

    def source(self, at: Sequence[Value]) -> tuple[Value, ...]:
        """The indices into `part` of the element at `at` in the result."""
        b = self.b
        chosen = at[self.position : self.position + self.common]
        plain = iter([*at[: self.position], *at[self.position + self.common :]])
        result: list[Value] = []
        for axis in range(len(self.part.extents)):
            if axis in self.indices:
                index = b.cast(b.load(self.indices[axis], chosen), "int64")
                result.append(wrapped(b, index, self.part.extents[axis]))
            else:
                result.append(next(plain))
        return tuple(result)


def advanced_subtensor(b: Builder, node: Apply) -> None:
    x, *indices = node.inputs
    extents = b.extents(node.outputs[0])
    gather = _Gather(b, node, b.buffer(x), node.op.template, indices, extents)
    out = b.new(node.outputs[0].type.dtype, extents)
    with b.kernel():
        b.nest(extents, lambda i: b.store(out, i, b.load(gather.part, gather.source(i))))
    b.buffers[node.outputs[0]] = out


def advanced_inc_subtensor(b: Builder, node: Apply) -> None:
    x, y, *indices = node.inputs
    source = b.buffer(x)
    selected = node.op.selected(x, *indices).owner
    b.table.of[selected.outputs[0]] = tuple(
        b.table.intern(e)
        for e in selected.op.infer_shape(selected, [b.table[v] for v in selected.inputs])[0]
    )
    extents = b.extents(selected.outputs[0])
    out = b.new(source.dtype, source.extents)
    b.copy(source, out)
    gather = _Gather(b, node, out, node.op.template, indices, extents)
    value = spread(b, node, b.buffer(y), extents)
    with b.kernel():
        b.nest(
            extents,
            lambda i: write(b, node, gather.part, gather.source(i), b.load(value, i)),
        )
    b.buffers[node.outputs[0]] = out
