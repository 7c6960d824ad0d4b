"""Functions whose graphs hold values other than tensors: native code and Python take turns.

The nodes that only concern tensors are compiled by the back end, as many together as possible: as
segments, each of which runs when everything that it needs has been computed. The other nodes run
their Python meaning in between.
"""

from collections.abc import Iterable, Mapping, Sequence
from time import perf_counter
from typing import Any

from symgraph.compile.backends import Backend, Executable, TimedExecutable
from symgraph.debug import node_error
from symgraph.graph import (
    Apply,
    Constant,
    FunctionGraph,
    TensorType,
    Variable,
    owned,
    performed,
    rebuild,
)
from symgraph.ops.inner_graph import InnerGraphOp


def concerns_tensors(node: Apply) -> bool:
    """Return whether all values of a node are tensors, those within its bodies included."""
    variables = (*node.inputs, *node.outputs)
    if not all(isinstance(variable.type, TensorType) for variable in variables):
        return False
    if not isinstance(node.op, InnerGraphOp):
        return True
    return all(concerns_tensors(inner) for body in node.op.bodies() for inner in body.nodes)


def is_mixed(graph: FunctionGraph) -> bool:
    """Return whether a graph has values other than tensors."""
    return not all(isinstance(v.type, TensorType) for v in (*graph.inputs, *graph.outputs)) or any(
        not concerns_tensors(node) for node in graph.toposort()
    )


class Segment:
    """Nodes that the back end compiles together: `executable` computes `outputs` from `inputs`."""

    def __init__(
        self, inputs: list[Variable], outputs: list[Variable], backend: Backend, name: str
    ) -> None:
        self.inputs = inputs
        self.outputs = outputs
        # What is computed before has no history here, where its extents come from.
        formal = {
            v: Variable(v.type, name=str(v), location=v.location)
            for v in inputs
            if v.owner is not None
        }
        mapping = rebuild(outputs, formal)
        graph = FunctionGraph([formal.get(v, v) for v in inputs], [mapping[v] for v in outputs])
        self.executable: Executable = backend.compile(graph, name)


class MixedExecutable:
    """The executable of a graph with values other than tensors; see `Executable`.

    Its `steps` run in order: segments, and nodes in Python.
    """

    def __init__(self, graph: FunctionGraph, backend: Backend, name: str) -> None:
        self.graph = graph
        self.steps: list[Segment | Apply] = []
        phases = _phases(graph)
        for number, (native, python) in enumerate(phases):
            if native:
                later = [n for phase in phases[number + 1 :] for n in phase[0]]
                behind = [*later, *(n for phase in phases[number:] for n in phase[1])]
                inputs, outputs = _boundary(native, behind, graph.outputs)
                self.steps.append(Segment(inputs, outputs, backend, name))
            self.steps += python
        self._constants: dict[Variable, Any] = {
            v: v.data for v in graph.clients if isinstance(v, Constant)
        }
        self._views = _viewed(graph)

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        return self.timed(inputs, None)

    def timed(
        self, inputs: Sequence[Any], seconds: dict[tuple[Apply, ...], float] | None
    ) -> list[Any]:
        """Run a call and return its results; add the time that each part took to `seconds`."""
        values: dict[Variable, Any] = dict(self._constants)
        values.update(zip(self.graph.inputs, inputs, strict=True))
        for step in self.steps:
            if isinstance(step, Segment):
                values.update(_run_segment(step, values, seconds))
            else:
                values.update(_run_node(step, values, seconds))
        outputs = self.graph.outputs
        shared = [v in self._views for v in outputs]
        return owned([values[v] for v in outputs], outputs, shared, inputs)

    def describe(self) -> str:
        """Return what runs as text: the segments, and the nodes between them."""
        return "\n".join(
            step.executable.describe() if isinstance(step, Segment) else f"in Python: {step}"
            for step in self.steps
        )

    def fallbacks(self) -> list[Apply]:
        """Return the nodes that run in Python."""
        found: list[Apply] = []
        for step in self.steps:
            found += step.executable.fallbacks() if isinstance(step, Segment) else [step]
        return found

    def free(self) -> None:
        """Free the memory that segments keep between calls."""
        for step in self.steps:
            if isinstance(step, Segment):
                step.executable.free()


Phase = tuple[list[Apply], list[Apply]]


def _phases(graph: FunctionGraph) -> list[Phase]:
    """Return the nodes, in order, by the phase in which they run: in each first those that are
    compiled, then those in Python, which may need the former."""
    places: dict[Variable, tuple[int, bool]] = {}
    phases: list[Phase] = []
    for node in graph.toposort():
        native = concerns_tensors(node)
        phase = 0
        for variable in node.inputs:
            before, was_native = places.get(variable, (0, True))
            phase = max(phase, before + (native and not was_native))
        while len(phases) <= phase:
            phases.append(([], []))
        phases[phase][0 if native else 1].append(node)
        places.update((variable, (phase, native)) for variable in node.outputs)
    return phases


def _boundary(
    nodes: Sequence[Apply], behind: Iterable[Apply], results: Sequence[Variable]
) -> tuple[list[Variable], list[Variable]]:
    """Return what nodes need from others, and which of their outputs others need."""
    made = {variable for node in nodes for variable in node.outputs}
    inputs = [v for n in nodes for v in n.inputs if v not in made and not isinstance(v, Constant)]
    used = {v for node in behind for v in node.inputs}.union(results)
    outputs = [v for node in nodes for v in node.outputs if v in used]
    return list(dict.fromkeys(inputs)), outputs


def _viewed(graph: FunctionGraph) -> set[Variable]:
    """Return the variables whose values may share memory with an input, or with another value."""
    found: set[Variable] = {v for v in graph.clients if v.owner is None}
    for node in graph.toposort():
        for number, position in node.op.views():
            found.add(node.outputs[number])
            found.add(node.inputs[position])
    return found


def _run_segment(
    step: Segment, values: Mapping[Variable, Any], seconds: dict[tuple[Apply, ...], float] | None
) -> dict[Variable, Any]:
    given = [values[variable] for variable in step.inputs]
    if seconds is not None and isinstance(step.executable, TimedExecutable):
        results = step.executable.timed(given, seconds)
    else:
        results = step.executable(given)
    return dict(zip(step.outputs, results, strict=True))


def _run_node(
    node: Apply, values: Mapping[Variable, Any], seconds: dict[tuple[Apply, ...], float] | None
) -> dict[Variable, Any]:
    given = [values[variable] for variable in node.inputs]
    start = perf_counter()
    try:
        results = performed(node, given)
    except Exception as error:
        raise node_error(node, error, given) from error
    if seconds is not None:
        seconds[(node,)] = seconds.get((node,), 0.0) + perf_counter() - start
    return dict(zip(node.outputs, results, strict=True))
