"""Rounding to integers, limits, and conversion to another dtype."""

from __future__ import annotations

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


def round(x: TensorLike) -> Variable:
    """Round each element to the nearest integer, halves to the even one.

    x: real numbers of any shape.
    Returns the shape and dtype of x: floats stay floats. Raises TypeError for complex numbers.
    Derivative: 0.

    >>> T.round([0.5, 1.5, -1.2]).eval()
    array([ 0.,  2., -1.])
    """
    return s.round(x)


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
    "maximum",
    "minimum",
    "round",
    "round_half_away",
    "trunc",
]
