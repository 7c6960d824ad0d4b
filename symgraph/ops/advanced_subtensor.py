"""Indexing with arrays of integers, alone or mixed with integers and slices."""

from collections.abc import Sequence
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
    broadcast_static,
)
from symgraph.ops.broadcast import broadcast_scalar
from symgraph.ops.constant import constant
from symgraph.ops.creation import Arange
from symgraph.ops.elemwise import broadcast_extents, scalar_functions
from symgraph.ops.extent_arithmetic import as_scalar, multiplied
from symgraph.ops.extent_equality import broadcast_keys, extent_keys, set_keys
from symgraph.ops.nonzero import mask_of
from symgraph.ops.rank_alignment import pad_left
from symgraph.ops.reshape import Reshape
from symgraph.ops.shape import (
    DimShuffle,
    extents_of,
)
from symgraph.ops.subtensor import (
    IncSubtensor,
    Slice,
    Template,
    bind,
    check_indices,
    numpy_index,
    slice_start_and_extent,
    static_slice_extent,
    template_text,
    zeros_like,
)


def array_axes(template: Template) -> list[int]:
    """Return the axes indexed by arrays and integers; beside an array, an integer is an array
    too."""
    return [axis for axis, entry in enumerate(template) if not isinstance(entry, Slice)]


def array_position(template: Template) -> int:
    """Return the position in the result of the axes that the index arrays broadcast to: the
    position of the arrays if they are adjacent, else first (NumPy's rule)."""
    axes = array_axes(template)
    return axes[0] if axes[-1] - axes[0] == len(axes) - 1 else 0


class AdvancedSubtensor(Op):
    """`x[index]` with at least one array of integers: inputs are x and the integers. The result is
    a copy."""

    __props__ = ("template",)
    selects_elements: ClassVar[bool] = True

    def __init__(self, template: Template) -> None:
        self.template = template

    def __str__(self) -> str:
        return f"AdvancedSubtensor{{{template_text(self.template)}}}"

    def make_node(self, x: Variable, *indices: Variable) -> Apply:
        node = super().make_node(x, *indices)
        bound = bind(self.template, indices)
        arrays = [bound[axis] for axis in array_axes(self.template)]
        ndim = max(array.type.ndim for array in arrays)
        # Arrays of lower rank are only repeated along the leading axes: their keys are left out.
        full = [array for array in arrays if array.type.ndim == ndim]
        same_rank = all(array.type.ndim in (0, ndim) for array in arrays)
        common = broadcast_keys([*map(extent_keys, full)]) if same_rank else [None] * ndim
        keys = extent_keys(x)
        slices = [
            keys[axis] if entry.whole else None
            for axis, entry in enumerate(self.template)
            if isinstance(entry, Slice)
        ]
        set_keys(node.outputs[0], self._assemble(common, slices, keys))
        return node

    def output_types(self, x: Variable, *indices: Variable) -> Sequence[TensorType]:
        check_indices(self.template, x, indices)
        bound = bind(self.template, indices)
        arrays = [bound[axis] for axis in array_axes(self.template)]
        # If any of them may be empty, nothing may be selected, and then no index is out of bounds.
        if all(extent for array in arrays for extent in array.type.shape):
            for axis in array_axes(self.template):
                _check_bounds(x, axis, bound[axis])
        arrays = [bound[axis].type.shape for axis in array_axes(self.template)]
        try:
            common = broadcast_static(arrays)
        except ValueError:
            raise IndexError(f"index arrays of {x} do not broadcast: shapes {arrays}") from None
        return [
            x.type.clone(shape=self._assemble(common, self._static_slices(x, bound), x.type.shape))
        ]

    def _static_slices(self, x: Variable, bound: Sequence[Any]) -> list[int | None]:
        return [
            static_slice_extent(entry, x.type.shape[axis])
            for axis, entry in enumerate(bound)
            if isinstance(entry, tuple)
        ]

    def _assemble(
        self, common: Sequence[Any], slices: Sequence[Any], shape: Sequence[Any]
    ) -> tuple[Any, ...]:
        position = array_position(self.template)
        rest = list(slices) + list(shape[len(self.template) :])
        return (*rest[:position], *common, *rest[position:])

    def perform(self, node: Apply, x: np.ndarray, *indices: np.ndarray) -> tuple[np.ndarray, ...]:
        return (np.array(x[numpy_index(self.template, indices)]),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        x, *indices = node.inputs
        bound = bind(self.template, indices)
        positions = bind(self.template, shapes[1:])
        ndim = max(len(positions[axis]) for axis in array_axes(self.template))
        padded = [
            (1,) * (ndim - len(positions[axis])) + tuple(positions[axis])
            for axis in array_axes(self.template)
        ]
        slices = [
            known if known is not None else slice_start_and_extent(bound[axis], shapes[0][axis])[1]
            for (axis, known) in zip(
                [a for a, entry in enumerate(bound) if isinstance(entry, tuple)],
                self._static_slices(x, bound),
                strict=True,
            )
        ]
        return [self._assemble(broadcast_extents(padded), slices, shapes[0])]

    def masks_cotangents(self) -> bool:
        return True

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        """Return the selection from a proxy: the values of indices, not those of the array, decide
        whether they are out of bounds."""
        return context.as_view()

    def batch(self, node: Apply, context: BatchContext) -> list[Batched] | None:
        """Apply the same indices to each array of the batch, a batch of indices to the same array,
        or each to its own, by which the place in the batch is one more index."""
        x, *indices = context.inputs
        template, depth = self.template, context.depth
        common = node.outputs[0].type.ndim - node.inputs[0].type.ndim + len(array_axes(template))
        if x.batched and not any(index.batched for index in indices):
            op = AdvancedSubtensor((Slice(),) * depth + template)
            selected = op(*context.variables)
            if _adjacent(template):
                return [Batched(selected, True)]
            batch = range(common, common + depth)
        else:
            if not _only_arrays(node):
                return None
            if x.batched:
                return [Batched(self._each_of_its_own(context, common), True)]
            arrays = pad_left([index.variable for index in indices])
            selected = self(x.variable, *arrays)
            position = array_position(template)
            batch = range(position, position + depth)
        rest = (axis for axis in range(selected.type.ndim) if axis not in batch)
        return [Batched(DimShuffle([*batch, *rest])(selected), True)]

    def _each_of_its_own(self, context: BatchContext, common: int) -> Variable:
        """Return the selections from each array of a batch by its own indices, which broadcast to
        `common` axes."""
        x, *indices = context.inputs
        depth = context.depth
        grid = []
        for axis, extent in enumerate(context.extents):
            places = Arange("int64")(constant(0, "int64"), extent, constant(1, "int64"))
            order = ["x"] * axis + [0] + ["x"] * (depth - axis - 1 + common)
            grid.append(DimShuffle(order)(places))
        op = AdvancedSubtensor(("array",) * depth + self.template)
        selected = op(context.repeated(x), *grid, *(index.variable for index in indices))
        # The axes of arrays come first.
        arrays = range(depth, depth + common)
        rest = range(depth + common, selected.type.ndim)
        at = array_position(self.template)
        return DimShuffle([*range(depth), *rest[:at], *arrays, *rest[at:]])(selected)

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        x, *indices = node.inputs
        if cotangents[0] is None:
            return [None] * len(node.inputs)
        by_x = AdvancedIncSubtensor(self.template, False)(zeros_like(x), cotangents[0], *indices)
        return [by_x, *([None] * len(indices))]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None if tangents[0] is None else self(tangents[0], *node.inputs[1:])]


