"""Products of arrays."""

import math
from collections.abc import Sequence
from typing import Any

from symgraph.graph import Variable
from symgraph.ops.constant import as_tensors, constant
from symgraph.ops.dot import Dot
from symgraph.ops.reduce import normal_axes
from symgraph.ops.shape import extents_of
from symgraph.tensor.manipulation import dimshuffle, reshape


def dot(a: Any, b: Any) -> Variable:
    """NumPy's dot for every rank: the sum over the last axis of `a` and the second-to-last (or
    only) axis of `b`; a scalar multiplies."""
    a, b = as_tensors(a, b)
    if a.type.ndim == 0 or b.type.ndim == 0:
        return a * b
    if a.type.ndim <= 2 and b.type.ndim <= 2:
        return Dot()(a, b)
    inner = 0 if b.type.ndim == 1 else b.type.ndim - 2
    return tensordot(a, b, ([a.type.ndim - 1], [inner]))


def outer(a: Any, b: Any) -> Variable:
    """The products of every element of `a` with every element of `b`, as a matrix."""
    a, b = as_tensors(a, b)
    return dimshuffle(a.flatten(), 0, "x") * dimshuffle(b.flatten(), "x", 0)


def tensordot(a: Any, b: Any, axes: int | Sequence[Any] = 2) -> Variable:
    """The sum of products over the given axes: a number of last and first axes, or two lists."""
    a, b = as_tensors(a, b)
    if isinstance(axes, int):
        if axes > min(a.type.ndim, b.type.ndim):
            raise ValueError(f"tensordot over {axes} axes of {a} ({a.type}) and {b} ({b.type})")
        over_a = list(range(a.type.ndim - axes, a.type.ndim))
        over_b = list(range(axes))
    else:
        over_a, over_b = ([e] if isinstance(e, int) else list(e) for e in axes)
        for listed, x in ((over_a, a), (over_b, b)):
            normal_axes(listed, x.type.ndim, "tensordot")
        over_a = [axis % a.type.ndim for axis in over_a]
        over_b = [axis % b.type.ndim for axis in over_b]
    if len(over_a) != len(over_b):
        raise ValueError(f"tensordot: {len(over_a)} axes of {a}, but {len(over_b)} of {b}")
    for axis_a, axis_b in zip(over_a, over_b, strict=True):
        pair = (a.type.shape[axis_a], b.type.shape[axis_b])
        if None not in pair and pair[0] != pair[1]:
            raise ValueError(f"tensordot: shapes do not fit: {a} ({a.type}) and {b} ({b.type})")
    free_a = [axis for axis in range(a.type.ndim) if axis not in over_a]
    free_b = [axis for axis in range(b.type.ndim) if axis not in over_b]
    left = _as_matrix(a, free_a, over_a)
    right = _as_matrix(b, over_b, free_b)
    extents_a, extents_b = extents_of(a), extents_of(b)
    result = [extents_a[axis] for axis in free_a] + [extents_b[axis] for axis in free_b]
    return reshape(Dot()(left, right), result)


def _as_matrix(x: Variable, rows: list[int], columns: list[int]) -> Variable:
    """The axes in `rows` joined to one, and those in `columns`."""
    extents = extents_of(x)
    x = dimshuffle(x, rows + columns)

    def product(axes: list[int]) -> Any:
        return math.prod((extents[axis] for axis in axes), start=constant(1, "int64"))

    return reshape(x, [product(rows), product(columns)])
