"""Serve calls whose arguments lie in memory in another order of their axes, as Fortran's arrays do,
or are parts of larger arrays, such as columns of a matrix or every other element.

Such arguments could be copied, which takes longer than most of what is computed from them. Instead
the function gets one more program, for the transposed arrays, which are contiguous, or for parts of
the arrays around them: its loops then go through memory as they would for others. Programs with
strides known only when they run would serve all layouts, but the order of their loops could not
follow memory, nor vectors pick every other element.

Which program runs depends on the arguments' layout and size alone, so equal calls have equal
results.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from symgraph.lower.argument_layouts import Layout

# Smaller arrays are copied: that takes a few microseconds.
SMALL = 2**16
# Limit on the programs of one function, beside the one for contiguous arrays.
PROGRAMS = 4
# Limit on the step along the last axis: with longer ones little of a cache line is read.
STEP = 8

Layouts = tuple[Layout | None, ...]


class Executable(Protocol):
    """What runs for arrays in C order; `attempt` returns None where a check fails."""

    def attempt(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray] | None: ...

    def free(self) -> None: ...


class MemoryOrders:
    """The programs of a function for other layouts, which `make` compiles; `movable` tells which of
    its inputs may have them, and `divisible` which may be parts of larger arrays."""

    def __init__(
        self,
        make: Callable[[Layouts], Executable],
        movable: Sequence[bool],
        divisible: Sequence[bool],
    ) -> None:
        self._make = make
        self._inputs = tuple(zip(movable, divisible, strict=True))
        self.made: dict[Layouts, Executable] = {}

    def run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray] | None:
        """Run a call with arguments that have other layouts, and return its results;
        None where there are none such, or the limit on programs is reached, or a check fails: it
        then fails again with its arguments as they stand, which is what its message should tell
        of. Other errors, such as those of operations that run in Python, are raised: what such an
        operation did is not done twice."""
        layouts = tuple(
            layout_of(array, divisible) if movable else None
            for array, (movable, divisible) in zip(inputs, self._inputs, strict=True)
        )
        if not any(layouts):
            return None
        executable = self.made.get(layouts)
        if executable is None:
            if len(self.made) >= PROGRAMS:
                return None
            executable = self.made.setdefault(layouts, self._make(layouts))
        arrays, sizes = [], []
        for array, layout in zip(inputs, layouts, strict=True):
            turned = array if layout is None else array.transpose(layout.order)
            if layout is not None and not layout.is_whole:
                sizes.append(np.empty((0, *turned.shape[1:]), "bool"))
                turned = around(turned)
            arrays.append(turned)
        return executable.attempt([*arrays, *sizes])

    def free(self) -> None:
        """Free the memory kept between calls."""
        for executable in self.made.values():
            executable.free()


def layout_of(array: np.ndarray, divisible: bool) -> Layout | None:
    """Return the layout of a large array, which may be a part where it is `divisible`; None where
    it is contiguous as it stands, or lies in memory in no such way."""
    flags, size = array.flags, array.itemsize
    if not array.ndim or array.nbytes < SMALL or flags.c_contiguous:
        return None
    if not (flags.aligned and array.dtype.isnative):
        return None
    order = tuple(sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis])))
    turned = array.transpose(order)
    if turned.flags.c_contiguous:
        return Layout(order)
    steps = turned.strides
    step = steps[-1] // size
    if not divisible or not 0 < step <= STEP or any(s % size for s in steps):
        return None
    parts = []
    for axis in range(1, array.ndim):
        is_last = axis == array.ndim - 1
        unit = size if is_last else steps[axis]
        whole, rest = divmod(steps[axis - 1], unit)
        taken = turned.shape[axis] * (step if is_last else 1)
        if rest or whole < taken - (step - 1) * is_last:
            return None
        if whole > taken:
            parts.append(axis)
    return Layout(order, tuple(parts), step)


def around(part: np.ndarray) -> np.ndarray:
    """Return the array of which a part, whose axes come in the order of memory, has the first
    elements along each axis but the first. What lies behind the part may not be read: it may not
    belong to any array."""
    size, last = part.itemsize, part.ndim - 1
    shape = [part.shape[0]]
    for axis in range(1, last + 1):
        shape.append(part.strides[axis - 1] // (size if axis == last else part.strides[axis]))
    if not last:
        shape = [(part.shape[0] - 1) * (part.strides[0] // size) + 1]
    strides = [size] * (last + 1)
    for axis in reversed(range(last)):
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    return np.lib.stride_tricks.as_strided(part, shape, strides, writeable=False)


def is_plain(array: np.ndarray) -> bool:
    """Return whether native code can read an array."""
    flags = array.flags
    return flags.c_contiguous and flags.aligned and array.dtype.isnative
