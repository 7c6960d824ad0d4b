"""Lower discrete Fourier transforms to loops, in O(n · log n) steps for every n.

For products of 2, 3 and 5, one pass for each factor in a self-sorting order (T. G. Stockham,
"High-speed convolution and correlation", 1966): a pass by r combines numbers that are n / r apart.
For other n the transform is a convolution, made by transforms of a power of two (L. Bluestein, "A
linear filtering approach to the computation of discrete Fourier transform", 1970).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Scalar, Value
from symgraph.lower.writing.builder import Builder

Indices = Sequence[Value]
# Limit on the number of passes.
POWERS = 62
TWO = Literal(2)
# The odd factors of sizes that are transformed directly.
ODD = (5, 3)


class Numbers(NamedTuple):
    """Complex numbers in memory: their real and their imaginary parts."""

    real: Buffer
    imag: Buffer


def fourier_transform(b: Builder, node: Apply) -> None:
    transform = _Transform(b, node)
    transform.write()
    b.bind(node.outputs[0], transform.out)


class _Transform:
    """The transforms of a node's rows. Angles are computed in float64, whatever the dtype."""

    def __init__(self, b: Builder, node: Apply) -> None:
        self.b = b
        self.x = x = b.buffer(node.inputs[0])
        self.n = n = x.extents[-2]
        dtype = node.outputs[0].type.dtype
        self.work = "float32" if dtype == "float16" else dtype
        message = "fft takes one number or more, not {0}"
        b.check(b.test("ge", n, ONE), message, (n,), node)
        message = "fft takes pairs of real numbers on the last axis, not {0}"
        b.check(b.test("eq", x.extents[-1], TWO), message, (x.extents[-1],), node)
        # Minus for the transform, plus for the inverse.
        self.turn = 2 * math.pi if node.op.inverse else -2 * math.pi  # type: ignore[attr-defined]
        self.out = b.new(dtype, (*x.extents[:-1], TWO))
        self.direct = self._is_smooth(n)
        self.size = b.integer("switch", self.direct, n, self._power_from(n))
        self.half = b.integer("floor_div", self.size, TWO)
        self.turns = self._numbers(self.size)
        self.one, self.other = self._numbers(self.size), self._numbers(self.size)

    def _is_smooth(self, n: Value) -> Value:
        """Return whether n divides a power of 30."""
        b = self.b
        rest = b.integer("mod", Literal(30), n)
        for _ in range(6):
            rest = b.integer("mod", b.integer("mul", rest, rest), n)
        small = b.test("lt", n, Literal(2**31))
        return b.test("and_", small, b.test("eq", rest, ZERO))

    def _power_from(self, n: Value) -> Value:
        """Return a power of two that is 2 · n - 1 or more."""
        b = self.b
        bits = b.integer("sub", b.integer("mul", TWO, n), TWO)
        for shift in (1, 2, 4, 8, 16, 32):
            bits = b.integer("or_", bits, b.integer("right_shift", bits, Literal(shift)))
        return b.integer("add", bits, ONE)

    def _numbers(self, count: Value) -> Numbers:
        return Numbers(self.b.new(self.work, (count,)), self.b.new(self.work, (count,)))

    # --- numbers ---

    def load(self, x: Numbers, at: Value) -> tuple[Value, Value]:
        return self.b.load(x.real, (at,)), self.b.load(x.imag, (at,))

    def store(self, x: Numbers, at: Value, value: tuple[Value, Value]) -> None:
        self.b.store(x.real, (at,), value[0])
        self.b.store(x.imag, (at,), value[1])

    def _each(
        self, fn: str, one: tuple[Value, Value], other: tuple[Value, Value]
    ) -> tuple[Value, Value]:
        """Return a function of the real parts, and of the imaginary ones."""
        b = self.b
        return b.compute(fn, self.work, one[0], other[0]), b.compute(
            fn, self.work, one[1], other[1]
        )

    def times(
        self, one: tuple[Value, Value], other: tuple[Value, Value], conjugate: bool = False
    ) -> tuple[Value, Value]:
        """Return a product, with the second number or its conjugate."""
        b, w = self.b, self.work
        (x, y), (u, v) = one, other
        xu, yv, xv, yu = (b.compute("mul", w, *p) for p in ((x, u), (y, v), (x, v), (y, u)))
        if conjugate:
            return b.compute("add", w, xu, yv), b.compute("sub", w, yu, xv)
        return b.compute("sub", w, xu, yv), b.compute("add", w, xv, yu)

    def direction(self, angle: Value) -> tuple[Value, Value]:
        """Return the number of magnitude 1 in the direction of an angle."""
        b = self.b
        cosine, sine = (b.compute(fn, "float64", angle) for fn in ("cos", "sin"))
        return b.cast(cosine, self.work), b.cast(sine, self.work)

    def angle(self, part: Value, whole: Value, turn: float) -> Value:
        b = self.b
        share = b.compute("true_div", "float64", b.cast(part, "float64"), b.cast(whole, "float64"))
        return b.compute("mul", "float64", share, Literal(turn, "float64"))

    # --- passes ---

    def write(self) -> None:
        b = self.b
        with b.kernel():
            b.loop(self.size, self._turn)
        b.choose(self.direct, self._directly, self._by_convolution)

    def _turn(self, i: Scalar) -> None:
        self.store(self.turns, i, self.direction(self.angle(i, self.size, self.turn)))

    def _rows(self, row: object) -> None:
        b = self.b
        with b.kernel():
            self.count_passes()
            b.nest(self.x.extents[:-2], row)  # type: ignore[arg-type]

    def _directly(self) -> None:
        b = self.b

        def row(at: Indices) -> None:
            def begin(i: Scalar) -> None:
                self.store(self.one, i, self._given(at, i))

            b.loop(self.n, begin)
            self.passes(False)
            b.loop(self.n, lambda i: self._finish(at, i, self.load(self.one, i)))

        self._rows(row)

    def _given(self, at: Indices, i: Value) -> tuple[Value, Value]:
        b = self.b
        real, imag = (b.cast(b.load(self.x, (*at, i, p)), self.work) for p in (ZERO, ONE))
        return real, imag

    def _finish(self, at: Indices, i: Value, value: tuple[Value, Value]) -> None:
        for part, number in zip((ZERO, ONE), value, strict=True):
            self.b.store(self.out, (*at, i, part), self.b.cast(number, self.out.dtype))

    def count_passes(self) -> None:
        """Count, once in a kernel, how often each factor divides the size."""
        rest = self.size
        self.counts: dict[int, Value] = {}
        for radix in (*ODD, 2):
            self.counts[radix], rest = self._divisions(radix, rest)

    def _divisions(self, radix: int, rest: Value) -> tuple[Value, Value]:
        """Return how often a number divides a size, and what is left."""
        b, by = self.b, Literal(radix)

        def count(_: Scalar, number: Scalar, left: Scalar) -> Sequence[Value]:
            divides = b.test("eq", b.integer("mod", left, by), ZERO)
            fewer = b.integer("switch", divides, b.integer("floor_div", left, by), left)
            return [b.integer("add", number, b.cast(divides, "int64")), fewer]

        number, left = b.loop(Literal(POWERS), count, [ZERO, rest])
        return number, left

    def passes(self, inverse: bool) -> None:
        """Write the passes over the numbers in `one`, where the result is found. Two passes by 2
        lead there and back; others are followed by a copy. An inverse has a power of two as size,
        and the turns of the transform."""
        b, run = self.b, ONE
        if not inverse:
            for radix in ODD:
                run = self._passes_by(radix, run)
        number = self.counts[2]
        odd = b.integer("and_", number, ONE)

        def first(_: Scalar) -> None:
            self._pass(self.one, self.other, run, inverse)
            self._copy_back()

        def both(i: Scalar) -> None:
            power = b.integer("add", odd, b.integer("mul", TWO, i))
            done = b.integer("mul", run, b.integer("left_shift", ONE, power))
            self._pass(self.one, self.other, done, inverse)
            self._pass(self.other, self.one, b.integer("mul", TWO, done), inverse)

        b.loop(odd, first)
        b.loop(b.integer("floor_div", number, TWO), both)

    def _copy_back(self) -> None:
        self.b.loop(self.size, lambda i: self.store(self.one, i, self.load(self.other, i)))

    def _passes_by(self, radix: int, run: Value) -> Value:
        """Write the passes by an odd number; return the length of runs after them."""
        b = self.b

        def once(_: Scalar, length: Scalar) -> Sequence[Value]:
            self._odd_pass(radix, length)
            self._copy_back()
            return [b.integer("mul", length, Literal(radix))]

        (length,) = b.loop(self.counts[radix], once, [run])
        return length

    def _odd_pass(self, radix: int, run: Value) -> None:
        """Write a pass by an odd number, from `one` to `other`."""
        b, by = self.b, Literal(radix)
        apart = b.integer("floor_div", self.size, by)

        def block(j: Scalar) -> None:
            start = b.integer("mul", j, run)
            turns = [self.load(self.turns, b.integer("mul", start, Literal(k)))
                     for k in range(1, radix)]  # fmt: skip

            def group(k: Scalar) -> None:
                near = b.integer("add", start, k)
                given = [
                    self.load(self.one, b.integer("add", near, b.integer("mul", apart, Literal(i))))
                    for i in range(radix)
                ]
                place = b.integer("add", b.integer("mul", start, by), k)
                found = self._combined(given)
                self.store(self.other, place, found[0])
                for i in range(1, radix):
                    place = b.integer("add", place, run)
                    self.store(self.other, place, self.times(found[i], turns[i - 1]))

            b.loop(run, group)

        b.loop(b.integer("floor_div", apart, run), block)

    def _combined(self, given: Sequence[tuple[Value, Value]]) -> list[tuple[Value, Value]]:
        """Return the transform of an odd number of numbers: by the sums and the differences of each
        number and the one that is as far from the end."""
        count = len(given)
        pairs = [(given[k], given[count - k]) for k in range(1, count // 2 + 1)]
        sums = [self._each("add", *pair) for pair in pairs]
        differences = [self._each("sub", *pair) for pair in pairs]
        total = given[0]
        for value in sums:
            total = self._each("add", total, value)
        found = [total] * count
        for j in range(1, count // 2 + 1):
            even, odd = given[0], None
            for k, (both, difference) in enumerate(zip(sums, differences, strict=True), 1):
                angle = self.turn * j * k / count
                even = self._each("add", even, self._scaled(both, math.cos(angle)))
                share = self._scaled(difference, math.sin(angle))
                odd = share if odd is None else self._each("add", odd, share)
            assert odd is not None
            # Times i.
            turned = self.b.compute("neg", self.work, odd[1]), odd[0]
            found[j] = self._each("add", even, turned)
            found[count - j] = self._each("sub", even, turned)
        return found

    def _scaled(self, value: tuple[Value, Value], by: float) -> tuple[Value, Value]:
        factor = Literal(np.dtype(self.work).type(by).item(), self.work)
        real, imag = (self.b.compute("mul", self.work, part, factor) for part in value)
        return real, imag

    def _pass(self, source: Numbers, target: Numbers, run: Value, inverse: bool) -> None:
        """Write a pass: runs of so many numbers become runs of twice as many."""
        b = self.b

        def block(j: Scalar) -> None:
            start = b.integer("mul", j, run)
            turn = self.load(self.turns, start)

            def pair(k: Scalar) -> None:
                near = b.integer("add", start, k)
                one = self.load(source, near)
                other = self.load(source, b.integer("add", near, self.half))
                place = b.integer("add", near, start)
                self.store(target, place, self._each("add", one, other))
                difference = self._each("sub", one, other)
                self.store(
                    target, b.integer("add", place, run), self.times(difference, turn, inverse)
                )

            b.loop(run, pair)

        b.loop(b.integer("floor_div", self.half, run), block)

    # --- other numbers than powers of two ---

    def _by_convolution(self) -> None:
        b, n = self.b, self.n
        chirp, spectrum = self._numbers(n), self._numbers(self.size)

        def bend(i: Scalar) -> None:
            # The angle of i² half turns, over n; i² without whole turns stays exact.
            square = b.integer("mod", b.integer("mul", i, i), b.integer("mul", TWO, n))
            self.store(chirp, i, self.direction(self.angle(square, n, self.turn / 2)))

        with b.kernel():
            b.loop(n, bend)

        def mirrored(i: Scalar) -> None:
            back = b.integer("sub", self.size, i)
            near = b.integer("minimum", i, back)
            inside = b.test("lt", near, n)
            last = b.integer("minimum", near, b.integer("sub", n, ONE))
            real, imag = self.load(chirp, last)
            self.store(self.one, i, self._where(inside, (real, b.compute("neg", self.work, imag))))

        with b.kernel():
            self.count_passes()
            b.loop(self.size, mirrored)
            self.passes(False)
            b.loop(self.size, lambda i: self.store(spectrum, i, self.load(self.one, i)))

        def row(at: Indices) -> None:
            def begin(i: Scalar) -> None:
                self.store(self.one, i, self.times(self._given(at, i), self.load(chirp, i)))

            def clear(i: Scalar) -> None:
                zero = Literal(0.0, self.work)
                self.store(self.one, b.integer("add", n, i), (zero, zero))

            def filtered(i: Scalar) -> None:
                value = self.times(self.load(self.one, i), self.load(spectrum, i))
                self.store(self.one, i, value)

            def end(i: Scalar) -> None:
                value = self.times(self.load(self.one, i), self.load(chirp, i))
                scale = b.compute("reciprocal", self.work, b.cast(self.size, self.work))
                self._finish(at, i, self._each("mul", value, (scale, scale)))

            b.loop(n, begin)
            b.loop(b.integer("sub", self.size, n), clear)
            self.passes(False)
            b.loop(self.size, filtered)
            self.passes(True)
            b.loop(n, end)

        self._rows(row)

    def _where(self, condition: Value, value: tuple[Value, Value]) -> tuple[Value, Value]:
        b, zero = self.b, Literal(0.0, self.work)
        real, imag = (b.compute("switch", self.work, condition, part, zero) for part in value)
        return real, imag
