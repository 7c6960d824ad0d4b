"""Sums, differences, products, quotients and powers of each element."""

from __future__ import annotations

import numpy as np

from symgraph.graph import Variable
from symgraph.ops import scalar_table as s
from symgraph.ops.constant import TensorLike, as_tensors
from symgraph.ops.scalar import promote


def add(x: TensorLike, y: TensorLike, *more: TensorLike) -> Variable:
    """Add the operands element by element: x + y + ...

    x, y, more: numbers of any dtypes, or truth values, whose sum is `or`; shapes broadcast.
    Returns the common dtype.
    Derivative: 1 by each operand.

    >>> T.add([1, 2], 10).eval()
    array([11, 12])
    """
    return s.add(x, y, *more)


def sub(x: TensorLike, y: TensorLike) -> Variable:
    """Subtract element by element: x - y.

    x, y: numbers of any dtypes; shapes broadcast.
    Returns the common dtype. Raises TypeError for two truth values.
    Derivative: 1 by x, -1 by y.

    >>> T.sub([5, 7], [1, 2]).eval()
    array([4, 5])
    """
    return s.sub(x, y)


def mul(x: TensorLike, y: TensorLike, *more: TensorLike) -> Variable:
    """Multiply the operands element by element: x * y * ...

    x, y, more: numbers of any dtypes, or truth values, whose product is `and`; shapes broadcast.
    Returns the common dtype.
    Derivative: y by x, and x by y.

    >>> T.mul([1, 2], [3.0, 4.0]).eval()
    array([3., 8.])
    """
    return s.mul(x, y, *more)


def true_div(x: TensorLike, y: TensorLike) -> Variable:
    """Divide element by element: x / y.

    x, y: numbers of any dtypes; shapes broadcast.
    Returns the common dtype, and floatX for two integers; a division by zero gives inf or nan.
    Derivative: 1 / y by x, -x / y ** 2 by y.

    >>> T.true_div([1, 2], 4).eval()
    array([0.25, 0.5 ])
    """
    return s.true_div(x, y)


def floor_div(x: TensorLike, y: TensorLike) -> Variable:
    """Divide element by element and round down: floor(x / y), written x // y.

    x, y: real numbers; shapes broadcast.
    Returns the common dtype; integers divided by zero give 0. Raises TypeError for complex numbers.
    Derivative: 0, as of all functions with integer steps.

    >>> T.floor_div([7, -7], 2).eval()
    array([ 3, -4])
    """
    return s.floor_div(x, y)


def mod(x: TensorLike, y: TensorLike) -> Variable:
    """Compute the remainder x - y * floor(x / y) of each element, which has the sign of y: x % y.

    x, y: real numbers; shapes broadcast.
    Returns the common dtype; an integer modulo zero is 0. Raises TypeError for complex numbers.
    Derivative: 1 by x, -floor(x / y) by y.

    >>> T.mod([7, -7], 3).eval()
    array([1, 2])
    """
    return s.mod(x, y)


def pow(x: TensorLike, y: TensorLike) -> Variable:
    """Raise each element of x to the power y: x ** y.

    x, y: numbers of any dtypes; shapes broadcast.
    Returns the common dtype; of integers a negative power is truncated to an integer, and of a
    negative float a fractional power is nan.
    Derivative: y * x ** (y - 1) by x, log(x) * x ** y by y; by y it is 0 where x is 0 and y >= 0.

    >>> T.pow([1.0, 2.0, 3.0], 2).eval()
    array([1., 4., 9.])
    """
    return s.pow(x, y)


def neg(x: TensorLike) -> Variable:
    """Negate each element: -x.

    x: numbers of any shape.
    Returns the shape and dtype of x. Raises TypeError for truth values.
    Derivative: -1.

    >>> T.neg([1, -2]).eval()
    array([-1,  2])
    """
    return s.neg(x)


def abs(x: TensorLike) -> Variable:
    """Compute the absolute value of each element, or the magnitude of complex numbers.

    x: numbers of any shape.
    Returns the shape and dtype of x; of complex numbers the real dtype of their parts.
    Derivative: sgn(x), which is 0 at 0.

    >>> T.abs([-1.5, 2.0]).eval()
    array([1.5, 2. ])
    """
    return s.abs(x)


abs_ = abs


def sgn(x: TensorLike) -> Variable:
    """Compute the sign of each element: -1, 0 or 1; of a complex number z / |z|.

    x: numbers of any shape.
    Returns the shape and dtype of x.
    Derivative: 0.

    >>> T.sgn([-3.0, 0.0, 2.0]).eval()
    array([-1.,  0.,  1.])
    """
    return s.sgn(x)


def reciprocal(x: TensorLike) -> Variable:
    """Compute 1 / x of each element.

    x: numbers of any shape.
    Returns floats of the shape of x; 1 / 0 is inf.
    Derivative: -1 / x ** 2.

    >>> T.reciprocal([2.0, 4.0]).eval()
    array([0.5 , 0.25])
    """
    return s.reciprocal(x)


inv = reciprocal


def sqr(x: TensorLike) -> Variable:
    """Square each element: x * x.

    x: numbers of any shape.
    Returns the shape and dtype of x.
    Derivative: 2 * x.

    >>> T.sqr([1, 2, 3]).eval()
    array([1, 4, 9])
    """
    return s.sqr(x)


square = sqr


def divmod(x: TensorLike, y: TensorLike) -> tuple[Variable, Variable]:
    """Divide element by element, and return the quotient rounded down and what is left.

    x, y: real numbers; shapes broadcast.
    Returns `floor_div(x, y)` and `mod(x, y)`, whose errors it raises.

    >>> quotient, rest = T.divmod([7, -7], 3)
    >>> quotient.eval(), rest.eval()
    (array([ 2, -3]), array([1, 2]))
    """
    return s.floor_div(x, y), s.mod(x, y)


def ceil_intdiv(x: TensorLike, y: TensorLike) -> Variable:
    """Divide integers element by element, and round up: ceil(x / y), exactly.

    x, y: integers; shapes broadcast.
    Returns the common dtype. Raises TypeError for what are no integers. Derivative: 0.

    >>> T.ceil_intdiv([6, 7, -7], 3).eval()
    array([ 2,  3, -2])
    """
    x, y = as_tensors(x, y)
    for operand in (x, y):
        if np.dtype(operand.type.dtype).kind not in "iu":
            raise TypeError(f"ceil_intdiv takes integers, not {operand} ({operand.type})")
    return s.floor_div(x, y) + s.cast(s.neq(s.mod(x, y), 0), promote([x.type.dtype, y.type.dtype]))


int_div = floor_div
power = pow


def sqrt(x: TensorLike) -> Variable:
    """Compute the square root of each element.

    x: numbers of any shape; a negative real number gives nan.
    Returns floats of the shape of x.
    Derivative: 1 / (2 * sqrt(x)), infinite at 0 (see `grad` for roots of sums of squares).

    >>> T.sqrt([1.0, 4.0]).eval()
    array([1., 2.])
    """
    return s.sqrt(x)


__all__ = [
    "abs",
    "abs_",
    "add",
    "ceil_intdiv",
    "divmod",
    "floor_div",
    "int_div",
    "inv",
    "mod",
    "mul",
    "neg",
    "pow",
    "power",
    "reciprocal",
    "sgn",
    "sqr",
    "sqrt",
    "square",
    "sub",
    "true_div",
]
