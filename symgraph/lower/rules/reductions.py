"""Lower sums over axes that are only known at run time."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.values import ONE, ZERO, Literal, Value
from symgraph.lower.writing.builder import Builder


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
