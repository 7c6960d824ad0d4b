"""Lower searches in sorted vectors to bisections of a fixed number of steps, without branches."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.values import ONE, ZERO, Literal, Scalar, Value
from symgraph.lower.writing.builder import Builder

# A vector of 2**k numbers or more is bisected k + 1 times; none has as many as 2**62.
POWERS = 62


def search_sorted(b: Builder, node: Apply) -> None:
    numbers, values = map(b.buffer, node.inputs)
    out, count = b.home(node.outputs[0]), numbers.extents[0]
    last = b.integer("sub", count, ONE)

    def counted(power: Scalar, so_far: Scalar) -> Sequence[Value]:
        more = b.test("le", b.integer("left_shift", ONE, power), count)
        return [b.integer("add", so_far, b.cast(more, "int64"))]

    def search(at: Sequence[Value], steps: Value) -> None:
        value = b.load(values, at)

        def bisect(_: Scalar, start: Scalar, length: Scalar) -> Sequence[Value]:
            half = b.integer("right_shift", length, ONE)
            middle = b.integer("add", start, half)
            number = b.load(numbers, (b.integer("minimum", middle, last),))
            if node.op.side == "left":
                before = _comes_before(b, number, value)
            else:
                before = b.test("invert", _comes_before(b, value, number))
            moves = b.test("and_", before, b.test("gt", length, ZERO))
            behind = b.integer("sub", b.integer("sub", length, half), ONE)
            return [
                b.integer("switch", moves, b.integer("add", middle, ONE), start),
                b.integer("switch", moves, behind, half),
            ]

        start, _ = b.loop(steps, bisect, [ZERO, count])
        b.store(out, at, start)

    if isinstance(count, Literal):
        steps: Value = Literal(int(count.value).bit_length())
    else:
        (steps,) = b.loop(Literal(POWERS), counted, [ZERO])
    with b.kernel():
        b.nest(values.extents, lambda at: search(at, steps))
    b.bind(node.outputs[0], out)


def _comes_before(b: Builder, one: Value, other: Value) -> Value:
    """Return whether one number comes before another, nan after all numbers."""
    less = b.test("lt", one, other)
    if np.dtype(one.dtype).kind != "f":
        return less
    only_other = b.test("and_", b.test("isnan", other), b.test("eq", one, one))
    return b.test("or_", less, only_other)
