"""Serve calls whose arguments lie in memory in another order of their axes, as Fortran's arrays do.

Such arguments could be copied, which takes longer than most of what is computed from them. Instead
the function gets one more program, for the transposed arrays, which are contiguous: its loops then
go through memory as they would for others. Programs with strides known only when they run would
serve all layouts, but the order of their loops could not follow memory.

Which program runs depends on the arguments' layout and size alone, so equal calls have equal
results.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from symgraph.lower.permuted_arguments import Order

# Smaller arrays are copied: that takes a few microseconds.
SMALL = 2**16
# Limit on the programs of one function, beside the one for contiguous arrays.
PROGRAMS = 4

Orders = tuple[Order | None, ...]


class Executable(Protocol):
    """What runs for arrays in C order; `attempt` returns None where a check fails."""

    def attempt(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray] | None: ...

    def free(self) -> None: ...


class MemoryOrders:
    """The programs of a function for other orders, which `make` compiles; `movable` tells which of
    its inputs may have them."""

    def __init__(self, make: Callable[[Orders], Executable], movable: Sequence[bool]) -> None:
        self._make = make
        self._movable = tuple(movable)
        self.made: dict[Orders, Executable] = {}

    def run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray] | None:
        """Run a call with arguments that are contiguous in other orders, and return its results;
        None where there are none such, or the limit on programs is reached, or a check fails: it
        then fails again with its arguments as they stand, which is what its message should tell
        of. Other errors, such as those of operations that run in Python, are raised: what such an
        operation did is not done twice."""
        orders = tuple(
            order_of(array) if movable else None
            for array, movable in zip(inputs, self._movable, strict=True)
        )
        if not any(orders):
            return None
        executable = self.made.get(orders)
        if executable is None:
            if len(self.made) >= PROGRAMS:
                return None
            executable = self.made.setdefault(orders, self._make(orders))
        arrays = [
            array if order is None else array.transpose(order)
            for array, order in zip(inputs, orders, strict=True)
        ]
        return executable.attempt(arrays)

    def free(self) -> None:
        """Free the memory kept between calls."""
        for executable in self.made.values():
            executable.free()


def order_of(array: np.ndarray) -> Order | None:
    """Return the order of the axes in which a large array is contiguous; None where it is so as it
    stands, or in no order."""
    if array.ndim < 2 or array.nbytes < SMALL or array.flags.c_contiguous:
        return None
    order = tuple(sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis])))
    return order if is_plain(array.transpose(order)) else None


def is_plain(array: np.ndarray) -> bool:
    """Return whether native code can read an array."""
    flags = array.flags
    return flags.c_contiguous and flags.aligned and array.dtype.isnative
