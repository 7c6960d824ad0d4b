"""Where loops keep what their steps compute."""

from collections.abc import Sequence

from symgraph.graph import Variable
from symgraph.lower.program.values import ONE, ZERO, Buffer, BufferKind, Literal, Value
from symgraph.lower.writing.builder import Builder
from symgraph.ops.scan_parts import ScanState


class StateMemory:
    """Where the values of a state lie: `depth` initial ones, and behind them the new ones. Where
    only the last are kept they lie in a ring that has room for one more: so a step can compute its
    new value where it is to lie, while the older ones are read."""

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
        """The value of this number, the initial ones counted."""
        if self.is_ring:
            place = self.b.integer("mod", place, Literal(self.state.depth + 1))
        return entry(self.b, self.buffer, place, part)

    def tap(self, step: Value, tap: int) -> Buffer:
        """The value that the step sees `tap` (negative) steps back."""
        return self.at(self.b.integer("add", step, Literal(self.state.depth + tap)), tap)

    def new(self, step: Value) -> Buffer:
        """Where the step's own value is to lie."""
        return self.at(self.b.integer("add", step, Literal(self.state.depth)), 0)

    def kept(self, extents: Sequence[Value], steps: Value) -> Buffer:
        """What the loop leaves of it."""
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
    """x[place]"""
    start = b.integer("mul", place, x.strides[0])
    view = b.view(x, x.extents[1:], x.strides[1:], start)
    if x.contiguous:
        view.kind = BufferKind.RESHAPED
    view.part = part
    return view


class Stack:
    """What the steps give of one output, in their order; from the last to the first where it is
    never read otherwise than so."""

    def __init__(self, b: Builder, variable: Variable, n_steps: Value) -> None:
        self.b = b
        self.n_steps = n_steps
        self.backwards = variable in b.backwards
        inner = (b.extent(extent) for extent in b.table[variable][1:])
        self.buffer = b.new(variable.type.dtype, (n_steps, *inner))

    def new(self, step: Value) -> Buffer:
        """Where the step's own value is to lie."""
        b = self.b
        if self.backwards:
            step = b.integer("sub", b.integer("sub", self.n_steps, ONE), step)
        return entry(b, self.buffer, step, 0)

    def kept(self, extents: Sequence[Value]) -> Buffer:
        """What the loop leaves of it."""
        b, (first, *others) = self.b, self.buffer.strides
        straight = b.view(self.buffer, extents, self.buffer.strides)
        if not self.backwards:
            return straight
        last = b.integer("mul", b.integer("sub", self.n_steps, ONE), first)
        turned = b.view(self.buffer, extents, (b.integer("neg", first), *others), last)
        b.bind_reversed(turned, straight)
        return turned
