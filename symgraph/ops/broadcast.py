"""Broadcasting to given extents, and its derivative: summing over the repeated axes."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from symgraph.graph import (
    Apply,
    Constant,
    ShapeProxy,
    ShapeProxyContext,
    TensorType,
    Variable,
    check_size,
)
from symgraph.ops.constant import constant, number
from symgraph.ops.extent_arithmetic import (
    as_scalar,
    as_size,
    multiplied,
)
from symgraph.ops.extent_equality import (
    extent_keys,
    own_keys,
)
from symgraph.ops.shape import (
    DimShuffle,
    ShapeOf,
    ToExtents,
    check_known,
    extents_of,
    known_extent,
)


class BroadcastTo(ToExtents):
    """`x` repeated to given extents of the same rank: inputs are x and a scalar per axis.

    `shape` holds the known extents. The result is a view with strides of 0.
    """

    view_map: ClassVar = {0: 0}
    selects_elements: ClassVar[bool] = True

    def output_types(self, x: Variable, *extents: Variable) -> Sequence[TensorType]:
        if not len(extents) == len(self.shape) == x.type.ndim:
            raise TypeError(f"{x} ({x.type}) cannot be broadcast to {len(extents)} extents")
        check_known(self.shape, extents, f"broadcast of {x}")
        for axis, (have, want) in enumerate(zip(x.type.shape, self.shape, strict=True)):
            if have not in (None, 1) and want is not None and have != want:
                raise ValueError(
                    f"{x} ({x.type}) cannot be broadcast to the extent {want} on axis {axis}"
                )
        return [x.type.clone(shape=self.shape)]

    def perform(self, node: Apply, x: np.ndarray, *extents: np.ndarray) -> tuple[np.ndarray, ...]:
        target = tuple(int(extent) for extent in extents)
        if min(target, default=0) >= 0:
            check_size(target, x.dtype.name)
        try:
            return (np.broadcast_to(x, target),)
        except ValueError:
            raise ValueError(
                f"an array of shape {x.shape} cannot be broadcast to {target}"
            ) from None

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        return context.as_view()

    def pulled(self, x: Variable, g: Variable) -> Variable:
        return sum_to(g, x)


class SumTo(ToExtents):
    """`x` summed to given extents: inputs are x and an int64 scalar per axis.

    Each target extent is x's own or 1; which of the two may be known only at run time.
    `shape` holds the known extents of the target.
    """

    never_larger: ClassVar[bool] = True

    def output_types(self, x: Variable, *extents: Variable) -> Sequence[TensorType]:
        if len(extents) != len(self.shape) or x.type.ndim != len(self.shape):
            raise TypeError(f"{self}: {x} ({x.type}) and {len(extents)} extents do not fit")
        return [TensorType(x.type.dtype, self.shape)]

    def perform(self, node: Apply, x: np.ndarray, *extents: np.ndarray) -> tuple[np.ndarray, ...]:
        target = tuple(int(extent) for extent in extents)
        axes = tuple(
            axis
            for axis, (got, want) in enumerate(zip(x.shape, target, strict=True))
            if got != want
        )
        if any(target[axis] != 1 for axis in axes):
            raise ValueError(f"an array of shape {x.shape} does not sum to the shape {target}")
        accumulator = "float32" if x.dtype == np.float16 else x.dtype
        with np.errstate(all="ignore"):
            result = np.sum(x, axis=axes, keepdims=True, dtype=accumulator)
            return (np.asarray(result, dtype=x.dtype),)

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        x, target = context.operands[0], list(map(as_size, node.inputs[1:]))
        pairs = zip(extent_keys(node.inputs[0]), extent_keys(node.outputs[0]), strict=True)
        if all(want in (1, have) for have, want in pairs):
            return context.of(target, [x])
        extents = context.extents(x)
        shape = tuple(known_extent(extent) for extent in extents)
        fits = BroadcastTo(shape)(context.zeros(target), *extents)
        return context.of(target, [ShapeProxy(fits, True)])

    def pulled(self, x: Variable, g: Variable) -> Variable:
        return BroadcastTo(x.type.shape)(g, *extents_of(x))


def sum_to(x: Variable, like: Variable) -> Variable:
    """Return `x`, whose shape `like` was broadcast to, summed to the shape of `like`; `x` itself
    where the types tell that this is its own shape."""
    if own_keys(x) == own_keys(like):
        return x
    extra = x.type.ndim - like.type.ndim
    ones = [constant(1, "int64")] * extra
    summed = SumTo((1,) * extra + like.type.shape)(x, *ones, *extents_of(like))
    return DimShuffle(range(extra, x.type.ndim))(summed) if extra else summed


def count_of(extents: Sequence[Variable]) -> Variable:
    """Return the number of elements of an array of these extents; MemoryError where no machine
    holds it."""
    total = multiplied(*extents)
    if isinstance(total, int) or _is_of_one_array(extents):
        return as_scalar(total)
    return ShapeOf(0)(broadcast_scalar(number(0, "int8"), [total]))


def _is_of_one_array(extents: Sequence[Variable]) -> bool:
    """Return whether all unknown extents are different extents of one array, which is known to
    fit."""
    nodes = [extent.owner for extent in extents if not isinstance(extent, Constant)]
    if len(nodes) == 1:
        return True
    asked = [n for n in nodes if n is not None and isinstance(n.op, ShapeOf)]
    axes = {node.op.axis for node in asked}
    return len(axes) == len(nodes) and len({node.inputs[0] for node in asked}) == 1


def broadcast_scalar(value: Variable, extents: Sequence[Variable]) -> Variable:
    """Return the scalar `value` repeated to `extents`: how zeros, ones and full are built."""
    if not extents:
        return value
    spread = DimShuffle(("x",) * len(extents))(value)
    return BroadcastTo(tuple(known_extent(extent) for extent in extents))(spread, *extents)
