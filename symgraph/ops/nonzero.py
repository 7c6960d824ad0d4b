"""The positions at which an array is true, on which selection by masks is built."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Apply, Extent, PiecewiseConstant, TensorType, Variable
from symgraph.ops.extent_equality import set_keys
from symgraph.ops.shape import as_extent, keys_of_extents, known_extent


class CountTrue(PiecewiseConstant):
    """The number of true elements of a mask, as an int64 scalar.

    Not a sum: a sum may be fused with the computation of its terms, and with other rounding a
    comparison may give another result. This op and `Nonzero` read the same stored mask.
    """

    def output_types(self, mask: Variable) -> Sequence[TensorType]:
        _check_mask(mask)
        return [TensorType("int64", ())]

    def perform(self, node: Apply, mask: np.ndarray) -> tuple[np.ndarray, ...]:
        return (np.asarray(np.count_nonzero(mask), "int64"),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [()]


class Nonzero(PiecewiseConstant):
    """The indices of the true elements of a mask, in C order: an int64 vector for each axis.

    Inputs are the mask, an array of bools, and its `CountTrue`, which is the extent of the outputs.
    """

    def make_node(self, mask: Variable, count: Variable) -> Apply:
        node = super().make_node(mask, count)
        for output in node.outputs:
            set_keys(output, keys_of_extents([count]))
        return node

    def output_types(self, mask: Variable, count: Variable) -> Sequence[TensorType]:
        _check_mask(mask)
        as_extent(count, "nonzero: the number of true elements")
        return [TensorType("int64", (known_extent(count),))] * mask.type.ndim

    def perform(self, node: Apply, mask: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, ...]:
        found = tuple(index.astype("int64") for index in np.nonzero(mask))
        if len(found[0]) != count:
            raise ValueError(f"nonzero: {len(found[0])} elements are true, not {count}")
        return found

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        known = node.outputs[0].type.shape[0]
        return [(node.inputs[1] if known is None else known,)] * len(node.outputs)

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[False] * len(node.outputs)] * 2


def _check_mask(mask: Variable) -> None:
    if mask.type.dtype != "bool" or mask.type.ndim == 0:
        raise TypeError(f"nonzero: a mask is an array of bools, not {mask} ({mask.type})")


def mask_of(indices: Sequence[Any]) -> Variable | None:
    """Return the mask whose true elements these index arrays select, if all come from one mask."""
    node = getattr(indices[0], "owner", None) if indices else None
    if node is None or not isinstance(node.op, Nonzero):
        return None
    return node.inputs[0] if tuple(indices) == tuple(node.outputs) else None
