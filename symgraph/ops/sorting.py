"""Sorting, by the indices that sort."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply, Extent, PiecewiseConstant, TensorType, Variable
from symgraph.ops.extent_equality import extent_keys, set_keys


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
