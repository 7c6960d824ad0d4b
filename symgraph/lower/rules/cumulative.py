"""Lower what is accumulated along an axis to loops: along the last axis with the state in a
register, along others row by row, so that the innermost loop runs along memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.values import ONE, Buffer, Literal, Scalar, Value
from symgraph.lower.writing.builder import Builder
from symgraph.ops.reduce import REDUCE_KINDS

Indices = tuple[Value, ...]
# A state from the one before it and an element's indices.
Step = Callable[[Value, Indices], Value]


def cumulative(b: Builder, node: Apply) -> None:
    op, x, out = node.op, b.along_rows(node.inputs[0]), b.home(node.outputs[0])
    kind, work = REDUCE_KINDS[op.kind], _work(out)
    identity = np.dtype(work).type(kind.identity)
    if op.kind == "sum" and not op.delayed:
        # The first sum is the first element, a negative zero too.
        identity = -identity
    first = Literal(identity.item(), work)

    def step(state: Value, at: Indices) -> Value:
        element = b.cast(b.load(x, at), work)
        # Back ends may add up several elements before what stands before them.
        return b.compute(kind.combine, work, state, element, reassociable=op.kind == "sum")

    before, behind = (_same, step) if op.delayed else (step, _same)
    _Walk(b, out, op.axis, op.backwards, first, before, behind).write()
    b.bind(node.outputs[0], out)


def linear_recurrence(b: Builder, node: Apply) -> None:
    op = node.op
    factors, terms = map(b.along_rows, node.inputs)
    for axis, (one, other) in enumerate(zip(factors.extents, terms.extents, strict=True)):
        message = f"a recurrence of arrays with the extents {{0}} and {{1}} on axis {axis}"
        if one is not other:
            b.check(b.test("eq", one, other), message, (one, other), node)
    out = b.home(node.outputs[0])
    work = _work(out)

    def times(state: Value, at: Indices) -> Value:
        return b.compute("mul_zero", work, state, b.cast(b.load(factors, at), work))

    def plus(state: Value, at: Indices) -> Value:
        return b.compute("add", work, state, b.cast(b.load(terms, at), work))

    def both(state: Value, at: Indices) -> Value:
        return plus(times(state, at), at)

    first = Literal(np.dtype(work).type(0).item(), work)
    before, behind = (plus, times) if op.delayed else (both, _same)
    _Walk(b, out, op.axis, op.backwards, first, before, behind).write()
    b.bind(node.outputs[0], out)


def _work(out: Buffer) -> str:
    return "float32" if out.dtype == "float16" else out.dtype


def _same(state: Value, at: Indices) -> Value:
    return state


@dataclass
class _Walk:
    """A walk along an axis of `out`: the state, `first` at the beginning, becomes
    `before(state, at)`, which is stored at each place, and then `behind(state, at)`."""

    b: Builder
    out: Buffer
    axis: int
    backwards: bool
    first: Value
    before: Step
    behind: Step

    @property
    def is_last(self) -> bool:
        return self.axis == len(self.out.extents) - 1

    def place(self, turn: Value) -> Value:
        if not self.backwards:
            return turn
        last = self.b.integer("sub", self.out.extents[self.axis], ONE)
        return self.b.integer("sub", last, turn)

    def element(self, state: Value, at: Indices) -> Value:
        """Write one element, and return the state behind it."""
        state = self.before(state, at)
        self.b.store(self.out, at, self.b.cast(state, self.out.dtype))
        return self.behind(state, at)

    def write(self) -> None:
        b, extents = self.b, self.out.extents
        if self.is_last:
            with b.kernel():
                b.nest(extents[:-1], self._row)
            return
        states = b.new(self.first.dtype, [e for a, e in enumerate(extents) if a != self.axis])
        with b.kernel():
            b.nest(extents[: self.axis], lambda at: self._rows(states, at))

    def _row(self, at: Indices) -> None:
        def turn(i: Scalar, state: Scalar) -> Sequence[Value]:
            return [self.element(state, (*at, self.place(i)))]

        self.b.loop(self.out.extents[-1], turn, [self.first])

    def _rows(self, states: Buffer, at: Indices) -> None:
        """Go through the rows behind the axis, by blocks of columns where each is one line."""
        b, inner = self.b, self.out.extents[self.axis + 1 :]

        def part(sizes: Sequence[Value], start: Value) -> None:
            def moved(column: Indices) -> Indices:
                return (*column[:-1], b.integer("add", column[-1], start))

            def visit(i: Value, column: Indices) -> None:
                here = moved(column)
                state = b.load(states, (*at, *here))
                b.store(states, (*at, *here), self.element(state, (*at, self.place(i), *here)))

            b.nest(sizes, lambda c: b.store(states, (*at, *moved(c)), self.first))
            b.loop(self.out.extents[self.axis], lambda i: b.nest(sizes, lambda c: visit(i, c)))

        most = b.target.near_columns
        if len(inner) > 1 or (isinstance(inner[0], Literal) and inner[0].value <= most):
            part(inner, Literal(0))
            return
        width = Literal(most)
        blocks = b.integer("floor_div", b.integer("add", inner[0], Literal(most - 1)), width)

        def block(number: Scalar) -> None:
            start = b.integer("mul", number, width)
            part([b.integer("minimum", width, b.integer("sub", inner[0], start))], start)

        b.loop(blocks, block)
