"""How each operation that is not elementwise becomes views, loops or library calls.

One function per op class, in `RULES`; `VIEWS` are those that only describe memory anew.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgraph.graph import Apply, Variable
from symgraph.lower.builder import Builder
from symgraph.lower.program import ONE, ZERO, Buffer, Literal, MatMul, Scalar, Value
from symgraph.ops import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    Arange,
    ArgReduce,
    BroadcastTo,
    DimShuffle,
    Dot,
    Eye,
    IncSubtensor,
    Join,
    Reshape,
    ShapeOf,
    SpecifyShape,
    Subtensor,
    SumTo,
)
from symgraph.ops.advanced_subtensor import array_axes, array_position
from symgraph.ops.subtensor import Slice, Template, bind, slice_start_and_extent

Rule = Callable[[Builder, Apply], None]


# --- views ---


def shape_of(b: Builder, node: Apply) -> None:
    b.scalars[node.outputs[0]] = b.extent(b.table[node.inputs[0]][node.op.axis])


def dimshuffle(b: Builder, node: Apply) -> None:
    x = b.buffer(node.inputs[0])
    order = node.op.order
    for axis in range(len(x.extents)):
        if axis not in order:
            message = f"dimshuffle{order}: cannot drop axis {axis}: its extent is {{0}}, not 1"
            b.check(b.test("eq", x.extents[axis], ONE), message, (x.extents[axis],), node)
    extents = [ONE if entry == "x" else x.extents[entry] for entry in order]
    strides = [ZERO if entry == "x" else x.strides[entry] for entry in order]
    b.buffers[node.outputs[0]] = b.view(x, extents, strides)


def broadcast_to(b: Builder, node: Apply) -> None:
    x = b.buffer(node.inputs[0])
    extents = b.extents(node.outputs[0])
    strides: list[Value] = []
    for axis, (have, want, stride) in enumerate(zip(x.extents, extents, x.strides, strict=True)):
        if have is want or have == want:
            strides.append(stride)
        elif have == ONE:
            strides.append(ZERO)
        else:
            is_one = b.test("eq", have, ONE)
            fits = b.test("or_", is_one, b.test("eq", have, want))
            message = f"an extent of {{0}} on axis {axis} cannot be broadcast to {{1}}"
            b.check(fits, message, (have, want), node)
            strides.append(b.integer("switch", is_one, ZERO, stride))
    b.buffers[node.outputs[0]] = b.view(x, extents, strides)


def product(b: Builder, extents: Sequence[Value]) -> Value:
    total: Value = ONE
    for extent in extents:
        total = b.integer("mul", total, extent)
    return total


def contiguous(b: Builder, x: Buffer) -> Buffer:
    """`x` itself where it is known to be contiguous, else a copy that is."""
    if x.contiguous:
        return x
    copy = b.new(x.dtype, x.extents)
    b.copy(x, copy)
    return copy


def reshape(b: Builder, node: Apply) -> None:
    x = contiguous(b, b.buffer(node.inputs[0]))
    extents = b.extents(node.outputs[0])
    old, new = product(b, x.extents), product(b, extents)
    if old != new:
        message = "an array of {0} elements cannot be reshaped to one of {1}"
        b.check(b.test("eq", old, new), message, (old, new), node)
    for axis, extent in enumerate(extents):
        message = f"reshape: a negative extent {{0}} on axis {axis}"
        b.check(b.test("ge", extent, ZERO), message, (extent,), node)
    view = b.view(x, extents, b.contiguous(extents))
    view.kind = "reshaped"
    b.buffers[node.outputs[0]] = view


def specify_shape(b: Builder, node: Apply) -> None:
    """The same buffer, whose extents are checked against those given."""
    x, *given = node.inputs
    buffer = b.buffer(x)
    for axis, (have, said) in enumerate(zip(buffer.extents, given, strict=True)):
        want = b.cast(b.extent(b.table.intern(said)), "int64")
        if have is want or have == want:
            continue
        message = f"an extent of {{0}} on axis {axis} was specified to be {{1}}"
        b.check(b.test("eq", have, want), message, (have, want), node)
    b.buffers[node.outputs[0]] = b.view(buffer, b.extents(node.outputs[0]), buffer.strides)


def located(
    b: Builder, node: Apply, template: Template, x: Buffer, indices: Sequence[Variable]
) -> Buffer:
    """The part of `x` that integers and slices select, as a view."""
    extents: list[Value] = []
    strides: list[Value] = []
    offset: Value = ZERO
    for axis, entry in enumerate(bind(template, indices)):
        size, stride = x.extents[axis], x.strides[axis]
        if isinstance(entry, tuple):
            first, count, step = (
                b.extent(b.table.intern(e))
                for e in slice_start_and_extent(entry, b.table[node.inputs[0]][axis])
            )
            if entry[2] is not None:
                message = "a slice cannot step by zero"
                b.check(b.test("neq", step, ZERO), message, (), node)
            extents.append(count)
            strides.append(b.integer("mul", step, stride))
        else:
            first = wrapped(b, b.cast(b.scalar(entry), "int64"), size)
            message = f"index {{0}} is out of bounds for axis {axis} with size {{1}}"
            b.check(_within(b, first, size), message, (first, size), node)
        offset = b.integer("add", offset, b.integer("mul", first, stride))
    rest = len(template)
    return b.view(x, [*extents, *x.extents[rest:]], [*strides, *x.strides[rest:]], offset)


def wrapped(b: Builder, index: Value, size: Value) -> Value:
    """A negative index counts from the end."""
    if isinstance(index, Literal) and index.value >= 0:
        return index
    return b.integer("switch", b.test("lt", index, ZERO), b.integer("add", index, size), index)


def _within(b: Builder, index: Value, size: Value) -> Value:
    return b.test("and_", b.test("ge", index, ZERO), b.test("lt", index, size))


def subtensor(b: Builder, node: Apply) -> None:
    x, *indices = node.inputs
    b.buffers[node.outputs[0]] = located(b, node, node.op.template, b.buffer(x), indices)


# --- loops ---


def sum_to(b: Builder, node: Apply) -> None:
    x, extents = b.buffer(node.inputs[0]), b.extents(node.outputs[0])
    same: Value = Literal(True, "bool")
    for axis, (have, want) in enumerate(zip(x.extents, extents, strict=True)):
        if have is want or have == want:
            continue
        equal = b.test("eq", have, want)
        fits = b.test("or_", equal, b.test("eq", want, ONE))
        message = f"an extent of {{0}} on axis {axis} does not sum to {{1}}"
        b.check(fits, message, (have, want), node)
        same = b.test("and_", same, equal) if isinstance(same, (Scalar,)) else equal
    out = b.new(x.dtype, extents)

    def add_up() -> None:
        zero = Literal(np.dtype(x.dtype).type(0).item(), x.dtype)
        with b.kernel():
            b.nest(extents, lambda i: b.store(out, i, zero))
        strides = [
            b.integer("switch", b.test("eq", want, ONE), ZERO, stride)
            for want, stride in zip(extents, out.strides, strict=True)
        ]
        spread = b.view(out, x.extents, strides)
        with b.kernel():

            def turn(i: Sequence[Value]) -> None:
                total = b.compute("add", x.dtype, b.load(spread, i), b.load(x, i))
                b.store(spread, i, total)

            b.nest(x.extents, turn)

    b.choose(same, lambda: b.copy(x, out), add_up)
    b.buffers[node.outputs[0]] = out


def dot(b: Builder, node: Apply) -> None:
    left, right = (b.buffer(v) for v in node.inputs)
    out_type = node.outputs[0].type
    inner_a, inner_b = left.extents[-1], right.extents[0]
    if inner_a is not inner_b:
        message = "dot: shapes do not fit: {0} columns and {1} rows"
        b.check(b.test("eq", inner_a, inner_b), message, (inner_a, inner_b), node)
    out = b.new(out_type.dtype, b.extents(node.outputs[0]))
    b.buffers[node.outputs[0]] = out
    a = _as_matrix(b, left, True)
    c = _as_matrix(b, right, False)
    rows, columns = a.extents[0], c.extents[1]
    matrix = b.view(
        out, (rows, columns), (columns if len(out.extents) == 2 else _line(out, rows), ONE)
    )
    if out_type.dtype in ("float32", "float64"):
        a, c = (_for_blas(b, b_in, out_type.dtype) for b_in in (a, c))
        b.block.append(MatMul(matrix, a, c))
    else:
        _dot_by_loops(b, matrix, a, c)


def _line(out: Buffer, rows: Value) -> Value:
    """The row stride of a vector or scalar seen as a matrix of one column or one row."""
    return ONE if rows != ONE else Literal(1)


def _as_matrix(b: Builder, x: Buffer, is_left: bool) -> Buffer:
    """A vector as a row on the left, and as a column on the right."""
    if len(x.extents) == 2:
        return x
    (extent,), (stride,) = x.extents, x.strides
    if is_left:
        return b.view(x, (ONE, extent), (extent, stride))
    return b.view(x, (extent, ONE), (stride, ONE))


def _for_blas(b: Builder, x: Buffer, dtype: str) -> Buffer:
    """`x` in the dtype of the product with a stride known to be 1; a copy where it is not."""
    if x.dtype == dtype and ONE in x.strides and ZERO not in x.strides and _plain_strides(x):
        return x
    copy = b.new(dtype, x.extents)
    with b.kernel():
        b.nest(x.extents, lambda i: b.store(copy, i, b.cast(b.load(x, i), dtype)))
    return copy


def _plain_strides(x: Buffer) -> bool:
    """Whether the other stride is that of whole rows: a slice with a step could run backwards."""
    root = x.base
    while root is not None:
        if root.kind not in ("view",):
            return set(x.strides) <= {*root.strides, ONE, *x.extents}
        root = root.base
    return True


def _dot_by_loops(b: Builder, out: Buffer, a: Buffer, c: Buffer) -> None:
    """Products of integers, or of float16 summed in float32."""
    work = "float32" if out.dtype == "float16" else out.dtype
    fn_mul, fn_add = ("and_", "or_") if work == "bool" else ("mul", "add")

    def element(indices: Sequence[Value]) -> None:
        i, j = indices

        def step(k: Scalar, total: Scalar) -> Sequence[Value]:
            x, y = b.cast(b.load(a, (i, k)), work), b.cast(b.load(c, (k, j)), work)
            return [b.compute(fn_add, work, total, b.compute(fn_mul, work, x, y))]

        zero = Literal(np.dtype(work).type(0).item(), work)
        (total,) = b.loop(a.extents[1], step, [zero])
        b.store(out, indices, b.cast(total, out.dtype))

    with b.kernel():
        b.nest(out.extents, element)


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


def join(b: Builder, node: Apply) -> None:
    axis, dtype = node.op.axis, node.outputs[0].type.dtype
    parts = [b.buffer(v) for v in node.inputs]
    for part in parts[1:]:
        for other, (have, want) in enumerate(zip(part.extents, parts[0].extents, strict=True)):
            if other != axis and have is not want:
                message = f"join along axis {axis}: extents {{0}} and {{1}} differ on axis {other}"
                b.check(b.test("eq", have, want), message, (have, want), node)
    out = b.new(dtype, b.extents(node.outputs[0]))
    start: Value = ZERO
    for part in parts:
        target = b.view(out, part.extents, out.strides, b.integer("mul", start, out.strides[axis]))
        _copy_cast(b, part, target)
        start = b.integer("add", start, part.extents[axis])
    b.buffers[node.outputs[0]] = out


def _copy_cast(b: Builder, source: Buffer, target: Buffer) -> None:
    with b.kernel():
        b.nest(
            source.extents,
            lambda i: b.store(target, i, b.cast(b.load(source, i), target.dtype)),
        )


def arange(b: Builder, node: Apply) -> None:
    start, _, step = (b.scalar(v) for v in node.inputs)
    b.check(_not_zero(b, step), "arange: the step is zero", (), node)
    dtype = node.op.dtype
    out = b.new(dtype, b.extents(node.outputs[0]))
    work = "int64" if np.dtype(dtype).kind in "iub" else "float64"
    first, step = b.cast(b.cast(start, dtype), work), b.cast(step, work)
    if work == "float64":
        # NumPy's own steps: the difference of the first two values, in the dtype.
        second = b.cast(b.cast(b.compute("add", work, b.cast(start, work), step), dtype), work)
        step = b.compute("sub", work, second, first)

    def turn(indices: Sequence[Value]) -> None:
        moved = b.compute("mul", work, b.cast(indices[0], work), step)
        b.store(out, indices, b.cast(b.compute("add", work, first, moved), dtype))

    with b.kernel():
        b.nest(out.extents, turn)
    b.buffers[node.outputs[0]] = out


def _not_zero(b: Builder, value: Value) -> Value:
    if isinstance(value, Literal):
        return Literal(value.value != 0, "bool")
    return b.test("neq", value, Literal(np.dtype(value.dtype).type(0).item(), value.dtype))


def eye(b: Builder, node: Apply) -> None:
    dtype = node.op.dtype
    out = b.new(dtype, b.extents(node.outputs[0]))
    diagonal = b.cast(b.scalar(node.inputs[2]), "int64")

    def turn(indices: Sequence[Value]) -> None:
        row, column = indices
        on = b.test("eq", column, b.integer("add", row, diagonal))
        b.store(out, indices, b.cast(on, dtype))

    with b.kernel():
        b.nest(out.extents, turn)
    b.buffers[node.outputs[0]] = out


def inc_subtensor(b: Builder, node: Apply) -> None:
    x, y, *indices = node.inputs
    source = b.buffer(x)
    out = b.new(source.dtype, source.extents)
    b.copy(source, out)
    target = located(b, node, node.op.template, out, indices)
    value = _spread(b, node, b.buffer(y), target.extents)

    def turn(i: Sequence[Value]) -> None:
        _write(b, node, target, i, b.load(value, i))

    with b.kernel():
        b.nest(target.extents, turn)
    b.buffers[node.outputs[0]] = out


def _write(b: Builder, node: Apply, target: Buffer, i: Sequence[Value], value: Value) -> None:
    value = b.cast(value, target.dtype)
    if not node.op.set:
        fn = "or_" if target.dtype == "bool" else "add"
        value = b.compute(fn, target.dtype, b.load(target, i), value)
    b.store(target, i, value)


def _spread(b: Builder, node: Apply, y: Buffer, extents: Sequence[Value]) -> Buffer:
    """`y` seen under the extents it is broadcast to."""
    missing = len(extents) - len(y.extents)
    strides: list[Value] = [ZERO] * missing
    for have, want, stride in zip(y.extents, extents[missing:], y.strides, strict=True):
        if have is want or have == want:
            strides.append(stride)
            continue
        is_one = b.test("eq", have, ONE)
        fits = b.test("or_", is_one, b.test("eq", have, want))
        message = "the value has extent {0} where the selected part has {1}"
        b.check(fits, message, (have, want), node)
        strides.append(b.integer("switch", is_one, ZERO, stride))
    return b.view(y, extents, strides)


class _Gather:
    """The address of each element that arrays of integers select in `x`."""

    def __init__(
        self,
        b: Builder,
        node: Apply,
        x: Buffer,
        template: Template,
        inputs: Sequence[Variable],
        extents: Sequence[Value],
    ) -> None:
        self.b = b
        self.template = template
        entries = bind(template, inputs)
        self.extents = tuple(extents)
        self.arrays = array_axes(template)
        self.common = max(entries[axis].type.ndim for axis in self.arrays)
        self.position = array_position(template)
        inner = [
            e if isinstance(template[axis], Slice) else (None, None, None)
            for axis, e in enumerate(entries)
        ]
        # All slices applied; what arrays index is still whole.
        whole = tuple(e if isinstance(e, Slice) else Slice() for e in template)
        bounds = [v for e in inner for v in e if v is not None]
        self.part = located(b, node, whole, x, bounds)
        common = self.extents[self.position : self.position + self.common]
        self.indices: dict[int, Buffer] = {}
        for axis in self.arrays:
            index = _spread(b, node, b.buffer(entries[axis]), common)
            self._check_bounds(node, index, x.extents[axis], axis)
            self.indices[axis] = index

    def _check_bounds(self, node: Apply, index: Buffer, size: Value, axis: int) -> None:
        """One pass over the indices before any is used."""
        b = self.b
        worst = b.new("int64", ())
        b.store(worst, (), ZERO)
        with b.kernel():

            def turn(i: Sequence[Value]) -> None:
                value = b.cast(b.load(index, i), "int64")
                low = b.test("lt", value, b.integer("neg", size))
                bad = b.test("or_", low, b.test("ge", value, size))
                old = b.load(worst, ())
                code = b.integer("add", b.integer("mul", value, Literal(2)), ONE)
                b.store(worst, (), b.integer("switch", bad, code, old))

            b.nest(index.extents, turn)
        found = b.load(worst, ())
        wrong = b.integer("floor_div", found, Literal(2))
        message = f"index {{0}} is out of bounds for axis {axis} with size {{1}}"
        b.check(b.test("eq", found, ZERO), message, (wrong, size), node)

    def source(self, at: Sequence[Value]) -> tuple[Value, ...]:
        """The indices into `part` of the element at `at` in the result."""
        b = self.b
        chosen = at[self.position : self.position + self.common]
        plain = iter([*at[: self.position], *at[self.position + self.common :]])
        result: list[Value] = []
        for axis in range(len(self.part.extents)):
            if axis in self.indices:
                index = b.cast(b.load(self.indices[axis], chosen), "int64")
                result.append(wrapped(b, index, self.part.extents[axis]))
            else:
                result.append(next(plain))
        return tuple(result)


def advanced_subtensor(b: Builder, node: Apply) -> None:
    x, *indices = node.inputs
    extents = b.extents(node.outputs[0])
    gather = _Gather(b, node, b.buffer(x), node.op.template, indices, extents)
    out = b.new(node.outputs[0].type.dtype, extents)
    with b.kernel():
        b.nest(extents, lambda i: b.store(out, i, b.load(gather.part, gather.source(i))))
    b.buffers[node.outputs[0]] = out


def advanced_inc_subtensor(b: Builder, node: Apply) -> None:
    x, y, *indices = node.inputs
    source = b.buffer(x)
    selected = node.op.selected(x, *indices).owner
    b.table.of[selected.outputs[0]] = tuple(
        b.table.intern(e)
        for e in selected.op.infer_shape(selected, [b.table[v] for v in selected.inputs])[0]
    )
    extents = b.extents(selected.outputs[0])
    out = b.new(source.dtype, source.extents)
    b.copy(source, out)
    gather = _Gather(b, node, out, node.op.template, indices, extents)
    value = _spread(b, node, b.buffer(y), extents)
    with b.kernel():
        b.nest(
            extents,
            lambda i: _write(b, node, gather.part, gather.source(i), b.load(value, i)),
        )
    b.buffers[node.outputs[0]] = out


RULES: dict[Any, Rule] = {
    AdvancedIncSubtensor: advanced_inc_subtensor,
    AdvancedSubtensor: advanced_subtensor,
    Arange: arange,
    ArgReduce: arg_reduce,
    BroadcastTo: broadcast_to,
    DimShuffle: dimshuffle,
    Dot: dot,
    Eye: eye,
    IncSubtensor: inc_subtensor,
    Join: join,
    Reshape: reshape,
    ShapeOf: shape_of,
    SpecifyShape: specify_shape,
    Subtensor: subtensor,
    SumTo: sum_to,
}
VIEWS = (BroadcastTo, DimShuffle, Reshape, ShapeOf, SpecifyShape, Subtensor)
