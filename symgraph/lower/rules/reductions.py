"""Reductions that are not combined by one scalar function over fixed axes."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.builder import Builder
from symgraph.lower.program import ONE, ZERO, Literal, Scalar, Value


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
    better = "gt" if node.op.kind == "max" else "lt"

    def line(indices: Sequence[Value]) -> None:
        def at(position: Value) -> Value:
            return b.load(x, (*indices[:axis], position, *indices[axis:]))

        def step(position: Scalar, best: Scalar, where: Scalar) -> Sequence[Value]:
            value = at(position)
            wins = b.test(better, value, best)
            if np.dtype(x.dtype).kind == "f":
                # The first nan wins over all numbers.
                first_nan = b.test("neq", value, value)
                old_nan = b.test("neq", best, best)
                fresh = b.test("and_", first_nan, b.test("invert", old_nan))
                wins = b.test("or_", wins, fresh)
            return [
                b.compute("switch", x.dtype, wins, value, best),
                b.integer("switch", wins, position, where),
            ]

        _, where = b.loop(x.extents[axis], step, [at(ZERO), ZERO])
        b.store(out, indices, where)

    with b.kernel():
        b.nest(out.extents, line)
    b.buffers[node.outputs[0]] = out
