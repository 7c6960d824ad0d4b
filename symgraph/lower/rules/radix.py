"""Write the radix sort of a row of unsigned integers: from the last digit to the first, the numbers
are put into the order of that digit, equal ones as they stood (H. H. Seward 1954; Knuth, TAOCP 3,
5.2.5). What is moved are words of 64 bits: 32 bits of a key, and its index in the row. Keys of 64
bits take two turns. Digits that are the same in all numbers are left out."""

from collections.abc import Callable, Sequence

import numpy as np

from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Scalar, Value
from symgraph.lower.writing.builder import Builder

DIGIT = 8
SIZE = 1 << DIGIT
WORD = "uint64"


class RadixSort:
    """The scratch memory for a row of keys, and the statements that sort it."""

    def __init__(self, b: Builder, keys: Buffer) -> None:
        self.b, self.keys = b, keys
        self.count = keys.extents[1]
        self.bits = 8 * np.dtype(keys.dtype).itemsize
        self.digits = min(self.bits, 32) // DIGIT
        self.words = b.new(WORD, (Literal(2), self.count))
        # Of each digit's values: how many numbers have it, and then where the next one goes.
        self.places = b.new("int64", (Literal(self.digits), Literal(SIZE)))

    def row(self, row: Value) -> Value:
        """Sort a row; return the half of the words in which it then is."""
        half = self._turn(ZERO, lambda i: (i, self._key(row, i), 0))
        if self.bits <= 32:
            return half
        first = half

        def again(i: Scalar) -> tuple[Value, Value, int]:
            index = self.index(first, i)
            return index, self._key(row, index), 32

        return self._turn(half, again)

    def index(self, half: Value, i: Value) -> Value:
        """Return the index in the row of the number at a place of the sorted one."""
        b = self.b
        low = Literal(2**32 - 1, WORD)
        return b.cast(b.compute("and_", WORD, b.load(self.words, (half, i)), low), "int64")

    def _key(self, row: Value, i: Value) -> Value:
        return self.b.cast(self.b.load(self.keys, (row, i)), WORD)

    def _turn(self, half: Value, item: Callable[[Scalar], tuple[Value, Value, int]]) -> Value:
        """Make words of the `item` at each place: an index, a key and how far it is shifted. Sort
        them, and return the half they are in."""
        b = self.b
        b.nest(self.places.extents, lambda at: b.store(self.places, at, ZERO))

        def begin(i: Scalar) -> None:
            index, key, shift = item(i)
            if shift:
                key = b.compute("right_shift", WORD, key, Literal(shift, WORD))
            word = b.compute("left_shift", WORD, key, Literal(32, WORD))
            word = b.compute("or_", WORD, word, b.cast(index, WORD))
            b.store(self.words, (half, i), word)
            for digit in range(self.digits):
                place = (Literal(digit), self._digit(word, Literal(32 + DIGIT * digit, WORD)))
                b.store(self.places, place, b.integer("add", b.load(self.places, place), ONE))

        b.loop(self.count, begin)
        (half,) = b.loop(Literal(self.digits), self._pass, [half])
        return half

    def _digit(self, word: Value, shift: Value) -> Value:
        b = self.b
        moved = b.compute("right_shift", WORD, word, shift)
        return b.cast(b.compute("and_", WORD, moved, Literal(SIZE - 1, WORD)), "int64")

    def _pass(self, digit: Scalar, half: Scalar) -> Sequence[Value]:
        """Move the words into the other half, in the order of a digit, unless all have the same."""
        b, places, words = self.b, self.places, self.words
        bits = b.integer("add", b.integer("mul", digit, Literal(DIGIT)), Literal(32))
        shift = b.cast(bits, WORD)
        most = self._most(digit)
        differ = b.test("lt", most, self.count)
        other = b.integer("sub", ONE, half)

        def start(value: Scalar, before: Scalar) -> Sequence[Value]:
            number = b.load(places, (digit, value))
            b.store(places, (digit, value), before)
            return [b.integer("add", before, number)]

        def move(i: Scalar) -> None:
            word = b.load(words, (half, i))
            place = (digit, self._digit(word, shift))
            target = b.load(places, place)
            b.store(words, (other, target), word)
            b.store(places, place, b.integer("add", target, ONE))

        b.loop(b.integer("switch", differ, Literal(SIZE), ZERO), start, [ZERO])
        b.loop(b.integer("switch", differ, self.count, ZERO), move)
        return [b.integer("switch", differ, other, half)]

    def _most(self, digit: Value) -> Value:
        """Return how many numbers have the most frequent value of a digit."""
        b = self.b

        def larger(value: Scalar, most: Scalar) -> Sequence[Value]:
            return [b.integer("maximum", most, b.load(self.places, (digit, value)))]

        return b.loop(Literal(SIZE), larger, [ZERO])[0]
