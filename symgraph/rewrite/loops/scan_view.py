"""A mutable view of a loop's parts, from which a changed loop is built."""

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
    """The parts of a scan. `sequences` and `others` are pairs of a variable of the body and the
    outer variable that it stands for; `stacked` and `condition` are variables of the body."""

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
        """Return the body's inputs, in order."""
        taps = [tap for carried in self.states for tap in carried.taps]
        return [*(f for f, _ in self.sequences), *taps, *(f for f, _ in self.others)]

    @property
    def outputs(self) -> list[Variable]:
        """Return the body's outputs, in order."""
        return [*(c.new for c in self.states), *self.stacked, *self.condition]

    def nodes(self) -> list[Apply]:
        return toposort(self.outputs)

    def substitute(self, replacements: Mapping[Variable, Variable]) -> None:
        """Replace variables that the body computes or is given."""
        found = rebuild(self.outputs, replacements)
        self._set_outputs([found[v] for v in self.outputs])

    def rewrite(self, step: Callable[[FunctionGraph], object]) -> None:
        """Apply a function that changes the body in place as a graph."""
        graph = FunctionGraph(self.inputs, self.outputs)
        step(graph)
        self._set_outputs(graph.outputs)

    def _set_outputs(self, outputs: Sequence[Variable]) -> None:
        """Replace the outputs of the body, in order."""
        states, stacked = len(self.states), len(self.stacked)
        for carried, new in zip(self.states, outputs, strict=False):
            carried.new = new
        self.stacked = list(outputs[states : states + stacked])
        self.condition = list(outputs[states + stacked :])

    def stack(self, variable: Variable) -> int:
        """Add a value of each step to the stacked outputs; return its position among these."""
        for number, other in enumerate(self.stacked):
            if other is variable:
                return number
        self.stacked.append(variable)
        return len(self.stacked) - 1

    def made(self) -> Apply:
        """Return the loop of these parts. What the body does not use is not passed in."""
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
    """Replace a node's outputs by variables, as far as the outputs are used."""
    for old, new in pairs:
        if graph.clients.get(old):
            graph.replace(old, new)


def turned(sequence: Variable) -> Variable | None:
    """Return x for x[::-1]; None for anything else."""
    node = sequence.owner
    if node is None or not isinstance(node.op, Subtensor):
        return None
    first, *rest = node.op.template
    turns = first == Slice(step=True) and all(isinstance(e, Slice) and e.whole for e in rest)
    return node.inputs[0] if turns and number_of(node.inputs[1]) == -1 else None
