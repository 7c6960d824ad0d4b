"""Emit as vectors the loops that find an extreme and the first place where it stands.

Each lane keeps the extreme of the elements that it has seen, and the number of the group of vectors
in which it stood first. In the end the lanes are compared, and the first of the groups with the
extreme is looked through. As for running extremes (`symgraph.backends.llvm.emission.nan_min_max`),
the values do not heed nan: whether there was one is found beside them, and then they are arbitrary.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.emission import lanes
from symgraph.backends.llvm.emission.lanes import I1, I64, Loaded, Positions, Rest

from symgraph.lower.program.types import Compute, Loop, Store
from symgraph.lower.program.values import Value


class FirstExtreme(NamedTuple):
    """A loop that finds an extreme. It carries that alone, of floats nan if there is one; or also
    its place, and of floats whether there is a nan."""

    loop: Loop
    largest: bool
    element: Loaded
    places: Positions

    @property
    def finds_place(self) -> bool:
        return len(self.loop.carried) > 1

    @property
    def dtype(self) -> str:
        return self.element.dtype

    @property
    def count(self) -> int:
        """Return the number of lanes."""
        return lanes.count_of([self.element.load.buffer.dtype, self.dtype])


def first_extreme(loop: Loop) -> FirstExtreme | None:
    """Return what a loop finds; None where it is another loop."""
    if not 1 <= len(loop.carried) <= 3 or any(isinstance(s, Store) for s in loop.body):
        return None
    made: dict[Value, Compute] = {s.out: s for s in loop.body if isinstance(s, Compute)}
    compared = _extreme_alone(loop, made) if len(loop.carried) == 1 else _with_place(loop, made)
    if compared is None:
        return None
    value, largest, accounted = compared
    places = lanes.positions(loop)
    if places is None or np.dtype(value.dtype).kind not in "iuf":
        return None
    known: dict[Value, Loaded] = {}
    for s in loop.body:
        if s in places.computes or (isinstance(s, Compute) and s.out in accounted):
            continue
        if not lanes.add_loaded(s, known):
            return None
    return FirstExtreme(loop, largest, known[value], places) if value in known else None


class _Compared(NamedTuple):
    """The value that is compared in each iteration, for the largest or the smallest, and the values
    that are made of it."""

    value: Value
    largest: bool
    made: set[Value]


def _extreme_alone(loop: Loop, made: Mapping[Value, Compute]) -> _Compared | None:
    (carry,) = loop.carried
    s = made.get(carry.next)
    if s is None or s.fn not in ("maximum", "minimum") or s.args[0] is not carry.phi:
        return None
    if np.dtype(s.out.dtype).kind == "f" and not s.reassociable:
        return None
    return _Compared(s.args[1], s.fn == "maximum", {s.out})


def _with_place(loop: Loop, made: Mapping[Value, Compute]) -> _Compared | None:
    best, place, *others = loop.carried
    wins = _parts(made, best.next, "switch")
    moved = _parts(made, place.next, "switch")
    if wins is None or moved is None or moved != (wins[0], loop.index, place.phi):
        return None
    value = wins[1]
    compared = _parts(made, wins[0], "gt") or _parts(made, wins[0], "lt")
    if compared is None or compared != (value, best.phi) or wins[2] is not best.phi:
        return None
    accounted = {best.next, place.next, wins[0]}
    if bool(others) != (np.dtype(value.dtype).kind == "f"):
        return None
    for seen in others:
        either = _parts(made, seen.next, "or_")
        if either is None or either[0] is not seen.phi:
            return None
        if _parts(made, either[1], "neq") != (value, value):
            return None
        accounted |= {seen.next, either[1]}
    return _Compared(value, made[wins[0]].fn == "gt", accounted)


def _parts(made: Mapping[Value, Compute], value: Value, fn: str) -> tuple[Value, ...] | None:
    """Return the arguments of the function that makes a value, if it is this function."""
    s = made.get(value)
    return s.args if s is not None and s.fn == fn else None


class _State(NamedTuple):
    """What lanes know: their extremes, the numbers of the groups in which these stood, and whether
    they have met a nan."""

    best: ir.Value
    number: ir.Value
    seen: ir.Value


class ExtremeWriter:
    """Writes the vectors of such a loop. `at` emits scalar statements."""

    def __init__(self, at: Any, found: FirstExtreme) -> None:
        self.at, self.b, self.found = at, at.b, found
        self.count = found.count
        self.kind = np.dtype(found.dtype).kind
        self.type = lanes.vector(found.dtype, self.count)
        self.bits = 8 * np.dtype(found.dtype).itemsize
        self.numbers = ir.VectorType(ir.IntType(self.bits), self.count)

    def most(self) -> int | None:
        """Return the limit on the iterations of one `write`; None where there is hardly one."""
        groups = (1 << self.bits) - 1
        counts = self.found.finds_place and self.bits < 32
        return groups * self.count * target().interleaved if counts else None

    def write(
        self, start: ir.Value, extent: ir.Value, inits: Sequence[ir.Value], rest: Rest
    ) -> list[ir.Value]:
        """Write the loop, and return the results of what it carries. `rest(begin, end, carried)`
        writes iterations as scalars, and returns what is carried behind them."""
        b, left = self.b, self.b.sub(extent, start)

        def at_least(vectors: int) -> ir.Value:
            return b.icmp_signed(">=", left, ir.Constant(I64, vectors * self.count))

        def by_groups(size: int) -> list[ir.Value]:
            return self._groups(size, start, extent, inits)

        def masked(size: int) -> list[ir.Value]:
            group = []
            for j in range(size):
                before = ir.Constant(I64, j * self.count)
                mask = lanes.first_lanes(b, b.sub(left, before), self.count)
                group.append(self._load(b.add(start, before), mask))
            extreme = self._reduced(self._best(group))
            return self._result(start, extreme, group, self._nan(group), inits)

        def few() -> list[ir.Value]:
            if not target().masks:
                return rest(start, extent, inits)
            return masked(1)

        def some() -> list[ir.Value]:
            # Their lanes are the bits of one register.
            at_once = target().masks and most * self.count <= 64
            return masked(most) if at_once else by_groups(1)

        most = target().interleaved
        return lanes.either(
            b,
            at_least(most),
            lambda: by_groups(most),
            lambda: lanes.either(b, at_least(1), some, few),
        )

    def _groups(
        self, size: int, start: ir.Value, extent: ir.Value, inits: Sequence[ir.Value]
    ) -> list[ir.Value]:
        """Write the search in groups of `size` vectors, of which there is at least one. The last
        one ends where the row ends, so it may begin within the one before."""
        b, width = self.b, size * self.count
        last = b.sub(extent, ir.Constant(I64, width))

        def turn(index: ir.Value, carried: Sequence[ir.Value]) -> list[ir.Value]:
            state = self._after(_State(*carried[1:]), carried[0], self._group(index, size))
            return [b.add(carried[0], ir.Constant(self.numbers, [1] * self.count)), *state]

        none, dtype = lanes.zeros(self.numbers), self.found.dtype
        worst = lanes.filled(self._worst(dtype), dtype, self.count)
        first = [none, worst, none, lanes.zeros(ir.VectorType(I1, self.count))]
        index, carried = lanes.while_whole(b, width, start, extent, first, turn)
        some = b.icmp_signed("<", index, extent)
        carried = lanes.only_if(b, some, carried, lambda: turn(last, carried))
        _, best, number, seen = carried
        extreme = self._reduced(best)

        def earliest() -> list[ir.Value]:
            none = ir.Constant(self.numbers, [-1] * self.count)
            among = self._equal(best, lanes.splat(b, extreme, self.count))
            group = self._least(b.select(among, number, none))
            group = group if group.type == I64 else b.zext(group, I64)
            begin = b.add(start, b.mul(group, ir.Constant(I64, width)))
            # Where there is a nan, the number may be any.
            begin = b.select(b.icmp_signed("<", begin, last), begin, last)
            return [b.select(b.icmp_signed("<", begin, start), start, begin)]

        if not self.found.finds_place:
            return [self._alone(extreme, seen, inits[0])]
        several = b.icmp_signed("<", start, last)
        (begin,) = lanes.only_if(b, several, [start], earliest)
        return self._result(begin, extreme, self._group(begin, size), seen, inits)

    def _group(self, index: ir.Value, size: int) -> list[ir.Value]:
        """Return the vectors of a group from an index on."""
        places = [self.b.add(index, ir.Constant(I64, j * self.count)) for j in range(size)]
        return [self._load(place, None) for place in places]

    def _load(self, index: ir.Value, mask: ir.Value | None) -> ir.Value:
        """Return the elements from an index on; outside the mask such that win against none."""
        found, env = self.found, self.at.env
        env.values[found.loop.index] = index
        for s in found.loop.body:
            if s in found.places.computes:
                self.at.compute(s)
        s = found.element.load
        dtype = s.buffer.dtype
        instead = lanes.filled(self._worst(dtype), dtype, self.count)
        pointer, type = self.at.address(s.buffer, s.indices), lanes.vector(dtype, self.count)
        value = lanes.load(self.b, pointer, type, found.places.steps[s], mask, instead)
        return lanes.cast(self.b, value, dtype, found.dtype)

    def _worst(self, dtype: str) -> float:
        """Return the number that wins against no other."""
        kind, largest = np.dtype(dtype), self.found.largest
        if kind.kind == "f":
            return -np.inf if largest else np.inf
        if kind.kind == "b":
            return not largest
        bounds = np.iinfo(kind)
        return int(bounds.min if largest else bounds.max)

    def _after(self, state: _State, number: ir.Value, group: Sequence[ir.Value]) -> _State:
        """Return what lanes know after one more group, with this number."""
        best = self._best(group)
        moved = self.b.select(self._wins(best, state.best), number, state.number)
        seen = self.b.or_(state.seen, self._nan(group)) if self.kind == "f" else state.seen
        return _State(self._better(state.best, best), moved, seen)

    def _best(self, group: Sequence[ir.Value]) -> ir.Value:
        """Return the extremes of each lane of a group."""
        values = list(group)
        while len(values) > 1:
            pairs = zip(values[::2], values[1::2], strict=False)
            left = values[-1:] if len(values) % 2 else []
            values = [self._better(*pair) for pair in pairs] + left
        return values[0]

    def _nan(self, group: Sequence[ir.Value]) -> ir.Value:
        """Return in which lanes there is a nan. One comparison tells of two vectors."""
        b = self.b
        if self.kind != "f":
            return lanes.zeros(ir.VectorType(I1, self.count))
        pairs = list(zip(group[::2], [*group[1::2], group[-1]], strict=False))
        seen = b.fcmp_unordered("uno", *pairs[0])
        for pair in pairs[1:]:
            seen = b.or_(seen, b.fcmp_unordered("uno", *pair))
        return seen

    def _result(
        self,
        begin: ir.Value,
        extreme: ir.Value,
        group: Sequence[ir.Value],
        seen: ir.Value,
        inits: Sequence[ir.Value],
    ) -> list[ir.Value]:
        """Return what is carried behind all elements, whose extreme stands in the group that
        begins there."""
        if not self.found.finds_place:
            return [self._alone(extreme, seen, inits[0])]
        b = self.b
        whole = lanes.splat(b, extreme, self.count)
        lane = lanes.first_of(b, [self._equal(value, whole) for value in group])
        wins = self._wins(extreme, inits[0])
        result = [b.select(wins, extreme, inits[0]), b.select(wins, b.add(begin, lane), inits[1])]
        return result + [b.or_(before, self._any(seen)) for before in inits[2:]]

    def _alone(self, extreme: ir.Value, seen: ir.Value, init: ir.Value) -> ir.Value:
        """Return the extreme where it is all that is carried."""
        best = self._better(extreme, init)
        if self.kind != "f":
            return best
        return self.b.select(self._any(seen), ir.Constant(best.type, float("nan")), best)

    def _any(self, mask: ir.Value) -> ir.Value:
        zero = ir.Constant(ir.IntType(self.count), 0)
        return self.b.icmp_unsigned("!=", lanes.bits(self.b, mask), zero)

    def _reduced(self, x: ir.Value) -> ir.Value:
        """Return the extreme of the lanes."""
        return lanes.reduced(self.b, x, self._better)

    def _least(self, numbers: ir.Value) -> ir.Value:
        def less(one: ir.Value, other: ir.Value) -> ir.Value:
            return self.b.select(self.b.icmp_unsigned("<", one, other), one, other)

        return lanes.reduced(self.b, numbers, less)

    def _better(self, one: ir.Value, other: ir.Value) -> ir.Value:
        return self.b.select(self._wins(one, other), one, other)

    def _wins(self, value: ir.Value, best: ir.Value) -> ir.Value:
        compare = ">" if self.found.largest else "<"
        if self.kind == "f":
            return self.b.fcmp_ordered(compare, value, best)
        compared = self.b.icmp_signed if self.kind == "i" else self.b.icmp_unsigned
        return compared(compare, value, best)

    def _equal(self, one: ir.Value, other: ir.Value) -> ir.Value:
        if self.kind == "f":
            return self.b.fcmp_ordered("==", one, other)
        return self.b.icmp_unsigned("==", one, other)
