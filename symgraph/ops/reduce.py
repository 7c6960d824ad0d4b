"""Reductions over axes: sum, prod, max, min, all, any, argmax, argmin."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from symgraph.graph import (
    Apply,
    BatchContext,
    Batched,
    Constant,
    Extent,
    Op,
    PiecewiseConstant,
    ShapeProxy,
    ShapeProxyContext,
    TensorType,
    Variable,
    convert,
)
from symgraph.ops.broadcast import BroadcastTo
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.scalar import as_derivative_of, conjugate
from symgraph.ops.shape import DimShuffle, extents_of


@dataclass(frozen=True)
class ReduceKind:
    """A way to reduce: the NumPy ufunc, the scalar function that combines two values, the value of
    an empty reduction (None: an empty axis is an error), and the dtype of the result."""

    ufunc: np.ufunc
    combine: str
    identity: float | None
    dtype: Callable[[str], str]


def _wide_integer(dtype: str) -> str:
    """Return the accumulator's dtype: small integers and bool sum to 64 bits, as in NumPy."""
    kind = np.dtype(dtype).kind
    return {"b": "int64", "i": "int64", "u": "uint64"}.get(kind, dtype)


def _same(dtype: str) -> str:
    return dtype


def _bool(dtype: str) -> str:
    return "bool"


REDUCE_KINDS = {
    "sum": ReduceKind(np.add, "add", 0, _wide_integer),
    "prod": ReduceKind(np.multiply, "mul", 1, _wide_integer),
    "max": ReduceKind(np.maximum, "maximum", None, _same),
    "min": ReduceKind(np.minimum, "minimum", None, _same),
    "all": ReduceKind(np.logical_and, "and_", True, _bool),
    "any": ReduceKind(np.logical_or, "or_", False, _bool),
    # The maximum of floats, defined for an empty axis: the shift of a softmax. It has no
    # derivative.
    "supremum": ReduceKind(np.maximum, "maximum", -np.inf, _same),
}


