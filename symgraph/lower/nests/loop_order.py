"""Choose the order of loops from the strides of what they read and write."""

from collections.abc import Sequence

from symgraph.lower.program.values import ONE, ZERO, Buffer, Value
from symgraph.lower.writing.builder import Builder

Strides = tuple[Value, ...]


def loop_order(
    ndim: int, sources: Sequence[tuple[Strides, Buffer]], written: int
) -> tuple[int, ...]:
    """Return the axis of each loop, outermost first: the innermost is the axis along which most
    arrays are contiguous. `written` new arrays lie in the order of the axes. Arrays that are
    repeated along an axis are smaller, and decide where the others are of two minds."""
    votes = [0.0] * ndim
    for strides, _ in sources:
        weight = 1 / (len(sources) + 1) if ZERO in strides else 1
        for axis, stride in enumerate(strides):
            votes[axis] += weight * (stride == ONE)
    votes[-1] += written
    inner = max(range(ndim), key=lambda axis: (votes[axis], axis))
    if inner == ndim - 1:
        return tuple(range(ndim))
    for strides, buffer in sorted(sources, key=lambda source: ZERO in source[0]):
        if strides[inner] == ONE:
            return _as_in_memory(strides, buffer)
    raise AssertionError("an axis without votes was chosen")


def _as_in_memory(strides: Strides, buffer: Buffer) -> tuple[int, ...]:
    """Return the axes in the order in which they lie in the memory of a contiguous array behind a
    view, as far as their strides tell; the one of stride 1 last."""
    places = {stride: place for place, stride in enumerate(buffer.root.strides)}
    last = len(places)

    def key(axis: int) -> tuple[int, int]:
        stride = strides[axis]
        return (last + 1 if stride == ONE else places.get(stride, last), axis)

    return tuple(sorted(range(len(strides)), key=key))


def permuted(
    b: Builder,
    buffer: Buffer,
    extents: Sequence[Value],
    strides: Sequence[Value],
    order: Sequence[int],
) -> Buffer:
    """Return a buffer as a view over loops that take the axes in `order`."""
    return b.view(buffer, [extents[a] for a in order], [strides[a] for a in order])
