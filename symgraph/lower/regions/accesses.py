"""Find which part of a buffer each iteration accesses.

Statements can share iterations where, in all memory that one of them writes, each accesses in an
iteration only that iteration's own part: its lane. Lanes are the slices of an array along one of
its axes; a view keeps to them if one of its axes is that one, and the others stay within a slice.
"""

from typing import NamedTuple

from symgraph.lower.program.values import ZERO, Buffer, Literal
from symgraph.lower.regions.products_of_extents import Size, Sizes

ONE = Size(1)


class Access(NamedTuple):
    """A read or write that a statement does in iterations: each accesses `each` entries along an
    axis of the buffer, or any part of it, where the axis is None."""

    buffer: Buffer
    writes: bool
    axis: int | None = None
    each: Size = ONE


def lane(access: Access, sizes: Sizes) -> Size | None:
    """Return the stride between the lanes that an access keeps to; None where it keeps to none."""
    view, axis = access.buffer, access.axis
    if axis is None or not view.extents:
        return None
    step = sizes.times(sizes.of(view.strides[axis]), access.each)
    along = sizes.quotient(sizes.of(view.extents[axis]), access.each)
    root = view.root
    pairs = sizes.axes(root)
    if along is None or (step, along) not in pairs:
        return None
    if access.each == ONE and _is_part(view, axis, root, sizes):
        return step
    leading = pairs[0] == (step, along)
    if leading and (_is_whole(view, axis, sizes) or _stays_within(view, axis, step)):
        return step
    return None


def _is_part(view: Buffer, axis: int, root: Buffer, sizes: Sizes) -> bool:
    """Return whether the view's axes are a subset of the root's axes."""
    left = list(sizes.axes(root))
    for pair in sizes.axes(view):
        if pair not in left:
            return False
        left.remove(pair)
    return view.offset == ZERO


def _is_whole(view: Buffer, axis: int, sizes: Sizes) -> bool:
    """Return whether the view is all the memory, in the same order, with other extents."""
    if axis != 0 or view.offset != ZERO:
        return False
    step = ONE
    for stride, extent in reversed(sizes.axes(view)):
        if stride != step:
            return False
        step = sizes.times(step, extent)
    return step == sizes.product(view.root.extents)


def _stays_within(view: Buffer, axis: int, step: Size) -> bool:
    """Return whether the other axes and the offset, which are literals, do not reach the next
    iteration's part."""
    others = [n for n in range(len(view.extents)) if n != axis]
    values = [view.offset, *(view.extents[n] for n in others), *(view.strides[n] for n in others)]
    if step.scalars or not all(isinstance(v, Literal) for v in values):
        return False
    numbers = [int(v.value) for v in values if isinstance(v, Literal)]
    extents, strides = numbers[1 : 1 + len(others)], numbers[1 + len(others) :]
    reach = sum((e - 1) * s for e, s in zip(extents, strides, strict=True) if e)
    return min(strides, default=0) >= 0 and numbers[0] >= 0 and numbers[0] + reach < step.factor
