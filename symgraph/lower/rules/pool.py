"""Lower max pooling and its derivatives, views of windows, and their overlap-add, to loops."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.types import Pool
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Value
from symgraph.lower.writing.builder import Builder
from symgraph.ops.pool import lowest

Indices = tuple[Value, ...]
# Limit on the cells of a window that are unrolled.
UNROLLED = 16
# Limit on the stride along the last axis of a `Pool`.
WIDEST_STEP = 4


def max_pool(b: Builder, node: Apply) -> None:
    p = _Pooling(b, node)
    out = b.bind(node.outputs[0], b.new(p.x.dtype, b.extents(node.outputs[0])))
    if p.by_statement("maximum", None, out):
        return
    with b.kernel():
        b.nest(out.extents, lambda at: b.store(out, at, p.largest(at)))


def max_pool_gradient(b: Builder, node: Apply) -> None:
    """Add the gradient of each window to each of its largest cells, window by window."""
    p = _Pooling(b, node)
    g = b.buffer(node.inputs[1])
    p.expect(g.extents, p.places)
    out = b.bind(node.outputs[0], b.new(g.dtype, p.x.extents))
    if p.by_statement("gradient", g, out):
        return
    work = _work_dtype(g.dtype)
    total = out if out.dtype == work else b.new(work, out.extents)
    zero = Literal(0.0, work)
    apart = p.apart
    if not (apart and p.covers):
        with b.kernel():
            b.nest(total.extents, lambda at: b.store(total, at, zero))

    def window(at: Indices) -> None:
        largest = p.largest(at)
        share = b.compute("true_div", work, b.cast(b.load(g, at), work), p.ties(at, largest, work))

        def cell(place: Indices, inside: Value, _: Value) -> Value:
            chosen = b.test("and_", inside, b.test("eq", b.load(p.x, place), largest))
            own = b.compute("switch", work, chosen, share, zero)
            if apart and p.whole:
                b.store(total, place, own)
            else:
                b.store(total, place, b.compute("add", work, b.load(total, place), own))
            return _

        p.over_cells(at, cell, ZERO)

    with b.kernel():
        b.nest(g.extents, window)
    if total is not out:
        with b.kernel():
            b.nest(out.extents, lambda at: b.store(out, at, b.cast(b.load(total, at), out.dtype)))


def max_pool_select(b: Builder, node: Apply) -> None:
    """Write the mean of another array over each window's largest cells."""
    p = _Pooling(b, node)
    v = b.buffer(node.inputs[1])
    p.expect(v.extents, p.x.extents)
    out = b.bind(node.outputs[0], b.new(v.dtype, b.extents(node.outputs[0])))
    if p.by_statement("select", v, out):
        return
    work = _work_dtype(v.dtype)

    def window(at: Indices) -> None:
        largest = p.largest(at)

        def cell(place: Indices, inside: Value, total: Value) -> Value:
            chosen = b.test("and_", inside, b.test("eq", b.load(p.x, place), largest))
            value = b.cast(b.load(v, place), work)
            own = b.compute("switch", work, chosen, value, Literal(0.0, work))
            return b.compute("add", work, total, own)

        total = p.over_cells(at, cell, Literal(0.0, work))
        mean = b.compute("true_div", work, total, p.ties(at, largest, work))
        b.store(out, at, b.cast(mean, out.dtype))

    with b.kernel():
        b.nest(out.extents, window)


def _work_dtype(dtype: str) -> str:
    """Return the dtype in which shares of a gradient are computed and summed."""
    if np.dtype(dtype).kind != "f":
        return "float64"
    return "float32" if dtype == "float16" else dtype


