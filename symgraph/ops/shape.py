"""Extents, and the operations that only rearrange or repeat axes."""

from collections.abc import Sequence
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
)
from symgraph.ops.constant import as_tensor, constant
from symgraph.ops.extent_equality import extent_keys, own_keys, set_keys

_EXTENT = TensorType("int64", ())


class ShapeOf(PiecewiseConstant):
    """The extent of one axis, an int64 scalar."""

    __props__ = ("axis",)
    never_larger: ClassVar[bool] = True

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def output_types(self, x: Variable) -> Sequence[TensorType]:
        if not 0 <= self.axis < x.type.ndim:
            raise ValueError(f"{x} ({x.type}) has no axis {self.axis}")
        return [_EXTENT]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        return (np.asarray(x.shape[self.axis], dtype="int64"),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [()]

    def cannot_raise(self, node: Apply) -> bool:
        return True

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        return context.of([], context.operands)

    def batch(self, node: Apply, context: BatchContext) -> list[Batched]:
        (x,) = context.variables
        return [Batched(extent_of(x, self.axis + context.depth), False)]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return no connection: the output depends on the input's shape only."""
        return [[False]]


def extent_of(x: Variable, axis: int) -> Variable:
    """Return the extent as a scalar variable: a constant where the type tells it, else the
    `ShapeOf` of `x` itself, which stays correct if `x` is replaced."""
    known = x.type.shape[axis]
    return ShapeOf(axis)(x) if known is None else constant(known, "int64")


def extents_of(x: Variable) -> list[Variable]:
    """Return all extents of `x` as int64 scalar variables."""
    return [extent_of(x, axis) for axis in range(x.type.ndim)]


def inferred_extent(x: Variable, axis: int) -> Variable:
    """Return the extent as a scalar variable, by shape inference: provably equal extents give the
    same variable, a constant where it is known. For rewriting: see
    `symgraph.ops.extent_equality`."""
    key = extent_keys(x)[axis]
    if isinstance(key, int):
        return constant(key, "int64")
    if isinstance(key, Variable):
        return key
    origin, origin_axis = key
    return ShapeOf(origin_axis)(origin)


def inferred_extents(x: Variable) -> list[Variable]:
    """Return all extents of `x`, by shape inference."""
    return [inferred_extent(x, axis) for axis in range(x.type.ndim)]


def as_extent(value: Any, what: str) -> Variable:
    """Return an integer scalar as an extent or index. Raises TypeError."""
    variable = as_tensor(value)
    if variable.type.ndim != 0 or np.dtype(variable.type.dtype).kind not in "iu":
        raise TypeError(f"{what} must be an integer scalar, not {variable} ({variable.type})")
    return variable


def known_extent(variable: Variable) -> int | None:
    """Return the value of an extent that is a constant; None otherwise."""
    if not isinstance(variable, Constant) or int(variable.data) < 0:
        return None
    return int(variable.data)


# Sums and products, those written by users and those of shape rules.
_COUNTING = ("add", "mul", "saturated_add", "saturated_mul")


def is_extent(scalar: Variable) -> bool:
    """Return whether this is made of extents and constants by sums and products: never negative."""
    pending, seen = [scalar], {scalar}
    while pending:
        variable = pending.pop()
        if isinstance(variable, Constant):
            if int(variable.data) < 0:
                return False
            continue
        node = variable.owner
        if node is None:
            return False
        if getattr(node.op, "scalar", None) is not None and node.op.scalar.name in _COUNTING:
            pending += [v for v in node.inputs if v not in seen]
            seen.update(node.inputs)
        elif not isinstance(node.op, ShapeOf):
            return False
    return True


def check_known(shape: Sequence[int | None], extents: Sequence[Variable], what: str) -> None:
    """Raise unless there is an integer scalar for each entry of `shape`, with the known value."""
    if len(extents) != len(shape):
        raise TypeError(f"{what}: {len(extents)} extents do not fit the shape {tuple(shape)}")
    for axis, (known, extent) in enumerate(zip(shape, extents, strict=True)):
        as_extent(extent, f"{what}: the extent of axis {axis}")
        told = known_extent(extent)
        if None not in (known, told) and known != told:
            raise ValueError(f"{what}: axis {axis} has the extent {told}, not {known}")


def keys_of_extents(extents: Sequence[Variable]) -> list[Any]:
    """Return the keys (see `symgraph.ops.extent_equality`) of axes that are given these extents."""
    keys: list[Any] = []
    for extent in extents:
        owner = extent.owner
        if owner is not None and isinstance(owner.op, ShapeOf):
            keys.append(extent_keys(owner.inputs[0])[owner.op.axis])
        else:
            keys.append(None if isinstance(extent, Constant) else extent)
    return keys


def own_key(extent: Variable) -> Any:
    """Return the key of an axis with this extent that is valid whatever computes the extent."""
    known = known_extent(extent)
    if known is not None:
        return known
    owner = extent.owner
    if owner is not None and isinstance(owner.op, ShapeOf):
        return own_keys(owner.inputs[0])[owner.op.axis]
    return extent


def given_extents(node: Apply) -> tuple[Extent, ...]:
    """Return the extents of the only output of a node whose inputs after the first are the
    extents."""
    known = node.outputs[0].type.shape
    return tuple(e if k is None else k for k, e in zip(known, node.inputs[1:], strict=True))


class ToExtents(Op):
    """An operation whose result has given extents: inputs are x, in which it is linear, and an
    integer scalar per axis of the result; `shape` holds the known ones."""

    __props__ = ("shape",)

    def __init__(self, shape: Sequence[int | None]) -> None:
        self.shape = tuple(shape)

    def make_node(self, x: Variable, *extents: Variable) -> Apply:
        node = super().make_node(x, *extents)
        set_keys(node.outputs[0], keys_of_extents(extents))
        return node

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [given_extents(node)]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], *([False] for _ in node.inputs[1:])]

    def pulled(self, x: Variable, g: Variable) -> Variable:
        """Return the cotangent of x, given the cotangent g of the result."""
        raise NotImplementedError

    def batch(self, node: Apply, context: BatchContext) -> list[Batched] | None:
        x, *extents = context.inputs
        if not x.batched or any(extent.batched for extent in extents):
            return None
        own = [extent_of(x.variable, axis) for axis in range(context.depth)]
        op = type(self)((*map(known_extent, own), *self.shape))
        return [Batched(op(x.variable, *own, *(e.variable for e in extents)), True)]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        g = cotangents[0]
        by_x = None if g is None else self.pulled(node.inputs[0], g)
        return [by_x, *([None] * len(self.shape))]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None if tangents[0] is None else self(tangents[0], *node.inputs[1:])]


