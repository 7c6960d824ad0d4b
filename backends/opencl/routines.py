"""The launches of statements that are no loop nests: products, convolutions, pooling, sorting."""

from collections.abc import Callable
from typing import Any

from symgraph.backends.opencl.convolutions import convolve
from symgraph.backends.opencl.devices import DeviceFacts
from symgraph.backends.opencl.launches import Launch, View
from symgraph.backends.opencl.pooling import pool
from symgraph.backends.opencl.products import product
from symgraph.backends.opencl.sorting import select_rows, sort_rows

from symgraph.lower.program.types import (
    Convolve,
    MatMul,
    NativeCall,
    Pool,
    SelectRows,
    SortRows,
)
from symgraph.lower.program.values import Buffer, Value


def planned(
    facts: DeviceFacts,
    s: NativeCall,
    view: Callable[[Buffer], View],
    scalar: Callable[[Value], Any],
    number: Callable[[Value], Any],
) -> list[Launch]:
    """Return the launches of a statement. `view` tells where an array lies, `scalar` returns a
    number or where it lies on the device, and `number` returns a number."""
    match s:
        case MatMul():
            out, a, b = (view(x) for x in (s.out, s.a, s.b))
            c = None if s.c is None else view(s.c)
            return product(facts, out, a, b, c, scalar(s.alpha), scalar(s.beta))
        case Convolve():
            image, kernel, output = (view(x) for x in (s.image, s.kernel, s.output))
            before = tuple(int(number(v)) for v in s.before)
            return convolve(
                facts, s.computes, image, kernel, output, s.strides, s.dilations, s.groups, before
            )
        case Pool():
            other = None if s.other is None else view(s.other)
            return pool(
                facts, s.computes, view(s.x), other, view(s.out), s.window, s.strides, s.shared
            )
        case SortRows():
            return sort_rows(facts, view(s.x), view(s.out), s.indices)
        case SelectRows():
            return select_rows(facts, view(s.x), view(s.out), s.largest)
    raise TypeError(f"{type(s).__name__} has no kernels")
