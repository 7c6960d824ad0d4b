"""`x[...]` in all its forms, and writing to what it selects."""

from typing import Any

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.advanced_subtensor import AdvancedIncSubtensor, AdvancedSubtensor
from symgraph.ops.build import Arange, Join
from symgraph.ops.constant import as_tensor, constant
from symgraph.ops.scalar_table import cast, minimum
from symgraph.ops.shape import DimShuffle, extent_of
from symgraph.ops.subtensor import IncSubtensor, Slice, Subtensor, Template
from symgraph.tensor.manipulation import flatten


def _integer(value: Any, what: str) -> Variable:
    variable = as_tensor(value)
    if variable.type.dtype == "bool":
        raise TypeError(
            f"{what} is a mask of booleans; a later release selects by masks. Until then use"
            " switch(mask, x, other), or integer indices"
        )
    if np.dtype(variable.type.dtype).kind not in "iu":
        raise TypeError(f"{what} must be an integer, not {variable} ({variable.type})")
    return cast(variable, "int64")


def _expanded(x: Variable, index: Any) -> list[Any]:
    """The index as a list without Ellipsis; raises IndexError where it is too long."""
    entries = list(index) if isinstance(index, tuple) else [index]
    used = sum(entry is not None and entry is not Ellipsis for entry in entries)
    if used > x.type.ndim:
        raise IndexError(f"too many indices: {used} for {x} ({x.type}) of {x.type.ndim} dimensions")
    dots = [position for position, entry in enumerate(entries) if entry is Ellipsis]
    if len(dots) > 1:
        raise IndexError("an index can only have one Ellipsis")
    if dots:
        entries[dots[0] : dots[0] + 1] = [slice(None)] * (x.type.ndim - used)
    return entries


def _parse(x: Variable, index: Any) -> tuple[Variable, Template, list[Variable]]:
    """The base (x with new axes put in), the template and the integers of `x[index]`."""
    entries = _expanded(x, index)
    if any(entry is None for entry in entries):
        order: list[int | str] = []
        for entry in entries:
            order.append("x" if entry is None else sum(e != "x" for e in order))
        order.extend(range(sum(e != "x" for e in order), x.type.ndim))
        x = DimShuffle(order)(x)
        entries = [slice(None) if entry is None else entry for entry in entries]
    template: list[str | Slice] = []
    inputs: list[Variable] = []
    for axis, entry in enumerate(entries):
        what = f"the index of {x} on axis {axis}"
        if isinstance(entry, slice):
            bounds = (entry.start, entry.stop, entry.step)
            given = [_bound(bound, what) for bound in bounds]
            template.append(Slice(*(bound is not None for bound in given)))
            inputs.extend(bound for bound in given if bound is not None)
        else:
            variable = _integer(entry, what)
            template.append("int" if variable.type.ndim == 0 else "array")
            inputs.append(variable)
    while template and isinstance(template[-1], Slice) and template[-1].whole:
        template.pop()
    return x, tuple(template), inputs


def _bound(value: Any, what: str) -> Variable | None:
    if value is None:
        return None
    variable = _integer(value, what)
    if variable.type.ndim != 0:
        raise TypeError(f"{what}: a bound of a slice must be a scalar, not {variable.type}")
    return variable


def _stacked(x: Variable, index: Any) -> Variable | None:
    """The scalar itself where x is a stack of scalars and the index a number: `x.shape[0]`."""
    owner = x.owner
    if owner is None or type(index) is not int:
        return None
    parts = list(owner.inputs) if isinstance(owner.op, Join) else [x]
    if not -len(parts) <= index < len(parts) or x.type.shape != (len(parts),):
        return None
    part = parts[index].owner
    return part.inputs[0] if part is not None and part.op == DimShuffle(("x",)) else None


def getitem(x: Any, index: Any) -> Variable:
    """`x[index]` as NumPy has it: integers, slices, None, Ellipsis and arrays of integers, each
    symbolic or not. Boolean masks are refused."""
    x = as_tensor(x)
    element = _stacked(x, index)
    if element is not None:
        return element
    base, template, inputs = _parse(x, index)
    if not template:
        return base
    op = AdvancedSubtensor if "array" in template else Subtensor
    return op(template)(base, *inputs)


def _write(part: Variable, y: Any, set: bool) -> Variable:
    """What `part = x[index]` was taken from, with y written there."""
    name = "set_subtensor" if set else "inc_subtensor"
    owner = part.owner
    if owner is not None and isinstance(owner.op, DimShuffle):
        inner = owner.inputs[0]
        raise TypeError(
            f"{name}: {part} rearranges axes of {inner}; write to a plain selection x[...]"
        )
    if owner is None or not isinstance(owner.op, Subtensor | AdvancedSubtensor):
        raise TypeError(
            f"{name} takes a selection such as x[0] or x[i, j], not {part} ({part.type})"
        )
    x, *indices = owner.inputs
    y = as_tensor(y, x.type.dtype) if isinstance(y, bool | int | float) else as_tensor(y)
    kind = IncSubtensor if isinstance(owner.op, Subtensor) else AdvancedIncSubtensor
    return kind(owner.op.template, set)(x, y, *indices)


def set_subtensor(part: Variable, y: Any) -> Variable:
    """x with `y` in place of its selection `part = x[...]`; x itself does not change."""
    return _write(part, y, True)


def inc_subtensor(part: Variable, y: Any) -> Variable:
    """x with `y` added to its selection `part = x[...]`; elements selected twice are added to
    twice. x itself does not change."""
    return _write(part, y, False)


def take(x: Any, indices: Any, axis: int | None = None) -> Variable:
    """`x[indices]` along `axis`, or of the flattened array."""
    x = as_tensor(x)
    if axis is None:
        return getitem(flatten(x), indices)
    if not -x.type.ndim <= axis < x.type.ndim:
        raise ValueError(f"take: axis {axis} is out of range for {x} ({x.type})")
    return getitem(x, (slice(None),) * (axis % x.type.ndim) + (indices,))


def diagonal(x: Any) -> Variable:
    """The main diagonal of a matrix."""
    x = as_tensor(x)
    if x.type.ndim != 2:
        raise TypeError(f"diagonal takes a matrix, not {x} ({x.type})")
    steps = Arange("int64")(constant(0), minimum(extent_of(x, 0), extent_of(x, 1)), constant(1))
    return getitem(x, (steps, steps))