def _check_bounds(x: Variable, axis: int, index: Variable) -> None:
    """Raise IndexError where an index is known to be out of bounds."""
    extent = x.type.shape[axis]
    if extent is None or not isinstance(index, Constant) or not index.data.size:
        return
    wrong = (index.data < -extent) | (index.data >= extent)
    if wrong.any():
        raise IndexError(
            f"index {index.data[wrong].flat[0]} is out of bounds on axis {axis} of {x} ({x.type})"
        )


class AdvancedIncSubtensor(IncSubtensor):
    """Like `IncSubtensor`, for arrays of integers. An element selected twice is added to twice; of
    several values set to one element the last stays."""

    def __str__(self) -> str:
        return f"Advanced{super().__str__()}"

    def selected(self, x: Variable, *indices: Variable) -> Variable:
        return AdvancedSubtensor(self.template)(x, *indices)

    def reaching(self, g: Variable, *indices: Variable) -> Variable:
        """Return the cotangents of the elements of y; zero for those overwritten by a later one."""
        part = self.selected(g, *indices)
        if not self.set or _all_distinct(self.template, bind(self.template, indices)):
            return part
        extents = extents_of(part)
        total = as_scalar(multiplied(*extents))
        numbers = Arange("int64")(constant(0, "int64"), total, constant(1, "int64"))
        numbers = Reshape(part.type.shape)(numbers, *extents)
        nowhere = broadcast_scalar(constant(-1, "int64"), extents_of(g))
        last = self.selected(type(self)(self.template, True)(nowhere, numbers, *indices), *indices)
        return scalar_functions["switch"](scalar_functions["eq"](last, numbers), part, 0)

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> None:
        """Give up: the values decide whether indices are out of bounds."""

    def batch(self, node: Apply, context: BatchContext) -> list[Batched] | None:
        return super().batch(node, context) if _adjacent(self.template) else None

    def accumulate(self, result: np.ndarray, index: tuple[Any, ...], y: np.ndarray) -> None:
        # NumPy 2.4 reads out of bounds if y has fewer axes than the selection.
        part = np.broadcast_to(y.astype(result.dtype, copy=False), result[index].shape)
        np.add.at(result, index, part)


def _all_distinct(template: Template, bound: Sequence[Any]) -> bool:
    """Return whether the arrays provably select no element twice: they come from a mask, or one of
    them counts 0, 1, 2, ... along the only common axis, as in `x[arange(n), i]`."""
    arrays = [bound[axis] for axis in array_axes(template) if bound[axis].type.ndim]
    if mask_of(arrays) is not None:
        return True
    if any(array.type.ndim != 1 for array in arrays):
        return False
    keys = {extent_keys(array)[0] for array in arrays}
    return len(keys) == 1 and any(
        array.owner is not None
        and isinstance(array.owner.op, Arange)
        and _is_constant(array.owner.inputs[0], 0)
        and _is_constant(array.owner.inputs[2], 1)
        for array in arrays
    )


def _is_constant(variable: Variable, value: int) -> bool:
    return isinstance(variable, Constant) and variable.data == value


def _only_arrays(node: Apply) -> bool:
    """Return whether all indices are arrays of one rank (bounds of slices are scalars)."""
    return len({index.type.ndim for index in node.inputs[1:]}) == 1 and all(
        entry == "array" or entry == Slice() for entry in node.op.template
    )


def _adjacent(template: Template) -> bool:
    axes = array_axes(template)
    return axes[-1] - axes[0] == len(axes) - 1
