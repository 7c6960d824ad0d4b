"""A program of launches run in plain Python: what one launch leaves to another is memory, and the
scalars that have a slot; the items of a grid come in an order that nobody expects."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from support.program_interpreter import Interpreter
from symgraph.lower import Lowered
from symgraph.lower.grid import (
    Combine,
    Compact,
    Condition,
    GridProgram,
    HostLoad,
    HostStep,
    Launch,
    Repeat,
    Total,
    Whole,
    divide,
)
from symgraph.lower.program.types import Statement
from symgraph.lower.program.values import Buffer, Scalar
from symgraph.lower.target import Target
from symgraph.ops.scalar import scalar_named

# Into how many parts a total is divided.
PARTS = 3


class GridInterpreter(Interpreter):
    """Runs the launches of a program; `given` are the arguments that the host has, and `compact`
    tells whether a single item does what it may do."""

    def __init__(
        self, lowered: Lowered, target: Target, given: frozenset[Buffer], compact: bool = True
    ) -> None:
        super().__init__(*lowered, target)
        self.grid: GridProgram = divide(lowered.program, target, given)
        self.planner.keep(self.grid.kept)
        self.partial: dict[int, np.generic] = {}
        self.failed = False
        self.compact = compact

    def run(self, body: Sequence[Statement | Combine | Whole]) -> None:
        if body is self.program.body:
            self.steps(self.grid.steps)
        else:
            super().run(body)

    def steps(self, steps: Sequence[HostStep]) -> None:
        for step in steps:
            match step:
                case Launch():
                    self.launch(step)
                case Compact():
                    self.steps([step.single] if self.compact else step.steps)
                case HostLoad():
                    self.run_load(step.load)
                case Condition():
                    self.steps(step.then if self.value(step.condition) else step.orelse)
                case Repeat():
                    for index in range(int(self.value(step.extent))):
                        self.define(step.index, np.int64(index))
                        self.steps(step.body)
                case _:
                    super().run([step])

    def launch(self, step: Launch) -> None:
        known = dict(self.values)
        if step.total is not None:
            self.run(step.body)
            self.part(step.total)
        elif not step.grid:
            self.run(step.body)
        else:
            self.items(step)
        # What a launch computes is gone, but for what it hands on.
        for scalar in set(self.values) - known.keys():
            if scalar not in self.grid.slots:
                del self.values[scalar]

    def items(self, step: Launch) -> None:
        """Run all items, the last one first, each from what was known before the launch."""
        known = dict(self.values)
        extents = [int(self.value(extent)) for extent in step.grid]
        for item in reversed(list(product(*map(range, extents)))):
            self.values: dict[Scalar, np.generic] = dict(known)
            self.iterations = {
                loop: slice(item[dimension], item[dimension] + 1)
                for loop, dimension in step.items.items()
            }
            self.run(step.body)
        self.iterations = {}

    def part(self, total: Total) -> None:
        """Compute the partial results, each from a part of the iterations."""
        loop = total.loop
        every = np.arange(int(self.value(loop.extent)))
        for number, carry in enumerate(loop.carried):
            results = []
            for part in np.array_split(every, PARTS):
                first, end = (int(part[0]), int(part[-1]) + 1) if part.size else (0, 0)
                self.iterations = {loop: slice(first, end)}
                self.run([loop])
                results.append(self.value(carry.result))
            self.iterations = {}
            fn = scalar_named(total.functions[number]).numpy
            whole = results[-1]
            for result in reversed(results[:-1]):
                whole = np.asarray(fn(whole, result)).astype(carry.phi.dtype)[()]
            self.partial[total.first + number] = whole
        for carry in loop.carried:
            del self.values[carry.result]

    def run_whole(self, s: Whole) -> None:
        for number, carry in enumerate(s.total.loop.carried):
            self.partial[s.total.first + number] = self.value(carry.result)

    def run_combine(self, s: Combine) -> None:
        for number, carry in enumerate(s.total.loop.carried):
            self.define(carry.result, self.partial[s.total.first + number])
