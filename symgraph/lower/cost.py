"""Estimate the cost of loops, from a target's nanoseconds for each scalar function and each byte.

The estimates are good enough to tell work of a microsecond from work of a millisecond, and values
that are cheap to compute twice from values that are not.
"""

from collections.abc import Sequence

import numpy as np

from symgraph.lower.program.types import (
    Compute,
    If,
    Kernel,
    Load,
    Loop,
    Statement,
    Store,
    Work,
)
from symgraph.lower.program.values import Literal, Value
from symgraph.lower.target import Target


def function_cost(fn: str, dtype: str, target: Target) -> float:
    """Return the ns for one value of a scalar function whose (last) operand has the dtype."""
    kind = np.dtype(dtype)
    if kind.kind in "iub" and fn in ("floor_div", "mod"):
        return target.integer_division_ns
    if fn in target.integer_ns or fn in target.serial_ns:
        return target.integer_ns.get(fn) or target.serial_ns[fn]
    ns = target.function_ns.get(fn, target.plain_ns) if kind.kind == "f" else target.plain_ns
    return ns * (target.wide_factor if kind.itemsize == 8 else 1.0)


def is_expensive(fn: str, dtype: str, target: Target) -> bool:
    """Return whether a value is better stored and loaded than computed a second time."""
    return function_cost(fn, dtype, target) > target.expensive_ns


def cost_of(kernel: Kernel, target: Target) -> list[Work]:
    """Return the work of a kernel, one entry for each loop body with computations of its own.

    The kernel's time is about the sum of `ns` times the product of the extents, over all entries;
    all loops at the kernel's own level can be cut into ranges.
    """
    found: list[Work] = []
    pending: list[tuple[Sequence[Statement], tuple[Value, ...]]] = [(kernel.body, ())]
    while pending:
        body, extents = pending.pop()
        ns = 0.0
        # Values loaded from memory, and values computed from those.
        known: set[Value] = set()
        for s in body:
            match s:
                case Loop():
                    pending.append((s.body, (*extents, s.extent)))
                case If():
                    # Both sides are counted: which one runs is not known here.
                    pending += ((s.then, extents), (s.orelse, extents))
                case Compute():
                    ns += function_cost(s.fn, (s.args[-1] if s.args else s.out).dtype, target)
                    if any(arg in known for arg in s.args):
                        known.add(s.out)
                case Load() | Store():
                    ns += _access_cost(s, known, target)
                    if isinstance(s, Load):
                        known.add(s.out)
        if ns:
            found.append(Work(ns, extents))
    return found


def estimate(work: Sequence[Work], value: dict[Value, int]) -> float:
    """Return the ns of the work, with `value` giving the extents that are not literals."""
    total = 0.0
    for item in work:
        iterations = 1
        for extent in item.extents:
            iterations *= int(extent.value) if isinstance(extent, Literal) else value[extent]
        total += item.ns * iterations
    return total


def _access_cost(s: Load | Store, known: set[Value], target: Target) -> float:
    """Return the cost of a load or store; more where the index was itself loaded from memory."""
    if any(index in known for index in s.indices):
        return target.scattered_ns
    return target.byte_ns * np.dtype(s.buffer.dtype).itemsize
