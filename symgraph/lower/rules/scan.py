"""Lower scans: the body is written inline, within a loop of the host program.

The entry of a sequence is a view of the sequence. The kept values of a state lie in one buffer: the
initial values and then an entry for each step, or the last values alone; taps are views of it. New
values are stored there when a step has computed all of them.
"""

from collections.abc import Sequence

from symgraph.graph import Apply, Variable
from symgraph.lower.program.types import If, Loop
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Value
from symgraph.lower.rules.scan_memory import Stack, StateMemory, entry
from symgraph.lower.writing.builder import Builder
from symgraph.ops.scan import Scan


def scan(b: Builder, node: Apply) -> None:
    _Scan(b, node).write()


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
            StateMemory(b, state, initial, self.n_steps)
            for state, initial in zip(self.op.states, initials, strict=True)
        ]
        states = len(self.op.states)
        self.stacks = [Stack(b, v, self.n_steps) for v in node.outputs[states:-1]]
        # 0-d variables that steps read are read before the loop.
        for variable in self.parts.others:
            b.buffer(variable)
        # Outputs that are the same value of the body: the number of the first one, by number.
        self.same: dict[int, int] = {}
        steps = self._until() if self.op.until else self._all_steps()
        b.bind_scalar(node.outputs[-1], steps)
        for history, variable in zip(self.histories, node.outputs, strict=False):
            b.bind(variable, history.kept(b.extents(variable), steps))
            if not history.is_ring:
                b.keep_history(variable, history.buffer)
        for number, (stack, variable) in enumerate(
            zip(self.stacks, node.outputs[states:], strict=False), states
        ):
            if number in self.same:
                b.bind(variable, b.buffers[node.outputs[self.same[number]]])
                b.forget(stack.buffer)
            else:
                b.bind(variable, stack.kept(b.extents(variable)))

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
        self.b.append(loop)
        return self.n_steps

    def _until(self) -> Value:
        """Write the loop with a condition, and return the number of steps made; later ones do
        nothing."""
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
            b.append(goes_on)
        b.append(loop)
        return b.load(made)

    def _step(self, step: Value) -> Value:
        """Write a step; return the condition that ends the loop, if there is one."""
        b, op = self.b, self.op
        self._give_inputs(step)
        targets = [
            *(history.new(step) for history in self.histories),
            *(stack.new(step) for stack in self.stacks),
        ]
        outputs = b.write_inner(op.body.inputs, op.body.outputs, targets)
        first: dict[Variable, int] = {}
        for number, (variable, target) in enumerate(zip(outputs, targets, strict=False)):
            if self._has(number, first.setdefault(variable, number)):
                self.same[number] = first[variable]
            else:
                self._deliver(number, variable, target)
        return b.scalar(outputs[-1]) if op.until else ZERO

    def _give_inputs(self, step: Value) -> None:
        """Give the body's inputs their extents and buffers."""
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
                self.b.bind_scalar(formal, self.b.scalars[variable])

    def _give(self, formal: Variable, extents: Sequence[int | Variable], buffer: Buffer) -> None:
        b, known = self.b, formal.type.shape
        for axis, (wanted, have) in enumerate(zip(known, buffer.extents, strict=True)):
            if wanted is not None:
                message = f"{self.op}: {formal} has extent {{0}} on axis {axis}, not {wanted}"
                b.check(b.test("eq", have, Literal(wanted)), message, (have,), self.node)
        b.table.add_formal(formal, extents)
        b.bind(formal, buffer)

    def _has(self, number: int, other: int) -> bool:
        """Return whether the memory of another output, of the same value, also serves this one."""
        states = len(self.op.states)
        if other == number or number < states:
            return False
        if other < states:
            return not self.histories[other].is_ring
        return self.stacks[other - states].backwards == self.stacks[number - states].backwards

    def _deliver(self, number: int, variable: Variable, target: Buffer) -> None:
        """Store an output of the body in its target buffer, unless it lies there already."""
        b, states = self.b, len(self.op.states)
        if variable in b.scalars and not target.extents:
            b.store(target, (), b.cast(b.scalars[variable], target.dtype))
            return
        buffer = b.buffer(variable)
        if buffer is target:
            return
        if number < states:
            what, others = f"the new value of state {number} has", "the state has"
        else:
            what, others = f"a step gives output {number - states}", "others"
        for axis, (have, want) in enumerate(zip(buffer.extents, target.extents, strict=True)):
            message = f"{self.op}: {what} extent {{0}} on axis {axis}, {others} {{1}}"
            b.check(b.test("eq", have, want), message, (have, want), self.node)
        b.copy(buffer, target)
