"""Pooling: windows over the last axes, each made one number; and the way back.

What the functions share:

ws: the window's extent on each of the axes (one serves all): ints, integer scalars or a vector of
    integers. Symbolic ones are checked when the function runs; windows of known extents are faster.
stride: how far apart windows are; by default they do not overlap.
pad: how many cells that count as nothing stand before and behind each axis; fewer than ws.
ignore_border: whether windows that reach beyond the end are left out, all of them where the array
    is smaller than a window. Otherwise they are taken with the cells that they have, if else some
    cell were in none.
mode: 'max': the largest; its derivative is shared equally among equals; 'sum'; 'average_exc_pad':
    the mean of the cells; 'average_inc_pad': the mean in which pads count as zeros; 'l2': the root
    of the sum of squares.

Theano gives the derivative of a maximum whole to each of several equal cells, and averages integers
in their dtype; here averages are floats.

Raises TypeError for arrays of too few dimensions, ValueError for arguments that are none of these,
here or when the function runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from symgraph.gradient import Lop, disconnected_grad
from symgraph.graph import Variable, config
from symgraph.ops.constant import TensorLike, as_tensor
from symgraph.ops.extent_arithmetic import larger, plain
from symgraph.ops.pool import MaxPool, MaxPoolGradient, lowest, pooled_extent
from symgraph.ops.requirement import Require
from symgraph.ops.scalar_table import cast, eq, maximum, minimum, sqr, sqrt, switch
from symgraph.ops.shape import extents_of
from symgraph.tensor.creation import arange, ones_like, zeros
from symgraph.tensor.indexing import getitem, set_subtensor
from symgraph.tensor.manipulation import dimshuffle, stack
from symgraph.tensor.nnet.conv import per_axis
from symgraph.tensor.padding import padded
from symgraph.tensor.reduction import max as max_of
from symgraph.tensor.reduction import mean as mean_of
from symgraph.tensor.reduction import sum as sum_of
from symgraph.tensor.reshaping import flatten
from symgraph.tensor.windows import cells, extents_per_axis, windows, windows_with_absent


@dataclass(frozen=True)
class _Pooling:
    """Windows over the last axes of x, as the public functions describe them; `pads` are the cells
    before and behind each axis. Extents that are known are ints, others are int64 scalars."""

    what: str
    x: Variable
    window: tuple[Any, ...]
    strides: tuple[Any, ...]
    pads: tuple[Any, ...]
    partial: bool

    @property
    def spatial(self) -> int:
        return len(self.window)

    @property
    def op(self) -> MaxPool | None:
        """The operation on these windows; None where their extents are symbolic."""
        if not all(isinstance(e, int) for e in (*self.window, *self.strides, *self.pads)):
            return None
        pads = [(pad, pad) for pad in self.pads]
        return MaxPool(self.window, self.strides, pads, self.partial)

    @property
    def places(self) -> list[Any]:
        return [pooled_extent(e, w, s, p, p, self.partial) for e, w, s, p in self._axes()]

    def _axes(self) -> Iterator[tuple[Any, ...]]:
        return zip(self.extents, self.window, self.strides, self.pads, strict=True)

    @property
    def extents(self) -> list[Any]:
        return list(map(plain, extents_of(self.x)[self.x.type.ndim - self.spatial :]))

    @property
    def _window_axes(self) -> list[int]:
        return list(range(self.x.type.ndim, self.x.type.ndim + self.spatial))

    def windows(self, x: Variable, absent: Any = 0) -> Variable:
        """All windows of an array like x, with `absent` where there are no cells: the last axes."""
        if self.op is None:
            positions = cells(self.places, self.window, self.strides, self.pads)
            return windows_with_absent(x, positions, absent)
        pads: list[tuple[int, Any]] = [(pad, pad) for pad in self.pads]
        if self.partial:
            # Up to the end of the last window.
            places = self.places
            behind = [
                larger((o - 1) * s + (w - p) - e, 0)
                for o, (e, w, s, p) in zip(places, self._axes(), strict=True)
            ]
            pads = list(zip(self.pads, behind, strict=True))
        return windows(padded(x, pads, absent), self.window, self.strides)

    def total(self, x: Variable) -> Variable:
        """The sum of each window."""
        return sum_of(self.windows(x), axis=self._window_axes)

    def largest(self) -> Variable:
        """The largest cell of each window."""
        if self.op is not None:
            return self.op(self.x)  # type: ignore[no-any-return]
        least = lowest(np.dtype(self.x.type.dtype))
        return max_of(self.windows(self.x, least), axis=self._window_axes)

    def counts(self, with_pads: bool) -> Any:
        """How many cells each window has, pads included or not: to be broadcast."""
        if self.op is not None and not self.partial and (with_pads or not any(self.pads)):
            return prod(self.window)
        result: Any = None
        for axis, (o, (e, w, s, p)) in enumerate(zip(self.places, self._axes(), strict=True)):
            first = arange(o) * s - p
            last = minimum(first + w, e + p if with_pads else e)
            count = last - (first if with_pads else maximum(first, 0))
            count = dimshuffle(count, [0 if a == axis else "x" for a in range(self.spatial)])
            result = count if result is None else result * count
        return cast(result, _float_of(self.x))


def _float_of(x: Variable) -> str:
    return x.type.dtype if np.dtype(x.type.dtype).kind in "fc" else config.floatX


def _l2(pooling: _Pooling) -> Variable:
    squares = pooling.total(sqr(pooling.x))
    # The root has no derivative at zero; a window of zeros passes nothing on.
    zero = eq(squares, 0)
    return switch(zero, 0, sqrt(switch(zero, 1, squares)))


_MODES: dict[str, Callable[[_Pooling], Variable]] = {
    "max": lambda p: p.largest(),
    "sum": lambda p: p.total(p.x),
    "average_inc_pad": lambda p: p.total(p.x) / p.counts(with_pads=True),
    "average_exc_pad": lambda p: p.total(p.x) / p.counts(with_pads=False),
    "l2": _l2,
}


def _pooling(
    what: str, spatial: int, input: Any, ws: Any, ignore_border: bool | None, stride: Any, pad: Any
) -> _Pooling:
    x = as_tensor(input)
    if x.type.ndim < spatial:
        raise TypeError(f"{what}: input has at least {spatial} dimensions, not {x} ({x.type})")
    window = extents_per_axis(ws, spatial, f"{what}: ws")
    strides = window
    if stride is not None:
        strides = extents_per_axis(stride, spatial, f"{what}: stride")
    pads = extents_per_axis(pad, spatial, f"{what}: pad", "count")
    fitted = tuple(map(_above, [what] * spatial, window, pads))
    pooling = _Pooling(what, x, fitted, strides, pads, not ignore_border)
    if pooling.op is not None:
        pooling.op.check(x.type.shape, f"{x} ({x.type})")
    return pooling


def _above(what: str, window: Any, pad: Any) -> Any:
    """The window's extent, which must be larger than its pad. Raises ValueError."""
    if pad == 0:
        return window
    if isinstance(window, int) and isinstance(pad, int):
        if pad >= window:
            raise ValueError(f"{what}: a pad of {pad} is not smaller than ws, which is {window}")
        return window
    return Require(f"{what}: ws - pad", "at least 1")(as_tensor(window) - pad) + pad


