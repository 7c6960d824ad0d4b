"""Running sums and products along an axis, and the linear recurrence that is their derivative."""

from collections.abc import Sequence
from typing import Any

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
    convert,
)
from symgraph.ops.broadcast import BroadcastTo
from symgraph.ops.constant import number
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.reduce import REDUCE_KINDS
from symgraph.ops.scalar import as_derivative_of, conjugate
from symgraph.ops.shape import extents_of
from symgraph.ops.subtensor import IncSubtensor, Slice, Subtensor

Variables = Sequence[Variable | None]
Shapes = Sequence[tuple[Extent, ...]]


class AlongAxis(Op):
    """An operation that walks along `axis`, from its end where it is `backwards`. Where it is
    `delayed`, each element is computed from what stands before its place, without that place."""

    __props__: tuple[str, ...] = ("axis", "backwards", "delayed")

    def __init__(self, axis: int, backwards: bool = False, delayed: bool = False) -> None:
        self.axis = axis
        self.backwards = backwards
        self.delayed = delayed

    def _check_axis(self, x: Variable) -> None:
        if not 0 <= self.axis < x.type.ndim:
            raise ValueError(f"{self} along axis {self.axis}: {x} is a {x.type}")

    def _shifted(self, x: Variable, backwards: bool) -> Variable:
        """Return what stands one place before each element, 0 before the first one."""
        later, earlier = Slice(start=True), Slice(stop=True)
        target, source = (earlier, later) if backwards else (later, earlier)
        before = (Slice(),) * self.axis
        one, last = number(1, "int64"), number(-1, "int64")
        ends = {later: one, earlier: last}
        moved = Subtensor((*before, source))(x, ends[source])
        zero = number(0, x.type.dtype, x.type.ndim)
        nothing = BroadcastTo(x.type.shape)(zero, *extents_of(x))
        return IncSubtensor((*before, target), True)(nothing, moved, ends[target])

    def infer_shape(self, node: Apply, shapes: Shapes) -> Shapes:
        return [shapes[0]]


class Cumulative(AlongAxis):
    """The sums ('sum') or products ('prod') of the elements up to each place along an axis; where
    `delayed`, of those before it, so that the first is 0 or 1.

    `dtype` is that of the result, of integers 64 bits as in NumPy. float16 accumulates in float32.
    """

    __props__ = ("kind", "axis", "backwards", "delayed", "dtype")

    def __init__(
        self,
        kind: str,
        axis: int,
        backwards: bool = False,
        delayed: bool = False,
        dtype: str | None = None,
    ) -> None:
        super().__init__(axis, backwards, delayed)
        self.kind = kind
        self.dtype = dtype

    def __str__(self) -> str:
        flags = [name for name in ("backwards", "delayed") if getattr(self, name)]
        return f"cum{self.kind}{{{', '.join([f'axis={self.axis}', *flags])}}}"

    def make_node(self, x: Variable) -> Apply:
        node = super().make_node(x)
        set_keys(node.outputs[0], extent_keys(x))
        return node

    def output_types(self, x: Variable) -> Sequence[TensorType]:
        self._check_axis(x)
        dtype = self.dtype or REDUCE_KINDS[self.kind].dtype(x.type.dtype)
        return [x.type.clone(dtype=dtype)]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        kind, dtype = REDUCE_KINDS[self.kind], node.outputs[0].type.dtype
        x = convert(x, "float32" if dtype == "float16" else dtype)
        x = np.flip(x, self.axis) if self.backwards else x
        with np.errstate(all="ignore"):
            result = np.array(kind.ufunc.accumulate(x, axis=self.axis))
            if self.delayed:
                rows = np.moveaxis(result, self.axis, 0)
                rows[1:] = rows[:-1].copy()
                rows[:1] = kind.identity
            result = np.flip(result, self.axis) if self.backwards else result
            return (np.ascontiguousarray(convert(result, dtype)).reshape(result.shape),)

    def cannot_raise(self, node: Apply) -> bool:
        return True

    def in_floats(self, node: Apply, *values: np.ndarray) -> np.ndarray | None:
        op = Cumulative(self.kind, self.axis, self.backwards, self.delayed, "float64")
        (x,) = node.inputs
        return op.perform(Apply(op, [x], op.output_types(x)), *values)[0]

    def batch(self, node: Apply, context: BatchContext) -> list[Batched]:
        axis = self.axis + context.depth
        op = Cumulative(self.kind, axis, self.backwards, self.delayed, self.dtype)
        return [Batched(op(*context.variables), True)]

    def vjp(self, node: Apply, cotangents: Variables) -> Variables:
        """Return the sums from the other end; of products, P[k] * S[k], where P are the products
        before each place and S[k] = g[k] + x[k + 1] * S[k + 1], which is right at zeros."""
        (x,), (g,) = node.inputs, cotangents
        if g is None or np.dtype(x.type.dtype).kind not in "fc":
            return [None]
        backwards = not self.backwards
        if self.kind == "sum":
            sums = Cumulative("sum", self.axis, backwards, self.delayed)(g)
            return [as_derivative_of(x, sums)]
        work = conjugate(_as(x, g.type.dtype))
        behind = LinearRecurrence(self.axis, backwards, not self.delayed)(work, g)
        if self.delayed:
            behind = self._shifted(behind, backwards)
        before = Cumulative("prod", self.axis, self.backwards, True)(work)
        return [as_derivative_of(x, scalar_functions["mul_zero"](behind, before))]

    def jvp(self, node: Apply, tangents: Variables) -> Variables:
        (x,), (t,) = node.inputs, tangents
        y = node.outputs[0]
        if t is None or np.dtype(y.type.dtype).kind not in "fc":
            return [None]
        if self.kind == "sum":
            return [self(t)]
        work, moved = _as(x, y.type.dtype), _as(t, y.type.dtype)
        before = Cumulative("prod", self.axis, self.backwards, True)(work)
        change = scalar_functions["mul_zero"](moved, before)
        if self.delayed:
            change = self._shifted(change, self.backwards)
        return [LinearRecurrence(self.axis, self.backwards, self.delayed)(work, change)]


