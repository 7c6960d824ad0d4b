"""The reference back end: every operation's NumPy meaning, one node after the other."""

from collections.abc import Iterator, Sequence

import numpy as np

from symgraph.debug import debugprint, node_error
from symgraph.graph import Apply, Constant, FunctionGraph, Variable

Step = tuple[Apply, list[np.ndarray], list[np.ndarray]]


class ReferenceExecutable:
    """Runs a graph node by node; `step` shows each one."""

    def __init__(self, graph: FunctionGraph) -> None:
        self.graph = graph
        self.nodes = graph.toposort()
        self._last_use = self._find_last_uses()

    def _find_last_uses(self) -> list[list[Variable]]:
        """For each node the variables that nothing needs after it."""
        kept = set(self.graph.outputs)
        seen: set[Variable] = set()
        dying: list[list[Variable]] = []
        for node in reversed(self.nodes):
            fresh = {v for v in (*node.inputs, *node.outputs) if v not in seen and v not in kept}
            seen |= fresh
            dying.append(list(fresh))
        return dying[::-1]

    def _begin(self, inputs: Sequence[np.ndarray]) -> dict[Variable, np.ndarray]:
        values = dict(zip(self.graph.inputs, inputs, strict=True))
        for variable in self.graph.clients:
            if isinstance(variable, Constant):
                values[variable] = variable.data
        return values

    def step(self, inputs: Sequence[np.ndarray]) -> Iterator[Step]:
        """Yield each node with its input and output values, as they are computed."""
        yield from self._run(self._begin(inputs))

    def _run(self, values: dict[Variable, np.ndarray]) -> Iterator[Step]:
        for node, dying in zip(self.nodes, self._last_use, strict=True):
            given = [values[variable] for variable in node.inputs]
            try:
                results = [np.asarray(result) for result in node.op.perform(node, *given)]
            except Exception as error:
                raise node_error(node, error, given) from error
            values.update(zip(node.outputs, results, strict=True))
            yield node, given, results
            for variable in dying:
                values.pop(variable, None)

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        values = self._begin(inputs)
        for _ in self._run(values):
            pass
        results: list[np.ndarray] = []
        for variable in self.graph.outputs:
            value = values[variable]
            # A view, an input or a constant must not leave: the caller owns what it gets.
            owned = value.base is None and value.flags.writeable
            if not owned or any(value is other for other in (*inputs, *results)):
                value = value.copy()
            results.append(value)
        return results

    def describe(self) -> str:
        return str(debugprint(self.graph, file="str"))


class ReferenceBackend:
    """See `symgraph.compile.Backend`."""

    name = "reference"

    def compile(self, graph: FunctionGraph, name: str) -> ReferenceExecutable:
        return ReferenceExecutable(graph)

    def info(self) -> dict[str, str]:
        return {"numpy": np.__version__}