class Reduce(Op):
    """`kind` over `axes` (sorted, not negative), which are removed from the result.

    A maximum or minimum propagates nan, and its derivative is shared equally among ties.
    float16 accumulates in float32.
    """

    __props__ = ("kind", "axes", "dtype")
    never_larger: ClassVar[bool] = True

    def __init__(self, kind: str, axes: Sequence[int], dtype: str | None = None) -> None:
        self.kind = kind
        self.axes = tuple(axes)
        self.dtype = dtype

    def __str__(self) -> str:
        return f"{self.kind}{{axes={self.axes}}}"

    def make_node(self, x: Variable) -> Apply:
        node = super().make_node(x)
        keys = extent_keys(x)
        set_keys(node.outputs[0], [keys[axis] for axis in self.kept(x)])
        return node

    def kept(self, x: Variable) -> list[int]:
        return [axis for axis in range(x.type.ndim) if axis not in self.axes]

    def output_types(self, x: Variable) -> Sequence[TensorType]:
        if any(not 0 <= axis < x.type.ndim for axis in self.axes):
            raise ValueError(f"{self.kind} over axes {self.axes}: {x} is a {x.type}")
        kind = REDUCE_KINDS[self.kind]
        if kind.identity is None:
            for axis in self.axes:
                if x.type.shape[axis] == 0:
                    raise ValueError(_empty(self.kind, axis, f"{x} ({x.type})"))
            if np.dtype(x.type.dtype).kind == "c":
                raise TypeError(f"{self.kind}: complex numbers such as {x}'s have no order")
        real = self.dtype is not None and np.dtype(self.dtype).kind not in "bc"
        if real and np.dtype(x.type.dtype).kind == "c":
            raise TypeError(
                f"{self.kind} of {x} ({x.type}) in {self.dtype}: take real, imag, abs or angle"
                " of a complex number"
            )
        shape = [x.type.shape[axis] for axis in self.kept(x)]
        return [TensorType(self.dtype or kind.dtype(x.type.dtype), shape)]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        kind, dtype = REDUCE_KINDS[self.kind], node.outputs[0].type.dtype
        if kind.identity is None:
            for axis in self.axes:
                if x.shape[axis] == 0:
                    raise ValueError(_empty(self.kind, axis, f"an array of shape {x.shape}"))
            with np.errstate(all="ignore"):
                return (convert(kind.ufunc.reduce(x, axis=self.axes), dtype),)
        accumulator = "float32" if dtype == "float16" else dtype
        with np.errstate(all="ignore"):
            x = convert(x, accumulator)
            result = kind.ufunc.reduce(x, axis=self.axes, initial=kind.identity)
            return (convert(np.array(result), dtype),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [tuple(shapes[0][axis] for axis in self.kept(node.inputs[0]))]

    def expand(self, node: Apply) -> list[Variable] | None:
        """Return the expansion of a reduction over no axes: at most the dtype changes."""
        return None if self.axes else [_as(node.inputs[0], node.outputs[0].type.dtype)]

    def cannot_raise(self, node: Apply) -> bool:
        return REDUCE_KINDS[self.kind].identity is not None

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        return _proxy_without(self.axes, context, REDUCE_KINDS[self.kind].identity is not None)

    def in_floats(self, node: Apply, *values: np.ndarray) -> np.ndarray | None:
        if self.kind not in ("sum", "prod"):
            return None
        function = np.sum if self.kind == "sum" else np.prod
        return np.asarray(function(values[0].astype("float64"), axis=self.axes))

    def spread(self, value: Variable, x: Variable) -> Variable:
        """Return `value`, of the result's shape, repeated to the shape of `x`."""
        kept = self.kept(x)
        order = [kept.index(axis) if axis in kept else "x" for axis in range(x.type.ndim)]
        if order != list(range(x.type.ndim)):
            value = DimShuffle(order)(value)
        return BroadcastTo(x.type.shape)(value, *extents_of(x))

    def masks_cotangents(self) -> bool:
        return self.kind in ("max", "min")

    def batch(self, node: Apply, context: BatchContext) -> list[Batched]:
        axes = tuple(axis + context.depth for axis in self.axes)
        return [Batched(Reduce(self.kind, axes, self.dtype)(*context.variables), True)]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        x, y, g = node.inputs[0], node.outputs[0], cotangents[0]
        if g is None or np.dtype(x.type.dtype).kind not in "fc":
            return [None]
        if self.kind == "sum":
            return [as_derivative_of(x, self.spread(g, x))]
        if self.kind == "prod":
            return [as_derivative_of(x, self.spread(g, x)) * conjugate(self._product_of_others(x))]
        if self.kind in ("max", "min"):
            chosen = scalar_functions["eq"](x, self.spread(y, x))
            ties = Reduce("sum", self.axes, x.type.dtype)(_as(chosen, x.type.dtype))
            share = self.spread(scalar_functions["true_div"](g, ties), x)
            return [scalar_functions["switch"](chosen, share, 0)]
        return [None]

    def _product_of_others(self, x: Variable) -> Variable:
        """Return for each element the product of all others, correct also where some are zero.

        Up to two zeros are represented by the elementary symmetric polynomial of as many factors
        (by Newton's identities): its value is 0, but its derivatives are not. So the third
        derivatives of a product are correct as well.
        """
        switch, eq, sqr = (scalar_functions[name] for name in ("switch", "eq", "sqr"))
        zero = eq(x, 0)
        own = switch(zero, x, 0)
        instead = switch(zero, 1, x)

        def total(value: Variable) -> Variable:
            return self.spread(Reduce("sum", self.axes)(value), x)

        rest = self.spread(Reduce("prod", self.axes, x.type.dtype)(instead), x) / instead
        # The counts and sums leave out the element itself.
        count = total(zero) - scalar_functions["cast"](zero, "int64")
        first, second = total(own) - own, total(sqr(own)) - sqr(own)
        both = (sqr(first) - second) / 2
        zeros = switch(eq(count, 0), 1, switch(eq(count, 1), first, switch(eq(count, 2), both, 0)))
        return scalar_functions["mul_zero"](zeros, rest)

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        t = tangents[0]
        if t is None or self.kind in ("all", "any"):
            return [None]
        if self.kind == "sum":
            return [self(t)]
        ones = scalar_functions["second"](node.outputs[0], 1.0)
        (derivative,) = self.vjp(node, [_as(ones, node.outputs[0].type.dtype)])
        if derivative is None:
            return [None]
        # A derivative of zero means "not the largest": the tangent of that element then does not
        # matter, even if inf or nan.
        moved = scalar_functions["mul_zero"](conjugate(derivative), t)
        return [Reduce("sum", self.axes, self.dtype)(moved)]


def total(x: Variable) -> Variable:
    """Return the sum over all axes of `x`, which has at least one."""
    return Reduce("sum", range(x.type.ndim))(x)


def _as(x: Variable, dtype: str) -> Variable:
    return x if x.type.dtype == dtype else scalar_functions["cast"](x, dtype)


def _empty(kind: str, axis: int, what: str) -> str:
    return f"{kind} of nothing: {what} is empty on axis {axis}"


def _proxy_without(
    axes: Sequence[int], context: ShapeProxyContext, may_be_empty: bool
) -> ShapeProxy:
    """Return the shape proxy of the only operand reduced over axes."""
    (x,) = context.operands
    extents = context.extents(x)
    kept = [extent for axis, extent in enumerate(extents) if axis not in axes]
    if may_be_empty:
        return context.of(kept, [x])
    checked = context.at_least([extents[axis] for axis in axes], [1] * len(axes))
    return context.of(kept, [*checked, x])


class ArgReduce(PiecewiseConstant):
    """The index of the largest ('max') or smallest ('min') element on `axis`: the first of equal
    elements, or the first nan if there are any. int64."""

    __props__ = ("kind", "axis")
    never_larger: ClassVar[bool] = True

    def __init__(self, kind: str, axis: int) -> None:
        self.kind = kind
        self.axis = axis

    def __str__(self) -> str:
        return f"arg{self.kind}{{axis={self.axis}}}"

    def output_types(self, x: Variable) -> Sequence[TensorType]:
        if not 0 <= self.axis < x.type.ndim:
            raise ValueError(f"arg{self.kind} over axis {self.axis}: {x} is a {x.type}")
        if x.type.shape[self.axis] == 0:
            raise ValueError(_empty(f"arg{self.kind}", self.axis, f"{x} ({x.type})"))
        shape = [extent for axis, extent in enumerate(x.type.shape) if axis != self.axis]
        return [TensorType("int64", shape)]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        if x.shape[self.axis] == 0:
            raise ValueError(_empty(f"arg{self.kind}", self.axis, f"an array of shape {x.shape}"))
        function = np.argmax if self.kind == "max" else np.argmin
        return (np.asarray(function(x, axis=self.axis), dtype="int64"),)

    def batch(self, node: Apply, context: BatchContext) -> list[Batched]:
        op = ArgReduce(self.kind, self.axis + context.depth)
        return [Batched(op(*context.variables), True)]

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        return _proxy_without((self.axis,), context, False)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [tuple(extent for axis, extent in enumerate(shapes[0]) if axis != self.axis)]


def plain_axes(axis: Any) -> Any:
    """Return axes given as an array or a constant as what Python has for them."""
    data = axis.data if isinstance(axis, Constant) else axis
    return data.tolist() if isinstance(data, np.ndarray) else data


def normal_axes(axis: Any, x: Variable, what: str, new: int = 0) -> tuple[int, ...]:
    """Return None, an int, a sequence or an array as sorted non-negative axes of a variable with
    `new` new axes. Raises ValueError or TypeError."""
    ndim = x.type.ndim + new
    axis = plain_axes(axis)
    if axis is None:
        return tuple(range(ndim))
    listed = list(map(plain_axes, axis)) if isinstance(axis, list | tuple | range) else [axis]
    result = []
    for entry in listed:
        if isinstance(entry, bool) or not isinstance(entry, int | np.integer):
            raise TypeError(f"{what}: an axis is an int, not {entry!r}: {x} ({x.type})")
        if not -ndim <= entry < ndim:
            raise ValueError(
                f"{what}: axis {entry} is out of range for {ndim} dimensions: {x} ({x.type})"
            )
        result.append(int(entry) % ndim)
    if len(set(result)) != len(result):
        raise ValueError(f"{what}: an axis is named twice in {listed}: {x} ({x.type})")
    return tuple(sorted(result))
