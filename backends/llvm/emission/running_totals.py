"""Emit running sums and products as vectors: loops that carry a total and store it at each place.

The totals within a vector take log2 steps of moving lanes and combining (W. D. Hillis and G. L.
Steele 1986); only one combination of a vector waits for the vector before. What remains of a row is
a vector of which some lanes are masked, or, on processors without masks, the loop as it stands.
"""

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.emission import lanes
from symgraph.backends.llvm.emission.lanes import I32, I64, Loaded, Positions, Rest

from symgraph.lower.program.types import Compute, Load, Loop, Store
from symgraph.lower.program.values import Value

# The functions of totals, and their identities. Products of floats are left out: those of later
# elements alone may overflow where all together do not.
IDENTITIES: dict[str, float] = {"add": 0, "mul": 1}


class RunningTotal(NamedTuple):
    """A loop that carries a total: the statement that adds an element, and how vectors of it are
    made."""

    loop: Loop
    combine: Compute
    element: Loaded
    places: Positions
    # The dtypes of the values that are stored, by value: the total before or after an element.
    stored: dict[Value, tuple[Value, str]]
    width: int

    @property
    def dtype(self) -> str:
        return self.combine.out.dtype


def running_total(loop: Loop) -> RunningTotal | None:
    """Return the running total that a loop computes; None where it is another loop."""
    if len(loop.carried) != 1 or not any(isinstance(s, Store) for s in loop.body):
        return None
    (carry,) = loop.carried
    combine = next((s for s in loop.body if isinstance(s, Compute) and s.out is carry.next), None)
    if combine is None or not _is_total(combine, carry.phi):
        return None
    places = lanes.positions(loop)
    if places is None:
        return None
    known: dict[Value, Loaded] = {}
    totals: dict[Value, tuple[Value, str]] = {v: (v, v.dtype) for v in (carry.phi, combine.out)}
    for s in loop.body:
        match s:
            case Store():
                if s.value not in totals:
                    return None
            case Compute() if s in places.computes or s is combine:
                continue
            case Compute() if s.args[0] in totals and s.fn.startswith("cast{"):
                of, dtype = totals[s.args[0]]
                if not lanes.can_cast(dtype, s.out.dtype):
                    return None
                totals[s.out] = (of, s.out.dtype)
            case _:
                if not lanes.add_loaded(s, known):
                    return None
    element = known.get(combine.args[1])
    if element is None or not _apart(loop, element.load):
        return None
    dtypes = [s.buffer.dtype for s in places.steps]
    return RunningTotal(loop, combine, element, places, totals,
                        lanes.count_of([*dtypes, combine.out.dtype]))  # fmt: skip


def _is_total(combine: Compute, phi: Value) -> bool:
    kind = np.dtype(combine.out.dtype).kind
    if combine.fn not in IDENTITIES or combine.args[0] is not phi or combine.args[1] is phi:
        return False
    return kind in "iu" or (kind == "f" and combine.fn == "add" and combine.reassociable)


def _apart(loop: Loop, load: Load) -> bool:
    """Return whether an iteration loads nothing that it, or one before it, has stored."""
    behind = False
    for s in loop.body:
        if s is load:
            behind = True
        elif isinstance(s, Load):
            return False
        elif isinstance(s, Store) and s.buffer.root is load.buffer.root:
            same = s.buffer is load.buffer and s.indices == load.indices
            if not (same and behind):
                return False
    return True


class TotalsWriter:
    """Writes the vectors of a running total. `at` emits scalar statements."""

    def __init__(self, at: Any, total: RunningTotal) -> None:
        self.at, self.b, self.total = at, at.b, total
        self.type = lanes.vector(total.dtype, total.width)

    def write(
        self,
        start: ir.Value,
        extent: ir.Value,
        init: ir.Value,
        rest: Rest,
    ) -> ir.Value:
        """Write the loop, and return the last total. `rest(begin, end, [total])` writes
        iterations as scalars, and returns the total behind them."""
        b, count, lane = self.b, self.total.width, ir.Constant(I32, 0)
        begin, (total,) = lanes.while_whole(
            b,
            count,
            start,
            extent,
            [lanes.splat(b, init, count)],
            lambda index, state: [self._vector(index, state[0], None)],
        )
        if not target().masks:
            return rest(begin, extent, [b.extract_element(total, lane)])[0]
        left = b.sub(extent, begin)

        def last() -> list[ir.Value]:
            return [self._vector(begin, total, lanes.first_lanes(b, left, count))]

        some = b.icmp_signed(">", left, ir.Constant(I64, 0))
        (total,) = lanes.only_if(b, some, [total], last)
        return b.extract_element(total, lane)

    def _vector(self, index: ir.Value, state: ir.Value, mask: ir.Value | None) -> ir.Value:
        """Write a vector of iterations from `index` on; return the total behind it, in all lanes.
        Lanes outside the mask have the identity, which changes no total."""
        b, total, count = self.b, self.total, self.total.width
        loop, env = total.loop, self.at.env
        env.values[loop.index] = index
        (carry,) = loop.carried
        for s in loop.body:
            if s in total.places.computes:
                self.at.compute(s)
        load = total.element.load
        element = lanes.cast(b, self._load(load, mask), load.buffer.dtype, total.dtype)
        within = self._within(element)
        after = self._combined(state, lanes.picked(b, within, within, [count - 1] * count))
        behind = self._combined(state, within)
        shifted = lanes.picked(b, state, behind, [0, *range(count, 2 * count - 1)])
        found: dict[Value, ir.Value] = {carry.phi: shifted, total.combine.out: behind}
        for s in loop.body:
            if isinstance(s, Store):
                of, dtype = total.stored[s.value]
                value = lanes.cast(b, found[of], of.dtype, dtype)
                pointer = self.at.address(s.buffer, s.indices)
                lanes.store(b, value, pointer, total.places.steps[s], mask)
        return after

    def _load(self, s: Load, mask: ir.Value | None) -> ir.Value:
        dtype = s.buffer.dtype
        type = lanes.vector(dtype, self.total.width)
        instead = lanes.filled(self._identity(dtype), dtype, type.count)
        pointer = self.at.address(s.buffer, s.indices)
        return lanes.load(self.b, pointer, type, self.total.places.steps[s], mask, instead)

    def _identity(self, dtype: str) -> float:
        """Return the identity; the sum of nothing and -0 is -0."""
        identity = IDENTITIES[self.total.combine.fn]
        return -float(identity) if np.dtype(dtype).kind == "f" else identity

    def _within(self, x: ir.Value) -> ir.Value:
        """Return the totals of the lanes up to each one."""
        b, count, distance = self.b, self.total.width, 1
        dtype = self.total.dtype
        none = lanes.filled(self._identity(dtype), dtype, count)
        while distance < count:
            order = [*range(distance), *range(count, 2 * count - distance)]
            x = self._combined(lanes.picked(b, none, x, order), x)
            distance *= 2
        return x

    def _combined(self, x: ir.Value, y: ir.Value) -> ir.Value:
        if np.dtype(self.total.dtype).kind == "f":
            return self.b.fadd(x, y)
        return self.b.add(x, y) if self.total.combine.fn == "add" else self.b.mul(x, y)
