"""Indexing with integers and slices, which gives a view, and updates of the selected part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from symgraph.graph import (
    Apply,
    BatchContext,
    Batched,
    Constant,
    Extent,
    Op,
    ShapeProxy,
    ShapeProxyContext,
    TensorType,
    Variable,
)
from symgraph.ops.broadcast import (
    BroadcastTo,
    broadcast_scalar,
    sum_to,
)
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_arithmetic import as_size
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.scalar import as_derivative_of
from symgraph.ops.shape import (
    DimShuffle,
    ShapeOf,
    extents_of,
    known_extent,
)


@dataclass(frozen=True)
class Slice:
    """A slice in an index template: which of its bounds are inputs of the op."""

    start: bool = False
    stop: bool = False
    step: bool = False

    @property
    def whole(self) -> bool:
        return not (self.start or self.stop or self.step)


# An index template has an entry per axis: 'int' for an integer scalar, 'array' for an array of
# integers, or a Slice. The integers themselves are inputs of the op, in order.
Template = tuple[str | Slice, ...]


def bind(template: Template, inputs: Sequence[Any]) -> list[Any]:
    """Return the template with inputs filled in: an input, or (start, stop, step) with None where
    open."""
    remaining = iter(inputs)
    bound: list[Any] = []
    for entry in template:
        if isinstance(entry, Slice):
            flags = (entry.start, entry.stop, entry.step)
            bound.append(tuple(next(remaining) if flag else None for flag in flags))
        else:
            bound.append(next(remaining))
    return bound


def numpy_index(template: Template, values: Sequence[np.ndarray]) -> tuple[Any, ...]:
    """Return the index in NumPy's form."""
    return tuple(
        slice(*(None if bound is None else int(bound) for bound in entry))
        if isinstance(entry, tuple)
        else (int(entry) if kind == "int" else entry)
        for kind, entry in zip(template, bind(template, values), strict=True)
    )


def count_inputs(template: Template) -> int:
    return sum(
        entry.start + entry.stop + entry.step if isinstance(entry, Slice) else 1
        for entry in template
    )


def _known(variable: Variable | None) -> int | None:
    return int(variable.data) if isinstance(variable, Constant) else None


def static_slice_extent(bounds: tuple[Any, Any, Any], extent: int | None) -> int | None:
    """Return the extent of a slice where everything that determines it is known; None otherwise."""
    if bounds == (None, None, None):
        return extent
    known = [_known(bound) for bound in bounds]
    open_or_known = all(b is None or k is not None for b, k in zip(bounds, known, strict=True))
    if open_or_known and known[2] == 0:
        raise ValueError("a slice cannot step by zero")
    if extent is None or not open_or_known:
        return None
    return len(range(*slice(*known).indices(extent)))


