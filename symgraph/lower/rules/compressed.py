"""Lower the operations on compressed matrices to loops over their rows."""

from collections.abc import Callable, Sequence

from symgraph.graph import Apply
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Scalar, Value
from symgraph.lower.writing.builder import Builder
from symgraph.ops.compressed import FALLING, NO_POINTERS, OTHER_ENTRIES, OTHER_ROWS, OUTSIDE
from symgraph.ops.compressed_structure import WRONG_LENGTHS

# Writes the code of an entry, from its row, its index and its number.
Visit = Callable[[Value, Value, Value], None]


class Entries:
    """The entries of a compressed matrix, whose pointers have been checked."""

    def __init__(self, b: Builder, node: Apply, indices: Buffer, pointers: Buffer) -> None:
        self.b, self.node = b, node
        self.indices, self.pointers = indices, pointers
        self.count = indices.extents[0]
        check_pointers(b, node, pointers, self.count)
        self.rows = b.integer("sub", pointers.extents[0], ONE)

    def within(self, extent: Value) -> "Entries":
        """Check that all indices are within the extent."""
        check_indices(self.b, self.node, self.indices, extent)
        return self

    def of_row(self, row: Value) -> tuple[Value, Value]:
        """Return the first entry of a row, and their number."""
        b = self.b
        first, end = (
            b.cast(b.load(self.pointers, (at,)), "int64")
            for at in (row, b.integer("add", row, ONE))
        )
        return first, b.integer("sub", end, first)

    def index(self, entry: Value) -> Value:
        return self.b.cast(self.b.load(self.indices, (entry,)), "int64")

    def each(self, visit: Visit) -> None:
        """Write a loop over all rows, and in it one over the entries of the row."""
        b = self.b

        def row(i: Scalar) -> None:
            first, count = self.of_row(i)

            def entry(k: Scalar) -> None:
                number = b.integer("add", first, k)
                visit(i, self.index(number), number)

            b.loop(count, entry)

        b.loop(self.rows, row)


def check_pointers(b: Builder, node: Apply, pointers: Buffer, entries: Value) -> None:
    """Check that pointers rise from 0 to the number of entries."""
    if not b.check_once(("pointers", _place(pointers), entries)):
        return
    given = pointers.extents[0]
    b.check(b.test("ge", given, ONE), NO_POINTERS, (given,), node)
    wrong = b.new("int64", ())
    last = b.integer("sub", given, ONE)

    def at(position: Value) -> Value:
        return b.cast(b.load(pointers, (position,)), "int64")

    def step(i: Scalar, so_far: Scalar) -> Sequence[Value]:
        falls = b.test("lt", at(b.integer("add", i, ONE)), at(i))
        return [b.integer("maximum", so_far, b.cast(falls, "int64"))]

    with b.kernel():
        ends = b.test("or_", b.test("neq", at(ZERO), ZERO), b.test("neq", at(last), entries))
        (found,) = b.loop(last, step, [ZERO])
        b.store(wrong, (), b.integer("maximum", found, b.cast(ends, "int64")))
    b.check(b.test("eq", b.load(wrong), ZERO), FALLING, (entries,), node)


def check_indices(b: Builder, node: Apply, indices: Buffer, extent: Value) -> None:
    """Check that all indices are from 0 to the extent."""
    if not b.check_once(("indices", _place(indices), extent)):
        return
    extremes = b.new("int64", (Literal(2),))

    def step(i: Scalar, low: Scalar, high: Scalar) -> Sequence[Value]:
        value = b.cast(b.load(indices, (i,)), "int64")
        return [b.integer("minimum", low, value), b.integer("maximum", high, value)]

    with b.kernel():
        for place, value in enumerate(b.loop(indices.extents[0], step, [ZERO, Literal(-1)])):
            b.store(extremes, (Literal(place),), value)
    low, high = (b.load(extremes, (Literal(place),)) for place in range(2))
    is_low = b.test("lt", low, ZERO)
    fits = b.test("and_", b.test("invert", is_low), b.test("lt", high, extent))
    wrong = b.integer("switch", is_low, low, high)
    b.check(fits, OUTSIDE, (wrong, extent), node, IndexError)


def _place(buffer: Buffer) -> tuple[object, ...]:
    return (buffer.root, buffer.extents, buffer.strides, buffer.offset)


