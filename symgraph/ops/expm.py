"""Exponentials of the matrices on the last two axes.

The derivative in a direction e is the upper right block of the exponential of [[a, e], [0, a]]
(R. Mathias, "A chain rule for matrix functions and applications", 1996), the reverse derivative
that of the adjoint matrix.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Apply, LazyModule, TensorType, Variable
from symgraph.ops.constant import constant
from symgraph.ops.creation import Join
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.matrices import (
    Cotangents,
    Extents,
    MatrixOp,
    adjoint,
    check_square,
    float_only,
    result_dtype,
    square_value,
)
from symgraph.ops.shape import extent_of
from symgraph.ops.subtensor import Slice, Subtensor

linalg: Any = LazyModule("scipy.linalg")


class Expm(MatrixOp):
    """The exponentials of square matrices."""

    def make_node(self, a: Variable) -> Apply:
        node = super().make_node(a)
        set_keys(node.outputs[0], extent_keys(a))
        return node

    def output_types(self, a: Variable) -> Sequence[TensorType]:
        check_square("expm", a)
        return [TensorType(result_dtype("expm", a), a.type.shape)]

    def perform(self, node: Apply, a: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        a = square_value("expm", a, dtype)
        if not a.size:
            return (np.zeros(a.shape, dtype),)
        with np.errstate(all="ignore"):
            return (np.ascontiguousarray(linalg.expm(a)).astype(dtype, copy=False),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [shapes[0]]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        (a,), g = node.inputs, cotangents[0]
        return [None if g is None else float_only(self._derivative(adjoint(a), g), a)]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        (a,), t = node.inputs, tangents[0]
        return [None if t is None else self._derivative(a, t)]

    def _derivative(self, a: Variable, direction: Variable) -> Variable:
        rows, columns = a.type.ndim - 2, a.type.ndim - 1
        nothing = scalar_functions["second"](a, constant(0, a.type.dtype))
        upper, lower = Join(columns)(a, direction), Join(columns)(nothing, a)
        size = extent_of(a, rows)
        whole = [Slice()] * rows
        corner = Subtensor((*whole, Slice(stop=True), Slice(start=True)))
        return corner(self(Join(rows)(upper, lower)), size, size)
