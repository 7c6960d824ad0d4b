"""Comparisons element by element, and the choice by them."""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops import scalar_table as s
from symgraph.ops.constant import TensorLike


def lt(x: TensorLike, y: TensorLike) -> Variable:
    """Compare element by element: x < y.

    x, y: real numbers; shapes broadcast.
    Returns truth values, dtype bool; nan compares as false. Raises TypeError for complex numbers.

    >>> T.lt([1, 2, 3], 2).eval()
    array([ True, False, False])
    """
    return s.lt(x, y)


def gt(x: TensorLike, y: TensorLike) -> Variable:
    """Compare element by element: x > y.

    x, y: real numbers; shapes broadcast.
    Returns truth values, dtype bool; nan compares as false. Raises TypeError for complex numbers.

    >>> T.gt([1, 2, 3], 2).eval()
    array([False, False,  True])
    """
    return s.gt(x, y)


def le(x: TensorLike, y: TensorLike) -> Variable:
    """Compare element by element: x <= y.

    x, y: real numbers; shapes broadcast.
    Returns truth values, dtype bool; nan compares as false. Raises TypeError for complex numbers.

    >>> T.le([1, 2, 3], 2).eval()
    array([ True,  True, False])
    """
    return s.le(x, y)


def ge(x: TensorLike, y: TensorLike) -> Variable:
    """Compare element by element: x >= y.

    x, y: real numbers; shapes broadcast.
    Returns truth values, dtype bool; nan compares as false. Raises TypeError for complex numbers.

    >>> T.ge([1, 2, 3], 2).eval()
    array([False,  True,  True])
    """
    return s.ge(x, y)


def eq(x: TensorLike, y: TensorLike) -> Variable:
    """Compare element by element: whether x equals y (`x == y` compares by identity).

    x, y: numbers of any dtypes; shapes broadcast.
    Returns truth values, dtype bool; nan equals nothing.

    >>> T.eq([1, 2, 3], 2).eval()
    array([False,  True, False])
    """
    return s.eq(x, y)


def neq(x: TensorLike, y: TensorLike) -> Variable:
    """Compare element by element: whether x differs from y (`x != y` compares by identity).

    x, y: numbers of any dtypes; shapes broadcast.
    Returns truth values, dtype bool; nan differs from everything.

    >>> T.neq([1, 2, 3], 2).eval()
    array([ True, False,  True])
    """
    return s.neq(x, y)


def isnan(x: TensorLike) -> Variable:
    """Test each element for being nan, not a number.

    x: numbers of any shape.
    Returns truth values, dtype bool, of the shape of x.

    >>> T.isnan([1.0, np.nan]).eval()
    array([False,  True])
    """
    return s.isnan(x)


def isinf(x: TensorLike) -> Variable:
    """Test each element for being infinite, inf or -inf.

    x: numbers of any shape.
    Returns truth values, dtype bool, of the shape of x.

    >>> T.isinf([1.0, -np.inf]).eval()
    array([False,  True])
    """
    return s.isinf(x)


def switch(condition: TensorLike, x: TensorLike, y: TensorLike) -> Variable:
    """Choose element by element: x where the condition is true, else y.

    condition: truth values, or numbers, which are true unless 0.
    x, y: numbers of any dtypes; all three shapes broadcast.
    Returns the common dtype of x and y. Both are computed; `ifelse` computes only one of them.
    Derivative: 1 by the operand that is chosen, 0 by the other, whatever that one holds.

    >>> T.switch([True, False], [1, 2], 0).eval()
    array([1, 0])
    """
    return s.switch(condition, x, y)


where = switch


__all__ = [
    "eq",
    "ge",
    "gt",
    "isinf",
    "isnan",
    "le",
    "lt",
    "neq",
    "switch",
    "where",
]