class DimShuffle(Op):
    """Permute, insert and drop axes: `order` names input axes, 'x' a new axis of extent 1.

    A dropped axis must have extent 1, which is checked when it is not known. A view.
    """

    __props__ = ("order",)
    view_map: ClassVar = {0: 0}
    never_larger: ClassVar[bool] = True
    selects_elements: ClassVar[bool] = True

    def __init__(self, order: Sequence[int | str]) -> None:
        self.order = tuple(order)

    def _kept(self) -> list[int]:
        return [entry for entry in self.order if isinstance(entry, int)]

    def _ordered(self, entries: Sequence[Any]) -> tuple[Any, ...]:
        """Return the entries of the input's axes, in the order of the output's; 1 for a new
        axis."""
        return tuple(entries[entry] if isinstance(entry, int) else 1 for entry in self.order)

    def _dropped(self, ndim: int) -> list[int]:
        return [axis for axis in range(ndim) if axis not in self.order]

    def make_node(self, x: Variable) -> Apply:
        node = super().make_node(x)
        keys = extent_keys(x)
        set_keys(node.outputs[0], self._ordered(keys))
        return node

    def output_types(self, x: Variable) -> Sequence[TensorType]:
        shape = x.type.shape
        kept = self._kept()
        if any(e != "x" and not isinstance(e, int) for e in self.order) or any(
            not 0 <= axis < len(shape) for axis in kept
        ):
            raise ValueError(f"dimshuffle{self.order}: {x} ({x.type}) has no such axis")
        if len(set(kept)) != len(kept):
            raise ValueError(f"dimshuffle{self.order}: an axis is named twice")
        for axis in self._dropped(len(shape)):
            if shape[axis] not in (None, 1):
                raise ValueError(
                    f"dimshuffle{self.order}: cannot drop axis {axis} of {x} ({x.type}):"
                    f" its extent is {shape[axis]}, not 1"
                )
        return [x.type.clone(shape=self._ordered(shape))]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        for axis in self._dropped(x.ndim):
            if x.shape[axis] != 1:
                raise ValueError(
                    f"dimshuffle{self.order}: cannot drop axis {axis} of an array of shape"
                    f" {x.shape}: its extent is not 1"
                )
        kept = self._kept()
        x = x.transpose(kept + self._dropped(x.ndim)).reshape([x.shape[axis] for axis in kept])
        index = (None if entry == "x" else slice(None) for entry in self.order)
        # With the Ellipsis NumPy returns a view of a scalar as well.
        return (x[(*index, ...)],)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [self._ordered(shapes[0])]

    def cannot_raise(self, node: Apply) -> bool:
        shape = node.inputs[0].type.shape
        return all(extent == 1 for axis, extent in enumerate(shape) if axis not in self.order)

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        return context.as_view()

    def batch(self, node: Apply, context: BatchContext) -> list[Batched]:
        depth = context.depth
        own = [axis + depth if isinstance(axis, int) else axis for axis in self.order]
        return [Batched(DimShuffle([*range(depth), *own])(*context.variables), True)]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        back = [
            self.order.index(axis) if axis in self.order else "x"
            for axis in range(node.inputs[0].type.ndim)
        ]
        return [_dimshuffle(cotangents[0], back)]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None if tangents[0] is None else self(tangents[0])]


