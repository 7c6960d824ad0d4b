"""A loop taken to pieces, to be put together again with other pieces."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from symgraph.graph import Apply, FunctionGraph, Variable, at_location, rebuild, toposort
from symgraph.ops import Subtensor
from symgraph.ops.inner_graph import InnerGraph
from symgraph.ops.scan import Scan
from symgraph.ops.scan_parts import ScanState
from symgraph.ops.subtensor import Slice
from symgraph.rewrite.patterns import number_of


@dataclass
class ScanViewState:
    """A state: the body's inputs for its taps, its initial value outside, its new value inside."""

    state: ScanState
    taps: list[Variable]
    initial: Variable
    new: Variable


@dataclass
class ScanView:
    """The parts of a scan. `sequences` and `others` are pairs of what stands for them in the body
    and what they are outside; `stacked` and `condition` are variables of the body."""

    node: Apply
    n_steps: Variable
    sequences: list[tuple[Variable, Variable]]
    states: list[ScanViewState]
    others: list[tuple[Variable, Variable]]
    stacked: list[Variable]
    condition: list[Variable]

    @classmethod
    def of(cls, node: Apply) -> "ScanView":
        op = node.op
        assert isinstance(op, Scan)
        parts, formals = op.parts(node.inputs), op.formals()
        states, outputs = len(op.states), op.body.outputs
        return cls(
            node,
            parts.n_steps,
            list(zip(formals.sequences, parts.sequences, strict=True)),
            [
                ScanViewState(state, list(taps), initial, new)
                for state, taps, initial, new in zip(
                    op.states, formals.taps, parts.initials, outputs, strict=False
                )
            ],
            list(zip(formals.others, parts.others, strict=True)),
            list(outputs[states : states + op.stacked]),
            list(outputs[states + op.stacked :]),
        )

    @property
    def op(self) -> Scan:
        op = self.node.op
        assert isinstance(op, Scan)
        return op

    @property
    def inputs(self) -> list[Variable]:
        """Return the body's, in order."""
        taps = [tap for carried in self.states for tap in carried.taps]
        return [*(f for f, _ in self.sequences), *taps, *(f for f, _ in self.others)]

    @property
    def outputs(self) -> list[Variable]:
        """Return the body's, in order."""
        return [*(c.new for c in self.states), *self.stacked, *self.condition]

    def nodes(self) -> list[Apply]:
        return toposort(self.outputs)

    def substitute(self, replacements: Mapping[Variable, Variable]) -> None:
        """Put other variables in the place of some that the body computes or is given."""
        found = rebuild(self.outputs, replacements)
        self._set_outputs([found[v] for v in self.outputs])

    def rewrite(self, step: Callable[[FunctionGraph], object]) -> None:
        """Have the body changed as a graph, in place."""
        graph = FunctionGraph(self.inputs, self.outputs)
        step(graph)
        self._set_outputs(graph.outputs)

    def _set_outputs(self, outputs: Sequence[Variable]) -> None:
        """Give the body other outputs, in order."""
        states, stacked = len(self.states), len(self.stacked)
        for carried, new in zip(self.states, outputs, strict=False):
            carried.new = new
        self.stacked = list(outputs[states : states + stacked])
        self.condition = list(outputs[states + stacked :])

    def stack(self, variable: Variable) -> int:
        """Have a value of each step collected; its number among those."""
        for number, other in enumerate(self.stacked):
            if other is variable:
                return number
        self.stacked.append(variable)
        return len(self.stacked) - 1

    def made(self) -> Apply:
        """Return the loop of these parts. What the body does not use is not handed in."""
        op = self.op
        made = Scan(
            InnerGraph(self.inputs, self.outputs),
            len(self.sequences),
            [carried.state for carried in self.states],
            op.until,
            op.truncate,
            op.name,
        )
        inputs = [
            self.n_steps,
            *(v for _, v in self.sequences),
            *(carried.initial for carried in self.states),
            *(v for _, v in self.others),
        ]
        with at_location(self.node.location):
            return made.apply(made.bodies(), inputs)


def replace_outputs(graph: FunctionGraph, pairs: Sequence[tuple[Variable, Variable]]) -> None:
    """Put variables in the place of a node's outputs, as far as anything uses those."""
    for old, new in pairs:
        if graph.clients.get(old):
            graph.replace(old, new)


def turned(sequence: Variable) -> Variable | None:
    """x of x[::-1]"""
    node = sequence.owner
    if node is None or not isinstance(node.op, Subtensor):
        return None
    first, *rest = node.op.template
    turns = first == Slice(step=True) and all(isinstance(e, Slice) and e.whole for e in rest)
    return node.inputs[0] if turns and number_of(node.inputs[1]) == -1 else None
