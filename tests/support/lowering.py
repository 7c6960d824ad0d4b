"""Lower a graph, verify the program, run it, and compare it with the NumPy meaning."""

from collections.abc import Mapping, Sequence

import numpy as np

from support.program_interpreter import Interpreter
from symgraph.graph import Apply, Constant, FunctionGraph, Variable, toposort
from symgraph.lower import Lowered, Program, lower
from symgraph.lower.target import Target
from symgraph.lower.watching import checked

TARGET = Target()


def is_real(node: Apply) -> bool:
    """What a target without complex numbers supports."""
    return not any("complex" in v.type.dtype for v in (*node.inputs, *node.outputs))


def lowered(
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    replaces: Mapping[int, int] | None = None,
    target: Target = TARGET,
) -> Lowered:
    """The program for a target, verified behind each pass."""
    graph = FunctionGraph(inputs, outputs, replaces)
    return lower(graph, "tested", is_real, target=target, watch=checked(repr))


def run_lowered(
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    values: Sequence[np.ndarray],
    target: Target = TARGET,
) -> list[np.ndarray]:
    return Interpreter(*lowered(inputs, outputs, target=target), target)(values)


def meaning(
    inputs: Sequence[Variable], outputs: Sequence[Variable], values: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """The outputs by NumPy, node by node."""
    known: dict[Variable, np.ndarray] = dict(zip(inputs, values, strict=True))

    def value(variable: Variable) -> np.ndarray:
        return variable.data if isinstance(variable, Constant) else known[variable]

    for node in toposort(outputs, stop_at=inputs):
        results = node.op.perform(node, *map(value, node.inputs))
        known.update(zip(node.outputs, results, strict=True))
    return [value(variable) for variable in outputs]


def assert_lowers(
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    values: Sequence[np.ndarray],
    rtol: float = 0.0,
    replaces: Mapping[int, int] | None = None,
    target: Target = TARGET,
) -> Program:
    """The lowered program gives the dtypes, shapes and values of the NumPy meaning."""
    program, memory = lowered(inputs, outputs, replaces, target)
    found = Interpreter(program, memory, target)(values)
    for left, right in zip(found, meaning(inputs, outputs, values), strict=True):
        assert left.dtype == right.dtype
        assert left.shape == right.shape
        np.testing.assert_allclose(left, right, rtol=rtol, atol=rtol)
    return program