def slice_start_and_extent(
    bounds: tuple[Any, Any, Any], extent: Extent
) -> tuple[Extent, Extent, Extent]:
    """Return the first index, the number of elements and the step of a slice of an axis, as
    expressions, clipped like Python's slices."""
    start, stop, step = bounds
    if start is None and stop is None and step is None:
        return 0, extent, 1
    f = scalar_functions
    size = constant(extent, "int64") if isinstance(extent, int) else extent
    if _reverses(bounds):
        return size - 1, extent, -1
    step_known = 1 if step is None else _known(step)
    step = constant(1, "int64") if step is None else as_size(step)

    def by_direction(forward: Callable[[], Any], backward: Callable[[], Any]) -> Any:
        if step_known is not None:
            return forward() if step_known > 0 else backward()
        return f["switch"](f["gt"](step, 0), forward(), backward())

    def absolute(bound: Variable) -> Variable:
        return by_direction(lambda: _clipped(bound, size, 0), lambda: _clipped(bound, size, -1))

    if start is None:
        first = by_direction(lambda: constant(0, "int64"), lambda: size - 1)
    else:
        first = absolute(start)
    if stop is None:
        last = by_direction(lambda: size, lambda: constant(-1, "int64"))
    else:
        last = absolute(stop)
    if step_known == 1:
        zero_start = start is None or _known(start) == 0
        return first, f["maximum"](last if zero_start else last - first, 0), step
    # Written so that no step, however large, overflows.
    span = by_direction(lambda: last - first - 1, lambda: last - first + 1)
    return first, f["maximum"](span // step + 1, 0), step


def _reverses(bounds: tuple[Any, Any, Any]) -> bool:
    """Return whether a slice is [::-1]."""
    start, stop, step = bounds
    return start is None and stop is None and step is not None and _known(step) == -1


def _clipped(bound: Variable, size: Variable, low: int) -> Variable:
    """Return a bound of a slice as an index: counted from the end where it is negative, and not
    below `low` (0, or -1 for a step backwards) nor above `size + low`."""
    f = scalar_functions
    high = size if low == 0 else size - 1
    known = _known(bound)
    if known is not None and known >= 0:
        return f["minimum"](as_size(bound), high)
    if known is not None:
        return f["maximum"](size + known, low)
    bound = as_size(bound)
    wrapped = f["switch"](f["lt"](bound, 0), bound + size, bound)
    return f["minimum"](f["maximum"](wrapped, low), high)


def zeros_like(x: Variable) -> Variable:
    """Return zeros of the shape and dtype of `x`, whose values are not used."""
    return broadcast_scalar(constant(0, x.type.dtype), extents_of(x))


class Subtensor(Op):
    """`x[index]` for integers and slices: inputs are x and the integers. The result is a view.

    Axes after the template are selected whole. An integer out of bounds is an IndexError.
    """

    __props__ = ("template",)
    view_map: ClassVar = {0: 0}
    never_larger: ClassVar[bool] = True
    selects_elements: ClassVar[bool] = True

    def __init__(self, template: Template) -> None:
        self.template = template

    def __str__(self) -> str:
        return f"Subtensor{{{template_text(self.template)}}}"

    def make_node(self, x: Variable, *indices: Variable) -> Apply:
        node = super().make_node(x, *indices)
        keys = extent_keys(x)
        kept = [
            keys[axis] if entry == (None, None, None) or _reverses(entry) else None
            for axis, entry in enumerate(bind(self.template, node.inputs[1:]))
            if isinstance(entry, tuple)
        ]
        set_keys(node.outputs[0], [*kept, *keys[len(self.template) :]])
        return node

    def output_types(self, x: Variable, *indices: Variable) -> Sequence[TensorType]:
        check_indices(self.template, x, indices)
        shape: list[int | None] = []
        for axis, entry in enumerate(bind(self.template, indices)):
            extent = x.type.shape[axis]
            if isinstance(entry, tuple):
                shape.append(static_slice_extent(entry, extent))
                continue
            value = _known(entry)
            if value is not None and extent is not None and not -extent <= value < extent:
                raise IndexError(f"index {value} is out of bounds on axis {axis} of {x} ({x.type})")
        return [x.type.clone(shape=[*shape, *x.type.shape[len(self.template) :]])]

    def perform(self, node: Apply, x: np.ndarray, *indices: np.ndarray) -> tuple[np.ndarray, ...]:
        # With the Ellipsis NumPy returns a view of an element as well.
        return (x[(*numpy_index(self.template, indices), ...)],)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        result: list[Extent] = []
        for axis, entry in enumerate(bind(self.template, node.inputs[1:])):
            if isinstance(entry, tuple):
                known = node.outputs[0].type.shape[len(result)]
                result.append(
                    slice_start_and_extent(entry, shapes[0][axis])[1] if known is None else known
                )
        return [(*result, *shapes[0][len(self.template) :])]

    def masks_cotangents(self) -> bool:
        return True

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        return context.as_view()

    def batch(self, node: Apply, context: BatchContext) -> list[Batched] | None:
        if any(index.batched for index in context.inputs[1:]):
            return None
        op = Subtensor((Slice(),) * context.depth + self.template)
        return [Batched(op(*context.variables), True)]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        x, *indices = node.inputs
        if cotangents[0] is None:
            return [None] * len(node.inputs)
        by_x = IncSubtensor(self.template, False)(zeros_like(x), cotangents[0], *indices)
        return [by_x, *([None] * len(indices))]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None if tangents[0] is None else self(tangents[0], *node.inputs[1:])]


def template_text(template: Template) -> str:
    def bound(flag: bool) -> str:
        return "i" if flag else ""

    return ", ".join(
        f"{bound(e.start)}:{bound(e.stop)}" + (":i" if e.step else "")
        if isinstance(e, Slice)
        else e
        for e in template
    )


def check_indices(template: Template, x: Variable, indices: Sequence[Variable]) -> None:
    if len(template) > x.type.ndim:
        raise IndexError(
            f"too many indices: {len(template)} for {x} ({x.type}) of {x.type.ndim} dimensions"
        )
    if len(indices) != count_inputs(template):
        raise TypeError(f"the template {template} does not fit {len(indices)} indices")
    for index in indices:
        if np.dtype(index.type.dtype).kind not in "iu":
            raise TypeError(f"an index must be an integer, not {index} ({index.type})")


