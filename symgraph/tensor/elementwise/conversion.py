"""Conversion to a dtype, to a shape, and copies."""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops import scalar_table as s
from symgraph.ops.constant import TensorLike
from symgraph.ops.scalar_table import cast


def identity(x: TensorLike) -> Variable:
    """Return a variable with the values of x: a copy, which can have a name of its own.

    x: numbers of any shape.
    Returns the shape and dtype of x.
    Derivative: 1.

    >>> T.identity([1, 2]).eval()
    array([1, 2])
    """
    return s.identity(x)


def second(x: TensorLike, y: TensorLike) -> Variable:
    """Return y, broadcast together with x, whose values make no difference.

    x, y: numbers of any dtypes; shapes broadcast.
    Returns the dtype of y.
    Derivative: 0 by x, 1 by y.

    >>> T.second([1, 2, 3], 0.5).eval()
    array([0.5, 0.5, 0.5])
    """
    return s.second(x, y)


__all__ = [
    "cast",
    "identity",
    "second",
]
