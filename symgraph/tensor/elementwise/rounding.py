"""Rounding to integers, limits, and conversion to another dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symgraph.graph import Variable
from symgraph.ops import scalar_table as s
from symgraph.ops.constant import TensorLike


def ceil(x: TensorLike) -> Variable:
    """Round each element up to an integer.

    x: real numbers of any shape.
    Returns the shape and dtype of x: floats stay floats. Raises TypeError for complex numbers.
    Derivative: 0.

    >>> T.ceil([1.2, -1.2]).eval()
    array([ 2., -1.])
    """
    return s.ceil(x)


def floor(x: TensorLike) -> Variable:
    """Round each element down to an integer.

    x: real numbers of any shape.
    Returns the shape and dtype of x: floats stay floats. Raises TypeError for complex numbers.
    Derivative: 0.

    >>> T.floor([1.2, -1.2]).eval()
    array([ 1., -2.])
    """
    return s.floor(x)


def trunc(x: TensorLike) -> Variable:
    """Round each element towards zero.

    x: real numbers of any shape.
    Returns the shape and dtype of x: floats stay floats. Raises TypeError for complex numbers.
    Derivative: 0.

    >>> T.trunc([1.8, -1.8]).eval()
    array([ 1., -1.])
    """
    return s.trunc(x)


def round(x: TensorLike, mode: str = "half_to_even") -> Variable:
    """Round each element to the nearest integer, halves to the even one.

    x: real numbers of any shape.
    mode: 'half_to_even'; or 'half_away_from_zero', as `round_half_away` does.
    Returns the shape and dtype of x: floats stay floats. Raises TypeError for complex numbers,
    ValueError for another mode. Derivative: 0.

    >>> T.round([0.5, 1.5, -1.2]).eval()
    array([ 0.,  2., -1.])
    """
    return _rounding(mode, "round")(x)


def _rounding(mode: str, what: str) -> Callable[[Any], Variable]:
    modes = {"half_to_even": s.round, "half_away_from_zero": s.round_half_away}
    if mode not in modes:
        raise ValueError(
            f"{what}: mode={mode!r} is neither 'half_to_even' nor 'half_away_from_zero'"
        )
    return modes[mode]


def iround(x: TensorLike, mode: str = "half_to_even") -> Variable:
    """Round each element to the nearest integer, as an int64.

    x: real numbers of any shape.
    mode: what halves become: see `round`.
    Returns int64, of the shape of x. Raises TypeError for complex numbers, ValueError for another
    mode.

    >>> T.iround([0.5, 1.5, -1.2]).eval()
    array([ 0,  2, -1])
    """
    return s.cast(_rounding(mode, "iround")(x), "int64")


def round_half_away(x: TensorLike) -> Variable:
    """Round each element to the nearest integer, halves away from zero.

    x: real numbers of any shape.
    Returns the shape and dtype of x: floats stay floats. Raises TypeError for complex numbers.
    Derivative: 0.

    >>> T.round_half_away([0.5, 1.5, -1.2]).eval()
    array([ 1.,  2., -1.])
    """
    return s.round_half_away(x)


def clip(x: TensorLike, low: TensorLike, high: TensorLike) -> Variable:
    """Limit each element to the interval from low to high: minimum(maximum(x, low), high).

    x, low, high: real numbers; shapes broadcast. Where low is above high, the result is high.
    Returns the common dtype; nan stays. Raises TypeError for complex numbers.
    Derivative: 1 by x within the interval, bounds included, else 0; by a bound 1 where it is taken.

    >>> T.clip([-2.0, 0.5, 2.0], -1.0, 1.0).eval()
    array([-1. ,  0.5,  1. ])
    """
    return s.clip(x, low, high)


def maximum(x: TensorLike, y: TensorLike, *more: TensorLike) -> Variable:
    """Choose the larger of the operands element by element, and nan where one is nan.

    x, y, more: real numbers; shapes broadcast.
    Returns the common dtype. Raises TypeError for complex numbers.
    Derivative: 1 by the operand that is chosen, of equal ones the first.

    >>> T.maximum([1, 5], [3, 4]).eval()
    array([3, 5])
    """
    return s.maximum(x, y, *more)


def minimum(x: TensorLike, y: TensorLike, *more: TensorLike) -> Variable:
    """Choose the smaller of the operands element by element, and nan where one is nan.

    x, y, more: real numbers; shapes broadcast.
    Returns the common dtype. Raises TypeError for complex numbers.
    Derivative: 1 by the operand that is chosen, of equal ones the first.

    >>> T.minimum([1, 5], [3, 4]).eval()
    array([1, 4])
    """
    return s.minimum(x, y, *more)


__all__ = [
    "ceil",
    "clip",
    "floor",
    "iround",
    "maximum",
    "minimum",
    "round",
    "round_half_away",
    "trunc",
]
