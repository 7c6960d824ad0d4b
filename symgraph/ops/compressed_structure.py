"""Operations on the structure of compressed matrices: the places of their entries."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply, Extent, PiecewiseConstant, TensorType, Variable
from symgraph.ops.compressed import check_indices, check_vector, row_numbers
from symgraph.ops.extent_arithmetic import added
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.shape import as_extent, keys_of_extents, known_extent


class RowNumbers(PiecewiseConstant):
    """The row of each entry of a compressed matrix, from its indices and pointers, int64."""

    def make_node(self, indices: Variable, pointers: Variable) -> Apply:
        node = super().make_node(indices, pointers)
        set_keys(node.outputs[0], extent_keys(indices))
        return node

    def output_types(self, indices: Variable, pointers: Variable) -> Sequence[TensorType]:
        check_vector(self, "the indices", indices, "iu")
        check_vector(self, "the pointers", pointers, "iu")
        return [indices.type.clone(dtype="int64")]

    def perform(
        self, node: Apply, indices: np.ndarray, pointers: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        return (row_numbers(indices, pointers).astype("int64"),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [shapes[0]]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[False], [True]]


class CountingSort(PiecewiseConstant):
    """The order that sorts integers from 0 to an extent, equal ones as they stand, and where each
    begins in it (H. H. Seward 1954): int64 vectors of n and of extent + 1 numbers.

    Inputs: the keys, and the extent.
    """

    def output_types(self, keys: Variable, extent: Variable) -> Sequence[TensorType]:
        check_vector(self, "the keys", keys, "iu")
        as_extent(extent, f"{self}: the extent")
        known = known_extent(extent)
        count = None if known is None else known + 1
        return [keys.type.clone(dtype="int64"), TensorType("int64", (count,))]

    def make_node(self, keys: Variable, extent: Variable) -> Apply:
        node = super().make_node(keys, extent)
        set_keys(node.outputs[0], extent_keys(keys))
        return node

    def perform(self, node: Apply, keys: np.ndarray, extent: np.ndarray) -> tuple[np.ndarray, ...]:
        check_indices(keys, int(extent))
        pointers = np.zeros(int(extent) + 1, "int64")
        np.cumsum(np.bincount(keys.astype("int64"), minlength=int(extent)), out=pointers[1:])
        return np.argsort(keys, kind="stable").astype("int64"), pointers

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [shapes[0], (added(node.inputs[1], 1),)]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True, True], [False, False]]


class Ranges(PiecewiseConstant):
    """The numbers of several ranges, one after the other, and for each the range that it is of:
    two int64 vectors.

    Inputs: where each range starts, its length, and the sum of the lengths.
    """

    def make_node(self, starts: Variable, lengths: Variable, total: Variable) -> Apply:
        node = super().make_node(starts, lengths, total)
        for output in node.outputs:
            set_keys(output, keys_of_extents([total]))
        return node

    def output_types(
        self, starts: Variable, lengths: Variable, total: Variable
    ) -> Sequence[TensorType]:
        check_vector(self, "the starts", starts, "iu")
        check_vector(self, "the lengths", lengths, "iu")
        as_extent(total, f"{self}: the sum of the lengths")
        return [TensorType("int64", (known_extent(total),))] * 2

    def perform(
        self, node: Apply, starts: np.ndarray, lengths: np.ndarray, total: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        if len(starts) != len(lengths):
            raise ValueError(f"ranges: {len(starts)} starts and {len(lengths)} lengths")
        lengths = lengths.astype("int64")
        if (lengths < 0).any() or lengths.sum() != total:
            raise ValueError(WRONG_LENGTHS.format(total))
        owners = np.repeat(np.arange(len(lengths)), lengths)
        before = np.cumsum(lengths) - lengths
        return np.arange(int(total)) - before[owners] + starts[owners].astype("int64"), owners

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        known = node.outputs[0].type.shape[0]
        return [(node.inputs[2] if known is None else known,)] * 2

    def shape_constraints(self, node: Apply) -> Sequence[tuple[object, object]]:
        starts, lengths = (extent_keys(variable) for variable in node.inputs[:2])
        return [(starts[0], lengths[0])]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True, False], [True, True], [False, False]]


WRONG_LENGTHS = "ranges: lengths must not be negative, and have the sum {0}"
