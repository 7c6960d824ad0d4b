"""`x[...]` in all its forms, and writing to what it selects."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgraph.graph import Apply, Constant, Variable
from symgraph.graph.other_types import NoneConst, SliceType
from symgraph.ops.advanced_subtensor import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    array_position,
)
from symgraph.ops.constant import TensorLike, as_tensor, constant
from symgraph.ops.extent_arithmetic import as_size
from symgraph.ops.scalar_table import cast, clip, mod
from symgraph.ops.shape import DimShuffle, extent_of
from symgraph.ops.slices import as_slice
from symgraph.ops.subtensor import IncSubtensor, Slice, Subtensor, Template, check_fits
from symgraph.tensor.manipulation import (
    as_tensor_variable,
    dimshuffle,
    expand_dims,
    normal_axis,
    shape_padleft,
    stacked_scalar,
)
from symgraph.tensor.masks import as_mask, fitted_mask, true_positions
from symgraph.tensor.reshaping import flatten


def as_index(value: Any, what: str) -> Variable:
    """What indexes an axis, as int64. Raises TypeError for what are no integers."""
    if isinstance(value, list | tuple) and not value:
        return constant(np.zeros(0, "int64"))
    variable = as_tensor_variable(value)
    if np.dtype(variable.type.dtype).kind not in "iu":
        raise TypeError(f"{what} must be an integer, not {variable} ({variable.type})")
    if variable.type.ndim == 0:
        return as_size(variable)
    if isinstance(variable, Constant):
        return constant(variable.data, "int64")
    return cast(variable, "int64")


def _bound(value: Any, what: str) -> Variable | None:
    if value is None:
        return None
    variable = as_index(value, what)
    if variable.type.ndim != 0:
        raise TypeError(f"{what}: a bound of a slice must be a scalar, not {variable.type}")
    return variable


@dataclass
class _Index:
    """An index of `x`, read entry by entry: the op's template and inputs, and in `places` what
    stands where: 'slice', 'pick' (an integer or array), 'x' (a new axis), 'gap' (an Ellipsis)."""

    x: Variable
    template: list[str | Slice] = field(default_factory=list)
    inputs: list[Variable] = field(default_factory=list)
    places: list[str] = field(default_factory=list)

    def read(self, index: Any) -> None:
        x = self.x
        given = index if isinstance(index, tuple) else (index,)
        entries = [None if entry is NoneConst else entry for entry in given]
        masks = [as_mask(entry) for entry in entries]
        covered = [
            mask.type.ndim if mask is not None else int(entry is not None and entry is not Ellipsis)
            for entry, mask in zip(entries, masks, strict=True)
        ]
        used = sum(covered)
        if used > x.type.ndim:
            raise IndexError(
                f"too many indices: {used} for {x} ({x.type}) of {x.type.ndim} dimensions"
            )
        gaps = [position for position, entry in enumerate(entries) if entry is Ellipsis]
        if len(gaps) > 1:
            raise IndexError("an index can only have one Ellipsis")
        for position in gaps:
            covered[position] = x.type.ndim - used
        if any(mask is not None and mask.type.ndim == 0 for mask in masks):
            self.x, masks = _with_truth_axes(x, masks, covered)
        for entry, mask, count in zip(entries, masks, covered, strict=True):
            if mask is not None:
                for positions in true_positions(fitted_mask(mask, self.x, len(self.template))):
                    self._pick(positions)
            elif entry is None:
                self.places.append("x")
            elif entry is Ellipsis:
                self.places.append("gap")
                self._take(slice(None), count)
            else:
                self._take(entry, 1)
        self._take(slice(None), self.x.type.ndim - len(self.template))

    def _take(self, entry: Any, times: int) -> None:
        for _ in range(times):
            what = f"the index of {self.x} on axis {len(self.template)}"
            if isinstance(entry, Variable) and isinstance(entry.type, SliceType):
                entry = as_slice(entry, extent_of(self.x, len(self.template)))
            if isinstance(entry, slice):
                given = [_bound(bound, what) for bound in (entry.start, entry.stop, entry.step)]
                self.template.append(Slice(*(bound is not None for bound in given)))
                self.inputs.extend(bound for bound in given if bound is not None)
                self.places.append("slice")
            else:
                self._pick(as_index(entry, what))

    def _pick(self, position: Variable) -> None:
        self.template.append("int" if position.type.ndim == 0 else "array")
        self.inputs.append(position)
        self.places.append("pick")

    def short_template(self) -> Template:
        """The template without the whole axes at its end."""
        template = list(self.template)
        while template and isinstance(template[-1], Slice) and template[-1].whole:
            template.pop()
        return tuple(template)

    def order(self, selected: Variable) -> list[int | str]:
        """How the axes of the selection make up the result: with new axes put in, and those of
        arrays moved to the front where a new axis or an Ellipsis stands between arrays."""
        slices = self.places.count("slice")
        count = selected.type.ndim - slices
        has_arrays = "array" in self.template
        position = array_position(self.short_template()) if has_arrays else 0
        axes = [axis for axis in range(selected.type.ndim) if not 0 <= axis - position < count]
        common = list(range(position, position + count))
        picks = [at for at, place in enumerate(self.places) if place == "pick"]
        adjacent = not picks or picks[-1] - picks[0] == len(picks) - 1
        order: list[int | str] = [] if adjacent else [*common]
        remaining = iter(axes)
        for at, place in enumerate(self.places):
            if place == "x":
                order.append("x")
            elif place == "slice":
                order.append(next(remaining))
            elif has_arrays and adjacent and at == picks[0]:
                order.extend(common)
        return order


class TruthAxes(DimShuffle):
    """Insert the axes, of extent 1, on which single truth values of an index select: another name
    of DimShuffle, by which `set_subtensor` knows that the array written to has no such axes."""

    def expand(self, node: Apply) -> Sequence[Variable]:
        return [DimShuffle(self.order)(*node.inputs)]


def _with_truth_axes(
    x: Variable, masks: Sequence[Variable | None], covered: Sequence[int]
) -> tuple[Variable, list[Variable | None]]:
    """The array with an axis for each single truth value among the masks, and the masks with that
    axis; `covered` are the numbers of axes that the entries of the index stand for."""
    order: list[int | str] = []
    axes = iter(range(x.type.ndim))
    with_axes: list[Variable | None] = []
    for mask, count in zip(masks, covered, strict=True):
        if mask is not None and mask.type.ndim == 0:
            order.append("x")
            mask = expand_dims(mask, 0)
        else:
            order.extend(itertools.islice(axes, count))
        with_axes.append(mask)
    return TruthAxes([*order, *axes])(x), with_axes


def getitem(x: Any, index: Any) -> Variable:
    """`x[index]` as NumPy has it: integers, slices, None, Ellipsis, arrays of integers and masks,
    each symbolic or not. A mask of bools has the extents of the axes that it stands for, and
    selects, in C order, where it is true; a single truth value stands for an axis of extent 1 that
    is put in. ValueError, here or when the function runs, where its extents are others. A list
    that holds slices, None or Ellipsis is an index of several entries, as it is to Theano."""
    x = as_tensor(x)
    if isinstance(index, list) and any(
        entry is None or entry is Ellipsis or isinstance(entry, slice) for entry in index
    ):
        index = tuple(index)
    if type(index) is int:
        scalar = stacked_scalar(x, index)
        if scalar is not None:
            return scalar
    entries = _Index(x)
    entries.read(index)
    op = AdvancedSubtensor if "array" in entries.template else Subtensor
    selected = op(entries.short_template())(entries.x, *entries.inputs)
    return dimshuffle(selected, entries.order(selected))


def _write(part: Variable, y: Any, set: bool) -> Variable:
    """What `part = x[index]` was taken from, with y written there."""
    name = "set_subtensor" if set else "inc_subtensor"
    if not isinstance(part, Variable):
        raise TypeError(f"{name} takes a selection such as x[0], not {part!r}")
    whole = part
    if isinstance(y, float) and not y.is_integer() and np.dtype(part.type.dtype).kind in "iu":
        raise TypeError(f"{name}: {y} cannot be written into {part} ({part.type})")
    y = as_tensor(y, part.type.dtype) if isinstance(y, bool | int | float) else as_tensor(y)
    check_fits(name, part, y, part.type)
    while part.owner is not None and isinstance(part.owner.op, DimShuffle):
        # Undo new and exchanged axes on the value instead.
        order, inner = part.owner.op.order, part.owner.inputs[0]
        y = shape_padleft(y, part.type.ndim - y.type.ndim)
        y = dimshuffle(y, [order.index(a) if a in order else "x" for a in range(inner.type.ndim)])
        part = inner
    owner = part.owner
    if owner is None or not isinstance(owner.op, Subtensor | AdvancedSubtensor):
        raise TypeError(
            f"{name} takes a selection such as x[0] or x[i, j], not {whole} ({whole.type})"
        )
    x, *indices = owner.inputs
    kind = IncSubtensor if isinstance(owner.op, Subtensor) else AdvancedIncSubtensor
    written = kind(owner.op.template, set)(x, y, *indices)
    if x.owner is not None and isinstance(x.owner.op, TruthAxes):
        order = x.owner.op.order
        return dimshuffle(written, [axis for axis, of in enumerate(order) if of != "x"])
    return written


def set_subtensor(part: Variable, y: TensorLike) -> Variable:
    """Return x with y in place of its selection `part = x[...]`; x itself does not change.

    part: a selection by integers, slices, integer arrays or masks, such as x[0] or x[i, j].
    y: what is written there; it broadcasts to the shape of the part.
    Where integer arrays select an element twice, the last value stays.
    Returns the shape and dtype of x. Raises TypeError where `part` is no selection or y of a dtype
    that does not fit, ValueError where the shape of y does not fit.

    >>> x = T.dvector("x")
    >>> T.set_subtensor(x[1:], 0).eval({x: [1.0, 2.0, 3.0]})
    array([1., 0., 0.])
    """
    return _write(part, y, True)


def inc_subtensor(part: Variable, y: TensorLike) -> Variable:
    """Return x with y added to its selection `part = x[...]`; x itself does not change.

    part: a selection by integers, slices, integer arrays or masks, such as x[0] or x[i, j].
    y: what is added there; it broadcasts to the shape of the part. Elements selected twice are
        added to twice.
    Returns the shape and dtype of x. Raises as `set_subtensor` does.

    >>> x = T.dvector("x")
    >>> T.inc_subtensor(x[[0, 0, 2]], 1).eval({x: [1.0, 2.0, 3.0]})
    array([3., 2., 4.])
    """
    return _write(part, y, False)


def within(positions: Variable, extent: Variable, mode: str, what: str) -> Variable:
    """Indices that are brought within an extent as `mode` says. Raises ValueError."""
    if mode == "wrap":
        return mod(positions, extent)
    if mode == "clip":
        return clip(positions, 0, extent - 1)
    if mode != "raise":
        raise ValueError(f"{what}: mode={mode!r} is none of 'raise', 'wrap' and 'clip'")
    return positions


def take(
    x: TensorLike, indices: TensorLike, axis: int | None = None, mode: str = "raise"
) -> Variable:
    """Select elements by integer indices along an axis.

    x: an array.
    indices: integers of any shape, which takes the place of the axis in the result.
    axis: the axis; None for the flattened array.
    mode: indices out of bounds 'raise' IndexError, 'wrap' around, or 'clip' to the ends, where
        negative ones then are 0.
    Raises TypeError for indices that are no integers, ValueError for another axis or mode.

    >>> T.take([10, 20, 30], [2, 0]).eval()
    array([30, 10])
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = flatten(x), 0
    axis = normal_axis(axis, x, "take")
    positions = as_index(indices, f"the index of {x} on axis {axis}")
    positions = within(positions, extent_of(x, axis), mode, "take")
    return getitem(x, (slice(None),) * axis + (positions,))


__all__ = [
    "inc_subtensor",
    "set_subtensor",
    "take",
]
