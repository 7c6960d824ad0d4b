"""The reference back end: runs every operation's NumPy meaning, node after node."""

from collections.abc import Generator, Sequence
from time import perf_counter

import numpy as np

from symgraph.debug import Step, debugprint, node_error
from symgraph.graph import Apply, Constant, FunctionGraph, TensorType, Variable, owned, performed


class ReferenceExecutable:
    """Runs a graph node by node; `step` yields each one."""

    def __init__(self, graph: FunctionGraph) -> None:
        self.graph = graph
        self.nodes = graph.toposort()
        self._constants: dict[Variable, np.ndarray] = {
            variable: variable.data for variable in graph.clients if isinstance(variable, Constant)
        }
        self._last_use = self._find_last_uses()
        # What is no array and may share memory with other values.
        self._shared = {
            node.outputs[number]
            for node in self.nodes
            for number, position in node.op.views()
            if not isinstance(node.outputs[number].type, TensorType)
            or not isinstance(node.inputs[position].type, TensorType)
        }.union(self._constants)

    def _find_last_uses(self) -> list[list[Variable]]:
        """Return for each node the variables that nothing needs after it."""
        kept = set(self.graph.outputs)
        seen: set[Variable] = set()
        dying: list[list[Variable]] = []
        for node in reversed(self.nodes):
            fresh = {v for v in (*node.inputs, *node.outputs) if v not in seen and v not in kept}
            seen |= fresh
            dying.append(list(fresh))
        return dying[::-1]

    def step(self, inputs: Sequence[np.ndarray]) -> Generator[Step, None, list[np.ndarray]]:
        """Yield each node with its input and output values, as they are computed; the generator's
        return value is that of a call."""
        values = dict(self._constants)
        values.update(zip(self.graph.inputs, inputs, strict=True))
        for node, dying in zip(self.nodes, self._last_use, strict=True):
            given = [values[variable] for variable in node.inputs]
            try:
                results = performed(node, given)
            except Exception as error:
                raise node_error(node, error, given) from error
            values.update(zip(node.outputs, results, strict=True))
            yield Step(node, given, results)
            for variable in dying:
                values.pop(variable, None)
        outputs = self.graph.outputs
        shared = [variable in self._shared for variable in outputs]
        return owned([values[variable] for variable in outputs], outputs, shared, inputs)

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        return self.timed(inputs, {})

    def timed(
        self, inputs: Sequence[np.ndarray], seconds: dict[tuple[Apply, ...], float]
    ) -> list[np.ndarray]:
        """Run a call and return its results; add the time that each node took to `seconds`."""
        steps = self.step(inputs)
        start = perf_counter()
        while True:
            try:
                node = (next(steps).node,)
            except StopIteration as end:
                results: list[np.ndarray] = end.value
                return results
            now = perf_counter()
            seconds[node] = seconds.get(node, 0.0) + now - start
            start = now

    def describe(self) -> str:
        """Return the graph as an indented tree."""
        return str(debugprint(self.graph, file="str"))

    def fallbacks(self) -> list[Apply]:
        """Return no nodes: running the NumPy meaning is the purpose of this back end."""
        return []

    def free(self) -> None:
        """Do nothing, since nothing is kept between calls."""


class ReferenceBackend:
    """The reference back end; see `symgraph.compile.Backend`."""

    name = "reference"
    runs_any_type = True

    def compile(self, graph: FunctionGraph, name: str) -> ReferenceExecutable:
        return ReferenceExecutable(graph)

    def info(self) -> dict[str, str]:
        return {"numpy": np.__version__}
