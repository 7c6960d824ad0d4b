"""Loops: a scan's body is written inline, within a loop of the host program.

A sequence's entry is a view of the sequence. What is kept of a state lies in one buffer: the
initial values and behind them an entry for each step, or the last values alone; taps are views
of it. New values are put there when a step has computed all of them.
"""

from collections.abc import Sequence

from symgraph.graph import Apply, Variable
from symgraph.lower.builder import Builder
from symgraph.lower.program import ONE, ZERO, Buffer, If, Literal, Loop, Value
from symgraph.ops.scan import Scan, State


def scan(b: Builder, node: Apply) -> None:
    _Scan(b, node).write()


class _History:
    """Where the values of a state lie: `depth` initial ones, then the new ones if all are kept."""

    def __init__(self, b: Builder, state: State, initial: Buffer, n_steps: Value) -> None:
        self.b = b
        self.state = state
        depth: Value = Literal(state.depth)
        count = b.integer("add", depth, n_steps) if state.keep == "all" else depth
        self.entry = initial.extents[1:]
        self.buffer = b.new(initial.dtype, (count, *self.entry))
        first = b.view(self.buffer, (depth, *self.entry), self.buffer.strides)
        b.copy(initial, first)

    def at(self, place: Value) -> Buffer:
        return entry(self.b, self.buffer, place)

    def tap(self, step: Value, tap: int) -> Buffer:
        """The value that the step sees `tap` (negative) steps back."""
        place: Value = Literal(self.state.depth + tap)
        if self.state.keep == "all":
            place = self.b.integer("add", step, place)
        return self.at(place)

    def push(self, step: Value, new: Buffer) -> None:
        b, depth = self.b, self.state.depth
        if self.state.keep == "all":
            b.copy(new, self.at(b.integer("add", step, Literal(depth))))
            return
        for place in range(depth - 1):
            b.copy(self.at(Literal(place + 1)), self.at(Literal(place)))
        b.copy(new, self.at(Literal(depth - 1)))

    def kept(self, extents: Sequence[Value]) -> Buffer:
        """What the loop leaves of it."""
        start: Value = ZERO
        if self.state.keep == "all":
            start = self.b.integer("mul", Literal(self.state.depth), self.buffer.strides[0])
        return self.b.view(self.buffer, extents, self.buffer.strides, start)


def entry(b: Builder, x: Buffer, place: Value) -> Buffer:
    """x[place]"""
    return b.view(x, x.extents[1:], x.strides[1:], b.integer("mul", place, x.strides[0]))


