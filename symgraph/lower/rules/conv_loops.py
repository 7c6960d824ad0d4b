"""Lower convolutions to plain loops: those of integers and float16, and unshared ones, which have
different weights at each place."""

from collections.abc import Callable, Sequence

import numpy as np

from symgraph.lower.program.values import ZERO, Buffer, Literal, Value
from symgraph.lower.writing.builder import Builder
from symgraph.ops.conv import ConvolutionOp

Indices = tuple[Value, ...]


def by_loops(
    b: Builder, op: ConvolutionOp, arrays: dict[str, Buffer], before: Sequence[Value]
) -> None:
    """Write loops over the result, which compute the sum for each of its elements."""
    _Loops(b, op, arrays, before).write()


class _Loops:
    def __init__(
        self, b: Builder, op: ConvolutionOp, arrays: dict[str, Buffer], before: Sequence[Value]
    ) -> None:
        self.b = b
        self.op = op
        self.image, self.kernel, self.output = (
            arrays[role] for role in ("image", "kernel", "output")
        )
        self.out = arrays[op.result]
        self.before = before
        self.rank = len(before)
        # float16 accumulates in float32.
        self.dtype = "float32" if self.out.dtype == "float16" else self.out.dtype
        self.taps = self.kernel.extents[-self.rank :]
        self.places = self.output.extents[2:]
        groups = Literal(op.groups)
        self.channels = self.kernel.extents[-self.rank - 1]
        self.maps = b.integer("floor_div", self.output.extents[1], groups)

    def write(self) -> None:
        element = getattr(self, f"_{self.op.result}")

        def iteration(at: Indices) -> None:
            total = element(at)
            self.b.store(self.out, at, self.b.cast(total, self.out.dtype))

        with self.b.kernel():
            self.b.nest(self.out.extents, iteration)

    def _sum(self, extents: Sequence[Value], term: Callable[[Indices, Value], Value]) -> Value:
        """Write the sum over all indices; `term(indices, total)` returns the new total."""
        b = self.b
        zero = Literal(np.dtype(self.dtype).type(0).item(), self.dtype)

        def level(axis: int, indices: Indices, total: Value) -> Value:
            if axis == len(extents):
                return term(indices, total)
            (result,) = b.loop(
                extents[axis], lambda i, t: [level(axis + 1, (*indices, i), t)], [total]
            )
            return result

        return level(0, (), zero)

    def _added(self, total: Value, x: Value, y: Value) -> Value:
        b = self.b
        factors = b.cast(x, self.dtype), b.cast(y, self.dtype)
        if np.dtype(self.dtype).kind == "f":
            return b.compute("multiply_add", self.dtype, *factors, total)
        mul, add = ("and_", "or_") if self.dtype == "bool" else ("mul", "add")
        return b.compute(add, self.dtype, total, b.compute(mul, self.dtype, *factors))

    def _weight(self, k: Value, places: Indices, channel: Value, taps: Indices) -> Value:
        own = places if self.op.unshared else ()
        return self.b.load(self.kernel, (k, *own, channel, *taps))

    def _if(self, condition: Value, value: Callable[[], Value], otherwise: Value) -> Value:
        """Return the value where the condition holds. It is computed in a loop of one or no
        iteration, since it may read memory that is only valid where the condition holds."""
        iterations = self.b.cast(condition, "int64")
        (result,) = self.b.loop(iterations, lambda _iteration, _other: [value()], [otherwise])
        return result

    def _pixel(self, n: Value, channel: Value, places: Indices, taps: Indices) -> Value:
        """Return the image's element under a kernel position at a place of the output; 0
        outside."""
        b, op = self.b, self.op
        at: list[Value] = []
        inside: Value = Literal(True, "bool")
        for axis, (place, tap) in enumerate(zip(places, taps, strict=True)):
            index = b.integer("mul", place, Literal(op.strides[axis]))
            step = b.integer("mul", tap, Literal(op.dilations[axis]))
            index = b.integer("sub", b.integer("add", index, step), self.before[axis])
            at.append(index)
            inside = self._and_within(inside, index, self.image.extents[2 + axis])
        zero = Literal(np.dtype(self.image.dtype).type(0).item(), self.image.dtype)
        return self._if(inside, lambda: b.load(self.image, (n, channel, *at)), zero)

    def _and_within(self, condition: Value, index: Value, extent: Value) -> Value:
        b = self.b
        both = b.test("and_", b.test("ge", index, ZERO), b.test("lt", index, extent))
        return b.test("and_", condition, both)

    def _output(self, at: Indices) -> Value:
        """Return output[n, k, o], the sum over channels and kernel positions."""
        b, (n, k, *rest) = self.b, at
        places = tuple(rest)
        first = b.integer("mul", b.integer("floor_div", k, self.maps), self.channels)

        def term(inner: Indices, total: Value) -> Value:
            channel, *taps = inner
            pixel = self._pixel(n, b.integer("add", first, channel), places, tuple(taps))
            return self._added(total, pixel, self._weight(k, places, channel, tuple(taps)))

        return self._sum((self.channels, *self.taps), term)

    def _kernel(self, at: Indices) -> Value:
        """Return kernel[k, (o,) c, f], the sum over images and, where these share it, over
        places."""
        b, (k, *rest) = self.b, at
        own, (channel, *taps) = rest[: -self.rank - 1], rest[-self.rank - 1 :]
        first = b.integer("mul", b.integer("floor_div", k, self.maps), self.channels)
        channel = b.integer("add", first, channel)

        def term(inner: Indices, total: Value) -> Value:
            n, *rest = inner
            places = tuple(own or rest)
            pixel = self._pixel(n, channel, places, tuple(taps))
            return self._added(total, pixel, b.load(self.output, (n, k, *places)))

        places = () if own else self.places
        return self._sum((self.output.extents[0], *places), term)

    def _image(self, at: Indices) -> Value:
        """Return image[n, c, i], the sum over outputs and the kernel positions that cover it."""
        b, op, (n, channel, *pixel) = self.b, self.op, at
        group = b.integer("floor_div", channel, self.channels)
        first = b.integer("mul", group, self.maps)
        channel = b.integer("sub", channel, b.integer("mul", group, self.channels))

        def term(inner: Indices, total: Value) -> Value:
            k, taps = b.integer("add", first, inner[0]), inner[1:]
            places: list[Value] = []
            inside: Value = Literal(True, "bool")
            for axis, tap in enumerate(taps):
                step = b.integer("mul", tap, Literal(op.dilations[axis]))
                steps = b.integer("sub", b.integer("add", pixel[axis], self.before[axis]), step)
                stride = Literal(op.strides[axis])
                place = b.integer("floor_div", steps, stride)
                even = b.test("eq", b.integer("mul", place, stride), steps)
                inside = b.test("and_", inside, even)
                inside = self._and_within(inside, place, self.places[axis])
                places.append(place)

            def added() -> Value:
                weight = self._weight(k, tuple(places), channel, taps)
                return self._added(total, weight, b.load(self.output, (n, k, *places)))

            return self._if(inside, added, total)

        return self._sum((self.maps, *self.taps), term)