class LinearRecurrence(AlongAxis):
    """y[i] = a[i] * y[i - 1] + b[i] along an axis, from y[0] = b[0]; where `delayed`, it is
    a[i - 1] * y[i - 1] + b[i]. The arrays a and b have equal shapes and one dtype of floats. A
    state of 0 stays 0, however large a is. float16 is kept in float32 from place to place.

    Its derivative by b is the recurrence from the other end, with the other delay.
    """

    def __str__(self) -> str:
        flags = [name for name in ("backwards", "delayed") if getattr(self, name)]
        return f"LinearRecurrence{{{', '.join([f'axis={self.axis}', *flags])}}}"

    def make_node(self, a: Variable, b: Variable) -> Apply:
        node = super().make_node(a, b)
        set_keys(node.outputs[0], extent_keys(b))
        return node

    def output_types(self, a: Variable, b: Variable) -> Sequence[TensorType]:
        self._check_axis(b)
        kinds = [np.dtype(v.type.dtype) for v in (a, b)]
        if a.type.ndim != b.type.ndim or kinds[0] != kinds[1] or kinds[0].kind not in "fc":
            raise TypeError(f"{self} takes two arrays of floats, not {a} ({a.type}) and {b}"
                            f" ({b.type})")  # fmt: skip
        for axis, (one, other) in enumerate(zip(a.type.shape, b.type.shape, strict=True)):
            if None not in (one, other) and one != other:
                raise ValueError(f"{self}: {a} ({a.type}) and {b} ({b.type}) differ on axis {axis}")
        return [TensorType(b.type.dtype, b.type.shape)]

    def perform(self, node: Apply, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, ...]:
        if a.shape != b.shape:
            raise ValueError(f"{self}: the shapes {a.shape} and {b.shape} differ")
        work = "float32" if b.dtype == np.float16 else b.dtype
        result = np.empty(b.shape, b.dtype)
        factors, terms, out = (np.moveaxis(v, self.axis, 0) for v in (a, b, result))
        places = range(len(out))
        state = np.zeros(out.shape[1:], work)
        before = 0
        with np.errstate(all="ignore"):
            for turn, i in enumerate(reversed(places) if self.backwards else places):
                factor = factors[before if self.delayed else i]
                kept = np.where(state == 0, 0, state * factor) if turn else state
                state = (kept + terms[i]).astype(work)
                out[i] = state
                before = i
        return (result,)

    def shape_constraints(self, node: Apply) -> list[tuple[Any, Any]]:
        return list(zip(*map(extent_keys, node.inputs), strict=True))

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        a, b = context.operands
        return context.requiring(b, context.extents(a), extent_keys(node.inputs[0]))

    def cannot_raise(self, node: Apply) -> bool:
        return all(left == right for left, right in self.shape_constraints(node))

    def batch(self, node: Apply, context: BatchContext) -> list[Batched]:
        op = LinearRecurrence(self.axis + context.depth, self.backwards, self.delayed)
        return [Batched(op(*(context.repeated(x) for x in context.inputs)), True)]

    def vjp(self, node: Apply, cotangents: Variables) -> Variables:
        (a, _), (y,), (g,) = node.inputs, node.outputs, cotangents
        if g is None:
            return [None, None]
        op = LinearRecurrence(self.axis, not self.backwards, not self.delayed)
        behind, y = op(conjugate(a), g), conjugate(y)
        if self.delayed:
            pair = self._shifted(behind, not self.backwards), y
        else:
            pair = behind, self._shifted(y, self.backwards)
        return [scalar_functions["mul_zero"](*pair), behind]

    def jvp(self, node: Apply, tangents: Variables) -> Variables:
        (a, _), (y,), (d_a, d_b) = node.inputs, node.outputs, tangents
        change = d_b
        if d_a is not None:
            mul_zero = scalar_functions["mul_zero"]
            if self.delayed:
                by_a = self._shifted(mul_zero(d_a, y), self.backwards)
            else:
                by_a = mul_zero(d_a, self._shifted(y, self.backwards))
            change = by_a if d_b is None else by_a + d_b
        return [None if change is None else self(a, change)]


def _as(x: Variable, dtype: str) -> Variable:
    return x if x.type.dtype == dtype else scalar_functions["cast"](x, dtype)
