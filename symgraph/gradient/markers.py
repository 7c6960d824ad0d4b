"""Identities that change what passes backwards."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symgraph.graph import Apply, Extent, Op, TensorType, Variable
from symgraph.ops.constant import as_tensor
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extents import extent_keys, set_keys


class _Marker(Op):
    """The identity, with a derivative of its own."""

    view_map: ClassVar = {0: 0}

    def make_node(self, x: Variable) -> Apply:
        node = super().make_node(x)
        set_keys(node.outputs[0], extent_keys(x))
        return node

    def output_types(self, x: Variable) -> Sequence[TensorType]:
        return [x.type]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        return (x,)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [shapes[0]]

    def expand(self, node: Apply) -> list[Variable]:
        """The same value without the marker."""
        return [node.inputs[0]]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None]


class DisconnectedGrad(_Marker):
    """No derivative passes: what lies behind counts as not connected."""


class ZeroGrad(_Marker):
    """A derivative of zero passes."""

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [scalar_functions["second"](node.inputs[0], as_tensor(0.0, node.inputs[0].type.dtype))]


class GradClip(_Marker):
    """The derivative passes clipped to [low, high]."""

    __props__ = ("low", "high")

    def __init__(self, low: float, high: float) -> None:
        if not low <= high:
            raise ValueError(f"grad_clip: the lower bound {low} exceeds the upper bound {high}")
        self.low, self.high = low, high

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [scalar_functions["clip"](cotangents[0], self.low, self.high)]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return tangents


class GradScale(_Marker):
    """The derivative passes multiplied by `factor`."""

    __props__ = ("factor",)

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [cotangents[0] * self.factor]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None if tangents[0] is None else tangents[0] * self.factor]


def consider_constant(x: Any) -> Variable:
    """`x`, whose derivative counts as zero."""
    return ZeroGrad()(as_tensor(x))


def zero_grad(x: Any) -> Variable:
    """`x`, whose derivative is zero though connected."""
    return ZeroGrad()(as_tensor(x))


def disconnected_grad(x: Any) -> Variable:
    """`x`, through which no derivative passes."""
    return DisconnectedGrad()(as_tensor(x))


def grad_clip(x: Any, lower_bound: float, upper_bound: float) -> Variable:
    """`x`, whose derivative is clipped elementwise on its way back."""
    return GradClip(lower_bound, upper_bound)(as_tensor(x))


def grad_scale(x: Any, multiplier: float) -> Variable:
    """`x`, whose derivative is multiplied on its way back."""
    return GradScale(multiplier)(as_tensor(x))
