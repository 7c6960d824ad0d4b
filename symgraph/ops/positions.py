"""The positions of an array's elements, which loops compute without memory."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply, Extent, PiecewiseConstant, TensorType, Variable
from symgraph.ops.extent_equality import set_keys
from symgraph.ops.shape import as_extent, keys_of_extents, known_extent


class Positions(PiecewiseConstant):
    """0, 1, 2, ... in C order, int64, in an array whose extents are the inputs."""

    def make_node(self, *extents: Variable) -> Apply:
        node = super().make_node(*extents)
        set_keys(node.outputs[0], keys_of_extents(extents))
        return node

    def output_types(self, *extents: Variable) -> Sequence[TensorType]:
        for axis, extent in enumerate(extents):
            as_extent(extent, f"positions: the extent of axis {axis}")
        return [TensorType("int64", tuple(map(known_extent, extents)))]

    def perform(self, node: Apply, *extents: np.ndarray) -> tuple[np.ndarray, ...]:
        shape = tuple(int(extent) for extent in extents)
        if min(shape, default=0) < 0:
            raise ValueError(f"an array cannot have the shape {shape}")
        return (np.arange(int(np.prod(shape)), dtype="int64").reshape(shape),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        known = node.outputs[0].type.shape
        return [tuple(v if e is None else e for e, v in zip(known, node.inputs, strict=True))]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[False] for _ in node.inputs]