def _check_equal(b: Builder, node: Apply, message: str, have: Value, want: Value) -> None:
    if have is not want:
        b.check(b.test("eq", have, want), message, (have, want), node)


def _zero(dtype: str) -> Literal:
    return Literal(0.0 if dtype[0] in "fc" else 0, dtype)


def row_dot(b: Builder, node: Apply) -> None:
    data, indices, pointers, dense = (b.buffer(v) for v in node.inputs)
    _check_equal(b, node, OTHER_ENTRIES, data.extents[0], indices.extents[0])
    entries = Entries(b, node, indices, pointers).within(dense.extents[0])
    out = b.home(node.outputs[0])
    with b.kernel():
        if len(dense.extents) == 1:
            _row_dot_vector(b, entries, data, dense, out)
        else:
            _row_dot_matrix(b, entries, data, dense, out)
    b.bind(node.outputs[0], out)


def _row_dot_vector(b: Builder, entries: Entries, data: Buffer, x: Buffer, out: Buffer) -> None:
    def row(i: Scalar) -> None:
        first, count = entries.of_row(i)

        def entry(k: Scalar, total: Scalar) -> Sequence[Value]:
            number = b.integer("add", first, k)
            factor = b.load(x, (entries.index(number),))
            term = b.compute("mul", out.dtype, b.load(data, (number,)), factor)
            return [b.compute("add", out.dtype, total, term)]

        (total,) = b.loop(count, entry, [_zero(out.dtype)])
        b.store(out, (i,), total)

    b.loop(entries.rows, row)


def _row_dot_matrix(b: Builder, entries: Entries, data: Buffer, x: Buffer, out: Buffer) -> None:
    columns = out.extents[1]

    def row(i: Scalar) -> None:
        b.loop(columns, lambda j: b.store(out, (i, j), _zero(out.dtype)))
        first, count = entries.of_row(i)

        def entry(k: Scalar) -> None:
            number = b.integer("add", first, k)
            _add_row(b, b.load(data, (number,)), (x, entries.index(number)), (out, i))

        b.loop(count, entry)

    b.loop(entries.rows, row)


def _add_row(
    b: Builder, factor: Value, source: tuple[Buffer, Value], target: tuple[Buffer, Value]
) -> None:
    """Add a factor times a row of one matrix to a row of another."""
    (x, row), (out, place) = source, target

    def column(j: Scalar) -> None:
        term = b.compute("mul", out.dtype, factor, b.load(x, (row, j)))
        b.store(out, (place, j), b.compute("add", out.dtype, b.load(out, (place, j)), term))

    b.loop(out.extents[1], column)


def column_dot(b: Builder, node: Apply) -> None:
    data, indices, pointers, dense = (b.buffer(v) for v in node.inputs[:4])
    out = b.home(node.outputs[0])
    _check_equal(b, node, OTHER_ENTRIES, data.extents[0], indices.extents[0])
    entries = Entries(b, node, indices, pointers)
    _check_equal(b, node, OTHER_ROWS, entries.rows, dense.extents[0])
    entries.within(out.extents[0])

    def add(row: Value, index: Value, number: Value) -> None:
        factor = b.load(data, (number,))
        if len(out.extents) == 2:
            _add_row(b, factor, (dense, row), (out, index))
            return
        term = b.compute("mul", out.dtype, factor, b.load(dense, (row,)))
        b.store(out, (index,), b.compute("add", out.dtype, b.load(out, (index,)), term))

    with b.kernel():
        b.nest(out.extents, lambda at: b.store(out, at, _zero(out.dtype)))
    with b.kernel():
        entries.each(add)
    b.bind(node.outputs[0], out)


def sampled_dot(b: Builder, node: Apply) -> None:
    indices, pointers, left, right = (b.buffer(v) for v in node.inputs)
    entries = Entries(b, node, indices, pointers)
    _check_equal(b, node, OTHER_ROWS, entries.rows, left.extents[0])
    entries.within(right.extents[0])
    out = b.home(node.outputs[0])
    for have, want in zip(left.extents[1:], right.extents[1:], strict=True):
        _check_equal(b, node, "sampled dot: rows of {0} and of {1} numbers", have, want)

    def product(row: Value, index: Value, number: Value) -> None:
        if len(left.extents) == 1:
            one, other = b.load(left, (row,)), b.load(right, (index,))
            b.store(out, (number,), b.compute("mul", out.dtype, one, other))
            return

        def column(j: Scalar, total: Scalar) -> Sequence[Value]:
            one, other = b.load(left, (row, j)), b.load(right, (index, j))
            term = b.compute("mul", out.dtype, one, other)
            return [b.compute("add", out.dtype, total, term, reassociable=True)]

        (total,) = b.loop(left.extents[1], column, [_zero(out.dtype)])
        b.store(out, (number,), total)

    with b.kernel():
        entries.each(product)
    b.bind(node.outputs[0], out)


