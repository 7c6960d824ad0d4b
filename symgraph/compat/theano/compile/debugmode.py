"""`theano.compile.debugmode`: a mode that checks compiled code against the operations' meaning."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from symgraph.compat.theano.compile.mode import Mode, predefined_modes
from symgraph.compat.theano.gof.op import Op
from symgraph.compat.theano.lookup import resolver
from symgraph.compile import get_backend
from symgraph.compile.backends import Executable
from symgraph.debug import Step
from symgraph.graph import FunctionGraph, Variable

__getattr__, __dir__ = resolver(__name__)


class DebugModeError(Exception):
    """Raised where compiled code and the operations' meaning disagree."""


class BadThunkOutput(DebugModeError):
    """Raised for an output that differs from what the operations mean in NumPy."""


class InvalidValueError(DebugModeError):
    """Raised for a value that is not of its variable's type."""


class BadOptimization(DebugModeError):
    """Raised by Theano for a rewriting that changes values; symgraph's tests check its rules."""


class BadViewMap(DebugModeError):
    """Raised for an operation of a program's own that returns a view and does not say so."""


class BadDestroyMap(DebugModeError):
    """Raised for an operation of a program's own that writes over an input and does not say so."""


class StochasticOrder(DebugModeError):
    """Raised by Theano where rewriting does not go the same way twice."""


class _Compared:
    """Runs compiled code, and compares its results with those of the reference back end."""

    def __init__(self, graph: FunctionGraph, name: str, compiled: Executable) -> None:
        self.title, self.compiled = name, compiled
        self.reference: Any = get_backend("reference").compile(graph, name)
        self.inputs, self.outputs = graph.inputs, graph.outputs

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        wanted = self._checked([value.copy() for value in inputs])
        found = self.compiled(inputs)
        for variable, value, reference in zip(self.outputs, found, wanted, strict=True):
            if not np.allclose(value, reference, rtol=1e-3, atol=1e-5, equal_nan=True):
                raise BadThunkOutput(
                    f"{self.title}: {variable} ({variable.type}) is {value}, and by the NumPy"
                    f" meaning of its operations {reference}"
                )
        return found

    def _checked(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return what the operations mean; raise where one of a program's returns a view, or
        writes over an input, and does not say so."""
        steps = self.reference.step(inputs)
        kept = {v: deepcopy(value) for v, value in zip(self.inputs, inputs, strict=True)}
        while True:
            try:
                step: Step = next(steps)
            except StopIteration as end:
                results: list[np.ndarray] = end.value
                return results
            if isinstance(step.node.op, Op):
                _check_overwritten(step, kept)
                _check_views(step)
            kept.update(zip(step.node.outputs, map(deepcopy, step.outputs), strict=True))

    def describe(self) -> str:
        return self.compiled.describe()

    def fallbacks(self) -> list[Any]:
        return self.compiled.fallbacks()

    def free(self) -> None:
        self.compiled.free()


def _check_overwritten(step: Step, kept: Mapping[Variable, Any]) -> None:
    for position, (variable, value) in enumerate(zip(step.node.inputs, step.inputs, strict=True)):
        before = kept.get(variable)
        if isinstance(before, np.ndarray) and not np.array_equal(before, value, equal_nan=True):
            raise BadDestroyMap(
                f"{step.node.op} has written over input {position}; compute a new array, or declare"
                f" destroy_map = {{0: [{position}]}}"
            )


def _check_views(step: Step) -> None:
    said = {*step.node.op.views()}
    for number, result in enumerate(step.outputs):
        for position, given in enumerate(step.inputs):
            arrays = isinstance(result, np.ndarray) and isinstance(given, np.ndarray)
            if arrays and (number, position) not in said and np.shares_memory(result, given):
                raise BadViewMap(
                    f"{step.node.op}: output {number} shares memory with input {position}; copy it,"
                    f" or declare view_map = {{{number}: [{position}]}}"
                )


class DebugMode(Mode):
    """Run compiled functions twice, natively and by the NumPy meaning of their operations, and
    compare.

    optimizer: as in `Mode`. The other arguments are Theano's and choose among its checks: here
        results are compared.
    A call raises BadThunkOutput where results differ; for an operation of a program's own that does
    not declare what it returns a view of, or writes over, BadViewMap or BadDestroyMap.

    >>> from symgraph.compat.theano.compile.debugmode import DebugMode
    >>> x = T.dscalar("x")
    >>> sg.function([x], x + 1, mode=DebugMode())(1.0)
    array(2.)
    """

    def __init__(self, optimizer: Any = "default", **checks: Any) -> None:
        super().__init__(None, optimizer)
        self.checks = checks

    def compile(self, graph: FunctionGraph, name: str) -> Any:
        """Return the compiled graph, which checks its results."""
        return _Compared(graph, name, get_backend("llvm").compile(graph, name))


predefined_modes["DebugMode"] = DebugMode
