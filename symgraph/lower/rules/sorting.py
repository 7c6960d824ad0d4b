"""Lower sorting: numbers become unsigned integers in the same order, their keys.

Short rows are sorted by counting, for each key, those that come before it, which vectorises; long
ones by their digits (`symgraph.lower.rules.radix`)."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.values import ONE, Buffer, Literal, Scalar, Value
from symgraph.lower.rules.radix import RadixSort
from symgraph.lower.writing.builder import Builder

# Of the numbers of a short row.
RANK = "int32"


def arg_sort(b: Builder, node: Apply) -> None:
    keys, (variable,) = sort_keys(b, b.buffer(node.inputs[0])), node.outputs
    *outer, count = keys.extents
    rows: Value = ONE
    for extent in outer:
        rows = b.integer("mul", rows, extent)
    message = "argsort: rows have at most 4294967295 numbers, not {0}"
    b.check(b.test("lt", count, Literal(2**32)), message, (count,), node)
    out = b.new("int64", keys.extents)
    flat_keys, flat_out = (b.view(x, (rows, count), (count, ONE)) for x in (keys, out))

    def by_ranks() -> None:
        ranks = b.new(RANK, (count,))
        with b.kernel():

            def ranked_row(at: Sequence[Value]) -> None:
                rank(b, flat_keys, ranks, at[0])

                def put(i: Scalar) -> None:
                    b.store(flat_out, (*at, b.cast(b.load(ranks, (i,)), "int64")), i)

                b.loop(count, put)

            b.nest((rows,), ranked_row)

    def by_digits() -> None:
        sort = RadixSort(b, flat_keys)
        with b.kernel():

            def row(at: Sequence[Value]) -> None:
                half = sort.row(at[0])
                b.loop(count, lambda i: b.store(flat_out, (*at, i), sort.index(half, i)))

            b.nest((rows,), row)

    b.choose(b.test("le", count, Literal(b.target.ranked)), by_ranks, by_digits)
    b.bind(variable, out)


def sort_keys(b: Builder, x: Buffer) -> Buffer:
    """Return a new array of the keys of numbers: unsigned integers of 8 to 64 bits in the same
    order."""
    kind = np.dtype(x.dtype)
    bits = 32 if x.dtype == "float16" else 8 * kind.itemsize
    dtype = f"uint{bits}"
    keys = b.new(dtype, x.extents)

    def key(at: Sequence[Value]) -> None:
        value = b.load(x, at)
        if kind.kind == "f":
            value = b.compute("order_key", dtype, b.cast(value, f"float{bits}"))
        else:
            value = b.cast(value, dtype)
            if kind.kind == "i":
                value = b.compute("xor", dtype, value, Literal(1 << bits - 1, dtype))
        b.store(keys, at, value)

    with b.kernel(injective=True):
        b.nest(x.extents, key)
    return keys


def rank(b: Builder, keys: Buffer, ranks: Buffer, row: Value) -> None:
    """Count, for each key of a row, those before it: smaller ones, and equal ones with smaller
    indices."""
    count = keys.extents[1]
    b.loop(count, lambda i: b.store(ranks, (i,), Literal(0, RANK)))

    def compare(j: Scalar) -> None:
        other, number = b.load(keys, (row, j)), b.cast(j, RANK)

        def add(i: Scalar) -> None:
            key = b.load(keys, (row, i))
            earlier = b.test("lt", number, b.cast(i, RANK))
            earlier = b.test("and_", b.test("eq", other, key), earlier)
            comes = b.cast(b.test("or_", b.test("lt", other, key), earlier), RANK)
            b.store(ranks, (i,), b.compute("add", RANK, b.load(ranks, (i,)), comes))

        b.loop(count, add)

    b.loop(count, compare)
