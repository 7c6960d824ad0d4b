"""Softmax and log-softmax along one axis, shifted by the maximum so that nothing overflows."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from symgraph.graph import (
    Apply,
    BatchContext,
    Batched,
    Extent,
    Op,
    ShapeProxy,
    ShapeProxyContext,
    TensorType,
    Variable,
)
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.reduce import Reduce
from symgraph.ops.scalar import upgrade_to_float
from symgraph.ops.shape import DimShuffle


def _work_dtype(dtype: str) -> str:
    """Return the dtype to compute in: that of the result, but float32 for float16."""
    result = upgrade_to_float([dtype])
    return "float32" if result == "float16" else result


def _as(x: Variable, dtype: str) -> Variable:
    return scalar_functions["cast"](x, dtype)


class _AlongAxis(Op):
    """A function of the values on one axis that keeps the shape."""

    __props__ = ("axis",)

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def make_node(self, x: Variable) -> Apply:
        node = super().make_node(x)
        set_keys(node.outputs[0], extent_keys(x))
        return node

    def output_types(self, x: Variable) -> Sequence[TensorType]:
        if not 0 <= self.axis < x.type.ndim:
            raise ValueError(f"{self} of {x} ({x.type}): there is no such axis")
        if np.dtype(x.type.dtype).kind == "c":
            raise TypeError(f"{self}: {x} ({x.type}) is complex")
        return [x.type.clone(dtype=upgrade_to_float([x.type.dtype]))]

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [shapes[0]]

    def cannot_raise(self, node: Apply) -> bool:
        return True

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        return context.operands[0]

    def batch(self, node: Apply, context: BatchContext) -> list[Batched]:
        return [Batched(type(self)(self.axis + context.depth)(*context.variables), True)]

    def _shifted(self, node: Apply, x: np.ndarray) -> np.ndarray:
        x = x.astype(_work_dtype(x.dtype.name), copy=False)
        with np.errstate(all="ignore"):
            return x - x.max(axis=self.axis, keepdims=True, initial=-np.inf)

    def keep(self, reduced: Variable) -> Variable:
        """Return the reduced values with the axis put back, with extent 1."""
        order: list[int | str] = list(range(reduced.type.ndim))
        order.insert(self.axis, "x")
        return DimShuffle(order)(reduced)

    def shifted(self, x: Variable) -> Variable:
        """Return x less its maximum, as an expression."""
        x = _as(x, _work_dtype(x.type.dtype))
        return x - self.keep(Reduce("supremum", (self.axis,))(x))

    def total(self, x: Variable) -> Variable:
        return self.keep(Reduce("sum", (self.axis,))(x))


class Softmax(_AlongAxis):
    """exp(x) / sum(exp(x)) along `axis`."""

    largest_magnitude: ClassVar[float] = 1.0

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        with np.errstate(all="ignore"):
            e = np.exp(self._shifted(node, x))
            y = e / e.sum(axis=self.axis, keepdims=True)
        return (y.astype(node.outputs[0].type.dtype, copy=False),)

    def expand(self, node: Apply) -> list[Variable]:
        """Return the same value written with elementwise functions and reductions."""
        e = scalar_functions["exp"](self.shifted(node.inputs[0]))
        return [_as(e / self.total(e), node.outputs[0].type.dtype)]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        x, y, g = node.inputs[0], node.outputs[0], cotangents[0]
        if g is None or np.dtype(x.type.dtype).kind != "f":
            return [None]
        weighted = g * y
        return [weighted - y * self.total(weighted)]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        # The Jacobian diag(y) - y y' is symmetric.
        return self.vjp(node, tangents)


class LogSoftmax(_AlongAxis):
    """x - log(sum(exp(x))) along `axis`."""

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        z = self._shifted(node, x)
        with np.errstate(all="ignore"):
            y = z - np.log(np.exp(z).sum(axis=self.axis, keepdims=True))
        return (y.astype(node.outputs[0].type.dtype, copy=False),)

    def expand(self, node: Apply) -> list[Variable]:
        """Return the same value written with elementwise functions and reductions."""
        z = self.shifted(node.inputs[0])
        y = z - scalar_functions["log"](self.total(scalar_functions["exp"](z)))
        return [_as(y, node.outputs[0].type.dtype)]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        x, y, g = node.inputs[0], node.outputs[0], cotangents[0]
        if g is None or np.dtype(x.type.dtype).kind != "f":
            return [None]
        return [g - scalar_functions["exp"](y) * self.total(g)]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        y, t = node.outputs[0], tangents[0]
        if t is None:
            return [None]
        return [t - self.total(scalar_functions["exp"](y) * t)]