def _dimshuffle(x: Variable | None, order: Sequence[int | str]) -> Variable | None:
    if x is None or tuple(order) == tuple(range(x.type.ndim)):
        return x
    return DimShuffle(order)(x)


class SpecifyShape(ToExtents):
    """`x`, asserted to have these extents; ValueError at run time if it has others.

    Inputs are x and a scalar per axis; `shape` holds the known ones. The result is a view.
    """

    view_map: ClassVar = {0: 0}
    never_larger: ClassVar[bool] = True
    selects_elements: ClassVar[bool] = True

    def output_types(self, x: Variable, *extents: Variable) -> Sequence[TensorType]:
        what = f"specify_shape of {x} ({x.type})"
        check_known(self.shape, extents, what)
        if len(self.shape) != x.type.ndim:
            raise ValueError(f"{what}: {len(self.shape)} extents, {x.type.ndim} dimensions")
        for axis, (have, want) in enumerate(zip(x.type.shape, self.shape, strict=True)):
            if None not in (have, want) and have != want:
                raise ValueError(f"{what}: axis {axis} has the extent {have}, not {want}")
        shape = [h if w is None else w for h, w in zip(x.type.shape, self.shape, strict=True)]
        return [x.type.clone(shape=shape)]

    def perform(self, node: Apply, x: np.ndarray, *extents: np.ndarray) -> tuple[np.ndarray, ...]:
        wanted = tuple(int(extent) for extent in extents)
        if x.shape != wanted:
            raise ValueError(f"an array of shape {x.shape} was specified to have {wanted}")
        return (x.view(),)

    def shape_constraints(self, node: Apply) -> list[tuple[Any, Any]]:
        x, *given = node.inputs
        shape = node.outputs[0].type.shape
        pairs = zip(extent_keys(x), keys_of_extents(given), shape, strict=True)
        found = [(own, known if key is None else key) for own, key, known in pairs]
        return [(own, key) for own, key in found if key is not None]

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        return context.as_view()

    def pulled(self, x: Variable, g: Variable) -> Variable:
        return g

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [tangents[0]]


def with_shape(x: Variable, shape: Sequence[int | None]) -> Variable:
    """Return `x`, whose extents must be the known ones of `shape`: checked when the function runs
    where the type does not tell them. Raises ValueError where the type tells another."""
    if all(want in (None, have) for have, want in zip(x.type.shape, shape, strict=True)):
        return x
    extents = [
        extent_of(x, axis) if want is None else constant(want, "int64")
        for axis, want in enumerate(shape)
    ]
    return SpecifyShape([known_extent(extent) for extent in extents])(x, *extents)
