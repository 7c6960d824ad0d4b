"""Emit as vectors the loops that one element decides: whether any or all are true, extremes of
bools, and the first place of such an extreme. They end with the group of vectors in which the
decisive element stands."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.emission import lanes
from symgraph.backends.llvm.emission.first_extremes import FirstExtreme, first_extreme
from symgraph.backends.llvm.emission.lanes import I1, I64, Positions, Rest

from symgraph.lower.program.types import Compute, Load, Loop
from symgraph.lower.program.values import Literal, Value

# What decides a bool, by the function that combines it with the elements.
DECISIVE = {"or_": True, "maximum": True, "and_": False, "minimum": False}


def decisive(loop: Loop) -> bool | None:
    """Return the bool that decides what an innermost loop computes, once it occurs; None for other
    loops. As a loop that stores nothing, it may then end."""
    if len(loop.carried) != 1 or not all(isinstance(s, Compute | Load) for s in loop.body):
        return None
    combine = _made(loop).get(loop.carried[0].next)
    if combine is None or combine.out.dtype != "bool" or combine.args[0] is not loop.carried[0].phi:
        return None
    return DECISIVE.get(combine.fn)


def _made(loop: Loop) -> dict[Value, Compute]:
    return {s.out: s for s in loop.body if isinstance(s, Compute)}


class DecidedLoop(NamedTuple):
    """A loop that looks for an element that is true, or false: whether there is one, or the first
    place where it stands."""

    loop: Loop
    wanted: bool
    load: Load
    places: Positions
    finds_place: bool

    @property
    def count(self) -> int:
        """Return the number of lanes."""
        return lanes.count_of([self.load.buffer.dtype])


def decided_loop(loop: Loop) -> DecidedLoop | None:
    """Return what a loop looks for, if one element that it loads decides; None otherwise."""
    found = first_extreme(loop)
    if found is not None:
        return _of_place(found)
    wanted, places = decisive(loop), lanes.positions(loop)
    if wanted is None or places is None:
        return None
    loads = [s for s in loop.body if isinstance(s, Load)]
    rest = [s for s in loop.body if isinstance(s, Compute) and s not in places.computes]
    if len(loads) != 1 or np.dtype(loads[0].buffer.dtype).kind == "c":
        return None
    combine = _made(loop)[loop.carried[0].next]
    element = combine.args[1]
    if element is not loads[0].out:
        compare = next((s for s in rest if s.out is element), None)
        if compare is None or compare.fn != "neq" or compare.args[0] is not loads[0].out:
            return None
        zero = compare.args[1]
        if not isinstance(zero, Literal) or zero.value != 0:
            return None
        rest.remove(compare)
    if rest != [combine]:
        return None
    return DecidedLoop(loop, wanted, loads[0], places, False)


def _of_place(found: FirstExtreme) -> DecidedLoop | None:
    load = found.element.load
    if not found.finds_place or load.buffer.dtype != "bool" or np.dtype(found.dtype).kind == "f":
        return None
    return DecidedLoop(found.loop, found.largest, load, found.places, True)


class DecidedWriter:
    """Writes the vectors of such a loop. `at` emits scalar statements."""

    def __init__(self, at: Any, found: DecidedLoop) -> None:
        self.at, self.b, self.found = at, at.b, found
        self.count = found.count
        self.dtype = found.load.buffer.dtype

    def write(
        self, start: ir.Value, extent: ir.Value, inits: Sequence[ir.Value], rest: Rest
    ) -> list[ir.Value]:
        """Write the loop, and return the results of what it carries. `rest(begin, end, carried)`
        writes iterations as scalars, and returns what is carried behind them."""
        b = self.b
        size = target().interleaved
        met, done = b.append_basic_block("met"), b.append_basic_block("decided")
        arriving: list[tuple[ir.Value, ir.Block]] = []

        def leave_if(either: ir.Value, index: ir.Value, group: Sequence[ir.Value]) -> None:
            """Leave the loop for `met` where there is one in a group that begins at an index."""
            here, behind = b.append_basic_block("here"), b.append_basic_block("undecided")
            b.cbranch(self._any(either), here, behind)
            b.position_at_end(here)
            place = b.add(index, lanes.first_of(b, group)) if self.found.finds_place else index
            arriving.append((place, b.block))
            b.branch(met)
            b.position_at_end(behind)

        def groups(index: ir.Value, carried: Sequence[ir.Value]) -> list[ir.Value]:
            group = self._group(index, size)
            either = group[0]
            for other in group[1:]:
                either = b.or_(either, other)
            leave_if(either, index, group)
            return []

        def masked(index: ir.Value, carried: Sequence[ir.Value]) -> list[ir.Value]:
            mask = lanes.first_lanes(b, b.sub(extent, index), self.count)
            hits = self._hits(index, mask)
            leave_if(hits, index, [hits])
            return []

        begin, _ = lanes.while_whole(b, size * self.count, start, extent, [], groups)
        if target().masks:
            filled = b.add(extent, ir.Constant(I64, self.count - 1))
            lanes.while_whole(b, self.count, begin, filled, [], masked)
            none = self._result(None, start, extent, inits)
        else:
            none = rest(begin, extent, self._result(None, start, begin, inits))
        last = b.block
        b.branch(done)
        b.position_at_end(met)
        place = b.phi(I64)
        for value, block in arriving:
            place.add_incoming(value, block)
        some = self._result(place, start, extent, inits)
        b.branch(done)
        b.position_at_end(done)
        return lanes.joined(b, (none, last), (some, met))

    def _result(
        self,
        place: ir.Value | None,
        start: ir.Value,
        extent: ir.Value,
        inits: Sequence[ir.Value],
    ) -> list[ir.Value]:
        """Return what is carried behind elements of which the first decisive one stands at a place;
        or behind elements of which none is decisive."""
        b, wanted = self.b, self.found.wanted
        value = wanted if place is not None else not wanted
        if not self.found.finds_place:
            return [ir.Constant(I1, int(value)) if place is not None else inits[0]]
        best = ir.Constant(inits[0].type, int(value))
        wins = b.icmp_unsigned(">" if wanted else "<", best, inits[0])
        if place is None:
            place = start
            wins = b.and_(wins, b.icmp_signed("<", start, extent))
        return [b.select(wins, best, inits[0]), b.select(wins, place, inits[1])]

    def _group(self, index: ir.Value, size: int) -> list[ir.Value]:
        """Return the lanes of some vectors from an index on in which decisive elements stand."""
        places = [self.b.add(index, ir.Constant(I64, j * self.count)) for j in range(size)]
        return [self._hits(place, None) for place in places]

    def _hits(self, index: ir.Value, mask: ir.Value | None) -> ir.Value:
        found, b, env = self.found, self.b, self.at.env
        env.values[found.loop.index] = index
        for s in found.loop.body:
            if s in found.places.computes:
                self.at.compute(s)
        s, type = found.load, lanes.vector(self.dtype, self.count)
        instead = lanes.filled(not found.wanted, self.dtype, self.count)
        pointer = self.at.address(s.buffer, s.indices)
        value = lanes.load(b, pointer, type, found.places.steps[s], mask, instead)
        zeros = lanes.filled(0, self.dtype, self.count)
        if np.dtype(self.dtype).kind != "f":
            return b.icmp_unsigned("!=" if found.wanted else "==", value, zeros)
        # nan is true.
        if found.wanted:
            return b.fcmp_unordered("!=", value, zeros)
        return b.fcmp_ordered("==", value, zeros)

    def _any(self, mask: ir.Value) -> ir.Value:
        zero = ir.Constant(ir.IntType(self.count), 0)
        return self.b.icmp_unsigned("!=", lanes.bits(self.b, mask), zero)
