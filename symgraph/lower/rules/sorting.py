"""Lower sorting, and the selection of the largest or smallest numbers, to statements for rows."""

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.types import SelectRows, SortRows
from symgraph.lower.program.values import ONE, Buffer, Literal, Value
from symgraph.lower.writing.builder import Builder
from symgraph.lower.writing.statements import escaped

# Limit on the numbers of a row whose order is found: the index takes half of a word.
MOST = 2**32 - 1
# The fewest keys that are collected beyond those that are selected.
SPARE = 1024


def sort(b: Builder, node: Apply) -> None:
    """Write the sorting of an array's last axis."""
    x, variable = b.buffer(node.inputs[0]), node.outputs[0]
    out = keys = b.new(x.dtype, x.extents)
    if wide := _wide(x.dtype):
        keys = b.new(wide, x.extents)
    if keys.dtype != x.dtype or not _is_contiguous(b, x):
        _convert(b, x, keys)
        x = keys
    rows, scratch = _rows(b, keys), b.new(keys.dtype, keys.extents[-1:])
    b.append(SortRows(rows if x is keys else _rows(b, x), rows, scratch, False))
    if keys is not out:
        _convert(b, keys, out)
    b.bind(variable, out)


def arg_sort(b: Builder, node: Apply) -> None:
    """Write the search for the order of an array's last axis."""
    x = _numbers(b, b.buffer(node.inputs[0]))
    count = x.extents[-1]
    message = f"argsort: rows have at most {MOST} numbers, not {{0}}"
    b.check(b.test("le", count, Literal(MOST)), message, (count,), node)
    out = b.new("int64", x.extents)
    scratch = b.new("int64", (count,))
    b.append(SortRows(_rows(b, x), _rows(b, out), scratch, True))
    b.bind(node.outputs[0], out)


def arg_select(b: Builder, node: Apply) -> None:
    """Write the selection from an array's last axis."""
    op = node.op
    x = _numbers(b, b.buffer(node.inputs[0]))
    *outer, count = x.extents
    wanted = Literal(op.count)
    name = escaped(node.inputs[0])
    message = f"topk: there are {{0}} numbers in a row of {name}, and not {op.count}"
    b.check(b.test("ge", count, wanted), message, (count,), node)
    out = b.new("int64", (*outer, wanted))
    room = op.count + max(op.count, SPARE)
    scratch = b.new(x.dtype, (Literal(2), Literal(room)))
    b.append(SelectRows(_rows(b, x), _rows(b, out), scratch, op.largest))
    b.bind(node.outputs[0], out)


def take_ordered(b: Builder, node: Apply) -> None:
    """Write the copying of elements by indices of the last axis, which are never out of bounds."""
    x, order = map(b.buffer, node.inputs)
    out = b.home(node.outputs[0])

    def element(at: tuple[Value, ...]) -> None:
        b.store(out, at, b.load(x, (*at[:-1], b.load(order, at))))

    with b.kernel(injective=True):
        b.nest(order.extents, element)
    b.bind(node.outputs[0], out)


def _wide(dtype: str) -> str | None:
    """Return the dtype as which numbers of fewer than 32 bits are sorted."""
    if np.dtype(dtype).itemsize >= 4:
        return None
    return "float32" if np.dtype(dtype).kind == "f" else "int32"


def _numbers(b: Builder, x: Buffer) -> Buffer:
    """Return an array's numbers as they are sorted: contiguous, with at least 32 bits."""
    wide = _wide(x.dtype)
    if wide is None and _is_contiguous(b, x):
        return x
    keys = b.new(wide or x.dtype, x.extents)
    _convert(b, x, keys)
    return keys


def _is_contiguous(b: Builder, x: Buffer) -> bool:
    return x.contiguous or x.strides == b.contiguous(x.extents)


def _convert(b: Builder, source: Buffer, target: Buffer) -> None:
    """Write a copy to an array that may have another dtype."""
    if source.dtype == target.dtype:
        b.copy(source, target)
        return
    with b.kernel(injective=True):
        b.nest(
            target.extents,
            lambda at: b.store(target, at, b.cast(b.load(source, at), target.dtype)),
        )


def _rows(b: Builder, x: Buffer) -> Buffer:
    """Return a contiguous array as a matrix of its rows."""
    *outer, count = x.extents
    rows: Value = ONE
    for extent in outer:
        rows = b.integer("mul", rows, extent)
    return b.view(x, (rows, count), (count, ONE))