class _Pooling:
    """The windows of a node's first input."""

    def __init__(self, b: Builder, node: Apply) -> None:
        self.b = b
        self.node = node
        self.op: Any = node.op
        self.x = b.buffer(node.inputs[0])
        self.outer = len(self.x.extents) - self.op.spatial
        for axis in range(self.op.spatial):
            self._check(axis)
        extents = b.table[node.inputs[0]]
        self.places = tuple(b.extent(b.table.intern(e)) for e in self.op.pooled(extents))
        # Whether windows lie whole within x; whether they are disjoint; whether they cover all
        # cells.
        self.whole = not self.op.partial and not any(map(any, self.op.pads))
        axes = list(zip(self.op.window, self.op.strides, strict=True))
        self.apart = all(window <= stride for window, stride in axes)
        fill = zip(self.x.extents[self.outer :], self.op.window, strict=True)
        self.covers = self.whole and all(
            isinstance(e, Literal) and int(e.value) % window == 0 for e, window in fill
        )
        self.covers = self.covers and all(window == stride for window, stride in axes)

    def _check(self, axis: int) -> None:
        b, op = self.b, self.op
        extent = self.x.extents[self.outer + axis]
        if op.least[axis]:
            message = f"pooling: windows of {op.window} have no cell in an extent of {{0}}"
            b.check(b.test("ge", extent, ONE), message, (extent,), self.node)

    def by_statement(self, computes: str, other: Buffer | None, out: Buffer) -> bool:
        """Append a `Pool` where one can be used, and return whether one was."""
        arrays = [self.x, out, *([] if other is None else [other])]
        dtypes = {array.dtype for array in arrays}
        if not self.whole or (dtypes - {"float32"} and dtypes - {"float64"}):
            return False
        if np.prod(self.op.window) > UNROLLED or self.op.strides[-1] > WIDEST_STEP:
            return False
        if not all(x.strides == self.b.contiguous(x.extents) for x in arrays):
            return False
        op = self.op
        statement = Pool(computes, self.x, other, out, op.window, op.strides, op.shared)
        self.b.append(statement)
        return True

    def expect(self, have: Sequence[Value], want: Sequence[Value]) -> None:
        for axis, (one, other) in enumerate(zip(have, want, strict=True)):
            if one is not other:
                message = f"pooling: an extent of {{0}} on axis {axis} should be {{1}}"
                self.b.check(self.b.test("eq", one, other), message, (one, other), self.node)

    def over_cells(
        self, at: Indices, iteration: Callable[[Indices, Value, Value], Value], init: Value
    ) -> Value:
        """Call `iteration(place, inside, value)` for each cell of the window at a place, with the
        value that it returned for the cell before, and return the last. Where a cell is not inside,
        `place` is that of another cell."""
        window = self.op.window
        if np.prod(window) <= UNROLLED:
            value = init
            for cell in product(*map(range, window)):
                value = iteration(*self._cell(at, [Literal(i) for i in cell]), value)
            return value

        def level(axis: int, cell: Indices, value: Value) -> Value:
            if axis == len(window):
                return iteration(*self._cell(at, cell), value)
            (result,) = self.b.loop(
                Literal(window[axis]), lambda i, v: [level(axis + 1, (*cell, i), v)], [value]
            )
            return result

        return level(0, (), init)

    def _cell(self, at: Indices, cell: Sequence[Value]) -> tuple[Indices, Value]:
        b, op = self.b, self.op
        place = list(at[: self.outer])
        inside: Value = Literal(True, "bool")
        for axis, position in enumerate(cell):
            start = b.integer("mul", at[self.outer + axis], Literal(op.strides[axis]))
            index = b.integer("add", start, position)
            if not self.whole:
                extent = self.x.extents[self.outer + axis]
                index = b.integer("sub", index, Literal(op.pads[axis][0]))
                low, high = b.test("ge", index, ZERO), b.test("lt", index, extent)
                inside = b.test("and_", inside, b.test("and_", low, high))
                last = b.integer("sub", extent, ONE)
                index = b.integer("minimum", b.integer("maximum", index, ZERO), last)
            place.append(index)
        return tuple(place), inside

    def largest(self, at: Indices) -> Value:
        b, dtype = self.b, self.x.dtype
        least = Literal(lowest(np.dtype(dtype)), dtype)

        def cell(place: Indices, inside: Value, most: Value) -> Value:
            value: Value = b.load(self.x, place)
            if not isinstance(inside, Literal):
                value = b.compute("switch", dtype, inside, value, least)
            return b.compute("or_" if dtype == "bool" else "maximum", dtype, most, value)

        return self.over_cells(at, cell, least)

    def ties(self, at: Indices, largest: Value, dtype: str) -> Value:
        """Return the number of cells that are as large, among which the derivative is shared; 1
        where all are nan, so that none compares equal."""
        b = self.b
        if not self.op.shared:
            return Literal(1.0, dtype)

        def cell(place: Indices, inside: Value, count: Value) -> Value:
            equal = b.test("and_", inside, b.test("eq", b.load(self.x, place), largest))
            return b.compute("add", dtype, count, b.cast(equal, dtype))

        count = self.over_cells(at, cell, Literal(0.0, dtype))
        return b.compute("maximum", dtype, count, Literal(1.0, dtype))


def windows(b: Builder, node: Apply) -> None:
    x, op = b.buffer(node.inputs[0]), node.op
    outer = len(x.extents) - len(op.window)
    steps = zip(x.strides[outer:], op.strides, strict=True)
    strides = [b.integer("mul", stride, Literal(step)) for stride, step in steps]
    b.bind(
        node.outputs[0],
        b.view(x, b.extents(node.outputs[0]), (*x.strides[:outer], *strides, *x.strides[outer:])),
    )


def overlap_add(b: Builder, node: Apply) -> None:
    """Add each cell of each window at its place in the result, window by window."""
    x, op = b.buffer(node.inputs[0]), node.op
    n = len(op.window)
    extents = b.extents(node.outputs[0])
    outer = len(extents) - n
    _check_overlap(b, node, x, extents[outer:])
    out = b.bind(node.outputs[0], b.new(x.dtype, extents))
    # float16 accumulates in float32.
    work = "float32" if x.dtype == "float16" else x.dtype
    total = out if work == out.dtype else b.new(work, extents)
    zero = Literal(np.dtype(work).type(0).item(), work)
    with b.kernel():
        b.nest(extents, lambda at: b.store(total, at, zero))

    def iteration(at: Indices) -> None:
        place = list(at[:outer])
        for axis, step in enumerate(op.strides):
            start = b.integer("mul", at[outer + axis], Literal(step))
            place.append(b.integer("add", start, at[outer + n + axis]))
        value = b.cast(b.load(x, at), work)
        fn = "or_" if work == "bool" else "add"
        b.store(total, place, b.compute(fn, work, b.load(total, place), value))

    with b.kernel():
        b.nest(x.extents, iteration)
    if total is not out:
        with b.kernel():
            b.nest(extents, lambda at: b.store(out, at, b.cast(b.load(total, at), out.dtype)))


def _check_overlap(b: Builder, node: Apply, x: Buffer, extents: Sequence[Value]) -> None:
    op: Any = node.op
    n = len(op.window)
    outer = len(x.extents) - 2 * n
    for axis, (window, step) in enumerate(zip(op.window, op.strides, strict=True)):
        room = b.integer("sub", extents[axis], Literal(window))
        made = b.integer("add", b.integer("floor_div", room, Literal(step)), ONE)
        made = b.integer("maximum", made, ZERO)
        pairs = ((x.extents[outer + axis], made), (x.extents[outer + n + axis], Literal(window)))
        for have, want in pairs:
            if have is not want:
                message = "overlap_add: an extent of {0} where the result's make it {1}"
                b.check(b.test("eq", have, want), message, (have, want), node)
