"""Lower indexing by arrays of integers."""

from collections.abc import Sequence

from symgraph.graph import Apply, Variable
from symgraph.lower.program.values import ONE, ZERO, Buffer, BufferKind, Literal, Value
from symgraph.lower.rules.slices import located, spread, wrapped
from symgraph.lower.rules.views import product
from symgraph.lower.writing.builder import Builder
from symgraph.ops.advanced_subtensor import array_axes, array_position
from symgraph.ops.creation import Arange, counts_from_zero
from symgraph.ops.subtensor import Slice, Template, bind

Indices = tuple[Value, ...]


class Gather:
    """The addresses of the elements that arrays of integers select in `x`."""

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
        # With all slices applied; axes with an array index are still whole.
        whole = tuple(e if isinstance(e, Slice) else Slice() for e in template)
        bounds = [v for e in inner for v in e if v is not None]
        self.part = located(b, node, whole, x, bounds)
        common = self.extents[self.position : self.position + self.common]
        self.indices: dict[int, Buffer] = {}
        self.counting: set[int] = set()
        for axis in self.arrays:
            if self._is_counting(entries[axis], common):
                self.counting.add(axis)
                self._check_counting(node, common[0], x.extents[axis], axis)
                continue
            index = b.buffer(entries[axis])
            self.indices[axis] = spread(b, node, index, common)
            # As in NumPy: a single number is checked even where nothing is then selected.
            checked = self.indices[axis] if index.extents else index
            self._check_bounds(node, checked, x.extents[axis], axis)

    def _is_counting(self, index: Variable, common: Sequence[Value]) -> bool:
        """Return whether the index of an element is its own position: 0, 1, 2 and so on."""
        if index.owner is None or not isinstance(index.owner.op, Arange):
            return False
        if not counts_from_zero(index.owner):
            return False
        return index.type.dtype == "int64" and self.b.extents(index) == tuple(common)

    def _check_counting(self, node: Apply, count: Value, size: Value, axis: int) -> None:
        """Check that positions are in bounds: the first that is not is the size of the axis."""
        fits = self.b.test("le", count, size)
        self.b.check(fits, _out_of_bounds(axis), (size, size), node, IndexError)

    def _check_bounds(self, node: Apply, index: Buffer, size: Value, axis: int) -> None:
        """Check all indices before any is used: one pass finds the smallest and the largest."""
        b = self.b
        key = (index.root, index.extents, index.strides, index.offset, size)
        if not b.check_once(key):
            return
        extremes = b.new("int64", (Literal(2),))
        flat = _flat(b, index)

        def level(at: Indices, low: Value, high: Value) -> Sequence[Value]:
            if len(at) < len(flat.extents):
                extent = flat.extents[len(at)]
                return b.loop(extent, lambda i, *both: level((*at, i), *both), (low, high))
            value = b.cast(b.load(flat, at), "int64")
            return [b.integer("minimum", low, value), b.integer("maximum", high, value)]

        with b.kernel():
            for position, value in enumerate(level((), ZERO, Literal(-1))):
                b.store(extremes, (Literal(position),), value)
        low, high = (b.load(extremes, (Literal(position),)) for position in range(2))
        is_low = b.test("lt", low, b.integer("neg", size))
        fits = b.test("and_", b.test("invert", is_low), b.test("lt", high, size))
        wrong = b.integer("switch", is_low, low, high)
        b.check(fits, _out_of_bounds(axis), (wrong, size), node, IndexError)

    def source(self, at: Sequence[Value]) -> tuple[Value, ...]:
        """Return the indices into `part` of the element at `at` in the result."""
        b = self.b
        chosen = at[self.position : self.position + self.common]
        plain = iter([*at[: self.position], *at[self.position + self.common :]])
        result: list[Value] = []
        for axis in range(len(self.part.extents)):
            if axis in self.counting:
                result.append(chosen[0])
            elif axis in self.indices:
                index = b.cast(b.load(self.indices[axis], chosen), "int64")
                result.append(wrapped(b, index, self.part.extents[axis]))
            else:
                result.append(next(plain))
        return tuple(result)

    def load(self, at: Sequence[Value]) -> Value:
        """Load the element at `at` in the result."""
        return self.b.load(self.part, self.source(at))


def _out_of_bounds(axis: int) -> str:
    return f"index {{0}} is out of bounds for axis {axis} with size {{1}}"


def _flat(b: Builder, x: Buffer) -> Buffer:
    """Return `x` as a vector where it is known to be contiguous."""
    owner = x.base if x.kind is BufferKind.VIEW else x
    if owner is None or not owner.contiguous or owner.strides != x.strides:
        return x
    if owner.extents != x.extents or x.offset != owner.offset or len(x.extents) < 2:
        return x
    return b.view(owner, (product(b, x.extents),), (ONE,))


def gather_of(b: Builder, node: Apply) -> Gather:
    """Return the elements of an AdvancedSubtensor's result, and check its indices."""
    x, *indices = node.inputs
    return Gather(b, node, b.buffer(x), node.op.template, indices, b.extents(node.outputs[0]))


def advanced_subtensor(b: Builder, node: Apply) -> None:
    """Write the gather by itself; loops that use the result load the elements of `gather_of`."""
    gather = gather_of(b, node)
    out = b.new(node.outputs[0].type.dtype, gather.extents)
    with b.kernel():
        b.nest(out.extents, lambda i: b.store(out, i, gather.load(i)))
    b.bind(node.outputs[0], out)
