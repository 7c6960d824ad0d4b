"""Lower the selection of the largest or smallest numbers of rows.

Digit by digit of their keys, from the first, it is counted how many numbers have each value, and so
the digits of the last key that is taken are found; then all keys that are to be taken are collected
in one pass."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Scalar, Value
from symgraph.lower.rules.sorting import RANK, rank, sort_keys
from symgraph.lower.writing.builder import Builder
from symgraph.lower.writing.statements import escaped
from symgraph.ops import ArgSelect

DIGIT = 8
SIZE = 1 << DIGIT
WORD = "uint64"


def arg_select(b: Builder, node: Apply) -> None:
    keys, op = sort_keys(b, b.buffer(node.inputs[0])), node.op
    *outer, count = keys.extents
    wanted = Literal(op.count)
    name = escaped(node.inputs[0])
    message = f"topk: there are {{0}} numbers in a row of {name}, and not {op.count}"
    b.check(b.test("ge", count, wanted), message, (count,), node)
    rows: Value = ONE
    for extent in outer:
        rows = b.integer("mul", rows, extent)
    # One place more, for the indices that are not taken.
    out = b.new("int64", (*outer, Literal(op.count + 1)))
    flat = b.view(out, (rows, out.extents[-1]), (out.extents[-1], ONE))
    flat_keys = b.view(keys, (rows, count), (count, ONE))

    def by_ranks() -> None:
        ranks = b.new(RANK, (count,))
        with b.kernel():
            b.nest((rows,), lambda at: _select_ranks(b, op, flat_keys, ranks, at[0], flat))

    def by_digits() -> None:
        search = _Selection(b, flat_keys, op.count, op.largest)
        with b.kernel():
            b.nest((rows,), lambda at: search.row(at[0], flat))

    b.choose(b.test("le", count, Literal(b.target.ranked)), by_ranks, by_digits)
    b.bind(node.outputs[0], b.view(out, (*outer, wanted), out.strides))


def _select_ranks(
    b: Builder, op: ArgSelect, keys: Buffer, ranks: Buffer, row: Value, out: Buffer
) -> None:
    """Store the indices of the keys of a short row that are taken, by the ranks of all."""
    rank(b, keys, ranks, row)
    count = keys.extents[1]
    first = b.integer("sub", count, Literal(op.count)) if op.largest else ZERO
    behind = count if op.largest else Literal(op.count)

    def take(i: Scalar, place: Scalar) -> Sequence[Value]:
        own = b.cast(b.load(ranks, (i,)), "int64")
        taken = b.test("and_", b.test("ge", own, first), b.test("lt", own, behind))
        b.store(out, (row, place), i)
        return [b.integer("add", place, b.cast(taken, "int64"))]

    b.loop(count, take, [ZERO])


class _Threshold(NamedTuple):
    """What is known of the last key taken: its first digits, how many of the keys with these
    digits are taken, how many have them, by how many bits keys are shifted to those digits, and
    whether some of them are taken and others not."""

    prefix: Value
    needed: Value
    equal: Value
    shift: Value
    open: Value


class _Selection:
    """The statements that select from a row of keys, and their scratch memory."""

    def __init__(self, b: Builder, keys: Buffer, wanted: int, largest: bool) -> None:
        self.b, self.keys, self.wanted, self.largest = b, keys, wanted, largest
        self.bits = 8 * np.dtype(keys.dtype).itemsize
        # Of a digit's values, and of the keys with other first digits, how many there are.
        self.numbers = b.new("int64", (Literal(SIZE + 1),))

    def row(self, row: Value, out: Buffer) -> None:
        """Store the indices of the keys that are taken, in their order."""
        b = self.b

        def digit(number: Scalar, *known: Scalar) -> Sequence[Value]:
            return self._refined(row, number, _Threshold(*known))

        first = (Literal(0, WORD), Literal(self.wanted), ZERO, Literal(self.bits), ONE)
        last = _Threshold(*b.loop(Literal(self.bits // DIGIT), digit, first))
        shift = b.cast(last.shift, WORD)

        def take(i: Scalar, place: Scalar, seen: Scalar) -> Sequence[Value]:
            high = b.compute("right_shift", WORD, self._key(row, i), shift)
            is_equal = b.test("eq", high, last.prefix)
            if self.largest:
                # Of equal ones the last.
                counts = b.test("ge", seen, b.integer("sub", last.equal, last.needed))
            else:
                counts = b.test("lt", seen, last.needed)
            above = b.test("lt", last.prefix, high)
            taken = b.test("or_", above, b.test("and_", is_equal, counts))
            b.store(out, (row, place), i)
            moved = b.integer("add", place, b.cast(taken, "int64"))
            return [moved, b.integer("add", seen, b.cast(is_equal, "int64"))]

        b.loop(self.keys.extents[1], take, [ZERO, ZERO])

    def _key(self, row: Value, i: Value) -> Value:
        """Return a key; smaller numbers have larger ones where the smallest are selected."""
        b, dtype = self.b, self.keys.dtype
        key = b.load(self.keys, (row, i))
        return b.cast(key if self.largest else b.compute("invert", dtype, key), WORD)

    def _refined(self, row: Value, number: Scalar, known: _Threshold) -> _Threshold:
        """Return the threshold with one digit more, where that is not known to be superfluous."""
        b, numbers = self.b, self.numbers
        done = b.integer("mul", b.integer("add", number, ONE), Literal(DIGIT))
        position = b.integer("sub", Literal(self.bits), done)
        shift = b.cast(position, WORD)
        is_open = b.test("gt", known.open, ZERO)
        b.loop(Literal(SIZE + 1), lambda v: b.store(numbers, (v,), ZERO))

        def count(i: Scalar) -> None:
            moved = b.compute("right_shift", WORD, self._key(row, i), shift)
            value = b.cast(b.compute("and_", WORD, moved, Literal(SIZE - 1, WORD)), "int64")
            high = b.compute("right_shift", WORD, moved, Literal(DIGIT, WORD))
            place = b.integer("switch", b.test("eq", high, known.prefix), value, Literal(SIZE))
            b.store(numbers, (place,), b.integer("add", b.load(numbers, (place,)), ONE))

        b.loop(b.integer("switch", is_open, self.keys.extents[1], ZERO), count)

        def find(
            i: Scalar, above: Scalar, chosen: Scalar, needed: Scalar, equal: Scalar
        ) -> Sequence[Value]:
            value = b.integer("sub", Literal(SIZE - 1), i)
            here = b.load(numbers, (value,))
            total = b.integer("add", above, here)
            reached = b.test("ge", total, known.needed)
            last = b.test("and_", b.test("lt", above, known.needed), reached)
            left = b.integer("sub", known.needed, above)
            pairs = ((value, chosen), (left, needed), (here, equal))
            return [total, *(b.integer("switch", last, new, old) for new, old in pairs)]

        found = b.loop(Literal(SIZE), find, [ZERO, ZERO, ZERO, ZERO])
        _, chosen, needed, equal = found
        prefix = b.compute("left_shift", WORD, known.prefix, Literal(DIGIT, WORD))
        prefix = b.compute("or_", WORD, prefix, b.cast(chosen, WORD))
        left = b.cast(b.test("lt", needed, equal), "int64")
        refined = _Threshold(prefix, needed, equal, position, left)
        return _Threshold(
            *(
                b.compute("switch", new.dtype, is_open, new, old)
                for new, old in zip(refined, known, strict=True)
            )
        )
