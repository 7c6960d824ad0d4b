"""Maxima of windows over the last axes, and their derivatives.

The derivative of a maximum is shared equally among tied cells (as in `Reduce`). So for windows o
and cells i, with x[i] the largest of window o at `ties[o]` cells,

    MaxPoolGradient   dx[i] = sum over o of [x[i] is largest in o] g[o] / ties[o]
    MaxPoolSelect     dy[o] = sum over i of [x[i] is largest in o] v[i] / ties[o]

are the reverse and the forward derivative, and each is the derivative of the other. Where they are
not `shared`, ties[o] is 1 instead, which only programs written for Theano ask for.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symgraph.graph import (
    Apply,
    Extent,
    Op,
    ShapeProxy,
    ShapeProxyContext,
    TensorType,
    Variable,
)
from symgraph.ops.extent_arithmetic import added, larger, less
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.windows import check_windows, fitting, window_positions

Pads = tuple[tuple[int, int], ...]
_Extents = Sequence[Any]


class _Pooling(Op):
    """Windows of the extents `window`, a `strides` apart, over the last axes with `pads`, (before,
    after) each, which hold no cells.

    If `partial`, a last window may start at a cell and extend beyond the end, where otherwise some
    cell at the end would be in no window.
    """

    __props__ = ("window", "strides", "pads", "partial", "shared")

    def __init__(
        self,
        window: Sequence[int],
        strides: Sequence[int],
        pads: Sequence[tuple[int, int]] | None = None,
        partial: bool = False,
        shared: bool = True,
    ) -> None:
        self.window = tuple(window)
        self.strides = tuple(strides)
        check_windows("pooling", self.window, self.strides)
        self.pads: Pads = tuple(pads) if pads is not None else ((0, 0),) * len(self.window)
        self.partial = partial
        self.shared = shared
        if len(self.pads) != len(self.window) or any(
            not 0 <= pad < w for w, both in zip(self.window, self.pads, strict=True) for pad in both
        ):
            raise ValueError(
                f"pooling: pads of {self.pads} for windows of {self.window}: each axis has two, not"
                " negative and smaller than the window"
            )

    @property
    def spatial(self) -> int:
        return len(self.window)

    def related(self, kind: "type[_Pooling]", *inputs: Variable) -> Variable:
        """Apply another of the three operations, over the same windows."""
        op = kind(self.window, self.strides, self.pads, self.partial, self.shared)
        result: Variable = op(*inputs)
        return result

    def places(self, extents: Sequence[Any]) -> list[Any]:
        """Return the number of windows on each axis; ints, int64 scalars, or None where not
        known."""
        axes = zip(extents, self.window, self.strides, self.pads, strict=True)
        return [
            None if e is None else pooled_extent(e, w, s, before, after, self.partial)
            for e, w, s, (before, after) in axes
        ]

    @property
    def least(self) -> list[int]:
        """Return the least extents: 1 where a window may lie beside an axis without cells."""
        return [
            1 if self.partial or before + after >= window else 0
            for window, (before, after) in zip(self.window, self.pads, strict=True)
        ]

    def check(self, shape: Sequence[int | None], what: str) -> None:
        """Raise ValueError where a window would have no cell."""
        if len(shape) < self.spatial:
            raise TypeError(f"pooling: {what} has no {self.spatial} axes that windows slide over")
        last = shape[len(shape) - self.spatial :]
        for extent, least in zip(last, self.least, strict=True):
            if extent is not None and extent < least:
                pads = f" with pads of {self.pads}" if any(map(any, self.pads)) else ""
                raise ValueError(
                    f"pooling: windows of {self.window}{pads} have no cell in {what}, which is"
                    " empty"
                )

    def pooled(self, shape: Sequence[Any]) -> tuple[Any, ...]:
        outer = len(shape) - self.spatial
        return (*shape[:outer], *self.places(shape[outer:]))

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        x, *others = context.operands
        shape = context.known_extents(x)
        wanted, made = self.operand_and_result(shape, self.pooled(shape))
        checked = context.at_least(shape[len(shape) - self.spatial :], self.least)
        others = [context.requiring(other, wanted) for other in others]
        return context.of(made, [x, *others, *checked])

    def operand_and_result(self, shape: _Extents, pooled: _Extents) -> tuple[_Extents, _Extents]:
        """Return the extents of a second operand, if there is one, and of the result."""
        return shape, pooled

    def windows(self, x: np.ndarray, absent: Any) -> np.ndarray:
        """Return all windows, (..., *places, *window), with `absent` where there is no cell."""
        n, outer = self.spatial, x.ndim - self.spatial
        places = self.places(x.shape[outer:])
        wide = np.full((*x.shape[:outer], *self._wide(x, places)), absent, x.dtype)
        wide[self._inner(x)] = x
        axes = tuple(range(outer, x.ndim))
        every = np.lib.stride_tricks.sliding_window_view(wide, self.window, axis=axes)
        steps = (slice(0, o * s, s) for o, s in zip(places, self.strides, strict=True))
        chosen: tuple[Any, ...] = (..., *steps, *(slice(None),) * n)
        return every[chosen]

    def _wide(self, x: np.ndarray, places: Sequence[int]) -> list[int]:
        """Return extents that hold all cells and all windows."""
        axes = zip(
            x.shape[x.ndim - self.spatial :],
            places, self.window, self.strides, self.pads, strict=True,
        )  # fmt: skip
        return [max(e + before, (o - 1) * s + w, w) for e, o, w, s, (before, _) in axes]

    def _inner(self, x: np.ndarray) -> tuple[Any, ...]:
        """Return the index of the cells of x in the padded array."""
        axes = zip(x.shape[x.ndim - self.spatial :], self.pads, strict=True)
        return (..., *(slice(before, before + e) for e, (before, _) in axes))

    def overlapped(self, x: np.ndarray, windows: np.ndarray) -> np.ndarray:
        """Return the sum of overlapping windows, in the shape of x."""
        outer = x.ndim - self.spatial
        places = self.places(x.shape[outer:])
        wide = np.zeros((*x.shape[:outer], *self._wide(x, places)), windows.dtype)
        for at, where in window_positions(self.window, self.strides, places):
            wide[where] += windows[at]
        return wide[self._inner(x)]

    def largest(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return which cells of each window are its largest, and among how many the derivative is
        shared."""
        axes = tuple(range(-self.spatial, 0))
        values = self.windows(x, lowest(x.dtype))
        chosen = values == values.max(axis=axes, keepdims=True)
        chosen &= self.windows(np.ones(x.shape, bool), False)
        ties = chosen.sum(axis=axes)
        return chosen, ties if self.shared else np.minimum(ties, 1)