def _pool(
    what: str, spatial: int, input: Any, ws: Any, ignore_border: bool | None, stride: Any,
    pad: Any, mode: str,
) -> Variable:  # fmt: skip
    if mode not in _MODES:
        raise ValueError(f"{what}: mode={mode!r} is none of {', '.join(_MODES)}")
    return _MODES[mode](_pooling(what, spatial, input, ws, ignore_border, stride, pad))


def pool_1d(
    input: TensorLike, ws: Any, ignore_border: bool | None = False, stride: Any = None,
    pad: Any = 0, mode: str = "max",
) -> Variable:  # fmt: skip
    """Reduce windows over the last axis to one number each.

    input, ws, ignore_border, stride, pad, mode: as in `pool_2d`, with one axis.
    Returns the input with the number of windows as its last extent. Raises as `pool_2d` does.

    >>> T.signal.pool.pool_1d([1.0, 3.0, 2.0, 4.0], 2).eval()
    array([3., 4.])
    """
    return _pool("pool_1d", 1, input, ws, ignore_border, stride, pad, mode)


def pool_2d(
    input: TensorLike, ws: Any, ignore_border: bool | None = False, stride: Any = None,
    pad: Any = (0, 0), mode: str = "max",
) -> Variable:  # fmt: skip
    """Reduce windows over the last two axes to one number each.

    input: numbers of at least two dimensions.
    ws: the extent of a window on each axis: ints, integer scalars or a vector; one serves both.
    ignore_border: whether windows that reach beyond the end are left out, all of them where the
        input is smaller than a window; otherwise they are taken with the cells that they have, if
        else some cell were in none.
    stride: how far apart windows are; they do not overlap unless it is given.
    pad: how many cells that count as nothing stand before and behind each axis; fewer than ws.
    mode: 'max': the largest, whose derivative is shared equally among equals; 'sum';
        'average_exc_pad': the mean of the cells; 'average_inc_pad': the mean in which pads count as
        zeros; 'l2': the root of the sum of squares.
    Returns the input with the numbers of windows as its last extents. Raises TypeError for fewer
    dimensions, ValueError for arguments that are none of these, here or when the function runs.

    >>> T.signal.pool.pool_2d([[1.0, 3.0], [2.0, 4.0]], (2, 2)).eval()
    array([[4.]])
    """
    return _pool("pool_2d", 2, input, ws, ignore_border, stride, pad, mode)


