"""Lower sorting to merges: runs of 1, 2, 4, ... numbers are merged, pair by pair, from one half of
the scratch memory into the other, with their indices (J. von Neumann 1945; Knuth, TAOCP 3,
5.2.4)."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Scalar, Value
from symgraph.lower.writing.builder import Builder

# Limit on the number of merge passes: pass p merges runs of 2**p numbers.
POWERS = 62


def arg_sort(b: Builder, node: Apply) -> None:
    keys, (variable,) = b.buffer(node.inputs[0]), node.outputs
    *rows, count = keys.extents
    out = b.new("int64", keys.extents)
    indices, sorted_keys = (
        b.new(dtype, (*rows, Literal(2), count)) for dtype in ("int64", keys.dtype)
    )

    def row(at: Sequence[Value]) -> None:
        merging = _Merging(b, sorted_keys, indices, at)

        def begin(i: Scalar) -> None:
            b.store(indices, (*at, ZERO, i), i)
            b.store(sorted_keys, (*at, ZERO, i), b.load(keys, (*at, i)))

        b.loop(count, begin)
        (iterations,) = b.loop(Literal(POWERS), merging.counted, [ZERO])
        b.loop(iterations, merging.iteration)
        half = b.integer("and_", iterations, ONE)
        b.loop(count, lambda i: b.store(out, (*at, i), b.load(indices, (*at, half, i))))

    with b.kernel():
        b.nest(rows, row)
    b.bind(variable, out)


class _Merging:
    """The merge passes of one row: two halves of scratch memory for keys, and two for indices."""

    def __init__(self, b: Builder, keys: Buffer, indices: Buffer, at: Sequence[Value]) -> None:
        self.b, self.keys, self.indices, self.at = b, keys, indices, at
        self.count = keys.extents[-1]

    def counted(self, power: Scalar, iterations: Scalar) -> Sequence[Value]:
        """Count the passes: one for each power such that runs of 2**power are shorter than the
        row."""
        b = self.b
        longer = b.test("lt", b.integer("left_shift", ONE, power), self.count)
        return [b.integer("add", iterations, b.cast(longer, "int64"))]

    def iteration(self, power: Scalar) -> None:
        """Merge pairs of runs of 2**power numbers into runs of twice as many."""
        b = self.b
        width, twice = b.integer("left_shift", ONE, power), b.integer("add", power, ONE)
        source = b.integer("and_", power, ONE)
        target = b.integer("sub", ONE, source)
        last = b.integer("sub", b.integer("left_shift", ONE, twice), ONE)
        pairs = b.integer("right_shift", b.integer("add", self.count, last), twice)

        def pair(number: Scalar) -> None:
            start = b.integer("left_shift", number, twice)
            middle = b.integer("minimum", b.integer("add", start, width), self.count)
            end = b.integer("minimum", b.integer("add", middle, width), self.count)

            def step(k: Scalar, left: Scalar, right: Scalar) -> Sequence[Value]:
                one, other = self._places(source, left, middle), self._places(source, right, end)
                mine, theirs = (b.load(self.keys, place) for place in (one, other))
                is_left, is_over = b.test("lt", left, middle), b.test("ge", right, end)
                stays = b.test("or_", is_over, b.test("invert", self._before(theirs, mine)))
                takes = b.test("and_", is_left, stays)
                place = (*self.at, target, b.integer("add", start, k))
                b.store(self.keys, place, b.compute("switch", mine.dtype, takes, mine, theirs))
                indices = (b.load(self.indices, place) for place in (one, other))
                b.store(self.indices, place, b.integer("switch", takes, *indices))
                moved = b.cast(takes, "int64")
                stayed = b.integer("sub", ONE, moved)
                return [b.integer("add", left, moved), b.integer("add", right, stayed)]

            b.loop(b.integer("sub", end, start), step, [start, middle])

        b.loop(pairs, pair)

    def _places(self, half: Value, place: Value, end: Value) -> Sequence[Value]:
        """Return the indices of a place in a run, clamped to the run's last number."""
        b = self.b
        return (*self.at, half, b.integer("minimum", place, b.integer("sub", end, ONE)))

    def _before(self, one: Value, other: Value) -> Value:
        """Return whether a key comes before another, nan after all numbers."""
        b = self.b
        less = b.test("lt", one, other)
        if np.dtype(one.dtype).kind != "f":
            return less
        only_other = b.test("and_", b.test("isnan", other), b.test("eq", one, one))
        return b.test("or_", less, only_other)
