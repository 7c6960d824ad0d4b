"""Permuting, inserting and joining axes: NumPy's names, and Theano's where it has one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from symgraph.graph import Constant, Variable
from symgraph.loops import ifelse
from symgraph.ops.constant import DTypeLike, IntLike, TensorLike, as_tensor, as_tensors, constant
from symgraph.ops.creation import Join
from symgraph.ops.nested_lists import stacked
from symgraph.ops.reduce import normal_axes, plain_axes
from symgraph.ops.requirement import Require
from symgraph.ops.scalar_table import cast, eq, lt, or_, switch
from symgraph.ops.shape import DimShuffle, extents_of


def normal_axis(axis: Any, x: Variable, what: str, new: int = 0) -> int:
    """`axis` of a variable with so many `new` axes, counted from 0. Raises TypeError where it is no
    int, ValueError out of range."""
    axis = plain_axes(axis)
    if not isinstance(axis, int | np.integer):
        raise TypeError(f"{what}: an axis is an int, not {axis!r}: {x} ({x.type})")
    return normal_axes(axis, x, what, new)[0]


def dimshuffle(x: TensorLike, *order: Any) -> Variable:
    """Permute the axes, insert axes of extent 1 and drop axes of extent 1.

    x: an array of any rank.
    order: for each axis of the result an axis of x, or 'x' for a new one; axes not named are
        dropped. One sequence of these will do as well.
    Returns a view. Raises TypeError for what is no axis, ValueError for one that is not there, and
    where a dropped axis has another extent than 1, here or when the function runs.

    >>> T.dimshuffle([1, 2, 3], 0, "x").eval()
    array([[1],
           [2],
           [3]])
    """
    x = as_tensor(x)
    if len(order) == 1 and isinstance(order[0], list | tuple | range):
        order = tuple(order[0])
    ndim = x.type.ndim
    normal: list[Any] = []
    for entry in order:
        is_axis = isinstance(entry, int | np.integer) and not isinstance(entry, bool)
        if not is_axis and entry != "x":
            raise TypeError(f"dimshuffle of {x}: an axis is an int or 'x', not {entry!r}")
        normal.append(int(entry) % ndim if is_axis and -ndim <= entry < ndim else entry)
    return x if normal == list(range(ndim)) else DimShuffle(normal)(x)


def transpose(x: TensorLike, *axes: Any) -> Variable:
    """Reverse the axes, or permute them into the given order.

    x: an array.
    axes: a permutation of the axes of x, as separate arguments or as one sequence.
    Returns a view. Raises ValueError for what is no permutation.

    >>> T.transpose([[1, 2, 3], [4, 5, 6]]).eval()
    array([[1, 4],
           [2, 5],
           [3, 6]])
    """
    x = as_tensor(x)
    ndim = x.type.ndim
    if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], list | tuple)):
        axes = tuple(range(ndim))[::-1] if axes[0] is None else tuple(axes[0])
    elif not axes:
        axes = tuple(range(ndim))[::-1]
    order = [normal_axis(axis, x, "transpose") for axis in axes]
    if sorted(order) != list(range(ndim)):
        raise ValueError(f"transpose: {axes} is no permutation of the axes of {x} ({x.type})")
    return dimshuffle(x, order)


def swapaxes(x: TensorLike, axis1: int, axis2: int) -> Variable:
    """Exchange two axes of x.

    x: an array of any rank.
    axis1, axis2: the axes; negative ones count from the last.
    Returns a view. Raises TypeError for what is no int, ValueError for axes that are not there.

    >>> T.swapaxes([[1, 2], [3, 4]], 0, 1).eval()
    array([[1, 3],
           [2, 4]])
    """
    x = as_tensor(x)
    a, b = (normal_axis(axis, x, "swapaxes") for axis in (axis1, axis2))
    order = list(range(x.type.ndim))
    order[a], order[b] = b, a
    return dimshuffle(x, order)


def moveaxis(
    x: TensorLike, source: int | Sequence[int], destination: int | Sequence[int]
) -> Variable:
    """Move axes to other positions; the others keep their order.

    x: an array of any rank.
    source, destination: an int each, or as many ints each.
    Returns a view. Raises ValueError for axes that are not there, or not as many different ones.

    >>> T.moveaxis(T.zeros((2, 3, 4)), 0, -1).shape.eval()
    array([3, 4, 2])
    """
    x = as_tensor(x)
    ndim = x.type.ndim
    pairs = [
        [normal_axis(axis, x, "moveaxis") for axis in (a if isinstance(a, list | tuple) else [a])]
        for a in (source, destination)
    ]
    if len(pairs[0]) != len(pairs[1]) or any(len(set(axes)) != len(axes) for axes in pairs):
        raise ValueError(f"moveaxis: {source} and {destination} are not as many different axes")
    order = [axis for axis in range(ndim) if axis not in pairs[0]]
    for to, axis in sorted(zip(pairs[1], pairs[0], strict=True)):
        order.insert(to, axis)
    return dimshuffle(x, order)


def squeeze(x: TensorLike, axis: Any = None) -> Variable:
    """Drop axes of extent 1.

    x: an array of any rank.
    axis: an int, or several; None for all the axes known to have extent 1.
    Returns a view. Raises ValueError where an axis has another extent, here or when the function
    runs.

    >>> T.squeeze([[1, 2]], 0).eval()
    array([1, 2])
    """
    x = as_tensor(x)
    if axis is None:
        dropped = tuple(a for a, extent in enumerate(x.type.shape) if extent == 1)
    else:
        dropped = normal_axes(axis, x, "squeeze")
    return dimshuffle(x, [a for a in range(x.type.ndim) if a not in dropped])


def expand_dims(x: TensorLike, axis: int | Sequence[int]) -> Variable:
    """Insert new axes of extent 1.

    x: an array of any rank.
    axis: where the new axis stands in the result: an int, or several.
    Returns a view. Raises TypeError for what is no int, ValueError for a position out of range.

    >>> T.expand_dims([1, 2], 0).eval()
    array([[1, 2]])
    """
    x = as_tensor(x)
    count = len(axis) if isinstance(axis, list | tuple) else 1
    new = normal_axes(axis, x, "expand_dims", count)
    old = iter(range(x.type.ndim))
    return dimshuffle(x, ["x" if a in new else next(old) for a in range(x.type.ndim + count)])


def shape_padleft(x: TensorLike, n_ones: int = 1) -> Variable:
    """Insert axes of extent 1 before the others.

    x: an array of any rank.
    n_ones: how many.
    Returns a view of n_ones more dimensions than x.

    >>> T.shape_padleft([1, 2]).eval()
    array([[1, 2]])
    """
    x = as_tensor(x)
    return dimshuffle(x, ["x"] * n_ones + list(range(x.type.ndim)))


def shape_padright(x: TensorLike, n_ones: int = 1) -> Variable:
    """Insert axes of extent 1 after the others.

    x: an array of any rank.
    n_ones: how many.
    Returns a view of n_ones more dimensions than x.

    >>> T.shape_padright([1, 2]).eval()
    array([[1],
           [2]])
    """
    x = as_tensor(x)
    return dimshuffle(x, list(range(x.type.ndim)) + ["x"] * n_ones)


def shape_padaxis(x: TensorLike, axis: int) -> Variable:
    """Insert an axis of extent 1: Theano's name for `expand_dims`.

    x: an array of any rank.
    axis: where the new axis stands in the result.
    Returns a view. Raises as `expand_dims` does.

    >>> T.shape_padaxis([1, 2], 1).eval()
    array([[1],
           [2]])
    """
    return expand_dims(x, axis)


def atleast_nd(x: TensorLike, ndim: int) -> Variable:
    """Insert axes of extent 1 before the others, so that there are at least `ndim`.

    x: an array of any rank.
    ndim: the least number of dimensions.
    Returns x itself where it has as many dimensions already.

    >>> T.atleast_nd([1, 2], 2).eval()
    array([[1, 2]])
    """
    x = as_tensor(x)
    return shape_padleft(x, max(ndim - x.type.ndim, 0))


def atleast_1d(x: TensorLike) -> Variable:
    """Insert an axis into a scalar.

    x: an array of any rank.
    Returns x itself where it is no scalar.

    >>> T.atleast_1d(2.0).eval()
    array([2.])
    """
    return atleast_nd(x, 1)


def atleast_2d(x: TensorLike) -> Variable:
    """Insert axes before the others, so that there are at least two: a vector becomes a row.

    x: an array of any rank.
    Returns x itself where it has as many dimensions already.

    >>> T.atleast_2d([1, 2]).eval()
    array([[1, 2]])
    """
    return atleast_nd(x, 2)


def atleast_3d(x: TensorLike) -> Variable:
    """Insert axes around the others, so that there are at least three, as `numpy.atleast_3d` does.

    x: an array of any rank.
    Returns a matrix (m, n) as (m, n, 1), a vector (n,) as (1, n, 1); x itself where it has as many
    dimensions already.

    >>> T.atleast_3d([1, 2]).type.shape
    (1, 2, 1)
    """
    x = as_tensor(x)
    ndim = x.type.ndim
    return x if ndim >= 3 else shape_padright(atleast_nd(x, 2))


def join(axis: IntLike, *parts: Any) -> Variable:
    """Join arrays along an existing axis: NumPy's `concatenate`, with Theano's order of arguments.

    axis: the axis, whose extents add up; all other extents must agree. Of an integer scalar that
        is not known before the function runs, one join is computed, along the axis that it is then.
    parts: the arrays, of equal rank, as separate arguments or as one sequence.
    Returns the common dtype; Python numbers take that of the other parts. Raises TypeError for
    unequal ranks and for scalars, ValueError where extents differ and for an axis that is not
    there, here or when the function runs.

    >>> T.join(0, [1, 2], [3]).eval()
    array([1, 2, 3])
    """
    if len(parts) == 1 and isinstance(parts[0], list | tuple):
        parts = tuple(parts[0])
    return _joined(axis, parts, "join")


def _joined(axis: IntLike, parts: Sequence[Any], what: str) -> Variable:
    if not parts:
        raise ValueError(f"{what}: nothing to join")
    variables = as_tensors(*parts)
    if variables[0].type.ndim == 0:
        raise TypeError(f"{what}: scalars such as {variables[0]} cannot be joined; stack them")
    if isinstance(axis, Variable) and not isinstance(axis, Constant):
        return _joined_along_any(axis, variables, what)
    position = normal_axis(axis, variables[0], what)
    return variables[0] if len(variables) == 1 else Join(position)(*variables)


def _joined_along_any(axis: Variable, parts: Sequence[Variable], what: str) -> Variable:
    """Join along the axis that an integer scalar is when the function runs."""
    ndim = parts[0].type.ndim
    if axis.type.ndim or np.dtype(axis.type.dtype).kind not in "iu":
        raise TypeError(f"{what}: an axis is an integer scalar, not {axis} ({axis.type})")
    given, count = cast(axis, "int64"), as_tensor(np.int64(ndim))
    position = switch(lt(given, 0), given + count, given)
    fitting, errors = [], []
    for candidate in range(ndim):
        try:
            Join(candidate)(*parts)
            fitting.append(candidate)
        except ValueError as error:
            # Along this axis extents that the types tell do not fit.
            errors.append(error)
    if not fitting:
        raise errors[0]
    chosen = [eq(position, candidate) for candidate in fitting]
    first = Require(f"{what}: an axis", "within bounds")(parts[0], position, count)
    if errors:
        fits = cast(reduce(or_, chosen), "int8")
        first = Require(f"{what}: that all other extents agree", "true")(first, fits)
    *others, found = (Join(candidate)(first, *parts[1:]) for candidate in fitting)
    for condition, other in zip(reversed(chosen[:-1]), reversed(others), strict=True):
        found = ifelse(condition, other, found)
    return found


def concatenate(parts: Sequence[Any], axis: IntLike = 0) -> Variable:
    """Join arrays along an existing axis.

    parts: a sequence of arrays of equal rank.
    axis: the axis, whose extents add up; all other extents must agree. It may be an integer scalar
        that is known only when the function runs: see `join`.
    Returns the common dtype. Raises TypeError for unequal ranks and for scalars, ValueError where
    extents differ, here or when the function runs.

    >>> T.concatenate([[[1, 2]], [[3, 4]]], axis=1).eval()
    array([[1, 2, 3, 4]])
    """
    if isinstance(parts, Variable):
        parts = list(parts)
    return _joined(axis, tuple(parts), "concatenate")


def stack(parts: Sequence[Any], axis: int = 0) -> Variable:
    """Join arrays of equal shape along a new axis.

    parts: a sequence of arrays.
    axis: where the new axis stands in the result.
    Returns the common dtype. Raises TypeError for unequal ranks, ValueError where extents differ,
    here or when the function runs.

    >>> T.stack([[1, 2], [3, 4]], axis=1).eval()
    array([[1, 3],
           [2, 4]])
    """
    if isinstance(parts, Variable):
        parts = list(parts)
    if len(parts) == 0:
        raise ValueError("stack: nothing to stack")
    variables = as_tensors(*parts)
    return stacked(variables, normal_axis(axis, variables[0], "stack", 1))


def as_tensor_variable(
    value: TensorLike, dtype: DTypeLike = None, name: str | None = None, ndim: int | None = None
) -> Variable:
    """Convert a value to a symbolic tensor.

    value: a variable, which is returned as it is; a list or tuple that holds variables at any
        depth, which are stacked; anything else becomes a constant.
    dtype: to which the result is cast, if given.
    name: of a constant.
    ndim: the least number of dimensions: axes of extent 1 are put before the others.
    Raises TypeError for what holds no numbers.

    >>> a = T.dscalar("a")
    >>> T.as_tensor_variable([a, 2]).eval({a: 1.5})
    array([1.5, 2. ])
    """
    variable = as_tensor(value, dtype, name)
    variable = variable if dtype is None else cast(variable, dtype)
    return variable if ndim is None else atleast_nd(variable, ndim)


def shape(x: TensorLike) -> Variable:
    """Return the extents of x as an int64 vector.

    x: an array, whose values are not read; `T.shape(x)[i]` costs nothing.

    >>> T.shape([[1, 2, 3], [4, 5, 6]]).eval()
    array([2, 3])
    """
    extents = extents_of(as_tensor(x))
    return stack(extents) if extents else constant(np.zeros(0, "int64"))


def stacked_scalar(vector: Variable, position: int) -> Variable | None:
    """The scalar that stands at `position` in a stack of scalars such as `x.shape`, or in a
    constant; None where `vector` is neither, or `position` is out of bounds."""
    if isinstance(vector, Constant) and vector.type.ndim == 1:
        fits = -len(vector.data) <= position < len(vector.data)
        return constant(vector.data[position]) if fits else None
    if vector.owner is None:
        return None
    parts = list(vector.owner.inputs) if isinstance(vector.owner.op, Join) else [vector]
    if not -len(parts) <= position < len(parts) or vector.type.shape != (len(parts),):
        return None
    made = parts[position].owner
    if made is None or made.op != DimShuffle(("x",)):
        return None
    scalar = made.inputs[0]
    return scalar if scalar.type.dtype == vector.type.dtype else None


__all__ = [
    "as_tensor_variable",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "atleast_nd",
    "concatenate",
    "dimshuffle",
    "expand_dims",
    "join",
    "moveaxis",
    "shape",
    "shape_padaxis",
    "shape_padleft",
    "shape_padright",
    "squeeze",
    "stack",
    "swapaxes",
    "transpose",
]