def pooled_extent(
    extent: Any, window: Any, stride: Any, before: Any, after: Any, partial: bool
) -> Any:
    """Return the number of windows on an axis: those that fit, if any, or, if `partial`, as many as
    it takes for each cell to be in one (but none that starts beyond the last cell). All numbers are
    ints or int64 scalars."""
    if not partial:
        return fitting(added(extent, before, after), window, stride)
    room: Any = larger(less(added(extent, before), larger(less(window, after), stride)), 0)
    return (room + stride - 1) // stride + 1


def lowest(dtype: Any) -> Any:
    """Return what is no larger than any number of a real dtype."""
    if dtype.kind == "f":
        return -np.inf
    return False if dtype.kind == "b" else np.iinfo(dtype).min


class MaxPool(_Pooling):
    """The largest element of each window; nan where the window has one."""

    never_larger: ClassVar[bool] = True

    def make_node(self, x: Variable) -> Apply:
        node = super().make_node(x)
        outer = x.type.ndim - self.spatial
        set_keys(node.outputs[0], [*extent_keys(x)[:outer], *[None] * self.spatial])
        return node

    def output_types(self, x: Variable) -> Sequence[TensorType]:
        self.check(x.type.shape, f"{x} ({x.type})")
        if np.dtype(x.type.dtype).kind == "c":
            raise TypeError(f"pooling: complex numbers such as {x}'s ({x.type}) have no order")
        return [x.type.clone(shape=self.pooled(x.type.shape))]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        self.check(x.shape, f"an array of shape {x.shape}")
        with np.errstate(all="ignore"):
            windows = self.windows(x, lowest(x.dtype))
            return (windows.max(axis=tuple(range(-self.spatial, 0))),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [self.pooled(shapes[0])]

    def masks_cotangents(self) -> bool:
        return True

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        g = cotangents[0]
        return [None if g is None else self.related(MaxPoolGradient, node.inputs[0], g)]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        t = tangents[0]
        return [None if t is None else self.related(MaxPoolSelect, node.inputs[0], t)]


class MaxPoolGradient(_Pooling):
    """The gradient by x, from the gradient g of its pooled maxima; inputs are x and g."""

    def make_node(self, x: Variable, g: Variable) -> Apply:
        node = super().make_node(x, g)
        set_keys(node.outputs[0], extent_keys(x))
        return node

    def output_types(self, x: Variable, g: Variable) -> Sequence[TensorType]:
        self.check(x.type.shape, f"{x} ({x.type})")
        _check_fits(g.type.shape, self.pooled(x.type.shape), f"{g} ({g.type})")
        return [g.type.clone(shape=x.type.shape)]

    def perform(self, node: Apply, x: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, ...]:
        self.check(x.shape, f"an array of shape {x.shape}")
        _check_fits(g.shape, self.pooled(x.shape), f"an array of shape {g.shape}")
        chosen, ties = self.largest(x)
        with np.errstate(all="ignore"):
            shares = np.where(chosen, _over(g, ties)[(..., *(None,) * self.spatial)], 0)
            return (self.overlapped(x, shares).astype(g.dtype, copy=False),)

    def operand_and_result(self, shape: _Extents, pooled: _Extents) -> tuple[_Extents, _Extents]:
        return pooled, shape

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [shapes[0]]

    def shape_constraints(self, node: Apply) -> list[tuple[Any, Any]]:
        x, g = map(extent_keys, node.inputs)
        outer = len(x) - self.spatial
        return list(zip(x[:outer], g[:outer], strict=True))

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        v = cotangents[0]
        return [None, None if v is None else self.related(MaxPoolSelect, node.inputs[0], v)]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None if tangents[1] is None else self(node.inputs[0], tangents[1])]


