"""Reshaping: the same elements with other extents."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from symgraph.graph import (
    Apply,
    Constant,
    Extent,
    ShapeProxy,
    ShapeProxyContext,
    TensorType,
    Variable,
)
from symgraph.ops.elemwise import Elemwise, scalar_functions
from symgraph.ops.extent_arithmetic import (
    as_scalar,
    as_size,
    multiplied,
)
from symgraph.ops.shape import (
    SpecifyShape,
    ToExtents,
    check_known,
    extents_of,
    given_extents,
    inferred_extent,
    keys_of_extents,
    known_extent,
)


class Reshape(ToExtents):
    """The same elements in C order with new extents: inputs are x and a scalar per new axis.

    One extent may be a constant -1: it is computed from the others. `shape` holds the known extents
    of the result. The result is a view where x is contiguous.
    """

    view_map: ClassVar = {0: 0}
    selects_elements: ClassVar[bool] = True

    def output_types(self, x: Variable, *extents: Variable) -> Sequence[TensorType]:
        check_known(self.shape, extents, f"reshape of {x}")
        negative = [int(e.data) for e in extents if isinstance(e, Constant) and int(e.data) < 0]
        if negative not in ([], [-1]):
            raise ValueError(f"reshape of {x}: one extent may be -1, got {negative}")
        old, new = x.type.shape, self.shape
        sizes = [None if None in shape else math.prod(map(int, shape)) for shape in (old, new)]
        if None not in sizes and sizes[0] != sizes[1]:
            raise ValueError(f"{x} ({x.type}) of {sizes[0]} elements cannot be reshaped to {new}")
        return [x.type.clone(shape=self.shape)]

    def perform(self, node: Apply, x: np.ndarray, *extents: np.ndarray) -> tuple[np.ndarray, ...]:
        target = tuple(int(extent) for extent in extents)
        try:
            # NumPy takes any negative extent for -1.
            if min(target, default=0) >= -1:
                return (np.reshape(x, target),)
        except ValueError:
            pass
        raise ValueError(
            f"an array of shape {x.shape} ({x.size} elements) cannot be reshaped to {target}"
        )

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        result = list(given_extents(node))
        for axis, extent in enumerate(result):
            if isinstance(extent, Variable) and is_minus_one(extent):
                others = result[:axis] + result[axis + 1 :]
                result[axis] = left_over(shapes[0], others)
        return [tuple(result)]

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        size = as_scalar(multiplied(*context.extents(context.operands[0])))
        new = list(map(as_size, node.inputs[1:]))
        found = [axis for axis, extent in enumerate(new) if is_minus_one(extent)]
        if not found:
            total = as_scalar(multiplied(*new))
            fits = SpecifyShape((None,))(context.zeros([size]), total)
            return context.of(new, [ShapeProxy(fits, True)])
        (axis,) = found
        rest = as_scalar(multiplied(*new[:axis], *new[axis + 1 :]))
        # Beside an extent of 0 the missing one is undetermined.
        some = scalar_functions["maximum"](rest, 1)
        new[axis] = scalar_functions["floor_div"](size, some)
        total = as_scalar(multiplied(*new))
        fits = SpecifyShape((None, None))(context.zeros([size, rest]), total, some)
        return context.of(new, [ShapeProxy(fits, True)])

    def cannot_raise(self, node: Apply) -> bool:
        """Return whether the result provably has as many elements."""
        x, *given = node.inputs
        if any(is_minus_one(extent) for extent in given):
            return all(is_minus_one(e) or known_extent(e) == 1 for e in given)
        have = _factors(inferred_extent(x, axis) for axis in range(x.type.ndim))
        return have == _factors(given)

    def pulled(self, x: Variable, g: Variable) -> Variable:
        return Reshape(x.type.shape)(g, *extents_of(x))


def left_over(shape: Sequence[Extent], others: Sequence[Extent]) -> Extent:
    """Return the extent that the others of a new shape leave. Beside an extent of 0 it is
    undetermined: running that raises an error."""
    size, rest = multiplied(*shape), multiplied(*others)
    if isinstance(rest, int):
        rest = max(rest, 1)
        if rest == 1:
            return size
        if isinstance(size, int):
            return size // rest
    else:
        rest = scalar_functions["maximum"](rest, 1)
    return scalar_functions["floor_div"](size, rest)


def is_minus_one(extent: Variable) -> bool:
    """Return whether this is the constant -1, which stands for the extent that the others leave."""
    return isinstance(extent, Constant) and int(extent.data) == -1


def _factors(extents: Iterable[Variable]) -> Counter[Any]:
    """Return a product of extents as a multiset of their keys; known ones combined into one
    number."""
    found: Counter[Any] = Counter()
    known = 1
    pending = list(extents)
    while pending:
        extent = pending.pop()
        node = extent.owner
        if isinstance(extent, Constant):
            known *= int(extent.data)
        elif node is not None and isinstance(node.op, Elemwise) and node.op.scalar.name == "mul":
            pending += node.inputs
        else:
            (key,) = keys_of_extents([extent])
            found[key] += 1
    found[("known", known)] += 1
    return found


def reshaped(x: Variable, extents: Sequence[Variable]) -> Variable:
    """Return `x` with new extents, one of which may be -1."""
    return Reshape(tuple(map(known_extent, extents)))(x, *extents)
