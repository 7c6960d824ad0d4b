"""`theano.compile.monitormode`: a mode that calls a program's functions around each operation."""

import sys
from collections.abc import Callable, Generator, Sequence
from typing import Any

import numpy as np

from symgraph.compat.theano.compile.mode import Mode
from symgraph.compat.theano.lookup import resolver
from symgraph.compile.backends import stepped
from symgraph.debug import Step
from symgraph.graph import Apply, FunctionGraph

__getattr__, __dir__ = resolver(__name__)


class Thunk:
    """What a monitor is told of an operation: `inputs` and `outputs`, each a list of one value."""

    def __init__(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        self.inputs = [[value] for value in inputs]
        self.outputs = [[value] for value in outputs]


Monitor = Callable[[int, Apply, Thunk], Any]


class Monitored:
    """Runs a graph node by node, and calls `before` and `after` each node."""

    def __init__(
        self, graph: FunctionGraph, name: str, before: Monitor | None, after: Monitor | None
    ) -> None:
        self.executable = stepped(graph, name)
        self.before, self.after = before, after

    def step(self, inputs: Sequence[np.ndarray]) -> Generator[Step, None, list[np.ndarray]]:
        """Yield each node as it is computed, between the calls of the monitors."""
        steps = self.executable.step(inputs)
        for position in range(sys.maxsize):
            try:
                step = next(steps)
            except StopIteration as end:
                results: list[np.ndarray] = end.value
                return results
            if self.before is not None:
                self.before(position, step.node, Thunk(step.inputs, [None] * len(step.outputs)))
            if self.after is not None:
                self.after(position, step.node, Thunk(step.inputs, step.outputs))
            yield step
        raise AssertionError("a graph has fewer nodes")

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        steps = self.step(inputs)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                results: list[np.ndarray] = end.value
                return results

    def describe(self) -> str:
        return self.executable.describe()

    def fallbacks(self) -> list[Apply]:
        return []

    def free(self) -> None:
        self.executable.free()


class MonitorMode(Mode):
    """Call functions of a program's own around each operation of a compiled function.

    pre_func, post_func: called with the operation's number, its node, and an object whose `inputs`
        and `outputs` are lists of one value each; None for no call.
    optimizer: as in `Mode`. linker: Theano's; operations run by their NumPy meaning.

    >>> from symgraph.compat.theano.compile.monitormode import MonitorMode
    >>> x = T.dscalar("x")
    >>> mode = MonitorMode(post_func=lambda i, node, fn: print(node.op, fn.outputs[0]))
    >>> sg.function([x], x + 1, mode=mode)(1.0)
    add [array(2.)]
    array(2.)
    """

    def __init__(
        self,
        pre_func: Monitor | None = None,
        post_func: Monitor | None = None,
        optimizer: Any = "default",
        linker: Any = None,
    ) -> None:
        super().__init__(linker, optimizer)
        self.pre_func, self.post_func = pre_func, post_func

    def compile(self, graph: FunctionGraph, name: str) -> Any:
        """Return the graph as something that runs node by node, with the program's calls."""
        return Monitored(graph, name, self.pre_func, self.post_func)


def detect_nan(i: int, node: Apply, fn: Thunk) -> None:
    """Print an operation that made nan, with its inputs and outputs: a `post_func`.

    i, node, fn: what `MonitorMode` tells of the operation.

    >>> from symgraph.compat.theano.compile.monitormode import MonitorMode, detect_nan
    >>> x = T.dscalar("x")
    >>> sg.function([x], T.log(x), mode=MonitorMode(post_func=detect_nan))(1.0)
    array(0.)
    """
    for output in fn.outputs:
        value = output[0]
        if value.dtype.kind in "fc" and np.isnan(value).any():
            print("*** NaN detected ***")
            print(f"{node.op}, created at {node.location}")
            print(f"Inputs : {[given[0] for given in fn.inputs]}")
            print(f"Outputs: {[made[0] for made in fn.outputs]}")
            return
