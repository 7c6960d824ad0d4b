"""Lower the places of extremes, argmax and argmin: along rows where these lie in memory, and
otherwise for many rows side by side."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Scalar, Value
from symgraph.lower.writing.builder import Builder

Indices = tuple[Value, ...]


def arg_reduce(b: Builder, node: Apply) -> None:
    x, axis = b.buffer(node.inputs[0]), node.op.axis
    if ONE not in x.strides:
        x = b.along_rows(node.inputs[0])
    message = f"arg{node.op.kind} of nothing: the array is empty on axis {axis}"
    b.check(b.test("gt", x.extents[axis], ZERO), message, (), node)
    kept = [a for a in range(len(x.extents)) if a != axis]
    out = b.new("int64", [x.extents[a] for a in kept])
    strides = dict(zip(kept, out.strides, strict=True))
    # What is contiguous comes last.
    kept.sort(key=lambda a: x.strides[a] == ONE)
    order = [*kept, axis]
    search = _Search(
        b,
        node,
        b.view(x, [x.extents[a] for a in order], [x.strides[a] for a in order]),
        b.view(out, [x.extents[a] for a in kept], [strides[a] for a in kept]),
    )
    if x.strides[axis] == ONE or ONE not in x.strides or not b.target.steps:
        # Where nothing is done in steps, rows are items, which run side by side by themselves.
        search.along_rows()
    else:
        search.across_rows()
    b.bind(node.outputs[0], out)


class _Row(NamedTuple):
    """Elements of a row: how many, and what loads one for comparisons."""

    length: Value
    load: Callable[[Value], Value]


class _Search:
    """The search for the extremes of `rows`, along their last axis, and for their places, which are
    stored in `out`."""

    def __init__(self, b: Builder, node: Apply, rows: Buffer, out: Buffer) -> None:
        self.b, self.node, self.rows, self.out = b, node, rows, out
        self.largest = node.op.kind == "max"
        self.dtype = {"float16": "float32", "bool": "uint8"}.get(rows.dtype, rows.dtype)
        self.is_float = np.dtype(self.dtype).kind == "f"

    # --- comparisons ---

    @property
    def worst(self) -> Literal:
        """The number that wins against no other."""
        sign = -1 if self.largest else 1
        if self.is_float:
            return Literal(sign * float("inf"), self.dtype)
        bounds = np.iinfo(self.dtype)
        return Literal(bounds.min if self.largest else bounds.max, self.dtype)

    def better(self, one: Value, other: Value) -> Value:
        """Return whether a number is the extreme of the two, and not the other as well."""
        return self.b.test("gt" if self.largest else "lt", one, other)

    def wins(self, value: Value, best: Value) -> Value:
        """Return whether a value replaces one before it: the first nan wins over all numbers."""
        b = self.b
        if not self.is_float:
            return self.better(value, best)
        loses = b.test("le" if self.largest else "ge", value, best)
        return b.test("and_", b.test("eq", best, best), b.test("invert", loses))

    def is_nan(self, value: Value) -> Value:
        return self.b.test("neq", value, value)

    # --- along rows ---

    def along_rows(self) -> None:
        """Search row by row; long rows in parts, which several threads may share."""
        b, length = self.b, self.rows.extents[-1]

        def whole() -> None:
            def row(at: Indices) -> None:
                self._search(self._row(at, ZERO, length), lambda _, i: b.store(self.out, at, i))

            with b.kernel():
                b.nest(self.out.extents, row)

        b.choose(b.test("le", length, Literal(b.target.searched)), whole, self._by_parts)

    def _by_parts(self) -> None:
        """Find the extreme of each part of a row and its place, and then that of all parts."""
        b, length, most = self.b, self.rows.extents[-1], Literal(self.b.target.searched)
        shape = (*self.out.extents, self._quotient(length, b.target.searched))
        extremes, places = b.new(self.dtype, shape), b.new("int64", shape)

        def part(at: Indices) -> None:
            start = b.integer("mul", at[-1], most)
            width = b.integer("minimum", most, b.integer("sub", length, start))

            def store(best: Value, place: Value) -> None:
                b.store(extremes, at, best)
                b.store(places, at, b.integer("add", start, place))

            self._search(self._row(at[:-1], start, width), store)

        def row(at: Indices) -> None:
            def compare(i: Scalar, best: Scalar, place: Scalar) -> Sequence[Value]:
                value, here = (b.load(x, (*at, i)) for x in (extremes, places))
                wins = self.wins(value, best)
                return [b.compute("switch", self.dtype, wins, value, best),
                        b.integer("switch", wins, here, place)]  # fmt: skip

            first = [b.load(x, (*at, ZERO)) for x in (extremes, places)]
            b.store(self.out, at, b.loop(shape[-1], compare, first)[1])

        with b.kernel():
            b.nest(shape, part)
        with b.kernel():
            b.nest(self.out.extents, row)

    def _quotient(self, number: Value, by: int) -> Value:
        """Return a quotient, rounded up."""
        raised = self.b.integer("add", number, Literal(by - 1))
        return self.b.integer("floor_div", raised, Literal(by))

    def _row(self, at: Indices, start: Value, count: Value) -> _Row:
        def load(i: Value) -> Value:
            return self._load(self.rows, (*at, self.b.integer("add", start, i)))

        return _Row(count, load)

    def _load(self, x: Buffer, at: Indices) -> Value:
        return self.b.cast(self.b.load(x, at), self.dtype)

    def _search(self, row: _Row, store: Callable[[Value, Value], None]) -> None:
        """Find the extreme of some elements and the first place where it stands, and store both.
        The place of a nan, which is the extreme if there is one, is looked for only then."""
        b = self.b

        def step(i: Scalar, best: Scalar, place: Scalar, *seen: Scalar) -> Sequence[Value]:
            value = row.load(i)
            wins = self.better(value, best)
            best_now = b.compute("switch", self.dtype, wins, value, best)
            nan = [b.test("or_", before, self.is_nan(value)) for before in seen]
            return [best_now, b.integer("switch", wins, i, place), *nan]

        init: list[Value] = [self.worst, ZERO, *[Literal(False, "bool")] * self.is_float]
        best, place, *seen = b.loop(row.length, step, init)

        def first(i: Scalar, place: Scalar) -> Sequence[Value]:
            here = b.integer("switch", self.is_nan(row.load(i)), i, row.length)
            return [b.integer("minimum", place, here)]

        def nan() -> None:
            store(Literal(float("nan"), self.dtype), b.loop(row.length, first, [row.length])[0])

        b.choose(seen[0] if seen else Literal(False, "bool"), nan, lambda: store(best, place))

    # --- across rows ---

    def across_rows(self) -> None:
        """Go through many rows side by side, several elements of each at a time: these are compared
        with each other first, so that what is known of a row is loaded and stored once for all."""
        b = self.b
        rows, out = self._collapsed()
        *outer, columns, length = rows.extents
        size = b.target.steps[0][1]
        number = "int64" if np.dtype(self.dtype).itemsize == 8 else "int32"
        if number == "int32":
            kind = self.node.op.kind
            message = f"arg{kind} of {rows.dtype} takes at most {2**31 - 1} elements, not {{0}}"
            b.check(b.test("lt", length, Literal(2**31)), message, (length,), self.node)
        width = b.integer("minimum", columns, Literal(b.target.near_columns))
        raised = b.integer("add", columns, b.integer("sub", width, ONE))
        shape = (*outer, b.integer("floor_div", raised, width), width)
        extremes, places = b.new(self.dtype, shape), b.new(number, shape)
        last = b.integer("sub", length, ONE)

        def block(at: Indices) -> None:
            start = b.integer("mul", at[-1], width)
            count = b.integer("minimum", width, b.integer("sub", columns, start))

            def begin(j: Scalar) -> None:
                b.store(extremes, (*at, j), self.worst)
                b.store(places, (*at, j), Literal(0, number))

            def visit(group: Scalar) -> None:
                first = b.integer("mul", group, Literal(size))
                # Where the rows end, the last element is compared repeatedly.
                several = [
                    b.integer("minimum", b.integer("add", first, Literal(i)), last)
                    for i in range(size)
                ]

                def compare(j: Scalar) -> None:
                    column = (*at[:-1], b.integer("add", start, j))
                    found = [(self._load(rows, (*column, i)), b.cast(i, number)) for i in several]
                    while len(found) > 1:
                        pairs = zip(found[::2], found[1::2], strict=False)
                        found = [self._first(*pair) for pair in pairs] + found[len(found) & ~1 :]
                    known = b.load(extremes, (*at, j)), b.load(places, (*at, j))
                    best, place = self._first(known, found[0])
                    b.store(extremes, (*at, j), best)
                    b.store(places, (*at, j), place)

                b.loop(count, compare)

            b.loop(count, begin)
            b.loop(self._quotient(length, size), visit)

        with b.kernel():
            b.nest(shape[:-1], block)
        found = b.view(places, out.extents, (*places.strides[: len(outer)], ONE))
        with b.kernel():
            b.nest(out.extents, lambda at: b.store(out, at, b.cast(b.load(found, at), "int64")))

    def _first(self, one: tuple[Value, Value], other: tuple[Value, Value]) -> tuple[Value, Value]:
        """Return the better of a number with its place and another one behind it."""
        b, wins = self.b, self.wins(other[0], one[0])
        return (
            b.compute("switch", self.dtype, wins, other[0], one[0]),
            b.compute("switch", one[1].dtype, wins, other[1], one[1]),
        )

    def _collapsed(self) -> tuple[Buffer, Buffer]:
        """Return the rows and the result with the last axes that are kept as one, as far as these
        lie in memory as one."""
        b = self.b
        *extents, length = self.rows.extents
        *strides, step = self.rows.strides
        out = list(self.out.strides)
        while len(extents) > 1 and all(
            own[-2] == b.integer("mul", own[-1], extents[-1]) for own in (strides, out)
        ):
            extents[-2:] = [b.integer("mul", *extents[-2:])]
            del strides[-2], out[-2]
        rows = b.view(self.rows, (*extents, length), (*strides, step))
        return rows, b.view(self.out, extents, out)
