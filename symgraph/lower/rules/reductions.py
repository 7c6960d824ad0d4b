"""Reductions that are not combined by one scalar function over fixed axes."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.builder import Builder
from symgraph.lower.program import ONE, ZERO, Buffer, Literal, Scalar, Value

Indices = tuple[Value, ...]


def sum_to(b: Builder, node: Apply) -> None:
    """Where only running tells which axes are summed; or none, as is known."""
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
        b.buffers[node.outputs[0]] = x
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

            def turn(i: Sequence[Value]) -> None:
                value = b.cast(b.load(x, i), totals.dtype)
                b.store(spread, i, b.compute("add", totals.dtype, b.load(spread, i), value))

            b.nest(x.extents, turn)
        if totals is not out:
            with b.kernel():
                b.nest(extents, lambda i: b.store(out, i, b.cast(b.load(totals, i), out.dtype)))

    b.choose(same, lambda: b.copy(x, out), add_up)
    b.buffers[node.outputs[0]] = out


def arg_reduce(b: Builder, node: Apply) -> None:
    x, axis = b.buffer(node.inputs[0]), node.op.axis
    message = f"arg{node.op.kind} of nothing: the array is empty on axis {axis}"
    b.check(b.test("gt", x.extents[axis], ZERO), message, (), node)
    out = b.new("int64", [e for position, e in enumerate(x.extents) if position != axis])
    if axis == len(x.extents) - 1:
        _arg_along_rows(b, x, out, node.op.kind)
    else:
        _arg_across_rows(b, x, out, node.op.kind, axis)
    b.buffers[node.outputs[0]] = out


def _arg_along_rows(b: Builder, x: Buffer, out: Buffer, kind: str) -> None:
    """The extreme of a row, then the first place where it lies: each is a reduction that runs on
    vectors. The first nan wins over all numbers, as in NumPy."""
    work = "float32" if x.dtype == "float16" else x.dtype
    is_float = np.dtype(work).kind == "f"
    combine = "maximum" if kind == "max" else "minimum"
    length = x.extents[-1]

    def row(at: Indices) -> None:
        def value(position: Value) -> Value:
            return b.cast(b.load(x, (*at, position)), work)

        def extreme(position: Scalar, best: Scalar) -> Sequence[Value]:
            return [b.compute(combine, work, best, value(position), reassociable=is_float)]

        (best,) = b.loop(length, extreme, [value(ZERO)])

        def first(position: Scalar, place: Scalar) -> Sequence[Value]:
            here = value(position)
            found = b.test("eq", here, best)
            if is_float:
                found = b.test("or_", found, b.test("neq", here, here))
            return [b.integer("minimum", place, b.integer("switch", found, position, length))]

        (place,) = b.loop(length, first, [length])
        b.store(out, at, place)

    with b.kernel():
        b.nest(out.extents, row)


def _arg_across_rows(b: Builder, x: Buffer, out: Buffer, kind: str, axis: int) -> None:
    """Row by row, beside what was best so far in every place: loops run along rows."""
    best = b.new(x.dtype, out.extents)
    better = "gt" if kind == "max" else "lt"

    def begin(at: Indices) -> None:
        b.store(best, at, b.load(x, (*at[:axis], ZERO, *at[axis:])))
        b.store(out, at, ZERO)

    def turn(at: Indices) -> None:
        kept = (*at[:axis], *at[axis + 1 :])
        value, old = b.load(x, at), b.load(best, kept)
        wins = b.test(better, value, old)
        if np.dtype(x.dtype).kind == "f":
            # The first nan wins over all numbers.
            is_nan, was_nan = b.test("neq", value, value), b.test("neq", old, old)
            wins = b.test("or_", wins, b.test("and_", is_nan, b.test("invert", was_nan)))
        b.store(best, kept, b.compute("switch", x.dtype, wins, value, old))
        b.store(out, kept, b.integer("switch", wins, at[axis], b.load(out, kept)))

    with b.kernel():
        b.nest(out.extents, begin)
        b.nest(x.extents, turn)
