"""The structure of a loop: the roles of its inputs and outputs, and of those of its body."""

from collections.abc import Sequence
from typing import Any

from symgraph.graph import Apply, Variable
from symgraph.ops.inner_graph import InnerGraph, InnerGraphOp
from symgraph.ops.scan_parts import Formals, ScanInputs, ScanState


class ScanStructure(InnerGraphOp):
    """The structural part of a `Scan`, which adds types, evaluation and derivatives."""

    __props__ = ("body", "sequences", "states", "until", "truncate")

    def __init__(
        self,
        body: InnerGraph,
        sequences: int,
        states: Sequence[ScanState],
        until: bool = False,
        truncate: int = -1,
        name: str | None = None,
    ) -> None:
        self.body = body
        self.sequences = sequences
        self.states = tuple(states)
        self.until = until
        self.truncate = truncate
        self.name = name
        self.stacked = len(body.outputs) - len(self.states) - until
        self.others = len(body.inputs) - sequences - sum(len(s.taps) for s in self.states)
        if self.stacked < 0 or self.others < 0:
            raise ValueError(f"{self}: the body has too few inputs or outputs")

    def __str__(self) -> str:
        return f"Scan{{{self.name}}}" if self.name else "Scan"

    __repr__ = __str__

    @property
    def title(self) -> str:
        """Return the name of the loop in messages."""
        return f"scan {self.name!r}" if self.name else "scan"

    def keeps_last(self, output: int) -> bool:
        """Return whether an output holds the last values of a state, including initial ones where
        there are not as many steps."""
        return output < len(self.states) and self.states[output].keep == "last"

    # --- the parts ---

    def bodies(self) -> tuple[InnerGraph, ...]:
        return (self.body,)

    def parts(self, inputs: Sequence[Any]) -> ScanInputs:
        """Return the node's inputs, or any sequence with one entry per input, by role."""
        first = 1 + self.sequences
        second = first + len(self.states)
        return ScanInputs(inputs[0], inputs[1:first], inputs[first:second], inputs[second:])

    def formals(self, inputs: Sequence[Any] | None = None) -> Formals:
        """Return the body's inputs, or any sequence with one entry per input, by role."""
        inputs = self.body.inputs if inputs is None else inputs
        position = self.sequences
        taps = []
        for state in self.states:
            taps.append(inputs[position : position + len(state.taps)])
            position += len(state.taps)
        return Formals(inputs[: self.sequences], taps, inputs[position:])

    def around(self, inputs: Sequence[Variable]) -> list[list[tuple[Variable, int]]]:
        parts = self.parts(inputs)
        found = [(variable, 1) for variable in parts.sequences]
        for state, initial in zip(self.states, parts.initials, strict=True):
            found += [(initial, 1)] * len(state.taps)
        return [[*found, *((variable, 0) for variable in parts.others)]]

    def steady(self, body: int) -> list[tuple[int, int]]:
        result = []
        position = self.sequences
        for number, state in enumerate(self.states):
            result.append((number, position))
            position += len(state.taps)
        return result

    @property
    def condition(self) -> Variable | None:
        """Return the body's output that ends the loop."""
        return self.body.outputs[-1] if self.until else None

    # --- connections ---

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return which inputs' values each output depends on, in any number of steps."""
        reach = self._reach()
        columns = [*reach[: len(self.states) + self.stacked], 0]
        firsts = [1 << position for position in range(self.sequences)]
        position = self.sequences
        for state in self.states:
            firsts.append(((1 << len(state.taps)) - 1) << position)
            position += len(state.taps)
        firsts += [1 << at for at in range(position, position + self.others)]
        own = [number + 1 + self.sequences for number in range(len(self.states))]
        rows = [[False] * len(columns)]
        for at, mask in enumerate(firsts, 1):
            rows.append([bool(column & mask) for column in columns])
            if at in own and self.states[at - own[0]].keep == "last":
                rows[-1][at - own[0]] = True
        return rows

    def _reach(self) -> list[int]:
        """Return for each output of the body the inputs it depends on, in the same step or an
        earlier one."""
        masks = list(self.body.connections)
        positions = []
        start = self.sequences
        for state in self.states:
            positions.append(((1 << len(state.taps)) - 1) << start)
            start += len(state.taps)
        changed = True
        while changed:
            changed = False
            for at, mask in enumerate(masks):
                for number, taps in enumerate(positions):
                    if mask & taps:
                        mask |= masks[number]
                changed |= mask != masks[at]
                masks[at] = mask
        return masks