def row_numbers(b: Builder, node: Apply) -> None:
    indices, pointers = (b.buffer(v) for v in node.inputs)
    entries = Entries(b, node, indices, pointers)
    out = b.home(node.outputs[0])

    def row(i: Scalar) -> None:
        first, count = entries.of_row(i)
        b.loop(count, lambda k: b.store(out, (b.integer("add", first, k),), i))

    with b.kernel():
        b.loop(entries.rows, row)
    b.bind(node.outputs[0], out)


def counting_sort(b: Builder, node: Apply) -> None:
    """Write the sort: count each key, add the counts up, and put each number at the next place of
    its key."""
    keys = b.buffer(node.inputs[0])
    extent = b.extent(node.inputs[1])
    check_indices(b, node, keys, extent)
    order, pointers = (b.home(variable) for variable in node.outputs)
    places = b.new("int64", (extent,))

    def key(i: Value) -> Value:
        return b.cast(b.load(keys, (i,)), "int64")

    def advance(at: Value) -> Value:
        """Return the number that is kept for a key, and make it one more."""
        place = b.load(places, (at,))
        b.store(places, (at,), b.integer("add", place, ONE))
        return place

    def begin(at: Scalar, total: Scalar) -> Sequence[Value]:
        count = b.load(places, (at,))
        b.store(places, (at,), total)
        b.store(pointers, (at,), total)
        return [b.integer("add", total, count)]

    with b.kernel():
        b.loop(extent, lambda at: b.store(places, (at,), ZERO))
        b.loop(keys.extents[0], lambda i: _drop(advance(key(i))))
        (total,) = b.loop(extent, begin, [ZERO])
        b.store(pointers, (extent,), total)
        b.loop(keys.extents[0], lambda i: b.store(order, (advance(key(i)),), i))
    for variable, buffer in zip(node.outputs, (order, pointers), strict=True):
        b.bind(variable, buffer)


def _drop(value: Value) -> None:
    """Return nothing: the loop carries no value."""


def ranges(b: Builder, node: Apply) -> None:
    starts, lengths = (b.buffer(v) for v in node.inputs[:2])
    _check_equal(
        b, node, "ranges: {0} starts and {1} lengths", starts.extents[0], lengths.extents[0]
    )
    total = b.extent(node.inputs[2])
    numbers, owners = (b.home(variable) for variable in node.outputs)
    sums = b.new("int64", (Literal(2),))

    def length(i: Value) -> Value:
        return b.cast(b.load(lengths, (i,)), "int64")

    def count(i: Scalar, least: Scalar, so_far: Scalar) -> Sequence[Value]:
        return [b.integer("minimum", least, length(i)), b.integer("add", so_far, length(i))]

    with b.kernel():
        for place, value in enumerate(b.loop(lengths.extents[0], count, [ZERO, ZERO])):
            b.store(sums, (Literal(place),), value)
    least, found = (b.load(sums, (Literal(place),)) for place in range(2))
    fits = b.test("and_", b.test("eq", least, ZERO), b.test("eq", found, total))
    b.check(fits, WRONG_LENGTHS, (total,), node)

    def one(i: Scalar, place: Scalar) -> Sequence[Value]:
        start = b.cast(b.load(starts, (i,)), "int64")

        def put(k: Scalar) -> None:
            at = (b.integer("add", place, k),)
            b.store(numbers, at, b.integer("add", start, k))
            b.store(owners, at, i)

        b.loop(length(i), put)
        return [b.integer("add", place, length(i))]

    with b.kernel():
        b.loop(lengths.extents[0], one, [ZERO])
    for variable, buffer in zip(node.outputs, (numbers, owners), strict=True):
        b.bind(variable, buffer)
