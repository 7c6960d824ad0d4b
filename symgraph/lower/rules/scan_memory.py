"""Lay out the memory in which scans keep the values of their steps."""

from collections.abc import Sequence

from symgraph.graph import Variable
from symgraph.lower.program.values import ONE, ZERO, Buffer, BufferKind, Literal, Value
from symgraph.lower.writing.builder import Builder
from symgraph.ops.scan_parts import ScanState


class StateMemory:
    """The memory of a state's values: `depth` initial ones, followed by the new ones. Where only
    the last are kept, it is a ring buffer with room for one more, so that a step can store its new
    value while the older ones are read."""

    def __init__(self, b: Builder, state: ScanState, initial: Buffer, n_steps: Value) -> None:
        self.b = b
        self.state = state
        depth: Value = Literal(state.depth)
        self.is_ring = state.keep == "last"
        count: Value = Literal(state.depth + 1)
        if not self.is_ring:
            count = b.integer("saturated_add", depth, n_steps)
        self.entry = initial.extents[1:]
        self.buffer = b.new(initial.dtype, (count, *self.entry))
        b.copy(initial, b.view(self.buffer, (depth, *self.entry), self.buffer.strides))

    def at(self, place: Value, part: int | None = None) -> Buffer:
        """Return the value with this number, counted from the first initial one."""
        if self.is_ring:
            place = self.b.integer("mod", place, Literal(self.state.depth + 1))
        return entry(self.b, self.buffer, place, part)

    def tap(self, step: Value, tap: int) -> Buffer:
        """Return the value that lies `tap` (negative) steps before this step's own."""
        return self.at(self.b.integer("add", step, Literal(self.state.depth + tap)), tap)

    def new(self, step: Value) -> Buffer:
        """Return the buffer of the step's own value."""
        return self.at(self.b.integer("add", step, Literal(self.state.depth)), 0)

    def kept(self, extents: Sequence[Value], steps: Value) -> Buffer:
        """Return the values that the loop keeps of the state."""
        b, depth = self.b, self.state.depth
        if not self.is_ring:
            start = b.integer("mul", Literal(depth), self.buffer.strides[0])
            return b.view(self.buffer, extents, self.buffer.strides, start)
        if depth == 1:
            last = self.at(steps)
            return b.view(last, extents, (ZERO, *last.strides))
        kept = b.new(self.buffer.dtype, extents)
        for number in range(depth):
            value = self.at(b.integer("add", steps, Literal(number)))
            b.copy(value, entry(b, kept, Literal(number)))
        return kept


def entry(b: Builder, x: Buffer, place: Value, part: int | None = None) -> Buffer:
    """Return x[place]."""
    start = b.integer("mul", place, x.strides[0])
    view = b.view(x, x.extents[1:], x.strides[1:], start)
    if x.contiguous:
        view.kind = BufferKind.RESHAPED
    view.part = part
    return view


class Stack:
    """The values of one output, one for each step in order; in reverse order where it is only read
    reversed."""

    def __init__(self, b: Builder, variable: Variable, n_steps: Value) -> None:
        self.b = b
        self.n_steps = n_steps
        self.backwards = variable in b.backwards
        inner = (b.extent(extent) for extent in b.table[variable][1:])
        self.buffer = b.new(variable.type.dtype, (n_steps, *inner))

    def new(self, step: Value) -> Buffer:
        """Return the buffer of the step's own value."""
        b = self.b
        if self.backwards:
            step = b.integer("sub", b.integer("sub", self.n_steps, ONE), step)
        return entry(b, self.buffer, step, 0)

    def kept(self, extents: Sequence[Value]) -> Buffer:
        """Return the values that the loop keeps of the output."""
        b, (first, *others) = self.b, self.buffer.strides
        straight = b.view(self.buffer, extents, self.buffer.strides)
        if not self.backwards:
            return straight
        last = b.integer("mul", b.integer("sub", self.n_steps, ONE), first)
        turned = b.view(self.buffer, extents, (b.integer("neg", first), *others), last)
        b.bind_reversed(turned, straight)
        return turned
