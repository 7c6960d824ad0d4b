"""Random orders of 0, 1, ..., n - 1, made from a random swap position for each."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply, Extent, PiecewiseConstant, TensorType, Variable
from symgraph.ops.extent_equality import extent_keys, set_keys


class Permutation(PiecewiseConstant):
    """The numbers 0, ..., n - 1 along the last axis in another order: for each i from n - 1 down to
    1 the number at i is swapped with the one at `places[..., i]`, which is one of 0, ..., i
    (Fisher and Yates; Durstenfeld, CACM 7 (1964)). If all positions are equally likely, so are
    all orders. Input and output are int64."""

    def make_node(self, places: Variable) -> Apply:
        node = super().make_node(places)
        set_keys(node.outputs[0], extent_keys(places))
        return node

    def output_types(self, places: Variable) -> Sequence[TensorType]:
        if places.type.dtype != "int64" or places.type.ndim < 1:
            raise TypeError(f"permutation: no places are of type {places.type}")
        return [places.type]

    def perform(self, node: Apply, places: np.ndarray) -> tuple[np.ndarray, ...]:
        count = places.shape[-1]
        rows = []
        for given in places.reshape(-1, count).tolist() if places.size else ():
            row = list(range(count))
            for i in range(count - 1, 0, -1):
                place = given[i]
                row[i], row[place] = row[place], row[i]
            rows.append(row)
        return (np.array(rows, "int64").reshape(places.shape),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [shapes[0]]
