"""Sorting, by the indices that sort, and the elements that such indices take."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symgraph.graph import (
    Apply,
    BatchContext,
    Batched,
    Extent,
    Op,
    PiecewiseConstant,
    TensorType,
    Variable,
)
from symgraph.ops.advanced_subtensor import AdvancedIncSubtensor
from symgraph.ops.constant import constant
from symgraph.ops.creation import Arange
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.shape import DimShuffle, extents_of
from symgraph.ops.subtensor import zeros_like


class ArgSort(PiecewiseConstant):
    """The indices that sort real numbers along the last axis in ascending order, int64: nan last,
    equal numbers in their original order."""

    def make_node(self, x: Variable) -> Apply:
        node = super().make_node(x)
        set_keys(node.outputs[0], extent_keys(x))
        return node

    def output_types(self, x: Variable) -> Sequence[TensorType]:
        if x.type.ndim < 1 or np.dtype(x.type.dtype).kind not in "biuf":
            raise TypeError(f"argsort: {x} ({x.type}) is no array of real numbers")
        return [x.type.clone(dtype="int64")]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        return (np.argsort(x, axis=-1, kind="stable").astype("int64", copy=False),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [shapes[0]]

    def cannot_raise(self, node: Apply) -> bool:
        return True

    def batch(self, node: Apply, context: BatchContext) -> list[Batched]:
        return [Batched(self(*context.variables), True)]


class ArgSelect(PiecewiseConstant):
    """The indices, in ascending order, of the `count` largest real numbers along the last axis, or
    of the smallest: those that are last, or first, in the order of `ArgSort`. A row with fewer
    numbers raises ValueError."""

    __props__ = ("count", "largest")

    def __init__(self, count: int, largest: bool) -> None:
        self.count = count
        self.largest = largest

    def make_node(self, x: Variable) -> Apply:
        node = super().make_node(x)
        set_keys(node.outputs[0], [*extent_keys(x)[:-1], self.count])
        return node

    def output_types(self, x: Variable) -> Sequence[TensorType]:
        if x.type.ndim < 1 or np.dtype(x.type.dtype).kind not in "biuf":
            raise TypeError(f"topk: {x} ({x.type}) is no array of real numbers")
        return [x.type.clone(dtype="int64", shape=(*x.type.shape[:-1], self.count))]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        if x.shape[-1] < self.count:
            raise ValueError(
                f"topk: there are {x.shape[-1]} numbers in a row of {node.inputs[0]}, and not"
                f" {self.count}"
            )
        order = np.argsort(x, axis=-1, kind="stable").astype("int64", copy=False)
        part = order[..., -self.count :] if self.largest else order[..., : self.count]
        return (np.sort(part, axis=-1),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [(*shapes[0][:-1], self.count)]

    def batch(self, node: Apply, context: BatchContext) -> list[Batched]:
        return [Batched(self(*context.variables), True)]


class TakeOrdered(Op):
    """The elements of x at indices along its last axis, some or all of those that `ArgSort` of an
    array of its shape gave: y[..., i] = x[..., order[..., i]].

    Since such indices are never out of bounds, the extents of the result take none of its values.
    """

    selects_elements: ClassVar[bool] = True

    def make_node(self, x: Variable, order: Variable) -> Apply:
        node = super().make_node(x, order)
        set_keys(node.outputs[0], [*extent_keys(x)[:-1], extent_keys(order)[-1]])
        return node

    def output_types(self, x: Variable, order: Variable) -> Sequence[TensorType]:
        if not x.type.ndim or x.type.ndim != order.type.ndim or order.type.dtype != "int64":
            raise TypeError(f"{self}: {order} ({order.type}) is no order of {x} ({x.type})")
        return [x.type.clone(shape=(*x.type.shape[:-1], order.type.shape[-1]))]

    def perform(self, node: Apply, x: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, ...]:
        return (np.take_along_axis(x, order, axis=-1),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [(*shapes[0][:-1], shapes[1][-1])]

    def shape_constraints(self, node: Apply) -> list[tuple[Any, Any]]:
        x, order = map(extent_keys, node.inputs)
        return list(zip(x[:-1], order[:-1], strict=True))

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], [False]]

    def _indexed(self, node: Apply) -> list[Variable]:
        """Return x and the index arrays of its axes."""
        x, order = node.inputs
        ndim = x.type.ndim
        rows = []
        for axis, extent in enumerate(extents_of(x)[:-1]):
            count = Arange("int64")(constant(0), extent, constant(1))
            rows.append(DimShuffle(["x"] * axis + [0] + ["x"] * (ndim - 1 - axis))(count))
        return [x, *rows, order]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        g = cotangents[0]
        if g is None:
            return [None, None]
        x, *indices = self._indexed(node)
        scatter = AdvancedIncSubtensor(("array",) * x.type.ndim, False)
        return [scatter(zeros_like(x), g, *indices), None]

    def masks_cotangents(self) -> bool:
        return True

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        t = tangents[0]
        return [None if t is None else self(t, node.inputs[1])]

    def batch(self, node: Apply, context: BatchContext) -> list[Batched]:
        x, order = map(context.repeated, context.inputs)
        return [Batched(self(x, order), True)]


class Sort(Op):
    """Real numbers in ascending order along the last axis, nan last: what `TakeOrdered` takes by
    the indices of `ArgSort`, where nothing else needs these. In which order -0 and 0 come is
    undefined, as are the payloads of nan."""

    def make_node(self, x: Variable) -> Apply:
        node = super().make_node(x)
        set_keys(node.outputs[0], extent_keys(x))
        return node

    def output_types(self, x: Variable) -> Sequence[TensorType]:
        if x.type.ndim < 1 or np.dtype(x.type.dtype).kind not in "biuf":
            raise TypeError(f"sort: {x} ({x.type}) is no array of real numbers")
        return [x.type]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        return (np.sort(x, axis=-1),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [shapes[0]]

    def cannot_raise(self, node: Apply) -> bool:
        return True

    def _ordered(self, node: Apply) -> Apply:
        """Return the node that takes the numbers in their order."""
        x = node.inputs[0]
        return TakeOrdered().make_node(x, ArgSort()(x))

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        ordered = self._ordered(node)
        return ordered.op.vjp(ordered, cotangents)[:1]

    def masks_cotangents(self) -> bool:
        return True

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        ordered = self._ordered(node)
        return ordered.op.jvp(ordered, [*tangents, None])

    def batch(self, node: Apply, context: BatchContext) -> list[Batched]:
        return [Batched(self(*context.variables), True)]
