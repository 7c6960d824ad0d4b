"""Lower reductions that are not one scalar function over fixed axes."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Scalar, Value
from symgraph.lower.writing.builder import Builder

Indices = tuple[Value, ...]
# Of places in a block: more of them fit into a vector.
PLACE = "int32"


def sum_to(b: Builder, node: Apply) -> None:
    """Sum over axes that are only known at run time; over none, where that is known."""
    x, extents = b.buffer(node.inputs[0]), b.extents(node.outputs[0])
    same: Value = Literal(True, "bool")
    for axis, (have, want) in enumerate(zip(x.extents, extents, strict=True)):
        if have is want or have == want:
            continue
        equal = b.test("eq", have, want)
        fits = b.test("or_", equal, b.test("eq", want, ONE))
        message = f"an extent of {{0}} on axis {axis} does not sum to {{1}}"
        b.check(fits, message, (have, want), node)
        same = b.test("and_", same, equal)
    if isinstance(same, Literal) and same.value:
        b.bind(node.outputs[0], x)
        return
    out = b.new(x.dtype, extents)
    # float16 accumulates in float32.
    totals = out if x.dtype != "float16" else b.new("float32", extents)

    def add_up() -> None:
        zero = Literal(np.dtype(totals.dtype).type(0).item(), totals.dtype)
        with b.kernel():
            b.nest(extents, lambda i: b.store(totals, i, zero))
        strides = [
            b.integer("switch", b.test("eq", want, ONE), ZERO, stride)
            for want, stride in zip(extents, totals.strides, strict=True)
        ]
        spread = b.view(totals, x.extents, strides)
        with b.kernel():

            def iteration(i: Sequence[Value]) -> None:
                value = b.cast(b.load(x, i), totals.dtype)
                b.store(spread, i, b.compute("add", totals.dtype, b.load(spread, i), value))

            b.nest(x.extents, iteration)
        if totals is not out:
            with b.kernel():
                b.nest(extents, lambda i: b.store(out, i, b.cast(b.load(totals, i), out.dtype)))

    b.choose(same, lambda: b.copy(x, out), add_up)
    b.bind(node.outputs[0], out)


def arg_reduce(b: Builder, node: Apply) -> None:
    x, axis = b.buffer(node.inputs[0]), node.op.axis
    message = f"arg{node.op.kind} of nothing: the array is empty on axis {axis}"
    b.check(b.test("gt", x.extents[axis], ZERO), message, (), node)
    out = b.new("int64", [e for position, e in enumerate(x.extents) if position != axis])
    if axis == len(x.extents) - 1:
        _arg_along_rows(b, x, out, node.op.kind)
    else:
        _arg_across_rows(b, x, out, node.op.kind, axis)
    b.bind(node.outputs[0], out)


def _arg_along_rows(b: Builder, x: Buffer, out: Buffer, kind: str) -> None:
    """Find the extreme of a row, block by block, and then its first place in the winning block:
    both are reductions that vectorise. The first nan wins over all numbers, as in NumPy."""
    work = "float32" if x.dtype == "float16" else x.dtype
    combine = "maximum" if kind == "max" else "minimum"
    length = x.extents[-1]

    def row(at: Indices) -> None:
        def value(position: Value) -> Value:
            return b.cast(b.load(x, (*at, position)), work)

        def width(start: Value) -> Value:
            return b.integer("minimum", Literal(b.target.searched), b.integer("sub", length, start))

        def extreme(start: Value) -> Value:
            def step(index: Scalar, best: Scalar) -> Sequence[Value]:
                here = value(b.integer("add", start, index))
                return [_extreme_of(b, combine, best, here)]

            return b.loop(width(start), step, [value(start)])[0]

        def block(index: Scalar, best: Scalar, winner: Scalar) -> Sequence[Value]:
            start = b.integer("mul", index, Literal(b.target.searched))
            found = extreme(start)
            wins = _wins(b, kind, found, best)
            return [
                b.compute("switch", work, wins, found, best),
                b.integer("switch", wins, start, winner),
            ]

        best: Value = value(ZERO)
        start: Value = ZERO
        if not isinstance(length, Literal) or length.value > b.target.searched:
            last = b.integer("add", length, Literal(b.target.searched - 1))
            blocks = b.integer("floor_div", last, Literal(b.target.searched))
            best, start = b.loop(blocks, block, [best, start])
        else:
            best = extreme(ZERO)

        def first(index: Scalar, place: Scalar) -> Sequence[Value]:
            here = value(b.integer("add", start, index))
            found = b.test("eq", here, best)
            if np.dtype(work).kind == "f":
                found = b.test("or_", found, b.test("neq", here, here))
            mine = b.compute("switch", PLACE, found, b.cast(index, PLACE), behind)
            return [b.compute("minimum", PLACE, place, mine)]

        behind = Literal(b.target.searched, PLACE)
        (within,) = b.loop(width(start), first, [behind])
        place = b.integer("add", start, b.cast(within, "int64"))
        b.store(out, at, place)

    with b.kernel():
        b.nest(out.extents, row)


def _extreme_of(b: Builder, combine: str, one: Value, other: Value) -> Value:
    is_float = np.dtype(one.dtype).kind == "f"
    return b.compute(combine, one.dtype, one, other, reassociable=is_float)


def _wins(b: Builder, kind: str, value: Value, old: Value) -> Value:
    """Return whether a later value replaces an earlier one: the first nan wins."""
    wins = b.test("gt" if kind == "max" else "lt", value, old)
    if np.dtype(value.dtype).kind == "f":
        is_nan, was_nan = b.test("neq", value, value), b.test("neq", old, old)
        wins = b.test("or_", wins, b.test("and_", is_nan, b.test("invert", was_nan)))
    return wins


def _arg_across_rows(b: Builder, x: Buffer, out: Buffer, kind: str, axis: int) -> None:
    """Compare row by row with the best so far in every place, so that loops run along rows."""
    best = b.new(x.dtype, out.extents)

    def begin(at: Indices) -> None:
        b.store(best, at, b.load(x, (*at[:axis], ZERO, *at[axis:])))
        b.store(out, at, ZERO)

    def iteration(at: Indices) -> None:
        kept = (*at[:axis], *at[axis + 1 :])
        value, old = b.load(x, at), b.load(best, kept)
        wins = _wins(b, kind, value, old)
        b.store(best, kept, b.compute("switch", x.dtype, wins, value, old))
        b.store(out, kept, b.integer("switch", wins, at[axis], b.load(out, kept)))

    with b.kernel():
        b.nest(out.extents, begin)
        b.nest(x.extents, iteration)