def pool_3d(
    input: TensorLike, ws: Any, ignore_border: bool | None = False, stride: Any = None,
    pad: Any = (0, 0, 0), mode: str = "max",
) -> Variable:  # fmt: skip
    """Reduce windows over the last three axes to one number each.

    input, ws, ignore_border, stride, pad, mode: as in `pool_2d`, with three axes.
    Returns the input with the numbers of windows as its last extents. Raises as `pool_2d` does.

    >>> T.signal.pool.pool_3d(T.ones((2, 2, 2)), 2, mode="sum").eval()
    array([[[8.]]])
    """
    return _pool("pool_3d", 3, input, ws, ignore_border, stride, pad, mode)


def pool_nd(
    input: TensorLike, ws: Sequence[Any], ignore_border: bool | None = False, stride: Any = None,
    pad: Any = 0, mode: str = "max",
) -> Variable:  # fmt: skip
    """Reduce windows over the last axes, as many as there are extents of a window, to one number.

    ws: a sequence of ints and integer scalars, one for each axis.
    input, ignore_border, stride, pad, mode: as in `pool_2d`, with so many axes.
    Returns the input with the numbers of windows as its last extents. Raises as `pool_2d` does.

    >>> T.signal.pool.pool_nd(T.ones((2, 2, 2, 4)), (2, 2, 2, 2), mode="sum").eval()
    array([[[[16., 16.]]]])
    """
    return _pool("pool_nd", len(ws), input, ws, ignore_border, stride, pad, mode)


def max_pool_2d_same_size(input: TensorLike, patch_size: Any) -> Variable:
    """Replace by zero all but the largest elements of each patch.

    input: floats of at least two dimensions.
    patch_size: the extent of a patch on each of the last two axes; one int serves both.
    Returns the shape of the input; what lies beyond the last whole patch is zero. Raises TypeError
    for other dtypes, ValueError for what is no patch size.

    >>> T.signal.pool.max_pool_2d_same_size([[1.0, 3.0], [2.0, 0.0]], 2).eval()
    array([[0., 3.],
           [0., 0.]])
    """
    pooling = _pooling("max_pool_2d_same_size", 2, input, patch_size, True, None, 0)
    x = pooling.x
    if np.dtype(x.type.dtype).kind != "f":
        raise TypeError(f"max_pool_2d_same_size takes floats, not {x} ({x.type})")
    largest = pooling.largest()
    (shares,) = Lop(largest, [x], ones_like(largest))
    return switch(shares > 0, x, 0)


