"""Extents, and the operations that only rearrange or repeat axes."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symgraph.graph import Apply, Constant, Extent, Op, TensorType, Variable
from symgraph.ops.constant import as_tensor, constant
from symgraph.ops.extents import extent_keys, set_keys

_EXTENT = TensorType("int64", ())


class ShapeOf(Op):
    """The extent of one axis, an int64 scalar."""

    __props__ = ("axis",)

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

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None]


def extent_of(x: Variable, axis: int) -> Variable:
    """The extent as a scalar variable; a constant where it is known. Extents that are provably
    equal come from one variable, so that asking for a derivative keeps no values alive."""
    key = extent_keys(x)[axis]
    if isinstance(key, int):
        return constant(key, "int64")
    origin, origin_axis = key
    return ShapeOf(origin_axis)(origin)


def extents_of(x: Variable) -> list[Variable]:
    """All extents of `x` as int64 scalar variables."""
    return [extent_of(x, axis) for axis in range(x.type.ndim)]


def as_extent(value: Any, what: str) -> Variable:
    """An integer scalar as an extent or index. Raises TypeError."""
    variable = as_tensor(value)
    if variable.type.ndim != 0 or np.dtype(variable.type.dtype).kind not in "iu":
        raise TypeError(f"{what} must be an integer scalar, not {variable} ({variable.type})")
    return variable


def known_extent(variable: Variable) -> int | None:
    """The value of an extent that is a constant."""
    data = getattr(variable, "data", None)
    return None if data is None or int(data) < 0 else int(data)


class DimShuffle(Op):
    """Permute, insert and drop axes: `order` names input axes, 'x' a new axis of extent 1.

    A dropped axis must have extent 1, which is checked when it is not known. A view.
    """

    __props__ = ("order",)
    view_map: ClassVar = {0: 0}

    def __init__(self, order: Sequence[int | str]) -> None:
        self.order = tuple(order)

    def _dropped(self, ndim: int) -> list[int]:
        return [axis for axis in range(ndim) if axis not in self.order]

    def make_node(self, x: Variable) -> Apply:
        node = super().make_node(x)
        keys = extent_keys(x)
        set_keys(node.outputs[0], [1 if entry == "x" else keys[entry] for entry in self.order])
        return node

    def output_types(self, x: Variable) -> Sequence[TensorType]:
        shape = x.type.shape
        kept = [entry for entry in self.order if entry != "x"]
        if any(not isinstance(entry, int) or not 0 <= entry < len(shape) for entry in kept):
            raise ValueError(f"dimshuffle{self.order}: {x} ({x.type}) has no such axis")
        if len(set(kept)) != len(kept):
            raise ValueError(f"dimshuffle{self.order}: an axis is named twice")
        for axis in self._dropped(len(shape)):
            if shape[axis] not in (None, 1):
                raise ValueError(
                    f"dimshuffle{self.order}: cannot drop axis {axis} of {x} ({x.type}):"
                    f" its extent is {shape[axis]}, not 1"
                )
        return [x.type.clone(shape=[1 if e == "x" else shape[e] for e in self.order])]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        for axis in self._dropped(x.ndim):
            if x.shape[axis] != 1:
                raise ValueError(
                    f"dimshuffle{self.order}: cannot drop axis {axis} of an array of shape"
                    f" {x.shape}: its extent is not 1"
                )
        kept = [entry for entry in self.order if entry != "x"]
        x = x.transpose(kept + self._dropped(x.ndim)).reshape([x.shape[axis] for axis in kept])
        return (x[tuple(None if entry == "x" else slice(None) for entry in self.order)],)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [tuple(1 if entry == "x" else shapes[0][entry] for entry in self.order)]

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


def pad_left(variables: Sequence[Variable]) -> list[Variable]:
    """The variables, with axes of extent 1 put before those of lower rank."""
    ndim = max((variable.type.ndim for variable in variables), default=0)
    padded = []
    for variable in variables:
        missing = ndim - variable.type.ndim
        if not missing:
            padded.append(variable)
        elif isinstance(variable, Constant) and variable.name is None:
            padded.append(constant(variable.data.reshape((1,) * missing + variable.data.shape)))
        else:
            padded.append(DimShuffle(["x"] * missing + list(range(variable.type.ndim)))(variable))
    return padded


class Reshape(Op):
    """The same elements in C order under new extents: inputs are x and a scalar per new axis.

    One extent may be -1: it is found from the others. `shape` holds what is known of the result.
    """

    __props__ = ("shape",)
    view_map: ClassVar = {0: 0}

    def __init__(self, shape: tuple[int | None, ...]) -> None:
        self.shape = shape

    def output_types(self, x: Variable, *extents: Variable) -> Sequence[TensorType]:
        if len(extents) != len(self.shape):
            raise TypeError(f"{self}: got {len(extents)} extents")
        old, new = x.type.shape, self.shape
        if None not in old and None not in new and np.prod(old) != np.prod(new):
            raise ValueError(
                f"{x} ({x.type}) of {np.prod(old, dtype=int)} elements cannot be reshaped to {new}"
            )
        return [x.type.clone(shape=self.shape)]

    def perform(self, node: Apply, x: np.ndarray, *extents: np.ndarray) -> tuple[np.ndarray, ...]:
        return (np.reshape(x, tuple(int(extent) for extent in extents)),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]] | None:
        extents = node.inputs[1:]
        if any(known is None and is_minus_one(e) for known, e in zip(self.shape, extents, strict=True)):
            return None
        return [
            tuple(e if known is None else known for known, e in zip(self.shape, extents, strict=True))
        ]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        x = node.inputs[0]
        back = Reshape(x.type.shape)(cotangents[0], *extents_of(x))
        return [back, *([None] * len(self.shape))]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None if tangents[0] is None else self(tangents[0], *node.inputs[1:])]


def is_minus_one(extent: Variable) -> bool:
    data = getattr(extent, "data", None)
    return data is not None and int(data) == -1
