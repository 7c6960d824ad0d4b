"""Indexing with arrays of integers, alone or mixed with integers and slices."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Apply, Extent, Op, TensorType, Variable, broadcast_static
from symgraph.ops.elemwise import broadcast_extents
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
    """The axes that arrays and integers index; beside an array, an integer is an array too."""
    return [axis for axis, entry in enumerate(template) if not isinstance(entry, Slice)]


def array_position(template: Template) -> int:
    """The axis of the result at which the arrays' own axes stand: where the arrays stood if
    they are adjacent, else first (NumPy's rule)."""
    axes = array_axes(template)
    return axes[0] if axes[-1] - axes[0] == len(axes) - 1 else 0


class AdvancedSubtensor(Op):
    """`x[index]` with at least one array of integers: inputs are x and the integers. A copy."""

    __props__ = ("template",)

    def __init__(self, template: Template) -> None:
        self.template = template

    def __str__(self) -> str:
        return f"AdvancedSubtensor{{{template_text(self.template)}}}"

    def output_types(self, x: Variable, *indices: Variable) -> Sequence[TensorType]:
        check_indices(self.template, x, indices)
        bound = bind(self.template, indices)
        arrays = [bound[axis].type.shape for axis in array_axes(self.template)]
        try:
            common = broadcast_static(arrays)
        except ValueError:
            raise IndexError(f"index arrays of {x} do not broadcast: shapes {arrays}") from None
        return [x.type.clone(shape=self._assemble(common, self._static_slices(x, bound), x.type.shape))]

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

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        x, *indices = node.inputs
        zeros = zeros_like(x)
        by_x = AdvancedIncSubtensor(self.template, False)(zeros, cotangents[0], *indices)
        return [by_x, *([None] * len(indices))]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return [None if tangents[0] is None else self(tangents[0], *node.inputs[1:])]


class AdvancedIncSubtensor(IncSubtensor):
    """As `IncSubtensor` for arrays of integers; an element selected twice is added to twice,
    and of several values set to one element the last stays."""

    def __str__(self) -> str:
        return f"Advanced{super().__str__()}"

    def selected(self, x: Variable, *indices: Variable) -> Variable:
        return AdvancedSubtensor(self.template)(x, *indices)

    def accumulate(self, result: np.ndarray, index: tuple[Any, ...], y: np.ndarray) -> None:
        np.add.at(result, index, y.astype(result.dtype, copy=False))

