"""Lower discrete Fourier transforms to loops, in O(n · log n) steps for every n.

For powers of two, passes of pairs in a self-sorting order (T. G. Stockham, "High-speed convolution
and correlation", 1966): pass p combines numbers that are half the row apart. For other n the
transform is a convolution, made by transforms of a power of two (L. Bluestein, "A linear filtering
approach to the computation of discrete Fourier transform", 1970).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from symgraph.graph import Apply
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Scalar, Value
from symgraph.lower.writing.builder import Builder

Indices = Sequence[Value]
# Limit on the number of passes.
POWERS = 62
TWO = Literal(2)


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
        self.direct = b.test("eq", b.integer("and_", n, b.integer("sub", n, ONE)), ZERO)
        self.size = b.integer("switch", self.direct, n, self._power_from(n))
        self.half = b.integer("floor_div", self.size, TWO)
        self.turns = self._numbers(self.half)
        self.one, self.other = self._numbers(self.size), self._numbers(self.size)

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

    def _each(self, fn: str, one: tuple[Value, Value], other: tuple[Value, Value]):  # type: ignore[no-untyped-def]
        pairs = zip(one, other, strict=True)
        return tuple(self.b.compute(fn, self.work, *pair) for pair in pairs)

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
            b.loop(self.half, self._turn)
        b.choose(self.direct, self._directly, self._by_convolution)

    def _turn(self, i: Scalar) -> None:
        self.store(self.turns, i, self.direction(self.angle(i, self.size, self.turn)))

    def _rows(self, row: object) -> None:
        b = self.b
        with b.kernel():
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

    def passes(self, inverse: bool) -> None:
        """Write the passes over the numbers in `one`, where the result is found. Two passes lead
        there and back; where their number is odd, a first one is followed by a copy."""
        b = self.b

        def count(power: Scalar, total: Scalar) -> Sequence[Value]:
            below = b.test("lt", b.integer("left_shift", ONE, power), self.size)
            return [b.integer("add", total, b.cast(below, "int64"))]

        (number,) = b.loop(Literal(POWERS), count, [ZERO])
        odd = b.integer("and_", number, ONE)

        def first(_: Scalar) -> None:
            self._pass(self.one, self.other, ONE, inverse)
            b.loop(self.size, lambda i: self.store(self.one, i, self.load(self.other, i)))

        def both(i: Scalar) -> None:
            power = b.integer("add", odd, b.integer("mul", TWO, i))
            run = b.integer("left_shift", ONE, power)
            self._pass(self.one, self.other, run, inverse)
            self._pass(self.other, self.one, b.integer("mul", TWO, run), inverse)

        b.loop(odd, first)
        b.loop(b.integer("floor_div", number, TWO), both)

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
