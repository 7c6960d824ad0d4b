"""Sorting, by the indices that sort."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Apply, Extent, PiecewiseConstant, TensorType, Variable
from symgraph.ops.elemwise import elementwise
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.scalar import OperandKinds, declare

# The unsigned integers by which floats are sorted.
KEYS = {"float32": "uint32", "float64": "uint64"}


def _order_key(x: Any) -> Any:
    x = np.asarray(x) + 0.0
    bits = x.view(KEYS[str(x.dtype)])
    sign = bits.dtype.type(1 << 8 * bits.itemsize - 1)
    return np.where(np.isnan(x), ~(bits ^ bits), np.where(bits & sign, ~bits, bits | sign))


# Integers in the order of the floats: equal for 0 and -0, and for all nan, which come last.
order_key = elementwise(
    declare(
        "order_key",
        _order_key,
        (None,),
        result=lambda dtypes: KEYS.get(dtypes[0], "uint32"),
        operand=lambda dtypes: tuple(d if d in KEYS else "float32" for d in dtypes),
        takes=OperandKinds("f", "only floats have keys"),
    )
)


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
