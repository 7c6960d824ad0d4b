"""Broadcasting to given extents, and its derivative: summing back over what was repeated."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from symgraph.graph import Apply, Extent, Op, TensorType, Variable
from symgraph.ops.extents import extent_keys, set_keys
from symgraph.ops.shape import ShapeOf, extents_of


class BroadcastTo(Op):
    """`x` repeated to given extents of the same rank: inputs are x and a scalar per axis.

    `shape` holds what is known of the extents. A view with strides of 0.
    """

    __props__ = ("shape",)
    view_map: ClassVar = {0: 0}

    def __init__(self, shape: tuple[int | None, ...]) -> None:
        self.shape = shape

    def make_node(self, x: Variable, *extents: Variable) -> Apply:
        node = super().make_node(x, *extents)
        keys = []
        for extent in extents:
            owner = extent.owner
            from_shape = owner is not None and isinstance(owner.op, ShapeOf)
            keys.append(extent_keys(owner.inputs[0])[owner.op.axis] if from_shape else None)
        set_keys(node.outputs[0], keys)
        return node

    def output_types(self, x: Variable, *extents: Variable) -> Sequence[TensorType]:
        if not len(extents) == len(self.shape) == x.type.ndim:
            raise TypeError(f"{x} ({x.type}) cannot be broadcast to {len(extents)} extents")
        for axis, (have, want) in enumerate(zip(x.type.shape, self.shape, strict=True)):
            if have not in (None, 1) and want is not None and have != want:
                raise ValueError(
                    f"{x} ({x.type}) cannot be broadcast to the extent {want} on axis {axis}"
                )
        return [x.type.clone(shape=self.shape)]

    def perform(self, node: Apply, x: np.ndarray, *extents: np.ndarray) -> tuple[np.ndarray, ...]:
        return (np.broadcast_to(x, tuple(int(extent) for extent in extents)),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [
            tuple(
                extent if known is None else known
                for known, extent in zip(self.shape, node.inputs[1:], strict=True)
            )
        ]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        from_sum = sum_to(cotangents[0], node.inputs[0])
        return [from_sum, *([None] * len(self.shape))]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None if tangents[0] is None else self(tangents[0], *node.inputs[1:])]


class SumTo(Op):
    """`x` summed to given extents: inputs are x and an int64 scalar per axis.

    Each target extent is x's own or 1; which of the two may be known only at run time.
    `shape` holds what is known of the target's extents.
    """

    __props__ = ("shape",)

    def __init__(self, shape: tuple[int | None, ...]) -> None:
        self.shape = shape

    def output_types(self, x: Variable, *extents: Variable) -> Sequence[TensorType]:
        if len(extents) != len(self.shape) or x.type.ndim != len(self.shape):
            raise TypeError(f"{self}: {x} ({x.type}) and {len(extents)} extents do not fit")
        return [TensorType(x.type.dtype, self.shape)]

    def perform(self, node: Apply, x: np.ndarray, *extents: np.ndarray) -> tuple[np.ndarray, ...]:
        target = tuple(int(extent) for extent in extents)
        axes = tuple(
            axis for axis, (got, want) in enumerate(zip(x.shape, target, strict=True)) if got != want
        )
        if any(target[axis] != 1 for axis in axes):
            raise ValueError(f"an array of shape {x.shape} does not sum to the shape {target}")
        accumulator = "float32" if x.dtype == np.float16 else x.dtype
        return (np.sum(x, axis=axes, keepdims=True, dtype=accumulator).astype(x.dtype),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [
            tuple(
                extent if known is None else known
                for known, extent in zip(self.shape, node.inputs[1:], strict=True)
            )
        ]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        x = node.inputs[0]
        spread = BroadcastTo(x.type.shape)(cotangents[0], *extents_of(x))
        return [spread, *([None] * len(self.shape))]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None if tangents[0] is None else self(tangents[0], *node.inputs[1:])]


def sum_to(x: Variable, like: Variable) -> Variable:
    """`x` summed to the shape of `like`, to which it must be the broadcast of; `x` itself where
    that is provably its own shape."""
    if extent_keys(x) == extent_keys(like):
        return x
    return SumTo(like.type.shape)(x, *extents_of(like))