class IncSubtensor(Op):
    """A copy of x in which `y`, broadcast, replaces (`set`) or is added to `x[index]`."""

    __props__ = ("template", "set")
    never_larger: ClassVar[bool] = True

    def __init__(self, template: Template, set: bool) -> None:
        self.template = template
        self.set = set

    def __str__(self) -> str:
        return f"{'Set' if self.set else 'Inc'}Subtensor{{{template_text(self.template)}}}"

    def make_node(self, x: Variable, y: Variable, *indices: Variable) -> Apply:
        node = super().make_node(x, y, *indices)
        set_keys(node.outputs[0], extent_keys(x))
        return node

    def output_types(self, x: Variable, y: Variable, *indices: Variable) -> Sequence[TensorType]:
        part = self.selected(x, *indices).type
        check_fits(str(self), x, y, part)
        return [x.type]

    def selected(self, x: Variable, *indices: Variable) -> Variable:
        return Subtensor(self.template)(x, *indices)

    def reaching(self, g: Variable, *indices: Variable) -> Variable:
        """Return the cotangents of the elements of y, which is already broadcast."""
        return self.selected(g, *indices)

    def perform(
        self, node: Apply, x: np.ndarray, y: np.ndarray, *indices: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        result = x.copy()
        index = numpy_index(self.template, indices)
        with np.errstate(all="ignore"):
            if self.set:
                result[index] = y
            else:
                self.accumulate(result, index, y)
        return (result,)

    def accumulate(self, result: np.ndarray, index: tuple[Any, ...], y: np.ndarray) -> None:
        result[index] += y.astype(result.dtype, copy=False)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [shapes[0]]

    def masks_cotangents(self) -> bool:
        return True

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy | None:
        x, y, *_ = context.operands
        part = Subtensor(self.template)(x.variable, *node.inputs[2:])
        if not part.type.ndim:
            line = ShapeProxy(DimShuffle(("x",))(part), True)
            return context.of(context.extents(x), [x, line])
        selected = [ShapeOf(axis)(part) for axis in range(part.type.ndim)]
        missing = part.type.ndim - y.variable.type.ndim
        order = ["x"] * missing + list(range(y.variable.type.ndim))
        padded = DimShuffle(order)(y.variable) if missing else y.variable
        known = tuple(known_extent(extent) for extent in selected)
        fits = BroadcastTo(known)(padded, *selected)
        return context.of(context.extents(x), [x, ShapeProxy(fits, True)])

    def batch(self, node: Apply, context: BatchContext) -> list[Batched] | None:
        x, y, *indices = context.inputs
        if any(index.batched for index in indices):
            return None
        depth, value = context.depth, y.variable
        if y.batched:
            # Axes for the extents of the selection that the value lacks.
            missing = self.selected(node.inputs[0], *node.inputs[2:]).type.ndim
            missing -= value.type.ndim - depth
            own = range(depth, value.type.ndim)
            value = DimShuffle([*range(depth), *["x"] * missing, *own])(value)
        op = type(self)((Slice(),) * depth + self.template, self.set)
        whole = context.repeated(x)
        return [Batched(op(whole, value, *(index.variable for index in indices)), True)]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        g = cotangents[0]
        if g is None:
            return [None] * len(node.inputs)
        y, *indices = node.inputs[1:]
        part = sum_to(self.reaching(g, *indices), y)
        by_x = (
            type(self)(self.template, True)(g, constant(0, g.type.dtype), *indices)
            if self.set
            else g
        )
        is_float = np.dtype(y.type.dtype).kind in "fc"
        by_y = as_derivative_of(y, part) if is_float else None
        return [by_x, by_y, *([None] * len(indices))]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        x, indices = node.inputs[0], node.inputs[2:]
        if tangents[0] is None and tangents[1] is None:
            return [None]
        dtype = node.outputs[0].type.dtype
        tx = tangents[0]
        if tx is None:
            tx = zeros_like(x)
        ty = constant(0, dtype) if tangents[1] is None else tangents[1]
        return [self(tx, ty, *indices)]


def check_fits(what: str, x: Variable, y: Variable, part: TensorType) -> None:
    """Raise where y is known not to fit into the selected part of x."""
    if y.type.ndim > part.ndim:
        raise ValueError(
            f"{what}: the value {y} ({y.type}) has more dimensions than the selected {part}"
        )
    for have, want in zip(y.type.shape[::-1], part.shape[::-1], strict=False):
        if have not in (None, 1) and want is not None and have != want:
            raise ValueError(f"{what}: the value {y} ({y.type}) does not fit the selected {part}")
    if not np.can_cast(y.type.dtype, x.type.dtype, "same_kind"):
        raise TypeError(f"{what}: {y} ({y.type}) cannot be written into {x} ({x.type})")