class MaxPoolSelect(_Pooling):
    """For each window the mean of v over the cells where x is largest; inputs are x and v."""

    def make_node(self, x: Variable, v: Variable) -> Apply:
        node = super().make_node(x, v)
        outer = x.type.ndim - self.spatial
        set_keys(node.outputs[0], [*extent_keys(x)[:outer], *[None] * self.spatial])
        return node

    def output_types(self, x: Variable, v: Variable) -> Sequence[TensorType]:
        self.check(x.type.shape, f"{x} ({x.type})")
        _check_fits(v.type.shape, x.type.shape, f"{v} ({v.type})")
        return [v.type.clone(shape=self.pooled(x.type.shape))]

    def perform(self, node: Apply, x: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, ...]:
        self.check(x.shape, f"an array of shape {x.shape}")
        _check_fits(v.shape, x.shape, f"an array of shape {v.shape}")
        chosen, ties = self.largest(x)
        work = v.astype(_work_dtype(v.dtype), copy=False)
        with np.errstate(all="ignore"):
            picked = np.where(chosen, self.windows(work, 0), 0)
            total = picked.sum(axis=tuple(range(-self.spatial, 0)))
            return (_over(total, ties).astype(v.dtype, copy=False),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [self.pooled(shapes[0])]

    def shape_constraints(self, node: Apply) -> list[tuple[Any, Any]]:
        x, v = map(extent_keys, node.inputs)
        return list(zip(x, v, strict=True))

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        g = cotangents[0]
        return [None, None if g is None else self.related(MaxPoolGradient, node.inputs[0], g)]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None if tangents[1] is None else self(node.inputs[0], tangents[1])]


def _check_fits(have: Sequence[int | None], want: Sequence[int | None], what: str) -> None:
    if len(have) != len(want) or any(
        None not in pair and pair[0] != pair[1] for pair in zip(have, want, strict=True)
    ):
        raise ValueError(f"pooling: {what} should have the shape {tuple(want)}")


def _work_dtype(dtype: Any) -> Any:
    return np.dtype("float32") if dtype == np.float16 else dtype


def _over(value: np.ndarray, ties: np.ndarray) -> np.ndarray:
    """Return value / ties; zero where there are no ties, because all is nan."""
    work = value.astype(_work_dtype(value.dtype), copy=False)
    return np.where(ties == 0, 0, work / np.maximum(ties, 1).astype(work.dtype))