def stochastic_pool_2d(
    input: TensorLike, ws: Any, rng: Any = None, ignore_border: bool | None = False,
    stride: Any = None, pad: Any = (0, 0),
) -> Variable:  # fmt: skip
    """Draw one element of each window, with probabilities in proportion to the elements.

    input: numbers that are not negative.
    ws, ignore_border, stride, pad: as in `pool_2d`.
    rng: a `RandomStreams` to draw with; without one, as a trained network has it, the mean with
        these probabilities is computed.
    Returns the input with the numbers of windows as its last extents; a window of zeros makes zero.
    Raises as `pool_2d` does. Source: Zeiler and Fergus 2013.

    >>> T.signal.pool.stochastic_pool_2d([[1.0, 3.0], [0.0, 0.0]], 2).eval()
    array([[2.5]])
    """
    pooling = _pooling("stochastic_pool_2d", 2, input, ws, ignore_border, stride, pad)
    if rng is None:
        total = pooling.total(pooling.x)
        zero = eq(total, 0)
        return switch(zero, 0, pooling.total(sqr(pooling.x)) / switch(zero, 1, total))
    windows = flatten(pooling.windows(pooling.x), pooling.x.type.ndim + 1)
    total = sum_of(windows, axis=-1, keepdims=True)
    # In a window of zeros the choice means nothing, and is made with equal probabilities.
    elements = cast(windows.shape[-1], windows.type.dtype)
    shares = switch(eq(total, 0), 1 / elements, windows / switch(eq(total, 0), 1, total))
    chosen = rng.multinomial(n=1, pvals=disconnected_grad(shares), dtype=windows.type.dtype)
    return sum_of(switch((windows > 0) & eq(chosen, 1), windows, 0), axis=-1)


def adaptive_pool_2d(input: TensorLike, places: Any, mode: str = "max") -> Variable:
    """Reduce the last two axes to a given number of windows, whatever their extents.

    input: numbers of at least two dimensions.
    places: how many windows on each axis; one int serves both. Window i of n reaches from i / n of
        an axis to (i + 1) / n of it, outwards to whole cells.
    mode: 'max' or 'average'.
    Returns the input with the places as its last extents. Raises TypeError for fewer dimensions,
    ValueError for another mode or places that are no ints above 0.

    >>> T.signal.pool.adaptive_pool_2d([[1.0, 3.0, 2.0]], (1, 2)).eval()
    array([[3., 3.]])
    """
    x = as_tensor(input)
    kinds: dict[str, Callable[..., Variable]] = {"max": max_of, "average": mean_of}
    if mode not in kinds:
        raise ValueError(f"adaptive_pool_2d: mode={mode!r} is neither max nor average")
    if x.type.ndim < 2:
        raise TypeError(f"adaptive_pool_2d: input has at least 2 dimensions, not {x} ({x.type})")
    axes = []
    counts = per_axis(places, 2, "adaptive_pool_2d: places")
    for extent, n in zip(map(plain, extents_of(x)[-2:]), counts, strict=True):
        bounds = [(extent * i // n, (extent * (i + 1) + (n - 1)) // n) for i in range(n)]
        axes.append([slice(first, last) for first, last in bounds])
    rows = [
        stack([kinds[mode](x[..., r, c], axis=(-2, -1)) for c in axes[1]], axis=-1) for r in axes[0]
    ]
    return stack(rows, axis=-2)


def unpool_2d(input: TensorLike, ws: Any, of: Any = None) -> Variable:
    """Put pooled numbers back into windows that do not overlap, with zeros beside them.

    input: pooled numbers of at least two dimensions.
    ws: the extent of a window on each axis; one int serves both.
    of: the array whose windows were pooled: numbers go to where it is largest (Zeiler and Fergus
        2014); without it to the first cell of each window (Dosovitskiy, Springenberg and Brox
        2015).
    Returns the input with its last extents multiplied by ws, or the shape of `of`. Raises TypeError
    for fewer dimensions, ValueError for what is no window.

    >>> T.signal.pool.unpool_2d([[5.0, 6.0]], (1, 2)).eval()
    array([[5., 0., 6., 0.]])
    """
    window = per_axis(ws, 2, "unpool_2d: ws")
    if of is not None:
        array = as_tensor(of)
        op = MaxPool(window, window, None, partial=True)
        return op.related(MaxPoolGradient, array, as_tensor(input))
    x = as_tensor(input)
    if x.type.ndim < 2:
        raise TypeError(f"unpool_2d: input has at least 2 dimensions, not {x} ({x.type})")
    *outer, rows, columns = map(plain, extents_of(x))
    blank = zeros([*outer, rows * window[0], columns * window[1]], x.type.dtype)
    steps = (slice(None, None, w) for w in window)
    return set_subtensor(getitem(blank, (..., *steps)), x)


__all__ = [
    "adaptive_pool_2d",
    "max_pool_2d_same_size",
    "pool_1d",
    "pool_2d",
    "pool_3d",
    "pool_nd",
    "stochastic_pool_2d",
    "unpool_2d",
]
