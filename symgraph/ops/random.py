"""Draws of random numbers: the next state of a stream, and the numbers.

The state of a stream is a uint64 vector of two entries, a key and a counter. A draw of n numbers
takes counters from c on, and leaves the counter c + n: element i (in C order) is a function of the
key and of c and i alone, its own counter c + i or a part of an earlier one's bits (see
`symgraph.ops.distributions`). So the numbers depend neither on the back end nor on the number of
threads.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from symgraph.graph import (
    Apply,
    Constant,
    Extent,
    NotDifferentiable,
    Op,
    SharedVariable,
    TensorType,
    Variable,
    canonical_dtype,
    toposort,
)
from symgraph.ops.constant import constant
from symgraph.ops.distributions import DISTRIBUTIONS, Distribution, ElementBits
from symgraph.ops.extent_equality import set_keys
from symgraph.ops.rank_alignment import pad_left
from symgraph.ops.scalar_table import cast
from symgraph.ops.shape import as_extent, keys_of_extents, known_extent
from symgraph.ops.subtensor import Subtensor

STATE = TensorType("uint64", (2,))


class ScalarExpression(NamedTuple):
    """A self-contained expression: free inputs, its nodes in order, its outputs."""

    inputs: tuple[Variable, ...]
    nodes: list[Apply]
    outputs: list[Variable]


class RandomOp(Op):
    """An op whose first input is the state of a stream, and whose first output is the next
    state."""


def drawn_from(variable: Variable) -> Variable | None:
    """Return the numbers drawn from the random stream whose state a variable is; None where it is
    no such state."""
    if not isinstance(variable, SharedVariable) or variable.default_update is None:
        return None
    owner = variable.default_update.owner
    if owner is None or not isinstance(owner.op, RandomOp):
        return None
    return owner.outputs[-1]


def is_stream(variable: Variable) -> bool:
    """Return whether a variable is the state of a random stream."""
    return drawn_from(variable) is not None


class Draw(RandomOp):
    """Random numbers of a distribution.

    Inputs are the state, the distribution's parameters, and an int64 scalar for each axis; outputs
    are the next state and the numbers, of `dtype`. Parameters have the rank of the result, and
    broadcast to its extents.
    """

    __props__ = ("distribution", "dtype")

    def __init__(self, distribution: str, dtype: str) -> None:
        self.distribution = distribution
        self.dtype = canonical_dtype(dtype)

    @property
    def table(self) -> Distribution:
        return DISTRIBUTIONS[self.distribution]

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        set_keys(node.outputs[1], keys_of_extents(self._split(inputs)[1]))
        return node

    def _split(self, inputs: Sequence[Variable]) -> tuple[Sequence[Variable], Sequence[Variable]]:
        """Return the parameters and the extents."""
        count = 1 + len(self.table.parameters)
        return inputs[1:count], inputs[count:]

    def output_types(self, *inputs: Variable) -> Sequence[TensorType]:
        state = inputs[0]
        if state.type.dtype != "uint64" or state.type.ndim != 1:
            raise TypeError(
                f"{self.distribution}: the state of a stream is a uint64 vector, not {state}"
                f" ({state.type})"
            )
        parameters, extents = self._split(inputs)
        for name, parameter in zip(self.table.parameters, parameters, strict=True):
            if parameter.type.ndim != len(extents):
                raise TypeError(
                    f"{self.distribution}: {name} ({parameter.type}) has not the rank of the"
                    f" result, {len(extents)}"
                )
        for axis, extent in enumerate(extents):
            as_extent(extent, f"{self.distribution}: the extent of axis {axis}")
        return [STATE, TensorType(self.dtype, tuple(map(known_extent, extents)))]

    def expand(self, node: Apply) -> list[Variable]:
        """Return the next state and the numbers, as elementwise functions of the positions."""
        return self._written(node.inputs)

    def _written(self, inputs: Sequence[Variable]) -> list[Variable]:
        state = inputs[0]
        parameters, extents = self._split(inputs)
        key, first = (Subtensor(("int",))(state, constant(i)) for i in (0, 1))
        bits = ElementBits(key, first, tuple(extents))
        return [next_state(state, extents), self.table.expression(bits, parameters, self.dtype)]

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        return perform_expression(self, node, values)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        known = node.outputs[1].type.shape
        given = self._split(node.inputs)[1]
        return [(2,), tuple(v if e is None else e for e, v in zip(known, given, strict=True))]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        parameters, extents = self._split(node.inputs)
        return [
            [True, True],
            *([False, True] for _ in parameters),
            *([True, False] for _ in extents),
        ]

    def _refuse(self) -> NotDifferentiable:
        listed = " and ".join(self.table.parameters)
        return NotDifferentiable(
            f"samples of {self.distribution} have no derivative by {listed}: {self.table.why};"
            " use consider_constant, or a score-function estimate"
        )

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        if self.table.parameters and cotangents[1] is not None:
            raise self._refuse()
        return [None] * len(node.inputs)

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        moved = [tangent is not None for tangent in tangents[1 : 1 + len(self.table.parameters)]]
        if any(moved) and np.dtype(self.dtype).kind == "f":
            raise self._refuse()
        return [None, None]


def next_state(state: Variable, extents: Sequence[Variable]) -> Variable:
    """Return the state after as many numbers as an array of these extents has."""
    count: Variable = constant(1, "uint64")
    for extent in extents:
        count = count * cast(extent, "uint64")
    (count,) = pad_left([count, state])[:1]
    return state + constant(np.array([0, 1], "uint64")) * count


def perform_expression(op: Op, node: Apply, values: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Return the values of an op that is defined by its expansion: those of the expression, node by
    node."""
    body = _body(op, tuple(variable.type.dtype for variable in node.inputs), _ranks(node))
    known = dict(zip(body.inputs, values, strict=True))
    for inner in body.nodes:
        arguments = [v.data if isinstance(v, Constant) else known[v] for v in inner.inputs]
        known.update(zip(inner.outputs, inner.op.perform(inner, *arguments), strict=True))
    return tuple(np.ascontiguousarray(known[v]).reshape(known[v].shape) for v in body.outputs)


def _ranks(node: Apply) -> tuple[int, ...]:
    return tuple(variable.type.ndim for variable in node.inputs)


@lru_cache(maxsize=256)
def _body(op: Draw, dtypes: tuple[str, ...], ranks: tuple[int, ...]) -> ScalarExpression:
    """Return the expression of a draw on inputs of these types."""
    inputs = tuple(
        TensorType(dtype, (None,) * ndim)() for dtype, ndim in zip(dtypes, ranks, strict=True)
    )
    outputs = op._written(inputs)
    return ScalarExpression(inputs, toposort(outputs), outputs)
