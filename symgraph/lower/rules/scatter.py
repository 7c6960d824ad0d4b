"""Lower writes to selected elements: compute the place of each value."""

from collections.abc import Sequence

from symgraph.graph import Apply
from symgraph.lower.extents.table import Extents, ExtentTable
from symgraph.lower.program.values import Value
from symgraph.lower.rules.gather import Gather
from symgraph.lower.rules.slices import located, spread
from symgraph.lower.writing.builder import Builder
from symgraph.ops import AdvancedIncSubtensor


def selected_extents(node: Apply, table: ExtentTable) -> Extents:
    """Return the extents of the part of its first input that an IncSubtensor writes to."""
    x, _, *indices = node.inputs
    part = node.op.selected(x, *indices).owner
    (extents,) = part.op.infer_shape(part, [table[v] for v in part.inputs])
    return tuple(table.intern(extent) for extent in extents)


class Scatter:
    """The memory of a node's result, and the place in it of each element of the selected part. All
    checks are written first, and after them the copy of the unchanged elements, so that the node
    may work in place."""

    def __init__(self, b: Builder, node: Apply, extents: Sequence[Value]) -> None:
        x, _, *indices = node.inputs
        source = b.buffer(x)
        self.b = b
        self.node = node
        self.out = b.new(source.dtype, source.extents)
        self._gather: Gather | None = None
        if isinstance(node.op, AdvancedIncSubtensor):
            self._gather = Gather(b, node, self.out, node.op.template, indices, extents)
            self._part = self._gather.part
        else:
            self._part = located(b, node, node.op.template, self.out, indices)
        self._source = source

    def copy(self) -> None:
        """Copy the array that is written into to the result."""
        self.b.copy(self._source, self.out)

    def store(self, at: Sequence[Value], value: Value) -> None:
        """Set the element of the part at `at`, or add to it."""
        b, part = self.b, self._part
        place = at if self._gather is None else self._gather.source(at)
        value = b.cast(value, part.dtype)
        if not self.node.op.set:
            fn = "or_" if part.dtype == "bool" else "add"
            value = b.compute(fn, part.dtype, b.load(part, place), value)
        b.store(part, place, value)


def inc_subtensor(b: Builder, node: Apply) -> None:
    """Write the scatter by itself; loops that compute the values can store them directly (see
    `symgraph.lower.fusion.scatters`)."""
    extents = [b.extent(e) for e in selected_extents(node, b.table)]
    target = Scatter(b, node, extents)
    value = spread(b, node, b.buffer(node.inputs[1]), extents)
    target.copy()
    with b.kernel():
        b.nest(extents, lambda at: target.store(at, b.load(value, at)))
    b.bind(node.outputs[0], target.out)
