"""Checks of values: an operation that returns its operand if numbers satisfy a constraint."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from symgraph.graph import (
    Apply,
    BatchContext,
    Batched,
    Extent,
    Op,
    TensorType,
    Variable,
)
from symgraph.ops.constant import number
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.reduce import Reduce

Shapes = Sequence[tuple[Extent, ...]]
INFINITE = float("inf")


class ValueConstraint(NamedTuple):
    """A constraint on values: `holds` tells for each number, of an array or a variable, whether it
    satisfies the constraint; nan never does."""

    holds: Callable[..., Any]
    text: str


def _sums_to_1(tolerance: float) -> ValueConstraint:
    return ValueConstraint(lambda v: abs(v - 1) <= tolerance, f"is 1 (within {tolerance:.2g})")


VALUE_CONSTRAINTS = {
    "finite": ValueConstraint(lambda v: (v > -INFINITE) & (v < INFINITE), "is a finite number"),
    "at least 0": ValueConstraint(lambda v: (v >= 0) & (v < INFINITE), "is at least 0 and finite"),
    "above 0": ValueConstraint(lambda v: (v > 0) & (v < INFINITE), "is above 0 and finite"),
    "below inf": ValueConstraint(lambda v: v < INFINITE, "is a number below inf"),
    "probability": ValueConstraint(
        lambda v: (v >= 0) & (v <= 1), "is a probability, between 0 and 1"
    ),
    "mean": ValueConstraint(lambda v: (v >= 0) & (v < 2.0**62), "is at least 0 and below 2**62"),
    # Written with <=: == of variables compares identity.
    "count": ValueConstraint(
        lambda v: (v >= 0) & (v < 2.0**62) & (v % 1 <= 0), "is an integer, at least 0"
    ),
    "true": ValueConstraint(lambda v: v >= 1, "must hold"),
    "at least 1": ValueConstraint(lambda v: v >= 1, "is at least 1"),
    "at least low": ValueConstraint(lambda high, low: high >= low, "is at least low"),
    "the same extent": ValueConstraint(
        lambda have, want: (have <= want) & (have >= want), "is that of the other operand"
    ),
    "at least the size": ValueConstraint(
        lambda count, size: count >= size, "is at least the size, without replacement"
    ),
    "within bounds": ValueConstraint(
        lambda index, extent: (index >= 0) & (index < extent), "is at least 0 and within bounds"
    ),
    "whole float64": _sums_to_1(2.0**-26),
    # Tolerances for sums computed with as many digits as numbers of these dtypes have.
    "whole float32": _sums_to_1(float(np.sqrt(np.finfo("float32").eps))),
    "whole float16": _sums_to_1(float(np.sqrt(np.finfo("float16").eps))),
}


def refusal(what: str, demand: ValueConstraint, value: object) -> str:
    return f"{what} {demand.text}, not {value}"


class Require(Op):
    """The array x, if numbers satisfy the constraint `demand` (a key of `VALUE_CONSTRAINTS`);
    otherwise `error`, before anything is computed from x. `what` names the numbers in the message.

    Inputs are x, and the constrained arrays if they are others than x itself; of the numbers that
    violate the constraint the message has the largest, or nan. The result is a view.
    """

    __props__ = ("what", "demand", "error")
    view_map: ClassVar = {0: 0}

    def __init__(self, what: str, demand: str, error: type[Exception] = ValueError) -> None:
        self.what = what
        self.demand = demand
        self.error = error

    def __str__(self) -> str:
        return f"Require{{what={self.what!r}, demand={self.demand!r}}}"

    __repr__ = __str__

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        set_keys(node.outputs[0], extent_keys(inputs[0]))
        return node

    def output_types(self, x: Variable, *tested: Variable) -> Sequence[TensorType]:
        return [x.type]

    def perform(self, node: Apply, x: np.ndarray, *tested: np.ndarray) -> tuple[np.ndarray, ...]:
        given = tested or (x,)
        demand = VALUE_CONSTRAINTS[self.demand]
        refused = ~np.asarray(demand.holds(*given), bool)
        if refused.any():
            first = np.broadcast_to(given[0], refused.shape)
            raise self.error(refusal(self.what, demand, first[refused].max().item()))
        return (x.view(),)

    def expand(self, node: Apply) -> list[Variable]:
        """Return the expansion: the largest number that violates the constraint, and its check."""
        x, *tested = node.inputs
        given = tested or [x]
        holds = VALUE_CONSTRAINTS[self.demand].holds(*given)
        first = given[0]
        if first.type.dtype not in ("float32", "float64"):
            first = scalar_functions["cast"](first, "float64")
        dtype, ndim = first.type.dtype, holds.type.ndim
        # -inf stands for none; a violating -inf itself is reported as the lowest finite number.
        lowest, none = (number(v, dtype, ndim) for v in (float(np.finfo(dtype).min), -INFINITE))
        refused = scalar_functions["switch"](
            holds, none, scalar_functions["maximum"](first, lowest)
        )
        worst = Reduce("supremum", range(ndim))(refused) if ndim else refused
        return [Checked(self.what, self.demand, self.error)(x, worst)]

    def infer_shape(self, node: Apply, shapes: Shapes) -> Shapes:
        return [shapes[0]]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], *([False] for _ in node.inputs[1:])]

    def batch(self, node: Apply, context: BatchContext) -> list[Batched] | None:
        """Check a batch: the constraint on each element is one on all elements of the batch."""
        x, *tested = context.inputs
        ranks = [variable.type.ndim for variable in node.inputs[1:]]
        # Beside arrays of one rank, all batched, single numbers broadcast as before.
        plain = all(t.batched == (rank > 0) for t, rank in zip(tested, ranks, strict=True))
        if len(tested) > 1 and not (plain and len({*ranks} - {0}) == 1):
            return None
        return [Batched(self(*context.variables), x.batched)]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [cotangents[0], *([None] * (len(node.inputs) - 1))]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [tangents[0]]


class Checked(Op):
    """The expansion of `Require`: x, where `worst`, the largest number that violates the
    constraint, is -inf, which stands for none."""

    __props__ = ("what", "demand", "error")
    view_map: ClassVar = {0: 0}

    def __init__(self, what: str, demand: str, error: type[Exception] = ValueError) -> None:
        self.what = what
        self.demand = demand
        self.error = error

    def __str__(self) -> str:
        return str(Require(self.what, self.demand))

    __repr__ = __str__

    def message(self, value: object) -> str:
        return refusal(self.what, VALUE_CONSTRAINTS[self.demand], value)

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        set_keys(node.outputs[0], extent_keys(inputs[0]))
        return node

    def output_types(self, x: Variable, worst: Variable) -> Sequence[TensorType]:
        return [x.type]

    def perform(self, node: Apply, x: np.ndarray, worst: np.ndarray) -> tuple[np.ndarray, ...]:
        if worst != -np.inf:
            raise self.error(self.message(worst.item()))
        return (x.view(),)

    def infer_shape(self, node: Apply, shapes: Shapes) -> Shapes:
        return [shapes[0]]
