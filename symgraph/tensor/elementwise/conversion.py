"""Conversion to a dtype, to a shape, and copies."""

from __future__ import annotations

import numpy as np

from symgraph.graph import Variable
from symgraph.ops import scalar_table as s
from symgraph.ops.constant import TensorLike, as_tensor
from symgraph.ops.scalar import is_complex
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


tensor_copy = identity


def second(x: TensorLike, y: TensorLike) -> Variable:
    """Return y, broadcast together with x, whose values make no difference.

    x, y: numbers of any dtypes; shapes broadcast.
    Returns the dtype of y.
    Derivative: 0 by x, 1 by y.

    >>> T.second([1, 2, 3], 0.5).eval()
    array([0.5, 0.5, 0.5])
    """
    return s.second(x, y)


def tensor_from_scalar(s: TensorLike) -> Variable:
    """Return a scalar as it is: here scalars are tensors without axes.

    s: a number or a scalar variable.
    Raises TypeError for an array with axes.

    >>> T.tensor_from_scalar(2.5).eval()
    array(2.5)
    """
    return _scalar(s, "tensor_from_scalar")


def scalar_from_tensor(t: TensorLike) -> Variable:
    """Return a tensor without axes as it is: here scalars are such tensors.

    t: a number or a scalar variable.
    Raises TypeError for an array with axes.

    >>> T.scalar_from_tensor(T.constant(2.5)).eval()
    array(2.5)
    """
    return _scalar(t, "scalar_from_tensor")


def _scalar(value: TensorLike, what: str) -> Variable:
    variable = as_tensor(value)
    if variable.type.ndim != 0:
        raise TypeError(f"{what} takes a scalar, not {variable} ({variable.type})")
    return variable


def nan_to_num(
    x: TensorLike, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Variable:
    """Replace nan and infinite elements by numbers.

    x: numbers of any shape; of complex ones both parts are treated so. Integers stay as they are.
    nan: what takes the place of nan.
    posinf, neginf: what takes the place of inf and -inf; the largest and the smallest number of the
        dtype unless given.
    Returns the shape and dtype of x. Compare numpy.nan_to_num.
    Derivative: 1 where x is finite, else 0.

    >>> T.nan_to_num([1.0, T.nan, T.inf], posinf=9.0).eval()
    array([1., 0., 9.])
    """
    x = as_tensor(x)
    if is_complex(x):
        parts = (nan_to_num(part, nan, posinf, neginf) for part in (s.real(x), s.imag(x)))
        return s.complex(*parts)
    if np.dtype(x.type.dtype).kind != "f":
        return x
    limits = np.finfo(x.type.dtype)
    above = float(limits.max) if posinf is None else posinf
    below = float(limits.min) if neginf is None else neginf
    finite = s.switch(s.isinf(x), s.switch(s.gt(x, 0), above, below), x)
    return s.cast(s.switch(s.isnan(x), nan, finite), x.type.dtype)


__all__ = [
    "cast",
    "identity",
    "nan_to_num",
    "scalar_from_tensor",
    "second",
    "tensor_copy",
    "tensor_from_scalar",
]
