"""Searching sorted numbers."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import (
    Apply,
    BatchContext,
    Batched,
    Extent,
    PiecewiseConstant,
    TensorType,
    Variable,
)
from symgraph.ops.extent_equality import extent_keys, set_keys


class SearchSorted(PiecewiseConstant):
    """For each value the place in a sorted vector where it would be put in, int64: before equal
    numbers where `side` is 'left', behind them where it is 'right'. nan counts as largest.

    Inputs are the vector and the values, of one dtype. A vector that is not sorted gives some
    places between 0 and its length.
    """

    __props__ = ("side",)

    def __init__(self, side: str) -> None:
        self.side = side

    def make_node(self, numbers: Variable, values: Variable) -> Apply:
        node = super().make_node(numbers, values)
        set_keys(node.outputs[0], extent_keys(values))
        return node

    def output_types(self, numbers: Variable, values: Variable) -> Sequence[TensorType]:
        if numbers.type.ndim != 1:
            raise TypeError(f"searchsorted: {numbers} ({numbers.type}) is no vector")
        dtypes = {numbers.type.dtype, values.type.dtype}
        if len(dtypes) > 1 or np.dtype(numbers.type.dtype).kind not in "biuf":
            raise TypeError(
                f"searchsorted: {numbers} ({numbers.type}) and {values} ({values.type}) are no real"
                " numbers of one dtype"
            )
        return [values.type.clone(dtype="int64")]

    def perform(
        self, node: Apply, numbers: np.ndarray, values: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        found = np.searchsorted(numbers, values, side=self.side)  # type: ignore[call-overload]
        return (np.asarray(found, "int64"),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [shapes[1]]

    def cannot_raise(self, node: Apply) -> bool:
        return True

    def batch(self, node: Apply, context: BatchContext) -> list[Batched] | None:
        if context.inputs[0].batched:
            return None
        return [Batched(self(*context.variables), True)]
