"""Sliding windows over the last axes of an array, and the overlap-add of windows."""

from collections.abc import Iterator, Sequence
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
from symgraph.ops.shape import as_extent, extents_of, keys_of_extents, known_extent


def check_windows(what: str, window: Sequence[int], strides: Sequence[int]) -> None:
    """Raise ValueError unless there is a positive extent and stride for each axis."""
    if not window or len(window) != len(strides) or min((*window, *strides)) < 1:
        raise ValueError(
            f"{what}: windows of {tuple(window)} with strides {tuple(strides)}: each axis has an"
            " extent and a stride of at least 1"
        )


def fitting(extent: Any, window: Any, stride: Any) -> Any:
    """Return how many windows fit into an extent: none where it is smaller than a window. All are
    ints or int64 scalars."""
    known = isinstance(window, int) and isinstance(stride, int)
    if known and window == stride == 1:
        return extent
    room: Any = less(extent, window)
    count = added(room if known and stride == 1 else room // stride, 1)
    # Of an extent that is not negative the count is not either where windows do not overlap.
    return count if known and window <= stride else larger(count, 0)


def window_positions(
    window: Sequence[int], strides: Sequence[int], places: Sequence[int]
) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Yield each position in a window: its index in an array of windows (..., *places, *window),
    and its index in the array that they slide over."""
    for at in np.ndindex(*window):
        axes = zip(at, places, strides, strict=True)
        yield (..., *at), (..., *(slice(f, f + o * s, s) for f, o, s in axes))


class Windows(Op):
    """All windows of the extents `window` over the last axes of x, a `strides` apart: (..., *O),
    for the positions of the windows, then *window: no windows where x is smaller. The result is a
    view.
    """

    __props__ = ("window", "strides")
    view_map: ClassVar = {0: 0}
    selects_elements: ClassVar[bool] = True

    def __init__(self, window: Sequence[int], strides: Sequence[int]) -> None:
        self.window = tuple(window)
        self.strides = tuple(strides)
        check_windows("windows", self.window, self.strides)

    def places(self, extents: Sequence[Any]) -> list[Any]:
        """Return how many windows fit on each of the last axes; None where that is not known."""
        axes = zip(extents, self.window, self.strides, strict=True)
        return [None if e is None else fitting(e, w, s) for e, w, s in axes]

    def make_node(self, x: Variable) -> Apply:
        node = super().make_node(x)
        n = len(self.window)
        set_keys(node.outputs[0], [*extent_keys(x)[: x.type.ndim - n], *[None] * n, *self.window])
        return node

    def output_types(self, x: Variable) -> Sequence[TensorType]:
        if x.type.ndim < len(self.window):
            raise TypeError(f"{x} ({x.type}) has no windows of {len(self.window)} axes")
        outer = x.type.ndim - len(self.window)
        places = self.places(x.type.shape[outer:])
        return [x.type.clone(shape=(*x.type.shape[:outer], *places, *self.window))]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        n = len(self.window)
        outer = x.ndim - n
        if any(e < w for e, w in zip(x.shape[outer:], self.window, strict=True)):
            places = self.places(x.shape[outer:])
            return (np.empty((*x.shape[:outer], *places, *self.window), x.dtype),)
        axes = tuple(range(outer, x.ndim))
        every = np.lib.stride_tricks.sliding_window_view(x, self.window, axis=axes)
        steps: tuple[Any, ...] = tuple(slice(None, None, stride) for stride in self.strides)
        return (every[(..., *steps, *(slice(None),) * n)],)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        outer = len(shapes[0]) - len(self.window)
        return [(*shapes[0][:outer], *self.places(shapes[0][outer:]), *self.window)]

    def cannot_raise(self, node: Apply) -> bool:
        return True

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        shape = context.known_extents(context.operands[0])
        outer = len(shape) - len(self.window)
        extents = [*shape[:outer], *self.places(shape[outer:]), *self.window]
        return context.of(extents, context.operands)

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        x, g = node.inputs[0], cotangents[0]
        if g is None:
            return [None]
        extents = extents_of(x)[x.type.ndim - len(self.window) :]
        return [OverlapAdd(self.window, self.strides)(g, *extents)]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None if tangents[0] is None else self(tangents[0])]


class OverlapAdd(Op):
    """The array (..., *I) in which windows (..., *O, *window), a `strides` apart, are added: their
    sum where they overlap, zero where there is none. Inputs are the windows and *I.

    float16 is summed in float32. ValueError where an array of these extents has other windows.
    """

    __props__ = ("window", "strides")

    def __init__(self, window: Sequence[int], strides: Sequence[int]) -> None:
        self.window = tuple(window)
        self.strides = tuple(strides)
        check_windows("overlap_add", self.window, self.strides)

    def _check(self, windows: Sequence[int | None], extents: Sequence[int | None]) -> None:
        n = len(self.window)
        outer = len(windows) - 2 * n
        wanted = [
            None if e is None else fitting(e, w, s)
            for e, w, s in zip(extents, self.window, self.strides, strict=True)
        ]
        have = windows[outer:]
        for got, want in zip(have, (*wanted, *self.window), strict=True):
            if None not in (got, want) and got != want:
                raise ValueError(
                    f"overlap_add: places and windows of {tuple(have)} do not make the extents"
                    f" {tuple(extents)}: it takes {(*wanted, *self.window)}"
                )

    def make_node(self, windows: Variable, *extents: Variable) -> Apply:
        node = super().make_node(windows, *extents)
        outer = windows.type.ndim - 2 * len(self.strides)
        set_keys(node.outputs[0], [*extent_keys(windows)[:outer], *keys_of_extents(extents)])
        return node

    def output_types(self, windows: Variable, *extents: Variable) -> Sequence[TensorType]:
        n = len(self.strides)
        outer = windows.type.ndim - 2 * n
        if outer < 0 or len(extents) != n:
            raise TypeError(
                f"{self} takes windows of {n} axes and their extents, not {windows}"
                f" ({windows.type}) and {len(extents)} extents"
            )
        known = [known_extent(as_extent(e, "overlap_add: an extent")) for e in extents]
        self._check(windows.type.shape, known)
        return [windows.type.clone(shape=(*windows.type.shape[:outer], *known))]

    def perform(
        self, node: Apply, windows: np.ndarray, *extents: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        n = len(self.strides)
        outer = windows.ndim - 2 * n
        target = [int(extent) for extent in extents]
        self._check(windows.shape, target)
        work = "float32" if windows.dtype == np.float16 else windows.dtype
        result = np.zeros((*windows.shape[:outer], *target), work)
        places = windows.shape[outer : outer + n]
        with np.errstate(all="ignore"):
            for at, where in window_positions(self.window, self.strides, places):
                result[where] += windows[at]
            return (result.astype(windows.dtype, copy=False),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        outer = len(shapes[0]) - 2 * len(self.strides)
        known = node.outputs[0].type.shape[outer:]
        own = zip(known, node.inputs[1:], strict=True)
        return [(*shapes[0][:outer], *(e if k is None else k for k, e in own))]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], *([False] for _ in node.inputs[1:])]

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        shape = context.known_extents(context.operands[0])
        outer = shape[: len(shape) - 2 * len(self.window)]
        extents = list(node.inputs[1:])
        places = Windows(self.window, self.strides).places(extents)
        windows = context.requiring(context.operands[0], [*outer, *places, *self.window])
        return context.of([*outer, *extents], [windows])

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        g = cotangents[0]
        rest = [None] * len(self.strides)
        if g is None:
            return [None, *rest]
        return [Windows(self.window, self.strides)(g), *rest]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None if tangents[0] is None else self(tangents[0], *node.inputs[1:])]
