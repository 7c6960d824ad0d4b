"""Equally spaced numbers, and grids of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgraph.graph import Variable, canonical_dtype, config
from symgraph.ops.constant import DTypeLike, IntLike, TensorLike, as_tensors
from symgraph.ops.extent_arithmetic import as_size
from symgraph.ops.scalar import promote
from symgraph.ops.scalar_table import and_, cast, eq, exp, gt, le, log, maximum, pow, switch
from symgraph.ops.shape import as_extent, extents_of
from symgraph.tensor.creation import arange
from symgraph.tensor.manipulation import dimshuffle, stack
from symgraph.tensor.reshaping import broadcast_to, not_negative


def linspace(
    start: TensorLike,
    stop: TensorLike,
    num: IntLike = 50,
    endpoint: bool = True,
    dtype: DTypeLike = None,
) -> Variable:
    """Return numbers that are equally spaced from start to stop.

    start, stop: real numbers; shapes broadcast.
    num: how many: an int or an integer scalar.
    endpoint: whether stop is the last of them.
    dtype: of the result; otherwise the common one, of integers floatX.
    Returns the numbers along a new first axis. Raises TypeError for a number of them that is no
    integer, ValueError for a negative one.
    Derivative: by start and stop, in which it is linear.

    >>> T.linspace(0, 1, 5).eval()
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    (count,) = not_negative([as_size(as_extent(num, "linspace: the number"))], "linspace")
    first, last = as_tensors(start, stop)
    common = promote([first.type.dtype, last.type.dtype])
    if np.dtype(common).kind not in "fc":
        common = config.floatX
    first, last = cast(first, common), cast(last, common)
    ndim = max(first.type.ndim, last.type.ndim)
    turns = dimshuffle(arange(count), [0, *["x"] * ndim])
    steps = cast(maximum(count - 1 if endpoint else count, 1), common)
    numbers = first + cast(turns, common) * ((last - first) / steps)
    if endpoint:
        # As it is, not as it is rounded.
        numbers = switch(and_(eq(turns, count - 1), gt(count, 1)), last, numbers)
    return numbers if dtype is None else cast(numbers, canonical_dtype(dtype))


def logspace(
    start: TensorLike,
    stop: TensorLike,
    num: IntLike = 50,
    endpoint: bool = True,
    base: TensorLike = 10.0,
    dtype: DTypeLike = None,
) -> Variable:
    """Return the powers of a base, whose exponents are equally spaced from start to stop.

    start, stop: real numbers, the exponents; shapes broadcast.
    num, endpoint, dtype: as in `linspace`, whose errors it raises.
    base: real numbers.
    Returns the numbers along a new first axis.

    >>> T.logspace(0, 2, 3).eval()
    array([  1.,  10., 100.])
    """
    numbers = pow(base, linspace(start, stop, num, endpoint))
    return numbers if dtype is None else cast(numbers, canonical_dtype(dtype))


def geomspace(
    start: TensorLike,
    stop: TensorLike,
    num: IntLike = 50,
    endpoint: bool = True,
    dtype: DTypeLike = None,
) -> Variable:
    """Return numbers from start to stop, each the same multiple of the one before it.

    start, stop: real numbers of equal signs, not 0; shapes broadcast. Otherwise the result is nan.
    num, endpoint, dtype: as in `linspace`, whose errors it raises.
    Returns the numbers along a new first axis.

    >>> T.geomspace(1, 8, 4).eval()
    array([1., 2., 4., 8.])
    """
    first, last = as_tensors(start, stop)
    exponents = linspace(0, log(last / first), num, endpoint)
    numbers = first * exp(exponents)
    if endpoint:
        # As it is, not as it is rounded.
        numbers = switch(eq(exponents, log(last / first)), last, numbers)
    return numbers if dtype is None else cast(numbers, canonical_dtype(dtype))


def bartlett(m: IntLike) -> Variable:
    """Return a triangular window: from 0 up to 1 in the middle, and down to 0.

    m: how many numbers: an int or an integer scalar; of none or fewer the window is empty.
    Returns a vector of floatX. Raises TypeError for what is no integer scalar. Source: the formula
    of numpy.bartlett.

    >>> T.bartlett(5).eval()
    array([0. , 0.5, 1. , 0.5, 0. ])
    """
    count = as_size(as_extent(m, "bartlett: the number"))
    turns = arange(1 - count, count, 2)
    slope = cast(turns, "floatX") / cast(maximum(count - 1, 1), "floatX")
    return switch(le(turns, 0), 1 + slope, 1 - slope)


class _Grid:
    """Grids by slices: see `mgrid` and `ogrid`."""

    def __init__(self, name: str, filled: bool) -> None:
        self.name = name
        self.filled = filled
        made = "arrays of the shape of the grid" if filled else "arrays that broadcast to the grid"
        self.__doc__ = f"Make the coordinates of a grid, by slices: {made}, as numpy.{name} does."

    def __repr__(self) -> str:
        return f"symgraph.tensor.{self.name}"

    def _axis(self, entry: Any) -> Variable:
        if not isinstance(entry, slice) or entry.stop is None:
            raise TypeError(f"{self.name} takes slices that have an end, not {entry!r}")
        start = 0 if entry.start is None else entry.start
        if isinstance(entry.step, complex):
            return linspace(start, entry.stop, int(abs(entry.step)))
        return arange(start, entry.stop, 1 if entry.step is None else entry.step)

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, tuple):
            return self._axis(index)
        lines = [self._axis(entry) for entry in index]
        common = promote([line.type.dtype for line in lines])
        ndim = len(lines)
        sparse = [
            dimshuffle(cast(line, common), ["x"] * axis + [0] + ["x"] * (ndim - axis - 1))
            for axis, line in enumerate(lines)
        ]
        if not self.filled:
            return sparse
        shape = [extents_of(line)[0] for line in lines]
        return stack([broadcast_to(line, shape) for line in sparse])


mgrid = _Grid("mgrid", True)
ogrid = _Grid("ogrid", False)

__all__ = [
    "bartlett",
    "geomspace",
    "linspace",
    "logspace",
    "mgrid",
    "ogrid",
]
