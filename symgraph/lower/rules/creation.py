"""Lower operations that make arrays from scalars, and from several arrays."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from symgraph.graph import LARGEST, Apply
from symgraph.lower.program.values import ZERO, Buffer, Literal, Value
from symgraph.lower.rules.views import check_sizes
from symgraph.lower.writing.builder import Builder
from symgraph.ops.scan import Scan


def join(b: Builder, node: Apply) -> None:
    axis = node.op.axis
    if is_history(node) and node.inputs[1] in b.histories:
        whole = b.histories[node.inputs[1]]
        b.bind(node.outputs[0], b.view(whole, b.extents(node.outputs[0]), whole.strides))
        return
    parts = [b.buffer(v) for v in node.inputs]
    for part in parts[1:]:
        for other, (have, want) in enumerate(zip(part.extents, parts[0].extents, strict=True)):
            if other != axis and have is not want:
                message = f"join along axis {axis}: extents {{0}} and {{1}} differ on axis {other}"
                b.check(b.test("eq", have, want), message, (have, want), node)
    joined = b.take_joined(node)
    inside = joined.inside if joined is not None else {}
    out = None if joined is None else joined.out
    if out is None:
        out = b.home(node.outputs[0])
    start: Value = ZERO
    for number, part in enumerate(parts):
        if inside.get(number) is not part:
            offset = b.integer("mul", start, out.strides[axis])
            _copy_cast(b, part, b.view(out, part.extents, out.strides, offset))
        start = b.integer("add", start, part.extents[axis])
    b.bind(node.outputs[0], out)


def is_history(node: Apply) -> bool:
    """Return whether a Join puts a state's initial values before those that a loop kept: the loop
    already stores them contiguously."""
    if node.op.axis != 0 or len(node.inputs) != 2:
        return False
    initial, kept = node.inputs
    loop = kept.owner
    if loop is None or not isinstance(loop.op, Scan):
        return False
    number = loop.outputs.index(kept)
    if number >= len(loop.op.states) or loop.op.states[number].keep != "all":
        return False
    return loop.op.parts(loop.inputs).initials[number] is initial


def _copy_cast(b: Builder, source: Buffer, target: Buffer) -> None:
    with b.kernel():
        b.nest(
            source.extents,
            lambda i: b.store(target, i, b.cast(b.load(source, i), target.dtype)),
        )


def arange(b: Builder, node: Apply) -> None:
    """Write the values only when needed in memory: used as an index they mostly are not."""
    start, stop, step = (b.scalar(v) for v in node.inputs)
    b.check(_not_zero(b, step), "arange: the step is zero", (), node)
    common = np.result_type(*(value.dtype for value in (start, stop, step)))
    if common.kind != "f":
        if start.dtype == "uint64":
            message = "arange counts in int64, which does not hold the start {0}"
            fits = b.test("le", start, Literal(LARGEST, "uint64"))
            b.check(fits, message, (b.size(start),), node)
        step = b.size(step)
    b.check(_counts(b, start, stop, step), "arange: there is no finite length", (), node)
    b.defer(node.outputs[0], partial(_write_arange, b, node, start, step))


def _write_arange(b: Builder, node: Apply, start: Value, step: Value) -> None:
    dtype = node.op.dtype
    out = b.new(dtype, b.extents(node.outputs[0]))
    work = "int64" if np.dtype(dtype).kind in "iub" else "float64"
    first, step = b.cast(b.cast(start, dtype), work), b.cast(step, work)
    if work == "float64":
        # NumPy's step: the difference of the first two values, in the dtype.
        second = b.cast(b.cast(b.compute("add", work, b.cast(start, work), step), dtype), work)
        step = b.compute("sub", work, second, first)

    def iteration(indices: Sequence[Value]) -> None:
        moved = b.compute("mul", work, b.cast(indices[0], work), step)
        b.store(out, indices, b.cast(b.compute("add", work, first, moved), dtype))

    with b.kernel():
        b.nest(out.extents, iteration)
    b.bind(node.outputs[0], out)


def _counts(b: Builder, start: Value, stop: Value, step: Value) -> Value:
    """Return whether the number of steps is finite."""
    common = np.result_type(*(value.dtype for value in (start, stop, step)))
    if common.kind != "f":
        return Literal(True, "bool")
    first, last, by = (b.cast(value, common.name) for value in (start, stop, step))
    steps = b.compute("true_div", common.name, b.compute("sub", common.name, last, first), by)
    return b.test("lt", b.compute("abs", common.name, steps), Literal(np.inf, common.name))


def _not_zero(b: Builder, value: Value) -> Value:
    if isinstance(value, Literal):
        return Literal(value.value != 0, "bool")
    return b.test("neq", value, Literal(np.dtype(value.dtype).type(0).item(), value.dtype))


def positions(b: Builder, node: Apply) -> None:
    """Write positions only when needed in memory: loops over the same extents compute them from
    their indices."""
    (out,) = node.outputs
    extents = b.extents(out)
    if not extents:
        b.bind_scalar(out, ZERO)
        return
    check_sizes(b, node, node.inputs, extents)
    b.defer(out, partial(_write_positions, b, node), counted=b.contiguous(extents))


def _write_positions(b: Builder, node: Apply) -> None:
    (variable,) = node.outputs
    out = b.new("int64", b.extents(variable))
    with b.kernel():
        b.nest(out.extents, lambda i: b.store(out, i, b.position(i, out.strides)))
    b.bind(variable, out)


def eye(b: Builder, node: Apply) -> None:
    dtype = node.op.dtype
    extents = b.extents(node.outputs[0])
    check_sizes(b, node, node.inputs[:2], extents)
    out = b.new(dtype, extents)
    diagonal = b.size(b.scalar(node.inputs[2]))

    def iteration(indices: Sequence[Value]) -> None:
        row, column = indices
        on = b.test("eq", column, b.integer("add", row, diagonal))
        b.store(out, indices, b.cast(on, dtype))

    with b.kernel():
        b.nest(out.extents, iteration)
    b.bind(node.outputs[0], out)
