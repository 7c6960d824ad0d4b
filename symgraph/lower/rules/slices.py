"""Lower basic indexing: views of part of a buffer, and writes to them."""

from collections.abc import Sequence

from symgraph.graph import Apply, Constant, Variable
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Value
from symgraph.lower.writing.builder import Builder
from symgraph.ops.subtensor import Slice, Subtensor, Template, bind, slice_start_and_extent


def located(
    b: Builder, node: Apply, template: Template, x: Buffer, indices: Sequence[Variable]
) -> Buffer:
    """Return the part of `x` that integers and slices select, as a view."""
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
            first = wrapped(b, b.size(b.scalar(entry)), size)
            message = f"index {{0}} is out of bounds for axis {axis} with size {{1}}"
            b.check(within(b, first, size), message, (first, size), node, IndexError)
        offset = b.integer("add", offset, b.integer("mul", first, stride))
    rest = len(template)
    return b.view(x, [*extents, *x.extents[rest:]], [*strides, *x.strides[rest:]], offset)


def wrapped(b: Builder, index: Value, size: Value) -> Value:
    """Return an index with negative ones counted from the end."""
    if isinstance(index, Literal) and index.value >= 0:
        return index
    return b.integer("switch", b.test("lt", index, ZERO), b.integer("add", index, size), index)


def within(b: Builder, index: Value, size: Value) -> Value:
    return b.test("and_", b.test("ge", index, ZERO), b.test("lt", index, size))


def subtensor(b: Builder, node: Apply) -> None:
    x, *indices = node.inputs
    source = b.buffer(x)
    if source in b.turned and reverses(node):
        b.bind(node.outputs[0], b.turned[source])
        return
    b.bind(node.outputs[0], located(b, node, node.op.template, source, indices))


def reverses(node: Apply) -> bool:
    """Return whether a node is x[::-1]."""
    if not isinstance(node.op, Subtensor) or not node.op.template:
        return False
    first, *rest = node.op.template
    if first != Slice(step=True) or not all(isinstance(e, Slice) and e.whole for e in rest):
        return False
    return isinstance(node.inputs[1], Constant) and int(node.inputs[1].data) == -1


def spread(b: Builder, node: Apply, y: Buffer, extents: Sequence[Value]) -> Buffer:
    """Return `y` as a view with the extents that it broadcasts to."""
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
