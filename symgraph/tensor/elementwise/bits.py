"""Logic of truth values, and of the bits of integers."""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops import scalar_table as s
from symgraph.ops.constant import TensorLike


def and_(x: TensorLike, y: TensorLike, *more: TensorLike) -> Variable:
    """Compute the bitwise, of truth values the logical, `and` of each element: x & y & ...

    x, y, more: integers or truth values; shapes broadcast.
    Returns the common dtype. Raises TypeError for other numbers.

    >>> T.and_([True, True], [True, False]).eval()
    array([ True, False])
    """
    return s.and_(x, y, *more)


bitwise_and = and_


def or_(x: TensorLike, y: TensorLike, *more: TensorLike) -> Variable:
    """Compute the bitwise, of truth values the logical, `or` of each element: x | y | ...

    x, y, more: integers or truth values; shapes broadcast.
    Returns the common dtype. Raises TypeError for other numbers.

    >>> T.or_([True, False], [False, False]).eval()
    array([ True, False])
    """
    return s.or_(x, y, *more)


bitwise_or = or_


def xor(x: TensorLike, y: TensorLike, *more: TensorLike) -> Variable:
    """Compute the bitwise, of truth values the logical, exclusive `or` of each element: x ^ y ^ ...

    x, y, more: integers or truth values; shapes broadcast.
    Returns the common dtype. Raises TypeError for other numbers.

    >>> T.xor([6, 5], 3).eval()
    array([5, 6])
    """
    return s.xor(x, y, *more)


bitwise_xor = xor


def invert(x: TensorLike) -> Variable:
    """Invert the bits of each integer, or negate each truth value: ~x.

    x: integers or truth values of any shape.
    Returns the shape and dtype of x. Raises TypeError for other numbers.

    >>> T.invert([True, False]).eval()
    array([False,  True])
    """
    return s.invert(x)


bitwise_not = invert


def left_shift(x: TensorLike, y: TensorLike) -> Variable:
    """Shift the bits of each integer to the left by y places: x << y, which is x * 2 ** y.

    x, y: integers or truth values; shapes broadcast.
    Returns the common dtype. Raises TypeError for other numbers.

    >>> T.left_shift([1, 2], 3).eval()
    array([ 8, 16])
    """
    return s.left_shift(x, y)


def right_shift(x: TensorLike, y: TensorLike) -> Variable:
    """Shift the bits of each integer to the right by y places: x >> y, which is floor(x / 2 ** y).

    x, y: integers or truth values; shapes broadcast.
    Returns the common dtype. Raises TypeError for other numbers.

    >>> T.right_shift([8, -8], 2).eval()
    array([ 2, -2])
    """
    return s.right_shift(x, y)


__all__ = [
    "and_",
    "bitwise_and",
    "bitwise_not",
    "bitwise_or",
    "bitwise_xor",
    "invert",
    "left_shift",
    "or_",
    "right_shift",
    "xor",
]