class _Scan:
    def __init__(self, b: Builder, node: Apply) -> None:
        self.b = b
        self.node = node
        op = node.op
        assert isinstance(op, Scan)
        self.op = op
        self.parts = op.parts(node.inputs)
        self.n_steps = b.extent(b.table.intern(self.parts.n_steps))

    def write(self) -> None:
        b, node = self.b, self.node
        sequences = [b.buffer(v) for v in self.parts.sequences]
        initials = [b.buffer(v) for v in self.parts.initials]
        self._check(sequences, initials)
        self.sequences = sequences
        self.histories = [
            _History(b, state, initial, self.n_steps)
            for state, initial in zip(self.op.states, initials, strict=True)
        ]
        outputs = node.outputs[len(self.op.states) : -1]
        self.stacks = [
            b.new(v.type.dtype, (self.n_steps, *map(b.extent, b.table[v][1:]))) for v in outputs
        ]
        # What steps read of 0-d variables is read before the loop.
        for variable in self.parts.others:
            b.buffer(variable)
        steps = self._until() if self.op.until else self._all_steps()
        b.scalars[node.outputs[-1]] = steps
        for history, variable in zip(self.histories, node.outputs, strict=False):
            b.buffers[variable] = history.kept(b.extents(variable))
        for stack, variable in zip(self.stacks, outputs, strict=True):
            b.buffers[variable] = b.view(stack, b.extents(variable), stack.strides)

    def _check(self, sequences: Sequence[Buffer], initials: Sequence[Buffer]) -> None:
        b, node, op = self.b, self.node, self.op
        message = f"{op}: the number of steps is negative: {{0}}"
        b.check(b.test("ge", self.n_steps, ZERO), message, (self.n_steps,), node)
        for number, sequence in enumerate(sequences):
            have = sequence.extents[0]
            if have is not self.n_steps:
                message = f"{op}: {{0}} steps, but sequence {number} has {{1}} entries for them"
                enough = b.test("le", self.n_steps, have)
                b.check(enough, message, (self.n_steps, have), node)
        for number, (state, initial) in enumerate(zip(op.states, initials, strict=True)):
            have = initial.extents[0]
            message = (
                f"{op}: state {number} has taps {list(state.taps)}, so {state.depth} initial"
                f" value{'s' * (state.depth > 1)} needed, not {{0}}"
            )
            b.check(b.test("eq", have, Literal(state.depth)), message, (have,), node)

    def _all_steps(self) -> Value:
        loop = Loop(self.b.fresh("int64", "i"), self.n_steps)
        with self.b.scope(loop.body):
            self._step(loop.index)
        self.b.block.append(loop)
        return self.n_steps

    def _until(self) -> Value:
        """The steps made; those behind the last do nothing."""
        b = self.b
        made, over = b.new("int64", ()), b.new("bool", ())
        b.store(made, (), ZERO)
        b.store(over, (), Literal(False, "bool"))
        loop = Loop(b.fresh("int64", "i"), self.n_steps)
        with b.scope(loop.body):
            goes_on = If(b.test("invert", b.load(over)), [], [])
            with b.scope(goes_on.then):
                condition = self._step(loop.index)
                b.store(over, (), condition)
                b.store(made, (), b.integer("add", loop.index, ONE))
            b.block.append(goes_on)
        b.block.append(loop)
        return b.load(made)

    def _step(self, step: Value) -> Value:
        """All that a step does; the condition that ends the loop, if there is one."""
        b, op = self.b, self.op
        self._give_inputs(step)
        outputs = b.write_inner(op.body.inputs, op.body.outputs)
        states, stacked = len(op.states), len(self.stacks)
        condition: Value = b.scalar(outputs[-1]) if op.until else ZERO
        for number, variable in enumerate(outputs[states : states + stacked]):
            self._stack(number, step, variable)
        new = [
            self._new_value(number, variable) for number, variable in enumerate(outputs[:states])
        ]
        for history, value in zip(self.histories, new, strict=True):
            history.push(step, value)
        return condition

    def _give_inputs(self, step: Value) -> None:
        """The body's inputs have extents, and lie somewhere."""
        table, parts, formals = self.b.table, self.parts, self.op.formals()
        for formal, variable, sequence in zip(
            formals.sequences, parts.sequences, self.sequences, strict=True
        ):
            self._give(formal, table[variable][1:], entry(self.b, sequence, step))
        for taps, variable, history in zip(
            formals.taps, parts.initials, self.histories, strict=True
        ):
            for formal, tap in zip(taps, history.state.taps, strict=True):
                self._give(formal, table[variable][1:], history.tap(step, tap))
        for formal, variable in zip(formals.others, parts.others, strict=True):
            self._give(formal, table[variable], self.b.buffer(variable))
            if variable in self.b.scalars:
                self.b.scalars[formal] = self.b.scalars[variable]

    def _give(self, formal: Variable, extents: Sequence[int | Variable], buffer: Buffer) -> None:
        b, known = self.b, formal.type.shape
        for axis, (wanted, have) in enumerate(zip(known, buffer.extents, strict=True)):
            if wanted is not None:
                message = f"{self.op}: {formal} has extent {{0}} on axis {axis}, not {wanted}"
                b.check(b.test("eq", have, Literal(wanted)), message, (have,), self.node)
        b.table.of[formal] = tuple(
            e if k is None else k for k, e in zip(known, extents, strict=True)
        )
        b.buffers[formal] = buffer

    def _new_value(self, number: int, variable: Variable) -> Buffer:
        """Of a state, in memory that no push overwrites."""
        b = self.b
        buffer, entry = b.buffer(variable), self.histories[number].entry
        for axis, (have, want) in enumerate(zip(buffer.extents, entry, strict=True)):
            message = (
                f"{self.op}: the new value of state {number} has extent {{0}} on axis {axis}, the"
                " state has {1}"
            )
            b.check(b.test("eq", have, want), message, (have, want), self.node)
        overwritten = {h.buffer for h in self.histories if h.state.keep == "last"}
        if buffer.root in overwritten:
            copy = b.new(buffer.dtype, buffer.extents)
            b.copy(buffer, copy)
            return copy
        return buffer

    def _stack(self, number: int, step: Value, variable: Variable) -> None:
        b, stack = self.b, self.stacks[number]
        buffer = b.buffer(variable)
        for axis, (have, want) in enumerate(zip(buffer.extents, stack.extents[1:], strict=True)):
            message = (
                f"{self.op}: a step gives output {number} extent {{0}} on axis {axis}, others {{1}}"
            )
            b.check(b.test("eq", have, want), message, (have, want), self.node)
        b.copy(buffer, entry(b, stack, step))
